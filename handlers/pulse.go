package handlers

import (
	"maps"
	"runtime/debug"
	"slices"
	"sync"
	"time"
)

// validEvery is how often an open stream's reader is held to what it may read.
const validEvery = 5 * time.Second

// permit is what lets a reader read a stream: a session or the id of an API key that counts still (""
// for none), and a chat that is the reader's or public.
type permit struct{ session, key, reader, chatID string }

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

// watched are the open streams of one reader on one session or key, by the chat that they show.
type watched map[string][]*eventStream

// snapshot groups the open streams, so that what they need is asked once for all. Those of chatID
// alone, or of all chats for "". A stream that only says that it is over needs nothing.
func (p *pulse) snapshot(chatID string) map[permit]watched {
	p.mu.Lock()
	defer p.mu.Unlock()
	by := map[permit]watched{}
	for e, may := range p.open {
		if may == (permit{}) || (chatID != "" && may.chatID != chatID) {
			continue
		}
		who := permit{session: may.session, key: may.key, reader: may.reader}
		if by[who] == nil {
			by[who] = watched{}
		}
		by[who][may.chatID] = append(by[who][may.chatID], e)
	}
	return by
}

// checkStreams ends the streams of readers who may no longer read.
func (s *Server) checkStreams() { s.checkStreamsOf("") }

// checkStreamsOf does it for the streams of one chat that has just been taken from its readers, or of
// all for "". On other machines they end when these look the next time.
func (s *Server) checkStreamsOf(chatID string) {
	for who, chats := range s.pulse.snapshot(chatID) {
		readable, err := s.mayRead(who, slices.Collect(maps.Keys(chats)))
		if err != nil {
			continue // a database that hiccups cuts nobody off
		}
		for chat, streams := range chats {
			if readable[chat] {
				continue
			}
			for _, e := range streams {
				e.cancel()
			}
		}
	}
}

// mayRead gives the chats that the reader may read: none when they are not signed in any more.
func (s *Server) mayRead(who permit, chats []string) (map[string]bool, error) {
	if !s.stillValid(who) {
		return nil, nil
	}
	ctx, cancel := s.ctx()
	defer cancel()
	readable, err := s.Options.Store.ReadableChats(ctx, who.reader, chats)
	if err == nil {
		readable[""] = true // a stream that shows no chat: its reader's being signed in is enough
	}
	return readable, err
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
