package kv

import (
	"hash/maphash"
	"sync"
	"time"
)

const shardCount = 64

// logs finds a log by its name. The shards only keep the finding apart; each
// log has its own lock.
type logs struct {
	seed   maphash.Seed
	shards [shardCount]shard
}

type shard struct {
	mu sync.RWMutex
	m  map[string]*entryLog
}

func (l *logs) shard(name string) *shard {
	return &l.shards[maphash.String(l.seed, name)%shardCount]
}

// find gives nil for a log that is not, or no longer, there.
func (l *logs) find(name string, now time.Time, keep time.Duration) *entryLog {
	s := l.shard(name)
	s.mu.RLock()
	defer s.mu.RUnlock()
	if one := s.m[name]; one != nil && !one.expired(now, keep) {
		return one
	}
	return nil
}

// make finds a log or begins one.
func (l *logs) make(name string, now time.Time, keep time.Duration) *entryLog {
	if one := l.find(name, now, keep); one != nil {
		return one
	}
	s := l.shard(name)
	s.mu.Lock()
	defer s.mu.Unlock()
	if one := s.m[name]; one != nil && !one.expired(now, keep) {
		return one
	}
	if s.m == nil {
		s.m = make(map[string]*entryLog)
	}
	one := new(entryLog)
	s.m[name] = one
	return one
}

func (l *logs) sweep(now time.Time, keep time.Duration) {
	for i := range l.shards {
		l.shards[i].sweep(now, keep)
	}
}

func (s *shard) sweep(now time.Time, keep time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for name, one := range s.m {
		if one.expired(now, keep) {
			delete(s.m, name)
		}
	}
}

// entryLog is one numbered log and who reads it. Entries are never changed
// once they are in, so that readers share them without a lock.
type entryLog struct {
	mu      sync.RWMutex
	entries [][]byte
	ended   bool
	endedAt time.Time
	cursors []*cursor
}

func (l *entryLog) expired(now time.Time, keep time.Duration) bool {
	l.mu.RLock()
	defer l.mu.RUnlock()
	return l.ended && !now.Before(l.endedAt.Add(keep))
}

func (l *entryLog) append(entries [][]byte) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.ended {
		return ErrEnded
	}
	l.entries = append(l.entries, entries...)
	l.wake()
	return nil
}

func (l *entryLog) end(now time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.ended {
		return
	}
	l.ended, l.endedAt = true, now
	l.wake()
}

// wake never waits: a reader that is behind has its slot full already.
func (l *entryLog) wake() {
	for _, c := range l.cursors {
		c.wakeUp()
	}
}

func (l *entryLog) follow(after int64) *cursor {
	c := &cursor{log: l, next: max(after, 0), wake: make(chan struct{}, 1)}
	c.wakeUp()
	l.mu.Lock()
	defer l.mu.Unlock()
	c.at = len(l.cursors)
	l.cursors = append(l.cursors, c)
	return c
}

// forget moves the last cursor into c's place.
func (l *entryLog) forget(c *cursor) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if c.at < 0 {
		return
	}
	last := len(l.cursors) - 1
	moved := l.cursors[last]
	l.cursors[c.at], moved.at = moved, c.at
	l.cursors[last] = nil
	l.cursors = l.cursors[:last]
	c.at = -1
}

// cursor is one reader of a log. at, its place in the log's list, is under the
// log's lock; next is the reader's alone.
type cursor struct {
	log  *entryLog
	next int64 // how many entries have been given, or skipped
	wake chan struct{}
	at   int
}

func (c *cursor) wakeUp() {
	select {
	case c.wake <- struct{}{}:
	default:
	}
}

// Take gives what is new: a part of the log's own slice, cut so that the log
// appends behind it and not into it.
func (c *cursor) Take() (first int64, entries [][]byte, ended bool, err error) {
	c.log.mu.RLock()
	defer c.log.mu.RUnlock()
	first, n := c.next+1, int64(len(c.log.entries))
	if c.next < n {
		entries = c.log.entries[c.next:n:n]
		c.next = n
	}
	return first, entries, c.log.ended, nil
}

func (c *cursor) Wake() <-chan struct{} { return c.wake }

func (c *cursor) Close() { c.log.forget(c) }
