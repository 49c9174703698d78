package handlers

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"net/url"
	"strings"

	"github.com/a-h/templ"
	"github.com/gofiber/fiber/v2"
)

// reply is an answer in its shapes; the ones that a route does not have are left out.
type reply struct {
	// JSON is the answer for programs.
	JSON any
	// Page is the whole page, made only when a browser asks for it.
	Page func() (templ.Component, error)
	// Part is the fragment for htmx.
	Part func() (templ.Component, error)
	// Goto is where a browser goes next instead of being shown a page.
	Goto string
}

// shape is what the caller wants the answer to look like.
type shape int

const (
	shapeNone shape = iota
	shapePage
	shapePart
	shapeJSON
	shapeEvents
)

const eventStreamType = "text/event-stream"

// isPart: an htmx request that swaps a part, not a boosted link or the back button.
func isPart(c *fiber.Ctx) bool {
	return c.Get("HX-Request") == "true" && c.Get("HX-Boosted") != "true" &&
		c.Get("HX-History-Restore-Request") != "true" && c.Get("HX-Request-Type") != "full"
}

// shapeOf reads Accept and HX-*. With its SSE extension loaded htmx accepts event streams on every
// request, so for htmx the route decides, not the header.
func shapeOf(c *fiber.Ctx, offers ...shape) shape {
	api := callOf(c).api
	if !api && c.Get("HX-Request") == "true" {
		if isPart(c) {
			return shapePart
		}
		return shapePage
	}
	types := map[shape]string{shapePage: "text/html", shapeJSON: "application/json", shapeEvents: eventStreamType}
	var names []string
	for _, o := range offers {
		if !api || o != shapePage {
			names = append(names, types[o])
		}
	}
	picked := c.Accepts(names...)
	for s, name := range types {
		if name == picked {
			return s
		}
	}
	if strings.Contains(c.Get("Accept"), "application/problem+json") {
		return shapeJSON
	}
	return shapeNone
}

// send writes the answer in the shape that the caller asked for.
func (s *Server) send(c *fiber.Ctx, status int, r reply) error {
	var offers []shape
	if r.Page != nil || r.Goto != "" {
		offers = append(offers, shapePage)
	}
	if r.JSON != nil {
		offers = append(offers, shapeJSON)
	}
	c.Vary(varies...)
	switch shape := shapeOf(c, offers...); {
	case shape == shapePart && r.Goto != "" && r.Part == nil:
		c.Set("HX-Location", r.Goto)
		return c.SendStatus(fiber.StatusOK)
	case shape == shapePart && r.Part != nil:
		return s.render(c, status, r.Part)
	case (shape == shapePage || shape == shapePart) && r.Goto != "":
		return c.Redirect(r.Goto, fiber.StatusSeeOther)
	case (shape == shapePage || shape == shapePart) && r.Page != nil:
		return s.render(c, status, r.Page)
	case shape == shapeJSON && r.JSON != nil:
		return s.sendJSON(c, status, r.JSON, fiber.MIMEApplicationJSONCharsetUTF8)
	case len(offers) == 1 && r.JSON != nil: // a route of data alone: a browser gets the data too
		return s.sendJSON(c, status, r.JSON, fiber.MIMEApplicationJSONCharsetUTF8)
	}
	return notAcceptable()
}

func (s *Server) render(c *fiber.Ctx, status int, make func() (templ.Component, error)) error {
	component, err := make()
	if err != nil {
		return err
	}
	c.Status(status).Set(fiber.HeaderContentType, fiber.MIMETextHTMLCharsetUTF8)
	return component.Render(s.life, c.Response().BodyWriter())
}

func (s *Server) sendJSON(c *fiber.Ctx, status int, value any, contentType string) error {
	body, err := json.Marshal(value)
	if err != nil {
		return err
	}
	if status == fiber.StatusOK && callOf(c).api {
		return s.sendCached(c, body, contentType)
	}
	c.Status(status).Set(fiber.HeaderContentType, contentType)
	return c.Send(body)
}

// varies is what an answer depends on beside its address.
var varies = []string{"Accept", "HX-Request", "Cookie", "Authorization", "X-Api-Key"}

// sendCached lets a program keep what it reads, and ask whether that is still so. Pages are not kept:
// after signing out, nothing of theirs may be left in the browser.
func (s *Server) sendCached(c *fiber.Ctx, body []byte, contentType string) error {
	if c.Method() == fiber.MethodGet || c.Method() == fiber.MethodHead {
		sum := sha256.Sum256(body)
		etag := `"` + hex.EncodeToString(sum[:16]) + `"`
		c.Set(fiber.HeaderETag, etag)
		c.Set(fiber.HeaderCacheControl, "private, no-cache") // asked anew each time
		if matches(c.Get(fiber.HeaderIfNoneMatch), etag) {
			return c.SendStatus(fiber.StatusNotModified)
		}
	}
	c.Set(fiber.HeaderContentType, contentType)
	return c.Send(body)
}

// page and part wrap a component that needs nothing asked first.
func component(t templ.Component) func() (templ.Component, error) {
	return func() (templ.Component, error) { return t, nil }
}

// isHTMX says whether htmx asks at all; a stream then answers in HTML frames.
func isHTMX(c *fiber.Ctx) bool { return c.Get("HX-Request") == "true" && !callOf(c).api }

// currentPath is the path of the page that an htmx request comes from.
func currentPath(c *fiber.Ctx) string {
	u, err := url.Parse(c.Get("HX-Current-URL"))
	if err != nil {
		return ""
	}
	return u.Path
}

// nothing is the fragment of an answer that changes nothing on the page.
func nothing() (templ.Component, error) { return templ.NopComponent, nil }
