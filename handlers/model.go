package handlers

import (
	"context"
	"errors"

	"github.com/gofiber/fiber/v2"

	"alleato/ai/model"
	"alleato/store"
	"alleato/views"
)

type modelsOut struct {
	Models []model.Info `json:"models"`
}

func (s *Server) modelList(c *fiber.Ctx) error {
	ctx, cancel := s.ctx()
	defer cancel()
	models, err := s.Models.Models(ctx)
	if err != nil {
		return noModels(err)
	}
	return s.send(c, fiber.StatusOK, reply{JSON: modelsOut{Models: models}})
}

func noModels(err error) error {
	return store.Errorf(store.Unavailable, "No model answers.").
		WithHint("Check OPENAI_BASE_URL and OPENAI_API_KEY, or that Ollama runs.").WithCause(err)
}

func unknownModel(id string) error {
	return store.Errorf(store.Invalid, "There is no model %q here.", id).
		WithHint("Choose another one; GET /models lists them.").WithField("model")
}

// modelChoice is the model that somebody's new chats begin with.
type modelChoice struct {
	Model string `json:"model" form:"model" validate:"required,max=200"`
}

// modelChoose keeps a choice that was made before there is a chat to keep it.
func (s *Server) modelChoose(c *fiber.Ctx) error {
	var in modelChoice
	if err := s.bind(c, &in); err != nil {
		return err
	}
	ctx, cancel := s.ctx()
	defer cancel()
	if _, err := s.Models.Find(ctx, in.Model); errors.Is(err, model.ErrUnknownModel) {
		return unknownModel(in.Model)
	} else if err != nil {
		return noModels(err)
	}
	if err := s.keepGuest(c); err != nil {
		return err
	}
	if err := s.Options.Store.ChooseModel(ctx, callOf(c).user, in.Model); err != nil {
		return err
	}
	return s.send(c, fiber.StatusOK, reply{JSON: success{true}, Goto: s.link("home"), Part: nothing})
}

// rememberModel makes what was chosen for a chat the choice for the next new one. It is a comfort: that
// it failed is no reason to refuse what was asked for.
func (s *Server) rememberModel(c *fiber.Ctx, ctx context.Context, chosen string) {
	user := callOf(c).user
	if chosen == "" || chosen == user.Model() {
		return
	}
	if err := s.Options.Store.SetModel(ctx, user.ID, chosen); err != nil {
		s.Log.Warn("the choice of a model was not kept", "requestId", callOf(c).id, "error", err)
	}
}

// modelView is the chat's model and what it may be changed to. A page is shown even when no model
// can be listed: what was said stays readable.
func (s *Server) modelView(ctx context.Context, chatModel string) views.ModelView {
	models, err := s.Models.Models(ctx)
	if err != nil {
		s.Log.Warn("no model list", "error", err)
		return views.ModelView{ID: chatModel, Label: chatModel}
	}
	fallback, _ := s.Models.Default(ctx)
	view := views.ModelView{All: make([]views.ModelOption, len(models)), Fallback: optionOf(fallback), ID: chatModel, Gone: chatModel != ""}
	for i, m := range models {
		view.All[i] = optionOf(m)
		if m.ID == chatModel {
			view.Label, view.Gone = m.Label, false
		}
	}
	if chatModel == "" {
		view.ID, view.Label = fallback.ID, fallback.Label
	}
	return view
}

// newModelView is modelView for a chat that is still to come: there a choice that is gone does not count.
func (s *Server) newModelView(ctx context.Context, choice string) views.ModelView {
	if _, err := s.Models.Find(ctx, choice); err != nil {
		choice = ""
	}
	return s.modelView(ctx, choice)
}

func optionOf(m model.Info) views.ModelOption {
	return views.ModelOption{ID: m.ID, Label: m.Label, Provider: m.Provider,
		Images: m.Capabilities.Images, Tools: m.Capabilities.Tools, Reasoning: m.Capabilities.Reasoning}
}
