package ai

import (
	"bytes"
	"context"
	"encoding/json"
	"time"

	"github.com/tidwall/gjson"

	"alleato/ai/model"
	"alleato/store"
)

// Completion is a model's answer to a program that brings its whole conversation along. Nothing of it is
// kept but that it was asked for. Close it.
type Completion struct {
	*model.Forwarded
	end  func()
	use  store.CompletionUse
	note func(store.CompletionUse)
}

// Next is the stream's next event. What the provider says of tokens is noted in passing.
func (c *Completion) Next() ([]byte, error) {
	data, err := c.Forwarded.Next()
	c.read(data)
	return data, err
}

// read notes the tokens of an answer, or of one of its events: the last to speak of them counts.
func (c *Completion) read(data []byte) {
	if !bytes.Contains(data, []byte(`"usage"`)) {
		return
	}
	if usage := gjson.GetBytes(data, "usage"); usage.IsObject() {
		c.use.InputTokens, c.use.OutputTokens = int(usage.Get("prompt_tokens").Int()), int(usage.Get("completion_tokens").Int())
	}
}

// Close lets go of the model and of the caller's share of replies at once, and counts what was used.
func (c *Completion) Close() {
	c.Forwarded.Close()
	c.note(c.use)
	c.end()
}

// Complete passes a request in the words of the OpenAI protocol on to the model that it names, or to the
// default one, under the limits of its sender: it counts like a message, and as one of the replies that
// they may have at once. keyName is the API key that it came with, for the figures. It ends with ctx, with the server, and after the longest that a reply may take.
func (r *Runner) Complete(ctx context.Context, user *store.User, keyName, modelID string, request map[string]json.RawMessage) (*Completion, error) {
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
	c := &Completion{Forwarded: answer, end: end, note: r.countUse, use: store.CompletionUse{UserID: user.ID, KeyName: keyName, Model: info.ID}}
	c.read(answer.Whole)
	return c, nil
}

// countUse notes what a completion took. It was answered all the same when that fails.
func (r *Runner) countUse(use store.CompletionUse) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(r.base), 5*time.Second)
	defer cancel()
	if err := r.Store.CountUse(ctx, use); err != nil {
		r.Log.Warn("a completion was not counted", "user", use.UserID, "model", use.Model, "error", err)
	}
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
