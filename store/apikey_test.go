package store_test

import (
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"alleato/store"
	"alleato/store/storetest"
)

func account(t *testing.T, s *store.Store, email string, role store.Role) *store.User {
	t.Helper()
	u, err := s.CreateUser(t.Context(), store.Credentials{Email: email, Password: "correct horse"}, role)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

func newKey(t *testing.T, s *store.Store, u *store.User, k *store.APIKey) string {
	t.Helper()
	if k.Name == "" {
		k.Name = "a key"
	}
	if k.Scope == "" {
		k.Scope = store.ScopeWrite
	}
	secret, err := s.CreateAPIKey(t.Context(), u, k)
	if err != nil {
		t.Fatal(err)
	}
	return secret
}

// TestAPIKeySecret: what is kept of a secret does not contain it, and only the whole of it is the key.
func TestAPIKeySecret(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		u := account(t, s, "ada@example.com", store.RoleUser)
		k := &store.APIKey{Name: " deploy \n script "}
		secret := newKey(t, s, u, k)
		if len(secret) != len("alk_")+52 || !strings.HasPrefix(secret, k.Prefix) || k.Name != "deploy script" {
			t.Errorf("secret %q, key %+v", secret, k)
		}
		if strings.Contains(k.Hash, secret[4:]) || len(k.Prefix) > 10 {
			t.Errorf("the row holds the secret: %+v", k)
		}
		found, err := s.APIKeyBySecret(t.Context(), secret)
		if err != nil || found.ID != k.ID || found.UserID != u.ID {
			t.Errorf("%+v %v", found, err)
		}
		for _, wrong := range []string{"", "alk_", secret[:len(secret)-1], secret + "a", strings.ToUpper(secret), k.Hash, k.ID} {
			if _, err := s.APIKeyBySecret(t.Context(), wrong); store.CodeOf(err) != store.NotFound {
				t.Errorf("%q is taken: %v", wrong, err)
			}
		}
		if newKey(t, s, u, &store.APIKey{}) == secret {
			t.Error("the same secret twice")
		}
	})
}

// TestAPIKeyEnds: a key ends with its time, its deletion, and whatever ends the user's sessions.
func TestAPIKeyEnds(t *testing.T) {
	clock := newClock()
	storetest.EachAt(t, clock.now, func(t *testing.T, s *store.Store) {
		soon := s.Now().Add(time.Hour)
		ends := map[string]func(*store.User, *store.APIKey) error{
			"expiry":   func(*store.User, *store.APIKey) error { clock.advance(time.Hour); return nil },
			"deletion": func(u *store.User, k *store.APIKey) error { return s.DeleteAPIKey(t.Context(), u.ID, k.ID) },
			"password": func(u *store.User, _ *store.APIKey) error {
				return s.SetPassword(t.Context(), u.ID, "another horse")
			},
			"role":    func(u *store.User, _ *store.APIKey) error { return s.SetRole(t.Context(), u.ID, store.RoleAdmin) },
			"disable": func(u *store.User, _ *store.APIKey) error { return s.DisableUser(t.Context(), u.ID) },
		}
		account(t, s, "root@example.com", store.RoleAdmin)
		for name, end := range ends {
			soon = s.Now().Add(time.Hour)
			u := account(t, s, name+"@example.com", store.RoleUser)
			k := &store.APIKey{ExpiresAt: &soon}
			secret := newKey(t, s, u, k)
			if _, err := s.APIKeyBySecret(t.Context(), secret); err != nil {
				t.Errorf("%s: before: %v", name, err)
			}
			if err := end(u, k); err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			if _, err := s.APIKeyBySecret(t.Context(), secret); store.CodeOf(err) != store.NotFound {
				t.Errorf("after its %s the key counts: %v", name, err)
			}
			if _, err := s.LiveAPIKey(t.Context(), k.ID); store.CodeOf(err) != store.NotFound {
				t.Errorf("after its %s the key lives: %v", name, err)
			}
			listed, err := s.APIKeys(t.Context(), u.ID)
			if want := map[bool]int{true: 1}[name == "expiry"]; err != nil || len(listed) != want {
				t.Errorf("after its %s %d keys are listed, want %d (%v)", name, len(listed), want, err)
			}
		}
	})
}

// TestAPIKeyRules: who may have one, what it may be called, how long it may live, how many there may be.
func TestAPIKeyRules(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		u := account(t, s, "ada@example.com", store.RoleUser)
		past := s.Now().Add(-time.Second)
		for field, k := range map[string]*store.APIKey{
			"name": {Name: " ", Scope: "read"}, "scope": {Name: "x", Scope: "admin"}, "expiresAt": {Name: "x", Scope: "read", ExpiresAt: &past},
		} {
			_, err := s.CreateAPIKey(t.Context(), u, k)
			if e, ok := err.(*store.Error); !ok || e.Code != store.Invalid || e.Field != field {
				t.Errorf("%s: %v", field, err)
			}
		}
		if _, err := s.CreateAPIKey(t.Context(), store.GuestUser("g", s.Now()), &store.APIKey{Name: "x", Scope: "read"}); store.CodeOf(err) != store.Forbidden {
			t.Errorf("a guest's key: %v", err)
		}
		var made atomic.Int32
		var wait sync.WaitGroup
		for range store.MaxAPIKeys + 10 {
			wait.Go(func() {
				_, err := s.CreateAPIKey(t.Context(), u, &store.APIKey{Name: "x", Scope: store.ScopeRead})
				if err == nil {
					made.Add(1)
				} else if store.CodeOf(err) != store.Conflict {
					t.Errorf("refusal: %v", err)
				}
			})
		}
		wait.Wait()
		if made.Load() != store.MaxAPIKeys {
			t.Errorf("%d keys were made", made.Load())
		}
	})
}

// TestAPIKeyOwners: a stranger can neither see nor delete a key.
func TestAPIKeyOwners(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		owner, stranger := account(t, s, "ada@example.com", store.RoleUser), account(t, s, "eve@example.com", store.RoleUser)
		k := &store.APIKey{}
		secret := newKey(t, s, owner, k)
		if err := s.DeleteAPIKey(t.Context(), stranger.ID, k.ID); store.CodeOf(err) != store.NotFound {
			t.Errorf("delete: %v", err)
		}
		if keys, err := s.APIKeys(t.Context(), stranger.ID); err != nil || len(keys) > 0 {
			t.Errorf("list: %+v %v", keys, err)
		}
		if _, err := s.APIKeyBySecret(t.Context(), secret); err != nil {
			t.Error(err)
		}
	})
}

// TestAPIKeyLastUse: the first use is told once, and the time is written at most once a minute.
func TestAPIKeyLastUse(t *testing.T) {
	clock := newClock()
	storetest.EachAt(t, clock.now, func(t *testing.T, s *store.Store) {
		u := account(t, s, "ada@example.com", store.RoleUser)
		secret := newKey(t, s, u, &store.APIKey{})
		var first atomic.Int32
		use := func() *store.APIKey {
			k, err := s.APIKeyBySecret(t.Context(), secret)
			if err != nil {
				t.Error(err)
				return nil
			}
			is, err := s.UsedAPIKey(t.Context(), k)
			if err != nil {
				t.Error(err)
			}
			if is {
				first.Add(1)
			}
			return k
		}
		var wait sync.WaitGroup
		for range 8 {
			wait.Go(func() { use() })
		}
		wait.Wait()
		began := s.Now()
		clock.advance(59 * time.Second)
		use()
		if k := use(); !k.LastUsedAt.Equal(began) {
			t.Errorf("written again after a minute less a second: %s", k.LastUsedAt)
		}
		clock.advance(2 * time.Second)
		use()
		if k := use(); !k.LastUsedAt.Equal(s.Now()) {
			t.Errorf("last use %s, now %s", k.LastUsedAt, s.Now())
		}
		if first.Load() != 1 {
			t.Errorf("%d first uses", first.Load())
		}
	})
}
