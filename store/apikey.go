package store

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base32"
	"encoding/hex"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/uptrace/bun"
)

// Scopes of API keys.
const (
	ScopeRead  = "read"  // may call what changes nothing
	ScopeWrite = "write" // may do what its user may
)

const (
	// MaxAPIKeys is how many keys a user may have.
	MaxAPIKeys = 20
	// APIKeyPrefix is what every key begins with: scanners for leaked secrets look for such marks.
	APIKeyPrefix = "alk_"
	// lastUseEvery is how far behind a key's last use may be: a write for each call would be dear.
	lastUseEvery = time.Minute
	maxKeyName   = 100
	shownPrefix  = len(APIKeyPrefix) + 6
)

// APIKey lets a program in as its user. The secret itself is shown once and kept nowhere: Hash is its
// SHA-256, which is enough for 256 random bits.
type APIKey struct {
	bun.BaseModel `bun:"table:api_keys,alias:k"`

	ID             string     `bun:"id,pk" json:"id"`
	UserID         string     `bun:"user_id" json:"-"`
	Name           string     `bun:"name" json:"name"`
	Hash           string     `bun:"hash" json:"-"`
	Prefix         string     `bun:"prefix" json:"prefix"` // the secret's beginning, to tell keys apart
	Scope          string     `bun:"scope" json:"scope"`
	SessionVersion int        `bun:"session_version" json:"-"`
	ExpiresAt      *time.Time `bun:"expires_at" json:"expiresAt"`
	LastUsedAt     *time.Time `bun:"last_used_at" json:"lastUsedAt"`
	CreatedAt      time.Time  `bun:"created_at" json:"createdAt"`
}

// Expired says whether the key's time is over.
func (k *APIKey) Expired(now time.Time) bool { return k.ExpiresAt != nil && !k.ExpiresAt.After(now) }

func errNoKey() *Error { return Errorf(NotFound, "There is no such API key.") }

// CreateAPIKey makes a key of an account and gives its secret, which nothing can show again. A guest
// gets Forbidden: what nobody can sign in to again should not be reachable for ever. A user who has
// MaxAPIKeys already gets Conflict.
func (s *Store) CreateAPIKey(ctx context.Context, user *User, k *APIKey) (secret string, err error) {
	if user.Role == RoleGuest {
		return "", Errorf(Forbidden, "Guests have no API keys.").WithHint("Sign up first.")
	}
	now := s.Now()
	if err := k.check(now); err != nil {
		return "", err
	}
	secret = newAPISecret()
	k.ID, k.UserID, k.SessionVersion = NewID(), user.ID, user.SessionVersion
	k.Hash, k.Prefix, k.LastUsedAt, k.CreatedAt = hashSecret(secret), secret[:shownPrefix], nil, now
	return secret, s.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		// the user's row is locked first: of many at once no more than the limit are made
		err := must(errNoUser())(tx.NewUpdate().Table("users").Set("id = id").
			Where("id = ? AND session_version = ? AND disabled_at IS NULL", user.ID, user.SessionVersion).Exec(ctx))
		if err != nil {
			return err
		}
		if err := makeRoom(ctx, tx, user); err != nil {
			return err
		}
		_, err = tx.NewInsert().Model(k).Exec(ctx)
		return err
	})
}

// check holds a new key to its rules and tidies it.
func (k *APIKey) check(now time.Time) error {
	k.Name = cleanLine(k.Name)
	switch {
	case k.Name == "":
		return Errorf(Invalid, "The name is missing.").WithField("name")
	case utf8.RuneCountInString(k.Name) > maxKeyName:
		return Errorf(Invalid, "The name may have at most %d characters.", maxKeyName).WithField("name")
	case k.Scope != ScopeRead && k.Scope != ScopeWrite:
		return Errorf(Invalid, "The scope must be one of: read, write.").WithField("scope")
	case k.Expired(now):
		return Errorf(Invalid, "The key would have expired already.").WithField("expiresAt")
	case k.ExpiresAt != nil && k.ExpiresAt.UTC().Year() > 9999:
		return Errorf(Invalid, "That is too far away.").WithHint("Leave expiresAt out for a key without an end.").WithField("expiresAt")
	}
	if k.ExpiresAt != nil {
		at := k.ExpiresAt.UTC().Truncate(time.Microsecond)
		k.ExpiresAt = &at
	}
	return nil
}

// makeRoom sweeps away the keys that ended with the user's sessions, and refuses one more than there
// may be.
func makeRoom(ctx context.Context, tx bun.Tx, user *User) error {
	_, err := tx.NewDelete().Table("api_keys").Where("user_id = ? AND session_version <> ?", user.ID, user.SessionVersion).Exec(ctx)
	if err != nil {
		return err
	}
	n, err := tx.NewSelect().Model((*APIKey)(nil)).Where("k.user_id = ?", user.ID).Count(ctx)
	if err == nil && n >= MaxAPIKeys {
		return Errorf(Conflict, "You have %d API keys, and there may be no more.", n).WithHint("Delete one that you no longer need.")
	}
	return err
}

func newAPISecret() string {
	b := make([]byte, 32)
	_, _ = rand.Read(b) // never fails; it ends the program instead
	return APIKeyPrefix + strings.ToLower(base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(b))
}

func hashSecret(secret string) string {
	sum := sha256.Sum256([]byte(secret))
	return hex.EncodeToString(sum[:])
}

// live joins a key to its user and leaves out what has ended.
func (s *Store) live(q *bun.SelectQuery) *bun.SelectQuery {
	return q.Join("JOIN users AS u ON u.id = k.user_id").
		Where("k.session_version = u.session_version AND u.disabled_at IS NULL AND u.role <> 'guest'")
}

// APIKeys lists the user's keys, newest first, the expired ones too.
func (s *Store) APIKeys(ctx context.Context, userID string) ([]APIKey, error) {
	keys := []APIKey{}
	err := s.read(ctx, func(ctx context.Context) error {
		return s.live(s.reader.NewSelect().Model(&keys)).Where("k.user_id = ?", userID).
			OrderExpr("k.created_at DESC, k.id DESC").Scan(ctx)
	})
	return keys, err
}

// APIKeyBySecret finds the key that a caller shows, if it counts: NotFound for one that is not known,
// expired, or whose user has been disabled, demoted or given another password since.
func (s *Store) APIKeyBySecret(ctx context.Context, secret string) (*APIKey, error) {
	return s.liveKey(ctx, "k.hash = ?", hashSecret(secret))
}

// LiveAPIKey reads a key by id, if it still counts.
func (s *Store) LiveAPIKey(ctx context.Context, id string) (*APIKey, error) {
	return s.liveKey(ctx, "k.id = ?", id)
}

func (s *Store) liveKey(ctx context.Context, where string, arg any) (*APIKey, error) {
	k := new(APIKey)
	err := s.read(ctx, func(ctx context.Context) error {
		return s.live(s.reader.NewSelect().Model(k)).Where(where, arg).Scan(ctx)
	})
	if CodeOf(err) == NotFound || (err == nil && k.Expired(s.Now())) {
		return nil, errNoKey()
	}
	if err != nil {
		return nil, err
	}
	return k, nil
}

// UsedAPIKey notes that the key was used now, at most once a minute, and says whether this was the
// first time.
func (s *Store) UsedAPIKey(ctx context.Context, k *APIKey) (first bool, err error) {
	now := s.Now()
	if k.LastUsedAt != nil && now.Sub(*k.LastUsedAt) < lastUseEvery {
		return false, nil
	}
	err = s.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		q := tx.NewUpdate().Table("api_keys").Set("last_used_at = ?", now).Where("id = ?", k.ID)
		if k.LastUsedAt == nil {
			q = q.Where("last_used_at IS NULL") // of many first calls one is the first
		}
		n, err := affected(q.Exec(ctx))
		first = n == 1 && k.LastUsedAt == nil
		return err
	})
	return first, err
}

// DeleteAPIKey revokes one of the user's own.
func (s *Store) DeleteAPIKey(ctx context.Context, userID, id string) error {
	return s.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		return must(errNoKey())(tx.NewDelete().Table("api_keys").Where("id = ? AND user_id = ?", cleanText(id), userID).Exec(ctx))
	})
}
