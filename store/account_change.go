package store

import (
	"context"

	"github.com/uptrace/bun"
)

func errGuest() *Error {
	return Errorf(Forbidden, "Guests have no account.").WithHint("Sign up to keep what you have made, and to change it.")
}

// Rename changes the name of an account, and gives it as it is kept.
func (s *Store) Rename(ctx context.Context, userID, name string) (string, error) {
	if name = firstRunes(cleanLine(name), maxName); name == "" {
		return "", Errorf(Invalid, "The name is empty.").WithField("name")
	}
	err := s.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		return must(errGuest())(tx.NewUpdate().Table("users").Set("name = ?", name).Where("id = ? AND role <> 'guest'", userID).Exec(ctx))
	})
	return name, err
}

// CheckPassword is nil when it is the account's password; a wrong one is Invalid and names field.
func (s *Store) CheckPassword(ctx context.Context, userID, password, field string) error {
	u, err := s.User(ctx, userID)
	if err != nil {
		return err
	}
	if u.Role == RoleGuest {
		return errGuest()
	}
	ok, _, err := s.passwords.verify(ctx, u.PasswordHash, password)
	if err == nil && !ok {
		return Errorf(Invalid, "That is not your password.").WithField(field)
	}
	return err
}

// ChangePassword sets a new password for whoever knows the old one. Like SetPassword it ends all sessions,
// by raising session_version, which it returns.
func (s *Store) ChangePassword(ctx context.Context, userID, current, password string) (*User, error) {
	if err := s.CheckPassword(ctx, userID, current, "currentPassword"); err != nil {
		return nil, err
	}
	if message := passwordFault(password); message != "" {
		return nil, Errorf(Invalid, "%s", message).WithFields(FieldError{"newPassword", message})
	}
	if err := s.SetPassword(ctx, userID, password); err != nil {
		return nil, err
	}
	return s.userWhere(ctx, s.writer, "u.id = ?", userID)
}
