package handlers

import (
	"fmt"
	"strconv"
	"time"

	"github.com/gofiber/fiber/v2"

	"alleato/store"
)

// rateLimit counts a route's calls by address in windows of a minute, before anybody is asked for.
func (s *Server) rateLimit(kind rate) fiber.Handler {
	return func(c *fiber.Ctx) error {
		if err := s.countRate(c, kind); err != nil {
			return err
		}
		return c.Next()
	}
}

// countRate counts a call, and says in the answer's headers how many are left. A kv that does not answer lets the call
// through: a limiter that is down must not take the chat down.
func (s *Server) countRate(c *fiber.Ctx, kind rate) error {
	limit, endpoint := s.Rates.of(kind)
	if limit <= 0 {
		return nil
	}
	ctx, cancel := s.ctx()
	defer cancel()
	n, reset, err := s.KV.Incr(ctx, "rate:"+s.address(c)+":"+endpoint, 1, time.Minute)
	if err != nil {
		s.Log.Warn("rate limit not counted", "requestId", callOf(c).id, "error", err)
		return nil
	}
	wait := max(reset.Sub(s.Options.Store.Now()), time.Second)
	c.Set("RateLimit-Limit", strconv.Itoa(limit))
	c.Set("RateLimit-Remaining", strconv.Itoa(max(limit-int(n), 0)))
	c.Set("RateLimit-Reset", strconv.Itoa(int(wait.Seconds())))
	if n > int64(limit) {
		return store.Errorf(store.RateLimited, "That was more than %d %s in a minute.", limit, ratedThings[kind]).
			WithHint(fmt.Sprintf("Try again at %s UTC.", reset.UTC().Format("15:04:05"))).WithRetryAfter(wait)
	}
	return nil
}

// ratedThings are what is counted in each bucket.
var ratedThings = map[rate]string{reads: "requests", writes: "requests", signIn: "requests", sends: "messages", uploads: "uploads", exports: "exports or imports"}

func (r *Rates) of(kind rate) (limit int, endpoint string) {
	if r == nil {
		return 0, ""
	}
	switch kind {
	case reads:
		return r.Reads, "reads"
	case writes:
		return r.Writes, "writes"
	case signIn:
		return r.SignIn, "signin"
	case sends:
		return r.Send, "send"
	case uploads:
		return r.Upload, "upload"
	case exports:
		return r.Export, "export"
	}
	return 0, ""
}
