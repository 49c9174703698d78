package store

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/uptrace/bun"
)

// Role says what an account may do.
type Role string

// The roles. A guest has no e-mail, and no row until the first write.
const (
	RoleGuest Role = "guest"
	RoleUser  Role = "user"
	RoleAdmin Role = "admin"
)

// User is an account or a guest.
type User struct {
	bun.BaseModel `bun:"table:users,alias:u"`

	ID             string          `bun:"id,pk" json:"id"`
	Email          *string         `bun:"email" json:"email"`
	PasswordHash   string          `bun:"password_hash" json:"-"`
	Name           string          `bun:"name" json:"name"`
	Role           Role            `bun:"role" json:"role"`
	AvatarURL      *string         `bun:"-" json:"avatarUrl"`
	AvatarFileID   *string         `bun:"avatar_file_id" json:"-"`
	Settings       json.RawMessage `bun:"settings" json:"-"`
	SessionVersion int             `bun:"session_version" json:"-"`
	DisabledAt     *time.Time      `bun:"disabled_at" json:"-"`
	LastSeenAt     *time.Time      `bun:"last_seen_at" json:"-"`
	CreatedAt      time.Time       `bun:"created_at" json:"createdAt"`
	Saved          bool            `bun:"-" json:"-"` // read from a row, or written to one
}

// GuestUser is a guest who has no row yet.
func GuestUser(id string, now time.Time) *User {
	return &User{ID: id, Name: "Guest", Role: RoleGuest, CreatedAt: now.UTC().Truncate(time.Microsecond)}
}

// saved only writes when it has to: a user who has a row may be shared.
func (u *User) saved() {
	if !u.Saved {
		u.Saved = true
	}
}

// User reads one by id.
func (s *Store) User(ctx context.Context, id string) (*User, error) {
	return s.userWhere(ctx, s.reader, "u.id = ?", cleanText(id))
}

// UserByEmail reads one by e-mail, in any case.
func (s *Store) UserByEmail(ctx context.Context, email string) (*User, error) {
	return s.userWhere(ctx, s.reader, "u.email = ?", normalEmail(email))
}

func (s *Store) userWhere(ctx context.Context, db bun.IDB, where string, arg any) (*User, error) {
	u := new(User)
	err := s.read(ctx, func(ctx context.Context) error {
		return db.NewSelect().Model(u).Where(where, arg).Scan(ctx)
	})
	if CodeOf(err) == NotFound {
		return nil, errNoUser()
	}
	if err != nil {
		return nil, err
	}
	u.Saved = true
	return u, nil
}

func errNoUser() *Error { return Errorf(NotFound, "There is no such user.") }

// Users lists the accounts, newest first, without the guests. Limit 0 is 50,
// at most 100; nextCursor is "" on the last page.
func (s *Store) Users(ctx context.Context, limit int, after string) (users []User, nextCursor string, err error) {
	return s.FindUsers(ctx, "", limit, after)
}

// FindUsers lists those of them whose e-mail or name holds a text.
func (s *Store) FindUsers(ctx context.Context, text string, limit int, after string) (users []User, nextCursor string, err error) {
	from, err := parseCursor(after)
	if err != nil {
		return nil, "", err
	}
	limit = pageSize(limit)
	err = s.read(ctx, func(ctx context.Context) error {
		q := s.reader.NewSelect().Model(&users).Where("u.role <> 'guest'")
		if from != nil {
			q = q.Where("(u.created_at, u.id) < (?, ?)", from.time(), from.ID)
		}
		if text = cleanLine(text); text != "" {
			pattern := likePattern(strings.ToLower(text))
			q = q.Where(`(u.email LIKE ? ESCAPE '\' OR LOWER(u.name) LIKE ? ESCAPE '\')`, pattern, pattern)
		}
		return q.OrderExpr("u.created_at DESC, u.id DESC").Limit(int64(limit) + 1).Scan(ctx)
	})
	if err != nil {
		return nil, "", err
	}
	for i := range users {
		users[i].Saved = true
	}
	if len(users) > limit {
		users = users[:limit]
		last := users[limit-1]
		nextCursor = cursor{Micros: last.CreatedAt.UnixMicro(), ID: last.ID}.String()
	}
	return users, nextCursor, nil
}

// SaveGuest writes the row of a guest who has none, within the transaction of
// their first write. It leaves u.Saved alone: only a commit makes that true.
func (s *Store) SaveGuest(ctx context.Context, idb bun.IDB, u *User) error {
	if u.Saved {
		return nil
	}
	if u.Role != RoleGuest {
		return fmt.Errorf("store: user %s has no row and is no guest", u.ID)
	}
	_, err := idb.NewInsert().Model(u).On("CONFLICT (id) DO NOTHING").Exec(ctx)
	return s.wrap(err)
}
