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

type keyIn struct {
	Name  string `json:"name" form:"name" validate:"required,max=100"`
	Scope string `json:"scope" form:"scope" validate:"required,oneof=read write"`
	// ExpiresAt is a time as JSON has it; empty and null are a key without an end.
	ExpiresAt *string `json:"expiresAt" form:"expiresAt" validate:"omitempty,max=40"`
}

type keyOut struct {
	Key    *store.APIKey `json:"key"`
	Secret string        `json:"secret"`
}

type keysOut struct {
	Keys []store.APIKey `json:"keys"`
}

// keyLives are the ends that the page offers, in days.
var keyLives = []struct {
	label string
	days  int
}{{"In 30 days", 30}, {"In 90 days", 90}, {"In a year", 365}}

func (s *Server) keyList(c *fiber.Ctx) error {
	ctx, cancel := s.ctx()
	defer cancel()
	keys, err := s.Options.Store.APIKeys(ctx, callOf(c).user.ID)
	if err != nil {
		return err
	}
	return s.sendKeys(c, ctx, fiber.StatusOK, keysOut{keys}, views.KeyView{})
}

func (s *Server) keyCreate(c *fiber.Ctx) error {
	var in keyIn
	ctx, cancel := s.ctx()
	defer cancel()
	key, secret, err := s.makeKey(c, ctx, &in)
	if err != nil {
		return s.keyAgain(c, ctx, err, in)
	}
	s.auditOf(c, "key.create", key.ID, callOf(c).user)
	return s.sendKeys(c, ctx, fiber.StatusCreated, keyOut{key, secret}, views.KeyView{Made: key, Secret: secret})
}

func (s *Server) makeKey(c *fiber.Ctx, ctx context.Context, in *keyIn) (*store.APIKey, string, error) {
	if err := s.bind(c, in); err != nil {
		return nil, "", err
	}
	key := &store.APIKey{Name: in.Name, Scope: in.Scope}
	if in.ExpiresAt != nil && *in.ExpiresAt != "" {
		at, err := time.Parse(time.RFC3339, *in.ExpiresAt)
		if err != nil {
			return nil, "", store.Errorf(store.Invalid, "expiresAt must be a time such as 2030-12-31T00:00:00Z.").WithField("expiresAt")
		}
		key.ExpiresAt = &at
	}
	secret, err := s.Options.Store.CreateAPIKey(ctx, callOf(c).user, key)
	return key, secret, err
}

// keyAgain shows the refused form with what was typed; other callers get the error as it is.
func (s *Server) keyAgain(c *fiber.Ctx, ctx context.Context, err error, in keyIn) error {
	return s.refusedForm(c, err, "#keys", func(form views.Form, status int) error {
		return s.sendKeys(c, ctx, status, nil, views.KeyView{Name: in.Name, Scope: in.Scope, Form: form})
	})
}

func (s *Server) keyDelete(c *fiber.Ctx) error {
	ctx, cancel := s.ctx()
	defer cancel()
	user := callOf(c).user
	if err := s.Options.Store.DeleteAPIKey(ctx, user.ID, c.Params("id")); err != nil {
		return err
	}
	s.auditOf(c, "key.delete", c.Params("id"), user)
	s.checkStreamsOf("") // what the key reads ends with it
	return s.send(c, fiber.StatusOK, reply{JSON: success{true}, Goto: s.link("keyList"),
		Part: func() (templ.Component, error) {
			view, err := s.keyView(c, ctx, views.KeyView{})
			return views.KeyPanel(s.part(c), view), err
		}})
}

// sendKeys answers with the page of the keys around view. A secret is in this answer and in no other,
// so a plain form gets the page at once instead of being sent to it.
func (s *Server) sendKeys(c *fiber.Ctx, ctx context.Context, status int, json any, view views.KeyView) error {
	return s.send(c, status, reply{
		JSON: json,
		Part: func() (templ.Component, error) {
			view, err := s.keyView(c, ctx, view)
			return views.KeyPanel(s.part(c), view), err
		},
		Page: func() (templ.Component, error) {
			page, err := s.page(c, "API keys")
			view, failed := s.keyView(c, ctx, view)
			return views.KeyPage(page, view), errors.Join(err, failed)
		},
	})
}

func (s *Server) keyView(c *fiber.Ctx, ctx context.Context, view views.KeyView) (views.KeyView, error) {
	var err error
	view.Keys, err = s.Options.Store.APIKeys(ctx, callOf(c).user.ID)
	view.Now, view.Zone, view.Max = s.Options.Store.Now(), zone(c), store.MaxAPIKeys
	view.APIBase = s.publicOrigin(c) + s.base + apiPrefix
	for _, life := range keyLives {
		view.Ends = append(view.Ends, views.KeyEnd{Label: life.label, At: view.Now.AddDate(0, 0, life.days).Format(time.RFC3339)})
	}
	return view, err
}
