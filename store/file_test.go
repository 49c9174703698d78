package store_test

import (
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"alleato/store"
	"alleato/store/storetest"
)

func newFile(t *testing.T, s *store.Store, u *store.User, name string, size int64) *store.File {
	t.Helper()
	f := s.NewFile(u.ID, store.Uploads, name, "text/plain")
	f.Size, f.SHA256 = size, name
	if err := s.CreateFile(t.Context(), u, f, 0); err != nil {
		t.Fatal(err)
	}
	return f
}

// TestFileQuota: of many uploads at once, those that fit are kept and no more.
func TestFileQuota(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		u := store.GuestUser(store.NewID(), s.Now())
		newFile(t, s, u, "first", 10)
		var uploads sync.WaitGroup
		var kept atomic.Int32
		for range 12 {
			uploads.Go(func() {
				f := s.NewFile(u.ID, store.Uploads, "more", "text/plain")
				f.Size = 10
				err := s.CreateFile(t.Context(), &store.User{ID: u.ID, Role: u.Role, Saved: true}, f, 50)
				if err == nil {
					kept.Add(1)
				} else if store.CodeOf(err) != store.TooLarge {
					t.Errorf("refusal: %v", err)
				}
			})
		}
		uploads.Wait()
		if used, err := s.Usage(t.Context(), u.ID); kept.Load() != 4 || used != 50 || err != nil {
			t.Errorf("%d kept, %d bytes used, %v", kept.Load(), used, err)
		}
	})
}

// TestFileOwners: a stranger's file is a missing one; a guest's files become the account's.
func TestFileOwners(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		guest, stranger := store.GuestUser(store.NewID(), s.Now()), store.GuestUser(store.NewID(), s.Now())
		f := newFile(t, s, guest, "a", 1)
		if _, err := s.File(t.Context(), stranger.ID, f.ID); store.CodeOf(err) != store.NotFound {
			t.Errorf("read: %v", err)
		}
		if err := s.DeleteFile(t.Context(), stranger.ID, f.ID); store.CodeOf(err) != store.NotFound {
			t.Errorf("delete: %v", err)
		}
		if found, err := s.FilesByID(t.Context(), stranger.ID, []string{f.ID}); len(found) != 0 || err != nil {
			t.Errorf("by id: %v %v", found, err)
		}
		if _, err := s.PublicFile(t.Context(), f.ID, ""); store.CodeOf(err) != store.NotFound {
			t.Errorf("without a key: %v", err)
		}
		c := store.Credentials{Email: "a@example.com", Password: "long enough"}
		account, err := s.Register(t.Context(), c, nil)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := s.SignIn(t.Context(), c, guest); err != nil {
			t.Fatal(err)
		}
		if got, err := s.File(t.Context(), account.ID, f.ID); err != nil || got.Name != "a" {
			t.Errorf("after signing in: %v", err)
		}
	})
}

// TestFilePages: newest first, in pages, deleted ones left out.
func TestFilePages(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		u := store.GuestUser(store.NewID(), s.Now())
		var want []string
		for _, name := range strings.Split("abcdefg", "") {
			want = append(want, newFile(t, s, u, name, 1).ID)
		}
		if err := s.DeleteFile(t.Context(), u.ID, want[3]); err != nil {
			t.Fatal(err)
		}
		want = slices.Delete(want, 3, 4)
		slices.Reverse(want)
		var got []string
		for cursor := ""; ; {
			files, next, err := s.Files(t.Context(), u.ID, store.FileQuery{Limit: 4, Cursor: cursor})
			if err != nil {
				t.Fatal(err)
			}
			for _, f := range files {
				got = append(got, f.ID)
			}
			if cursor = next; cursor == "" {
				break
			}
		}
		if !slices.Equal(got, want) {
			t.Errorf("got %v, want %v", got, want)
		}
		gone, err := s.Deleted(t.Context(), 10)
		if err != nil || len(gone) != 1 || gone[0].Name != "d" {
			t.Errorf("deleted: %v %v", gone, err)
		}
	})
}

// TestFileKeys: what ends an address, and what takes files with it.
func TestFileKeys(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		u := store.GuestUser(store.NewID(), s.Now())
		f, free := newFile(t, s, u, "a", 1), newFile(t, s, u, "free", 1)
		foreign := newFile(t, s, store.GuestUser(store.NewID(), s.Now()), "b", 1)
		send := func(id string, file *store.File) error {
			return s.StartReply(t.Context(), &store.Reply{User: u, NewChat: true, Chat: &store.Chat{ID: id, Title: "x", Visibility: store.Public},
				Question: &store.Message{Parts: []store.Part{{Type: "file", FileID: file.ID}}}, Answer: &store.Message{}, Stream: &store.Stream{Node: "n"}})
		}
		if err := send("c", f); err != nil {
			t.Fatal(err)
		}
		for _, other := range []*store.File{f, foreign} { // in another chat already; somebody else's
			if err := send("d", other); store.CodeOf(err) != store.NotFound {
				t.Errorf("attach: %v", err)
			}
		}
		if _, err := s.Chat(t.Context(), u.ID, "d"); store.CodeOf(err) != store.NotFound {
			t.Errorf("a refused message left its chat: %v", err)
		}
		private := store.Private
		if _, err := s.UpdateChat(t.Context(), u.ID, "c", store.ChatPatch{Visibility: &private}); err != nil {
			t.Fatal(err)
		}
		if _, err := s.PublicFile(t.Context(), f.ID, f.ReadKey); store.CodeOf(err) != store.NotFound {
			t.Errorf("the old key: %v", err)
		}
		now, err := s.File(t.Context(), u.ID, f.ID)
		if err != nil || now.ReadKey == f.ReadKey || len(now.ReadKey) < 26 {
			t.Fatalf("the new key: %+v %v", now, err)
		}
		if _, err := s.PublicFile(t.Context(), free.ID, free.ReadKey); err != nil {
			t.Errorf("a file of no chat: %v", err)
		}
		if err := s.DeleteChat(t.Context(), u.ID, "c"); err != nil {
			t.Fatal(err)
		}
		if _, err := s.PublicFile(t.Context(), f.ID, now.ReadKey); store.CodeOf(err) != store.NotFound {
			t.Errorf("of a deleted chat: %v", err)
		}
		if gone, err := s.Deleted(t.Context(), 10); err != nil || len(gone) != 0 {
			t.Errorf("gone while the chat can be had back: %v %v", gone, err)
		}
		if _, err := s.Writer().NewUpdate().Table("chats").Set("deleted_at = ?", s.Now().Add(-store.UndoTime)).Where("id = 'c'").Exec(t.Context()); err != nil {
			t.Fatal(err)
		}
		if _, err := s.PurgeChats(t.Context()); err != nil {
			t.Fatal(err)
		}
		gone, err := s.Deleted(t.Context(), 10)
		if err != nil || len(gone) != 1 || gone[0].ID != f.ID {
			t.Fatalf("deleted with the chat: %v %v", gone, err)
		}
		own, ok := store.FileBlobKey(gone[0].ThumbnailKey())
		if there, err := s.HasBlobs(t.Context(), []string{own, "uploads/00/none"}); !ok || !there[own] || len(there) != 1 || err != nil {
			t.Errorf("its blob is forgotten too early: %v", err)
		}
		if err := s.ForgetFile(t.Context(), f.ID); err != nil {
			t.Fatal(err)
		}
		if there, err := s.HasBlobs(t.Context(), []string{f.BlobKey}); there[f.BlobKey] || err != nil {
			t.Errorf("its row is still there: %v", err)
		}
	})
}
