package store_test

import (
	"io/fs"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"alleato/migrations"
	"alleato/store"
	"alleato/store/storetest"
)

func openAt(t *testing.T, url string) *store.Store {
	t.Helper()
	s, err := store.Open(ctx(t), store.Options{URL: url})
	must(t, err)
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

func tables(t *testing.T, s *store.Store) []string {
	t.Helper()
	names := []string{}
	q := s.Writer().NewSelect().TableExpr("sqlite_master").Column("name").Where("type = 'table' AND name NOT LIKE 'sqlite_%'")
	if s.Dialect() == "postgres" {
		q = s.Writer().NewSelect().TableExpr("pg_tables").ColumnExpr("tablename").Where("schemaname = current_schema()")
	}
	must(t, q.Scan(ctx(t), &names))
	names = slices.DeleteFunc(names, func(n string) bool {
		return strings.HasPrefix(n, "bun_") || strings.HasPrefix(n, "search_index") || strings.HasPrefix(n, "document_index")
	})
	slices.Sort(names)
	return names
}

func TestMigrateUpAndDown(t *testing.T) {
	storetest.EachURL(t, func(t *testing.T, url string) {
		s := openAt(t, url)
		status, err := s.MigrationStatus(ctx(t))
		must(t, err)
		if len(status) == 0 || status[0].AppliedAt != nil {
			t.Fatalf("status of an empty database: %+v", status)
		}
		done, err := s.MigrateUp(ctx(t))
		must(t, err)
		if len(done) != len(status) || done[0] != status[0].Name {
			t.Errorf("applied %q of %+v", done, status)
		}
		want := []string{"api_keys", "audit", "chats", "completion_usage", "document_entries", "document_versions", "documents", "files", "kv", "messages", "search_entries",
			"streams", "suggestions", "transfers", "usage", "users", "votes", "webhook_deliveries", "webhooks"}
		if diff := cmp.Diff(want, tables(t, s)); diff != "" {
			t.Errorf("tables (-want +got):\n%s", diff)
		}
		again, err := s.MigrateUp(ctx(t))
		must(t, err)
		if len(again) != 0 {
			t.Errorf("a second run applied %q", again)
		}
		status, err = s.MigrationStatus(ctx(t))
		must(t, err)
		if status[0].AppliedAt == nil {
			t.Errorf("status afterwards: %+v", status)
		}
		for range done {
			_, err := s.MigrateDown(ctx(t))
			must(t, err)
		}
		if left := tables(t, s); len(left) != 0 {
			t.Errorf("left after going down: %q", left)
		}
		if name, err := s.MigrateDown(ctx(t)); name != "" || err != nil {
			t.Errorf("down from nothing: %q, %v", name, err)
		}
	})
}

func file(text string) *fstest.MapFile { return &fstest.MapFile{Data: []byte(text)} }

func TestFailedMigrationIsNotMarked(t *testing.T) {
	storetest.EachURL(t, func(t *testing.T, url string) {
		s := openAt(t, url)
		files := fstest.MapFS{
			"0001_good.tx.up.sql": file("CREATE TABLE good (id TEXT)"),
			"0002_bad.tx.up.sql":  file("CREATE TABLE half (id TEXT);\n--bun:split\nCREATE TABLE half (id TEXT)"),
		}
		if done, err := s.MigrateUpFrom(ctx(t), files); err == nil {
			t.Fatalf("no error; applied %q", done)
		}
		if diff := cmp.Diff([]string{"good"}, tables(t, s)); diff != "" {
			t.Errorf("tables (-want +got):\n%s", diff)
		}
		status, err := s.MigrationStatusFrom(ctx(t), files)
		must(t, err)
		if status[0].AppliedAt == nil || status[1].AppliedAt != nil {
			t.Errorf("marks: %+v", status)
		}
		files["0002_bad.tx.up.sql"] = file("CREATE TABLE whole (id TEXT)")
		done, err := s.MigrateUpFrom(ctx(t), files)
		must(t, err)
		if diff := cmp.Diff([]string{"0002_bad"}, done); diff != "" {
			t.Errorf("once repaired (-want +got):\n%s", diff)
		}
	})
}

// TestMarkIsPartOfTheMigration: a process that dies after a migration's
// transaction, before bun's own mark, must not leave it half done.
func TestMarkIsPartOfTheMigration(t *testing.T) {
	storetest.EachURL(t, func(t *testing.T, url string) {
		s := openAt(t, url)
		files := fstest.MapFS{
			"0001_one.tx.up.sql": file("CREATE TABLE one (id TEXT)"),
			// The trigger refuses what bun writes afterwards: an update of our mark.
			"0002_two.tx.up.sql": file("CREATE TABLE two (id TEXT)"),
		}
		_, err := s.MigrateUpFrom(ctx(t), fstest.MapFS{"0001_one.tx.up.sql": files["0001_one.tx.up.sql"]})
		must(t, err)
		refuseUpdates(t, s)
		if _, err := s.MigrateUpFrom(ctx(t), files); err == nil {
			t.Fatal("the second mark was not refused")
		}
		status, err := s.MigrationStatusFrom(ctx(t), files)
		must(t, err)
		if status[1].AppliedAt == nil {
			t.Errorf("applied and not marked: %+v", status)
		}
	})
}

func refuseUpdates(t *testing.T, s *store.Store) {
	t.Helper()
	statements := []string{`CREATE TRIGGER refuse BEFORE UPDATE ON bun_migrations BEGIN SELECT RAISE(ABORT, 'refused'); END`}
	if s.Dialect() == "postgres" {
		statements = []string{
			`CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'refused'; END $$`,
			`CREATE TRIGGER refuse BEFORE UPDATE ON bun_migrations FOR EACH ROW EXECUTE FUNCTION refuse()`,
		}
	}
	for _, one := range statements {
		_, err := s.Writer().DB.ExecContext(ctx(t), one)
		must(t, err)
	}
}

func TestNewerDatabaseIsRefused(t *testing.T) {
	storetest.EachURL(t, func(t *testing.T, url string) {
		s := openAt(t, url)
		newer := fstest.MapFS{"9999_future.tx.up.sql": file("CREATE TABLE future (id TEXT)")}
		must(t, fs.WalkDir(migrations.FS(s.Dialect()), ".", func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return err
			}
			data, err := fs.ReadFile(migrations.FS(s.Dialect()), path)
			newer[path] = &fstest.MapFile{Data: data}
			return err
		}))
		_, err := s.MigrateUpFrom(ctx(t), newer)
		must(t, err)
		_, err = s.MigrateUp(ctx(t))
		wantCode(t, err, store.Conflict)
		if !strings.Contains(err.Error(), "9999") {
			t.Errorf("the error does not name the migration: %v", err)
		}
		_, err = s.MigrateDown(ctx(t))
		wantCode(t, err, store.Conflict)
	})
}

// TestMigrateTogether: of several servers that start on an empty database one
// migrates, and the others wait.
func TestMigrateTogether(t *testing.T) {
	storetest.EachURL(t, func(t *testing.T, url string) {
		var wg sync.WaitGroup
		var mu sync.Mutex
		applied := map[string]int{}
		for range 4 {
			s := openAt(t, url)
			wg.Go(func() {
				done, err := s.MigrateUp(t.Context())
				mu.Lock()
				defer mu.Unlock()
				if err != nil {
					t.Error(err)
				}
				for _, name := range done {
					applied[name]++
				}
			})
		}
		wg.Wait()
		if len(applied) == 0 {
			t.Error("nobody migrated")
		}
		for name, n := range applied {
			if n != 1 {
				t.Errorf("%s was applied %d times", name, n)
			}
		}
	})
}

// TestDialectsHaveTheSameMigrations: one set per dialect, up and down.
func TestDialectsHaveTheSameMigrations(t *testing.T) {
	names := func(dialect string) []string {
		list, err := fs.Glob(migrations.FS(dialect), "*")
		must(t, err)
		return list
	}
	sqlite := names("sqlite")
	if diff := cmp.Diff(sqlite, names("postgres")); diff != "" {
		t.Errorf("(-sqlite +postgres):\n%s", diff)
	}
	for _, name := range sqlite {
		up, found := strings.CutSuffix(name, ".tx.up.sql")
		if found && !slices.Contains(sqlite, up+".tx.down.sql") {
			t.Errorf("%s has no way down", name)
		}
		if !found && !strings.HasSuffix(name, ".tx.down.sql") {
			t.Errorf("%s would not run in a transaction", name)
		}
	}
	if _, err := migrations.FS("mysql").Open("0001_init.tx.up.sql"); err == nil {
		t.Error("there are migrations for a dialect that we do not have")
	}
}
