package handlers_test

import (
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"alleato/ai"
	"alleato/ai/model"
	"alleato/ai/model/script"
	"alleato/handlers"
	"alleato/store"
)

// gate holds a scripted reply until the test lets it go on.
type gate struct {
	opened chan struct{}
	once   sync.Once
}

func newGate() *gate { return &gate{opened: make(chan struct{})} }

func (g *gate) open() { g.once.Do(func() { close(g.opened) }) }

// release opens the gates when the test ends: the model's server waits for its replies.
func release(t *testing.T, gates ...*gate) {
	for _, g := range gates {
		t.Cleanup(g.open)
	}
}

// stage is a piece of a reply that is sent when its gate opens; without a gate, at once.
type stage struct {
	gate   *gate
	chunks []script.Chunk
}

// staged plays the stages one after the other.
func staged(stages ...stage) script.Reply {
	type step struct {
		gate  *gate
		chunk script.Chunk
	}
	var steps []step
	for _, s := range stages {
		for i, c := range s.chunks {
			if i == 0 {
				steps = append(steps, step{s.gate, c})
			} else {
				steps = append(steps, step{nil, c})
			}
		}
	}
	return script.Reply{Next: func(i int) (script.Chunk, bool) {
		if i >= len(steps) {
			return script.Chunk{}, false
		}
		if g := steps[i].gate; g != nil {
			<-g.opened
		}
		return steps[i].chunk, true
	}}
}

// playhouse is a site whose model may be silent for as long as a slow machine needs.
func playhouse(t *testing.T, answer func(script.Request) script.Reply, options ...option) *site {
	t.Helper()
	return playhouseOn(t, openStore(t), answer, options...)
}

func playhouseOn(t *testing.T, st *store.Store, answer func(script.Request) script.Reply, options ...option) *site {
	t.Helper()
	h := &script.Handler{Models: []string{"fast", "smart"}, Answer: answer}
	upstream := httptest.NewServer(h)
	t.Cleanup(upstream.Close)
	models := model.NewCatalogue(model.Options{Endpoints: []model.Endpoint{{BaseURL: upstream.URL + "/v1", APIKey: "key"}},
		Idle: time.Minute, Now: time.Now, Log: slog.New(slog.DiscardHandler)})
	t.Cleanup(func() {
		if err := models.Close(); err != nil {
			t.Error(err)
		}
	})
	s := newSiteOn(t, st, nil, append(options, func(h *handlers.Options, a *ai.Options) { h.Models, a.Models = models, models })...)
	s.model = h
	return s
}

// isTitle tells the request for a chat's title from those for replies.
func isTitle(r script.Request) bool { return strings.HasPrefix(r.Last("system"), "Write a title") }

// titled answers what is asked for a title with one, and the rest with answer.
func titled(title string, answer func(script.Request) script.Reply) func(script.Request) script.Reply {
	return func(r script.Request) script.Reply {
		if isTitle(r) {
			return script.Say(title)
		}
		return answer(r)
	}
}

// always answers every question with the same reply.
func always(reply script.Reply) func(script.Request) script.Reply {
	return titled("A quiet title", func(script.Request) script.Reply { return reply })
}

// rich is a reply of everything that Markdown makes.
const rich = "## How it works\n\nA **hash map** keeps *pairs* in `buckets`, see [the page](https://example.com/map).\n\n" +
	"1. Hash the key\n2. Find the bucket\n   - compare keys\n3. Return the value\n\n> Collisions cost time.\n\n" +
	"```go\n// Get finds a value.\nfunc (m *Map) Get(key string) (int, bool) {\n\tfor _, e := range m.buckets[hash(key)%len(m.buckets)] {\n" +
	"\t\tif e.key == key {\n\t\t\treturn e.value, true\n\t\t}\n\t}\n\treturn 0, false\n}\n```\n\n" +
	"| Operation | Average | Worst | What it means for a map that holds very many entries |\n|---|---:|---:|---|\n" +
	"| Get | O(1) | O(n) | `a_rather_long_identifier_that_does_not_break` |\n| Put | O(1) | O(n) | grows when it is full |\n\n" +
	"- [x] done\n- [ ] open\n\nThat is all.\n"

// numbered is n numbered words in paragraphs: a gap or a repeat shows.
func numbered(from, to int) []script.Chunk {
	var chunks []script.Chunk
	for i := from; i < to; i++ {
		word := fmt.Sprintf("w%d ", i)
		if i%25 == 24 {
			word = fmt.Sprintf("w%d.\n\n", i)
		}
		chunks = append(chunks, script.Chunk{Text: word, Delay: 4 * time.Millisecond})
	}
	return chunks
}

// words is the text of chunks without white space, as the page shows it.
func words(chunks []script.Chunk) string {
	var b strings.Builder
	for _, c := range chunks {
		b.WriteString(c.Text)
	}
	return strings.Join(strings.Fields(b.String()), " ")
}

// wire is a connection between browser and server that can be cut: every connection through it
// breaks, or none is taken any more.
type wire struct {
	t        *testing.T
	url      string
	to       string
	listener net.Listener
	mu       sync.Mutex
	conns    map[net.Conn]struct{}
	work     sync.WaitGroup
}

func newWire(t *testing.T, s *site) *wire {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	w := &wire{t: t, url: "http://" + listener.Addr().String(), to: strings.TrimPrefix(s.url, "http://"), listener: listener, conns: map[net.Conn]struct{}{}}
	w.work.Go(w.accept)
	t.Cleanup(func() {
		w.down()
		w.work.Wait()
	})
	return w
}

func (w *wire) accept() {
	for {
		conn, err := w.listener.Accept()
		if err != nil {
			return // it was closed
		}
		server, err := net.Dial("tcp", w.to)
		if err != nil {
			_ = conn.Close()
			continue
		}
		w.mu.Lock()
		w.conns[conn], w.conns[server] = struct{}{}, struct{}{}
		w.mu.Unlock()
		w.work.Go(func() { w.pipe(conn, server) })
		w.work.Go(func() { w.pipe(server, conn) })
	}
}

func (w *wire) pipe(to, from net.Conn) {
	_, _ = io.Copy(to, from) // either end may go at any time
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, c := range []net.Conn{to, from} {
		_ = c.Close()
		delete(w.conns, c)
	}
}

// cut breaks all connections and says how many there were.
func (w *wire) cut() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	n := len(w.conns) / 2
	for c := range w.conns {
		_ = c.Close()
	}
	return n
}

// down is a server that is gone.
func (w *wire) down() {
	_ = w.listener.Close()
	w.cut()
}

func itoa(n int) string { return strconv.Itoa(n) }

func boolean(yes bool) string { return strconv.FormatBool(yes) }
