package handlers

import (
	"bytes"
	"fmt"
	"net/netip"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/gofiber/fiber/v2/middleware/cors"

	"alleato/store"
)

// pagePolicy is the content security policy of every page: nothing from another host, no inline
// script or style, no eval.
const pagePolicy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; font-src 'self'; " +
	"connect-src 'self'; frame-src 'self'; worker-src 'self'; manifest-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

// formMethod lets a plain form, which knows GET and POST only, name another method in _method.
func (s *Server) formMethod(c *fiber.Ctx) error {
	if c.Method() != fiber.MethodPost || len(c.Request().Header.Peek(fiber.HeaderContentEncoding)) > 0 || !strings.HasPrefix(c.Get(fiber.HeaderContentType), fiber.MIMEApplicationForm) {
		return c.Next()
	}
	method := string(c.Request().PostArgs().Peek("_method"))
	if !slices.Contains([]string{fiber.MethodPut, fiber.MethodPatch, fiber.MethodDelete}, method) {
		return c.Next()
	}
	c.Method(method)
	return c.RestartRouting()
}

func (s *Server) requestID(c *fiber.Ctx) error {
	s.identifyCall(c)
	return c.Next()
}

func (s *Server) identifyCall(c *fiber.Ctx) {
	if k := callOf(c); k.id == "" {
		k.id = store.NewID()
		k.api = strings.HasPrefix(c.Path(), s.base+apiPrefix+"/") // also where no route answers
		c.Set("X-Request-Id", k.id)
	}
}

// guardRequest refuses what could be read in two ways, or grows when it is read: a body with two
// lengths (smuggling behind a lax proxy) and an encoded one (a small gzip makes gigabytes).
func (s *Server) guardRequest(c *fiber.Ctx) error {
	raw := bytes.ToLower(c.Request().Header.RawHeaders()) // the parsed header knows one length only
	if bytes.Contains(raw, []byte("transfer-encoding:")) && bytes.Contains(raw, []byte("content-length:")) {
		c.Context().SetConnectionClose()
		return malformed("The request has both a Transfer-Encoding and a Content-Length.")
	}
	if encoding := c.Get(fiber.HeaderContentEncoding); encoding != "" && encoding != "identity" {
		return store.Errorf(store.Unsupported, "Encoded bodies are not taken.").WithHint("Send the body without Content-Encoding.")
	}
	return c.Next()
}

func (s *Server) recover(c *fiber.Ctx) (err error) {
	defer func() {
		if p := recover(); p != nil {
			s.Log.Error("panic in a handler", "requestId", callOf(c).id, "panic", p, "stack", string(debug.Stack()))
			err = s.fail(c, fmt.Errorf("panic: %v", p))
		}
	}()
	return c.Next()
}

// accessLog writes one line for each request; never its query, body or credentials.
func (s *Server) accessLog(c *fiber.Ctx) error {
	start := time.Now()
	if err := c.Next(); err != nil {
		if err := s.fail(c, err); err != nil {
			return err
		}
	}
	k := callOf(c)
	if k.route != nil && k.route.rate == unlimited {
		return nil
	}
	user := ""
	if k.user != nil {
		user = k.user.ID
	}
	s.Log.Info("request", "requestId", k.id, "method", c.Method(), "path", c.Path(), "status", c.Response().StatusCode(),
		"took", time.Since(start).Round(time.Microsecond).String(), "address", s.address(c), "user", user)
	return nil
}

func (s *Server) securityHeaders(c *fiber.Ctx) error {
	s.setSafeHeaders(c)
	return c.Next()
}

func (s *Server) setSafeHeaders(c *fiber.Ctx) {
	c.Set("Content-Security-Policy", pagePolicy)
	c.Set(fiber.HeaderXContentTypeOptions, "nosniff")
	c.Set(fiber.HeaderReferrerPolicy, "same-origin")
	c.Set(fiber.HeaderXFrameOptions, "DENY")
	c.Set("Cross-Origin-Opener-Policy", "same-origin")
	c.Set("Cross-Origin-Resource-Policy", "same-origin")
	c.Set("Permissions-Policy", "camera=(), microphone=(), geolocation=(), payment=()")
	c.Set(fiber.HeaderCacheControl, "no-store") // assets say otherwise
	if s.Env == "staging" {
		c.Set("X-Robots-Tag", "noindex")
	}
	if s.isSecure(c) {
		c.Set(fiber.HeaderStrictTransportSecurity, "max-age=31536000; includeSubDomains")
	}
}

// onMount notes where the request came in and which row of the table answers it.
func (s *Server) onMount(r *route, api bool) fiber.Handler {
	return func(c *fiber.Ctx) error {
		k := callOf(c)
		k.api, k.route = api, r
		return c.Next()
	}
}

// apiHeaders are the headers that a page of another origin may send to the API.
const apiHeaders = "Authorization, Content-Type, Accept, Idempotency-Key, If-None-Match, Last-Event-ID, X-Api-Key"

// corsHandler lets the pages of the listed origins call the API with these headers, "" for whatever they
// ask for; they carry no cookie of ours.
func (s *Server) corsHandler(headers string) fiber.Handler {
	return cors.New(cors.Config{
		AllowOrigins: strings.Join(s.CORSOrigins, ","), AllowMethods: "GET,POST,PUT,PATCH,DELETE",
		AllowHeaders:  headers,
		ExposeHeaders: "X-Stream-Id, X-Request-Id, Retry-After, Location, ETag, RateLimit-Limit, RateLimit-Remaining, RateLimit-Reset", MaxAge: 600,
	})
}

// isTrusted says whether the peer may speak for its clients.
func (s *Server) isTrusted(c *fiber.Ctx) bool {
	peer, ok := netip.AddrFromSlice(c.Context().RemoteIP())
	return ok && slices.ContainsFunc(s.TrustedProxies, func(p netip.Prefix) bool { return p.Contains(peer.Unmap()) })
}

// address is the client's: the peer's own, or the last one of X-Forwarded-For that no trusted proxy
// has, when a trusted proxy says so.
func (s *Server) address(c *fiber.Ctx) string {
	peer := c.Context().RemoteIP().String()
	if !s.isTrusted(c) {
		return peer
	}
	// a proxy may add a line of its own to what the client sent
	hops := bytes.Split(bytes.Join(c.Request().Header.PeekAll(fiber.HeaderXForwardedFor), []byte(",")), []byte(","))
	for _, hop := range slices.Backward(hops) {
		addr, err := netip.ParseAddr(string(bytes.TrimSpace(hop)))
		if err != nil {
			return peer
		}
		if !slices.ContainsFunc(s.TrustedProxies, func(p netip.Prefix) bool { return p.Contains(addr.Unmap()) }) {
			return addr.Unmap().String()
		}
	}
	return peer
}

// isSecure says whether the person's browser speaks https to us or to our proxy.
func (s *Server) isSecure(c *fiber.Ctx) bool {
	if s.PublicURL != "" {
		return strings.HasPrefix(s.PublicURL, "https://")
	}
	return s.isTrusted(c) && c.Get(fiber.HeaderXForwardedProto) == "https"
}

// publicOrigin is the scheme and host under which people reach us, for a link that leaves the page.
func (s *Server) publicOrigin(c *fiber.Ctx) string {
	switch {
	case s.PublicURL != "":
		return strings.TrimSuffix(trimSlash(s.PublicURL), s.base)
	case s.isSecure(c):
		return "https://" + s.host(c)
	}
	return "http://" + s.host(c)
}

// host is the name under which the person's browser knows us.
func (s *Server) host(c *fiber.Ctx) string {
	if forwarded := c.Get(fiber.HeaderXForwardedHost); forwarded != "" && s.isTrusted(c) {
		return forwarded
	}
	return string(c.Context().Host())
}
