package handlers

import (
	"runtime/debug"
	"sync"
	"time"

	"alleato/store"
)

// validEvery is how often an open stream's reader is held to what it may read.
const validEvery = 5 * time.Second

// permit is what lets a reader read a stream: a session that counts still ("" for none), and a chat
// that is the reader's or public.
type permit struct{ session, reader, chatID string }

// pulse keeps the open event streams of the process alive and in their rights. It is one for all: a
// timer of its own makes every wake of a busy stream dearer, and a database asked from a stream's
// goroutine leaves it with a deep stack for as long as it lives.
type pulse struct {
	mu   sync.Mutex
	open map[*eventStream]permit
}

func (p *pulse) enter(e *eventStream, may permit) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.open == nil {
		p.open = map[*eventStream]permit{}
	}
	p.open[e] = may
}

func (p *pulse) leave(e *eventStream) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.open, e)
}

// beat wakes every open stream, which then says that it is alive if it has nothing else to say.
func (p *pulse) beat() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for e := range p.open {
		select {
		case e.beat <- struct{}{}:
		default:
		}
	}
}

// snapshot groups the open streams by what they need, so that each is asked about once.
func (p *pulse) snapshot() map[permit][]*eventStream {
	p.mu.Lock()
	defer p.mu.Unlock()
	by := map[permit][]*eventStream{}
	for e, may := range p.open {
		by[may] = append(by[may], e)
	}
	return by
}

// checkStreams ends the streams of readers who may no longer read.
func (s *Server) checkStreams() { s.checkStreamsOf("") }

// checkStreamsOf does it for the streams of one chat that has just been taken from its readers, or of
// all for "". On other machines they end when these look the next time.
func (s *Server) checkStreamsOf(chatID string) {
	for may, streams := range s.pulse.snapshot() {
		if chatID != "" && may.chatID != chatID {
			continue
		}
		if may == (permit{}) || s.mayRead(may) { // the empty one is of a stream that says it is over
			continue
		}
		for _, e := range streams {
			e.cancel()
		}
	}
}

// mayRead says whether the reader is signed in still, and the chat still theirs or public.
func (s *Server) mayRead(may permit) bool {
	if !s.stillValid(may.session) {
		return false
	}
	ctx, cancel := s.ctx()
	defer cancel()
	_, err := s.Options.Store.ReadableChat(ctx, may.reader, may.chatID)
	return store.CodeOf(err) != store.NotFound
}

// every runs fn again and again in a goroutine of the server's, until the server ends.
func (s *Server) every(period time.Duration, name string, fn func()) {
	s.background.Add(1)
	go func() {
		defer s.background.Done()
		tick := time.NewTicker(period)
		defer tick.Stop()
		for {
			select {
			case <-s.life.Done():
				return
			case <-tick.C:
				s.guarded(name, fn)
			}
		}
	}()
}

func (s *Server) guarded(name string, fn func()) {
	defer func() {
		if p := recover(); p != nil {
			s.Log.Error("panic in background work", "work", name, "panic", p, "stack", string(debug.Stack()))
		}
	}()
	fn()
}
