package store

import (
	"context"
	"time"

	"github.com/uptrace/bun"
)

func errEmailTaken() *Error {
	return Errorf(Conflict, "There is an account with this e-mail already.").
		WithHint("Sign in instead.").WithField("email")
}

// errSignIn is one error for a wrong e-mail and a wrong password.
func errSignIn() *Error {
	return Errorf(Unauthenticated, "The e-mail or the password is not right.")
}

func errDisabled() *Error {
	return Errorf(Forbidden, "This account is disabled.").WithHint("Ask the administrator of this server.")
}

// Register makes an account. A guest (with a row or without) becomes it: the
// same id, so everything stays theirs. An e-mail in use is a Conflict.
func (s *Store) Register(ctx context.Context, c Credentials, guest *User) (*User, error) {
	return s.enroll(ctx, c, RoleUser, guest, nil)
}

// CreateUser makes an account, for a command or an administrator.
func (s *Store) CreateUser(ctx context.Context, c Credentials, role Role) (*User, error) {
	if err := accountRole(role); err != nil {
		return nil, err
	}
	return s.enroll(ctx, c, role, nil, func(ctx context.Context, tx bun.Tx) error {
		return s.dialect.lockAdmins(ctx, tx)
	})
}

// CreateFirstAdmin makes an administrator if there is none; of many at once,
// one succeeds and the others get Conflict. A guest becomes it, as in Register.
func (s *Store) CreateFirstAdmin(ctx context.Context, c Credentials, guest *User) (*User, error) {
	return s.enroll(ctx, c, RoleAdmin, guest, func(ctx context.Context, tx bun.Tx) error {
		if err := s.dialect.lockAdmins(ctx, tx); err != nil {
			return err
		}
		n, err := admins(ctx, tx)
		if err == nil && n > 0 {
			return Errorf(Conflict, "There is an administrator already.").WithHint("Sign in instead.")
		}
		return err
	})
}

// enroll hashes before the transaction: that takes long, and there is one writer.
func (s *Store) enroll(ctx context.Context, c Credentials, role Role, guest *User, first func(context.Context, bun.Tx) error) (*User, error) {
	c.Normalize()
	if err := c.Validate(); err != nil {
		return nil, err
	}
	hash, err := s.passwords.hash(ctx, c.Password)
	if err != nil {
		return nil, err
	}
	u := s.newAccount(c.Email, hash, role)
	err = s.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		if first != nil {
			if err := first(ctx, tx); err != nil {
				return err
			}
		}
		return s.saveAccount(ctx, tx, u, guest)
	})
	if CodeOf(err) == Conflict {
		err = s.orEmailTaken(ctx, c.Email, err)
	}
	if err != nil {
		return nil, err
	}
	u.Saved = true
	return u, nil
}

func (s *Store) newAccount(email, hash string, role Role) *User {
	now := s.Now()
	return &User{
		ID: NewID(), Email: &email, PasswordHash: hash, Name: nameFrom(email),
		Role: role, LastSeenAt: &now, CreatedAt: now,
	}
}

// orEmailTaken tells a race for the e-mail from the other conflicts, once the
// transaction that lost is over.
func (s *Store) orEmailTaken(ctx context.Context, email string, conflict error) error {
	_, err := s.userWhere(ctx, s.writer, "u.email = ?", email)
	switch CodeOf(err) {
	case "":
		return errEmailTaken().WithCause(conflict)
	case NotFound:
		return conflict
	}
	return err
}

// saveAccount writes u, in place of the guest if there is one.
func (s *Store) saveAccount(ctx context.Context, tx bun.Tx, u, guest *User) error {
	if guest == nil || guest.Role != RoleGuest {
		return insertUser(ctx, tx, u)
	}
	account := u.ID
	// a new version ends the guest's sessions and tokens: they must not become the account's
	u.ID, u.CreatedAt, u.SessionVersion = guest.ID, guest.CreatedAt, guest.SessionVersion+1
	n, err := affected(tx.NewUpdate().Model(u).
		Column("email", "password_hash", "name", "role", "last_seen_at", "session_version").
		Where("u.id = ? AND u.role = 'guest'", guest.ID).Exec(ctx))
	if err != nil || n == 1 {
		return err
	}
	taken, err := tx.NewSelect().Model((*User)(nil)).Where("u.id = ?", guest.ID).Exists(ctx)
	if err != nil {
		return err
	}
	if taken { // this guest has become somebody since: this is another account
		u.ID = account
	}
	return insertUser(ctx, tx, u)
}

func insertUser(ctx context.Context, db bun.IDB, u *User) error {
	_, err := db.NewInsert().Model(u).Exec(ctx)
	return err
}

// SignIn checks the credentials. A wrong e-mail and a wrong password are the
// same Unauthenticated after the same time; only who knows the password learns
// that the account is disabled (Forbidden). What the guest has becomes the
// account's, and the guest ends, in one transaction.
func (s *Store) SignIn(ctx context.Context, c Credentials, guest *User) (*User, error) {
	c.Normalize()
	u, err := s.UserByEmail(ctx, c.Email)
	if err != nil && CodeOf(err) != NotFound {
		return nil, err
	}
	if u == nil {
		u = &User{}
	}
	ok, stale, err := s.passwords.verify(ctx, u.PasswordHash, c.Password)
	switch {
	case err != nil:
		return nil, err
	case !ok:
		return nil, errSignIn()
	case u.DisabledAt != nil:
		return nil, errDisabled()
	}
	fresh := u.PasswordHash
	if stale {
		if fresh, err = s.passwords.hash(ctx, c.Password); err != nil {
			return nil, err
		}
	}
	return s.signedIn(ctx, u, fresh, guest)
}

func (s *Store) signedIn(ctx context.Context, u *User, hash string, guest *User) (*User, error) {
	now := s.Now()
	err := s.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		// The old hash in the WHERE: a password changed meanwhile stays changed.
		err := must(errSignIn())(tx.NewUpdate().Model(u).Set("last_seen_at = ?", now).Set("password_hash = ?", hash).
			Where("u.id = ? AND u.password_hash = ? AND u.disabled_at IS NULL", u.ID, u.PasswordHash).Exec(ctx))
		if err != nil || guest == nil || guest.Role != RoleGuest || guest.ID == u.ID {
			return err
		}
		return mergeGuest(ctx, tx, guest.ID, u.ID, now)
	})
	if err != nil {
		return nil, err
	}
	u.LastSeenAt, u.PasswordHash = &now, hash
	return u, nil
}

// mergeGuest gives what the guest has to the user and deletes the guest. The
// update first: it proves that this is a guest's row still, and locks it
// against a reply that is just starting for the guest.
func mergeGuest(ctx context.Context, tx bun.Tx, guest, user string, now time.Time) error {
	n, err := affected(tx.NewUpdate().Table("users").Set("last_seen_at = ?", now).
		Where("id = ? AND role = 'guest'", guest).Exec(ctx))
	if err != nil || n == 0 {
		return err
	}
	// A key that both used would break the rule that it is unique per user.
	_, err = tx.ExecContext(ctx, `UPDATE streams SET idempotency_key = NULL WHERE user_id = ? AND idempotency_key IN
		(SELECT idempotency_key FROM streams WHERE user_id = ? AND idempotency_key IS NOT NULL)`, guest, user)
	if err != nil {
		return err
	}
	for _, table := range []string{"chats", "streams", "files", "documents", "suggestions"} {
		if _, err := tx.NewUpdate().Table(table).Set("user_id = ?", user).Where("user_id = ?", guest).Exec(ctx); err != nil {
			return err
		}
	}
	_, err = tx.NewDelete().Table("users").Where("id = ?", guest).Exec(ctx)
	return err
}
