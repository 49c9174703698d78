package handlers

import (
	"context"
	"errors"
	"time"

	"github.com/a-h/templ"
	"github.com/gofiber/fiber/v2"

	"alleato/store"
	"alleato/views"
)

type nameIn struct {
	Name string `json:"name" form:"name" validate:"required,max=200"`
}

type passwordIn struct {
	CurrentPassword string `json:"currentPassword" form:"currentPassword" validate:"required,max=128"`
	NewPassword     string `json:"newPassword" form:"newPassword" validate:"required,min=8,max=128"`
}

type deleteIn struct {
	Password string `json:"password" form:"password" validate:"required,max=128"`
}

func (s *Server) accountShow(c *fiber.Ctx) error {
	v := views.AccountView{Saved: oneOf(c.Query("saved"), "", "name", "password", "avatar")}
	return s.accountPage(c, fiber.StatusOK, v)
}

// accountPage fills in what the page shows whatever it was asked for.
func (s *Server) accountPage(c *fiber.Ctx, status int, v views.AccountView) error {
	k := callOf(c)
	v.Zone = zone(c)
	fill := func() (err error) {
		if k.user.Role == store.RoleGuest {
			return nil
		}
		ctx, cancel := s.ctx()
		defer cancel()
		list, err := s.sessionsOf(c, ctx, k.user)
		if err != nil {
			return err
		}
		v.Sessions = s.sessionRows(c, list)
		if v.Exports, err = s.Options.Store.Transfers(ctx, k.user.ID, store.Export); err != nil {
			return err
		}
		v.Imports, err = s.Options.Store.Transfers(ctx, k.user.ID, store.Import)
		return err
	}
	return s.send(c, status, reply{JSON: userOut{s.withAvatar(c, k.user)},
		Page: func() (templ.Component, error) {
			p, err := s.page(c, "Account")
			if err = errors.Join(err, fill()); err != nil {
				return nil, err
			}
			p.Running = v.Running()
			return views.AccountPage(p, v), nil
		},
		Part: func() (templ.Component, error) {
			err := fill()
			return views.Account(s.part(c), v), err
		}})
}

// accountAgain shows the page again with what was refused; other shapes get the error as it is.
func (s *Server) accountAgain(c *fiber.Ctx, err error, section string) error {
	e, status := s.classify(c, err)
	if shapeOf(c, shapePage, shapeJSON) != shapePage || status >= fiber.StatusInternalServerError || callOf(c).user.Role == store.RoleGuest {
		return err
	}
	v := views.AccountView{Section: section, Error: e.Message, Hint: e.Hint, Fields: map[string]string{}}
	for _, field := range fieldsOf(e) {
		v.Fields[field.Field] = field.Message
	}
	return s.accountPage(c, status, v)
}

func (s *Server) accountUpdate(c *fiber.Ctx) error {
	var in nameIn
	err := s.bind(c, &in)
	user := callOf(c).user
	if err == nil {
		ctx, cancel := s.ctx()
		defer cancel()
		user.Name, err = s.Options.Store.Rename(ctx, user.ID, in.Name)
	}
	if err != nil {
		return s.accountAgain(c, err, "name")
	}
	return s.accountChanged(c, "name")
}

func (s *Server) accountChanged(c *fiber.Ctx, saved string) error {
	return s.send(c, fiber.StatusOK, reply{JSON: userOut{s.withAvatar(c, callOf(c).user)}, Goto: s.link("accountShow") + "?saved=" + saved})
}

// passwordUpdate ends every other session; this one goes on, on the browser mount under a new id.
func (s *Server) passwordUpdate(c *fiber.Ctx) error {
	var in passwordIn
	err := s.bind(c, &in)
	k := callOf(c)
	if err == nil {
		ctx, cancel := s.ctx()
		defer cancel()
		var user *store.User
		if user, err = s.Options.Store.ChangePassword(ctx, k.user.ID, in.CurrentPassword, in.NewPassword); err == nil {
			err = s.keepSession(c, user)
		}
	}
	if err != nil {
		return s.accountAgain(c, err, "password")
	}
	s.audit(c, "password", k.user)
	return s.accountChanged(c, "password")
}

// keepSession takes the caller's session over to the user's new session version and ends the others. A
// program's token names its session, which therefore keeps its id.
func (s *Server) keepSession(c *fiber.Ctx, user *store.User) error {
	ctx, cancel := s.ctx()
	defer cancel()
	k := callOf(c)
	if k.api && k.session != "" {
		data, err := s.sessions.load(ctx, k.session)
		if err != nil {
			return err
		}
		data.Version, k.user = user.SessionVersion, user
		if err := s.sessions.put(ctx, k.session, data); err != nil {
			return err
		}
	} else if _, err := s.signInAs(c, user); err != nil {
		return err
	}
	return s.endSessions(ctx, user.ID, k.session)
}

// purgePatience is how long the answer waits for what a deleted account had to be destroyed.
const purgePatience = 10 * time.Second

// accountDelete ends the account at once; what was in it is destroyed then, and what that takes longer for
// or is cut off in is left to the sweep.
func (s *Server) accountDelete(c *fiber.Ctx) error {
	var in deleteIn
	err := s.bind(c, &in)
	user := callOf(c).user
	ctx, cancel := s.ctx()
	defer cancel()
	if err == nil {
		err = s.Options.Store.CheckPassword(ctx, user.ID, in.Password, "password")
	}
	if err == nil {
		err = s.Options.Store.DeleteUser(ctx, user.ID)
	}
	if err != nil {
		return s.accountAgain(c, err, "delete")
	}
	s.audit(c, "account.delete", user)
	if err := errors.Join(s.endSessions(ctx, user.ID, ""), s.signOut(c)); err != nil {
		return err
	}
	s.purgeAccount(user.ID)
	if isPart(c) { // the whole page changes with who reads it
		c.Set("HX-Redirect", s.link("home"))
	}
	return s.send(c, fiber.StatusOK, reply{JSON: success{true}, Goto: s.link("home")})
}

// purgeAccount destroys what a deleted account had: blobs before the rows that know of them.
func (s *Server) purgeAccount(userID string) {
	ctx, cancel := context.WithTimeout(s.life, purgePatience)
	defer cancel()
	err := s.Runner.StopUser(ctx, userID)
	s.checkStreamsOf("") // whoever reads a shared reply reads it no more
	if err == nil {
		err = s.reapAll(ctx)
	}
	if err == nil {
		_, err = s.Options.Store.PurgeUser(ctx, userID)
	}
	if err != nil {
		s.Log.Warn("a deleted account is left to the sweep", "user", userID, "error", err)
	}
}
