package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"strings"

	"golang.org/x/term"

	"alleato/store"
)

type userCommand struct {
	Create   userCreate   `cmd:"" help:"Make an account."`
	List     userList     `cmd:"" help:"List the accounts."`
	Role     userRole     `cmd:"" help:"Give an account another role."`
	Password userPassword `cmd:"" help:"Give an account another password; its sessions end."`
	Disable  userDisable  `cmd:"" help:"Disable an account; its sessions end."`
}

// withStore runs fn on the migrated database. A running server does not mind.
func (p *program) withStore(fn func(*store.Store) error) (err error) {
	st, err := p.openStore(slog.New(slog.DiscardHandler))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, st.Close()) }()
	return fn(st)
}

type userCreate struct {
	Email         string `required:"" help:"E-mail address."`
	Admin         bool   `help:"Make an admin."`
	PasswordStdin bool   `help:"Read the password from standard input."`
}

// Run makes the account and prints its id.
func (u userCreate) Run(p *program) error {
	password, err := p.password(u.PasswordStdin)
	if err != nil {
		return err
	}
	role := store.RoleUser
	if u.Admin {
		role = store.RoleAdmin
	}
	credentials := store.Credentials{Email: u.Email, Password: password}
	credentials.Normalize()
	return p.withStore(func(st *store.Store) error {
		user, err := st.CreateUser(p.ctx, credentials, role)
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(p.stdout, "%s %s %s\n", user.ID, *user.Email, user.Role)
		return err
	})
}

// password reads it from standard input's first line, or asks for it at a terminal.
func (p *program) password(fromStdin bool) (string, error) {
	f, ok := p.stdin.(*os.File)
	if !fromStdin && ok && term.IsTerminal(int(f.Fd())) {
		if _, err := fmt.Fprint(p.stderr, "Password: "); err != nil {
			return "", err
		}
		typed, err := term.ReadPassword(int(f.Fd()))
		return string(typed), err
	}
	if !fromStdin {
		return "", errors.New("no terminal to ask for the password: use --password-stdin")
	}
	line, err := bufio.NewReader(p.stdin).ReadString('\n')
	if errors.Is(err, io.EOF) {
		err = nil
	}
	return strings.TrimRight(line, "\r\n"), err
}

type userList struct{}

// Run prints one account a line: id, e-mail, role, and disabled where it is.
func (userList) Run(p *program) error {
	return p.withStore(func(st *store.Store) error {
		for cursor := ""; ; {
			users, next, err := st.Users(p.ctx, 100, cursor)
			if err != nil {
				return err
			}
			for _, u := range users {
				if err := printUser(p.stdout, u); err != nil {
					return err
				}
			}
			if next == "" {
				return nil
			}
			cursor = next
		}
	})
}

func printUser(w io.Writer, u store.User) error {
	email, disabled := "(guest)", ""
	if u.Email != nil {
		email = *u.Email
	}
	if u.DisabledAt != nil {
		disabled = " disabled"
	}
	_, err := fmt.Fprintf(w, "%s %s %s%s\n", u.ID, email, u.Role, disabled)
	return err
}

// withUser runs fn on the account of that e-mail.
func (p *program) withUser(email string, fn func(*store.Store, *store.User) error) error {
	return p.withStore(func(st *store.Store) error {
		user, err := st.UserByEmail(p.ctx, strings.ToLower(strings.TrimSpace(email)))
		if store.CodeOf(err) == store.NotFound {
			return fmt.Errorf("there is no account %s", email)
		}
		if err != nil {
			return err
		}
		return fn(st, user)
	})
}

type userRole struct {
	Email string `arg:"" help:"E-mail address."`
	Role  string `arg:"" enum:"user,admin" help:"user or admin."`
}

// Run changes the role; the account's sessions end.
func (u userRole) Run(p *program) error {
	return p.withUser(u.Email, func(st *store.Store, user *store.User) error {
		return st.SetRole(p.ctx, user.ID, store.Role(u.Role))
	})
}

type userPassword struct {
	Email         string `arg:"" help:"E-mail address."`
	PasswordStdin bool   `help:"Read the password from standard input."`
}

// Run changes the password; the account's sessions end.
func (u userPassword) Run(p *program) error {
	password, err := p.password(u.PasswordStdin)
	if err != nil {
		return err
	}
	return p.withUser(u.Email, func(st *store.Store, user *store.User) error {
		return st.SetPassword(p.ctx, user.ID, password)
	})
}

type userDisable struct {
	Email string `arg:"" help:"E-mail address."`
}

// Run disables the account; its sessions end.
func (u userDisable) Run(p *program) error {
	return p.withUser(u.Email, func(st *store.Store, user *store.User) error { return st.DisableUser(p.ctx, user.ID) })
}
