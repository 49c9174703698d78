package model

import (
	"context"
	"sync/atomic"
	"time"
)

// commentPatience is how many idle times a provider may send keep-alive
// comments without a single chunk. They say that it works on it (OpenRouter
// sends them while a model thinks), but not for ever.
const commentPatience = 10

// watchdog ends a call with ErrIdle when the provider is silent. It costs two
// atomic stores per line and one timer per call. Only time spent in waiting for
// the provider counts: a slow reader of the stream is not the model's silence.
type watchdog struct {
	began  time.Time
	cancel context.CancelCauseFunc
	timer  *time.Timer
	idle   atomic.Int64 // ns
	line   atomic.Int64 // when the last line came, or the wait began; 0: not waiting
	chunk  atomic.Int64 // the same for the last chunk
}

func newWatchdog(idle time.Duration, cancel context.CancelCauseFunc) *watchdog {
	w := &watchdog{began: time.Now(), cancel: cancel}
	w.idle.Store(int64(idle))
	w.wait()
	w.timer = time.AfterFunc(idle, w.check)
	return w
}

func (w *watchdog) now() int64 { return int64(time.Since(w.began)) + 1 }

// wait begins a wait for the next chunk.
func (w *watchdog) wait() {
	now := w.now()
	w.line.Store(now)
	w.chunk.Store(now)
}

// alive notes a sign of life that is not a chunk.
func (w *watchdog) alive() { w.line.Store(w.now()) }

// rest ends a wait.
func (w *watchdog) rest() { w.line.Store(0) }

// hurry shortens the patience, for a reply that lacks only its closing marks.
func (w *watchdog) hurry(idle time.Duration) {
	if int64(idle) < w.idle.Load() {
		w.idle.Store(int64(idle))
		w.timer.Reset(idle)
	}
}

func (w *watchdog) stop() { w.timer.Stop() }

func (w *watchdog) check() {
	idle, line := w.idle.Load(), w.line.Load()
	if line == 0 {
		w.timer.Reset(time.Duration(idle))
		return
	}
	now := w.now()
	if now-line >= idle || now-w.chunk.Load() >= commentPatience*idle {
		w.cancel(ErrIdle)
		return
	}
	w.timer.Reset(time.Duration(idle - (now - line)))
}
