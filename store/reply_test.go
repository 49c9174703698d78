package store_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"alleato/store"
	"alleato/store/storetest"
)

func TestStartReply(t *testing.T) {
	c := newClock()
	storetest.EachAt(t, c.now, func(t *testing.T, s *store.Store) {
		u := guest(s)
		r := start(t, s, u, "hello")
		chat, err := s.Chat(ctx(t), u.ID, r.Chat.ID)
		must(t, err)
		if !u.Saved || *chat.HeadID != r.Answer.ID || *chat.StreamID != r.Stream.ID {
			t.Errorf("%+v of %+v", chat, u)
		}
		list, err := s.Branch(ctx(t), chat.ID, *chat.HeadID)
		must(t, err)
		now := c.now()
		want := []store.Message{
			{
				ChatID: chat.ID, ID: r.Question.ID, Seq: 1, Role: "user", Status: store.StatusComplete, Text: "hello",
				Parts: []store.Part{{Type: "text", Text: "hello"}}, CreatedAt: now, FinishedAt: &now,
			},
			{
				ChatID: chat.ID, ID: r.Answer.ID, ParentID: &r.Question.ID, Seq: 2, Role: "assistant",
				Status: store.StatusStreaming, Parts: []store.Part{}, CreatedAt: now,
			},
		}
		if diff := cmp.Diff(want, list); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		st, err := s.Stream(ctx(t), r.Stream.ID)
		must(t, err)
		if diff := cmp.Diff(r.Stream, st); diff != "" {
			t.Errorf("stream as saved (-made +read):\n%s", diff)
		}
		c.advance(time.Second)
		second := next(r, "more")
		must(t, s.StartReply(ctx(t), second))
		chat, err = s.Chat(ctx(t), u.ID, r.Chat.ID)
		must(t, err)
		if second.Question.Seq != 3 || second.Answer.Seq != 4 || *chat.HeadID != second.Answer.ID || !chat.UpdatedAt.Equal(c.now()) {
			t.Errorf("second: %+v, %+v, %+v", second.Question, second.Answer, chat)
		}
		if chat.Title != "hello" {
			t.Errorf("a second reply changed the title to %q", chat.Title)
		}
	})
}

// TestStartReplyIsWhole: whatever fails, and however late, nothing stays.
func TestStartReplyIsWhole(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ada := guest(s)
		key := "key"
		had := start(t, s, ada, "ada's")
		keyed := next(had, "keyed")
		keyed.Stream.IdempotencyKey = &key
		must(t, s.StartReply(ctx(t), keyed))
		rows := func() string {
			return fmt.Sprint(count(t, s, "users"), count(t, s, "chats"), count(t, s, "messages"), count(t, s, "streams"))
		}
		before := rows()
		for name, c := range map[string]struct {
			change func(*store.Reply)
			code   store.Code
			field  string
		}{
			"a stranger's chat":    {func(r *store.Reply) { r.User = guest(s) }, store.NotFound, ""},
			"a stranger's id, new": {func(r *store.Reply) { r.User, r.NewChat, r.Question.ParentID = guest(s), true, nil }, store.NotFound, ""},
			"an own id, new":       {func(r *store.Reply) { r.NewChat, r.Question.ParentID = true, nil }, store.Conflict, "id"},
			"no chat":              {func(r *store.Reply) { r.Chat.ID = "missing" }, store.NotFound, ""},
			"a message id in use":  {func(r *store.Reply) { r.Question.ID = had.Question.ID }, store.Conflict, "messageId"},
			"a parent elsewhere":   {func(r *store.Reply) { r.Question.ParentID = ptr("missing") }, store.NotFound, "parentId"},
			"an answer to nothing": {func(r *store.Reply) { r.Question, r.Answer.ParentID = nil, ptr("missing") }, store.NotFound, "parentId"},
			"a key in use":         {func(r *store.Reply) { r.Stream.IdempotencyKey = &key }, store.Conflict, "idempotencyKey"},
			"a key in use, new chat": {func(r *store.Reply) {
				*r.Chat, r.NewChat, r.Question.ParentID, r.Stream.IdempotencyKey = store.Chat{}, true, nil, &key
			}, store.Conflict, "idempotencyKey"},
			"a key that is too long":  {func(r *store.Reply) { r.Stream.IdempotencyKey = ptr(strings.Repeat("k", 256)) }, store.Invalid, "idempotencyKey"},
			"a hostile message id":    {func(r *store.Reply) { r.Question.ID = "a'\x00" }, store.Invalid, "messageId"},
			"a hostile chat id, new":  {func(r *store.Reply) { r.Chat.ID, r.NewChat = "../a", true }, store.Invalid, "id"},
			"going on, still running": {func(r *store.Reply) { r.Question, r.Answer, r.Continue = nil, &store.Message{ID: had.Answer.ID}, true }, store.Conflict, "messageId"},
		} {
			r := next(had, "new")
			c.change(r)
			err := s.StartReply(ctx(t), r)
			t.Run(name, func(t *testing.T) { wantField(t, err, c.code, c.field) })
			if after := rows(); after != before {
				t.Errorf("%s: rows %s, before %s", name, after, before)
			}
			if r.User != ada && r.User.Saved {
				t.Errorf("%s: the guest counts as saved", name)
			}
		}
		chat, err := s.Chat(ctx(t), ada.ID, had.Chat.ID)
		must(t, err)
		if *chat.HeadID != keyed.Answer.ID {
			t.Error("the head moved")
		}
	})
}

func TestStartReplyOfGuestTwice(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		g := guest(s)
		errs := together(10, func(int) error {
			mine := *g // each request has read the session for itself
			return s.StartReply(t.Context(), &store.Reply{
				User: &mine, Chat: &store.Chat{}, NewChat: true,
				Question: says("hello"), Answer: &store.Message{}, Stream: &store.Stream{},
			})
		})
		for _, err := range errs {
			must(t, err)
		}
		if count(t, s, "users") != 1 || len(belongings(t, s, g.ID)) != 10 {
			t.Errorf("%d users, %d chats", count(t, s, "users"), len(belongings(t, s, g.ID)))
		}
	})
}

// TestStartReplyTogether: replies in one chat queue for its row: no two
// messages get the same seq.
func TestStartReplyTogether(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		r := start(t, s, guest(s), "hello")
		for _, err := range together(20, func(int) error { return s.StartReply(t.Context(), next(r, "more")) }) {
			must(t, err)
		}
		list, err := s.Messages(ctx(t), r.Chat.ID)
		must(t, err)
		for i, m := range list {
			if m.Seq != int64(i+1) {
				t.Fatalf("message %d has seq %d", i, m.Seq)
			}
		}
		if len(list) != 42 {
			t.Errorf("%d messages", len(list))
		}
	})
}

func TestIdempotencyKey(t *testing.T) {
	c := newClock()
	storetest.EachAt(t, c.now, func(t *testing.T, s *store.Store) {
		ada, eve := guest(s), guest(s)
		send := func(u *store.User) (*store.Reply, error) {
			mine := *u
			r := &store.Reply{
				User: &mine, Chat: &store.Chat{}, NewChat: true, Question: says("hello"), Answer: &store.Message{},
				Stream: &store.Stream{IdempotencyKey: ptr("key"), RequestHash: ptr("hash")},
			}
			return r, s.StartReply(t.Context(), r)
		}
		var kept *store.Reply
		won := 0
		for _, err := range together(50, func(int) error {
			r, err := send(ada)
			if err == nil {
				kept = r
			}
			return err
		}) {
			if err == nil {
				won++
				continue
			}
			wantField(t, err, store.Conflict, "idempotencyKey")
		}
		if won != 1 || count(t, s, "messages") != 2 {
			t.Fatalf("%d of 50 sends with one key, %d messages", won, count(t, s, "messages"))
		}
		st, err := s.StreamByIdempotencyKey(ctx(t), ada.ID, "key")
		must(t, err)
		if st.ID != kept.Stream.ID || *st.RequestHash != "hash" {
			t.Errorf("%+v", st)
		}
		_, err = s.StreamByIdempotencyKey(ctx(t), eve.ID, "key")
		wantCode(t, err, store.NotFound)
		if _, err := send(eve); err != nil {
			t.Errorf("another's key: %v", err)
		}
		c.advance(24 * time.Hour)
		_, err = s.StreamByIdempotencyKey(ctx(t), ada.ID, "key")
		wantCode(t, err, store.NotFound)
		if _, err := send(ada); err != nil {
			t.Errorf("a day later: %v", err)
		}
		c.advance(24*time.Hour - time.Second)
		_, err = send(ada)
		wantField(t, err, store.Conflict, "idempotencyKey")
	})
}

func TestContinue(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		r := start(t, s, guest(s), "hello")
		parts := []byte(`[{"type":"text","text":"half"}]`)
		must(t, s.Checkpoint(ctx(t), []store.Checkpoint{{r.Stream.ID, r.Chat.ID, r.Answer.ID, parts}}, nil))
		_, err := s.InterruptStreams(ctx(t), "", 0)
		must(t, err)
		on := &store.Reply{
			User: r.User, Chat: &store.Chat{ID: r.Chat.ID}, Continue: true,
			Answer: &store.Message{ID: r.Answer.ID}, Stream: &store.Stream{Node: "two"},
		}
		must(t, s.StartReply(ctx(t), on))
		m, err := s.Message(ctx(t), r.Chat.ID, r.Answer.ID)
		must(t, err)
		if m.Status != store.StatusStreaming || m.Error != nil || m.FinishedAt != nil || m.Parts[0].Text != "half" || m.Seq != 2 {
			t.Errorf("going on: %+v", m)
		}
		// What is left of the first stream has no say any more.
		must(t, s.Checkpoint(ctx(t), []store.Checkpoint{{r.Stream.ID, r.Chat.ID, r.Answer.ID, []byte(`[]`)}}, []string{r.Stream.ID}))
		err = s.FinishReply(ctx(t), store.Finish{StreamID: r.Stream.ID, ChatID: r.Chat.ID, MessageID: r.Answer.ID, Status: store.StatusFailed})
		wantCode(t, err, store.Conflict)
		m, err = s.Message(ctx(t), r.Chat.ID, r.Answer.ID)
		must(t, err)
		if m.Status != store.StatusStreaming || len(m.Parts) != 1 {
			t.Errorf("the old stream wrote: %+v", m)
		}
		st, err := s.StreamOfMessage(ctx(t), r.Chat.ID, r.Answer.ID)
		must(t, err)
		if st.ID != on.Stream.ID {
			t.Error("the message's stream is still the old one")
		}
		finish(t, s, on, "half and half")
		err = s.StartReply(ctx(t), on)
		wantField(t, err, store.Conflict, "messageId")
	})
}

func TestStreamReads(t *testing.T) {
	c := newClock()
	storetest.EachAt(t, c.now, func(t *testing.T, s *store.Store) {
		one := start(t, s, guest(s), "one")
		running := func() []string {
			out := []string{}
			for _, read := range []func() (*store.Stream, error){
				func() (*store.Stream, error) { return s.RunningStream(ctx(t), one.Chat.ID) },
				func() (*store.Stream, error) { return s.LastStream(ctx(t), one.Chat.ID) },
			} {
				st, err := read()
				if store.CodeOf(err) == store.NotFound {
					st, err = &store.Stream{ID: "none"}, nil
				}
				must(t, err)
				out = append(out, st.ID)
			}
			return out
		}
		if diff := cmp.Diff([]string{one.Stream.ID, one.Stream.ID}, running()); diff != "" {
			t.Errorf("one (-want +got):\n%s", diff)
		}
		c.advance(time.Second)
		finish(t, s, one, "done")
		if diff := cmp.Diff([]string{"none", one.Stream.ID}, running()); diff != "" {
			t.Errorf("ended (-want +got):\n%s", diff)
		}
		two := next(one, "two")
		must(t, s.StartReply(ctx(t), two))
		if diff := cmp.Diff([]string{two.Stream.ID, two.Stream.ID}, running()); diff != "" {
			t.Errorf("two (-want +got):\n%s", diff)
		}
		all := []string{}
		for _, id := range []string{"nobody", "\x00"} {
			_, err := s.Stream(ctx(t), id)
			all = append(all, string(store.CodeOf(err)))
			_, err = s.LastStream(ctx(t), id)
			all = append(all, string(store.CodeOf(err)))
			_, err = s.StreamOfMessage(ctx(t), one.Chat.ID, id)
			all = append(all, string(store.CodeOf(err)))
		}
		if slices.ContainsFunc(all, func(code string) bool { return code != string(store.NotFound) }) {
			t.Errorf("of nobody: %q", all)
		}
	})
}
