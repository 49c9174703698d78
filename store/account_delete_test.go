package store_test

import (
	"testing"

	"alleato/store"
	"alleato/store/storetest"
)

// TestDeleteUser: the account ends at once, then everything of it goes, and the last administrator stays.
func TestDeleteUser(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		u, other := register(t, s, "ada"), register(t, s, "eve")
		_, err := s.ImportChat(ctx(t), u, imported(u, 450)) // more than one transaction destroys
		must(t, err)
		finish(t, s, start(t, s, u, "Hello"), "Hi")
		r := start(t, s, other, "Mine")
		finish(t, s, r, "Yours")
		f := s.NewFile(u.ID, store.Uploads, "a.txt", "text/plain")
		must(t, s.CreateFile(ctx(t), u, f, 0))
		key := &store.APIKey{Name: "k", Scope: store.ScopeRead}
		secret, err := s.CreateAPIKey(ctx(t), u, key)
		must(t, err)
		transfer, err := s.StartTransfer(ctx(t), u.ID, store.Export, "json", "")
		must(t, err)
		wantField(t, s.CheckPassword(ctx(t), u.ID, "wrong horse", "password"), store.Invalid, "password")
		must(t, s.CheckPassword(ctx(t), u.ID, password, "password"))

		gone, err := s.PurgeUser(ctx(t), u.ID) // an account that nobody deleted
		if _, there := s.User(ctx(t), u.ID); gone || err != nil || there != nil {
			t.Fatalf("purged alive: %v %v", gone, err)
		}
		must(t, s.DeleteUser(ctx(t), u.ID))
		wantCode(t, s.DeleteUser(ctx(t), u.ID), store.NotFound)
		_, err = s.SignIn(ctx(t), credentials("ada"), nil)
		wantCode(t, err, store.Unauthenticated)
		_, err = s.APIKeyBySecret(ctx(t), secret)
		wantCode(t, err, store.NotFound)
		_, err = s.PublicFile(ctx(t), f.ID, f.ReadKey)
		wantCode(t, err, store.NotFound)
		wantCode(t, s.BeatTransfer(ctx(t), transfer.ID, 1), store.Conflict)
		chats, _, err := s.Chats(ctx(t), u.ID, store.ChatQuery{})
		must(t, err)
		if len(chats) != 0 {
			t.Errorf("%d chats", len(chats))
		}
		register(t, s, "ada") // the e-mail is free

		// the bytes of the file first: its row is all that knows of them
		if gone, err := s.PurgeUser(ctx(t), u.ID); gone || err != nil {
			t.Errorf("gone %v, %v", gone, err)
		}
		if left, err := s.DeletedUsers(ctx(t)); err != nil || len(left) != 1 || left[0] != u.ID {
			t.Errorf("left %v, %v", left, err)
		}
		must(t, s.ForgetFile(ctx(t), f.ID))
		if gone, err := s.PurgeUser(ctx(t), u.ID); !gone || err != nil {
			t.Errorf("gone %v, %v", gone, err)
		}
		for table, want := range map[string]int{"users": 2, "chats": 1, "messages": 2, "streams": 1, "files": 0, "transfers": 0, "usage": 1, "api_keys": 0} {
			if n := count(t, s, table); n != want {
				t.Errorf("%s has %d rows", table, n)
			}
		}
		if _, err := s.Chat(ctx(t), other.ID, r.Chat.ID); err != nil {
			t.Errorf("the other's: %v", err)
		}
		admin, err := s.CreateFirstAdmin(ctx(t), credentials("root"), nil)
		must(t, err)
		wantCode(t, s.DeleteUser(ctx(t), admin.ID), store.Conflict)
		must(t, s.CheckPassword(ctx(t), admin.ID, password, "password"))
	})
}
