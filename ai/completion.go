package ai

import (
	"context"
	"encoding/json"

	"alleato/ai/model"
	"alleato/store"
)

// Completion is a model's answer to a program that brings its whole conversation along. Nothing of it is
// kept but that it was asked for. Close it.
type Completion struct {
	*model.Forwarded
	end func()
}

// Close lets go of the model and of the caller's share of replies at once.
func (c *Completion) Close() {
	c.Forwarded.Close()
	c.end()
}

// Complete passes a request in the words of the OpenAI protocol on to the model that it names, or to the
// default one, under the limits of its sender: it counts like a message, and as one of the replies that
// they may have at once. It ends with ctx, with the server, and after the longest that a reply may take.
func (r *Runner) Complete(ctx context.Context, user *store.User, modelID string, request map[string]json.RawMessage) (*Completion, error) {
	if !r.enter() {
		return nil, store.Errorf(store.Unavailable, "The server is restarting.").WithHint("Try again in a moment.")
	}
	info, err := r.pickModel(ctx, modelID, "")
	if err != nil {
		r.work.Done()
		return nil, err
	}
	limit := r.Limits[user.Role]
	limit.Elsewhere = r.completing(user.ID, 1) - 1
	ctx, cancel := context.WithTimeout(ctx, r.Total)
	stop := context.AfterFunc(r.base, cancel)
	end := func() {
		stop()
		cancel()
		r.completing(user.ID, -1)
		r.work.Done()
	}
	if err := r.Store.CountCompletion(ctx, user, limit); err != nil {
		end()
		return nil, err
	}
	answer, err := r.Models.Forward(ctx, info.ID, request)
	if err != nil {
		end()
		return nil, err
	}
	return &Completion{answer, end}, nil
}

// completing notes that a user's completion begins (1) or ends (-1), and tells how many run then.
func (r *Runner) completing(userID string, by int) int {
	r.mu.Lock()
	defer r.mu.Unlock()
	n := r.completions[userID] + by
	if r.completions[userID] = n; n == 0 {
		delete(r.completions, userID)
	}
	return n
}

// limitOf is what a user may ask for now, with the completions that run already.
func (r *Runner) limitOf(u *store.User) store.Limit {
	limit := r.Limits[u.Role]
	r.mu.Lock()
	defer r.mu.Unlock()
	limit.Elsewhere = r.completions[u.ID]
	return limit
}
