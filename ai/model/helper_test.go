package model_test

import (
	"context"
	"errors"
	"io"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"alleato/ai/model"
	"alleato/ai/model/script"
)

const testKey = "sk-test-0123456789abcdef"

// serve starts a scripted provider on a real listener.
func serve(t testing.TB, h *script.Handler) *httptest.Server {
	t.Helper()
	server := httptest.NewServer(h)
	t.Cleanup(func() {
		server.CloseClientConnections()
		server.Close()
	})
	return server
}

// playing is a provider that gives the same reply to every request.
func playing(r script.Reply) *script.Handler {
	return &script.Handler{Answer: func(script.Request) script.Reply { return r }}
}

// events is a reply made of raw bytes, each a write of its own, and nothing added.
func events(pieces ...string) script.Reply {
	r := script.Reply{Bare: true}
	for _, p := range pieces {
		r.Chunks = append(r.Chunks, script.Chunk{Bytes: []byte(p), Delay: 2 * time.Millisecond})
	}
	return r
}

func newCatalogue(t testing.TB, o model.Options) *model.Catalogue {
	t.Helper()
	c := model.NewCatalogue(o)
	t.Cleanup(func() {
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	})
	return c
}

// connected is a catalogue over one scripted provider.
func connected(t testing.TB, h *script.Handler) *model.Catalogue {
	t.Helper()
	return newCatalogue(t, options(serve(t, h).URL+"/v1"))
}

func options(baseURLs ...string) model.Options {
	o := model.Options{Idle: 5 * time.Second}
	for _, u := range baseURLs {
		o.Endpoints = append(o.Endpoints, model.Endpoint{BaseURL: u, APIKey: testKey})
	}
	return o
}

// result is a reply taken to its end.
type result struct {
	text, reasoning string
	tools           []model.ToolCallDelta
	finish          string
	usage           *model.Usage
	deltas          int
	err             error // nil after io.EOF
}

func ask(t testing.TB, c *model.Catalogue, question string) result {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	s, err := c.Stream(ctx, userSays(question))
	if err != nil {
		return result{err: err}
	}
	defer s.Close()
	return receive(t, s)
}

func userSays(text string) model.Request {
	return model.Request{Messages: []model.Message{{Role: "user", Text: text}}}
}

func receive(t testing.TB, s *model.Stream) result {
	t.Helper()
	var r result
	var text, reasoning strings.Builder
	for {
		d, err := s.Recv()
		if err != nil {
			r.text, r.reasoning = text.String(), reasoning.String()
			if !errors.Is(err, io.EOF) {
				r.err = err
			} else if r.finish == "" {
				t.Error("a proper end without a finish reason")
			}
			if _, again := s.Recv(); !errors.Is(again, err) {
				t.Errorf("Recv after the end gave %v, first %v", again, err)
			}
			return r
		}
		if r.finish != "" {
			t.Errorf("delta after the finish reason: %+v", d)
		}
		r.deltas++
		text.WriteString(d.Text)
		reasoning.WriteString(d.Reasoning)
		r.tools = append(r.tools, d.ToolCalls...)
		r.finish, r.usage = d.FinishReason, d.Usage
	}
}

// within waits for one value and fails when it takes too long.
func within[T any](t testing.TB, d time.Duration, c <-chan T, what string) T {
	t.Helper()
	select {
	case v := <-c:
		return v
	case <-time.After(d):
		t.Fatalf("no %s within %v", what, d)
		panic("not reached")
	}
}
