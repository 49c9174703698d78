package handlers_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"alleato/ai"
	"alleato/ai/model/script"
	"alleato/handlers"
	"alleato/store"
)

// keyholder makes a user and a key of theirs.
func (s *site) keyholder(email, scope string) (*store.User, string) {
	s.t.Helper()
	user, err := s.store.CreateUser(s.t.Context(), store.Credentials{Email: email, Password: "correct horse"}, store.RoleUser)
	if err != nil {
		s.t.Fatal(err)
	}
	return user, s.key(user, scope)
}

func (s *site) key(user *store.User, scope string) string {
	s.t.Helper()
	secret, err := s.store.CreateAPIKey(s.t.Context(), user, &store.APIKey{Name: "door", Scope: scope})
	if err != nil {
		s.t.Fatal(err)
	}
	return secret
}

// toolAnswer calls the weather tool where it is offered, and says what came of it.
func toolAnswer(answer func(script.Request) script.Reply) func(script.Request) script.Reply {
	busy := once(script.Reply{Status: 429, Header: http.Header{"Retry-After": {"6"}}}, saying(0, "Now."))
	return func(r script.Request) script.Reply {
		last := r.Messages[len(r.Messages)-1]
		switch {
		case last.Role == "tool":
			return saying(0, "The tool says: ", last.Text)
		case len(r.Tools) == 1 && r.Tools[0] == "weather":
			return script.Reply{Chunks: []script.Chunk{{ToolID: "call_1", ToolName: "weather"}, {ToolArgs: `{"city":`}, {ToolArgs: `"Torino"}`}}}
		case last.Text == "Busy":
			return busy(r)
		case last.Text == "Leave", strings.HasPrefix(last.Text, "Abort"):
			return script.Reply{Next: func(int) (script.Chunk, bool) { return script.Chunk{Text: "on ", Delay: 10 * time.Millisecond}, true }}
		}
		return answer(r)
	}
}

// TestClientOpenAI runs the unmodified npm package `openai` against the door.
func TestClientOpenAI(t *testing.T) {
	needPackage(t, "openai")
	s := newSite(t, toolAnswer(breaking()), func(_ *handlers.Options, a *ai.Options) {
		a.Limits = map[store.Role]store.Limit{store.RoleUser: {MessagesPerDay: 100, RepliesAtOnce: 50}, store.RoleAdmin: {MessagesPerDay: 1}}
	})
	s.model.Models = []string{"fast", "smart", "gpt-4o", "meta-llama/llama-4:free"}
	ended := s.model.Closed()
	user, write := s.keyholder("ann@example.com", "write")
	poor, err := s.store.CreateUser(t.Context(), store.Credentials{Email: "bob@example.com", Password: "correct horse"}, store.RoleAdmin)
	if err != nil {
		t.Fatal(err)
	}
	runNode(t, "openai.mjs", []string{s.url, write, s.key(user, "read"), s.key(poor, "write")},
		"models", "whole", "stream", "pace", "tools", "images", "errors", "limits", "retries", "leave", "abort")
	for left := map[string]bool{"Leave": true, "Abort": true, "Abort the whole": true}; len(left) > 0; { // the caller hung up, so the model is left too
		select {
		case e := <-ended:
			if e.Gone {
				delete(left, e.Request.Last("user"))
			}
		case <-time.After(10 * time.Second):
			t.Fatalf("the model still writes for a caller who has gone: %v", left)
		}
	}
	for _, r := range s.model.Requests() {
		if r.Header.Get("Authorization") != "Bearer key" || strings.Contains(string(r.Body), "alk_") {
			t.Errorf("the provider saw %v", r.Header)
		}
	}
	var counted int
	if err := s.store.Reader().NewSelect().Table("usage").Column("messages").Where("user_id = ?", user.ID).Scan(t.Context(), &counted); err != nil {
		t.Fatal(err)
	}
	// whole, stream 2, pace, tools 4, images, of the errors the model's two, retries 2, leave, abort 2
	if counted != 16 {
		t.Errorf("%d completions are counted, want 16", counted)
	}
}

// TestDoorCountsReplies: completions and replies in chats are one number.
func TestDoorCountsReplies(t *testing.T) {
	s := newSite(t, toolAnswer(say("x")), func(_ *handlers.Options, a *ai.Options) {
		a.Limits = map[store.Role]store.Limit{store.RoleUser: {RepliesAtOnce: 2}}
	})
	p := &person{site: s, http: &http.Client{Timeout: 30 * time.Second}}
	_, p.token = s.keyholder("ann@example.com", "write")
	endless := map[string]any{"stream": true, "messages": []any{map[string]any{"role": "user", "content": "Leave"}}}
	first := p.open("POST", "/v1/chat/completions", endless)
	defer first.Body.Close()
	second := p.open("POST", "/api/v1/chats/c/messages", send("Leave"), asEvents...)
	defer second.Body.Close()
	if first.StatusCode != 200 || second.StatusCode != 200 {
		t.Fatalf("%d, %d", first.StatusCode, second.StatusCode)
	}
	if a := p.do("POST", "/v1/chat/completions", endless); a.status != 429 || !strings.Contains(a.body, `"code":"rate_limit_exceeded"`) {
		t.Errorf("a third, by the door: %d %s", a.status, a.body)
	}
	if a := p.do("POST", "/api/v1/chats/d/messages", send("Hi"), asEvents...); a.status != 429 {
		t.Errorf("a third, in a chat: %d %s", a.status, a.body)
	}
	p.json("POST", "/api/v1/chats/c/stop", nil, nil)
	if a := p.do("POST", "/v1/chat/completions", map[string]any{"messages": []any{map[string]any{"role": "user", "content": "Hi"}}}); a.status != 200 {
		t.Errorf("after one has ended: %d %s", a.status, a.body)
	}
}

// TestDoorShutdown: a server that ends tells a caller whose completion runs, and waits for nobody.
func TestDoorShutdown(t *testing.T) {
	s := newSite(t, toolAnswer(say("x")))
	p := &person{site: s, http: &http.Client{Timeout: 30 * time.Second}}
	_, p.token = s.keyholder("ann@example.com", "write")
	stream := p.open("POST", "/v1/chat/completions", map[string]any{"stream": true, "messages": []any{map[string]any{"role": "user", "content": "Leave"}}})
	defer stream.Body.Close()
	if _, err := stream.Body.Read(make([]byte, 10)); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	begun := time.Now()
	if err := s.runner.Shutdown(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("it did not wait for the completion: %v", err)
	}
	rest, err := io.ReadAll(stream.Body)
	if err != nil || !strings.Contains(string(rest), `"type":"server_error"`) || strings.Contains(string(rest), "[DONE]") || time.Since(begun) > 5*time.Second {
		t.Errorf("after %s: %v …%s", time.Since(begun), err, rest[max(0, len(rest)-300):])
	}
}

// TestDoorRefusals: whatever is wrong, the answer is an error of the protocol.
func TestDoorRefusals(t *testing.T) {
	s := newSite(t, say("x"))
	p := &person{site: s, http: &http.Client{Timeout: 30 * time.Second}}
	_, p.token = s.keyholder("ann@example.com", "write")
	nobody := s.browser()
	deep := raw(`{"messages":[` + strings.Repeat("[", 10_000) + strings.Repeat("]", 10_000) + `]}`)
	cases := []struct {
		name   string
		who    *person
		method string
		path   string
		body   any
		want   int
	}{
		{"no credential", nobody, "GET", "/v1/models", nil, 401},
		{"nothing", p, "POST", "/v1/chat/completions", nil, 400},
		{"null", p, "POST", "/v1/chat/completions", raw("null"), 400},
		{"list", p, "POST", "/v1/chat/completions", raw("[]"), 400},
		{"deep", p, "POST", "/v1/chat/completions", deep, 400},
		{"messages a text", p, "POST", "/v1/chat/completions", raw(`{"messages":"x"}`), 400},
		{"invalid UTF-8", p, "POST", "/v1/chat/completions", raw("{\"messages\":\"\xff\"}"), 400},
		{"too large", p, "POST", "/v1/chat/completions", raw(`{"messages":["` + strings.Repeat("x", 5<<20) + `"]}`), 413},
		{"a form", p, "POST", "/v1/chat/completions", form{[]byte("x"), "text/plain"}, 415},
		{"no such address", p, "GET", "/v1/engines", nil, 404},
		{"wrong method", p, "DELETE", "/v1/models", nil, 405},
	}
	for _, c := range cases {
		a := c.who.do(c.method, c.path, c.body)
		var problem struct {
			Error *struct{ Message, Type, Code string }
		}
		if err := json.Unmarshal([]byte(a.body), &problem); err != nil || problem.Error == nil || problem.Error.Message == "" || problem.Error.Type == "" {
			t.Errorf("%s: %d %s", c.name, a.status, a.body)
		}
		if a.status != c.want {
			t.Errorf("%s: %d, want %d: %s", c.name, a.status, c.want, a.body)
		}
	}
	if a := s.browser().do("GET", "/v1/models", nil, asPage...); a.status != 401 || !strings.HasPrefix(a.header.Get("Content-Type"), "application/json") {
		t.Errorf("a browser: %d %v", a.status, a.header)
	}
}
