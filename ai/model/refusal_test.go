package model_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"alleato/ai/model"
	"alleato/ai/model/script"
)

func header(name, value string) http.Header { return http.Header{name: {value}} }

func errorBody(message, code string) string {
	return fmt.Sprintf(`{"error":{"message":%q,"type":"t","code":%q}}`, message, code)
}

func TestRefusals(t *testing.T) {
	html := "<!DOCTYPE html><html><body><h1>nginx secret-host-17</h1></body></html>"
	tests := []struct {
		name     string
		reply    script.Reply
		code     string
		words    string
		requests int
		after    time.Duration
	}{
		{"401", script.Reply{Status: 401, Body: errorBody("Incorrect API key provided: sk-tes**********cdef.", "invalid_api_key")}, model.CodeUnauthenticated, "refused the API key", 1, 0},
		{"401 as HTML", script.Reply{Status: 401, Body: html}, model.CodeUnauthenticated, "refused the API key", 1, 0},
		{"402", script.Reply{Status: 402}, model.CodeQuota, "no credit", 1, 0},
		{"403", script.Reply{Status: 403, Body: errorBody("project p-17 lacks access", "")}, model.CodeForbidden, "does not allow", 1, 0},
		{"404", script.Reply{Status: 404, Body: errorBody("The model `gpt-9` does not exist", "model_not_found")}, model.CodeNotFound, "gpt-9", 1, 0},
		{"404 as HTML", script.Reply{Status: 404, Body: html}, model.CodeNotFound, "OPENAI_BASE_URL", 1, 0},
		{"400", script.Reply{Status: 400, Body: errorBody("temperature must be below 2", "invalid_value")}, model.CodeInvalid, "temperature must be below 2.", 1, 0},
		{"422 with detail", script.Reply{Status: 422, Body: `{"detail":"no such role"}`}, model.CodeInvalid, "no such role", 1, 0},
		{"400 too long", script.Reply{Status: 400, Body: errorBody("This model's maximum context length is 8192 tokens.", "context_length_exceeded")}, model.CodeTooLarge, "8192", 1, 0},
		{"400 filtered", script.Reply{Status: 400, Body: errorBody("no", "content_filter")}, model.CodeFiltered, "content filter", 1, 0},
		{"in a list", script.Reply{Status: 400, Body: "[" + errorBody("wrapped words", "x") + "]"}, model.CodeInvalid, "wrapped words", 1, 0},
		{"429 for long", script.Reply{Status: 429, Header: header("Retry-After", "90")}, model.CodeRateLimited, "Try again in 90 seconds.", 1, 90 * time.Second},
		{"429 for very long", script.Reply{Status: 429, Header: header("Retry-After", "600")}, model.CodeRateLimited, "Try again in 10 minutes.", 1, 10 * time.Minute},
		{"429 absurd", script.Reply{Status: 429, Header: header("Retry-After", "1e300")}, model.CodeRateLimited, "hours", 1, 24 * time.Hour},
		{"429 NaN", script.Reply{Status: 429, Header: header("Retry-After", "NaN")}, model.CodeRateLimited, "in a moment", 3, 0},
		{"429 no credit", script.Reply{Status: 429, Body: errorBody("You exceeded your current quota", "insufficient_quota")}, model.CodeQuota, "no credit", 1, 0},
		{"429 for ever", script.Reply{Status: 429}, model.CodeRateLimited, "too many requests", 3, 0},
		{"500 for ever", script.Reply{Status: 500, Body: html}, model.CodeUnavailable, "has a problem (500)", 3, 0},
		{"503 for long", script.Reply{Status: 503, Header: header("Retry-After", "60")}, model.CodeUnavailable, "60 seconds", 1, time.Minute},
		{"redirect", script.Reply{Status: 307, Header: header("Location", "http://127.0.0.1:1/")}, model.CodeUnavailable, "redirect", 1, 0},
		{"a web page", script.Reply{Header: header("Content-Type", "text/html; charset=utf-8"), Body: html}, model.CodeUnavailable, "not as an OpenAI-compatible API", 1, 0},
		{"JSON of something else", script.Reply{Body: `{"hello":"world"}`}, model.CodeUnavailable, "not as an OpenAI-compatible API", 1, 0},
		{"huge error page", script.Reply{Status: 400, Body: strings.Repeat("<p>x", 1<<20)}, model.CodeInvalid, "did not accept", 1, 0},
		{"long words", script.Reply{Status: 400, Body: errorBody(strings.Repeat("word ", 500), "x")}, model.CodeInvalid, "…", 1, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			h := playing(tt.reply)
			got := ask(t, connected(t, h), "hi")
			var refused *model.Error
			if !errors.As(got.err, &refused) {
				t.Fatalf("got %v", got.err)
			}
			if refused.Code != tt.code || !strings.Contains(refused.Message, tt.words) || refused.RetryAfter != tt.after {
				t.Errorf("got %q, %q, %v", refused.Code, refused.Message, refused.RetryAfter)
			}
			if n := len(h.Requests()); n != tt.requests {
				t.Errorf("%d requests, want %d", n, tt.requests)
			}
			everything := fmt.Sprintf("%+v %#v %v", refused, refused, errors.Unwrap(refused))
			for _, secret := range []string{testKey, "secret-host-17", "<", "p-17", "cdef"} {
				if strings.Contains(refused.Message, secret) || secret == testKey && strings.Contains(everything, secret) {
					t.Errorf("%q in %q", secret, everything)
				}
			}
			if len([]rune(refused.Message)) > 500 {
				t.Errorf("a message of %d characters", len(refused.Message))
			}
		})
	}
}

// failing gives these replies first, and then a good one.
func failing(first ...script.Reply) *script.Handler {
	var n atomic.Int64
	return &script.Handler{Answer: func(script.Request) script.Reply {
		if i := int(n.Add(1)) - 1; i < len(first) {
			return first[i]
		}
		return script.Say("fine now")
	}}
}

func TestRetries(t *testing.T) {
	now := time.Now()
	tests := []struct {
		name  string
		first []script.Reply
		least time.Duration
	}{
		{"500 then good", []script.Reply{{Status: 500}}, 0},
		{"twice 503 then good", []script.Reply{{Status: 503}, {Status: 503}}, 0},
		{"429 with a short Retry-After", []script.Reply{{Status: 429, Header: header("Retry-After", "1")}}, time.Second},
		{"429 with a date", []script.Reply{{Status: 429, Header: header("Retry-After", now.Add(4*time.Second).UTC().Format(http.TimeFormat))}}, 500 * time.Millisecond},
		{"broken before the first word", []script.Reply{{Cut: true}}, 0},
		{"error object before the first word", []script.Reply{events(`data: {"error":{"code":503,"message":"loading"}}` + "\n\n")}, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			h := failing(tt.first...)
			began := time.Now()
			got := ask(t, connected(t, h), "hi")
			if got.text != "fine now" || got.err != nil {
				t.Errorf("got %q, %v", got.text, got.err)
			}
			if n := len(h.Requests()); n != len(tt.first)+1 {
				t.Errorf("%d requests", n)
			}
			if took := time.Since(began); took < tt.least {
				t.Errorf("came back after %v", took)
			}
		})
	}
	t.Run("never after the first word", func(t *testing.T) {
		h := failing(script.Reply{Chunks: script.Words("so far", 0), Cut: true})
		if got := ask(t, connected(t, h), "hi"); got.text != "so far" || !errors.Is(got.err, model.ErrCut) {
			t.Errorf("got %q, %v", got.text, got.err)
		}
		if n := len(h.Requests()); n != 1 {
			t.Errorf("%d requests", n)
		}
	})
	t.Run("cancelled while waiting", func(t *testing.T) {
		c := connected(t, playing(script.Reply{Status: 429, Header: header("Retry-After", "4")}))
		ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
		defer cancel()
		began := time.Now()
		if _, err := c.Stream(ctx, userSays("hi")); !errors.Is(err, context.DeadlineExceeded) || time.Since(began) > time.Second {
			t.Errorf("got %v after %v", err, time.Since(began))
		}
	})
}

func TestUnreachable(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l.Close() // nobody listens there now
	o := options("http://user:hunter2@" + l.Addr().String() + "/v1")
	o.Only = []string{"m"}
	got := ask(t, newCatalogue(t, o), "hi")
	var refused *model.Error
	if !errors.As(got.err, &refused) || refused.Code != model.CodeUnavailable || !strings.Contains(refused.Message, "cannot be reached") {
		t.Fatalf("got %v", got.err)
	}
	cause := errors.Unwrap(refused)
	if cause == nil || !strings.Contains(cause.Error(), "refused") {
		t.Errorf("no cause for the log: %v", cause)
	}
	if all := fmt.Sprintf("%v %+v", cause, refused); strings.Contains(all, "hunter2") || strings.Contains(all, testKey) {
		t.Errorf("a secret in %q", all)
	}
}

func TestRedirectIsNotFollowed(t *testing.T) {
	var reached atomic.Bool
	elsewhere := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { reached.Store(true) }))
	defer elsewhere.Close()
	for _, status := range []int{301, 302, 303, 307, 308} {
		h := playing(script.Reply{Status: status, Header: header("Location", elsewhere.URL+"/v1/chat/completions")})
		h.Listing = func() script.Reply {
			return script.Reply{Status: status, Header: header("Location", elsewhere.URL+"/v1/models")}
		}
		o := options(serve(t, h).URL)
		o.Only = []string{"m"}
		if got := ask(t, newCatalogue(t, o), "hi"); got.err == nil {
			t.Errorf("%d: no error", status)
		}
	}
	if reached.Load() {
		t.Error("the key was carried to another host")
	}
}
