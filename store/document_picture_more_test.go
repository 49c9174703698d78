package store_test

import (
	"testing"
	"time"

	"alleato/store"
	"alleato/store/storetest"
)

// TestPicturesOutliveTheirChat: a picture that came with a chat, and that a document shows, is there after
// the chat is destroyed; one that none shows goes with it.
func TestPicturesOutliveTheirChat(t *testing.T) {
	c := newClock()
	storetest.EachAt(t, c.now, func(t *testing.T, s *store.Store) {
		u := guest(s)
		r := start(t, s, u, "Look")
		picture := func() *store.File {
			f := s.NewFile(u.ID, store.Uploads, "a.png", "image/png")
			f.ChatID = &r.Chat.ID
			must(t, s.CreateFile(ctx(t), u, f, 0))
			return f
		}
		shown, old, named, other := picture(), picture(), picture(), picture()
		d := newDocument(t, s, u, store.KindImage, "Sketch", old.ID)
		save(t, s, d, shown.ID, false)
		newDocument(t, s, u, store.KindText, "Plan", "![a](/files/"+named.ID+"/content) and not "+other.ID)
		must(t, s.DeleteChat(ctx(t), u.ID, r.Chat.ID))
		c.advance(store.UndoTime + time.Hour)
		_, err := s.PurgeChats(ctx(t))
		must(t, err)
		for name, f := range map[string]*store.File{"shown": shown, "of an older version": old, "named by a text": named} {
			if _, err := s.File(ctx(t), u.ID, f.ID); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
		if _, err := s.File(ctx(t), u.ID, other.ID); store.CodeOf(err) != store.NotFound {
			t.Errorf("one that none shows: %v", err)
		}
	})
}

// TestPicturesTakenOutOfPublicDocuments: what the public was shown in a version has another address once the next one
// does not show it, also when that one took the version's place; what is shown still, and what never was, keeps its own.
func TestPicturesTakenOutOfPublicDocuments(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		u := guest(s)
		r := start(t, s, u, "Talk")
		_, err := s.UpdateChat(ctx(t), u.ID, r.Chat.ID, store.ChatPatch{Visibility: ptr(store.Public)})
		must(t, err)
		key := func(f *store.File) string {
			t.Helper()
			now, err := s.File(ctx(t), u.ID, f.ID)
			must(t, err)
			return now.ReadKey
		}
		picture := func() *store.File {
			f := s.NewFile(u.ID, store.Uploads, "a.png", "image/png")
			must(t, s.CreateFile(ctx(t), u, f, 0))
			return f
		}
		text := func(files ...*store.File) (text string) {
			for _, f := range files {
				text += "![a](/f/" + f.ID + "/" + f.ReadKey + "/a.png)\n"
			}
			return text
		}
		for where, d := range map[string]store.Document{"public": {Visibility: store.Public}, "in a public chat": {ChatID: &r.Chat.ID}, "private": {}} {
			for _, auto := range []bool{true, false} {
				first, second, third, kept := picture(), picture(), picture(), picture()
				image, plan := d, d
				image.Kind, image.Content = store.KindImage, &first.ID
				plan.Kind, plan.Content = store.KindText, ptr(text(kept, first))
				for _, d := range []*store.Document{&image, &plan} {
					must(t, s.CreateDocument(ctx(t), u, d))
				}
				before := map[*store.File]string{first: key(first), second: key(second), third: key(third), kept: key(kept)}
				save(t, s, &image, second.ID, auto)
				save(t, s, &image, third.ID, auto) // takes the place of the second, if it is an autosave
				save(t, s, &plan, text(kept), auto)
				hidden := where != "private"
				for f, want := range map[*store.File]bool{first: hidden, second: hidden, third: false, kept: false} {
					if got := key(f) != before[f]; got != want {
						t.Errorf("%s, autosave %v: the picture's address has changed: %v, want %v", where, auto, got, want)
					}
				}
				third.ReadKey = key(third)
				_, err := s.RestoreVersion(ctx(t), u.ID, image.ID, 1)
				must(t, err)
				if (key(third) != third.ReadKey) != hidden {
					t.Errorf("%s: restored, the picture's address has changed: %v", where, !hidden)
				}
			}
		}
	})
}
