package handlers

import (
	"fmt"
	"strconv"
	"time"

	"github.com/gofiber/fiber/v2"

	"alleato/store"
)

// rateLimit counts a route's calls by address in windows of a minute, and says in the answer's
// headers how many are left. A kv that does not answer lets the call through: a limiter that is
// down must not take the chat down.
func (s *Server) rateLimit(kind rate) fiber.Handler {
	limit, endpoint := s.Rates.of(kind)
	return func(c *fiber.Ctx) error {
		if limit <= 0 {
			return c.Next()
		}
		ctx, cancel := s.ctx()
		defer cancel()
		n, reset, err := s.KV.Incr(ctx, "rate:"+s.address(c)+":"+endpoint, 1, time.Minute)
		if err != nil {
			s.Log.Warn("rate limit not counted", "requestId", callOf(c).id, "error", err)
			return c.Next()
		}
		wait := max(reset.Sub(s.Options.Store.Now()), time.Second)
		c.Set("RateLimit-Limit", strconv.Itoa(limit))
		c.Set("RateLimit-Remaining", strconv.Itoa(max(limit-int(n), 0)))
		c.Set("RateLimit-Reset", strconv.Itoa(int(wait.Seconds())))
		if n > int64(limit) {
			return store.Errorf(store.RateLimited, "That was more than %d requests in a minute.", limit).
				WithHint(fmt.Sprintf("Try again at %s UTC.", reset.UTC().Format("15:04:05"))).WithRetryAfter(wait)
		}
		return c.Next()
	}
}

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
	}
	return 0, ""
}
