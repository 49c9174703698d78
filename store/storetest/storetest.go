// Package storetest gives tests a real store on both databases. It imports
// store and nothing else of ours, and only tests import it.
//
// SQLite is a file in a directory of the test. Postgres is a schema of the
// test's own, in the database that ALLEATO_TEST_POSTGRES names (a postgres://
// URL of a user who may create schemas) or else on a server that is started for
// this test process, if Postgres is installed.
package storetest

import (
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"

	"alleato/store"
)

const callTime = time.Minute

// Open is a migrated SQLite store that ends with the test.
func Open(t testing.TB) *store.Store {
	t.Helper()
	return migrated(t, store.Options{URL: SQLiteURL(t)})
}

// OpenAt is Open with a clock.
func OpenAt(t testing.TB, now func() time.Time) *store.Store {
	t.Helper()
	return migrated(t, store.Options{URL: SQLiteURL(t), Now: now})
}

// OpenPostgres is a migrated Postgres store that ends with the test.
func OpenPostgres(t testing.TB) *store.Store {
	t.Helper()
	return migrated(t, store.Options{URL: PostgresURL(t)})
}

// SQLiteURL names a new file in a directory of the test.
func SQLiteURL(t testing.TB) string {
	return "sqlite://" + filepath.Join(t.TempDir(), "alleato.db")
}

// Each runs fn on both databases, as subtests "sqlite" and "postgres".
func Each(t *testing.T, fn func(t *testing.T, s *store.Store)) {
	t.Helper()
	EachAt(t, nil, fn)
}

// EachAt is Each with a clock.
func EachAt(t *testing.T, now func() time.Time, fn func(t *testing.T, s *store.Store)) {
	t.Helper()
	EachURL(t, func(t *testing.T, url string) { fn(t, migrated(t, store.Options{URL: url, Now: now})) })
}

// EachLimited is Each with bounds of what somebody may keep.
func EachLimited(t *testing.T, limits map[store.Role]store.Limit, fn func(t *testing.T, s *store.Store)) {
	t.Helper()
	EachURL(t, func(t *testing.T, url string) { fn(t, migrated(t, store.Options{URL: url, Limits: limits})) })
}

// OpenLimited is Open, or on Postgres OpenPostgres, with bounds of what somebody may keep.
func OpenLimited(t testing.TB, postgres bool, limits map[store.Role]store.Limit) *store.Store {
	t.Helper()
	if postgres {
		return migrated(t, store.Options{URL: PostgresURL(t), Limits: limits})
	}
	return migrated(t, store.Options{URL: SQLiteURL(t), Limits: limits})
}

// EachURL runs fn on an empty database of each kind, which nobody has migrated.
func EachURL(t *testing.T, fn func(t *testing.T, url string)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) { fn(t, SQLiteURL(t)) })
	t.Run("postgres", func(t *testing.T) { fn(t, PostgresURL(t)) })
}

func migrated(t testing.TB, o store.Options) *store.Store {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), callTime)
	defer cancel()
	s, err := store.Open(ctx, o)
	if err != nil {
		t.Fatalf("open the store: %v", err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Errorf("close the store: %v", err)
		}
	})
	if _, err := s.MigrateUp(ctx); err != nil {
		t.Fatalf("migrate: %v", err)
	}
	return s
}

// lack skips the test, or fails it where everything has to be there.
func lack(t testing.TB, reason string) {
	t.Helper()
	if os.Getenv("CI") == "true" {
		t.Fatal(reason)
	}
	t.Skip(reason)
}
