package store_test

import (
	"context"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/uptrace/bun"

	"alleato/store"
	"alleato/store/storetest"
)

// TestTree: siblings are found in the order they were written, and the newest branch through each.
func TestTree(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		u := guest(s)
		r := start(t, s, u, "one")
		finish(t, s, r, "first")
		again := &store.Reply{User: u, Chat: &store.Chat{ID: r.Chat.ID}, Answer: &store.Message{ParentID: &r.Question.ID}, Stream: &store.Stream{Node: "one"}}
		must(t, s.StartReply(ctx(t), again))
		finish(t, s, again, "second")
		deeper := next(r, "two") // goes on from the first answer
		must(t, s.StartReply(ctx(t), deeper))
		finish(t, s, deeper, "third")
		edit := &store.Reply{User: u, Chat: &store.Chat{ID: r.Chat.ID}, Question: says("uno"), Answer: &store.Message{}, Stream: &store.Stream{Node: "one"}}
		must(t, s.StartReply(ctx(t), edit))
		forks, err := s.Forks(ctx(t), r.Chat.ID)
		must(t, err)
		roots, answers := []string{r.Question.ID, edit.Question.ID}, []string{r.Answer.ID, again.Answer.ID}
		want := map[string][]string{r.Question.ID: roots, edit.Question.ID: roots, r.Answer.ID: answers, again.Answer.ID: answers}
		if diff := cmp.Diff(want, forks); diff != "" {
			t.Errorf("forks (-want +got):\n%s", diff)
		}
		for from, want := range map[string]string{r.Question.ID: deeper.Answer.ID, r.Answer.ID: deeper.Answer.ID, again.Answer.ID: again.Answer.ID, edit.Question.ID: edit.Answer.ID} {
			c, err := s.UpdateChat(ctx(t), u.ID, r.Chat.ID, store.ChatPatch{HeadID: &from})
			must(t, err)
			if leaf, err := s.Leaf(ctx(t), r.Chat.ID, from); err != nil || leaf != want || *c.HeadID != want {
				t.Errorf("through %s: %s and head %s (%v), want %s", from, leaf, *c.HeadID, err, want)
			}
		}
		for id, want := range map[string]bool{r.Question.ID: true, r.Answer.ID: true, again.Answer.ID: false, edit.Question.ID: false} {
			if got, err := s.InBranch(ctx(t), r.Chat.ID, deeper.Answer.ID, id); err != nil || got != want {
				t.Errorf("%s on the branch: %v (%v), want %v", id, got, err, want)
			}
		}
		other := start(t, s, u, "another chat")
		_, err = s.UpdateChat(ctx(t), u.ID, r.Chat.ID, store.ChatPatch{HeadID: &other.Answer.ID})
		wantField(t, err, store.Invalid, "headId")
		_, err = s.Leaf(ctx(t), r.Chat.ID, other.Answer.ID)
		wantCode(t, err, store.NotFound)
	})
}

func TestVotes(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		u, eve := guest(s), guest(s)
		r := start(t, s, u, "one")
		chat, answer := r.Chat.ID, r.Answer.ID
		_, err := s.SetVote(ctx(t), u.ID, chat, answer, true)
		wantCode(t, err, store.Conflict) // it is still being written
		finish(t, s, r, "first")
		votes := func(want ...bool) {
			t.Helper()
			got, err := s.Votes(ctx(t), u.ID, chat)
			must(t, err)
			ups := []bool{}
			for _, v := range got {
				ups = append(ups, v.IsUpvoted)
			}
			if diff := cmp.Diff(append([]bool{}, want...), ups); diff != "" {
				t.Errorf("votes (-want +got):\n%s", diff)
			}
		}
		for _, up := range []bool{true, true, false} {
			_, err = s.SetVote(ctx(t), u.ID, chat, answer, up)
			must(t, err)
			votes(up)
		}
		_, err = s.SetVote(ctx(t), u.ID, chat, r.Question.ID, true)
		wantField(t, err, store.Invalid, "messageId")
		_, err = s.SetVote(ctx(t), eve.ID, chat, answer, true)
		wantCode(t, err, store.NotFound)
		wantCode(t, s.DeleteVote(ctx(t), eve.ID, chat, answer), store.NotFound)
		if got, err := s.Votes(ctx(t), eve.ID, chat); err != nil || len(got) != 0 {
			t.Errorf("eve sees %v (%v)", got, err)
		}
		votes(false)
		must(t, s.DeleteVote(ctx(t), u.ID, chat, answer))
		must(t, s.DeleteVote(ctx(t), u.ID, chat, answer))
		votes()
	})
}

// TestUndo: what is deleted is gone for everybody, comes back whole for a while, and then never.
func TestUndo(t *testing.T) {
	c := newClock()
	storetest.EachAt(t, c.now, func(t *testing.T, s *store.Store) {
		u, eve := guest(s), guest(s)
		r := start(t, s, u, "one")
		finish(t, s, r, "first")
		public := store.Public
		_, err := s.UpdateChat(ctx(t), u.ID, r.Chat.ID, store.ChatPatch{Visibility: &public})
		must(t, err)
		gone := func(id string) {
			t.Helper()
			for _, who := range []string{u.ID, eve.ID} {
				_, err := s.ReadableChat(ctx(t), who, id)
				wantCode(t, err, store.NotFound)
			}
			wantCode(t, s.StartReply(ctx(t), next(r, "more")), store.NotFound)
			wantCode(t, s.CreateChat(ctx(t), u, &store.Chat{ID: id}), store.Conflict)
		}
		must(t, s.DeleteChat(ctx(t), u.ID, r.Chat.ID))
		gone(r.Chat.ID)
		_, err = s.RestoreChat(ctx(t), eve.ID, r.Chat.ID)
		wantCode(t, err, store.NotFound)
		restored, err := s.RestoreChat(ctx(t), u.ID, r.Chat.ID)
		must(t, err)
		if restored.Title != "one" || restored.Visibility != store.Public {
			t.Errorf("restored %+v", restored)
		}
		_, err = s.RestoreChat(ctx(t), u.ID, r.Chat.ID)
		wantCode(t, err, store.NotFound)

		earlier := start(t, s, u, "deleted before")
		must(t, s.DeleteChat(ctx(t), u.ID, earlier.Chat.ID))
		c.advance(time.Second)
		n, at, err := s.DeleteChats(ctx(t), u.ID)
		must(t, err)
		if back, err := s.RestoreChats(ctx(t), eve.ID, at); err != nil || back != 0 {
			t.Errorf("eve restored %d (%v)", back, err)
		}
		back, err := s.RestoreChats(ctx(t), u.ID, at)
		must(t, err)
		if n != 1 || back != 1 {
			t.Errorf("deleted %d, restored %d, want 1 and 1: the one deleted before stays so", n, back)
		}
		must(t, s.DeleteChat(ctx(t), u.ID, r.Chat.ID))
		c.advance(store.UndoTime)
		_, err = s.RestoreChat(ctx(t), u.ID, r.Chat.ID)
		wantCode(t, err, store.NotFound)
		purged, err := s.PurgeChats(ctx(t))
		must(t, err)
		if len(purged) != 2 || count(t, s, "chats") != 0 {
			t.Errorf("purged %v, %d left", purged, count(t, s, "chats"))
		}
	})
}

// TestPurgeLetsOthersWrite: destroying many messages does not keep the one writer from everybody else.
func TestPurgeLetsOthersWrite(t *testing.T) {
	c := newClock()
	storetest.EachAt(t, c.now, func(t *testing.T, s *store.Store) {
		u := guest(s)
		v := newVocabulary()
		for range 3 {
			chat := &store.Chat{}
			must(t, s.CreateChat(ctx(t), u, chat))
			texts := make([]string, 1000)
			for i := range texts {
				texts[i] = v.sentence(30)
			}
			addMessages(t, s, chat.ID, texts)
		}
		_, _, err := s.DeleteChats(ctx(t), u.ID)
		must(t, err)
		c.advance(store.UndoTime)
		purged := make(chan time.Duration)
		go func() {
			begun := time.Now()
			ids, err := s.PurgeChats(ctx(t))
			if err != nil || len(ids) != 3 {
				t.Errorf("purged %v: %v", ids, err)
			}
			purged <- time.Since(begun)
		}()
		var longest, all time.Duration
		for all == 0 {
			begun := time.Now()
			must(t, s.InTx(ctx(t), func(context.Context, bun.Tx) error { return nil }))
			longest = max(longest, time.Since(begun))
			select {
			case all = <-purged:
			default:
			}
		}
		if s.Dialect() == "sqlite" && longest > all/3 {
			t.Errorf("another's write waited %s of the %s", longest, all)
		}
		for _, table := range []string{"chats", "messages", "search_entries"} {
			if n := count(t, s, table); n != 0 {
				t.Errorf("%d left in %s", n, table)
			}
		}
	})
}

// TestLeafOfLongChat: the end of a long branch is found by walking it, not by reading the chat for each of its messages.
func TestLeafOfLongChat(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		u, c := guest(s), &store.Chat{}
		must(t, s.CreateChat(ctx(t), u, c))
		addMessages(t, s, c.ID, make([]string, 4000))
		_, err := s.Writer().DB.ExecContext(ctx(t), `UPDATE messages SET parent_id =
			(SELECT p.id FROM messages AS p WHERE p.chat_id = messages.chat_id AND p.seq = messages.seq - 1)`)
		must(t, err)
		if s.Dialect() == "postgres" { // as autovacuum does
			_, err = s.Writer().DB.ExecContext(ctx(t), "ANALYZE messages")
			must(t, err)
		}
		all, err := s.Messages(ctx(t), c.ID)
		must(t, err)
		begun := time.Now()
		leaf, err := s.Leaf(ctx(t), c.ID, all[0].ID)
		if took := time.Since(begun); err != nil || leaf != all[3999].ID || took > time.Second {
			t.Errorf("%s in %s, %v", leaf, took, err)
		}
	})
}
