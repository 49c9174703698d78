package store_test

import (
	"testing"
	"time"

	"alleato/store"
	"alleato/store/storetest"
)

func TestCountStreams(t *testing.T) {
	c := newClock()
	storetest.EachAt(t, c.now, func(t *testing.T, s *store.Store) {
		u := guest(s)
		old := start(t, s, u, "yesterday")
		must(t, s.FinishReply(ctx(t), store.Finish{StreamID: old.Stream.ID, ChatID: old.Chat.ID, MessageID: old.Answer.ID, Status: store.StatusComplete}))
		c.advance(25 * time.Hour)
		ended, running := start(t, s, u, "ended"), start(t, s, u, "running")
		must(t, s.FinishReply(ctx(t), store.Finish{StreamID: ended.Stream.ID, ChatID: ended.Chat.ID, MessageID: ended.Answer.ID, Status: store.StatusStopped}))
		start(t, s, guest(s), "somebody else's")
		begun, now, err := s.CountStreams(ctx(t), u.ID, c.now().Add(-24*time.Hour))
		must(t, err)
		if begun != 2 || now != 1 {
			t.Errorf("%d begun and %d running, want 2 and 1", begun, now)
		}
		found, err := s.StreamOfAnswer(ctx(t), running.Chat.ID, running.Question.ID)
		must(t, err)
		if found.ID != running.Stream.ID {
			t.Errorf("the stream of the question is %s, want %s", found.ID, running.Stream.ID)
		}
		if _, err := s.StreamOfAnswer(ctx(t), running.Chat.ID, old.Question.ID); store.CodeOf(err) != store.NotFound {
			t.Errorf("a question of another chat: %v", err)
		}
	})
}
