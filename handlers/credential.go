package handlers

import (
	"context"
	"errors"
	"strings"

	"github.com/gofiber/fiber/v2"

	"alleato/store"
	"alleato/store/kv"
)

// carrier is how a request says who sends it.
type carrier int

const (
	carriesNothing carrier = iota
	carriesCookie          // the browser's session
	carriesToken           // a JWT, which names a session
	carriesKey             // an API key
)

// credentialOf is the one place where a credential is read from a request: the cookie on the browser
// mount, Authorization: Bearer or x-api-key on the API. A bearer on the browser mount and a cookie on
// the API are ignored, and nothing is read from the URL, which ends in logs and histories.
func (s *Server) credentialOf(c *fiber.Ctx) (carrier, string, error) {
	if !callOf(c).api {
		if c.Get(fiber.HeaderCookie) == "" {
			return carriesNothing, "", nil
		}
		return carriesCookie, "", nil // gorilla reads it
	}
	value := strings.TrimSpace(c.Get("X-Api-Key"))
	if scheme, token, found := strings.Cut(c.Get(fiber.HeaderAuthorization), " "); found && strings.EqualFold(scheme, "bearer") {
		token = strings.TrimSpace(token)
		if value != "" && value != token {
			return 0, "", store.Errorf(store.Unauthenticated, "The request names two different callers.").
				WithHint("Send either Authorization or x-api-key.")
		}
		value = token
	}
	switch {
	case value == "":
		return carriesNothing, "", nil
	case strings.HasPrefix(value, store.APIKeyPrefix):
		return carriesKey, value, nil
	}
	return carriesToken, value, nil
}

// admit notes who calls. Without a credential it notes nobody.
func (s *Server) admit(c *fiber.Ctx, ctx context.Context) error {
	kind, value, err := s.credentialOf(c)
	if err != nil {
		return err
	}
	switch kind {
	case carriesCookie:
		return s.byCookie(c, ctx)
	case carriesToken:
		return s.byToken(c, ctx, value)
	case carriesKey:
		return s.byKey(c, ctx, value)
	}
	return nil
}

func (s *Server) byCookie(c *fiber.Ctx, ctx context.Context) error {
	session, err := s.sessions.New(cookieRequest(c, ctx), s.cookieName(c))
	if err != nil || session.IsNew {
		return err
	}
	return s.renewed(c, ctx, session)
}

func (s *Server) byToken(c *fiber.Ctx, ctx context.Context, token string) error {
	invalid := store.Errorf(store.Unauthenticated, "The token is not valid, or its session has ended.").
		WithHint("Sign in again with POST /auth/login.")
	userID, hash, err := s.tokens.read(token)
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

func (s *Server) byKey(c *fiber.Ctx, ctx context.Context, secret string) error {
	invalid := store.Errorf(store.Unauthenticated, "The API key is not valid, or has ended.").
		WithHint("Make a new one on the page API keys.")
	key, err := s.Options.Store.APIKeyBySecret(ctx, secret)
	if store.CodeOf(err) == store.NotFound {
		return invalid.WithCause(err)
	}
	if err != nil {
		return err
	}
	user, err := s.Options.Store.User(ctx, key.UserID)
	if store.CodeOf(err) == store.NotFound { // deleted just now
		return invalid.WithCause(err)
	}
	if err != nil {
		return err
	}
	k := callOf(c)
	k.user, k.key = user, key
	s.noteKeyUse(c, ctx, key)
	return nil
}

// noteKeyUse keeps when the key was used. What cannot be noted does not stop the call.
func (s *Server) noteKeyUse(c *fiber.Ctx, ctx context.Context, key *store.APIKey) {
	first, err := s.Options.Store.UsedAPIKey(ctx, key)
	if err != nil {
		s.Log.Warn("use of an API key not noted", "requestId", callOf(c).id, "key", key.ID, "error", err)
	}
	if first {
		s.auditOf(c, "key.first_use", key.ID, callOf(c).user)
	}
}
