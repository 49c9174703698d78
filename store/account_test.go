package store_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"alleato/store"
	"alleato/store/storetest"
)

func TestPassword(t *testing.T) {
	hash, err := store.HashPassword(ctx(t), password)
	must(t, err)
	if !strings.HasPrefix(hash, "$argon2id$v=19$m=19456,t=2,p=1$") {
		t.Errorf("hash %q", hash)
	}
	older := "$argon2id$v=19$m=64,t=1,p=1$c29tZXNhbHQ$r4zlCTgqpEhVLKHGGcE3dw"
	for _, c := range []struct {
		name, hash, password string
		ok, stale, fails     bool
	}{
		{"right", hash, password, true, false, false},
		{"wrong", hash, password + "x", false, false, false},
		{"empty password", hash, "", false, false, false},
		{"no account", "", password, false, false, false},
		{"older parameters", older, "password", false, true, false},
		{"not a hash", "plain", "plain", false, false, true},
		{"no memory", "$argon2id$v=19$m=0,t=0,p=0$$", "", false, false, true},
	} {
		ok, stale, err := store.VerifyPassword(ctx(t), c.hash, c.password)
		if ok != c.ok || stale != c.stale || (err != nil) != c.fails {
			t.Errorf("%s: ok %v, stale %v, %v", c.name, ok, stale, err)
		}
	}
}

func TestUserJSON(t *testing.T) {
	s := storetest.OpenAt(t, newClock().now)
	u := register(t, s, "Ada.Lovelace")
	u.ID = "id"
	got, err := json.Marshal(u)
	must(t, err)
	want := `{"id":"id","email":"ada.lovelace@acme.com","name":"ada.lovelace","role":"user","avatarUrl":null,"createdAt":"2026-11-22T12:00:00Z"}`
	if diff := cmp.Diff(want, string(got)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestRegister(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		u, err := s.Register(ctx(t), store.Credentials{Email: "  ADA@Acme.com ", Password: password}, nil)
		must(t, err)
		if !u.Saved || u.Role != store.RoleUser || u.SessionVersion != 0 {
			t.Errorf("%+v", u)
		}
		read, err := s.UserByEmail(ctx(t), "Ada@ACME.com")
		must(t, err)
		if diff := cmp.Diff(u, read); diff != "" {
			t.Errorf("as saved (-returned +read):\n%s", diff)
		}
		if read.CreatedAt.Location() != time.UTC {
			t.Errorf("a time in %v", read.CreatedAt.Location())
		}
		_, err = s.Register(ctx(t), credentials("Ada"), nil)
		wantField(t, err, store.Conflict, "email")
		for field, c := range map[string]store.Credentials{
			"email":    {Email: "nobody", Password: password},
			"password": {Email: "x@acme.com", Password: "short"},
		} {
			_, err := s.Register(ctx(t), c, nil)
			wantField(t, err, store.Invalid, field)
		}
		_, err = s.User(ctx(t), "nobody")
		wantCode(t, err, store.NotFound)
		_, err = s.User(ctx(t), "no\x00body")
		wantCode(t, err, store.NotFound)
	})
}

// TestRegisterTogether: one e-mail, many at once, with and without a guest.
func TestRegisterTogether(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		errs := together(10, func(i int) error {
			var g *store.User
			if i%2 == 0 {
				g = guest(s)
			}
			_, err := s.Register(t.Context(), credentials("ada"), g)
			return err
		})
		won := 0
		for _, err := range errs {
			if err == nil {
				won++
				continue
			}
			wantField(t, err, store.Conflict, "email")
		}
		if won != 1 || count(t, s, "users") != 1 {
			t.Errorf("%d accounts, %d rows", won, count(t, s, "users"))
		}
	})
}

func together(n int, fn func(i int) error) []error {
	errs := make([]error, n)
	begin := make(chan struct{})
	var wg sync.WaitGroup
	for i := range n {
		wg.Go(func() {
			<-begin
			errs[i] = fn(i)
		})
	}
	close(begin)
	wg.Wait()
	return errs
}

// ids names a user's chats and the streams in them.
func belongings(t *testing.T, s *store.Store, userID string) []string {
	t.Helper()
	chats, _, err := s.Chats(ctx(t), userID, store.ChatQuery{})
	must(t, err)
	out := []string{}
	for _, c := range chats {
		st, err := s.LastStream(ctx(t), c.ID)
		must(t, err)
		messages, err := s.Messages(ctx(t), c.ID)
		must(t, err)
		out = append(out, fmt.Sprintf("%s %s %v %d", c.ID, st.ID, st.UserID == userID, len(messages)))
	}
	slices.Sort(out)
	return out
}

func thing(r *store.Reply) string {
	return fmt.Sprintf("%s %s %v %d", r.Chat.ID, r.Stream.ID, true, 2)
}

func TestGuestRegisters(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		g := guest(s)
		unsaved, err := s.Register(ctx(t), credentials("unsaved"), g)
		must(t, err)
		if unsaved.ID != g.ID {
			t.Error("an unsaved guest got another id")
		}
		g = guest(s)
		r := start(t, s, g, "hello")
		u, err := s.Register(ctx(t), credentials("saved"), g)
		must(t, err)
		if u.ID != g.ID || u.Role != store.RoleUser || !u.CreatedAt.Equal(g.CreatedAt) {
			t.Errorf("became %+v", u)
		}
		if diff := cmp.Diff([]string{thing(r)}, belongings(t, s, u.ID)); diff != "" {
			t.Errorf("kept (-want +got):\n%s", diff)
		}
		read, err := s.User(ctx(t), u.ID)
		must(t, err)
		if diff := cmp.Diff(u, read); diff != "" {
			t.Errorf("as saved (-returned +read):\n%s", diff)
		}
		// The same guest once more, from a tab that does not know.
		other, err := s.Register(ctx(t), credentials("other"), g)
		must(t, err)
		if other.ID == u.ID {
			t.Error("a second account took over the first")
		}
		if n := count(t, s, "users"); n != 3 {
			t.Errorf("%d users", n)
		}
	})
}

func TestGuestSignsIn(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		key := "same key"
		u := register(t, s, "ada")
		own := start(t, s, u, "own")
		keyed := next(own, "keyed")
		keyed.Stream.IdempotencyKey = &key
		must(t, s.StartReply(ctx(t), keyed))
		g := guest(s)
		theirs := start(t, s, g, "the guest's")
		again := next(theirs, "keyed too")
		again.Stream.IdempotencyKey = &key
		must(t, s.StartReply(ctx(t), again))

		_, err := s.SignIn(ctx(t), store.Credentials{Email: "ada@acme.com", Password: "wrong password"}, g)
		wantCode(t, err, store.Unauthenticated)
		if got := belongings(t, s, g.ID); len(got) != 1 {
			t.Errorf("a failed sign-in moved the guest's chats: %q", got)
		}
		in, err := s.SignIn(ctx(t), credentials("ADA"), g)
		must(t, err)
		if in.ID != u.ID || in.LastSeenAt == nil {
			t.Errorf("signed in as %+v", in)
		}
		want := []string{
			fmt.Sprintf("%s %s true 4", own.Chat.ID, keyed.Stream.ID),
			fmt.Sprintf("%s %s true 4", theirs.Chat.ID, again.Stream.ID),
		}
		slices.Sort(want)
		if diff := cmp.Diff(want, belongings(t, s, u.ID)); diff != "" {
			t.Errorf("belongings (-want +got):\n%s", diff)
		}
		if _, err := s.User(ctx(t), g.ID); store.CodeOf(err) != store.NotFound {
			t.Errorf("the guest is still there: %v", err)
		}
		finish(t, s, again, "goes on to its end")

		if _, err = s.SignIn(ctx(t), credentials("ada"), guest(s)); err != nil {
			t.Errorf("with a guest who has no row: %v", err)
		}
		if _, err = s.SignIn(ctx(t), credentials("ada"), u); err != nil {
			t.Errorf("signed in already: %v", err)
		}
	})
}

// TestSignInNeverTakesAnAccount: a session that names a guest who has become
// an account gives nothing of that account away.
func TestSignInNeverTakesAnAccount(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		g := guest(s)
		r := start(t, s, g, "ada's")
		_, err := s.Register(ctx(t), credentials("ada"), g)
		must(t, err)
		register(t, s, "eve")
		eve, err := s.SignIn(ctx(t), credentials("eve"), g)
		must(t, err)
		if got := belongings(t, s, eve.ID); len(got) != 0 {
			t.Errorf("eve has %q", got)
		}
		if diff := cmp.Diff([]string{thing(r)}, belongings(t, s, g.ID)); diff != "" {
			t.Errorf("ada's (-want +got):\n%s", diff)
		}
	})
}

func TestSignInErrors(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		u := register(t, s, "ada")
		wrong := store.Credentials{Email: "ada@acme.com", Password: "wrong password"}
		_, byPassword := s.SignIn(ctx(t), wrong, nil)
		_, byEmail := s.SignIn(ctx(t), store.Credentials{Email: "eve@acme.com", Password: "wrong password"}, nil)
		wantCode(t, byPassword, store.Unauthenticated)
		if fmt.Sprintf("%#v", byPassword) != fmt.Sprintf("%#v", byEmail) {
			t.Errorf("%#v tells from %#v", byPassword, byEmail)
		}
		must(t, s.DisableUser(ctx(t), u.ID))
		_, err := s.SignIn(ctx(t), wrong, nil)
		wantCode(t, err, store.Unauthenticated)
		_, err = s.SignIn(ctx(t), credentials("ada"), nil)
		wantCode(t, err, store.Forbidden)
	})
}

// TestSignInTakesTheSameTime: without the work for an e-mail that nobody has,
// the ratio would be near a hundred.
func TestSignInTakesTheSameTime(t *testing.T) {
	s := storetest.Open(t)
	register(t, s, "ada")
	median := func(email string) time.Duration {
		var took []time.Duration
		for range 9 {
			begin := time.Now()
			_, err := s.SignIn(ctx(t), store.Credentials{Email: email, Password: "wrong password"}, nil)
			took = append(took, time.Since(begin))
			wantCode(t, err, store.Unauthenticated)
		}
		slices.Sort(took)
		return took[len(took)/2]
	}
	known, unknown := median("ada@acme.com"), median("eve@acme.com")
	if ratio := float64(known) / float64(unknown); ratio > 3 || ratio < 1.0/3 {
		t.Errorf("a known e-mail takes %v, an unknown one %v", known, unknown)
	}
}

func TestRehash(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		u := register(t, s, "ada")
		// argon2id of "correct horse" with m=64, t=1
		older, err := store.HashWeakly(password)
		must(t, err)
		_, err = s.Writer().NewUpdate().Table("users").Set("password_hash = ?", older).Where("id = ?", u.ID).Exec(ctx(t))
		must(t, err)
		_, err = s.SignIn(ctx(t), credentials("ada"), nil)
		must(t, err)
		read, err := s.User(ctx(t), u.ID)
		must(t, err)
		if ok, stale, err := store.VerifyPassword(ctx(t), read.PasswordHash, password); !ok || stale || err != nil {
			t.Errorf("rehashed: ok %v, stale %v, %v", ok, stale, err)
		}
	})
}
