package store_test

import (
	"testing"

	"alleato/store"
	"alleato/store/storetest"
)

// TestPartialVersions: what the assistant has begun is partial until it has ended it, and for good when it was cut off,
// however that happened. What is made of it is a version like any other.
func TestPartialVersions(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		u := guest(s)
		partial := func(d *store.Document, version int) bool {
			t.Helper()
			got, err := s.Document(ctx(t), u.ID, d.ID, version)
			must(t, err)
			list, _, err := s.Versions(ctx(t), u.ID, d.ID, 0, "")
			must(t, err)
			if listed := list[len(list)-got.Version].Partial; listed != got.Partial {
				t.Errorf("version %d is partial: %v, in the list %v", got.Version, got.Partial, listed)
			}
			return got.Partial
		}
		r := start(t, s, u, "Talk")
		ends := map[string]struct {
			end  func(w store.Writing) error
			want bool
		}{
			"written to its end": {func(w store.Writing) error { return s.EndVersion(ctx(t), w) }, false},
			"broken off": {func(w store.Writing) error {
				w.Partial = true
				return s.EndVersion(ctx(t), w)
			}, true},
			"left by its reply": {func(store.Writing) error {
				return s.FinishReply(ctx(t), store.Finish{StreamID: r.Stream.ID, ChatID: r.Chat.ID, MessageID: r.Answer.ID, Status: store.StatusComplete})
			}, true},
		}
		for name, c := range ends {
			r = start(t, s, u, "Talk")
			d := &store.Document{Kind: store.KindText, Author: store.AuthorAssistant, ChatID: &r.Chat.ID, MessageID: &r.Answer.ID, StreamID: &r.Stream.ID}
			must(t, s.CreateDocument(ctx(t), u, d))
			if !partial(d, 1) {
				t.Errorf("%s: while it is written it is whole", name)
			}
			must(t, c.end(store.Writing{DocumentID: d.ID, StreamID: r.Stream.ID, Version: 1, Content: "one"}))
			if got := partial(d, 1); got != c.want {
				t.Errorf("%s: partial is %v", name, got)
			}
		}
		r = start(t, s, u, "Talk")
		d := newDocument(t, s, u, store.KindText, "Plan", "one")
		_, err := s.BeginVersion(ctx(t), u.ID, d.ID, r.Answer.ID, r.Stream.ID, "tw")
		must(t, err)
		_, err = s.InterruptStreams(ctx(t), "", 0)
		must(t, err)
		if !partial(d, 2) || partial(d, 1) {
			t.Error("after a crash the version that was written is whole, or the one before partial")
		}
		_, err = s.EditDocument(ctx(t), u.ID, d.ID, "m", "tw", "two")
		must(t, err)
		if partial(d, 3) {
			t.Error("the assistant's edit of it is partial")
		}
		_, err = s.RestoreVersion(ctx(t), u.ID, d.ID, 2)
		must(t, err)
		save(t, s, d, "two", false)
		if partial(d, 4) || partial(d, 5) || !partial(d, 2) {
			t.Error("a person's version is partial, or the cut one no longer")
		}
	})
}

// TestPartialVersionsTravel: an import takes it over; a person's version is never partial.
func TestPartialVersionsTravel(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		u := register(t, s, "ada")
		for author, want := range map[string]bool{store.AuthorAssistant: true, store.AuthorUser: false} {
			d := &store.Document{ID: store.NewID(), Version: 1, Kind: store.KindText, Author: author, Content: ptr("half"), Partial: true}
			_, _, err := s.ImportVersion(ctx(t), u, d)
			must(t, err)
			got, err := s.Document(ctx(t), u.ID, d.ID, 0)
			must(t, err)
			if got.Partial != want {
				t.Errorf("of %s: partial is %v", author, got.Partial)
			}
		}
	})
}
