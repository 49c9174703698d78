package store_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"alleato/store"
	"alleato/store/storetest"
)

func checkpoint(r *store.Reply, text string) store.Checkpoint {
	return store.Checkpoint{
		StreamID: r.Stream.ID, ChatID: r.Chat.ID, MessageID: r.Answer.ID,
		PartsJSON: fmt.Appendf(nil, `[{"type":"text","text":%q}]`, text),
	}
}

func answer(t *testing.T, s *store.Store, r *store.Reply) (*store.Message, *store.Stream) {
	t.Helper()
	m, err := s.Message(ctx(t), r.Chat.ID, r.Answer.ID)
	must(t, err)
	st, err := s.Stream(ctx(t), r.Stream.ID)
	must(t, err)
	return m, st
}

func TestCheckpointAndFinish(t *testing.T) {
	c := newClock()
	storetest.EachAt(t, c.now, func(t *testing.T, s *store.Store) {
		one, two := start(t, s, guest(s), "one"), start(t, s, guest(s), "two")
		c.advance(time.Second)
		must(t, s.Checkpoint(ctx(t), []store.Checkpoint{checkpoint(one, "so far"), checkpoint(two, "so good")}, []string{one.Stream.ID}))
		for r, want := range map[*store.Reply]string{one: "so far", two: "so good"} {
			m, _ := answer(t, s, r)
			if m.Status != store.StatusStreaming || m.Parts[0].Text != want {
				t.Errorf("%+v", m)
			}
		}
		_, alive := answer(t, s, one)
		_, silent := answer(t, s, two)
		if !alive.HeartbeatAt.Equal(c.now()) || !silent.HeartbeatAt.Equal(two.Stream.CreatedAt) {
			t.Errorf("heartbeats: %v, %v", alive.HeartbeatAt, silent.HeartbeatAt)
		}
		c.advance(time.Second)
		must(t, s.FinishReply(ctx(t), store.Finish{
			StreamID: one.Stream.ID, ChatID: one.Chat.ID, MessageID: one.Answer.ID, Status: store.StatusFailed,
			PartsJSON: []byte(`[{"type":"text","text":"the end"}]`), Text: "the end",
			Error: &store.MessageError{Code: "unavailable", Message: "No model."}, Usage: store.Usage{InputTokens: ptr(3), OutputTokens: ptr(0)},
		}))
		m, st := answer(t, s, one)
		now := c.now()
		want := *one.Answer
		want.Status, want.Text, want.FinishedAt = store.StatusFailed, "the end", &now
		want.Parts, want.Usage = []store.Part{{Type: "text", Text: "the end"}}, store.Usage{InputTokens: ptr(3), OutputTokens: ptr(0)}
		want.Error = &store.MessageError{Code: "unavailable", Message: "No model."}
		if diff := cmp.Diff(&want, m); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		if st.Status != store.StatusFailed || !st.FinishedAt.Equal(now) {
			t.Errorf("%+v", st)
		}
		must(t, s.Checkpoint(ctx(t), nil, nil))
	})
}

// TestTimesAreWrittenAlike: bound by database/sql or written by bun, a moment
// is the same text in SQLite, or comparing them would go wrong.
func TestTimesAreWrittenAlike(t *testing.T) {
	c := newClock()
	storetest.EachAt(t, c.now, func(t *testing.T, s *store.Store) {
		for range 2 {
			r := start(t, s, guest(s), "hello")
			must(t, s.Checkpoint(ctx(t), nil, []string{r.Stream.ID}))
			n, err := s.Reader().NewSelect().Table("streams").Where("id = ? AND heartbeat_at = created_at", r.Stream.ID).Count(ctx(t))
			must(t, err)
			if n != 1 {
				t.Errorf("at %v: two texts of one time", c.now())
			}
			c.advance(120 * time.Microsecond)
		}
	})
}

// TestNothingAfterTheEnd: a checkpoint or an end that comes late changes
// nothing, and takes nothing else down with it.
func TestNothingAfterTheEnd(t *testing.T) {
	c := newClock()
	storetest.EachAt(t, c.now, func(t *testing.T, s *store.Store) {
		over, runs := start(t, s, guest(s), "over"), start(t, s, guest(s), "runs")
		finish(t, s, over, "the end")
		before, stBefore := answer(t, s, over)
		chat, err := s.Chat(ctx(t), over.User.ID, over.Chat.ID)
		must(t, err)
		c.advance(time.Minute)
		must(t, s.Checkpoint(ctx(t), []store.Checkpoint{checkpoint(over, "late"), checkpoint(runs, "so far")}, []string{over.Stream.ID, runs.Stream.ID}))
		wantCode(t, s.FinishReply(ctx(t), store.Finish{
			StreamID: over.Stream.ID, ChatID: over.Chat.ID, MessageID: over.Answer.ID, Status: store.StatusStopped, PartsJSON: []byte(`[]`),
		}), store.Conflict)
		after, stAfter := answer(t, s, over)
		if diff := cmp.Diff(before, after); diff != "" {
			t.Errorf("message (-before +after):\n%s", diff)
		}
		if diff := cmp.Diff(stBefore, stAfter); diff != "" {
			t.Errorf("stream (-before +after):\n%s", diff)
		}
		same, err := s.Chat(ctx(t), over.User.ID, over.Chat.ID)
		must(t, err)
		if diff := cmp.Diff(chat, same); diff != "" {
			t.Errorf("chat (-before +after):\n%s", diff)
		}
		if m, _ := answer(t, s, runs); m.Parts[0].Text != "so far" {
			t.Errorf("the other: %+v", m)
		}
	})
}

// TestFinishKeepsParts: who ends a reply without knowing its parts loses none.
func TestFinishKeepsParts(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		r := start(t, s, guest(s), "hello")
		must(t, s.Checkpoint(ctx(t), []store.Checkpoint{checkpoint(r, "so far")}, nil))
		must(t, s.FinishReply(ctx(t), store.Finish{
			StreamID: r.Stream.ID, ChatID: r.Chat.ID, MessageID: r.Answer.ID, Status: store.StatusStopped, Text: "so far",
		}))
		if m, _ := answer(t, s, r); len(m.Parts) != 1 || m.Parts[0].Text != "so far" {
			t.Errorf("%+v", m)
		}
	})
}

func TestInterruptStreams(t *testing.T) {
	c := newClock()
	storetest.EachAt(t, c.now, func(t *testing.T, s *store.Store) {
		dead, alive, ended := start(t, s, guest(s), "dead"), start(t, s, guest(s), "alive"), start(t, s, guest(s), "ended")
		there := &store.Reply{
			User: guest(s), Chat: &store.Chat{}, NewChat: true, Question: says("elsewhere"),
			Answer: &store.Message{}, Stream: &store.Stream{Node: "two"},
		}
		must(t, s.StartReply(ctx(t), there))
		finish(t, s, ended, "whole")
		must(t, s.Checkpoint(ctx(t), []store.Checkpoint{checkpoint(dead, "half a")}, nil))
		c.advance(20 * time.Second)
		must(t, s.Checkpoint(ctx(t), nil, []string{alive.Stream.ID}))
		interrupt := func(node string, olderThan time.Duration, want int) {
			t.Helper()
			n, err := s.InterruptStreams(ctx(t), node, olderThan)
			must(t, err)
			if n != want {
				t.Errorf("interrupted %d of node %q, want %d", n, node, want)
			}
		}
		interrupt("", 20*time.Second, 0) // not older
		c.advance(time.Second)
		interrupt("one", 20*time.Second, 1)
		m, st := answer(t, s, dead)
		if m.Status != store.StatusInterrupted || m.Parts[0].Text != "half a" || m.Text != "half a" ||
			m.Error == nil || m.Error.Code != "interrupted" || m.Error.Message == "" || !m.FinishedAt.Equal(c.now()) {
			t.Errorf("%+v, %+v", m, m.Error)
		}
		if st.Status != store.StatusInterrupted || !st.FinishedAt.Equal(c.now()) {
			t.Errorf("%+v", st)
		}
		interrupt("", 20*time.Second, 1) // there
		interrupt("", 0, 1)              // alive
		interrupt("", 0, 0)
		for _, r := range []*store.Reply{alive, there} {
			if m, st := answer(t, s, r); m.Status != store.StatusInterrupted || st.Status != store.StatusInterrupted {
				t.Errorf("%+v, %+v", m, st)
			}
		}
		if m, _ := answer(t, s, ended); m.Status != store.StatusComplete {
			t.Errorf("ended: %+v", m)
		}
	})
}

// TestEverythingTogether: checkpoints, ends, new replies and interruptions at
// the same time neither deadlock nor leave a reply half ended.
func TestEverythingTogether(t *testing.T) {
	const chats = 12
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		u := guest(s)
		replies := make([]*store.Reply, chats)
		for i := range replies {
			replies[i] = start(t, s, u, "hello")
		}
		points, running := []store.Checkpoint{}, []string{}
		for _, r := range replies {
			points, running = append(points, checkpoint(r, "so far")), append(running, r.Stream.ID)
		}
		c, cancel := context.WithTimeout(ctx(t), 30*time.Second)
		defer cancel()
		errs := together(2*chats+4, func(i int) error {
			switch {
			case i < chats:
				r := replies[i]
				err := s.FinishReply(c, store.Finish{
					StreamID: r.Stream.ID, ChatID: r.Chat.ID, MessageID: r.Answer.ID, Status: store.StatusComplete,
					PartsJSON: []byte(`[{"type":"text","text":"whole"}]`), Text: "whole",
				})
				if store.CodeOf(err) == store.Conflict { // was interrupted
					err = nil
				}
				return err
			case i < 2*chats:
				return s.StartReply(c, next(replies[i-chats], "more"))
			case i == 2*chats:
				_, err := s.InterruptStreams(c, "one", 0)
				return err
			}
			var err error
			for range 20 {
				err = errors.Join(err, s.Checkpoint(c, points, running))
			}
			return err
		})
		for i, err := range errs {
			if err != nil {
				t.Errorf("%d: %v", i, err)
			}
		}
		for _, r := range replies {
			m, st := answer(t, s, r)
			if m.Status != st.Status || m.Status == store.StatusStreaming || (m.Status == store.StatusComplete && m.Text != "whole") {
				t.Errorf("message %s, stream %s, %q", m.Status, st.Status, m.Text)
			}
		}
	})
}
