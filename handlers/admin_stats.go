package handlers

import (
	"github.com/a-h/templ"
	"github.com/gofiber/fiber/v2"

	"alleato/store"
	"alleato/views"
)

type statsOut struct {
	Stats *store.Stats `json:"stats"`
}

// adminStats tells how much there is and how much is asked of the models: sums, and of nobody what they said.
func (s *Server) adminStats(c *fiber.Ctx) error {
	ctx, cancel := s.ctx()
	defer cancel()
	stats, err := s.Options.Store.Stats(ctx)
	if err != nil {
		return err
	}
	return s.send(c, fiber.StatusOK, reply{JSON: statsOut{stats},
		Page: s.pageOf(c, "Figures", func(p views.Page) templ.Component { return views.StatsPage(p, views.NewStatsView(stats)) })})
}
