package handlers

import (
	"context"

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

// modelView is the chat's model and what it may be changed to. A page is shown even when no model
// can be listed: what was said stays readable.
func (s *Server) modelView(ctx context.Context, chatModel string) views.ModelView {
	models, err := s.Models.Models(ctx)
	if err != nil {
		s.Log.Warn("no model list", "error", err)
		return views.ModelView{ID: chatModel, Label: chatModel}
	}
	view := views.ModelView{All: make([]views.ModelOption, len(models))}
	fallback, _ := s.Models.Default(ctx)
	for i, m := range models {
		view.All[i] = views.ModelOption{ID: m.ID, Label: m.Label, Provider: m.Provider}
		if m.ID == chatModel || (view.ID == "" && m.ID == fallback.ID) {
			view.ID, view.Label = m.ID, m.Label
		}
	}
	return view
}
