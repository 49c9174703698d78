package store_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"alleato/store"
	"alleato/store/storetest"
)

func newDocument(t testing.TB, s *store.Store, u *store.User, kind, title, content string) *store.Document {
	t.Helper()
	d := &store.Document{Kind: kind, Title: title, Content: &content}
	must(t, s.CreateDocument(ctx(t), u, d))
	return d
}

func save(t testing.TB, s *store.Store, d *store.Document, content string, auto bool) *store.Document {
	t.Helper()
	next := store.DocumentSave{Content: content, Autosave: auto}
	if auto {
		newest, err := s.Document(ctx(t), d.UserID, d.ID, 0)
		must(t, err)
		next.Base = newest.Version
	}
	saved, err := s.SaveDocument(ctx(t), d.UserID, d.ID, next)
	must(t, err)
	return saved
}

// numbers lists the versions of a document, newest first; an autosave is marked.
func numbers(t testing.TB, s *store.Store, d *store.Document) (list []string) {
	t.Helper()
	versions, _, err := s.Versions(ctx(t), d.UserID, d.ID, 0, "")
	must(t, err)
	for _, v := range versions {
		mark := ""
		if v.Autosave {
			mark = "~"
		}
		list = append(list, fmt.Sprint(v.Version, mark))
	}
	return list
}

// TestDocumentVersions: numbers only grow, an autosave replaces the person's own young autosave alone,
// what is older stays, restoring adds a copy.
func TestDocumentVersions(t *testing.T) {
	c := newClock()
	storetest.EachAt(t, c.now, func(t *testing.T, s *store.Store) {
		u, eve := guest(s), guest(s)
		d := newDocument(t, s, u, store.KindText, "  Plan\n A ", "one")
		if d.Title != "Plan A" || d.Version != 1 || d.Author != store.AuthorUser {
			t.Errorf("created %+v", d)
		}
		wants := func(step string, want ...string) {
			t.Helper()
			if diff := cmp.Diff(want, numbers(t, s, d)); diff != "" {
				t.Errorf("%s (-want +got):\n%s", step, diff)
			}
		}
		save(t, s, d, "two", true)
		wants("the first autosave replaces no save", "2~", "1")
		c.advance(time.Minute)
		save(t, s, d, "three", true)
		wants("the next one does, under a higher number", "3~", "1")
		save(t, s, d, "four", false)
		save(t, s, d, "five", true)
		wants("a save stays", "5~", "4", "3~", "1")
		c.advance(store.AutosaveTime)
		save(t, s, d, "six", true)
		wants("an old autosave stays", "6~", "5~", "4", "3~", "1")
		w, err := s.BeginVersion(ctx(t), u.ID, d.ID, "m", "stream", "")
		must(t, err)
		must(t, s.WriteVersions(ctx(t), []store.Writing{{DocumentID: d.ID, StreamID: "stream", Version: w.Version, Content: "sev"}}))
		must(t, s.EndVersion(ctx(t), store.Writing{DocumentID: d.ID, StreamID: "stream", Version: w.Version, Content: "seven"}))
		must(t, s.WriteVersions(ctx(t), []store.Writing{{DocumentID: d.ID, StreamID: "stream", Version: w.Version, Content: "late"}}))
		save(t, s, d, "eight", true)
		wants("the assistant's stays", "8~", "7", "6~", "5~", "4", "3~", "1")
		restored, err := s.RestoreVersion(ctx(t), u.ID, d.ID, 1)
		must(t, err)
		wants("restored", "9", "8~", "7", "6~", "5~", "4", "3~", "1")
		if restored.Text() != "one" || restored.Version != 9 {
			t.Errorf("restored %+v", restored)
		}
		seven, err := s.Document(ctx(t), u.ID, d.ID, 7)
		must(t, err)
		if seven.Text() != "seven" || seven.Author != store.AuthorAssistant || *seven.MessageID != "m" || seven.Previous != 6 || seven.Next != 8 || seven.Head != 9 {
			t.Errorf("seven: %+v %q", seven, seven.Text())
		}
		for _, v := range []int{2, 10, -1, 1 << 30} {
			_, err := s.Document(ctx(t), u.ID, d.ID, v)
			wantCode(t, err, store.NotFound)
			_, err = s.RestoreVersion(ctx(t), u.ID, d.ID, v)
			wantCode(t, err, store.NotFound)
		}
		for name, call := range map[string]func() error{
			"read":     func() error { _, err := s.Document(ctx(t), eve.ID, d.ID, 0); return err },
			"share":    func() error { _, err := s.ReadableDocument(ctx(t), eve.ID, d.ID, 0); return err },
			"save":     func() error { _, err := s.SaveDocument(ctx(t), eve.ID, d.ID, store.DocumentSave{}); return err },
			"patch":    func() error { _, err := s.UpdateDocument(ctx(t), eve.ID, d.ID, store.DocumentPatch{}); return err },
			"restore":  func() error { _, err := s.RestoreVersion(ctx(t), eve.ID, d.ID, 1); return err },
			"versions": func() error { _, _, err := s.Versions(ctx(t), eve.ID, d.ID, 0, ""); return err },
			"delete":   func() error { return s.DeleteDocument(ctx(t), eve.ID, d.ID) },
			"write":    func() error { _, err := s.BeginVersion(ctx(t), eve.ID, d.ID, "m", "s", ""); return err },
		} {
			if got := store.CodeOf(call()); got != store.NotFound {
				t.Errorf("a stranger's %s: %q", name, got)
			}
		}
		must(t, s.DeleteDocument(ctx(t), u.ID, d.ID))
		if n := count(t, s, "document_versions") + count(t, s, "document_entries"); n != 0 {
			t.Errorf("%d rows are left", n)
		}
	})
}

// TestDocumentStale: of two that save over the same version one is told, with both texts.
func TestDocumentStale(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		u := guest(s)
		d := newDocument(t, s, u, store.KindText, "Plan", "one")
		results := make(chan error, 8)
		for i := range 8 {
			go func() {
				_, err := s.SaveDocument(ctx(t), u.ID, d.ID, store.DocumentSave{Content: fmt.Sprint("mine ", i), Base: 1, Autosave: true})
				results <- err
			}()
		}
		saved := 0
		for range 8 {
			var stale *store.StaleError
			switch err := <-results; {
			case err == nil:
				saved++
			case !errors.As(err, &stale) || store.CodeOf(err) != store.Conflict:
				t.Error(err)
			case stale.Current.Version != 2 || !strings.HasPrefix(stale.Current.Text(), "mine") || !strings.HasPrefix(stale.Yours, "mine") || stale.Yours == stale.Current.Text():
				t.Errorf("%+v", stale)
			}
		}
		if saved != 1 {
			t.Errorf("%d were saved", saved)
		}
	})
}

// TestDocumentLimits: what is no text, too long, or no picture of one's own is refused.
func TestDocumentLimits(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		u, eve := guest(s), guest(s)
		mine, hers := s.NewFile(u.ID, store.Uploads, "a.png", "image/png"), s.NewFile(eve.ID, store.Uploads, "b.png", "image/png")
		must(t, s.CreateFile(ctx(t), u, mine, 0))
		must(t, s.CreateFile(ctx(t), eve, hers, 0))
		language := "Go"
		for _, c := range []struct {
			kind, title, content string
			want                 store.Code
		}{
			{"text", "", strings.Repeat("é", 500_000), ""},
			{"text", "", strings.Repeat("x", 5<<20), store.TooLarge},
			{"text", "", "a\x00b", store.Unsupported},
			{"text", "", "a\xffb", store.Unsupported},
			{"text", "", "\x1b[1mlog\x1b[0m\ttab\r\n", ""},
			{"code", strings.Repeat("é", 201), "x", store.Invalid},
			{"pdf", "", "x", store.Invalid},
			{"sheet", "", "a,\"broken\nb", ""},
			{"image", "", mine.ID, ""},
			{"image", "", hers.ID, store.Invalid},
			{"image", "", "http://elsewhere.example/x.png", store.Invalid},
		} {
			err := s.CreateDocument(ctx(t), u, &store.Document{Kind: c.kind, Title: c.title, Content: &c.content, Language: &language})
			if store.CodeOf(err) != c.want {
				t.Errorf("%s %.20q: %v, want %q", c.kind, c.content, err, c.want)
			}
		}
		chat := start(t, s, eve, "hers").Chat.ID
		err := s.CreateDocument(ctx(t), u, &store.Document{Kind: "text", ChatID: &chat})
		wantField(t, err, store.NotFound, "chatId")
	})
}

// TestDocumentSharing: by its own link without its chat, or with its chat, and cut at once.
func TestDocumentSharing(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		u := guest(s)
		talk := start(t, s, u, "Talk")
		chat, content := talk.Chat, "one"
		d := &store.Document{Kind: "text", Title: "T", Content: &content, ChatID: &chat.ID, Author: store.AuthorAssistant, MessageID: &talk.Answer.ID}
		must(t, s.CreateDocument(ctx(t), u, d))
		save(t, s, d, "secret", false)
		save(t, s, d, "three", false)
		_, err := s.BeginVersion(ctx(t), u.ID, d.ID, "on-a-way-not-taken", "stream", "hidden")
		must(t, err)
		must(t, s.EndVersion(ctx(t), store.Writing{DocumentID: d.ID, StreamID: "stream", Version: 4, Content: "hidden"}))
		save(t, s, d, "five", false)
		sees := func(step string, want ...string) {
			t.Helper()
			got := []string{}
			for version := range 6 {
				r, err := s.ReadableDocument(ctx(t), "", d.ID, version)
				if err == nil {
					got = append(got, fmt.Sprint(version, r.Text(), r.ChatID != nil))
				}
			}
			if diff := cmp.Diff(append([]string{}, want...), got); diff != "" {
				t.Errorf("%s (-want +got):\n%s", step, diff)
			}
		}
		visibility := func(v string) {
			t.Helper()
			_, err := s.UpdateChat(ctx(t), u.ID, chat.ID, store.ChatPatch{Visibility: &v})
			must(t, err)
		}
		public, private := store.Public, store.Private
		sees("private")
		visibility(public)
		sees("in a public chat", "0fivetrue", "1onetrue", "5fivetrue")
		visibility(private)
		sees("private again")
		_, err = s.UpdateDocument(ctx(t), u.ID, d.ID, store.DocumentPatch{Visibility: &public})
		must(t, err)
		sees("by its own link", "0fivefalse", "5fivefalse")
		must(t, s.DeleteChat(ctx(t), u.ID, chat.ID))
		own, err := s.Document(ctx(t), u.ID, d.ID, 0)
		must(t, err)
		if own.ChatID != nil {
			t.Error("the document names a deleted chat")
		}
		_, err = s.RestoreChat(ctx(t), u.ID, chat.ID)
		must(t, err)
		visibility(public)
		_, err = s.UpdateDocument(ctx(t), u.ID, d.ID, store.DocumentPatch{Visibility: &private})
		must(t, err)
		must(t, s.DeleteChat(ctx(t), u.ID, chat.ID))
		sees("its public chat is deleted")
	})
}

// TestDocumentOutlivesChat: destroying a chat leaves the document, which only its own deletion ends.
func TestDocumentOutlivesChat(t *testing.T) {
	c := newClock()
	storetest.EachAt(t, c.now, func(t *testing.T, s *store.Store) {
		u := guest(s)
		chat := start(t, s, u, "Talk").Chat
		d := &store.Document{Kind: "text", Title: "T", ChatID: &chat.ID}
		must(t, s.CreateDocument(ctx(t), u, d))
		must(t, s.DeleteChat(ctx(t), u.ID, chat.ID))
		c.advance(store.UndoTime)
		_, err := s.PurgeChats(ctx(t))
		must(t, err)
		if _, err := s.Document(ctx(t), u.ID, d.ID, 0); err != nil {
			t.Error(err)
		}
		was := *u
		register(t, s, "ada")
		u, err = s.SignIn(ctx(t), credentials("ada"), &was)
		must(t, err)
		if _, err := s.Document(ctx(t), u.ID, d.ID, 0); err != nil {
			t.Errorf("after the guest signed in: %v", err)
		}
		if got := found(t, s, u, "T"); len(got) != 1 {
			t.Errorf("found %q", got)
		}
	})
}

// TestInterruptEndsVersions: what a dead process was writing stays, and can be found.
func TestInterruptEndsVersions(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		u := guest(s)
		r := start(t, s, u, "Talk")
		d := newDocument(t, s, u, "text", "Plan", "x")
		w, err := s.BeginVersion(ctx(t), u.ID, d.ID, r.Answer.ID, r.Stream.ID, "")
		must(t, err)
		must(t, s.WriteVersions(ctx(t), []store.Writing{{DocumentID: d.ID, StreamID: r.Stream.ID, Version: w.Version, Content: "halfway"}}))
		_, err = s.InterruptStreams(ctx(t), "", 0)
		must(t, err)
		got, err := s.Document(ctx(t), u.ID, d.ID, 0)
		must(t, err)
		if got.StreamID != nil || got.Text() != "halfway" || len(found(t, s, u, "halfway")) != 1 {
			t.Errorf("%+v %q", got, got.Text())
		}
	})
}

func suggest(t testing.TB, s *store.Store, d *store.Document, from, to string) *store.Suggestion {
	t.Helper()
	g := &store.Suggestion{OriginalText: from, SuggestedText: to, Description: "better"}
	must(t, s.CreateSuggestion(ctx(t), d.UserID, d.ID, g))
	return g
}

// TestSuggestions: accepting makes a version, dismissing none, and what no longer fits says so and waits.
func TestSuggestions(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		u, eve := guest(s), guest(s)
		d := newDocument(t, s, u, "text", "Plan", "A big house and a red car.")
		for from, to := range map[string]string{"nowhere": "x", "": "x", "big": "big"} {
			err := s.CreateSuggestion(ctx(t), u.ID, d.ID, &store.Suggestion{OriginalText: from, SuggestedText: to})
			wantCode(t, err, store.Invalid)
		}
		wantCode(t, s.CreateSuggestion(ctx(t), eve.ID, d.ID, &store.Suggestion{OriginalText: "big", SuggestedText: "x"}), store.NotFound)
		big, red, car, gone := suggest(t, s, d, "big", "large"), suggest(t, s, d, "red", "blue"), suggest(t, s, d, "car", "bike"), suggest(t, s, d, "big house", "hut")
		_, _, err := s.ResolveSuggestion(ctx(t), eve.ID, big.ID, store.Resolution{Status: "accepted"})
		wantCode(t, err, store.NotFound)
		g, now, err := s.ResolveSuggestion(ctx(t), u.ID, big.ID, store.Resolution{Status: "accepted"})
		must(t, err)
		if g.Status != "accepted" || now.Text() != "A large house and a red car." || now.Version != 2 {
			t.Errorf("%+v %q", g, now.Text())
		}
		if _, again, err := s.ResolveSuggestion(ctx(t), u.ID, big.ID, store.Resolution{Status: "accepted"}); err != nil || again.Version != 2 {
			t.Errorf("again: %v", err)
		}
		_, _, err = s.ResolveSuggestion(ctx(t), u.ID, big.ID, store.Resolution{Status: "dismissed"})
		wantCode(t, err, store.Conflict)
		_, _, err = s.ResolveSuggestion(ctx(t), u.ID, gone.ID, store.Resolution{Status: "accepted"})
		wantCode(t, err, store.Conflict)
		if _, now, err = s.ResolveSuggestion(ctx(t), u.ID, red.ID, store.Resolution{Status: "dismissed"}); err != nil || now.Version != 2 {
			t.Errorf("dismissed: %v", err)
		}
		white := suggest(t, s, d, "house", "home")
		n, now, err := s.AcceptSuggestions(ctx(t), u.ID, d.ID, nil)
		must(t, err)
		if n != 2 || now.Text() != "A large home and a red bike." || now.Version != 3 {
			t.Errorf("%d accepted: %q", n, now.Text())
		}
		all, err := s.Suggestions(ctx(t), u.ID, d.ID)
		must(t, err)
		states := map[string]string{}
		for _, g := range all {
			states[g.ID] = g.Status
		}
		want := map[string]string{big.ID: "accepted", red.ID: "dismissed", car.ID: "accepted", white.ID: "accepted", gone.ID: "pending"}
		if diff := cmp.Diff(want, states); diff != "" {
			t.Error(diff)
		}
		none, err := s.Suggestions(ctx(t), eve.ID, d.ID)
		if err != nil || len(none) != 0 {
			t.Errorf("a stranger sees %d, %v", len(none), err)
		}
	})
}
