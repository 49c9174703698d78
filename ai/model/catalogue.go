package model

import (
	"cmp"
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

const (
	defaultIdle     = 60 * time.Second
	defaultMaxBytes = 4 << 20
	openAIURL       = "https://api.openai.com/v1"
)

// Endpoint is one OpenAI-compatible API, such as https://api.openai.com/v1.
type Endpoint struct{ BaseURL, APIKey string }

// Options configure a Catalogue; every zero value is usable.
type Options struct {
	Endpoints []Endpoint
	Only      []string          // model ids to offer, in this order; empty: all
	OllamaURL string            // where to look for an Ollama when there are no Endpoints; "": do not look
	Idle      time.Duration     // silence after which a reply ends with ErrIdle; 0: 60 s
	MaxBytes  int64             // bytes of text, reasoning and tool arguments of one reply; 0: 4 MiB
	Now       func() time.Time  // clock of the cache; nil: time.Now
	Log       *slog.Logger      // nil: discarded
	Transport http.RoundTripper // to the endpoints; nil: our own
}

// Catalogue knows which models are on offer and calls them. It is safe for use
// by many goroutines.
type Catalogue struct {
	only    []string
	sources []*source // the configured endpoints
	ollama  *source   // nil: not looked for
	demo    *view
	client  *http.Client
	end     context.CancelFunc
	work    sync.WaitGroup // fetches of lists
	version atomic.Int64   // changes with every list

	mu     sync.Mutex
	merged *view
}

// NewCatalogue makes a catalogue; it does not touch the network yet.
func NewCatalogue(o Options) *Catalogue {
	o.setDefaults()
	base, end := context.WithCancel(context.Background())
	c := &Catalogue{only: o.Only, client: newClient(o.Transport), end: end}
	for _, e := range o.Endpoints {
		c.sources = append(c.sources, c.newSource(base, o, e))
	}
	nameSources(c.sources)
	if len(c.sources) == 0 && o.OllamaURL != "" {
		c.ollama = c.newSource(base, o, Endpoint{BaseURL: strings.TrimSuffix(baseURL(o.OllamaURL), "/v1") + "/v1"})
		c.ollama.ttl, c.ollama.forget, c.ollama.level = ollamaTTL, true, slog.LevelDebug
		c.ollama.endpoint.provider, c.ollama.endpoint.local = "Ollama", true
		c.ollama.endpoint.listTimeout = ollamaTimeout
	}
	c.demo = newDemoView(o)
	return c
}

func (o *Options) setDefaults() {
	if o.Idle <= 0 {
		o.Idle = defaultIdle
	}
	if o.MaxBytes <= 0 {
		o.MaxBytes = defaultMaxBytes
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
}

func (c *Catalogue) newSource(base context.Context, o Options, e Endpoint) *source {
	return &source{
		endpoint: &endpoint{
			baseURL: baseURL(e.BaseURL), key: strings.TrimSpace(e.APIKey), client: c.client,
			idle: o.Idle, maxBytes: o.MaxBytes, listTimeout: listTimeout, now: o.Now,
		},
		ttl: listingTTL, log: o.Log, level: slog.LevelWarn,
		base: base, work: &c.work, version: &c.version,
	}
}

// baseURL forgives what people copy out of documentation.
func baseURL(s string) string {
	s = strings.TrimRight(strings.TrimSpace(s), "/")
	s = strings.TrimRight(strings.TrimSuffix(s, "/chat/completions"), "/")
	return cmp.Or(s, openAIURL)
}

// Models lists what is on offer, the default one not necessarily first; with
// Options.Only in that order. Endpoints that cannot be reached are left out; it
// is an error only if nothing is left.
func (c *Catalogue) Models(ctx context.Context) ([]Info, error) {
	v, err := c.view(ctx)
	if err != nil {
		return nil, err
	}
	return slices.Clone(v.infos), nil
}

// Find returns the model with this id, or ErrUnknownModel.
func (c *Catalogue) Find(ctx context.Context, id string) (Info, error) {
	e, err := c.entry(ctx, id)
	return e.Info, err
}

// Default returns the model to use when nobody chose one: the first of
// Options.Only, else a well-known all-round model, else the first on offer.
func (c *Catalogue) Default(ctx context.Context) (Info, error) {
	e, err := c.entry(ctx, "")
	return e.Info, err
}

// Demo reports whether the built-in demo model is what answers, because no
// endpoint is configured and no Ollama was found.
func (c *Catalogue) Demo(ctx context.Context) bool {
	v, err := c.view(ctx)
	return err == nil && v == c.demo
}

// Stream starts a reply and waits for its first delta. Before that it retries
// twice what may pass: 429 with a Retry-After up to 5 s, 5xx, connection
// errors. Errors are ErrUnknownModel, *Error and the context's; silence and a
// broken connection are told by Recv.
func (c *Catalogue) Stream(ctx context.Context, r Request) (*Stream, error) {
	e, err := c.entry(ctx, r.Model)
	if err != nil {
		return nil, err
	}
	return e.endpoint.stream(ctx, e.id, r)
}

// Complete waits for a whole reply and returns its text, without reasoning. With
// an error it returns the text so far.
func (c *Catalogue) Complete(ctx context.Context, r Request) (string, Usage, error) {
	s, err := c.Stream(ctx, r)
	if err != nil {
		return "", Usage{}, err
	}
	defer s.Close()
	var text strings.Builder
	var usage Usage
	for {
		d, err := s.Recv()
		if errors.Is(err, io.EOF) {
			return text.String(), usage, nil
		}
		if err != nil {
			return text.String(), usage, err
		}
		text.WriteString(d.Text)
		if d.Usage != nil {
			usage = *d.Usage
		}
	}
}

// Close ends the fetching of lists and drops idle connections. Replies in
// progress go on.
func (c *Catalogue) Close() error {
	c.end()
	c.work.Wait()
	c.client.CloseIdleConnections()
	return nil
}
