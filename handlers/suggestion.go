package handlers

import (
	"github.com/a-h/templ"
	"github.com/gofiber/fiber/v2"

	"alleato/store"
	"alleato/views"
)

type suggestionIn struct {
	OriginalText  string `json:"originalText" form:"originalText" validate:"required"`
	SuggestedText string `json:"suggestedText" form:"suggestedText"`
	Description   string `json:"description" form:"description"`
}

type suggestionPatch struct {
	Status     string `json:"status" form:"status" validate:"required,oneof=accepted dismissed"`
	Occurrence int    `json:"occurrence,omitempty" form:"occurrence" validate:"gte=0"`
}

type suggestionsPatch struct {
	Status      string         `json:"status" form:"status" validate:"required,oneof=accepted"`
	Occurrences map[string]int `json:"occurrences,omitempty" form:"-" validate:"max=200,dive,gte=0"`
}

type suggestionOut struct {
	Suggestion *store.Suggestion `json:"suggestion"`
}

type suggestionsOut struct {
	Suggestions []store.Suggestion `json:"suggestions"`
}

type suggestionResolved struct {
	Suggestion *store.Suggestion `json:"suggestion"`
	Document   *store.Document   `json:"document"`
}

// suggestionsResolved: the document as it is now, and what still waits in it.
type suggestionsResolved struct {
	Accepted    int                `json:"accepted"`
	Suggestions []store.Suggestion `json:"suggestions"`
	Document    *store.Document    `json:"document"`
}

func (s *Server) suggestionList(c *fiber.Ctx) error {
	ctx, cancel := s.ctx()
	defer cancel()
	d, err := s.Options.Store.Document(ctx, callOf(c).reader(), c.Params("id"), 0)
	if err != nil {
		return s.orForbidden(c, ctx, err)
	}
	list, err := s.Options.Store.Suggestions(ctx, d.UserID, d.ID)
	if err != nil {
		return err
	}
	return s.send(c, fiber.StatusOK, reply{JSON: suggestionsOut{list}, Goto: s.link("documentShow", d.ID) + "#suggestions",
		Part: func() (templ.Component, error) {
			return views.Suggestions(s.part(c), views.DocumentView{Document: d, Suggestions: list}), nil
		}})
}

func (s *Server) suggestionCreate(c *fiber.Ctx) error {
	var in suggestionIn
	if err := s.bindText(c, &in); err != nil {
		return err
	}
	ctx, cancel := s.ctx()
	defer cancel()
	g := &store.Suggestion{OriginalText: formText(c, in.OriginalText), SuggestedText: formText(c, in.SuggestedText), Description: in.Description}
	if err := s.Options.Store.CreateSuggestion(ctx, callOf(c).reader(), c.Params("id"), g); err != nil {
		return s.orForbidden(c, ctx, err)
	}
	return s.send(c, fiber.StatusCreated, reply{JSON: suggestionOut{g}, Goto: s.link("documentShow", g.DocumentID) + "#suggestions"})
}

func (s *Server) suggestionUpdate(c *fiber.Ctx) error {
	var in suggestionPatch
	if err := s.bind(c, &in); err != nil {
		return err
	}
	ctx, cancel := s.ctx()
	defer cancel()
	g, d, err := s.Options.Store.ResolveSuggestion(ctx, callOf(c).reader(), c.Params("id"), store.Resolution{Status: in.Status, Occurrence: in.Occurrence})
	if err != nil {
		return err
	}
	return s.send(c, fiber.StatusOK, reply{JSON: suggestionResolved{g, d}, Goto: s.link("documentShow", d.ID) + "#suggestions",
		Part: func() (templ.Component, error) {
			view, err := s.documentView(c, ctx, d)
			return views.Artifact(s.part(c), view), err
		}})
}

// suggestionAcceptAll accepts what waits and fits, as one version.
func (s *Server) suggestionAcceptAll(c *fiber.Ctx) error {
	var in suggestionsPatch
	if err := s.bind(c, &in); err != nil {
		return err
	}
	ctx, cancel := s.ctx()
	defer cancel()
	n, d, err := s.Options.Store.AcceptSuggestions(ctx, callOf(c).reader(), c.Params("id"), in.Occurrences)
	if err != nil {
		return s.orForbidden(c, ctx, err)
	}
	list, err := s.Options.Store.Suggestions(ctx, d.UserID, d.ID)
	if err != nil {
		return err
	}
	return s.send(c, fiber.StatusOK, reply{JSON: suggestionsResolved{n, list, d}, Goto: s.link("documentShow", d.ID) + "#suggestions",
		Part: func() (templ.Component, error) {
			view, err := s.documentView(c, ctx, d)
			return views.Artifact(s.part(c), view), err
		}})
}
