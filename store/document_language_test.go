package store_test

import (
	"testing"

	"alleato/store"
	"alleato/store/storetest"
)

// TestVersionLanguage: each version of a program is in its own language, and restored it is again.
func TestVersionLanguage(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		u := guest(s)
		python, ruby, none := "python", "ruby", ""
		d := &store.Document{Kind: "code", Title: "Program", Language: &python}
		must(t, s.CreateDocument(ctx(t), u, d))
		is := func(version int, want string) {
			t.Helper()
			got, err := s.Document(ctx(t), u.ID, d.ID, version)
			must(t, err)
			language := none
			if got.Language != nil {
				language = *got.Language
			}
			if language != want {
				t.Errorf("version %d is in %q, want %q", version, language, want)
			}
		}
		w, err := s.BeginVersion(ctx(t), u.ID, d.ID, "m", "stream", "")
		must(t, err)
		is(2, "python")
		must(t, s.EndVersion(ctx(t), store.Writing{DocumentID: d.ID, StreamID: "stream", Version: w.Version, Content: "fn main() {}", Language: "rust"}))
		is(0, "rust")
		is(2, "rust")
		is(1, "python")
		_, err = s.RestoreVersion(ctx(t), u.ID, d.ID, 1)
		must(t, err)
		is(0, "python")
		is(3, "python")
		is(2, "rust")
		_, err = s.SaveDocument(ctx(t), u.ID, d.ID, store.DocumentSave{Content: "puts 1", Language: &ruby})
		must(t, err)
		_, err = s.SaveDocument(ctx(t), u.ID, d.ID, store.DocumentSave{Content: "some words", Language: &none})
		must(t, err)
		is(0, "")
		is(4, "ruby")
		_, err = s.SaveDocument(ctx(t), u.ID, d.ID, store.DocumentSave{Content: "print(1)", Language: &python})
		must(t, err)
		is(5, "")
		is(0, "python")

		// The owner saves before a reply has ended: what that has written is in another language, and the newest is not.
		w, err = s.BeginVersion(ctx(t), u.ID, d.ID, "m", "late", "")
		must(t, err)
		_, err = s.SaveDocument(ctx(t), u.ID, d.ID, store.DocumentSave{Content: "print(2)"})
		must(t, err)
		must(t, s.EndVersion(ctx(t), store.Writing{DocumentID: d.ID, StreamID: "late", Version: w.Version, Content: "package main", Language: "go"}))
		is(0, "python")
		is(w.Version, "go")
	})
}
