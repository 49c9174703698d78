package store

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"time"

	"github.com/uptrace/bun"
	"github.com/uptrace/bun/migrate"

	"alleato/migrations"
)

const migrationsTable = "bun_migrations"

// Migration is a step of the schema; AppliedAt is nil while it is pending.
type Migration struct {
	Name      string
	AppliedAt *time.Time
}

func errMigrating() *Error {
	return Errorf(Unavailable, "Another process is migrating the database.").WithHint("Wait for it to end, then try again.")
}

func errNewer(name string) *Error {
	return Errorf(Conflict, "The database is newer than this program: it has migration %s, which the program does not know.", name).
		WithHint("Run the newer version of Alleato.")
}

// MigrateUp applies what is pending and returns the names. Each migration and
// its mark are one transaction; a lock that ends with the process keeps others
// out. A database with a migration that we do not know is refused.
func (s *Store) MigrateUp(ctx context.Context) ([]string, error) {
	return s.migrateUp(ctx, migrations.FS(s.Dialect()))
}

// MigrateDown takes the last applied migration back and returns its name, ""
// when there is none.
func (s *Store) MigrateDown(ctx context.Context) (string, error) {
	return s.migrateDown(ctx, migrations.FS(s.Dialect()))
}

// MigrationStatus lists the migrations, oldest first. It writes nothing.
func (s *Store) MigrationStatus(ctx context.Context) ([]Migration, error) {
	return s.migrationStatus(ctx, migrations.FS(s.Dialect()))
}

func (s *Store) migrateUp(ctx context.Context, files fs.FS) (done []string, err error) {
	m, err := s.migrator(files, mark)
	if err != nil {
		return nil, err
	}
	err = s.migrating(ctx, m, func() error {
		group, err := m.Migrate(ctx)
		if err != nil {
			return err
		}
		for _, one := range group.Migrations {
			done = append(done, one.String())
		}
		return nil
	})
	return done, err
}

func (s *Store) migrateDown(ctx context.Context, files fs.FS) (name string, err error) {
	m, err := s.migrator(files, unmark)
	if err != nil {
		return "", err
	}
	err = s.migrating(ctx, m, func() error {
		all, err := m.MigrationsWithStatus(ctx)
		if err != nil {
			return err
		}
		applied := all.Applied()
		if len(applied) == 0 {
			return nil
		}
		last := &applied[0]
		name = last.String()
		if last.Down == nil {
			return Errorf(Invalid, "Migration %s cannot be taken back.", name)
		}
		return last.Down(ctx, m, last)
	})
	return name, err
}

func (s *Store) migrationStatus(ctx context.Context, files fs.FS) ([]Migration, error) {
	m, err := s.migrator(files, mark)
	if err != nil {
		return nil, err
	}
	known, err := discover(files)
	if err != nil {
		return nil, err
	}
	applied, err := s.appliedMigrations(ctx, m)
	if err != nil {
		return nil, s.wrap(err)
	}
	var out []Migration
	for _, one := range known.Sorted() {
		out = append(out, Migration{Name: one.String(), AppliedAt: applied[one.Name]})
		delete(applied, one.Name)
	}
	for _, name := range slices.Sorted(maps.Keys(applied)) {
		out = append(out, Migration{Name: name, AppliedAt: applied[name]})
	}
	return out, nil
}

// appliedMigrations also answers for a database that was never migrated.
func (s *Store) appliedMigrations(ctx context.Context, m *migrate.Migrator) (map[string]*time.Time, error) {
	there, err := s.dialect.hasTable(ctx, s.writer, migrationsTable)
	if err != nil || !there {
		return nil, err
	}
	list, err := m.AppliedMigrations(ctx)
	if err != nil {
		return nil, err
	}
	applied := make(map[string]*time.Time, len(list))
	for _, one := range list {
		at := one.MigratedAt.UTC()
		applied[one.Name] = &at
	}
	return applied, nil
}

// migrator marks within the migration's own transaction (after is its last
// step). bun alone would mark in a second one, and a crash between the two
// would leave a migration that can neither be skipped nor repeated.
func (s *Store) migrator(files fs.FS, after migrate.MigrationHook) (*migrate.Migrator, error) {
	known, err := discover(files)
	if err != nil {
		return nil, err
	}
	return migrate.NewMigrator(s.writer, known,
		migrate.WithTableName(migrationsTable),
		migrate.WithMarkAppliedOnSuccess(true),
		migrate.WithUpsert(true), // bun marks once more, after our mark
		migrate.AfterMigration(after),
	), nil
}

func discover(files fs.FS) (*migrate.Migrations, error) {
	known := migrate.NewMigrations()
	if err := known.Discover(files); err != nil {
		return nil, fmt.Errorf("read the migrations: %w", err)
	}
	return known, nil
}

func mark(ctx context.Context, tx bun.IConn, m *migrate.Migration) error {
	_, err := tx.ExecContext(ctx, "INSERT INTO "+migrationsTable+" (name, group_id, migrated_at) VALUES (?, ?, ?)",
		m.Name, m.GroupID, time.Now().UTC())
	return err
}

func unmark(ctx context.Context, tx bun.IConn, m *migrate.Migration) error {
	_, err := tx.ExecContext(ctx, "DELETE FROM "+migrationsTable+" WHERE name = ?", m.Name)
	return err
}

// migrating runs fn under the lock, on a database that is not newer than we are.
func (s *Store) migrating(ctx context.Context, m *migrate.Migrator, fn func() error) (err error) {
	release, err := s.dialect.lockMigrations(ctx, s.writer)
	if err != nil {
		return s.wrap(err)
	}
	defer func() { err = s.wrap(errors.Join(err, release())) }()
	if err := m.Init(ctx); err != nil {
		return err
	}
	unknown, err := m.MissingMigrations(ctx)
	if err != nil {
		return err
	}
	if len(unknown) > 0 {
		return errNewer(unknown[0].Name)
	}
	return fn()
}
