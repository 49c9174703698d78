package store_test

import (
	"testing"

	"alleato/store"
	"alleato/store/storetest"
)

// TestPicturesOfDocuments: what an image showed, in any of its versions, has another address once the
// image is private or gone.
func TestPicturesOfDocuments(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		u := guest(s)
		picture := func() *store.File {
			f := s.NewFile(u.ID, store.Uploads, "a.png", "image/png")
			must(t, s.CreateFile(ctx(t), u, f, 0))
			return f
		}
		first, second := picture(), picture()
		d := newDocument(t, s, u, store.KindImage, "Sketch", first.ID)
		save(t, s, d, second.ID, false)
		share := func(visibility string) {
			_, err := s.UpdateDocument(ctx(t), u.ID, d.ID, store.DocumentPatch{Visibility: &visibility})
			must(t, err)
		}
		ends := func(step string, end func()) {
			t.Helper()
			before := map[string]string{}
			for _, f := range []*store.File{first, second} {
				now, err := s.File(ctx(t), u.ID, f.ID)
				must(t, err)
				before[f.ID] = now.ReadKey
			}
			end()
			for id, key := range before {
				now, err := s.File(ctx(t), u.ID, id)
				must(t, err)
				if now.ReadKey == key {
					t.Errorf("%s: the picture's address stays", step)
				}
			}
		}
		share(store.Public)
		ends("made private", func() { share(store.Private) })
		share(store.Public)
		ends("deleted", func() { must(t, s.DeleteDocument(ctx(t), u.ID, d.ID)) })
	})
}

// TestSuggestionsOfALongLife: the newest suggestions are listed, however many there were.
func TestSuggestionsOfALongLife(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		u := guest(s)
		d := newDocument(t, s, u, store.KindText, "Plan", "one")
		for range 5 {
			for range 200 {
				suggest(t, s, d, "one", "one, two")
			}
			_, _, err := s.AcceptSuggestions(ctx(t), u.ID, d.ID, nil)
			must(t, err)
		}
		last := suggest(t, s, d, "one", "three")
		list, err := s.Suggestions(ctx(t), u.ID, d.ID)
		must(t, err)
		if n := len(list); n == 0 || list[n-1].ID != last.ID {
			t.Errorf("the newest of %d suggestions is not listed", n)
		}
	})
}
