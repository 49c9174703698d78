package handlers_test

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

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

// TestStricterRates: what costs more counts in a bucket of its own, by whichever route it comes, and takes nothing from
// the others.
func TestStricterRates(t *testing.T) {
	s := newSite(t, say("x"), func(h *handlers.Options, _ *ai.Options) {
		h.Rates = &handlers.Rates{Reads: 100, Writes: 100, SignIn: 10, Send: 3, Upload: 2, Export: 2}
	})
	p := s.program()
	var in session
	p.json("POST", "/api/v1/auth/register", map[string]any{"email": "ada@example.com", "password": "correct horse"}, &in)
	p.token = in.Token
	calls := map[string][]func() answer{
		"3 messages": {
			func() answer { return p.do("POST", "/api/v1/chats/a/messages", send("Hi"), asEvents...) },
			func() answer { return p.do("POST", "/api/v1/chats", send("Hi"), asEvents...) },
			func() answer {
				return p.do("POST", "/v1/chat/completions", map[string]any{"model": "fast", "messages": []any{map[string]any{"role": "user", "content": "Hi"}}}, asJSON...)
			},
			func() answer { return p.do("POST", "/api/v1/chats", send("Hi"), asEvents...) },
			func() answer { return p.do("POST", "/api/v1/chats/a/messages", send("Hi"), asEvents...) },
			func() answer {
				return p.do("POST", "/api/v1/documents/any/ask", map[string]any{"action": "polish"}, asEvents...)
			},
		},
		"2 uploads": {
			func() answer { return p.do("POST", "/api/v1/files/upload", named("a.txt", []byte("words")), asJSON...) },
			func() answer { return p.do("PUT", "/api/v1/account/avatar", named("me.png", picture(8, 8)), asJSON...) },
			func() answer { return p.do("POST", "/api/v1/files/upload", named("b.txt", []byte("words")), asJSON...) },
			func() answer {
				return p.do("POST", "/api/v1/documents/images", named("me.png", picture(8, 8)), asJSON...)
			},
			func() answer {
				return p.do("POST", "/api/v1/documents/any/image", named("me.png", picture(8, 8)), asJSON...)
			},
		},
		"2 exports or imports": {
			func() answer {
				return p.do("POST", "/api/v1/account/exports", map[string]any{"format": "json"}, asJSON...)
			},
			func() answer { return p.do("POST", "/api/v1/account/imports", named("chats.json", webUI), asJSON...) },
			func() answer {
				return p.do("POST", "/api/v1/account/exports", map[string]any{"format": "json"}, asJSON...)
			},
		},
	}
	for what, list := range calls {
		limit := int(what[0] - '0')
		for i, call := range list {
			a := call()
			if (a.status == 429) != (i >= limit) {
				t.Errorf("%s: call %d answers %d %s", what, i+1, a.status, a.body)
			}
			if left := max(limit-i-1, 0); a.header.Get("RateLimit-Limit") != fmt.Sprint(limit) || a.header.Get("RateLimit-Remaining") != fmt.Sprint(left) {
				t.Errorf("%s: call %d says %s of %s are left", what, i+1, a.header.Get("RateLimit-Remaining"), a.header.Get("RateLimit-Limit"))
			}
			wait, _ := strconv.Atoi(a.header.Get("Retry-After"))
			if a.status == 429 && (wait < 1 || wait > 60 || !strings.Contains(a.body, "more than "+what)) {
				t.Errorf("%s: refused after %d with %s", what, wait, a.body)
			}
		}
	}
	// an empty chat is no message, and whoever may send no more may still read and write
	for _, a := range []answer{p.do("POST", "/api/v1/chats", map[string]any{"title": "Plans"}, asJSON...), p.do("GET", "/api/v1/chats", nil, asJSON...)} {
		if a.status >= 300 {
			t.Errorf("beside the buckets: %d %s", a.status, a.body)
		}
	}
}

// TestEntitlements: a guest runs two replies at once and no more.
func TestEntitlements(t *testing.T) {
	s := newSite(t, endless, func(_ *handlers.Options, a *ai.Options) {
		a.Limits = map[store.Role]store.Limit{store.RoleGuest: {RepliesAtOnce: 2, MessagesPerDay: 3}}
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
	if a := p.do("POST", "/api/v1/chats/c4/messages", send("Go"), asEvents...); a.status != 429 || !strings.Contains(a.body, "today") {
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
		"model": map[string]any{"text": "Hi", "model": "gpt-nothing"},
		"id":    map[string]any{"text": "Hi", "messageId": "../x"}, "trigger": map[string]any{"text": "Hi", "trigger": "delete-message"},
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

// TestEncodedBodies: what is small on the wire must not become large in memory, on any route.
func TestEncodedBodies(t *testing.T) {
	s := newSite(t, say("x"))
	p := s.program()
	for _, path := range []string{"/api/v1/auth/login", "/auth/login", "/api/v1/chats", "/api/v1/chats/c/messages", "/setup"} {
		for _, encoding := range []string{"gzip", "deflate", "br", "gzip, gzip"} {
			a := p.do("POST", path, map[string]any{"text": "x"}, "Accept", "application/json", "Content-Encoding", encoding)
			if a.status != 415 {
				t.Errorf("%s %s: %d %s", encoding, path, a.status, a.body)
			}
		}
	}
}

// TestRawRequests sends what no well-behaved client does.
func TestRawRequests(t *testing.T) {
	s := newSite(t, say("x"))
	cases := map[string]struct{ request, want string }{
		"two lengths": {"POST /chats/c/messages HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\nContent-Type: application/json\r\n\r\n0\r\n\r\nGET /healthz HTTP/1.1\r\nHost: x\r\n\r\n", "HTTP/1.1 400"},
		"garbage":     {"\x16\x03\x01\r\n\r\n", "HTTP/1.1 400"},
		"headers":     {"GET / HTTP/1.1\r\nHost: x\r\nX: " + strings.Repeat("x", 1<<20) + "\r\n\r\n", "HTTP/1.1 431"},
		"http/1.0":    {"GET /healthz HTTP/1.0\r\n\r\n", "HTTP/1.1 200"},
	}
	for name, c := range cases {
		conn, err := net.Dial("tcp", strings.TrimPrefix(s.url, "http://"))
		if err != nil {
			t.Fatal(err)
		}
		if err := conn.SetDeadline(time.Now().Add(5 * time.Second)); err != nil {
			t.Fatal(err)
		}
		go func() { _, _ = conn.Write([]byte(c.request)) }() // the server may close before it has read all
		answer, _ := io.ReadAll(conn)                        // or reset
		conn.Close()
		if !strings.HasPrefix(string(answer), c.want) || strings.Count(string(answer), "HTTP/1.1 ") != 1 {
			t.Errorf("%s: %.200q", name, answer)
		}
		if !strings.Contains(string(answer), "nosniff") {
			t.Errorf("%s: no safe headers in %.300q", name, answer)
		}
	}
}

// TestPipelining: what a client sends behind a stream's request is dropped with the connection, and
// never reaches another's (with -race this shows a reader that is used after it was given back).
func TestPipelining(t *testing.T) {
	s := newSite(t, say("Hello"))
	p := s.program()
	p.do("POST", "/api/v1/chats/c/messages", map[string]any{"text": "x", "selectedVisibilityType": "public"}, asEvents...)
	request := "GET /api/v1/chats/c/stream HTTP/1.1\r\nHost: x\r\n\r\nGET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"
	var wait sync.WaitGroup
	for range 8 {
		wait.Go(func() {
			for range 20 {
				conn, err := net.Dial("tcp", strings.TrimPrefix(s.url, "http://"))
				if err != nil {
					t.Error(err)
					return
				}
				_, _ = conn.Write([]byte(request))
				answer, _ := io.ReadAll(conn)
				conn.Close()
				if strings.Count(string(answer), "HTTP/1.1 ") != 1 || !strings.Contains(string(answer), "[DONE]") {
					t.Errorf("%.300q", answer)
				}
			}
		})
	}
	wait.Wait()
}

// TestForwardedAddress: behind a trusted proxy the address is the last one that no proxy of ours has,
// also when the client sent a header line of its own.
func TestForwardedAddress(t *testing.T) {
	s := newSite(t, say("x"), func(h *handlers.Options, _ *ai.Options) {
		h.TrustedProxies = []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")}
		h.Rates = &handlers.Rates{Reads: 100, Writes: 100, SignIn: 3}
	})
	status := 0
	for i := range 5 {
		request, err := http.NewRequest("POST", s.url+"/api/v1/auth/guest", nil)
		if err != nil {
			t.Fatal(err)
		}
		request.Header["X-Forwarded-For"] = []string{fmt.Sprintf("9.9.9.%d", i), "203.0.113.7"}
		response, err := http.DefaultClient.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		response.Body.Close()
		status = response.StatusCode
	}
	if status != http.StatusTooManyRequests {
		t.Errorf("the fifth of one client: %d", status)
	}
}
