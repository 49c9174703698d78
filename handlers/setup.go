package handlers

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/a-h/templ"
	"github.com/gofiber/fiber/v2"

	"alleato/store"
	"alleato/store/kv"
	"alleato/views"
)

// setupLife is how long a set-up link works.
const setupLife = 24 * time.Hour

type setupIn struct {
	store.Credentials
	Token string `json:"token" form:"token" validate:"required,max=100"`
}

func setupKey(token string) string { return "setup:" + sessionHash(token) }

// SetupLink makes the one-time link that makes the first admin; "" when there is one already. origin
// is the scheme and host to put before the path when no public URL is configured.
func (s *Server) SetupLink(ctx context.Context, origin string) (string, error) {
	has, err := s.Options.Store.HasAdmin(ctx)
	if err != nil || has {
		return "", err
	}
	token := newSecret()
	if err := s.KV.Set(ctx, setupKey(token), []byte{'1'}, setupLife); err != nil {
		return "", err
	}
	if s.PublicURL != "" {
		origin = strings.TrimSuffix(trimSlash(s.PublicURL), s.base)
	}
	return origin + s.link("setupPage") + "?token=" + token, nil
}

func (s *Server) setupPage(c *fiber.Ctx) error {
	f := views.Form{Token: c.Query("token")}
	if err := s.checkSetup(f.Token); err != nil {
		return err
	}
	return s.formPage(c, fiber.StatusOK, "Set up", f, views.SetupPage, views.SetupForm)
}

func (s *Server) checkSetup(token string) error {
	ctx, cancel := s.ctx()
	defer cancel()
	_, err := s.KV.Get(ctx, setupKey(token))
	if errors.Is(err, kv.ErrNotFound) {
		return store.Errorf(store.NotFound, "This set-up link is not valid, or it has been used.").
			WithHint("While there is no admin, the server prints a new link each time it starts.")
	}
	return err
}

// setup makes the first admin. The link is used up by success only, and the store makes one admin
// however many ask at once.
func (s *Server) setup(c *fiber.Ctx) error {
	var in setupIn
	err := s.bind(c, &in)
	if err == nil {
		err = s.checkSetup(in.Token)
	}
	var user *store.User
	ctx, cancel := s.ctx()
	defer cancel()
	if err == nil {
		user, err = s.Options.Store.CreateFirstAdmin(ctx, in.Credentials, s.guest(c))
	}
	if err != nil {
		return s.setupAgain(c, err, in)
	}
	if err := s.KV.Delete(ctx, setupKey(in.Token)); err != nil {
		return err
	}
	s.audit(c, "setup", user)
	return s.welcome(c, fiber.StatusCreated, user, "")
}

func (s *Server) setupAgain(c *fiber.Ctx, err error, in setupIn) error {
	withToken := func(f views.Form) views.Form { f.Token = in.Token; return f }
	page := formView(func(p views.Page, f views.Form) templ.Component { return views.SetupPage(p, withToken(f)) })
	part := formView(func(p views.Page, f views.Form) templ.Component { return views.SetupForm(p, withToken(f)) })
	return s.formAgain(c, err, signInForm{Credentials: in.Credentials}, "Set up", page, part)
}
