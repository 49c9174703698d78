package store_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"alleato/store"
	"alleato/store/storetest"
)

func ptr[T any](v T) *T { return &v }

func TestChatJSON(t *testing.T) {
	s := storetest.OpenAt(t, newClock().now)
	c := &store.Chat{ID: "chat-1", Title: "Ciao", Model: "demo"}
	must(t, s.CreateChat(ctx(t), guest(s), c))
	got, err := json.Marshal(c)
	must(t, err)
	want := `{"id":"chat-1","title":"Ciao","visibility":"private","model":"demo","headId":null,"pinnedAt":null,` +
		`"streamId":null,"createdAt":"2026-11-22T12:00:00Z","updatedAt":"2026-11-22T12:00:00Z"}`
	if diff := cmp.Diff(want, string(got)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestChatCreate(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		u, other := guest(s), guest(s)
		c := &store.Chat{Title: " a\x00\n\tb\x1b[31m\xff ", Model: "m"}
		must(t, s.CreateChat(ctx(t), u, c))
		if !u.Saved || c.Title != "a b[31m\uFFFD" || c.Visibility != store.Private || !store.ValidID(c.ID) {
			t.Errorf("%+v of %+v", c, u)
		}
		read, err := s.Chat(ctx(t), u.ID, c.ID)
		must(t, err)
		if diff := cmp.Diff(c, read); diff != "" {
			t.Errorf("as saved (-made +read):\n%s", diff)
		}
		empty := &store.Chat{}
		must(t, s.CreateChat(ctx(t), u, empty))
		if empty.Title == "" {
			t.Error("no placeholder for a title")
		}
		wantField(t, s.CreateChat(ctx(t), u, &store.Chat{ID: c.ID}), store.Conflict, "id")
		wantCode(t, s.CreateChat(ctx(t), other, &store.Chat{ID: c.ID}), store.NotFound)
		if other.Saved || count(t, s, "users") != 1 {
			t.Error("a guest was saved for nothing")
		}
		for field, bad := range map[string]*store.Chat{
			"id": {ID: "a/b"}, "visibility": {Visibility: "secret"}, "model": {Model: strings.Repeat("m", 201)},
			"title": {Title: strings.Repeat("é", 201)},
		} {
			wantField(t, s.CreateChat(ctx(t), u, bad), store.Invalid, field)
		}
		must(t, s.CreateChat(ctx(t), u, &store.Chat{Title: strings.Repeat("é", 200)}))
	})
}

func TestChatIsItsOwners(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		u, eve := guest(s), guest(s)
		c := start(t, s, u, "ada's").Chat
		eves := start(t, s, eve, "eve's").Chat
		no := func(what string, err error) {
			t.Helper()
			if store.CodeOf(err) != store.NotFound {
				t.Errorf("%s: %v, want not_found", what, err)
			}
		}
		check := func() {
			t.Helper()
			_, err := s.Chat(ctx(t), eve.ID, c.ID)
			no("read", err)
			_, err = s.UpdateChat(ctx(t), eve.ID, c.ID, store.ChatPatch{Title: ptr("mine")})
			no("change", err)
			no("delete", s.DeleteChat(ctx(t), eve.ID, c.ID))
		}
		check()
		_, err := s.ReadableChat(ctx(t), eve.ID, c.ID)
		no("read a private one", err)
		_, err = s.UpdateChat(ctx(t), u.ID, c.ID, store.ChatPatch{Visibility: ptr(store.Public)})
		must(t, err)
		check()
		read, err := s.ReadableChat(ctx(t), eve.ID, c.ID)
		must(t, err)
		if read.Title != "ada's" {
			t.Errorf("%+v", read)
		}
		_, err = s.Chat(ctx(t), u.ID, "no\x00body")
		no("a hostile id", err)
		n, _, err := s.DeleteChats(ctx(t), eve.ID)
		must(t, err)
		_, err = s.Chat(ctx(t), eve.ID, eves.ID)
		no("deleted", err)
		if _, err := s.Chat(ctx(t), u.ID, c.ID); err != nil || n != 1 {
			t.Errorf("eve deleted %d; ada's: %v", n, err)
		}
	})
}

// ReadableChats is ReadableChat for many.
func TestReadableChats(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		u, eve := guest(s), guest(s)
		own, shared, secret, deleted := start(t, s, eve, "own"), start(t, s, u, "shared"), start(t, s, u, "secret"), start(t, s, eve, "deleted")
		_, err := s.UpdateChat(ctx(t), u.ID, shared.Chat.ID, store.ChatPatch{Visibility: ptr(store.Public)})
		must(t, err)
		must(t, s.DeleteChat(ctx(t), eve.ID, deleted.Chat.ID))
		got, err := s.ReadableChats(ctx(t), eve.ID, []string{own.Chat.ID, shared.Chat.ID, secret.Chat.ID, deleted.Chat.ID, "no-such"})
		must(t, err)
		if diff := cmp.Diff(map[string]bool{own.Chat.ID: true, shared.Chat.ID: true}, got); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	})
}

func TestChatUpdate(t *testing.T) {
	c := newClock()
	storetest.EachAt(t, c.now, func(t *testing.T, s *store.Store) {
		u := guest(s)
		r := start(t, s, u, "hello")
		before, err := s.Chat(ctx(t), u.ID, r.Chat.ID)
		must(t, err)
		c.advance(time.Minute)
		got, err := s.UpdateChat(ctx(t), u.ID, r.Chat.ID, store.ChatPatch{
			Title: ptr(" New\nname "), Visibility: ptr(store.Public), Model: ptr("other"),
			HeadID: ptr(r.Question.ID), Pinned: ptr(true), // the newest branch through it ends in the answer
		})
		must(t, err)
		want := *before
		want.Title, want.Visibility, want.Model = "New name", store.Public, "other"
		want.HeadID, want.PinnedAt = ptr(r.Answer.ID), ptr(c.now())
		if diff := cmp.Diff(&want, got); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		read, err := s.Chat(ctx(t), u.ID, r.Chat.ID)
		must(t, err)
		if diff := cmp.Diff(got, read); diff != "" {
			t.Errorf("as saved (-returned +read):\n%s", diff)
		}
		for field, p := range map[string]store.ChatPatch{
			"title": {Title: ptr(" \n ")}, "visibility": {Visibility: ptr("")}, "headId": {HeadID: ptr("elsewhere")},
		} {
			_, err := s.UpdateChat(ctx(t), u.ID, r.Chat.ID, p)
			wantField(t, err, store.Invalid, field)
		}
		got, err = s.UpdateChat(ctx(t), u.ID, r.Chat.ID, store.ChatPatch{Pinned: ptr(false)})
		must(t, err)
		if got.PinnedAt != nil || got.Title != "New name" {
			t.Errorf("unpinned: %+v", got)
		}
	})
}

func TestSetTitle(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		u := guest(s)
		c := start(t, s, u, "placeholder").Chat
		done, err := s.SetTitle(ctx(t), c.ID, "placeholder", " By a\x00 model "+strings.Repeat("x", 300))
		must(t, err)
		read, err := s.Chat(ctx(t), u.ID, c.ID)
		must(t, err)
		if !done || !strings.HasPrefix(read.Title, "By a model x") || len(read.Title) != 200 {
			t.Errorf("%v, %q", done, read.Title)
		}
		_, err = s.UpdateChat(ctx(t), u.ID, c.ID, store.ChatPatch{Title: ptr("By a person")})
		must(t, err)
		for _, to := range []string{"Too late", ""} {
			if done, err := s.SetTitle(ctx(t), c.ID, "placeholder", to); done || err != nil {
				t.Errorf("%q after a person's: %v, %v", to, done, err)
			}
		}
		read, err = s.Chat(ctx(t), u.ID, c.ID)
		must(t, err)
		if read.Title != "By a person" {
			t.Errorf("title %q", read.Title)
		}
	})
}

func TestDeleteCascades(t *testing.T) {
	c := newClock()
	storetest.EachAt(t, c.now, func(t *testing.T, s *store.Store) {
		u := register(t, s, "ada")
		keep, gone := start(t, s, u, "stays"), start(t, s, u, "goes")
		must(t, s.DeleteChat(ctx(t), u.ID, gone.Chat.ID))
		wantCode(t, s.DeleteChat(ctx(t), u.ID, gone.Chat.ID), store.NotFound)
		c.advance(store.UndoTime)
		_, err := s.PurgeChats(ctx(t))
		must(t, err)
		if c, m, st := count(t, s, "chats"), count(t, s, "messages"), count(t, s, "streams"); c != 1 || m != 2 || st != 1 {
			t.Errorf("left: %d chats, %d messages, %d streams", c, m, st)
		}
		_, err = s.Stream(ctx(t), gone.Stream.ID)
		wantCode(t, err, store.NotFound)
		err = s.FinishReply(ctx(t), store.Finish{StreamID: gone.Stream.ID, ChatID: gone.Chat.ID, MessageID: gone.Answer.ID, Status: store.StatusComplete})
		wantCode(t, err, store.NotFound)
		must(t, s.Checkpoint(ctx(t), []store.Checkpoint{{StreamID: gone.Stream.ID, ChatID: gone.Chat.ID, MessageID: gone.Answer.ID}}, []string{gone.Stream.ID}))
		finish(t, s, keep, "whole")
		_, err = s.Writer().NewDelete().Table("users").Where("id = ?", u.ID).Exec(ctx(t))
		must(t, err)
		for _, table := range []string{"chats", "messages", "streams"} {
			if n := count(t, s, table); n != 0 {
				t.Errorf("%d %s outlive their user", n, table)
			}
		}
	})
}
