package store_test

import (
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"alleato/store"
	"alleato/store/storetest"
)

// usageOf is what somebody's documents take, which must be what their versions really are.
func usageOf(t *testing.T, s *store.Store, u *store.User) store.DocumentUsage {
	t.Helper()
	usage, err := s.DocumentUsage(ctx(t), u)
	must(t, err)
	var real int64
	must(t, s.Reader().NewSelect().TableExpr("document_versions AS v").Join("JOIN documents AS d ON d.id = v.document_id").
		ColumnExpr("CAST(COALESCE(SUM(octet_length(v.content) + 256), 0) AS BIGINT)").Where("d.user_id = ?", u.ID).Scan(ctx(t), &real))
	if usage.Used != real {
		t.Errorf("the documents take %d bytes and are counted as %d", real, usage.Used)
	}
	return usage
}

// TestDocumentSpace: whatever adds to somebody's documents is counted, and refused where there is no room;
// what was there stays.
func TestDocumentSpace(t *testing.T) {
	limits := map[store.Role]store.Limit{store.RoleGuest: {DocumentBytes: 10_000}}
	storetest.EachLimited(t, limits, func(t *testing.T, s *store.Store) {
		u := guest(s)
		text := func(n int) string { return strings.Repeat("é", n/2) }
		d := newDocument(t, s, u, store.KindText, "Plan", text(4000))
		refused := func(what string, err error) {
			t.Helper()
			if store.CodeOf(err) != store.TooLarge || !strings.Contains(err.Error(), "9.8 KB") {
				t.Errorf("%s: %v", what, err)
			}
			usageOf(t, s, u)
		}
		saving := func(n int, auto bool) error {
			newest, err := s.Document(ctx(t), u.ID, d.ID, 0)
			must(t, err)
			_, err = s.SaveDocument(ctx(t), u.ID, d.ID, store.DocumentSave{Content: text(n), Base: newest.Version, Autosave: auto})
			return err
		}
		refused("a save", saving(6000, false))
		must(t, saving(3000, true))
		must(t, saving(4000, true)) // in the place of the one before
		refused("an autosave that grows", saving(8000, true))
		if got := usageOf(t, s, u); got.Used != 4000+4000+2*256 || got.Quota != 10_000 || got.Documents != 1 {
			t.Errorf("usage %+v", got)
		}
		_, err := s.RestoreVersion(ctx(t), u.ID, d.ID, 1)
		refused("a copy of a version", err)
		refused("another document", s.CreateDocument(ctx(t), u, &store.Document{Kind: store.KindText, Content: ptr(text(2000))}))
		_, err = s.EditDocument(ctx(t), u.ID, d.ID, "m", text(4000), text(3000))
		refused("the assistant's edit", err)
		_, _, err = s.ImportVersion(ctx(t), u, &store.Document{ID: store.NewID(), Version: 1, Kind: store.KindText, Author: store.AuthorUser, Content: ptr(text(2000))})
		refused("an import", err)

		w, err := s.BeginVersion(ctx(t), u.ID, d.ID, "m", "stream", "")
		must(t, err)
		left := int64(10_000 - 8000 - 3*256)
		for i, want := range []int64{1000, left - 1000, 0} { // of what is left, as much as there is
			if got, err := s.TakeSpace(ctx(t), d.ID, 1000); err != nil || got != want {
				t.Errorf("taken %d: %d %v, want %d", i, got, err, want)
			}
		}
		if err := saving(5000, false); store.CodeOf(err) != store.TooLarge {
			t.Errorf("a save beside what is being written: %v", err)
		}
		if _, err := s.TakeSpace(ctx(t), store.NewID(), 1); store.CodeOf(err) != store.NotFound {
			t.Errorf("space for a document that is gone: %v", err)
		}
		someone := register(t, s, "ada") // of a role without a bound
		if got, err := s.TakeSpace(ctx(t), newDocument(t, s, someone, store.KindText, "Plan", "x").ID, 1<<40); err != nil || got < 1<<40 {
			t.Errorf("space without a bound: %d %v", got, err)
		}
		must(t, s.EndVersion(ctx(t), store.Writing{DocumentID: d.ID, Version: w.Version, StreamID: "stream", Content: text(5000)})) // nothing written is lost
		if err := saving(100, true); store.CodeOf(err) != store.TooLarge {
			t.Errorf("a save beyond the bound: %v", err)
		}
		if _, err := s.UpdateDocument(ctx(t), u.ID, d.ID, store.DocumentPatch{Title: ptr("Renamed")}); err != nil {
			t.Errorf("a new title: %v", err)
		}
		usageOf(t, s, u)
		must(t, s.DeleteDocument(ctx(t), u.ID, d.ID))
		if got := usageOf(t, s, u); got.Used != 0 || got.Documents != 0 {
			t.Errorf("usage of nothing: %+v", got)
		}
	})
}

// TestDocumentSpaceAtOnce: saves at the same time do not both fit into the last space, and the count is right
// afterwards.
func TestDocumentSpaceAtOnce(t *testing.T) {
	limits := map[store.Role]store.Limit{store.RoleGuest: {DocumentBytes: 100_000}}
	storetest.EachLimited(t, limits, func(t *testing.T, s *store.Store) {
		u := guest(s)
		first := newDocument(t, s, u, store.KindText, "Plan", "one")
		var taken, refused atomic.Int64
		var all sync.WaitGroup
		count := func(err error) {
			switch store.CodeOf(err) {
			case "":
				taken.Add(1)
			case store.TooLarge:
				refused.Add(1)
			default:
				t.Error(err)
			}
		}
		for range 20 {
			all.Go(func() {
				count(s.CreateDocument(ctx(t), &store.User{ID: u.ID, Role: u.Role, Saved: true}, &store.Document{Kind: store.KindText, Content: ptr(strings.Repeat("x", 5000))}))
			})
			all.Go(func() {
				_, err := s.SaveDocument(ctx(t), u.ID, first.ID, store.DocumentSave{Content: strings.Repeat("y", 5000)})
				count(err)
			})
		}
		all.Wait()
		if got := usageOf(t, s, u); got.Used > got.Quota || taken.Load() != (100_000-259)/(5000+256) || taken.Load()+refused.Load() != 40 {
			t.Errorf("%d were taken, %d refused: %+v", taken.Load(), refused.Load(), got)
		}
	})
}

// TestDocumentCount: one document too many is refused, however small, and the others can be written on.
func TestDocumentCount(t *testing.T) {
	storetest.EachLimited(t, map[store.Role]store.Limit{store.RoleGuest: {Documents: 3}}, func(t *testing.T, s *store.Store) {
		u := guest(s)
		d := newDocument(t, s, u, store.KindText, "Plan", "one")
		newDocument(t, s, u, store.KindText, "Plan", "two")
		newDocument(t, s, u, store.KindText, "Plan", "three")
		if err := s.CreateDocument(ctx(t), u, &store.Document{Kind: store.KindText}); store.CodeOf(err) != store.TooLarge || !strings.Contains(err.Error(), "3 documents") {
			t.Errorf("the fourth: %v", err)
		}
		save(t, s, d, "more", false)
		must(t, s.DeleteDocument(ctx(t), u.ID, d.ID))
		newDocument(t, s, u, store.KindText, "Plan", "four")
		someone := register(t, s, "ada") // of another role
		for range 4 {
			newDocument(t, s, someone, store.KindText, "Plan", "x")
		}
	})
}

// TestDocumentSpaceOfAnInterruptedReply: what a reply left unended is counted once it is over.
func TestDocumentSpaceOfAnInterruptedReply(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		u := guest(s)
		r := start(t, s, u, "Talk")
		d := newDocument(t, s, u, store.KindText, "Plan", "one")
		w, err := s.BeginVersion(ctx(t), u.ID, d.ID, r.Answer.ID, r.Stream.ID, "")
		must(t, err)
		must(t, s.WriteVersions(ctx(t), []store.Writing{{DocumentID: d.ID, StreamID: r.Stream.ID, Version: w.Version, Content: strings.Repeat("x", 1000)}}))
		_, err = s.InterruptStreams(ctx(t), "", 0)
		must(t, err)
		if got := usageOf(t, s, u); got.Used != 1003+2*256 || got.Quota != 0 {
			t.Errorf("usage %+v", got)
		}
	})
}

// TestDocumentSpaceCost: a save costs the same beside 200 versions of a hundred documents as beside one.
func TestDocumentSpaceCost(t *testing.T) {
	limits := map[store.Role]store.Limit{store.RoleGuest: {DocumentBytes: 1 << 30, Documents: 10_000}}
	storetest.EachLimited(t, limits, func(t *testing.T, s *store.Store) {
		cost := func(documents, versions int) time.Duration {
			u := guest(s)
			d := newDocument(t, s, u, store.KindText, "Plan", "one")
			for i := range documents {
				newDocument(t, s, u, store.KindText, fmt.Sprint(i), strings.Repeat("x", 2000))
			}
			for range versions {
				save(t, s, d, strings.Repeat("y", 2000), false)
			}
			best := time.Hour
			for range 15 {
				begin := time.Now()
				save(t, s, d, "z", false)
				best = min(best, time.Since(begin))
			}
			return best
		}
		few, many := cost(1, 2), cost(100, 200)
		t.Logf("a save takes %s beside few, %s beside many", few, many)
		if many > 3*few+2*time.Millisecond {
			t.Errorf("a save takes %s beside 200 versions and 100 documents, %s beside 2 and 1", many, few)
		}
	})
}
