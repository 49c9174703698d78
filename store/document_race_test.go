package store_test

import (
	"errors"
	"fmt"
	"sync"
	"testing"

	"alleato/store"
	"alleato/store/storetest"
)

// TestEndVersionBesideSave: a reply that ends its version while the owner saves the next one loses
// neither text, and both are at rest afterwards.
func TestEndVersionBesideSave(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		u := guest(s)
		d := newDocument(t, s, u, store.KindText, "Plan", "one")
		for i := range 40 {
			stream := fmt.Sprint("stream", i)
			w, err := s.BeginVersion(ctx(t), u.ID, d.ID, "m", stream, "")
			must(t, err)
			var both sync.WaitGroup
			var ended, saved error
			both.Add(2)
			go func() {
				defer both.Done()
				ended = s.EndVersion(ctx(t), store.Writing{DocumentID: d.ID, StreamID: stream, Version: w.Version, Content: "the assistant's"})
			}()
			go func() {
				defer both.Done()
				_, saved = s.SaveDocument(ctx(t), u.ID, d.ID, store.DocumentSave{Content: "the owner's"})
			}()
			both.Wait()
			if err := errors.Join(ended, saved); err != nil {
				t.Fatalf("round %d: ended %v, saved %v", i, ended, saved)
			}
			got, err := s.Document(ctx(t), u.ID, d.ID, w.Version)
			must(t, err)
			if got.Text() != "the assistant's" || got.StreamID != nil {
				t.Fatalf("round %d: version %d is %q, still written by %v", i, got.Version, got.Text(), got.StreamID)
			}
		}
	})
}

// TestAutosaveWithoutBase: one tab's autosave takes the place of what it was made from, never of what
// another tab has saved meanwhile.
func TestAutosaveWithoutBase(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		u := guest(s)
		d := newDocument(t, s, u, store.KindText, "Plan", "one")
		auto := func(content string, base int) *store.Document {
			t.Helper()
			saved, err := s.SaveDocument(ctx(t), u.ID, d.ID, store.DocumentSave{Content: content, Base: base, Autosave: true})
			must(t, err)
			return saved
		}
		first := auto("the first tab's", 1)
		auto("the second tab's", 0)
		kept, err := s.Document(ctx(t), u.ID, d.ID, first.Version)
		must(t, err)
		if kept.Text() != "the first tab's" {
			t.Errorf("version %d holds %q", first.Version, kept.Text())
		}
	})
}

// TestFinishedReplyEndsItsVersions: whatever a reply has left unended is ended with it.
func TestFinishedReplyEndsItsVersions(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		u := guest(s)
		r := start(t, s, u, "Talk")
		d := newDocument(t, s, u, store.KindText, "Plan", "one")
		_, err := s.BeginVersion(ctx(t), u.ID, d.ID, r.Answer.ID, r.Stream.ID, "half")
		must(t, err)
		must(t, s.FinishReply(ctx(t), store.Finish{StreamID: r.Stream.ID, ChatID: r.Chat.ID, MessageID: r.Answer.ID, Status: store.StatusComplete}))
		got, err := s.Document(ctx(t), u.ID, d.ID, 0)
		must(t, err)
		if got.StreamID != nil || got.Text() != "half" {
			t.Errorf("the version is %q, still written by %v", got.Text(), got.StreamID)
		}
	})
}

// TestVersionOfAnySize: a number that no version can have is no version, on either database.
func TestVersionOfAnySize(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		u := guest(s)
		d := newDocument(t, s, u, store.KindText, "Plan", "one")
		for _, version := range []int{1 << 31, 1 << 62, -1} {
			for name, read := range map[string]func() (*store.Document, error){
				"own":      func() (*store.Document, error) { return s.Document(ctx(t), u.ID, d.ID, version) },
				"readable": func() (*store.Document, error) { return s.ReadableDocument(ctx(t), u.ID, d.ID, version) },
				"restored": func() (*store.Document, error) { return s.RestoreVersion(ctx(t), u.ID, d.ID, version) },
			} {
				if _, err := read(); store.CodeOf(err) != store.NotFound {
					t.Errorf("version %d, %s: %v", version, name, err)
				}
			}
		}
	})
}

// TestEditBesideSave: an edit of the assistant's works on what is newest when it is made.
func TestEditBesideSave(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		u := guest(s)
		d := newDocument(t, s, u, store.KindText, "Plan", "red green")
		var both sync.WaitGroup
		var edited, saved error
		both.Add(2)
		go func() {
			defer both.Done()
			_, edited = s.EditDocument(ctx(t), u.ID, d.ID, "m", "green", "blue")
		}()
		go func() {
			defer both.Done()
			_, saved = s.SaveDocument(ctx(t), u.ID, d.ID, store.DocumentSave{Content: "deep red green", Base: 1})
		}()
		both.Wait()
		must(t, edited)
		now, err := s.Document(ctx(t), u.ID, d.ID, 0)
		must(t, err)
		stale := store.CodeOf(saved) == store.Conflict && now.Text() == "red blue"
		if !stale && (saved != nil || now.Text() != "deep red blue") {
			t.Errorf("saved: %v; the newest is %q", saved, now.Text())
		}
		for _, from := range []string{"", "absent", "e"} {
			_, err := s.EditDocument(ctx(t), u.ID, d.ID, "m", from, "x")
			wantCode(t, err, store.Invalid)
		}
	})
}

// TestImportedVersionNumbers: an archive may not take the numbers of the versions to come.
func TestImportedVersionNumbers(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		u := guest(s)
		newDocument(t, s, u, store.KindText, "Mine", "one")
		for version, want := range map[int]store.Code{0: store.Invalid, 1 << 30: "", 1<<31 - 1: store.Invalid, 1 << 40: store.Invalid} {
			content := "old"
			d := &store.Document{ID: store.NewID(), Version: version, Kind: store.KindText, Author: store.AuthorUser, Content: &content, CreatedAt: s.Now(), UpdatedAt: s.Now()}
			_, _, err := s.ImportVersion(ctx(t), u, d)
			if got := store.CodeOf(err); got != want {
				t.Errorf("version %d: %v", version, err)
			}
			if err == nil && save(t, s, d, "new", false).Version != version+1 {
				t.Errorf("version %d has no next one", version)
			}
		}
	})
}
