package handlers

import (
	"github.com/gofiber/fiber/v2"

	"alleato/store"
)

type status struct {
	Status  string `json:"status"`
	Version string `json:"version"`
}

// health says that the process answers; it asks nothing of anyone.
func (s *Server) health(c *fiber.Ctx) error {
	return s.sendJSON(c, fiber.StatusOK, status{"ok", s.Version}, fiber.MIMEApplicationJSONCharsetUTF8)
}

// ready says whether requests should be sent here: the database answers and no shutdown has begun.
func (s *Server) ready(c *fiber.Ctx) error {
	ctx, cancel := s.ctx()
	defer cancel()
	if s.draining.Load() {
		return store.Errorf(store.Unavailable, "The server is shutting down.")
	}
	if err := s.Options.Store.Ping(ctx); err != nil {
		return store.Errorf(store.Unavailable, "The database does not answer.").WithCause(err)
	}
	return s.sendJSON(c, fiber.StatusOK, status{"ready", s.Version}, fiber.MIMEApplicationJSONCharsetUTF8)
}
