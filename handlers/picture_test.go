package handlers_test

import (
	"bytes"
	"image/png"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"alleato/ai"
	"alleato/ai/model/script"
	"alleato/handlers"
)

// hosts answers for the internet, and counts.
type hosts struct {
	asked  atomic.Int64
	answer func(*http.Request) (int, []byte)
}

func (h *hosts) RoundTrip(r *http.Request) (*http.Response, error) {
	h.asked.Add(1)
	status, body := h.answer(r)
	return &http.Response{StatusCode: status, Header: http.Header{}, Body: io.NopCloser(bytes.NewReader(body)), Request: r}, nil
}

// imageOf asks for a picture of the last reply of a chat.
func (p *person) imageOf(chat, address string) answer {
	p.t.Helper()
	var shown struct{ Messages []struct{ ID, Role string } }
	p.json("GET", "/chats/"+chat, nil, &shown)
	last := shown.Messages[len(shown.Messages)-1]
	return p.do("GET", "/chats/"+chat+"/messages/"+last.ID+"/image?url="+url.QueryEscape(address), nil, asJSON...)
}

const poem = "![a](https://pictures.example/good.png) ![b](https://pictures.example/page \"t\") ![c](//pictures.example/big) " +
	"![d](https://pictures.example/gone?x=1&y=2) ![e](http://127.0.0.1/x.png) ![f](http://169.254.169.254/latest/meta-data/) [g](https://pictures.example/link.png)"

// TestRemotePicture: the server fetches what the message offers, from hosts of the internet, for those
// who may read it, and gives on pixels alone.
func TestRemotePicture(t *testing.T) {
	outside := &hosts{answer: func(r *http.Request) (int, []byte) {
		if r.Header.Get("Cookie")+r.Header.Get("Referer")+r.Header.Get("Authorization") != "" || r.Method != "GET" {
			t.Errorf("the host is told %v", r.Header)
		}
		switch r.URL.Path {
		case "/good.png":
			return 200, append(picture(30, 20), "<script>alert(1)</script>"...)
		case "/big":
			return 200, bytes.Repeat([]byte("x"), 11<<20)
		case "/gone":
			return 404, picture(30, 20)
		}
		return 200, []byte("<html><script>alert(1)</script>")
	}}
	s := newSite(t, titled("Talk", func(script.Request) script.Reply { return script.Say(poem) }), func(h *handlers.Options, _ *ai.Options) { h.Outside = outside })
	b := s.browser()
	b.do("POST", "/chats/c/messages", url.Values{"text": {"![mine](https://pictures.example/mine.png)"}}, asPage...)
	b.settledReply("c")
	got := b.imageOf("c", "https://pictures.example/good.png")
	if got.status != 200 || got.header.Get("Content-Type") != "image/png" || got.header.Get("X-Content-Type-Options") != "nosniff" ||
		!strings.HasPrefix(got.header.Get("Content-Security-Policy"), "sandbox") || strings.Contains(got.body, "script") {
		t.Errorf("a picture: %d %v", got.status, got.header)
	}
	if m, err := png.Decode(strings.NewReader(got.body)); err != nil || m.Bounds().Dx() != 30 {
		t.Errorf("the picture is none: %v", err)
	}
	for address, why := range map[string]string{
		"https://pictures.example/page": "no picture", "//pictures.example/big": "too large", "https://pictures.example/gone?x=1&y=2": "did not answer",
	} {
		if got := b.imageOf("c", address); got.status != 422 || !strings.Contains(got.body, why) {
			t.Errorf("%s: %d %s", address, got.status, got.body)
		}
	}
	asked := outside.asked.Load()
	for _, address := range []string{"", "https://pictures.example/other.png", "https://pictures.example/link.png", "https://pictures.example/mine.png", "https://pictures.example/good.png?x", "file:///etc/passwd"} {
		if got := b.imageOf("c", address); got.status != 404 {
			t.Errorf("not offered, %q: %d %s", address, got.status, got.body)
		}
	}
	if got := s.browser().do("GET", "/chats/c/messages/x/image?url=https://pictures.example/good.png", nil, asJSON...); got.status != 404 {
		t.Errorf("a stranger: %d", got.status)
	}
	if outside.asked.Load() != asked {
		t.Error("what was refused was fetched")
	}
	b.do("PATCH", "/chats/c", map[string]any{"visibility": "public"}, asJSON...)
	if got := s.browser().imageOf("c", "https://pictures.example/good.png"); got.status != 200 {
		t.Errorf("a reader of the public chat: %d", got.status)
	}
}

// TestRemotePictureOfThisMachine: with the server's own transport nothing here or beside is reached.
func TestRemotePictureOfThisMachine(t *testing.T) {
	s := newSite(t, titled("Talk", func(script.Request) script.Reply { return script.Say(poem) }))
	b := s.browser()
	b.do("POST", "/chats/c/messages", url.Values{"text": {"Hi"}}, asPage...)
	b.settledReply("c")
	for _, address := range []string{"http://127.0.0.1/x.png", "http://169.254.169.254/latest/meta-data/"} {
		start := time.Now()
		if got := b.imageOf("c", address); got.status != 422 || !strings.Contains(got.body, "not on the public internet") || time.Since(start) > 3*time.Second {
			t.Errorf("%s: %d %s", address, got.status, got.body)
		}
	}
}

// TestDiagramFrame: a policy of its own, which lets it draw and nothing else, and only in our pages.
func TestDiagramFrame(t *testing.T) {
	a := newSite(t, say("x")).browser().do("GET", "/frames/diagram", nil, asPage...)
	policy := a.header.Get("Content-Security-Policy")
	for _, want := range []string{"sandbox allow-scripts;", "default-src 'none'", "frame-ancestors 'self'", "form-action 'none'", "base-uri 'none'"} {
		if !strings.Contains(policy, want) {
			t.Errorf("the policy has no %q: %s", want, policy)
		}
	}
	for _, never := range []string{"allow-same-origin", "connect-src", "img-src", "unsafe-eval", "script-src 'unsafe-inline'", "*", "http"} {
		if strings.Contains(policy, never) {
			t.Errorf("the policy holds %q: %s", never, policy)
		}
	}
	if a.status != 200 || a.header.Get("X-Frame-Options") != "SAMEORIGIN" || a.header.Get("Set-Cookie") != "" || strings.Contains(a.body, "<form") {
		t.Errorf("%d %v %s", a.status, a.header, a.body)
	}
}

// TestModelIsChosenAtOnce: before there is a chat, and in one.
func TestModelIsChosenAtOnce(t *testing.T) {
	s := newSite(t, titled("Talk", echo))
	chosen := func(p *person, path string) string {
		return parse(t, p.do("GET", path, nil, asPage...).body).Find("select[name=model] option[selected]").AttrOr("value", "none")
	}
	b := s.browser()
	if a := b.do("PUT", "/account/model", map[string]any{"model": "smart"}, asJSON...); a.status != 200 {
		t.Fatalf("%d %s", a.status, a.body)
	}
	if got, other := chosen(b, "/"), chosen(s.browser(), "/"); got != "smart" || other != "fast" {
		t.Errorf("a new chat begins with %q, somebody else's with %q", got, other)
	}
	if a := b.do("PUT", "/account/model", map[string]any{"model": "none such"}, asJSON...); a.status != 422 || !strings.Contains(a.body, "none such") {
		t.Errorf("a model that is not there: %d %s", a.status, a.body)
	}
	b.do("POST", "/chats/c/messages", url.Values{"text": {"one"}}, asPage...)
	b.settledReply("c")
	b.json("PATCH", "/chats/c", map[string]any{"model": "fast"}, nil)
	if chat, next := chosen(b, "/chats/c"), chosen(b, "/"); chat != "fast" || next != "fast" {
		t.Errorf("the chat has %q, the next one %q", chat, next)
	}
	program := s.program()
	if a := program.do("PUT", "/api/v1/account/model", map[string]any{"model": "smart"}, asJSON...); a.status != 200 {
		t.Errorf("a program's guest: %d %s", a.status, a.body)
	}
}

// TestModelGone: the chat says so, goes on with the default one, and refuses one that is asked for.
func TestModelGone(t *testing.T) {
	s := newSite(t, titled("Talk", echo))
	b := s.browser()
	b.do("POST", "/chats/c/messages", url.Values{"text": {"one"}}, asPage...)
	b.settledReply("c")
	b.json("PATCH", "/chats/c", map[string]any{"model": "old"}, nil)
	page := parse(t, b.do("GET", "/chats/c", nil, asPage...).body)
	if got := page.Find(testid("model-gone")).Text(); !strings.Contains(got, "old") || !strings.Contains(got, "fast answers") {
		t.Errorf("the page says %q", got)
	}
	if got := page.Find("select[name=model] option[selected]"); got.AttrOr("value", "none") != "" || got.Text() != "old (not available)" {
		t.Errorf("the picker says %q", got.Text())
	}
	if page := parse(t, b.do("GET", "/", nil, asPage...).body); page.Find(testid("model-gone")).Length() != 0 {
		t.Error("a new chat speaks of a model that is gone")
	}
	if a := b.do("POST", "/chats/c/messages", url.Values{"text": {"two"}, "model": {"old"}}, asPart...); a.status != 422 || !strings.Contains(a.body, "Choose another") {
		t.Errorf("asked for: %d %s", a.status, a.body)
	}
	b.do("POST", "/chats/c/messages", url.Values{"text": {"two"}, "model": {""}}, asPage...)
	b.settledReply("c")
	page = parse(t, b.do("GET", "/chats/c", nil, asPage...).body)
	if page.Find(testid("model-gone")).Length() != 0 || page.Find("select[name=model] option[selected]").AttrOr("value", "") != "fast" || page.Find("article").Length() != 4 {
		t.Error("the chat did not go on with the default model")
	}
}
