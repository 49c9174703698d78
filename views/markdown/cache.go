package markdown

import (
	"container/list"
	"crypto/sha256"
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
