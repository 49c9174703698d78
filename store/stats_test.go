package store_test

import (
	"testing"
	"time"

	"alleato/store"
	"alleato/store/storetest"
)

// TestStats: the figures of a small server.
func TestStats(t *testing.T) {
	c := newClock()
	storetest.EachAt(t, c.now, func(t *testing.T, s *store.Store) {
		empty, err := s.Stats(ctx(t))
		must(t, err)
		if len(empty.Users.New) != 30 || empty.Messages != 0 || empty.Tokens == nil || empty.Completions == nil {
			t.Errorf("of nothing: %+v", empty)
		}
		u := register(t, s, "ada")
		_, err = s.CreateFirstAdmin(ctx(t), credentials("root"), nil)
		must(t, err)
		g := guest(s)
		finish(t, s, start(t, s, g, "Hello"), "Hi")
		c.advance(25 * time.Hour)
		eve := register(t, s, "eve")
		must(t, s.DisableUser(ctx(t), eve.ID))
		in, out := 12, 34
		for range 2 {
			r := newReply(u, "Hello")
			m := "fast"
			r.Answer.Model = &m
			must(t, s.StartReply(ctx(t), r))
			must(t, s.FinishReply(ctx(t), store.Finish{StreamID: r.Stream.ID, ChatID: r.Chat.ID, MessageID: r.Answer.ID, Status: store.StatusStopped,
				Usage: store.Usage{InputTokens: &in, OutputTokens: &out}}))
		}
		newDocument(t, s, u, store.KindText, "Plan", "one")
		f := s.NewFile(u.ID, store.Uploads, "a.txt", "text/plain")
		f.Size = 77
		must(t, s.CreateFile(ctx(t), u, f, 0))
		for _, key := range []string{"ci", "ci", ""} {
			must(t, s.CountUse(ctx(t), store.CompletionUse{UserID: u.ID, KeyName: key, Model: "fast", InputTokens: 5, OutputTokens: 7}))
		}
		got, err := s.Stats(ctx(t))
		must(t, err)
		if v := got.Users; v.Accounts != 3 || v.Admins != 1 || v.Guests != 1 || v.Disabled != 1 || v.New[29].Count != 1 || v.New[28].Count != 2 || v.New[29].Day != s.Now().Format(time.DateOnly) {
			t.Errorf("users %+v", v)
		}
		if got.Chats != 3 || got.Messages != 6 || got.Replies["complete"] != 1 || got.Replies["stopped"] != 2 || got.Documents != 1 || got.Files.Count != 1 || got.Files.Bytes != 77 {
			t.Errorf("%+v", got)
		}
		last := got.Tokens[len(got.Tokens)-1]
		if len(got.Tokens) != 2 || last.Model != "fast" || last.Replies != 2 || last.InputTokens != 24 || last.OutputTokens != 68 || last.Day != s.Now().Format(time.DateOnly) {
			t.Errorf("tokens %+v", got.Tokens)
		}
		if d := got.Completions; len(d) != 2 || d[0].KeyName != "ci" || d[0].Calls != 2 || d[0].InputTokens != 10 || d[0].OutputTokens != 14 || *d[0].Email != *u.Email || d[1].KeyName != "" {
			t.Errorf("by /v1 %+v", d)
		}
	})
}
