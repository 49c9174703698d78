package handlers_test

import (
	"bufio"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"testing"

	"alleato/ai"
	"alleato/handlers"
	"alleato/static"
)

// TestSDK runs the SDK in Node against a listening server, straight and over connections that break.
func TestSDK(t *testing.T) {
	needSDK(t)
	s := newSite(t, breaking(), hooked)
	s.model.Models = []string{"fast", "smart", "llava"}
	calls := &calls{}
	runNode(t, "sdk.mjs", []string{calls.to(t, s.url), shaky(t, s.url)}, "types", "auth", "chats", "send", "files", "documents", "images", "ask", "account", "webhooks", "sessions",
		"transfers", "errors", "stop", "leave", "unread failures", "cut", "polite", "silent", "lost", "forgetful", "gives up")
	for _, r := range handlers.Routes() {
		if r.API && !notInSDK[r.Name] && !calls.has(r) {
			t.Errorf("the SDK never called %s %s", r.Method, r.Path)
		}
	}
}

// notInSDK are the routes that no method is for: what administrators do on their pages, and addresses that
// come whole in answers.
var notInSDK = map[string]bool{"adminStats": true, "userList": true, "userUpdate": true, "adminFileList": true, "adminFileDelete": true,
	"fileRead": true, "fileThumbnail": true, "avatarShow": true, "documentPreview": true}

// calls notes what a client asks of a site.
type calls struct{ seen sync.Map }

// to is the address of a proxy to the site that notes.
func (c *calls) to(t *testing.T, site string) string {
	target, err := url.Parse(site)
	if err != nil {
		t.Fatal(err)
	}
	proxy := httputil.NewSingleHostReverseProxy(target)
	proxy.FlushInterval, proxy.ErrorLog = -1, log.New(io.Discard, "", 0) // a client that leaves is no error
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c.seen.Store(r.Method+" "+r.URL.Path, true)
		proxy.ServeHTTP(w, r)
	}))
	t.Cleanup(server.Close)
	return server.URL
}

// has says whether the route was called.
func (c *calls) has(r handlers.Row) (found bool) {
	pattern := regexp.MustCompile("^" + r.Method + " /api/v1" + regexp.MustCompile(`:\w+`).ReplaceAllString(r.Path, `[^/]+`) + "$")
	c.seen.Range(func(call, _ any) bool {
		found = found || pattern.MatchString(call.(string))
		return !found
	})
	return found
}

func needSDK(t *testing.T) {
	t.Helper()
	if assets, err := static.Load(); err != nil || !assets.Built() {
		lacking(t, "the assets are not built (make build)")
	}
}

// TestSDKServed: one name for ever, so asked anew each time; for the pages of any site; under the path
// of the public URL too.
func TestSDKServed(t *testing.T) {
	needSDK(t)
	s := newSite(t, say("x"))
	b := s.browser()
	for path, contentType := range map[string]string{"/sdk/alleato.js": "text/javascript; charset=utf-8", "/sdk/alleato.d.ts": "text/plain; charset=utf-8"} {
		a := b.do("GET", path, nil, "Accept-Encoding", "br", "Origin", "https://elsewhere.example")
		if a.status != 200 || a.header.Get("Content-Type") != contentType || a.header.Get("Content-Encoding") != "br" {
			t.Errorf("%s: %d %v", path, a.status, a.header)
		}
		if a.header.Get("Access-Control-Allow-Origin") != "*" || a.header.Get("Cross-Origin-Resource-Policy") != "cross-origin" {
			t.Errorf("%s is not for other sites: %v", path, a.header)
		}
		etag := a.header.Get("ETag")
		if a.header.Get("Cache-Control") != "no-cache" || etag == "" || a.header.Get("Set-Cookie") != "" {
			t.Errorf("%s caching: %v", path, a.header)
		}
		if a := b.do("GET", path, nil, "Accept-Encoding", "br", "If-None-Match", etag); a.status != 304 || a.body != "" {
			t.Errorf("%s again: %d", path, a.status)
		}
	}
	under := newSite(t, say("x"), func(h *handlers.Options, _ *ai.Options) { h.PublicURL = "http://chat.example/ai" }).browser()
	if a := under.do("GET", "/ai/sdk/alleato.js", nil); a.status != 200 || !strings.Contains(a.body, "AlleatoError") {
		t.Errorf("under a path: %d", a.status)
	}
	if a := under.do("GET", "/ai/v1/models", nil); a.status != 401 || !strings.Contains(a.body, `"code":"invalid_api_key"`) {
		t.Errorf("the door under a path: %d %s", a.status, a.body)
	}
	for _, path := range []string{"/sdk/app.js", "/sdk/", "/sdk/licences.txt", "/api/v1/sdk/alleato.js"} {
		if a := b.do("GET", path, nil); a.status != 404 {
			t.Errorf("%s: %d", path, a.status)
		}
	}
}

// shaky is a proxy to a site whose first part of the path says how its connections break.
func shaky(t *testing.T, site string) string {
	target, err := url.Parse(site)
	if err != nil {
		t.Fatal(err)
	}
	var lost sync.Map
	mux := http.NewServeMux()
	breaks := func(name string, ahead func(*http.Request), respond func(http.ResponseWriter, *http.Response)) {
		mux.Handle("/"+name+"/", http.StripPrefix("/"+name, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			out := r.Clone(r.Context())
			out.URL.Scheme, out.URL.Host, out.RequestURI = target.Scheme, target.Host, ""
			if ahead != nil {
				ahead(out)
			}
			response, err := http.DefaultTransport.RoundTrip(out)
			if err != nil {
				panic(http.ErrAbortHandler)
			}
			defer response.Body.Close()
			for key, values := range response.Header {
				w.Header()[key] = values
			}
			respond(w, response)
		})))
	}
	breaks("cut", nil, func(w http.ResponseWriter, r *http.Response) {
		some(w, r)
		panic(http.ErrAbortHandler)
	})
	breaks("polite", nil, func(w http.ResponseWriter, r *http.Response) { some(w, r) })
	breaks("silent", nil, func(w http.ResponseWriter, r *http.Response) {
		some(w, r)
		<-r.Request.Context().Done()
	})
	breaks("forgetful", func(r *http.Request) { r.Header.Del("Last-Event-ID") }, func(w http.ResponseWriter, r *http.Response) {
		if n, _ := lost.LoadOrStore("forgetful", new(int)); *n.(*int) < 2 { // twice, else it would never end
			*n.(*int)++
			some(w, r)
			return
		}
		pass(w, r)
	})
	breaks("lost", nil, func(w http.ResponseWriter, r *http.Response) {
		if _, again := lost.LoadOrStore(r.Request.Header.Get("Idempotency-Key"), true); !again {
			panic(http.ErrAbortHandler) // the message arrived, its answer does not
		}
		pass(w, r)
	})
	breaks("dead", nil, func(w http.ResponseWriter, r *http.Response) { panic(http.ErrAbortHandler) })
	mux.HandleFunc("/html/", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "<!doctype html><title>Welcome</title>") })
	mux.HandleFunc("/busy/", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Retry-After", "7")
		w.WriteHeader(http.StatusTooManyRequests)
	})
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	return server.URL
}

// some passes a part of an event stream on: it ends in the middle of a line.
func some(w http.ResponseWriter, r *http.Response) {
	w.WriteHeader(r.StatusCode)
	lines := bufio.NewReader(r.Body)
	for range 60 {
		line, err := lines.ReadString('\n')
		fmt.Fprint(w, line)
		if err != nil {
			return
		}
		w.(http.Flusher).Flush()
	}
	line, _ := lines.ReadString('\n')
	fmt.Fprint(w, strings.TrimSuffix(line, "\n"))
	w.(http.Flusher).Flush()
}

func pass(w http.ResponseWriter, r *http.Response) {
	w.WriteHeader(r.StatusCode)
	lines := bufio.NewReader(r.Body)
	for {
		line, err := lines.ReadString('\n')
		fmt.Fprint(w, line)
		w.(http.Flusher).Flush()
		if err != nil {
			return
		}
	}
}
