// Package ai owns the life of a reply: it takes a turn, saves it, speaks to the model, appends what
// the model says to the stream's numbered log, saves the parts as they grow, and ends the reply in
// one of its states. A reply belongs to the Runner, never to the request that asked for it.
//
// It knows no HTTP and no HTML, and must not import handlers or views.
package ai

import (
	"context"
	"errors"
	"log/slog"
	"runtime/debug"
	"sync"
	"time"

	"alleato/ai/model"
	"alleato/store"
	"alleato/store/blob"
	"alleato/store/kv"
)

// Options configures a Runner. Store, KV and Models are required.
type Options struct {
	Store  *store.Store
	KV     kv.Store
	Models *model.Catalogue
	// Node names this process in the streams table.
	Node string
	// Total is the longest that one reply may be written; 0 means 30 minutes.
	Total time.Duration
	// Checkpoint is how often the parts so far are saved; 0 means 500 ms.
	Checkpoint time.Duration
	// TitleModel writes titles; empty means the chat's own model.
	TitleModel string
	// Limits says how much each role may ask for; nil means no limits.
	Limits map[store.Role]store.Limit
	// Blobs are the bytes of files; nil means that messages have none.
	Blobs blob.Store
	Log   *slog.Logger
}

// Runner runs the replies of this process. Make one with NewRunner and end it with Shutdown.
type Runner struct {
	Options
	base   context.Context
	cancel context.CancelCauseFunc
	work   sync.WaitGroup

	mu   sync.Mutex
	jobs map[string]*job // by stream id
	// completions are how many run now, by user id.
	completions map[string]int
	closing     bool
	chats       keyedMutex
	saverEnd    chan struct{}
	tokens      tokens
}

var (
	errStopped  = errors.New("stopped by the user")
	errShutdown = errors.New("the server is shutting down")
)

// NewRunner starts the loop that saves running replies and returns the runner.
func NewRunner(o Options) *Runner {
	if o.Total == 0 {
		o.Total = 30 * time.Minute
	}
	if o.Checkpoint == 0 {
		o.Checkpoint = 500 * time.Millisecond
	}
	r := &Runner{Options: o, jobs: map[string]*job{}, completions: map[string]int{}, saverEnd: make(chan struct{})}
	r.base, r.cancel = context.WithCancelCause(context.Background())
	r.guard("saver", r.saveLoop)
	return r
}

// guard runs fn in a goroutine that the runner waits for and that cannot take the process down.
func (r *Runner) guard(name string, fn func()) {
	r.work.Add(1)
	go func() {
		defer r.work.Done()
		defer func() {
			if p := recover(); p != nil {
				r.Log.Error("panic in background work", "work", name, "panic", p, "stack", string(debug.Stack()))
			}
		}()
		fn()
	}()
}

// Running is the number of replies being written by this process.
func (r *Runner) Running() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.jobs)
}

// Shutdown refuses new replies, waits for the running ones until ctx ends, then interrupts what is
// left, saves it and returns. The returned error is ctx's when replies had to be interrupted.
func (r *Runner) Shutdown(ctx context.Context) error {
	r.mu.Lock()
	again := r.closing
	r.closing = true
	r.mu.Unlock()
	err := r.drain(ctx)
	r.cancel(errShutdown)
	if !again {
		close(r.saverEnd)
	}
	r.work.Wait()
	return err
}

func (r *Runner) drain(ctx context.Context) error {
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for r.busy() {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-tick.C:
		}
	}
	return nil
}

// busy says whether anything is being written: replies of chats, or completions.
func (r *Runner) busy() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.jobs)+len(r.completions) > 0
}

func (r *Runner) job(streamID string) *job {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.jobs[streamID]
}

// Stop ends a running reply, keeps what was written and returns once that is saved. A reply that is
// not running is left as it is: stopping twice, or too late, is no error.
func (r *Runner) Stop(ctx context.Context, streamID string) error {
	j := r.job(streamID)
	if j == nil {
		return nil
	}
	j.cancel(errStopped)
	select {
	case <-j.done:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// StopUser ends all running replies of a user as Stop does.
func (r *Runner) StopUser(ctx context.Context, userID string) error {
	return r.stopAll(ctx, func(s *store.Stream) bool { return s.UserID == userID })
}

// StopChat ends the running replies of a chat as Stop does, also when the chat is gone already.
func (r *Runner) StopChat(ctx context.Context, chatID string) error {
	return r.stopAll(ctx, func(s *store.Stream) bool { return s.ChatID == chatID })
}

func (r *Runner) stopAll(ctx context.Context, which func(*store.Stream) bool) error {
	r.mu.Lock()
	var ids []string
	for id, j := range r.jobs {
		if which(j.stream) {
			ids = append(ids, id)
		}
	}
	r.mu.Unlock()
	for _, id := range ids {
		if err := r.Stop(ctx, id); err != nil {
			return err
		}
	}
	return nil
}

// keyedMutex gives one lock per key and forgets keys that nobody holds.
type keyedMutex struct {
	mu   sync.Mutex
	keys map[string]*keyLock
}

type keyLock struct {
	sync.Mutex
	users int
}

func (k *keyedMutex) lock(key string) (unlock func()) {
	k.mu.Lock()
	if k.keys == nil {
		k.keys = map[string]*keyLock{}
	}
	l := k.keys[key]
	if l == nil {
		l = &keyLock{}
		k.keys[key] = l
	}
	l.users++
	k.mu.Unlock()
	l.Lock()
	return func() {
		l.Unlock()
		k.mu.Lock()
		if l.users--; l.users == 0 {
			delete(k.keys, key)
		}
		k.mu.Unlock()
	}
}
