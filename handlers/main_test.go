package handlers_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"os"
	"strings"
	"testing"
	"time"

	"alleato/ai"
	"alleato/ai/model"
	"alleato/ai/model/script"
	"alleato/handlers"
	"alleato/static"
	"alleato/store"
	"alleato/store/blob"
	"alleato/store/kv"
	"alleato/store/media"
	"alleato/store/storetest"
	"alleato/views/markdown"
)

// site is a running server on a real database, with a scripted model behind it.
type site struct {
	t      *testing.T
	url    string
	store  *store.Store
	kv     kv.Store
	runner *ai.Runner
	server *handlers.Server
	model  *script.Handler
	blobs  *blob.Dir
}

type option func(*handlers.Options, *ai.Options)

// newSite starts a server whose model answers with the script.
func newSite(t *testing.T, answer func(script.Request) script.Reply, options ...option) *site {
	t.Helper()
	return newSiteOn(t, openStore(t), answer, options...)
}

// openStore gives a database of the kind that the run is for: make test runs the suite on both.
func openStore(t *testing.T) *store.Store {
	if os.Getenv("ALLEATO_TEST_DATABASE") == "postgres" {
		return storetest.OpenPostgres(t)
	}
	return storetest.Open(t)
}

func newSiteOn(t *testing.T, st *store.Store, answer func(script.Request) script.Reply, options ...option) *site {
	t.Helper()
	s := &site{t: t, store: st, model: &script.Handler{Models: []string{"fast", "smart"}, Answer: answer}}
	upstream := httptest.NewServer(s.model)
	t.Cleanup(upstream.Close)
	log := slog.New(slog.NewTextHandler(testWriter{t}, &slog.HandlerOptions{Level: slog.LevelWarn}))
	models := model.NewCatalogue(model.Options{Endpoints: []model.Endpoint{{BaseURL: upstream.URL + "/v1", APIKey: "key"}},
		Idle: 2 * time.Second, Now: st.Now, Log: log})
	s.kv = kv.NewEmbedded(kv.Options{Writer: st.Writer(), Reader: st.Reader(), Now: st.Now, Log: log})
	assets, err := static.Load()
	if err != nil {
		t.Fatal(err)
	}
	if s.blobs, err = blob.OpenDir(t.TempDir()); err != nil {
		t.Fatal(err)
	}
	ho := handlers.Options{Store: st, Blobs: s.blobs, KV: s.kv, Models: models, Assets: assets, Markdown: markdown.New(markdown.Options{}),
		Log: log, Secret: bytes.Repeat([]byte("s"), 32), Env: "production", Version: "test", Heartbeat: 200 * time.Millisecond}
	ao := ai.Options{Store: st, Blobs: s.blobs, KV: s.kv, Models: models, Node: "test", Log: log, Checkpoint: 50 * time.Millisecond}
	for _, o := range options {
		o(&ho, &ao)
	}
	s.runner = ai.NewRunner(ao)
	ho.Runner = s.runner
	if s.server, err = handlers.New(ho); err != nil {
		t.Fatal(err)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s.url = "http://" + listener.Addr().String()
	served := make(chan error, 1)
	go func() { served <- s.server.App().Listener(listener) }()
	t.Cleanup(func() { s.stop(served) })
	return s
}

func (s *site) stop(served chan error) {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	now, expired := context.WithCancel(ctx)
	expired()
	_ = s.runner.Shutdown(now) // what still runs is cut off: no test waits for it
	if err := s.server.Shutdown(ctx); err != nil {
		s.t.Errorf("shutdown: %v", err)
	}
	if err := <-served; err != nil {
		s.t.Errorf("serve: %v", err)
	}
	if err := errors.Join(s.kv.Close(), s.blobs.Close()); err != nil {
		s.t.Error(err)
	}
}

type testWriter struct{ t *testing.T }

func (w testWriter) Write(b []byte) (int, error) {
	w.t.Log(strings.TrimSpace(string(b)))
	return len(b), nil
}

// person is a client with cookies (a browser) or a token (a program).
type person struct {
	*site
	http  *http.Client
	token string
}

// browser is a visitor without a session yet.
func (s *site) browser() *person {
	jar, err := cookiejar.New(nil)
	if err != nil {
		s.t.Fatal(err)
	}
	return &person{site: s, http: &http.Client{Jar: jar, Timeout: 30 * time.Second,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}
}

// program is a client of the API, signed in as a guest.
func (s *site) program() *person {
	p := &person{site: s, http: &http.Client{Timeout: 30 * time.Second}}
	var out struct{ Token string }
	p.json("POST", "/api/v1/auth/guest", nil, &out)
	if p.token = out.Token; p.token == "" {
		s.t.Fatal("no token for a guest")
	}
	return p
}

// answer is a response, read.
type answer struct {
	status int
	header http.Header
	body   string
}

// do sends a request. headers come in pairs; body may be nil, a string of a form, or anything that
// JSON takes.
func (p *person) do(method, path string, body any, headers ...string) answer {
	p.t.Helper()
	response := p.open(method, path, body, headers...)
	defer response.Body.Close()
	content, err := io.ReadAll(response.Body)
	if err != nil {
		p.t.Fatalf("%s %s: %v", method, path, err)
	}
	a := answer{response.StatusCode, response.Header, string(content)}
	p.holds(methodOf(method, body), path, a)
	return a
}

// open sends a request and leaves the body to be read.
func (p *person) open(method, path string, body any, headers ...string) *http.Response {
	p.t.Helper()
	var reader io.Reader
	contentType := ""
	switch b := body.(type) {
	case nil:
	case url.Values:
		reader, contentType = strings.NewReader(b.Encode()), "application/x-www-form-urlencoded"
	case form:
		reader, contentType = bytes.NewReader(b.body), b.contentType
	case typed:
		reader, contentType = strings.NewReader(b.body), b.contentType
	case raw:
		reader, contentType = strings.NewReader(string(b)), "application/json"
	default:
		encoded, err := json.Marshal(b)
		if err != nil {
			p.t.Fatal(err)
		}
		reader, contentType = bytes.NewReader(encoded), "application/json"
	}
	request, err := http.NewRequest(method, p.url+path, reader)
	if err != nil {
		p.t.Fatal(err)
	}
	if contentType != "" {
		request.Header.Set("Content-Type", contentType)
	}
	if p.token != "" {
		request.Header.Set("Authorization", "Bearer "+p.token)
	}
	for i := 0; i+1 < len(headers); i += 2 {
		request.Header.Set(headers[i], headers[i+1])
	}
	response, err := p.http.Do(request)
	if err != nil {
		p.t.Fatalf("%s %s: %v", method, path, err)
	}
	return response
}

// raw is a JSON body as it is.
type raw string

// json sends a request that must succeed, and reads its answer into out.
func (p *person) json(method, path string, body, out any, headers ...string) answer {
	p.t.Helper()
	a := p.do(method, path, body, append([]string{"Accept", "application/json"}, headers...)...)
	if a.status >= 300 {
		p.t.Fatalf("%s %s: %d %s", method, path, a.status, a.body)
	}
	if out != nil {
		if err := json.Unmarshal([]byte(a.body), out); err != nil {
			p.t.Fatalf("%s %s: %v in %s", method, path, err, a.body)
		}
	}
	return a
}

// The shapes of the three kinds of callers.
var (
	asPage   = []string{"Accept", "text/html,application/xhtml+xml,*/*;q=0.8"}
	asPart   = []string{"Accept", "text/html, text/event-stream", "HX-Request", "true", "HX-Request-Type", "partial"}
	asJSON   = []string{"Accept", "application/json"}
	asEvents = []string{"Accept", "text/event-stream"}
)

// chunk is one entry of a UI message stream.
type chunk struct {
	id                                                  string
	data                                                string
	Type, Delta, MessageID, FinishReason, ErrorText, ID string
}

// chunks reads an event stream to its end, comment lines left out.
func chunks(t *testing.T, body string) []chunk {
	t.Helper()
	var list []chunk
	id := ""
	lines := bufio.NewScanner(strings.NewReader(body))
	lines.Buffer(nil, 16<<20)
	for lines.Scan() {
		switch line := lines.Text(); {
		case strings.HasPrefix(line, "id: "):
			id = line[4:]
		case strings.HasPrefix(line, "data: "):
			c := chunk{id: id, data: line[6:]}
			if c.data != "[DONE]" {
				if err := json.Unmarshal([]byte(c.data), &c); err != nil {
					t.Fatalf("%v in %q", err, line)
				}
			}
			list, id = append(list, c), ""
		}
	}
	return list
}

// without leaves the comments of an event stream out: heartbeats differ from reading to reading.
func without(comments string) string {
	var b strings.Builder
	for event := range strings.SplitAfterSeq(comments, "\n\n") {
		if !strings.HasPrefix(event, ":") {
			b.WriteString(event)
		}
	}
	return b.String()
}

// textOf joins the deltas of one kind.
func textOf(list []chunk, kind string) string {
	var b strings.Builder
	for _, c := range list {
		if c.Type == kind+"-delta" {
			b.WriteString(c.Delta)
		}
	}
	return b.String()
}

// say is a script that answers with these deltas.
func say(deltas ...string) func(script.Request) script.Reply {
	return func(script.Request) script.Reply { return saying(0, deltas...) }
}

func saying(delay time.Duration, deltas ...string) script.Reply {
	var r script.Reply
	for _, d := range deltas {
		r.Chunks = append(r.Chunks, script.Chunk{Text: d, Delay: delay})
	}
	return r
}

// eventually waits up to five seconds for something to become true.
func eventually(t *testing.T, what string, true func() bool) {
	t.Helper()
	for range 500 {
		if true() {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Fatalf("never came true: %s", what)
}

func TestMain(m *testing.M) {
	media.Child()
	storetest.Main(m)
}
