package handlers

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/a-h/templ"
	"github.com/gofiber/fiber/v2"

	"alleato/store"
	"alleato/views"
)

type webhookIn struct {
	URL         string   `json:"url" form:"url" validate:"required,max=2048"`
	Description string   `json:"description" form:"description" validate:"max=200"`
	Events      []string `json:"events" form:"events" validate:"required,max=10"`
}

// Normalize leaves out the empty one with which a form says that it has boxes to tick.
func (in *webhookIn) Normalize() { in.Events = withoutEmpty(in.Events) }

type webhookPatch struct {
	URL         *string  `json:"url" form:"url" validate:"omitempty,max=2048"`
	Description *string  `json:"description" form:"description" validate:"omitempty,max=200"`
	Events      []string `json:"events" form:"events" validate:"omitempty,max=10"`
	Active      *bool    `json:"active" form:"active"`
}

// Normalize does it for a change, where a list without any is not the same as none.
func (in *webhookPatch) Normalize() { in.Events = withoutEmpty(in.Events) }

func withoutEmpty(events []string) []string {
	return slices.DeleteFunc(events, func(e string) bool { return e == "" })
}

type webhookOut struct {
	Webhook *store.Webhook `json:"webhook"`
}

type webhooksOut struct {
	Webhooks []store.Webhook `json:"webhooks"`
}

type webhookMade struct {
	Webhook store.Webhook `json:"webhook"`
	Secret  string        `json:"secret"`
}

type deliveryOut struct {
	Delivery *store.Delivery `json:"delivery"`
}

type deliveriesOut struct {
	Deliveries []store.Delivery `json:"deliveries"`
}

// tryWait is how long a test waits for what comes of it. What takes longer is in the log later.
const tryWait = 5 * time.Second

func (s *Server) webhookList(c *fiber.Ctx) error {
	ctx, cancel := s.ctx()
	defer cancel()
	hooks, err := s.Options.Store.Webhooks(ctx, callOf(c).user.ID)
	if err != nil {
		return err
	}
	return s.sendWebhooks(c, ctx, fiber.StatusOK, webhooksOut{hooks}, views.WebhooksView{})
}

func (s *Server) webhookCreate(c *fiber.Ctx) error {
	ctx, cancel := s.ctx()
	defer cancel()
	var in webhookIn
	user := callOf(c).user
	w := &store.Webhook{}
	err := s.bind(c, &in)
	if err == nil {
		err = s.checkHookURL(ctx, in.URL)
	}
	if err == nil {
		w = &store.Webhook{URL: in.URL, Description: in.Description, Events: in.Events}
		err = s.Options.Store.CreateWebhook(ctx, user, w)
	}
	if err != nil {
		view := views.WebhooksView{Typed: store.Webhook{URL: in.URL, Description: in.Description, Events: in.Events}, Again: true}
		return s.refusedForm(c, err, "#webhooks", func(form views.Form, status int) error {
			view.Form = form
			return s.sendWebhooks(c, ctx, status, nil, view)
		})
	}
	s.auditOf(c, "webhook.create", w.ID, user)
	return s.sendWebhooks(c, ctx, fiber.StatusCreated, webhookMade{*w, w.Secret}, views.WebhooksView{Made: w})
}

// sendWebhooks answers with the page of the webhooks around view. A secret is in this answer and in no other, so a plain
// form gets the page at once instead of being sent to it.
func (s *Server) sendWebhooks(c *fiber.Ctx, ctx context.Context, status int, json any, view views.WebhooksView) error {
	fill := func() (err error) {
		view.Webhooks, err = s.Options.Store.Webhooks(ctx, callOf(c).user.ID)
		view.Events = store.WebhookEvents()
		return err
	}
	return s.send(c, status, reply{JSON: json,
		Part: func() (templ.Component, error) {
			err := fill()
			return views.WebhooksPanel(s.part(c), view), err
		},
		Page: func() (templ.Component, error) {
			page, err := s.page(c, "Webhooks")
			err = errors.Join(err, fill())
			return views.WebhooksPage(page, view), err
		}})
}

func (s *Server) webhookShow(c *fiber.Ctx) error {
	ctx, cancel := s.ctx()
	defer cancel()
	w, err := s.Options.Store.Webhook(ctx, callOf(c).user.ID, c.Params("id"))
	if err != nil {
		return err
	}
	return s.sendWebhook(c, ctx, fiber.StatusOK, webhookOut{w}, views.WebhookView{Webhook: w, Open: c.Query("delivery")})
}

// sendWebhook answers with the page of one webhook and its log.
func (s *Server) sendWebhook(c *fiber.Ctx, ctx context.Context, status int, json any, view views.WebhookView) error {
	return s.send(c, status, reply{JSON: json,
		Part: func() (templ.Component, error) { return s.webhookPanel(c, ctx, view) },
		Page: func() (templ.Component, error) {
			page, err := s.page(c, "Webhook")
			err = errors.Join(err, s.fillWebhook(c, ctx, &view))
			return views.WebhookPage(page, view), err
		}})
}

func (s *Server) webhookUpdate(c *fiber.Ctx) error {
	ctx, cancel := s.ctx()
	defer cancel()
	var in webhookPatch
	user, id := callOf(c).user, c.Params("id")
	before, err := s.Options.Store.Webhook(ctx, user.ID, id)
	if err != nil {
		return err
	}
	err = s.bind(c, &in)
	if err == nil && in.URL != nil && *in.URL != before.URL {
		err = s.checkHookURL(ctx, *in.URL)
	}
	var w *store.Webhook
	if err == nil {
		w, err = s.Options.Store.UpdateWebhook(ctx, user.ID, id, store.WebhookPatch{URL: in.URL, Description: in.Description, Events: in.Events, Active: in.Active})
	}
	if err != nil {
		return s.refusedForm(c, err, "#webhook", func(form views.Form, status int) error {
			return s.sendWebhook(c, ctx, status, nil, views.WebhookView{Webhook: typedOver(before, in), Form: form})
		})
	}
	s.auditOf(c, "webhook.update", w.ID, user)
	return s.send(c, fiber.StatusOK, reply{JSON: webhookOut{w}, Goto: s.link("webhookShow", w.ID),
		Part: func() (templ.Component, error) {
			return s.webhookPanel(c, ctx, views.WebhookView{Webhook: w, Saved: true})
		}})
}

// typedOver is what the refused form held, over what there is.
func typedOver(w *store.Webhook, in webhookPatch) *store.Webhook {
	if in.URL != nil {
		w.URL = *in.URL
	}
	if in.Description != nil {
		w.Description = *in.Description
	}
	if in.Events != nil {
		w.Events = in.Events
	}
	return w
}

// fillWebhook adds the log, and what the page shows whatever it was asked for.
func (s *Server) fillWebhook(c *fiber.Ctx, ctx context.Context, view *views.WebhookView) (err error) {
	view.Zone, view.Events, view.MaxTries = zone(c), store.WebhookEvents(), store.MaxTries()
	view.Log, err = s.Options.Store.Deliveries(ctx, callOf(c).user.ID, view.Webhook.ID)
	return err
}

func (s *Server) webhookPanel(c *fiber.Ctx, ctx context.Context, view views.WebhookView) (templ.Component, error) {
	err := s.fillWebhook(c, ctx, &view)
	return views.WebhookPanel(s.part(c), view), err
}

func (s *Server) webhookDelete(c *fiber.Ctx) error {
	ctx, cancel := s.ctx()
	defer cancel()
	user := callOf(c).user
	if err := s.Options.Store.DeleteWebhook(ctx, user.ID, c.Params("id")); err != nil {
		return err
	}
	s.auditOf(c, "webhook.delete", c.Params("id"), user)
	return s.send(c, fiber.StatusOK, reply{JSON: success{true}, Goto: s.link("webhookList")})
}

func (s *Server) webhookSecret(c *fiber.Ctx) error {
	ctx, cancel := s.ctx()
	defer cancel()
	user := callOf(c).user
	w, err := s.Options.Store.RotateWebhookSecret(ctx, user.ID, c.Params("id"))
	if err != nil {
		return err
	}
	s.auditOf(c, "webhook.secret", w.ID, user)
	return s.sendWebhook(c, ctx, fiber.StatusOK, webhookMade{*w, w.Secret}, views.WebhookView{Webhook: w, Secret: w.Secret})
}

func (s *Server) webhookTest(c *fiber.Ctx) error {
	return s.sendDelivery(c, func(ctx context.Context, userID string) (*store.Delivery, error) {
		return s.Options.Store.TestWebhook(ctx, userID, c.Params("id"))
	})
}

func (s *Server) deliveryRepeat(c *fiber.Ctx) error {
	return s.sendDelivery(c, func(ctx context.Context, userID string) (*store.Delivery, error) {
		return s.Options.Store.Redeliver(ctx, userID, c.Params("id"), c.Params("deliveryId"))
	})
}

// sendDelivery puts a delivery into the queue and waits for a while for what comes of it.
func (s *Server) sendDelivery(c *fiber.Ctx, queue func(context.Context, string) (*store.Delivery, error)) error {
	ctx, cancel := context.WithTimeout(s.life, 2*tryWait)
	defer cancel()
	user := callOf(c).user
	d, err := queue(ctx, user.ID)
	if err != nil {
		return err
	}
	s.hurryHooks()
	for begun := time.Now(); d.Tries == 0 && !d.Over() && time.Since(begun) < tryWait; {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(50 * time.Millisecond):
		}
		if d, err = s.Options.Store.Delivery(ctx, user.ID, d.WebhookID, d.ID); err != nil {
			return err
		}
	}
	return s.send(c, fiber.StatusOK, reply{JSON: deliveryOut{d}, Goto: s.link("webhookShow", d.WebhookID) + "?delivery=" + d.ID + "#log",
		Part: func() (templ.Component, error) {
			w, err := s.Options.Store.Webhook(ctx, user.ID, d.WebhookID)
			if err != nil {
				return nil, err
			}
			return s.webhookPanel(c, ctx, views.WebhookView{Webhook: w, Open: d.ID})
		}})
}

func (s *Server) deliveryList(c *fiber.Ctx) error {
	ctx, cancel := s.ctx()
	defer cancel()
	all, err := s.Options.Store.Deliveries(ctx, callOf(c).user.ID, c.Params("id"))
	if err != nil {
		return err
	}
	return s.send(c, fiber.StatusOK, reply{JSON: deliveriesOut{all}})
}
