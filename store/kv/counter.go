package kv

import (
	"sync"
	"time"
)

type counter struct {
	n     int64
	reset time.Time
}

// counters keeps windows that count. One lock: a step takes well under a
// microsecond.
type counters struct {
	mu sync.Mutex
	m  map[string]counter
}

func (c *counters) add(key string, by int64, ttl time.Duration, now time.Time) (int64, time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	one, ok := c.m[key]
	if !ok || !now.Before(one.reset) {
		one = counter{reset: now.Add(ttl)}
	}
	one.n += by
	if c.m == nil {
		c.m = make(map[string]counter)
	}
	c.m[key] = one
	return one.n, one.reset
}

func (c *counters) sweep(now time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for key, one := range c.m {
		if !now.Before(one.reset) {
			delete(c.m, key)
		}
	}
}
