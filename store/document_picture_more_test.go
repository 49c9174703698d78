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
