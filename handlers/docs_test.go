package handlers_test

import (
	"strings"
	"testing"

	"alleato/ai"
	"alleato/handlers"
)

// TestDocs: the reference has every route of the API, and under a path everything of it lies there.
func TestDocs(t *testing.T) {
	s := newSite(t, say("x"), func(h *handlers.Options, _ *ai.Options) {
		h.PublicURL = "https://chat.example/ai"
		h.Rates = &handlers.Rates{Reads: 611, Writes: 122}
	})
	b := s.browser()
	a := b.do("GET", "/ai/docs", nil, asPage...)
	doc := parse(t, a.body)
	for _, r := range handlers.Routes() {
		if r.API && doc.Find(`#op-`+r.Name+` [data-method="`+r.Method+`"][data-path="`+braces(r.Path)+`"]`).Length() != 1 {
			t.Errorf("%s %s (%s) is not in the reference", r.Method, r.Path, r.Name)
		}
	}
	if strings.Contains(a.body, "<script>") || !strings.Contains(a.body, "https://chat.example/ai/api/v1/chats/{id}") {
		t.Error("the examples do not name this server")
	}
	if !strings.Contains(a.body, "611 requests that read, 122 that write, any number to sign in") {
		t.Error("the limits of this server are not there")
	}
	for selector, want := range map[string]string{"#docs-key[data-api]": "/ai/api/v1", "#docs-key[data-site]": "/ai"} {
		name := strings.TrimSuffix(strings.SplitN(selector, "[", 2)[1], "]")
		if got := doc.Find(selector).AttrOr(name, ""); got != want {
			t.Errorf("%s is %q", name, got)
		}
	}
	if document := b.do("GET", "/ai/openapi.json", nil, asJSON...); !strings.Contains(document.body, `"servers":[{"description":"This server","url":"/ai/api/v1"}]`) {
		t.Errorf("the document's server: %.300s", document.body)
	}
}

// TestETag: a program that asks again for what it has gets a 304, and the new answer once it has changed.
// Pages are never kept.
func TestETag(t *testing.T) {
	s := newSite(t, say("x"))
	p := s.program()
	p.json("POST", "/api/v1/chats", map[string]any{"id": "c", "title": "One"}, nil)
	for _, path := range []string{"/api/v1/chats", "/api/v1/chats/c", "/api/v1/models", "/api/v1/auth/me", "/api/v1/files"} {
		first := p.do("GET", path, nil, asJSON...)
		tag := first.header.Get("ETag")
		if first.status != 200 || tag == "" || first.header.Get("Cache-Control") != "private, no-cache" || !strings.Contains(first.header.Get("Vary"), "Authorization") {
			t.Errorf("%s: %d %v", path, first.status, first.header)
		}
		if a := p.do("GET", path, nil, append(asJSON, "If-None-Match", tag)...); a.status != 304 || a.body != "" || a.header.Get("ETag") != tag {
			t.Errorf("%s again: %d %q", path, a.status, a.body)
		}
		if a := p.do("HEAD", path, nil, append(asJSON, "If-None-Match", `"other", W/`+tag)...); a.status != 304 {
			t.Errorf("HEAD %s: %d", path, a.status)
		}
	}
	tag := p.do("GET", "/api/v1/chats/c", nil, asJSON...).header.Get("ETag")
	p.json("PATCH", "/api/v1/chats/c", map[string]any{"title": "Two"}, nil)
	if a := p.do("GET", "/api/v1/chats/c", nil, append(asJSON, "If-None-Match", tag)...); a.status != 200 || !strings.Contains(a.body, "Two") {
		t.Errorf("after a change: %d %s", a.status, a.body)
	}
	if a := s.browser().do("GET", "/", nil, asPage...); a.header.Get("ETag") != "" || a.header.Get("Cache-Control") != "no-store" {
		t.Errorf("a page: %v", a.header)
	}
	if a := p.do("POST", "/api/v1/chats", map[string]any{}, append(asJSON, "If-None-Match", "*")...); a.status != 201 {
		t.Errorf("a POST: %d", a.status)
	}
}
