package handlers

import (
	"path"

	"github.com/gofiber/fiber/v2"

	"alleato/store"
)

// asset serves a built file of the pages, compressed as the browser likes it. Names carry a hash of
// the content, so a browser asks once.
func (s *Server) asset(c *fiber.Ctx) error { return s.sendAsset(c, c.Params("file")) }

func (s *Server) sendAsset(c *fiber.Ctx, name string) error {
	body, contentType, encoding, etag, immutable, ok := s.Assets.File(name, c.Get(fiber.HeaderAcceptEncoding))
	if !ok {
		return store.Errorf(store.NotFound, "There is no such file.").WithHint("Reload the page.")
	}
	c.Vary(fiber.HeaderAcceptEncoding)
	c.Set(fiber.HeaderAccessControlAllowOrigin, "*") // a sandboxed frame of ours has no origin
	c.Set(fiber.HeaderETag, etag)
	c.Set(fiber.HeaderCacheControl, "no-cache")
	if immutable && s.Env != "development" {
		c.Set(fiber.HeaderCacheControl, "public, max-age=31536000, immutable")
	}
	if c.Get(fiber.HeaderIfNoneMatch) == etag {
		return c.SendStatus(fiber.StatusNotModified)
	}
	c.Set(fiber.HeaderContentType, contentType)
	if encoding != "" {
		c.Set(fiber.HeaderContentEncoding, encoding)
	}
	return c.Send(body)
}

// sdk serves the SDK and its types, to the pages of other sites too: there is nothing of anybody's in it,
// and what it may do with the API is up to the list of origins.
func (s *Server) sdk(c *fiber.Ctx) error {
	c.Set(fiber.HeaderAccessControlAllowOrigin, "*")
	c.Set("Cross-Origin-Resource-Policy", "cross-origin")
	return s.sendAsset(c, path.Base(callOf(c).route.path))
}

func (s *Server) favicon(c *fiber.Ctx) error {
	return c.Redirect(s.base+assetPrefix+s.Assets.URL("favicon.svg"), fiber.StatusFound)
}
