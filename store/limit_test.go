package store_test

import (
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"alleato/store"
	"alleato/store/storetest"
)

// TestLimit: the day's count outlives the chats it was spent on, and the running reply of the chat
// itself is in nobody's way.
func TestLimit(t *testing.T) {
	c := newClock()
	storetest.EachAt(t, c.now, func(t *testing.T, s *store.Store) {
		u := guest(s)
		limit := store.Limit{MessagesPerDay: 3, RepliesAtOnce: 1}
		check := func(chatID string, want store.Code) {
			t.Helper()
			if err := s.CheckLimit(ctx(t), u.ID, chatID, limit); store.CodeOf(err) != want {
				t.Errorf("%v, want %q", err, want)
			}
		}
		first := start(t, s, u, "one")
		check("another", store.RateLimited)
		check(first.Chat.ID, "")
		must(t, s.DeleteChat(ctx(t), u.ID, first.Chat.ID))
		check("another", "")
		for _, text := range []string{"two", "three"} {
			r := start(t, s, u, text)
			must(t, s.FinishReply(ctx(t), store.Finish{StreamID: r.Stream.ID, ChatID: r.Chat.ID, MessageID: r.Answer.ID, Status: store.StatusComplete}))
		}
		check("another", store.RateLimited)
		fourth := newReply(u, "four")
		fourth.Limit = limit
		if err := s.StartReply(ctx(t), fourth); store.CodeOf(err) != store.RateLimited {
			t.Errorf("the fourth: %v", err)
		}
		if _, err := s.Chat(ctx(t), u.ID, fourth.Chat.ID); store.CodeOf(err) != store.NotFound {
			t.Errorf("the refused one left a chat: %v", err)
		}
		c.advance(24 * time.Hour)
		check("another", "")
	})
}

// TestLimitAtOnce: of many sends at the same time no more than the limit begin.
func TestLimitAtOnce(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		u := guest(s)
		must(t, s.SaveGuest(ctx(t), s.Writer(), u))
		var wait sync.WaitGroup
		var begun atomic.Int32
		for i := range 20 {
			wait.Go(func() {
				r := newReply(store.GuestUser(u.ID, s.Now()), fmt.Sprint("text ", i))
				r.Limit = store.Limit{RepliesAtOnce: 2}
				switch err := s.StartReply(ctx(t), r); store.CodeOf(err) {
				case "":
					begun.Add(1)
				case store.RateLimited:
				default:
					t.Error(err)
				}
			})
		}
		wait.Wait()
		if begun.Load() != 2 {
			t.Errorf("%d replies began, want 2", begun.Load())
		}
	})
}

func TestStreamOfAnswer(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		u := guest(s)
		other, r := start(t, s, u, "other"), start(t, s, u, "question")
		found, err := s.StreamOfAnswer(ctx(t), r.Chat.ID, r.Question.ID)
		must(t, err)
		if found.ID != r.Stream.ID {
			t.Errorf("the stream of the question is %s, want %s", found.ID, r.Stream.ID)
		}
		if _, err := s.StreamOfAnswer(ctx(t), r.Chat.ID, other.Question.ID); store.CodeOf(err) != store.NotFound {
			t.Errorf("a question of another chat: %v", err)
		}
	})
}
