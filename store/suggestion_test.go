package store_test

import (
	"testing"

	"alleato/store"
	"alleato/store/storetest"
)

// TestSuggestionPlace: which of several places is meant, and that suggestions accepted together do not
// change each other's words.
func TestSuggestionPlace(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		u := guest(s)
		d := newDocument(t, s, u, "text", "Plan", "a cat, a cat, a cat")
		g := suggest(t, s, d, "a cat", "a dog")
		_, now, err := s.ResolveSuggestion(ctx(t), u.ID, g.ID, store.Resolution{Status: "accepted", Occurrence: 2})
		must(t, err)
		if now.Text() != "a cat, a dog, a cat" {
			t.Errorf("the second one: %q", now.Text())
		}
		g = suggest(t, s, d, "a cat", "a hen")
		_, _, err = s.ResolveSuggestion(ctx(t), u.ID, g.ID, store.Resolution{Status: "accepted", Occurrence: 3})
		wantCode(t, err, store.Conflict)
		if _, now, err = s.ResolveSuggestion(ctx(t), u.ID, g.ID, store.Resolution{Status: "accepted"}); err != nil || now.Text() != "a hen, a dog, a cat" {
			t.Errorf("the first one: %q, %v", now.Text(), err)
		}

		d = newDocument(t, s, u, "text", "Plan", "A big house, a red car.")
		for _, words := range [][2]string{{"red", "green"}, {"big", "very red"}, {"red car", "bike"}} {
			suggest(t, s, d, words[0], words[1])
		}
		n, now, err := s.AcceptSuggestions(ctx(t), u.ID, d.ID)
		must(t, err)
		if n != 2 || now.Text() != "A very red house, a green car." {
			t.Errorf("%d together: %q", n, now.Text())
		}
	})
}
