// Package kv owns what may expire: values with a time to live, counters, and
// the numbered log of a running stream. It imports nothing of ours: it knows
// neither users nor chats, only keys and bytes.
package kv

import (
	"context"
	"errors"
	"time"
)

var (
	// ErrNotFound says that a key or a log is not, or no longer, there.
	ErrNotFound = errors.New("kv: not found")
	// ErrUnavailable says that what keeps the values does not answer.
	ErrUnavailable = errors.New("kv: unavailable")
	// ErrEnded says that a log takes no more entries.
	ErrEnded = errors.New("kv: the log has ended")
)

// Store keeps what may expire. All methods may be called at the same time.
type Store interface {
	// Get reads a live value, or fails with ErrNotFound.
	Get(ctx context.Context, key string) ([]byte, error)
	// Set writes a value that lives for ttl; 0 is for ever.
	Set(ctx context.Context, key string, value []byte, ttl time.Duration) error
	// Delete removes keys; a missing one is no error.
	Delete(ctx context.Context, keys ...string) error
	// Take reads and deletes at once: of many callers one gets the value, the
	// others ErrNotFound.
	Take(ctx context.Context, key string) ([]byte, error)
	// List gives the live keys that begin with prefix, sorted.
	List(ctx context.Context, prefix string) ([]string, error)
	// Incr adds by to a counter. The window starts at its first Incr and lasts
	// ttl; reset is when it ends, and the counter begins again at 0.
	Incr(ctx context.Context, key string, by int64, ttl time.Duration) (n int64, reset time.Time, err error)
	// Append adds entries to a log, and makes the log; they are numbered from
	// 1. The log keeps the slices: the caller must not write to them again.
	// After End, and until the log is gone, it fails with ErrEnded.
	Append(ctx context.Context, log string, entries ...[]byte) error
	// End says that no more entries come. The log can be followed for a while
	// (60 s) and is then gone. Ending twice is no error.
	End(ctx context.Context, log string) error
	// Follow reads a log from after the given number (0: from its start), or
	// fails with ErrNotFound.
	Follow(ctx context.Context, log string, after int64) (Cursor, error)
	// Close ends the store's own work.
	Close() error
}

// Cursor is one reader of a log. It belongs to one goroutine; only Close may
// be called from another.
type Cursor interface {
	// Take gives all entries that are new, without waiting; first is the number
	// of the first of them. ended is true once everything has been given and no
	// more will come. The entries are shared: read only.
	Take() (first int64, entries [][]byte, ended bool, err error)
	// Wake receives when Take may have something new, and at the start.
	Wake() <-chan struct{}
	// Close ends the reading.
	Close()
}
