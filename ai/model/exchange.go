package model

import (
	"context"
	"errors"
	"net/http"
	"time"

	openai "github.com/sashabaranov/go-openai"
)

// exchange is one HTTP request to a provider and its answer. It is the library's
// HTTP client for this one request, for three things that the library does not
// give: the Retry-After header of a refusal, error bodies of bounded size, and
// the raw body of a stream (see lineReader).
type exchange struct {
	client *http.Client
	key    string
	now    func() time.Time

	parent context.Context
	ctx    context.Context
	cancel context.CancelCauseFunc
	watch  *watchdog
	resp   *http.Response
}

// newExchange begins to watch for silence: a provider that accepts the request
// and then says nothing is idle too. The caller must end it, or hand it on.
func newExchange(parent context.Context, client *http.Client, key string, idle time.Duration, now func() time.Time) *exchange {
	ctx, cancel := context.WithCancelCause(parent)
	return &exchange{
		client: client, key: key, now: now,
		parent: parent, ctx: ctx, cancel: cancel, watch: newWatchdog(idle, cancel),
	}
}

// Do implements the library's HTTPDoer. Any status but 200 to 299 is an *Error;
// the library itself would take a redirect for a stream.
func (x *exchange) Do(r *http.Request) (*http.Response, error) {
	resp, err := x.client.Do(r)
	if err != nil {
		return nil, err
	}
	if resp.StatusCode < 200 || resp.StatusCode > 299 {
		defer resp.Body.Close()
		return nil, refusal(resp, x.key, x.now())
	}
	x.resp = resp
	return resp, nil
}

// open sends a chat completion.
func (x *exchange) open(baseURL string, r openai.ChatCompletionRequest) error {
	cfg := openai.DefaultConfig(x.key)
	cfg.BaseURL, cfg.HTTPClient = baseURL, x
	if _, err := openai.NewClientWithConfig(cfg).CreateChatCompletionStream(x.ctx, r); err != nil {
		return x.failed(err)
	}
	return nil
}

// failed says what went wrong, and ends the exchange.
func (x *exchange) failed(err error) error {
	idle := errors.Is(context.Cause(x.ctx), ErrIdle)
	x.end()
	var refused *Error
	switch {
	case errors.As(err, &refused):
		return refused
	case x.parent.Err() != nil:
		return x.parent.Err()
	case idle:
		return ErrIdle
	}
	return unreachable(err)
}

func (x *exchange) end() {
	x.watch.stop()
	x.cancel(nil)
}
