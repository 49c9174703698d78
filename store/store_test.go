package store_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/uptrace/bun"

	"alleato/store"
	"alleato/store/storetest"
)

func TestOpenRefuses(t *testing.T) {
	dir := t.TempDir()
	broken := filepath.Join(dir, "broken.db")
	must(t, os.WriteFile(broken, []byte(strings.Repeat("not a database ", 500)), 0o600))
	for name, c := range map[string]struct {
		url  string
		code store.Code
	}{
		"no scheme":      {"alleato.db", store.Invalid},
		"other scheme":   {"mysql://user:secret@host/db", store.Invalid},
		"no path":        {"sqlite://", store.Invalid},
		"memory":         {"sqlite://:memory:", store.Invalid},
		"bad postgres":   {"postgres://user:secret@host:port/db", store.Invalid},
		"nobody there":   {"postgres://user:secret@127.0.0.1:1/db", store.Unavailable},
		"not a database": {"sqlite://" + broken, store.Unavailable},
		"a directory":    {"sqlite://" + dir, store.Unavailable},
	} {
		t.Run(name, func(t *testing.T) {
			s, err := store.Open(ctx(t), store.Options{URL: c.url})
			if err == nil {
				must(t, s.Close())
			}
			wantCode(t, err, c.code)
			if strings.Contains(err.Error(), "secret") {
				t.Errorf("the error shows the password: %v", err)
			}
		})
	}
}

func TestSQLiteFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "new folder", "a?b#c%20d.db")
	s := openAt(t, "sqlite://"+path)
	info, err := os.Stat(path)
	must(t, err)
	if info.Mode().Perm() != 0o600 {
		t.Errorf("others may read the database: %v", info.Mode())
	}
	for pragma, want := range map[string]string{
		"journal_mode": "wal", "foreign_keys": "1", "synchronous": "1", "busy_timeout": "5000", "query_only": "0",
	} {
		var got string
		must(t, s.Writer().DB.QueryRowContext(ctx(t), "PRAGMA "+pragma).Scan(&got))
		if got != want {
			t.Errorf("%s is %s, want %s", pragma, got, want)
		}
	}
	if _, err := s.Reader().DB.ExecContext(ctx(t), "CREATE TABLE x (y TEXT)"); err == nil {
		t.Error("the readers can write")
	}
}

func TestLockExclusive(t *testing.T) {
	url := storetest.SQLiteURL(t)
	one, two := openAt(t, url), openAt(t, url)
	release, err := one.LockExclusive()
	must(t, err)
	_, err = two.LockExclusive()
	wantCode(t, err, store.Conflict)
	must(t, release())
	must(t, release())
	release, err = two.LockExclusive()
	must(t, err)
	must(t, release())
}

func TestPostgresIsNotExclusive(t *testing.T) {
	url := storetest.PostgresURL(t)
	for range 2 {
		release, err := openAt(t, url).LockExclusive()
		must(t, err)
		defer func() { must(t, release()) }()
	}
}

func TestInTx(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		failure := errors.New("failure")
		err := s.InTx(ctx(t), func(ctx context.Context, tx bun.Tx) error {
			must(t, s.SaveGuest(ctx, tx, guest(s)))
			return failure
		})
		if !errors.Is(err, failure) {
			t.Errorf("error: %v", err)
		}
		func() {
			defer func() {
				if recover() == nil {
					t.Error("the panic was swallowed")
				}
			}()
			_ = s.InTx(ctx(t), func(ctx context.Context, tx bun.Tx) error {
				must(t, s.SaveGuest(ctx, tx, guest(s)))
				panic("in the middle")
			})
		}()
		if n := count(t, s, "users"); n != 0 {
			t.Errorf("%d rows of transactions that failed", n)
		}
	})
}

// TestWriterInTxEnds: the mistake of asking the one connection that one holds.
func TestWriterInTxEnds(t *testing.T) {
	s := storetest.Open(t)
	c, cancel := context.WithTimeout(ctx(t), 100*time.Millisecond)
	defer cancel()
	err := s.InTx(c, func(ctx context.Context, _ bun.Tx) error {
		_, err := s.Writer().NewSelect().Table("users").Count(ctx)
		return err
	})
	wantCode(t, err, store.Unavailable)
}

func TestDriverErrors(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		u := guest(s)
		must(t, s.CreateChat(ctx(t), u, &store.Chat{}))
		insert := func(u *store.User) error {
			return s.InTx(ctx(t), func(ctx context.Context, tx bun.Tx) error {
				_, err := tx.NewInsert().Model(u).Exec(ctx)
				return err
			})
		}
		wantCode(t, insert(u), store.Conflict)
		err := s.InTx(ctx(t), func(ctx context.Context, tx bun.Tx) error {
			_, err := tx.NewInsert().Model(&store.Chat{ID: "a", UserID: "nobody", Visibility: store.Private}).Exec(ctx)
			return err
		})
		wantCode(t, err, store.Conflict)
		err = s.InTx(ctx(t), func(ctx context.Context, tx bun.Tx) error {
			return tx.NewSelect().Model(new(store.User)).Where("u.id = 'nobody'").Scan(ctx)
		})
		wantCode(t, err, store.NotFound)
		if !errors.Is(err, sql.ErrNoRows) {
			t.Errorf("the cause is lost: %v", err)
		}
		err = s.InTx(ctx(t), func(ctx context.Context, tx bun.Tx) error {
			_, err := tx.ExecContext(ctx, "SELEC nonsense")
			return err
		})
		wantCode(t, err, store.Internal)
		gone, cancel := context.WithTimeout(ctx(t), time.Nanosecond)
		defer cancel()
		<-gone.Done()
		_, err = s.User(gone, u.ID)
		wantCode(t, err, store.Unavailable)
	})
}

func TestSQLiteLockedAndReadOnly(t *testing.T) {
	s := storetest.Open(t)
	_, err := s.Writer().DB.ExecContext(ctx(t), "PRAGMA busy_timeout = 50")
	must(t, err)
	var path string
	must(t, s.Reader().DB.QueryRowContext(ctx(t), "SELECT file FROM pragma_database_list WHERE name = 'main'").Scan(&path))
	other, err := sql.Open("sqlite", path+"?_txlock=immediate")
	must(t, err)
	defer func() { must(t, other.Close()) }()
	hold, err := other.BeginTx(ctx(t), nil)
	must(t, err)
	wantCode(t, s.CreateChat(ctx(t), guest(s), &store.Chat{}), store.Unavailable)
	must(t, hold.Rollback())
	must(t, s.CreateChat(ctx(t), guest(s), &store.Chat{}))
	_, err = s.Writer().DB.ExecContext(ctx(t), "PRAGMA query_only = ON")
	must(t, err)
	wantCode(t, s.CreateChat(ctx(t), guest(s), &store.Chat{}), store.Unavailable)
}

func TestErrors(t *testing.T) {
	cause := fs.ErrNotExist
	base := store.Errorf(store.Invalid, "%d is wrong", 7)
	err := fmt.Errorf("outer: %w", base.WithHint("do this").WithCause(cause).WithRetryAfter(time.Second).
		WithFields(store.FieldError{Field: "a", Message: "b"}, store.FieldError{Field: "c", Message: "d"}))
	var e *store.Error
	if !errors.As(err, &e) || !errors.Is(err, cause) {
		t.Fatalf("neither itself nor its cause: %v", err)
	}
	if e.Message != "7 is wrong" || e.Hint != "do this" || e.Field != "a" || len(e.Fields) != 2 || e.RetryAfter != time.Second {
		t.Errorf("%+v", e)
	}
	if base.Hint != "" || base.Field != "" {
		t.Errorf("the first one changed: %+v", base)
	}
	for _, c := range []struct {
		err  error
		want store.Code
	}{
		{nil, ""}, {err, store.Invalid}, {cause, store.Internal},
		{fmt.Errorf("x: %w", context.DeadlineExceeded), store.Unavailable}, {context.Canceled, store.Internal},
	} {
		if got := store.CodeOf(c.err); got != c.want {
			t.Errorf("CodeOf(%v) = %q, want %q", c.err, got, c.want)
		}
	}
}

func TestIDs(t *testing.T) {
	before := ""
	for range 1000 {
		id := store.NewID()
		if id <= before || !store.ValidID(id) {
			t.Fatalf("%q after %q", id, before)
		}
		before = id
	}
	for id, want := range map[string]bool{
		"": false, "a": true, "Zz09_-": true, "a b": false, "a/b": false, "é": false, "a\x00": false,
		strings.Repeat("x", 64): true, strings.Repeat("x", 65): false,
	} {
		if got := store.ValidID(id); got != want {
			t.Errorf("ValidID(%q) = %v", id, got)
		}
	}
}
