package store_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"alleato/store"
	"alleato/store/storetest"
)

func TestCreateFirstAdminTogether(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		before, err := s.HasAdmin(ctx(t))
		must(t, err)
		errs := together(50, func(i int) error {
			var g *store.User
			if i%2 == 0 {
				g = guest(s)
			}
			_, err := s.CreateFirstAdmin(t.Context(), credentials(store.NewID()), g)
			return err
		})
		won := 0
		for _, err := range errs {
			if err == nil {
				won++
				continue
			}
			wantCode(t, err, store.Conflict)
		}
		after, err := s.HasAdmin(ctx(t))
		must(t, err)
		if won != 1 || count(t, s, "users") != 1 || before || !after {
			t.Errorf("%d admins, %d users; an admin before: %v, after: %v", won, count(t, s, "users"), before, after)
		}
	})
}

func TestFirstAdminKeepsTheGuest(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		g := guest(s)
		r := start(t, s, g, "hello")
		u, err := s.CreateFirstAdmin(ctx(t), credentials("root"), g)
		must(t, err)
		if u.ID != g.ID || u.Role != store.RoleAdmin {
			t.Errorf("%+v", u)
		}
		if diff := cmp.Diff([]string{thing(r)}, belongings(t, s, u.ID)); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	})
}

func TestLastAdminStays(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		one, err := s.CreateUser(ctx(t), credentials("one"), store.RoleAdmin)
		must(t, err)
		wantCode(t, s.SetRole(ctx(t), one.ID, store.RoleUser), store.Conflict)
		wantCode(t, s.DisableUser(ctx(t), one.ID), store.Conflict)
		two, err := s.CreateUser(ctx(t), credentials("two"), store.RoleUser)
		must(t, err)
		must(t, s.SetRole(ctx(t), two.ID, store.RoleAdmin))
		// Each takes the other's rank away at the same moment, again and again.
		for range 20 {
			errs := together(2, func(i int) error {
				return s.SetRole(t.Context(), []string{one.ID, two.ID}[i], store.RoleUser)
			})
			if (errs[0] == nil) == (errs[1] == nil) {
				t.Fatalf("of two at once: %v, %v", errs[0], errs[1])
			}
			there, err := s.HasAdmin(ctx(t))
			must(t, err)
			if !there {
				t.Fatal("no admin is left")
			}
			must(t, s.SetRole(ctx(t), one.ID, store.RoleAdmin))
			must(t, s.SetRole(ctx(t), two.ID, store.RoleAdmin))
		}
		must(t, s.DisableUser(ctx(t), two.ID))
		wantCode(t, s.DisableUser(ctx(t), one.ID), store.Conflict)
	})
}

func TestAccountChangesEndSessions(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		u := register(t, s, "ada")
		must(t, s.SetRole(ctx(t), u.ID, store.RoleAdmin))
		must(t, s.SetPassword(ctx(t), u.ID, "another password"))
		_, err := s.CreateUser(ctx(t), credentials("root"), store.RoleAdmin)
		must(t, err)
		must(t, s.DisableUser(ctx(t), u.ID))
		read, err := s.User(ctx(t), u.ID)
		must(t, err)
		if read.SessionVersion != 3 || read.Role != store.RoleAdmin || read.DisabledAt == nil {
			t.Errorf("%+v", read)
		}
		if ok, _, err := store.VerifyPassword(ctx(t), read.PasswordHash, "another password"); !ok || err != nil {
			t.Errorf("the new password: %v, %v", ok, err)
		}
		wantField(t, s.SetPassword(ctx(t), u.ID, "short"), store.Invalid, "password")
		wantCode(t, s.SetRole(ctx(t), "nobody", store.RoleUser), store.NotFound)
		wantField(t, s.SetRole(ctx(t), u.ID, store.RoleGuest), store.Invalid, "role")
		g := guest(s)
		start(t, s, g, "hello")
		wantCode(t, s.SetRole(ctx(t), g.ID, store.RoleAdmin), store.NotFound)
	})
}

func TestUsers(t *testing.T) {
	c := newClock()
	storetest.EachAt(t, c.now, func(t *testing.T, s *store.Store) {
		start(t, s, guest(s), "a guest is not listed")
		var want []string
		for i := range 5 {
			if i%2 == 0 {
				c.advance(time.Second) // two of the same moment each
			}
			want = append(want, register(t, s, store.NewID()).ID)
		}
		var got []string
		for cursor, pages := "", 0; pages == 0 || cursor != ""; pages++ {
			users, after, err := s.Users(ctx(t), 2, cursor)
			must(t, err)
			for _, u := range users {
				got = append(got, u.ID)
			}
			cursor = after
		}
		for i, j := 0, len(want)-1; i < j; i, j = i+1, j-1 {
			want[i], want[j] = want[j], want[i]
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("newest first (-want +got):\n%s", diff)
		}
		_, _, err := s.Users(ctx(t), 2, "nonsense")
		wantField(t, err, store.Invalid, "cursor")
	})
}

func TestAudit(t *testing.T) {
	c := newClock()
	storetest.EachAt(t, c.now, func(t *testing.T, s *store.Store) {
		u := "somebody"
		must(t, s.Audit(ctx(t), store.AuditEntry{UserID: &u, Action: "signin", Subject: "a\x00b", Address: "::1", RequestID: "r"}))
		var got []store.AuditEntry
		must(t, s.Reader().NewSelect().Model(&got).Scan(ctx(t)))
		want := []store.AuditEntry{{ID: got[0].ID, UserID: &u, Action: "signin", Subject: "ab", Address: "::1", RequestID: "r", At: c.now()}}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	})
}
