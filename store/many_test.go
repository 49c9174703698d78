package store_test

import (
	"fmt"
	"testing"
	"time"

	"alleato/store"
	"alleato/store/storetest"
)

// TestManyKeysAtOnce: every file of many chats gets a key of its own when all are deleted, in time that
// does not grow by a statement for each.
func TestManyKeysAtOnce(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		const many = 1200
		u, other := guest(s), guest(s)
		loose, foreign := newFile(t, s, u, "loose", 1), newFile(t, s, other, "foreign", 1)
		r := start(t, s, u, "a chat")
		second := start(t, s, u, "another")
		var files []store.File
		for i := range many {
			f := s.NewFile(u.ID, store.Uploads, fmt.Sprint("f", i), "text/plain")
			if f.UserID, f.ChatID = u.ID, &r.Chat.ID; i%2 == 0 {
				f.ChatID = &second.Chat.ID
			}
			files = append(files, *f)
		}
		_, err := s.Writer().NewInsert().Model(&files).Exec(ctx(t))
		must(t, err)
		begun := time.Now()
		_, _, err = s.DeleteChats(ctx(t), u.ID)
		must(t, err)
		t.Logf("%d keys in %v", many, time.Since(begun))
		var after []store.File
		must(t, s.Writer().NewSelect().Model(&after).Scan(ctx(t)))
		keys, before := map[string]bool{}, map[string]string{loose.ID: loose.ReadKey, foreign.ID: foreign.ReadKey}
		for i := range files {
			before[files[i].ID] = files[i].ReadKey
		}
		for _, f := range after {
			keys[f.ReadKey] = true
			stays := f.ID == loose.ID || f.ID == foreign.ID
			if (f.ReadKey == before[f.ID]) != stays {
				t.Errorf("the key of %s: %q, before %q", f.Name, f.ReadKey, before[f.ID])
			}
		}
		if len(keys) != many+2 {
			t.Errorf("%d keys for %d files", len(keys), many+2)
		}
		own := make([]string, 0, many)
		for i := range files {
			own = append(own, files[i].BlobKey)
		}
		if there, err := s.HasBlobs(ctx(t), append(own, "uploads/00/none")); err != nil || len(there) != many {
			t.Errorf("%d blobs are there (%v)", len(there), err)
		}
	})
}

// TestForksOfManyBranches: a chat of thousands of edits is read in the time of one pass over it.
func TestForksOfManyBranches(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		r := start(t, s, guest(s), "a chat")
		finish(t, s, r, "answer")
		const forks = 2500
		var messages []store.Message
		parent := r.Answer.ID
		for i := range forks {
			for twin := range 2 {
				id := fmt.Sprint("m", i, "-", twin)
				messages = append(messages, store.Message{ChatID: r.Chat.ID, ID: id, ParentID: &parent, Seq: int64(1000 + 2*i + twin), Role: "user", Status: store.StatusComplete})
			}
			parent = fmt.Sprint("m", i, "-0")
		}
		for at := 0; at < len(messages); at += 500 {
			some := messages[at:min(at+500, len(messages))]
			_, err := s.Writer().NewInsert().Model(&some).ExcludeColumn("usage").Exec(ctx(t))
			must(t, err)
		}
		begun := time.Now()
		found, err := s.Forks(ctx(t), r.Chat.ID)
		must(t, err)
		if took := time.Since(begun); len(found) != 2*forks || took > 500*time.Millisecond {
			t.Errorf("%d messages with siblings in %v", len(found), took)
		} else {
			t.Log(took)
		}
	})
}
