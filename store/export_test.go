package store

import (
	"context"
	"io/fs"
)

// What only tests need: migrations of their own, and the hashing.

func (s *Store) MigrateUpFrom(ctx context.Context, files fs.FS) ([]string, error) {
	return s.migrateUp(ctx, files)
}

func (s *Store) MigrateDownFrom(ctx context.Context, files fs.FS) (string, error) {
	return s.migrateDown(ctx, files)
}

func (s *Store) MigrationStatusFrom(ctx context.Context, files fs.FS) ([]Migration, error) {
	return s.migrationStatus(ctx, files)
}

func HashPassword(ctx context.Context, password string) (string, error) {
	return newHasher().hash(ctx, password)
}

func VerifyPassword(ctx context.Context, hash, password string) (ok, stale bool, err error) {
	return newHasher().verify(ctx, hash, password)
}

// HashWeakly is a hash as another configuration would have made it.
func HashWeakly(password string) (string, error) {
	p := phc{time: 1, memory: 64, threads: 1, salt: []byte("some salt")}
	p.key = p.derive(password, argonKey)
	return p.String(), nil
}
