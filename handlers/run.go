package handlers

import (
	"crypto/rand"
	"strings"

	"github.com/gofiber/fiber/v2"

	"alleato/views"
)

// runPolicy is the content security policy of the frame in which code runs that a model may have written
// after reading a hostile page. The frame has no origin, so no cookies and no storage, and its own script
// is the one that carries the nonce. The code runs in a worker, which inherits this policy: it may make
// scripts of text (blob:, eval), and load nothing at all, from no host, ours included. What Python needs the
// page fetches and hands over.
const runPolicy = "sandbox allow-scripts; default-src 'none'; script-src 'nonce-NONCE' blob: 'unsafe-eval'; worker-src blob:; " +
	"base-uri 'none'; form-action 'none'; frame-ancestors 'self'"

func (s *Server) runFrame(c *fiber.Ctx) error {
	nonce := rand.Text()
	c.Set(fiber.HeaderContentSecurityPolicy, strings.Replace(runPolicy, "NONCE", nonce, 1))
	c.Set(fiber.HeaderXFrameOptions, "SAMEORIGIN")
	page := views.Page{Links: s.link, Assets: s.Assets, AssetBase: s.base + assetPrefix}
	return s.send(c, fiber.StatusOK, reply{Page: component(views.RunFrame(page, nonce))})
}
