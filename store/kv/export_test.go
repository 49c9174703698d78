package kv

// Held counts what is in memory.
func (e *Embedded) Held() (counterCount, logCount int) {
	e.counters.mu.Lock()
	defer e.counters.mu.Unlock()
	for i := range e.logs.shards {
		s := &e.logs.shards[i]
		s.mu.RLock()
		logCount += len(s.m)
		s.mu.RUnlock()
	}
	return len(e.counters.m), logCount
}

// Sweep does what the sweeper does now and then.
func (e *Embedded) Sweep() { e.sweep(true) }
