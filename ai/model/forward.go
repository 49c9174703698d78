package model

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/tidwall/gjson"
)

const (
	maxWhole  = 16 << 20         // of an answer that comes in one piece
	maxEvents = 64 << 20         // of a stream's events, their wrapping with them
	wholeIdle = 10 * time.Minute // an answer in one piece is silent until it is there
)

// Forwarded is a provider's answer to a request that was passed on in the caller's own words.
type Forwarded struct {
	// Whole is the answer's JSON; nil for a stream.
	Whole []byte
	x     *exchange
	lines *lineReader
	left  int64
}

// Forward passes a chat completion on as it is, under the model's id at its provider, and waits for the
// beginning of the answer. What may pass is tried again as Stream does. Errors are ErrUnknownModel, *Error,
// ErrIdle, ErrCut and the context's.
func (c *Catalogue) Forward(ctx context.Context, modelID string, request map[string]json.RawMessage) (*Forwarded, error) {
	e, err := c.entry(ctx, modelID)
	if err != nil {
		return nil, err
	}
	quoted, err := json.Marshal(e.id)
	if err != nil {
		return nil, err
	}
	request["model"] = quoted
	body, err := json.Marshal(request)
	if err != nil {
		return nil, err
	}
	stream := string(request["stream"]) == "true"
	for attempt := 1; ; attempt++ {
		f, err := e.endpoint.forward(ctx, body, stream)
		if err == nil || attempt == attempts || !mayPass(err) {
			return f, err
		}
		if err := pause(ctx, backoff(attempt, err)); err != nil {
			return nil, err
		}
	}
}

// forward makes one attempt.
func (e *endpoint) forward(ctx context.Context, body []byte, stream bool) (*Forwarded, error) {
	idle := e.idle
	if !stream {
		idle = max(idle, wholeIdle)
	}
	x := newExchange(ctx, e.client, e.key, idle, e.now)
	if err := x.post(e.baseURL+"/chat/completions", body); err != nil {
		return nil, x.failed(err)
	}
	kind := x.resp.Header.Get("Content-Type")
	if stream && strings.HasPrefix(kind, "text/event-stream") {
		return &Forwarded{x: x, lines: newLineReader(x.resp.Body), left: maxEvents}, nil
	}
	f := &Forwarded{x: x}
	defer f.Close()
	whole, err := io.ReadAll(io.LimitReader(x.resp.Body, maxWhole+1))
	switch {
	case err != nil:
		return nil, f.broken(err)
	case len(whole) > maxWhole:
		return nil, ErrTooLong
	case !gjson.ValidBytes(whole) || strings.HasPrefix(kind, "text/html"):
		return nil, notAnAPI()
	case gjson.GetBytes(whole, "error").IsObject():
		return nil, midStreamError(gjson.ParseBytes(whole), e.key)
	}
	f.Whole = whole
	return f, nil
}

func (x *exchange) post(address string, body []byte) error {
	r, err := http.NewRequestWithContext(x.ctx, http.MethodPost, address, bytes.NewReader(body))
	if err != nil {
		return fmt.Errorf("address of the model: %w", err)
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Accept", "application/json, text/event-stream")
	if x.key != "" {
		r.Header.Set("Authorization", "Bearer "+x.key)
	}
	_, err = x.Do(r)
	return err
}

// Next waits for the JSON of a stream's next event, valid until the following call. It returns io.EOF
// after a proper end, and errors as Stream.Recv does; an error that the provider reports is an *Error and
// not passed on as it is, since it may speak of keys.
func (f *Forwarded) Next() ([]byte, error) {
	f.x.watch.wait()
	defer f.x.watch.rest()
	for {
		kind, data, err := f.lines.next()
		switch {
		case err != nil:
			return nil, f.broken(err)
		case kind == lineComment:
			f.x.watch.alive()
		case kind == lineDone:
			return nil, io.EOF
		case kind == lineData:
			if f.left -= int64(len(data)); f.left < 0 {
				return nil, ErrTooLong
			}
			if gjson.GetBytes(data, "error").Exists() {
				return nil, midStreamError(gjson.ParseBytes(data), f.x.key)
			}
			return data, nil
		}
	}
}

func (f *Forwarded) broken(err error) error {
	switch {
	case errors.Is(err, ErrTooLong):
		return ErrTooLong
	case f.x.parent.Err() != nil:
		return f.x.parent.Err()
	case errors.Is(context.Cause(f.x.ctx), ErrIdle):
		return ErrIdle
	}
	return ErrCut
}

// Close lets go of the provider.
func (f *Forwarded) Close() {
	f.x.end()
	_ = f.x.resp.Body.Close() // an error here says nothing about the answer
}
