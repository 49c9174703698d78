package handlers_test

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"alleato/ai"
	"alleato/handlers"
)

// TestUnderAPath: with a path in the public URL everything lives under it: links, assets, forms, cookie,
// redirects, API, streams.
func TestUnderAPath(t *testing.T) {
	s := newSite(t, say("Hello"), func(h *handlers.Options, _ *ai.Options) { h.PublicURL = "http://chat.example/ai/" })
	b := s.browser()
	page := b.do("GET", "/ai/", nil, asPage...)
	if page.status != 200 {
		t.Fatalf("%d %s", page.status, page.body)
	}
	for _, m := range regexp.MustCompile(`(?:href|src|action|hx-post|hx-get|formaction)="(/[^"]*)"`).FindAllStringSubmatch(page.body, -1) {
		if !strings.HasPrefix(m[1], "/ai/") {
			t.Errorf("a link leaves the path: %s", m[1])
		}
	}
	a := b.do("POST", "/ai/chats/c/messages", url.Values{"text": {"Hi"}}, asPage...)
	if a.status != 303 || a.header.Get("Location") != "/ai/chats/c" || !strings.Contains(a.header.Get("Set-Cookie"), "Path=/ai/") {
		t.Errorf("send: %d %v", a.status, a.header)
	}
	if got := b.do("GET", "/chats/c", nil, asPage...); got.status != 404 {
		t.Errorf("outside the path: %d", got.status)
	}
	p := &person{site: s, http: http.DefaultClient}
	var in session
	p.json("POST", "/ai/api/v1/auth/guest", nil, &in)
	p.token = in.Token
	if stream := p.do("POST", "/ai/api/v1/chats/d/messages", send("Hi"), asEvents...); textOf(chunks(t, stream.body), "text") != "Hello" {
		t.Errorf("stream: %d %s", stream.status, stream.body)
	}
}

// TestShapes: one address, three answers, and a clear refusal of a fourth.
func TestShapes(t *testing.T) {
	s := newSite(t, say("Hello"))
	b := s.browser()
	b.do("POST", "/chats/c/messages", url.Values{"text": {"Hi"}}, asPage...)
	eventually(t, "the reply is there", func() bool { return strings.Contains(b.do("GET", "/chats/c", nil, asPage...).body, "Hello") })
	cases := []struct {
		name, path, holds, contentType string
		headers                        []string
		want                           int
	}{
		{"page", "/chats/c", "<!doctype html>", "text/html; charset=utf-8", asPage, 200},
		{"json", "/chats/c", `{"chat":{"id":"c"`, "application/json; charset=utf-8", asJSON, 200},
		{"boosted", "/chats/c", "<!doctype html>", "text/html; charset=utf-8", append([]string{"HX-Boosted", "true"}, asPart...), 200},
		{"back button", "/chats/c", "<!doctype html>", "text/html; charset=utf-8", append([]string{"HX-History-Restore-Request", "true"}, asPart...), 200},
		{"fragment", "/chats", `id="chat-c"`, "text/html; charset=utf-8", asPart, 200},
		{"image", "/chats/c", `"code":"unsupported"`, "application/problem+json", []string{"Accept", "image/png"}, 406},
		{"error page", "/chats/none", "<!doctype html>", "text/html; charset=utf-8", asPage, 404},
		{"error json", "/chats/none", `"code":"not_found"`, "application/problem+json", asJSON, 404},
	}
	for _, c := range cases {
		a := b.do("GET", c.path, nil, c.headers...)
		if a.status != c.want || !strings.Contains(a.body, c.holds) || a.header.Get("Content-Type") != c.contentType {
			t.Errorf("%s: %d %s %.200s", c.name, a.status, a.header.Get("Content-Type"), a.body)
		}
		if !strings.Contains(a.header.Get("Vary"), "Accept") || !strings.Contains(a.header.Get("Vary"), "HX-Request") {
			t.Errorf("%s: Vary %q", c.name, a.header.Get("Vary"))
		}
	}
	toast := b.do("POST", "/chats/c/messages", url.Values{"text": {" "}}, asPart...)
	if toast.status != 422 || toast.header.Get("HX-Retarget") != "#toasts" || !strings.Contains(toast.body, "empty") {
		t.Errorf("toast: %d %v %s", toast.status, toast.header, toast.body)
	}
}

// TestFormMethod: a plain form names DELETE in _method; a program's POST does not.
func TestFormMethod(t *testing.T) {
	s := newSite(t, say("Hello"))
	b := s.browser()
	b.do("POST", "/chats/c/messages", url.Values{"text": {"Hi"}}, asPage...)
	if a := b.do("POST", "/chats/c", url.Values{"_method": {"DELETE"}}, asPage...); a.status != 303 {
		t.Errorf("%d %s", a.status, a.body)
	}
	if a := b.do("GET", "/chats/c", nil, asPage...); a.status != 404 {
		t.Errorf("the chat is still there: %d", a.status)
	}
	if a := b.do("POST", "/chats/c", url.Values{"_method": {"TRACE"}}, asPage...); a.status != 405 {
		t.Errorf("TRACE: %d", a.status)
	}
}

// TestWhoReadsTheStream: HTML frames for the page, chunks for a program, from one address.
func TestWhoReadsTheStream(t *testing.T) {
	s := newSite(t, say("Hello **world**"))
	b := s.browser()
	a := b.do("POST", "/chats/c/messages", url.Values{"text": {"Hi"}}, asPart...)
	id := a.header.Get("X-Stream-Id")
	if !strings.Contains(a.body, `data-testid="message-user"`) || !strings.Contains(a.body, "/streams/"+id) {
		t.Fatalf("bubbles: %s", a.body)
	}
	frames := b.do("GET", "/streams/"+id, nil, asPart...)
	if !strings.Contains(frames.body, "<strong>world</strong>") || !strings.HasSuffix(frames.body, "event: done\ndata: ok\n\n") {
		t.Errorf("frames: %s", frames.body)
	}
	if strings.Contains(frames.body, "\nid:") || !strings.Contains(strings.SplitN(without(frames.body), "\n", 2)[0], "-body") {
		t.Errorf("the first frame does not replace the body: %.300s", frames.body)
	}
	if program := b.do("GET", "/streams/"+id, nil, asEvents...); textOf(chunks(t, program.body), "text") != "Hello **world**" {
		t.Errorf("chunks: %s", program.body)
	}
}

// TestTrailingSlash: an address whose last part was lost is not the one above it: there, DELETE would mean
// everything.
func TestTrailingSlash(t *testing.T) {
	s := newSite(t, say("Hello"))
	p := s.program()
	p.json("POST", "/api/v1/chats", map[string]any{"id": "c"}, nil)
	if a := p.do("DELETE", "/api/v1/chats/", nil, asJSON...); a.status != 404 {
		t.Errorf("%d %s", a.status, a.body)
	}
	p.json("GET", "/api/v1/chats/c", nil, nil)
}
