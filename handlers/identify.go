package handlers

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/gorilla/sessions"

	"alleato/store"
	"alleato/store/kv"
)

// identify finds out who calls: by cookie on the browser mount, by bearer on the API, and holds the
// route's who-may to it. A bearer on the browser mount and a cookie on the API are ignored.
func (s *Server) identify(r *route) fiber.Handler {
	return func(c *fiber.Ctx) error {
		k := callOf(c)
		if r.rate == unlimited { // health and assets: nothing of anybody's
			return c.Next()
		}
		ctx, cancel := s.ctx()
		defer cancel()
		var err error
		if k.api {
			err = s.byBearer(c, ctx)
		} else {
			err = s.byCookie(c, ctx)
		}
		if err != nil && !(r.who == anyone && store.CodeOf(err) == store.Unauthenticated) {
			return err // whoever signs in may bring a token that has ended
		}
		if k.user == nil && !k.api {
			k.user = store.GuestUser(store.NewID(), s.Options.Store.Now())
		}
		if k.user == nil && (r.who == visitor || r.who == admin) {
			return unauthenticated()
		}
		if r.who == admin && k.user.Role != store.RoleAdmin {
			return store.Errorf(store.Forbidden, "This is for administrators.").WithHint("Sign in with an administrator's account.")
		}
		return c.Next()
	}
}

func unauthenticated() error {
	return store.Errorf(store.Unauthenticated, "This needs you to be signed in.").
		WithHint("Send Authorization: Bearer with a token from POST /auth/login or POST /auth/guest.")
}

func (s *Server) byCookie(c *fiber.Ctx, ctx context.Context) error {
	if c.Get(fiber.HeaderCookie) == "" {
		return nil
	}
	session, err := s.sessions.New(cookieRequest(c, ctx), s.cookieName(c))
	if err != nil || session.IsNew {
		return err
	}
	return s.renewed(c, ctx, session)
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

// byBearer reads the token of Authorization or x-api-key.
func (s *Server) byBearer(c *fiber.Ctx, ctx context.Context) error {
	scheme, token, found := strings.Cut(c.Get(fiber.HeaderAuthorization), " ")
	if !found || !strings.EqualFold(scheme, "bearer") {
		return nil
	}
	invalid := store.Errorf(store.Unauthenticated, "The token is not valid, or its session has ended.").
		WithHint("Sign in again with POST /auth/login.")
	userID, hash, err := s.tokens.read(strings.TrimSpace(token))
	if err != nil {
		return invalid.WithCause(err)
	}
	data, err := s.sessions.load(ctx, hash)
	if errors.Is(err, kv.ErrNotFound) || (err == nil && data.UserID != userID) {
		return invalid
	}
	if err != nil {
		return err
	}
	user, err := s.sessionUser(ctx, data)
	if err != nil {
		return err
	}
	if user == nil {
		return invalid
	}
	k := callOf(c)
	k.user, k.session = user, hash
	return nil
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

// stillValid says whether the session that opened a stream still counts.
func (s *Server) stillValid(session string) bool {
	if session == "" {
		return true
	}
	ctx, cancel := context.WithTimeout(s.life, 5*time.Second)
	defer cancel()
	data, err := s.sessions.load(ctx, session)
	if errors.Is(err, kv.ErrNotFound) {
		return false
	}
	if err != nil {
		return true // a database that hiccups cuts nobody off
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
