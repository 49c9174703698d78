package handlers

import (
	"github.com/gofiber/fiber/v2"

	"alleato/views"
)

// diagramPolicy is the content security policy of a diagram's frame. Mermaid writes styles into what it
// draws, which the page's own policy refuses; here nothing else is allowed than our script, our font and
// those: no network, no pictures, no origin. 'self' is where the frame was loaded from.
const diagramPolicy = "sandbox allow-scripts; default-src 'none'; script-src 'self'; style-src 'unsafe-inline'; font-src 'self'; " +
	"base-uri 'none'; form-action 'none'; frame-ancestors 'self'"

func (s *Server) diagramFrame(c *fiber.Ctx) error {
	c.Set(fiber.HeaderContentSecurityPolicy, diagramPolicy)
	c.Set(fiber.HeaderXFrameOptions, "SAMEORIGIN")
	return s.send(c, fiber.StatusOK, reply{Page: component(views.DiagramFrame(s.framePage(c)))})
}

// framePage is what a page of ours inside a frame needs to know.
func (s *Server) framePage(c *fiber.Ctx) views.Page {
	return views.Page{Theme: c.Cookies("theme"), Links: s.link, Assets: s.Assets, AssetBase: s.base + assetPrefix}
}
