package handlers_test

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"alleato/ai"
	"alleato/handlers"
	"alleato/store"
)

// TestCrossSite: another site cannot act with our cookie.
func TestCrossSite(t *testing.T) {
	s := newSite(t, say("x"))
	own := []string{"Origin", s.url}
	cases := map[string]struct {
		headers []string
		want    int
	}{
		"same origin": {append([]string{"Sec-Fetch-Site", "same-origin"}, own...), 303},
		"none":        {[]string{"Sec-Fetch-Site", "none"}, 303},
		"cross-site":  {[]string{"Sec-Fetch-Site", "cross-site"}, 403},
		"same-site":   {[]string{"Sec-Fetch-Site", "same-site"}, 403},
		"origin":      {[]string{"Origin", "http://evil.example"}, 403},
		"other port":  {[]string{"Origin", "http://127.0.0.1:1"}, 403},
		"null":        {[]string{"Origin", "null"}, 403},
		"no header":   {nil, 303},
	}
	for name, c := range cases {
		a := s.browser().do("POST", "/chats/"+strings.ReplaceAll(name, " ", "-")+"/messages", url.Values{"text": {"Hi"}}, append(c.headers, asPage...)...)
		if a.status != c.want {
			t.Errorf("%s: %d, want %d", name, a.status, c.want)
		}
	}
}

// TestStrangers: what is somebody else's is not there, on every route with an id; a public chat can be
// read and not written.
func TestStrangers(t *testing.T) {
	s := newSite(t, say("secret words"))
	owner, stranger := s.program(), s.program()
	for _, id := range []string{"private", "public"} {
		owner.do("POST", "/api/v1/chats/"+id+"/messages", map[string]any{"text": "Hi", "message": map[string]any{"parts": []any{}}, "selectedVisibilityType": id}, asEvents...)
	}
	stream := owner.do("GET", "/api/v1/chats/private/stream", nil).header.Get("X-Stream-Id")
	cases := []struct {
		method, path string
		private      int
		public       int
	}{
		{"GET", "/chats/ID", 404, 200},
		{"GET", "/chats/ID/stream", 204, 200},
		{"PATCH", "/chats/ID", 404, 403},
		{"DELETE", "/chats/ID", 404, 403},
		{"POST", "/chats/ID/stop", 404, 403},
		{"POST", "/chats/ID/messages", 404, 403},
	}
	for _, c := range cases {
		for id, want := range map[string]int{"private": c.private, "public": c.public} {
			a := stranger.do(c.method, "/api/v1"+strings.ReplaceAll(c.path, "ID", id), map[string]any{"text": "x", "title": "x"}, asJSON...)
			if a.status != want {
				t.Errorf("%s %s of a %s chat: %d, want %d: %s", c.method, c.path, id, a.status, want, a.body)
			}
			if id == "private" && strings.Contains(a.body, "secret") {
				t.Errorf("%s %s shows it", c.method, c.path)
			}
		}
	}
	if a := stranger.do("GET", "/api/v1/streams/"+stream, nil); a.status != 404 {
		t.Errorf("stream by id: %d", a.status)
	}
	if a := stranger.do("DELETE", "/api/v1/streams/"+stream, nil); a.status != 404 {
		t.Errorf("stop by stream id: %d", a.status)
	}
	nobody := &person{site: s, http: http.DefaultClient}
	for path, want := range map[string]int{"/chats/private": 401, "/chats/public": 200, "/chats/public/stream": 200, "/chats": 401, "/auth/me": 401} {
		if a := nobody.do("GET", "/api/v1"+path, nil, "Accept", "*/*"); a.status != want {
			t.Errorf("without a credential %s: %d, want %d", path, a.status, want)
		}
	}
	if page := s.browser().do("GET", "/chats/private", nil, asPage...); page.status != 404 || !strings.Contains(page.body, "<html") {
		t.Errorf("page of somebody else's chat: %d", page.status)
	}
}

// TestHeaders: every answer, errors and assets included, carries the safe headers.
func TestHeaders(t *testing.T) {
	s := newSite(t, say("x"))
	for _, path := range []string{"/", "/login", "/nothing", "/healthz", "/assets/none", "/api/v1/chats", "/chats/x/stream"} {
		a := s.browser().do("GET", path, nil, asPage...)
		if csp := a.header.Get("Content-Security-Policy"); !strings.HasPrefix(csp, "default-src 'none'") || strings.Contains(csp, "unsafe") {
			t.Errorf("%s: policy %q", path, csp)
		}
		if a.header.Get("X-Content-Type-Options") != "nosniff" || a.header.Get("Referrer-Policy") == "" {
			t.Errorf("%s: %v", path, a.header)
		}
		if strings.Contains(a.body, "style=\"") || regexp.MustCompile(`<script[^>]*>[^<]`).MatchString(a.body) {
			t.Errorf("%s: inline style or script", path)
		}
	}
	if a := s.browser().do("GET", "/", nil, append(asPage, "X-Forwarded-Proto", "https", "Accept-Language", `"><script>x</script>`)...); strings.Contains(a.body, "<script>x") || a.header.Get("Strict-Transport-Security") != "" {
		t.Error("a stranger's header is believed")
	}
}

// TestRateLimit: a refusal says when to come back, and an address cannot be chosen by a header.
func TestRateLimit(t *testing.T) {
	s := newSite(t, say("x"), func(h *handlers.Options, _ *ai.Options) {
		h.Rates = &handlers.Rates{Reads: 100, Writes: 100, SignIn: 3}
	})
	p := &person{site: s, http: http.DefaultClient}
	for i := range 5 {
		a := p.do("POST", "/api/v1/auth/login", ada, "Accept", "application/json", "X-Forwarded-For", string(rune('1'+i))+".1.1.1")
		if want := map[bool]int{true: 401, false: 429}[i < 3]; a.status != want {
			t.Errorf("try %d: %d, want %d", i+1, a.status, want)
		}
		if a.status == 429 && (a.header.Get("Retry-After") == "" || !strings.Contains(a.body, `"hint":"Try again at`)) {
			t.Errorf("refusal: %v %s", a.header, a.body)
		}
	}
}

// TestEntitlements: a guest runs two replies at once and no more.
func TestEntitlements(t *testing.T) {
	s := newSite(t, endless, func(_ *handlers.Options, a *ai.Options) {
		a.Limits = map[store.Role]ai.Limit{store.RoleGuest: {RepliesAtOnce: 2, MessagesPerDay: 3}}
	})
	p := s.program()
	for i, want := range []int{200, 200, 429} {
		r := p.open("POST", "/api/v1/chats/c"+string(rune('0'+i))+"/messages", send("Go"), asEvents...)
		defer r.Body.Close()
		if r.StatusCode != want {
			t.Errorf("reply %d: %d, want %d", i+1, r.StatusCode, want)
		}
	}
	p.json("POST", "/api/v1/chats/c0/stop", nil, nil)
	p.json("POST", "/api/v1/chats/c1/stop", nil, nil)
	r := p.open("POST", "/api/v1/chats/c3/messages", send("Go"), asEvents...)
	r.Body.Close()
	p.json("POST", "/api/v1/chats/c3/stop", nil, nil)
	if a := p.do("POST", "/api/v1/chats/c4/messages", send("Go"), asEvents...); a.status != 429 || !strings.Contains(a.body, "24 hours") {
		t.Errorf("fourth message of the day: %d %s", a.status, a.body)
	}
}

// TestBadMessages: each refusal is clear and leaves nothing behind.
func TestBadMessages(t *testing.T) {
	s := newSite(t, say("x"))
	p := s.program()
	for name, body := range map[string]any{
		"empty": send(""), "blank": send(" \n"), "none": map[string]any{}, "long": send(strings.Repeat("x", ai.MaxText+1)),
		"parent": map[string]any{"text": "Hi", "parentId": "nobody"}, "parent type": raw(`{"text":"Hi","parentId":5}`),
		"model": map[string]any{"text": "Hi", "model": "gpt-nothing"}, "files": map[string]any{"text": "Hi", "files": []string{"f"}},
		"id": map[string]any{"text": "Hi", "messageId": "../x"}, "trigger": map[string]any{"text": "Hi", "trigger": "delete-message"},
	} {
		a := p.do("POST", "/api/v1/chats/c/messages", body, asEvents...)
		if a.status != 422 && a.status != 400 {
			t.Errorf("%s: %d %s", name, a.status, a.body)
		}
	}
	if a := p.do("POST", "/api/v1/chats/"+strings.Repeat("x", 65)+"/messages", send("Hi"), asEvents...); a.status != 422 {
		t.Errorf("long id: %d", a.status)
	}
	if a := p.do("GET", "/api/v1/chats/c", nil, asJSON...); a.status != 404 {
		t.Errorf("a refused message left a chat: %s", a.body)
	}
}
