package markdown

import (
	"sync/atomic"
	"time"
)

const (
	// inline is the size in bytes up to which work is done in the caller's goroutine: nothing
	// so small takes long, and most updates of a reply are smaller.
	inline = 4 << 10
	// tick is how finely waiting is counted.
	tick = 5 * time.Millisecond
)

// patience is how many more ticks to wait. Ticks that the whole process slept through on a
// busy machine do not count: an innocent text must not come out plain because of them.
type patience int

func patienceOf(d time.Duration) patience { return max(1, patience(d/tick)) }

// pool limits how many pieces of work run at once.
type pool struct{ places chan struct{} }

func newPool(size int) pool {
	p := pool{make(chan struct{}, size)}
	for range size {
		p.places <- struct{}{}
	}
	return p
}

// bounded runs f on size bytes of input and waits for it as long as patience lasts, the wait
// for a place in the pool included. It is false when f was too slow or panicked; then stop is
// set for f to see. Work given up on keeps its place until it ends, so that hostile input
// cannot take more than the pool.
func bounded[T any](p pool, size int, wait *patience, f func(stop *atomic.Bool) T) (result T, ok bool) {
	stop := new(atomic.Bool)
	if size <= inline {
		return guarded(stop, f)
	}
	ticker := time.NewTicker(tick)
	defer ticker.Stop()
	if !receive(p.places, wait, ticker, nil) {
		return result, false
	}
	type outcome struct {
		value T
		ok    bool
	}
	done := make(chan outcome, 1)
	go func() {
		defer func() { p.places <- struct{}{} }()
		v, ok := guarded(stop, f)
		done <- outcome{v, ok}
	}()
	var o outcome
	if !receive(done, wait, ticker, &o) {
		stop.Store(true)
	}
	return o.value, o.ok
}

// receive takes a value from c unless patience ends first.
func receive[T any](c <-chan T, wait *patience, ticker *time.Ticker, into *T) bool {
	for {
		select {
		case v := <-c:
			if into != nil {
				*into = v
			}
			return true
		case <-ticker.C:
			if *wait--; *wait <= 0 {
				return false
			}
		}
	}
}

// guarded runs f; a panic of the libraries is false.
func guarded[T any](stop *atomic.Bool, f func(*atomic.Bool) T) (result T, ok bool) {
	defer func() {
		if recover() != nil {
			ok = false
		}
	}()
	return f(stop), true
}
