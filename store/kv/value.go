package kv

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/uptrace/bun"
	"github.com/uptrace/bun/dialect"
)

// value is a row of the table kv; ExpiresAt is nil for ever.
type value struct {
	bun.BaseModel `bun:"table:kv,alias:kv"`

	Key       string     `bun:"key,pk"`
	Value     []byte     `bun:"value"`
	ExpiresAt *time.Time `bun:"expires_at"`
}

const live = "(expires_at IS NULL OR expires_at > ?)"

// Every request with a session reads one value: the arguments are bound, so that the statement is compiled
// once. bun would write them into its text.
const (
	getSQLite   = "SELECT value FROM kv WHERE key = ? AND (expires_at IS NULL OR expires_at > ?)"
	getPostgres = "SELECT value FROM kv WHERE key = $1 AND (expires_at IS NULL OR expires_at > $2)"
)

// Get reads a live value.
func (e *Embedded) Get(ctx context.Context, key string) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	query := getSQLite
	if e.o.Reader.Dialect().Name() == dialect.PG {
		query = getPostgres
	}
	var data []byte
	err := e.o.Reader.DB.QueryRowContext(ctx, query, key, e.now()).Scan(&data)
	return data, found("get", err)
}

// Set writes a value; ttl 0 is for ever.
func (e *Embedded) Set(ctx context.Context, key string, data []byte, ttl time.Duration) error {
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	v := &value{Key: key, Value: data}
	if data == nil {
		v.Value = []byte{}
	}
	if ttl > 0 {
		at := e.now().Add(ttl)
		v.ExpiresAt = &at
	}
	_, err := e.o.Writer.NewInsert().Model(v).
		On("CONFLICT (key) DO UPDATE").Set("value = EXCLUDED.value").Set("expires_at = EXCLUDED.expires_at").
		Exec(ctx)
	return found("set", err)
}

// Delete removes keys.
func (e *Embedded) Delete(ctx context.Context, keys ...string) error {
	if len(keys) == 0 {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	_, err := e.o.Writer.NewDelete().Model((*value)(nil)).Where("key IN (?)", bun.List(keys)).Exec(ctx)
	return found("delete", err)
}

// Take reads and deletes in one statement.
func (e *Embedded) Take(ctx context.Context, key string) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	var data []byte
	err := e.o.Writer.NewRaw("DELETE FROM kv WHERE key = ? AND "+live+" RETURNING value", key, e.now()).Scan(ctx, &data)
	return data, found("take", err)
}

// lastRune is behind every character that a key can hold.
const lastRune = "\U0010FFFF"

// List gives the live keys that begin with prefix, sorted by their bytes. A
// range walks the index, and takes % and _ for themselves, which LIKE does not.
func (e *Embedded) List(ctx context.Context, prefix string) ([]string, error) {
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	keys := []string{}
	err := e.o.Reader.NewSelect().Model((*value)(nil)).Column("key").Where(live, e.now()).
		Where("key >= ? AND key < ?", prefix, prefix+lastRune).OrderExpr("key").Scan(ctx, &keys)
	return keys, found("list", err)
}

func (e *Embedded) sweepValues(ctx context.Context, now time.Time) error {
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	_, err := e.o.Writer.NewDelete().Model((*value)(nil)).Where("expires_at <= ?", now).Exec(ctx)
	return err
}

func found(verb string, err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, sql.ErrNoRows):
		return ErrNotFound
	}
	return fmt.Errorf("kv: %s: %w: %w", verb, ErrUnavailable, err)
}
