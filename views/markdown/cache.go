package markdown

import (
	"container/list"
	"crypto/sha256"
	"io"
	"strings"
	"sync"
)

// key names content by its hash, so that nobody can make two texts share an entry.
type key [sha256.Size]byte

// keyOf hashes the parts, each ended by a NUL, which normalised text does not contain.
func keyOf(parts ...string) key {
	h := sha256.New()
	for _, p := range parts {
		h.Write([]byte(p))
		h.Write([]byte{0})
	}
	return key(h.Sum(nil))
}

// overhead is roughly what an entry costs beside its text, in bytes.
const overhead = 200

// cache keeps HTML by the hash of its source, the least recently used going first.
type cache struct {
	mu      sync.Mutex
	max     int // bytes
	size    int // bytes
	entries map[key]*list.Element
	recent  *list.List // of entry; front is the newest
}

// Kept gives the HTML of a component that was rendered before under the same key, or renders it. The key's
// parts, which hold no NUL, must be all that the HTML depends on. It shares the renderer's cache: both are HTML
// of what no longer changes.
func (r *Renderer) Kept(render func(io.Writer) error, key ...string) (string, error) {
	k := keyOf(append([]string{"component"}, key...)...)
	if html, ok := r.cache.get(k); ok {
		return html, nil
	}
	var b strings.Builder
	if err := render(&b); err != nil {
		return "", err
	}
	r.cache.add(k, b.String())
	return b.String(), nil
}

type entry struct {
	key  key
	html string
}

func newCache(max int) *cache {
	return &cache{max: max, entries: map[key]*list.Element{}, recent: list.New()}
}

func (c *cache) get(k key) (string, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	e, ok := c.entries[k]
	if !ok {
		return "", false
	}
	c.recent.MoveToFront(e)
	return e.Value.(entry).html, true
}

// add keeps html unless it alone would drive out a large part of the rest.
func (c *cache) add(k key, html string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if _, ok := c.entries[k]; ok || len(html)+overhead > c.max/4 {
		return
	}
	c.entries[k] = c.recent.PushFront(entry{k, html})
	c.size += len(html) + overhead
	for c.size > c.max {
		c.drop(c.recent.Back())
	}
}

func (c *cache) drop(e *list.Element) {
	old := c.recent.Remove(e).(entry)
	delete(c.entries, old.key)
	c.size -= len(old.html) + overhead
}
