package main

import (
	"context"
	"log/slog"
	"sync/atomic"
	"testing"
	"time"

	"alleato/store"
	"alleato/store/storetest"
)

// TestSweep: more deleted chats than one batch are destroyed when their time is over, not before.
func TestSweep(t *testing.T) {
	var later atomic.Int64
	st := storetest.OpenAt(t, func() time.Time { return time.Now().Add(time.Duration(later.Load())) })
	user := store.GuestUser(store.NewID(), st.Now())
	for range 45 {
		if err := st.CreateChat(t.Context(), user, &store.Chat{}); err != nil {
			t.Fatal(err)
		}
	}
	if _, _, err := st.DeleteChats(t.Context(), user.ID); err != nil {
		t.Fatal(err)
	}
	left := func() int {
		n, err := st.Reader().NewSelect().Table("chats").Count(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return int(n)
	}
	ctx, stop := context.WithCancel(t.Context())
	done := sweep(ctx, st, 5*time.Millisecond, slog.New(slog.DiscardHandler))
	time.Sleep(50 * time.Millisecond)
	if n := left(); n != 45 {
		t.Errorf("%d chats are left while they can be had back", n)
	}
	later.Store(int64(store.UndoTime))
	for end := time.Now().Add(5 * time.Second); left() > 0 && time.Now().Before(end); time.Sleep(10 * time.Millisecond) {
	}
	if n := left(); n != 0 {
		t.Errorf("%d chats are left", n)
	}
	stop()
	<-done
}

// TestSweepUsers: an account whose deletion was cut off goes, and nobody else's.
func TestSweepUsers(t *testing.T) {
	st := storetest.Open(t)
	var users []*store.User
	for _, name := range []string{"ada", "bob"} {
		u, err := st.Register(t.Context(), store.Credentials{Email: name + "@example.com", Password: "correct horse battery"}, nil)
		if err == nil {
			err = st.CreateChat(t.Context(), u, &store.Chat{})
		}
		if err != nil {
			t.Fatal(err)
		}
		users = append(users, u)
	}
	if err := st.DeleteUser(t.Context(), users[0].ID); err != nil {
		t.Fatal(err)
	}
	sweepUsers(t.Context(), st, slog.New(slog.DiscardHandler))
	_, err := st.User(t.Context(), users[0].ID)
	if _, there := st.User(t.Context(), users[1].ID); store.CodeOf(err) != store.NotFound || there != nil {
		t.Errorf("the deleted one: %v, the other: %v", err, there)
	}
}
