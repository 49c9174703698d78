package model_test

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"alleato/ai/model"
	"alleato/ai/model/script"

	"github.com/google/go-cmp/cmp"
)

// clock is a time that moves only when told.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func newClock() *clock { return &clock{now: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)} }

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) pass(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// ids lists the models on offer.
func ids(t testing.TB, c *model.Catalogue) []string {
	t.Helper()
	list, err := c.Models(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, m := range list {
		out = append(out, m.ID)
	}
	return out
}

// eventually waits for something that happens in the background.
func eventually(t testing.TB, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(5 * time.Second); time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
		if ok() {
			return
		}
	}
	t.Fatalf("not in time: %s", what)
}

// lister is a provider whose list can be counted, changed and broken.
type lister struct {
	script.Handler
	calls  atomic.Int64
	broken atomic.Bool
	body   atomic.Value
}

func newLister(ids ...string) *lister {
	l := &lister{}
	l.set(ids...)
	l.Answer = func(r script.Request) script.Reply { return script.Say("I am " + r.Model) }
	l.Listing = func() script.Reply {
		l.calls.Add(1)
		if l.broken.Load() {
			return script.Reply{Status: 500}
		}
		return script.Reply{Body: l.body.Load().(string)}
	}
	return l
}

func (l *lister) set(ids ...string) {
	var entries []string
	for _, id := range ids {
		entries = append(entries, `{"id":"`+id+`","object":"model"}`)
	}
	l.body.Store(`{"object":"list","data":[` + strings.Join(entries, ",") + `]}`)
}

func TestCatalogueCache(t *testing.T) {
	l, now := newLister("a", "b"), newClock()
	o := options(serve(t, &l.Handler).URL)
	o.Now = now.Now
	c := newCatalogue(t, o)
	var all sync.WaitGroup
	for range 20 {
		all.Go(func() { ids(t, c) })
	}
	all.Wait()
	now.pass(59 * time.Minute)
	if got := ids(t, c); !cmp.Equal(got, []string{"a", "b"}) || l.calls.Load() != 1 {
		t.Fatalf("got %v after %d calls", got, l.calls.Load())
	}

	l.set("a", "c")
	now.pass(2 * time.Minute)
	if got := ids(t, c); !cmp.Equal(got, []string{"a", "b"}) && !cmp.Equal(got, []string{"a", "c"}) {
		t.Errorf("got %v while a new list is fetched", got)
	}
	eventually(t, "the new list", func() bool { return cmp.Equal(ids(t, c), []string{"a", "c"}) })

	l.broken.Store(true)
	now.pass(2 * time.Hour)
	before := l.calls.Load()
	for range 10 {
		if got := ids(t, c); !cmp.Equal(got, []string{"a", "c"}) {
			t.Fatalf("the old list is gone: %v", got)
		}
	}
	eventually(t, "a fetch", func() bool { return l.calls.Load() > before })
	time.Sleep(20 * time.Millisecond)
	ids(t, c)
	if n := l.calls.Load() - before; n != 1 {
		t.Errorf("a broken endpoint was asked %d times at once", n)
	}
}

func TestCatalogueFailingEndpoint(t *testing.T) {
	good, bad, now := newLister("a"), newLister("b"), newClock()
	bad.broken.Store(true)
	o := options(serve(t, &bad.Handler).URL, serve(t, &good.Handler).URL)
	o.Now = now.Now
	var log strings.Builder
	o.Log = slog.New(slog.NewTextHandler(&log, nil))
	c := newCatalogue(t, o)
	if got := ids(t, c); !cmp.Equal(got, []string{"a"}) {
		t.Fatalf("got %v", got)
	}
	if !strings.Contains(log.String(), "list models") || strings.Contains(log.String(), testKey) {
		t.Errorf("log: %s", log.String())
	}
	bad.broken.Store(false)
	now.pass(time.Minute)
	eventually(t, "the endpoint that came back", func() bool { return cmp.Equal(ids(t, c), []string{"b", "a"}) })
}

func TestCatalogueNothingToShow(t *testing.T) {
	l, now := newLister("a"), newClock()
	l.broken.Store(true)
	o := options(serve(t, &l.Handler).URL)
	o.Now = now.Now
	c := newCatalogue(t, o)
	var refused *model.Error
	if _, err := c.Models(t.Context()); !errors.As(err, &refused) || refused.Code != model.CodeUnavailable {
		t.Fatalf("got %v", err)
	}
	if c.Demo(t.Context()) {
		t.Error("a configured endpoint that is down is no reason for the demo")
	}
	l.broken.Store(false)
	now.pass(time.Minute)
	if got := ids(t, c); !cmp.Equal(got, []string{"a"}) { // nothing else to show, so it waits
		t.Errorf("got %v", got)
	}

	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	stalling := &script.Handler{Listing: func() script.Reply { return script.Reply{Body: "{", Stall: true} }}
	if _, err := newCatalogue(t, options(serve(t, stalling).URL)).Models(cancelled); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

func TestCatalogueFilter(t *testing.T) {
	l := newLister("gpt-4o", "text-embedding-3-small", "whisper-1", "dall-e-3", "tts-1", "omni-moderation-latest",
		"gpt-4o-mini-transcribe", "gpt-4o-realtime-preview", "gpt-image-1", "o3", "gpt-3.5-turbo-instruct", "nomic-embed-text:latest",
		"babbage-002", "llama3.2:latest", "canada-chat", "gpt-4o-audio-preview")
	url := serve(t, &l.Handler).URL
	if diff := cmp.Diff([]string{"gpt-4o", "o3", "llama3.2:latest", "canada-chat"}, ids(t, newCatalogue(t, options(url)))); diff != "" {
		t.Error(diff)
	}
	o := options(url)
	o.Only = []string{"whisper-1", "missing", "o3"}
	c := newCatalogue(t, o)
	if diff := cmp.Diff([]string{"whisper-1", "o3"}, ids(t, c)); diff != "" {
		t.Error(diff)
	}
	if _, err := c.Find(t.Context(), "gpt-4o"); !errors.Is(err, model.ErrUnknownModel) {
		t.Errorf("a model that is not offered: %v", err)
	}
	if _, err := c.Stream(t.Context(), model.Request{Model: "gpt-4o"}); !errors.Is(err, model.ErrUnknownModel) {
		t.Errorf("a model that is not offered: %v", err)
	}
	if d, err := c.Default(t.Context()); err != nil || d.ID != "whisper-1" {
		t.Errorf("default %v, %v", d, err)
	}
	o.Only = []string{"missing"}
	if _, err := newCatalogue(t, o).Models(t.Context()); err == nil || !strings.Contains(err.Error(), "ALLEATO_MODELS") {
		t.Errorf("got %v", err)
	}
}

func TestCatalogueDefault(t *testing.T) {
	l := newLister("aaa", "gpt-4o", "gpt-5-mini")
	c := newCatalogue(t, options(serve(t, &l.Handler).URL))
	if d, err := c.Default(t.Context()); err != nil || d.ID != "gpt-5-mini" {
		t.Errorf("default %v, %v", d, err)
	}
	if text, _, err := c.Complete(t.Context(), userSays("who?")); err != nil || text != "I am gpt-5-mini" {
		t.Errorf("got %q, %v", text, err)
	}
}

func TestCatalogueDuplicates(t *testing.T) {
	first, second := newLister("both", "one"), newLister("both", "two")
	c := newCatalogue(t, options(serve(t, &first.Handler).URL, serve(t, &second.Handler).URL))
	if diff := cmp.Diff([]string{"both", "one", "both@local-2", "two"}, ids(t, c)); diff != "" {
		t.Fatal(diff)
	}
	for id, h := range map[string]*lister{"both": first, "both@local-2": second} {
		if text, _, err := c.Complete(t.Context(), model.Request{Model: id}); err != nil || text != "I am both" {
			t.Errorf("%s: %q, %v", id, text, err)
		}
		if n := len(h.Requests()); n != 1 {
			t.Errorf("%s went to the wrong endpoint", id)
		}
	}
	if info, err := c.Find(t.Context(), "both@local-2"); err != nil || info.Provider != "Local 2" {
		t.Errorf("got %+v, %v", info, err)
	}
	same := serve(t, &first.Handler).URL
	if got := ids(t, newCatalogue(t, options(same, same))); !cmp.Equal(got, []string{"both", "one"}) {
		t.Errorf("two keys for one provider: %v", got)
	}
}

func TestCatalogueWithoutListing(t *testing.T) {
	h := &script.Handler{
		Listing: func() script.Reply { return script.Reply{Status: 404} },
		Answer:  func(r script.Request) script.Reply { return script.Say("I am " + r.Model) },
	}
	o := options(serve(t, h).URL)
	o.Only = []string{"my-model"}
	c := newCatalogue(t, o)
	if text, _, err := c.Complete(t.Context(), userSays("who?")); err != nil || text != "I am my-model" {
		t.Errorf("got %q, %v", text, err)
	}
}

func TestCatalogueListingForms(t *testing.T) {
	tests := []struct {
		name, body string
		want       []model.Info
		fails      bool
	}{
		{"OpenRouter", `{"data":[{"id":"x/y","name":"X: Y","context_length":4321,"architecture":{"input_modalities":["text","image"]},"supported_parameters":["tools","reasoning"]}]}`,
			[]model.Info{{ID: "x/y", Label: "X: Y", ContextWindow: 4321, Capabilities: model.Capabilities{Tools: true, Images: true, Reasoning: true}}}, false},
		{"Mistral", `{"data":[{"id":"m","name":"m","max_context_length":32000,"capabilities":{"completion_chat":true,"function_calling":false,"vision":true}}]}`,
			[]model.Info{{ID: "m", Label: "m", ContextWindow: 32000, Capabilities: model.Capabilities{Images: true}}}, false},
		{"bare list", `[{"id":"a"}]`, []model.Info{{ID: "a", Label: "a"}}, false},
		{"newest first", `{"data":[{"id":"a","created":1},{"id":"b","created":2}]}`, []model.Info{{ID: "b", Label: "b"}, {ID: "a", Label: "a"}}, false},
		{"by name", `{"models":[{"name":"models/gemini-2.5-pro"}]}`,
			[]model.Info{{ID: "models/gemini-2.5-pro", Label: "gemini-2.5-pro", Capabilities: model.Capabilities{Tools: true, Images: true, Reasoning: true}}}, false},
		{"guessed", `{"data":[{"id":"o3"},{"id":"llama3.1:latest"}]}`,
			[]model.Info{{ID: "o3", Label: "o3", Capabilities: model.Capabilities{Tools: true, Images: true, Reasoning: true}},
				{ID: "llama3.1:latest", Label: "llama3.1", Capabilities: model.Capabilities{Tools: true}}}, false},
		{"oddities", `{"data":[{"id":7},null,"x",{"id":""},{"id":"ok"}]}`, []model.Info{{ID: "ok", Label: "ok"}}, false},
		{"a page", `<html></html>`, nil, true},
		{"something else", `{"hello":1}`, nil, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			l := newLister()
			l.body.Store(tt.body)
			got, err := newCatalogue(t, options(serve(t, &l.Handler).URL)).Models(t.Context())
			if (err != nil) != tt.fails {
				t.Fatal(err)
			}
			for i := range tt.want { // a listener on loopback is a local provider
				tt.want[i].Provider = "Local"
				if tt.want[i].ContextWindow == 0 {
					tt.want[i].ContextWindow = 8192
				}
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestInfoJSON(t *testing.T) {
	got, err := json.Marshal(model.Info{ID: "m", Label: "M", Provider: "P", Capabilities: model.Capabilities{Tools: true}, ContextWindow: 8192})
	const want = `{"id":"m","label":"M","provider":"P","capabilities":{"tools":true,"images":false,"reasoning":false},"contextWindow":8192}`
	if err != nil || string(got) != want {
		t.Errorf("got %s, %v", got, err)
	}
}

func TestOllama(t *testing.T) {
	l, now := newLister("llama3.2:latest", "nomic-embed-text:latest"), newClock()
	server := serve(t, &l.Handler)
	c := newCatalogue(t, model.Options{OllamaURL: server.URL, Now: now.Now})
	list, err := c.Models(t.Context())
	if err != nil || len(list) != 1 || list[0].Provider != "Ollama" || list[0].Label != "llama3.2" || c.Demo(t.Context()) {
		t.Fatalf("got %+v, %v, demo %v", list, err, c.Demo(t.Context()))
	}
	if text, _, err := c.Complete(t.Context(), userSays("who?")); err != nil || text != "I am llama3.2:latest" {
		t.Errorf("got %q, %v", text, err)
	}
	l.broken.Store(true)
	now.pass(time.Minute)
	eventually(t, "the demo, after Ollama ended", func() bool { return c.Demo(t.Context()) })
	l.broken.Store(false)
	now.pass(time.Minute)
	eventually(t, "Ollama again", func() bool { return !c.Demo(t.Context()) })

	none := newLister()
	if empty := newCatalogue(t, model.Options{OllamaURL: serve(t, &none.Handler).URL}); !empty.Demo(t.Context()) {
		t.Error("an Ollama without a model should leave the demo")
	}
}

func TestOllamaNotThere(t *testing.T) {
	began := time.Now()
	c := newCatalogue(t, model.Options{OllamaURL: "http://127.0.0.1:1"})
	if !c.Demo(t.Context()) || time.Since(began) > 2*time.Second {
		t.Errorf("demo %v after %v", c.Demo(t.Context()), time.Since(began))
	}
	stalling := &script.Handler{Listing: func() script.Reply { return script.Reply{Body: "{", Stall: true} }}
	began = time.Now()
	c = newCatalogue(t, model.Options{OllamaURL: serve(t, stalling).URL})
	if !c.Demo(t.Context()) || time.Since(began) > 2*time.Second {
		t.Errorf("something that does not answer there: demo %v after %v", c.Demo(t.Context()), time.Since(began))
	}
}

func TestComplete(t *testing.T) {
	h := playing(script.Reply{Chunks: append([]script.Chunk{{Reasoning: "hm"}}, script.Words("a whole answer", 0)...), Usage: &script.Usage{InputTokens: 1, OutputTokens: 2}})
	text, usage, err := connected(t, h).Complete(t.Context(), userSays("hi"))
	if text != "a whole answer" || usage != (model.Usage{InputTokens: 1, OutputTokens: 2}) || err != nil {
		t.Errorf("got %q, %v, %v", text, usage, err)
	}
	h = playing(script.Reply{Chunks: script.Words("so far", 0), Cut: true})
	if text, _, err := connected(t, h).Complete(t.Context(), userSays("hi")); text != "so far" || !errors.Is(err, model.ErrCut) {
		t.Errorf("got %q, %v", text, err)
	}
}
