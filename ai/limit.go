package ai

import (
	"context"
	"fmt"
	"time"

	"alleato/store"
)

// checkLimits refuses a reply that the role of its sender does not allow.
func (r *Runner) checkLimits(ctx context.Context, user *store.User) error {
	limit := r.Limits[user.Role]
	if limit == (Limit{}) {
		return nil
	}
	day, running, err := r.Store.CountStreams(ctx, user.ID, r.Store.Now().Add(-24*time.Hour))
	if err != nil {
		return err
	}
	if limit.RepliesAtOnce > 0 && running >= limit.RepliesAtOnce {
		return store.Errorf(store.RateLimited, "%d of your replies are being written, which is as many as run at once.", running).
			WithHint("Wait until one has ended, or stop one.").WithRetryAfter(5 * time.Second)
	}
	if limit.MessagesPerDay > 0 && day >= limit.MessagesPerDay {
		hint := "Try again tomorrow."
		if user.Role == store.RoleGuest {
			hint = "Sign up to send more."
		}
		return store.Errorf(store.RateLimited, "That was %d messages in 24 hours, which is the limit.", day).
			WithHint(fmt.Sprintf("%s The limit counts the last 24 hours.", hint)).WithRetryAfter(time.Hour)
	}
	return nil
}
