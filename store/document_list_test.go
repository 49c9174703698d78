package store_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"alleato/store"
	"alleato/store/storetest"
)

// TestDocumentList: pages by keyset, narrowed by kind and words, and found by search as it is now.
func TestDocumentList(t *testing.T) {
	c := newClock()
	storetest.EachAt(t, c.now, func(t *testing.T, s *store.Store) {
		u := guest(s)
		for i := range 5 {
			c.advance(time.Second)
			newDocument(t, s, u, []string{store.KindText, store.KindCode}[i%2], fmt.Sprint("Plan ", i), fmt.Sprint("The café number ", i))
		}
		list := func(q store.DocumentQuery) (titles []string) {
			t.Helper()
			for {
				page, next, err := s.Documents(ctx(t), u.ID, q)
				must(t, err)
				for _, d := range page {
					if d.Content != nil || d.Preview == "" {
						t.Errorf("listed %+v", d)
					}
					titles = append(titles, d.Title)
				}
				if q.Cursor = next; next == "" {
					return titles
				}
			}
		}
		for _, want := range []struct {
			q      store.DocumentQuery
			titles []string
		}{
			{store.DocumentQuery{Limit: 2}, []string{"Plan 4", "Plan 3", "Plan 2", "Plan 1", "Plan 0"}},
			{store.DocumentQuery{Limit: 1, Kind: "code"}, []string{"Plan 3", "Plan 1"}},
			{store.DocumentQuery{Limit: 1, Q: "cafe numb"}, []string{"Plan 4", "Plan 3", "Plan 2", "Plan 1", "Plan 0"}},
			{store.DocumentQuery{Q: `"`}, nil}, {store.DocumentQuery{Q: "plan 3"}, []string{"Plan 3"}},
		} {
			if diff := cmp.Diff(want.titles, list(want.q)); diff != "" {
				t.Errorf("%+v (-want +got):\n%s", want.q, diff)
			}
		}
		page, _, err := s.Documents(ctx(t), u.ID, store.DocumentQuery{Q: "plan 0"})
		must(t, err)
		d := &page[0]
		w, err := s.BeginVersion(ctx(t), u.ID, d.ID, "m", "s", "")
		must(t, err)
		must(t, s.WriteVersions(ctx(t), []store.Writing{{DocumentID: d.ID, StreamID: "s", Version: w.Version, Content: "underway"}}))
		wants := func(query string, want ...string) {
			t.Helper()
			if diff := cmp.Diff(append([]string{}, want...), found(t, s, u, query)); diff != "" {
				t.Errorf("%s (-want +got):\n%s", query, diff)
			}
		}
		wants("underway")
		must(t, s.EndVersion(ctx(t), store.Writing{DocumentID: d.ID, StreamID: "s", Version: w.Version, Content: "arrived"}))
		wants("arrived", "document [arrived]")
		title := "Renamed"
		_, err = s.UpdateDocument(ctx(t), u.ID, d.ID, store.DocumentPatch{Title: &title})
		must(t, err)
		wants("renamed arrived", "document [arrived]")
		must(t, s.DeleteDocument(ctx(t), u.ID, d.ID))
		wants("arrived")
	})
}

// TestDocumentManyVersions: what opening costs does not grow with the versions.
func TestDocumentManyVersions(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		u := guest(s)
		few, many := newDocument(t, s, u, "text", "few", "x"), newDocument(t, s, u, "text", "many", "x")
		text := strings.Repeat("word ", 10_000)
		for i := range 199 {
			save(t, s, many, text, false)
			if i == 0 {
				save(t, s, few, text, false)
			}
		}
		open := func(d *store.Document) time.Duration {
			best := time.Hour
			for range 30 {
				start := time.Now()
				got, err := s.Document(ctx(t), u.ID, d.ID, 0)
				must(t, err)
				if best = min(best, time.Since(start)); got.Previous != got.Version-1 {
					t.Fatalf("%+v", got)
				}
			}
			return best
		}
		if a, b := open(few), open(many); b > 3*a+time.Millisecond {
			t.Errorf("a document of 2 versions opens in %s, one of 200 in %s", a, b)
		}
		first, next, err := s.Versions(ctx(t), u.ID, many.ID, 100, "")
		must(t, err)
		second, end, err := s.Versions(ctx(t), u.ID, many.ID, 100, next)
		must(t, err)
		if len(first)+len(second) != 200 || end != "" || second[99].Version != 1 {
			t.Errorf("%d and %d versions, then %q", len(first), len(second), end)
		}
	})
}
