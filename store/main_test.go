package store_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"alleato/store"
	"alleato/store/storetest"
)

func TestMain(m *testing.M) { storetest.Main(m) }

const password = "correct horse"

func ctx(t testing.TB) context.Context {
	t.Helper()
	c, cancel := context.WithTimeout(t.Context(), time.Minute)
	t.Cleanup(cancel)
	return c
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func wantCode(t testing.TB, err error, want store.Code) {
	t.Helper()
	if got := store.CodeOf(err); got != want {
		t.Fatalf("code %q (%v), want %q", got, err, want)
	}
}

func wantField(t testing.TB, err error, code store.Code, field string) {
	t.Helper()
	wantCode(t, err, code)
	var e *store.Error
	if !errors.As(err, &e) || e.Field != field {
		t.Fatalf("field of %v is %q, want %q", err, e.Field, field)
	}
}

// clock only moves when the test says so.
type clock struct {
	mu sync.Mutex
	at time.Time
}

func newClock() *clock {
	return &clock{at: time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)}
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *clock) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(d)
}

func guest(s *store.Store) *store.User { return store.GuestUser(store.NewID(), s.Now()) }

func credentials(name string) store.Credentials {
	return store.Credentials{Email: name + "@acme.com", Password: password}
}

func register(t testing.TB, s *store.Store, name string) *store.User {
	t.Helper()
	u, err := s.Register(ctx(t), credentials(name), nil)
	must(t, err)
	return u
}

func says(text string) *store.Message {
	return &store.Message{Parts: []store.Part{{Type: "text", Text: text}}}
}

// start begins a reply in a new chat of u.
func start(t testing.TB, s *store.Store, u *store.User, text string) *store.Reply {
	t.Helper()
	r := newReply(u, text)
	must(t, s.StartReply(ctx(t), r))
	return r
}

// newReply is a first message that has not been sent yet.
func newReply(u *store.User, text string) *store.Reply {
	return &store.Reply{
		User: u, Chat: &store.Chat{Title: text}, NewChat: true,
		Question: says(text), Answer: &store.Message{}, Stream: &store.Stream{Node: "one"},
	}
}

// next begins the next reply in the same chat.
func next(r *store.Reply, text string) *store.Reply {
	q := says(text)
	parent := r.Answer.ID
	q.ParentID = &parent
	return &store.Reply{
		User: r.User, Chat: &store.Chat{ID: r.Chat.ID},
		Question: q, Answer: &store.Message{}, Stream: &store.Stream{Node: "one"},
	}
}

func finish(t testing.TB, s *store.Store, r *store.Reply, text string) {
	t.Helper()
	must(t, s.FinishReply(ctx(t), store.Finish{
		StreamID: r.Stream.ID, ChatID: r.Chat.ID, MessageID: r.Answer.ID, Status: store.StatusComplete,
		PartsJSON: fmt.Appendf(nil, `[{"type":"text","text":%q}]`, text), Text: text,
	}))
}

// count says how many rows a table has.
func count(t testing.TB, s *store.Store, table string) int {
	t.Helper()
	n, err := s.Writer().NewSelect().Table(table).Count(ctx(t))
	must(t, err)
	return int(n)
}
