package handlers

import (
	"context"

	"github.com/gofiber/fiber/v2"

	"alleato/ai"
	"alleato/store"
	"alleato/views"
)

// askIn is a quick action on a document.
type askIn struct {
	Action    string `json:"action" form:"action" validate:"required,max=40"`
	Choice    string `json:"choice" form:"choice" validate:"max=80"`
	Selection string `json:"selection" form:"selection"`
	Error     string `json:"error" form:"error"`
	Model     string `json:"model" form:"model" validate:"max=200"`
}

// documentAsk sends the message of a quick action: to the document's chat, or to a new one.
func (s *Server) documentAsk(c *fiber.Ctx) error {
	var in askIn
	if err := s.bind(c, &in); err != nil {
		return err
	}
	ctx, cancel := s.ctx()
	defer cancel()
	d, err := s.Options.Store.Document(ctx, callOf(c).reader(), c.Params("id"), 0)
	if err != nil {
		return s.orForbidden(c, ctx, err)
	}
	text, err := ai.Ask{Action: in.Action, Choice: in.Choice, Selection: formText(c, in.Selection), Failure: formText(c, in.Error)}.Message(d)
	if err != nil {
		return err
	}
	send := sendIn{Text: text, DocumentID: d.ID, Model: in.Model, action: in.Action, choice: in.Choice}
	if d.ChatID != nil {
		return s.sendMessage(c, *d.ChatID, send)
	}
	if send.Model == "" {
		send.Model = s.usualModel(c, ctx)
	}
	return s.sendMessage(c, store.NewID(), send)
}

// usualModel is what the person chose for their chats, "" when it is not on offer any more.
func (s *Server) usualModel(c *fiber.Ctx, ctx context.Context) string {
	chosen := callOf(c).user.Model()
	if chosen == "" {
		return ""
	}
	if _, err := s.Models.Find(ctx, chosen); err != nil {
		return ""
	}
	return chosen
}

// quickActions are what the page of a document offers.
func quickActions(d *store.Document) (list []views.QuickAction) {
	for _, a := range ai.Actions(d.Kind) {
		action := views.QuickAction{Name: a.Name, Label: a.Label}
		for _, choice := range a.Choices {
			action.Choices = append(action.Choices, views.QuickChoice{Name: choice.Name, Label: choice.Label})
		}
		list = append(list, action)
	}
	return list
}
