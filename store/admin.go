package store

import (
	"context"

	"github.com/uptrace/bun"
)

// HasAdmin reports whether an administrator can sign in.
func (s *Store) HasAdmin(ctx context.Context) (there bool, err error) {
	err = s.read(ctx, func(ctx context.Context) error {
		n, err := admins(ctx, s.reader)
		there = n > 0
		return err
	})
	return there, err
}

func admins(ctx context.Context, db bun.IDB) (int64, error) {
	return db.NewSelect().Model((*User)(nil)).Where("u.role = 'admin' AND u.disabled_at IS NULL").Count(ctx)
}

func accountRole(role Role) error {
	if role != RoleUser && role != RoleAdmin {
		return Errorf(Invalid, "An account's role is user or admin.").WithField("role")
	}
	return nil
}

// SetRole changes an account's role. The last administrator stays one
// (Conflict). Like the other changes here it ends the account's sessions, by
// raising session_version.
func (s *Store) SetRole(ctx context.Context, id string, role Role) error {
	if err := accountRole(role); err != nil {
		return err
	}
	return s.changeAccount(ctx, id, func(q *bun.UpdateQuery) { q.Set("role = ?", role) })
}

// DisableUser keeps an account from signing in. The last administrator stays.
func (s *Store) DisableUser(ctx context.Context, id string) error {
	return s.changeAccount(ctx, id, func(q *bun.UpdateQuery) {
		q.Set("disabled_at = COALESCE(disabled_at, ?)", s.Now())
	})
}

// UserPatch is what an administrator may change of an account; nil leaves it as it is.
type UserPatch struct {
	Role     *Role
	Disabled *bool
}

// UpdateUser changes an account, and writes that down. The last administrator stays one, and stays able to sign in:
// Conflict. What changes nothing ends no session.
func (s *Store) UpdateUser(ctx context.Context, id string, p UserPatch, entry AuditEntry) (*User, error) {
	before, err := s.User(ctx, id)
	if err == nil && before.Role == RoleGuest {
		err = errNoUser()
	}
	if err == nil && p.Role != nil {
		err = accountRole(*p.Role)
	}
	if err != nil {
		return nil, err
	}
	roles, ables := p.Role != nil && *p.Role != before.Role, p.Disabled != nil && *p.Disabled != (before.DisabledAt != nil)
	if !roles && !ables {
		return before, nil
	}
	err = s.changeAccount(ctx, id, func(q *bun.UpdateQuery) {
		if roles {
			q.Set("role = ?", *p.Role)
		}
		if ables && *p.Disabled {
			q.Set("disabled_at = ?", s.Now())
		} else if ables {
			q.Set("disabled_at = NULL")
		}
	})
	if err != nil {
		return nil, err
	}
	entry.Subject = before.ID
	if err := s.Audit(ctx, entry); err != nil {
		return nil, err
	}
	return s.User(ctx, id)
}

// SetPassword changes an account's password.
func (s *Store) SetPassword(ctx context.Context, id, password string) error {
	if message := passwordFault(password); message != "" {
		return Errorf(Invalid, "%s", message).WithFields(FieldError{"password", message})
	}
	hash, err := s.passwords.hash(ctx, password)
	if err != nil {
		return err
	}
	return s.changeAccount(ctx, id, func(q *bun.UpdateQuery) { q.Set("password_hash = ?", hash) })
}

// changeAccount changes one account, never a guest, and refuses to leave the
// server without an administrator who had one.
func (s *Store) changeAccount(ctx context.Context, id string, set func(*bun.UpdateQuery)) error {
	return s.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		if err := s.dialect.lockAdmins(ctx, tx); err != nil {
			return err
		}
		before, err := admins(ctx, tx)
		if err != nil {
			return err
		}
		q := tx.NewUpdate().Table("users").Set("session_version = session_version + 1")
		set(q)
		err = must(errNoUser())(q.Where("id = ? AND role <> 'guest'", cleanText(id)).Exec(ctx))
		if err != nil {
			return err
		}
		after, err := admins(ctx, tx)
		if err == nil && before > 0 && after == 0 {
			return Errorf(Conflict, "This is the last administrator.").WithHint("Make another account an administrator first.")
		}
		return err
	})
}
