// Package markdown turns the Markdown of messages and documents into HTML that is safe to
// put on a page: goldmark with GFM, code coloured by chroma through classes, bluemonday
// after it. It owns the rule by which a reply that is still being written is settled block
// by block, and the bounds that keep hostile text cheap.
//
// It imports nothing of ours, knows no transport and no page, and writes no CSS.
package markdown

import (
	"runtime"
	"sync/atomic"
	"time"

	"github.com/microcosm-cc/bluemonday"
	"github.com/yuin/goldmark"
)

// Options bounds a Renderer. A zero value means its default.
type Options struct {
	CacheBytes int           // bytes of finished HTML to keep; default 32 MiB
	Timeout    time.Duration // how long one call may colour code, twice that in all; default 250 ms
	Workers    int           // large renderings at once; default two per processor
}

// Renderer renders Markdown. It is safe for concurrent use.
type Renderer struct {
	md       goldmark.Markdown
	policy   *bluemonday.Policy
	cache    *cache
	timeout  time.Duration
	jobs     pool // whole renderings
	painters pool // code being coloured; apart, because a job waits for its painter
	work     *work
}

// New returns a Renderer.
func New(o Options) *Renderer {
	if o.CacheBytes <= 0 {
		o.CacheBytes = 32 << 20
	}
	if o.Timeout <= 0 {
		o.Timeout = 250 * time.Millisecond
	}
	if o.Workers <= 0 {
		o.Workers = 2 * runtime.GOMAXPROCS(0)
	}
	return &Renderer{
		md: newGoldmark(), policy: newPolicy(), cache: newCache(o.CacheBytes), timeout: o.Timeout,
		jobs: newPool(o.Workers), painters: newPool(o.Workers), work: &work{},
	}
}

// Render returns the HTML of a whole text. It never fails: text that cannot be rendered in
// time is returned escaped, as it was written.
func (r *Renderer) Render(src string) string {
	return r.render(normalise(src))
}

// render is Render for text that is normalised already.
func (r *Renderer) render(text string) string {
	key := keyOf("text", text)
	if html, ok := r.cache.get(key); ok {
		return html
	}
	html, ok := job(r, len(text), func() string { return r.write(r.parse([]byte(text), nil), true) })
	if !ok {
		html = plainText(text)
	}
	r.cache.add(key, html)
	return html
}

// job does work on size bytes of text within the bounds of a call.
func job[T any](r *Renderer, size int, f func() T) (T, bool) {
	wait := patienceOf(2 * r.timeout)
	return bounded(r.jobs, size, &wait, func(*atomic.Bool) T { return f() })
}
