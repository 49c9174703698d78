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
		n, now, err := s.AcceptSuggestions(ctx(t), u.ID, d.ID, nil)
		must(t, err)
		if n != 2 || now.Text() != "A very red house, a green car." {
			t.Errorf("%d together: %q", n, now.Text())
		}

		d = newDocument(t, s, u, "text", "Plan", "a cat, a cat, a dog, a cat")
		hen, fox, cow := suggest(t, s, d, "cat", "hen"), suggest(t, s, d, "cat", "fox"), suggest(t, s, d, "dog", "cow")
		n, now, err = s.AcceptSuggestions(ctx(t), u.ID, d.ID, map[string]int{hen.ID: 3, fox.ID: 2, cow.ID: 7})
		must(t, err)
		if n != 2 || now.Text() != "a cat, a fox, a dog, a hen" {
			t.Errorf("%d together, each at its place: %q", n, now.Text())
		}
	})
}

// TestSuggestionBreaks: a suggestion has the line breaks of its document, where these are all alike.
func TestSuggestionBreaks(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		u := guest(s)
		for _, c := range [][4]string{
			{"one\r\ntwo\r\n", "one\ntwo", "three\nfour", "three\r\nfour\r\n"},
			{"one\r\ntwo\r\n", "one\r\ntwo", "three\nfour", "three\r\nfour\r\n"},
			{"one\r\ntwo", "two", "three\nfour", "one\r\nthree\r\nfour"},
			{"one\ntwo", "one\ntwo", "three\nfour", "three\nfour"},
			{"one\r\ntwo\nthree", "two\nthree", "four\nfive", "one\r\nfour\nfive"},
		} {
			d := newDocument(t, s, u, "code", "Program", c[0])
			g := suggest(t, s, d, c[1], c[2])
			_, now, err := s.ResolveSuggestion(ctx(t), u.ID, g.ID, store.Resolution{Status: "accepted"})
			must(t, err)
			if now.Text() != c[3] {
				t.Errorf("%q: %q", c, now.Text())
			}
		}
	})
}
