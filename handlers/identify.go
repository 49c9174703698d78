package handlers

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/gorilla/sessions"

	"alleato/store"
	"alleato/store/kv"
)

// identify finds out who calls, and holds the route's who-may to it.
func (s *Server) identify(r *route) fiber.Handler {
	return func(c *fiber.Ctx) error {
		k := callOf(c)
		if r.rate == unlimited { // health and assets: nothing of anybody's
			return c.Next()
		}
		ctx, cancel := s.ctx()
		defer cancel()
		err := s.admit(c, ctx)
		if err != nil && !(r.who == anyone && store.CodeOf(err) == store.Unauthenticated) {
			return err // whoever signs in may bring a token that has ended
		}
		if k.user == nil && !k.api {
			k.user = store.GuestUser(store.NewID(), s.Options.Store.Now())
		}
		if err := k.may(r); err != nil {
			return s.orSignIn(c, r, err)
		}
		return c.Next()
	}
}

// may holds the caller to the route's who-may. What a key's scope refuses comes before what the route's
// object would: it is the same for every object.
func (k *call) may(r *route) error {
	switch {
	case k.key != nil && r.makesCredentials():
		return store.Errorf(store.Forbidden, "An API key cannot do this.").
			WithHint("Sign in with POST /auth/login and send that token: whoever finds a key must not be able to make more of it.")
	case k.key != nil && k.key.Scope == store.ScopeRead && r.writes():
		return store.Errorf(store.Forbidden, "This API key may only read.").WithHint("Use a key with the scope write.")
	case k.user == nil && r.who != anyone && r.who != reader:
		return unauthenticated()
	case r.needsAccount() && k.user.Role == store.RoleGuest:
		return store.Errorf(store.Forbidden, "This needs an account.").WithHint("Sign up: what you made as a guest stays yours.")
	case r.who == admin && k.user.Role != store.RoleAdmin:
		return store.Errorf(store.Forbidden, "This is for administrators.").WithHint("Sign in with an administrator's account.")
	}
	return nil
}

// orSignIn leads a guest who opens a page of an account to the form, and back.
func (s *Server) orSignIn(c *fiber.Ctx, r *route, err error) error {
	k := callOf(c)
	if !r.needsAccount() || k.api || k.user.Role != store.RoleGuest || c.Method() != fiber.MethodGet || shapeOf(c, shapePage, shapeJSON) != shapePage {
		return err
	}
	return c.Redirect(s.link("loginPage")+"?next="+url.QueryEscape(c.OriginalURL()), fiber.StatusSeeOther)
}

func unauthenticated() error {
	return store.Errorf(store.Unauthenticated, "This needs you to be signed in.").
		WithHint("Send Authorization: Bearer with an API key, or with a token from POST /auth/login or POST /auth/guest.")
}

// renewed takes a live session over and prolongs it in the second half of its life.
func (s *Server) renewed(c *fiber.Ctx, ctx context.Context, session *sessions.Session) error {
	data := session.Values[dataKey].(*sessionData)
	hash := sessionHash(session.ID)
	user, err := s.sessionUser(ctx, data)
	if err != nil || user == nil {
		return err
	}
	k := callOf(c)
	k.user, k.session = user, hash
	if data.Expires.Sub(s.Options.Store.Now()) > sessionLife/2 {
		return nil
	}
	return s.saveCookie(c, ctx, session, int(sessionLife.Seconds()))
}

// sessionUser is the user of a session, or nil when the session no longer counts: its user is gone
// or disabled, or has a newer session version (password, role).
func (s *Server) sessionUser(ctx context.Context, data *sessionData) (*store.User, error) {
	user, err := s.Options.Store.User(ctx, data.UserID)
	switch {
	case store.CodeOf(err) == store.NotFound && data.Guest:
		return store.GuestUser(data.UserID, s.Options.Store.Now()), nil
	case store.CodeOf(err) == store.NotFound:
		return nil, nil
	case err != nil:
		return nil, err
	case user.DisabledAt != nil || user.SessionVersion != data.Version:
		return nil, nil
	}
	return user, nil
}

// stillValid says whether the session or the key that opened a stream still counts.
func (s *Server) stillValid(may permit) bool {
	ctx, cancel := context.WithTimeout(s.life, 5*time.Second)
	defer cancel()
	if may.key != "" {
		_, err := s.Options.Store.LiveAPIKey(ctx, may.key)
		return store.CodeOf(err) != store.NotFound // a database that hiccups cuts nobody off
	}
	if may.session == "" {
		return true
	}
	return s.sessionCounts(ctx, may.session)
}

func (s *Server) sessionCounts(ctx context.Context, session string) bool {
	data, err := s.sessions.load(ctx, session)
	if errors.Is(err, kv.ErrNotFound) {
		return false
	}
	if err != nil {
		return true
	}
	user, err := s.sessionUser(ctx, data)
	return err != nil || user != nil
}

// keepGuest gives an unsaved guest of the browser mount a session, so that what it is about to write
// can be found again. The row comes with the write.
func (s *Server) keepGuest(c *fiber.Ctx) error {
	if k := callOf(c); k.api || k.session != "" {
		return nil
	}
	_, err := s.signInAs(c, callOf(c).user)
	return err
}

// sameSite refuses unsafe requests that a foreign page makes with our cookie, by the rule of
// net/http. The API takes no cookie and needs no such check.
func (s *Server) sameSite(c *fiber.Ctx) error {
	if callOf(c).api {
		return c.Next()
	}
	r := &http.Request{Method: c.Method(), Host: s.host(c), Header: http.Header{}}
	for _, name := range []string{"Sec-Fetch-Site", "Origin"} {
		if value := c.Get(name); value != "" {
			r.Header.Set(name, value)
		}
	}
	if err := s.crossOrigin.Check(r); err != nil {
		return store.Errorf(store.Forbidden, "The request came from another site.").
			WithHint("Open Alleato itself and try again.").WithCause(err)
	}
	return c.Next()
}
