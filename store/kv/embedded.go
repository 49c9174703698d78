package kv

import (
	"context"
	"fmt"
	"hash/maphash"
	"log/slog"
	"runtime/debug"
	"sync"
	"time"

	"github.com/uptrace/bun"
)

const (
	defaultKeep = time.Minute
	maxSweep    = 10 * time.Second
	minSweep    = 10 * time.Millisecond
	valuesSweep = time.Minute // how often expired values leave the table
	callTimeout = 10 * time.Second
)

// Options say what the embedded store works with.
type Options struct {
	Writer, Reader *bun.DB          // of a database that has the table kv
	Now            func() time.Time // nil: time.Now
	Log            *slog.Logger     // nil: nothing is logged
	Keep           time.Duration    // how long an ended log can be followed; 0 is 60 s
}

// Embedded is the store of a single machine: values in the SQL table kv,
// counters and logs in memory.
type Embedded struct {
	o        Options
	counters counters
	logs     logs
	stop     chan struct{}
	stopped  chan struct{}
	once     sync.Once
}

var _ Store = (*Embedded)(nil)

// NewEmbedded starts the store, with one goroutine that removes what has
// expired; Close ends it.
func NewEmbedded(o Options) *Embedded {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Keep <= 0 {
		o.Keep = defaultKeep
	}
	e := &Embedded{o: o, logs: logs{seed: maphash.MakeSeed()}, stop: make(chan struct{}), stopped: make(chan struct{})}
	go e.sweeper()
	return e
}

// Close ends the sweeping. The database stays open: it is its owner's.
func (e *Embedded) Close() error {
	e.once.Do(func() { close(e.stop) })
	<-e.stopped
	return nil
}

func (e *Embedded) now() time.Time { return e.o.Now().UTC() }

// Incr adds by to a counter in memory.
func (e *Embedded) Incr(_ context.Context, key string, by int64, ttl time.Duration) (int64, time.Time, error) {
	n, reset := e.counters.add(key, by, ttl, e.now())
	return n, reset, nil
}

// Append adds entries to a log in memory.
func (e *Embedded) Append(_ context.Context, log string, entries ...[]byte) error {
	return e.logs.make(log, e.now(), e.o.Keep).append(entries)
}

// End ends a log; it stays for Keep.
func (e *Embedded) End(_ context.Context, log string) error {
	now := e.now()
	e.logs.make(log, now, e.o.Keep).end(now)
	return nil
}

// Follow reads a log in memory.
func (e *Embedded) Follow(_ context.Context, log string, after int64) (Cursor, error) {
	l := e.logs.find(log, e.now(), e.o.Keep)
	if l == nil {
		return nil, ErrNotFound
	}
	return l.follow(after), nil
}

func (e *Embedded) sweeper() {
	defer close(e.stopped)
	every := min(max(e.o.Keep/2, minSweep), maxSweep)
	tick := time.NewTicker(every)
	defer tick.Stop()
	var values time.Duration
	for {
		select {
		case <-e.stop:
			return
		case <-tick.C:
			values += every
			e.sweep(values >= valuesSweep)
			if values >= valuesSweep {
				values = 0
			}
		}
	}
}

// sweep must not end the goroutine: memory would grow without a sign.
func (e *Embedded) sweep(values bool) {
	defer func() {
		if r := recover(); r != nil {
			e.o.Log.Error("kv: sweep panicked", "panic", fmt.Sprint(r), "stack", string(debug.Stack()))
		}
	}()
	now := e.now()
	e.counters.sweep(now)
	e.logs.sweep(now, e.o.Keep)
	if !values {
		return
	}
	if err := e.sweepValues(context.Background(), now); err != nil {
		e.o.Log.Warn("kv: expired values stay for now", "error", err)
	}
}
