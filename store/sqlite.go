package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/uptrace/bun"
	"github.com/uptrace/bun/dialect/sqlitedialect"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

const (
	sqliteReaders = 4
	migrateWait   = time.Minute
	lockPoll      = 50 * time.Millisecond
)

type sqliteDialect struct{ path string }

// openSQLite opens one connection that writes and several that read. SQLite
// has one writer anyway: queueing for it here beats SQLITE_BUSY there.
func openSQLite(path string) (writer, reader *bun.DB, d dialect, err error) {
	if path == "" || strings.Contains(path, ":memory:") {
		return nil, nil, nil, Errorf(Invalid, "A SQLite URL needs the path of a file.").WithField("DATABASE_URL")
	}
	if err := makeFile(path); err != nil {
		return nil, nil, nil, Errorf(Unavailable, "The database file %s cannot be opened.", path).WithCause(err)
	}
	writer, err = sqlitePool(path, 1, "journal_mode(WAL)", "cache_size(-16000)")
	if err != nil {
		return nil, nil, nil, err
	}
	reader, err = sqlitePool(path, sqliteReaders, "query_only(ON)", "cache_size(-8000)")
	if err != nil {
		return nil, nil, nil, errors.Join(err, writer.Close())
	}
	return writer, reader, sqliteDialect{path}, nil
}

// makeFile makes the file before SQLite does, which would let others read it.
func makeFile(path string) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return err
	}
	return f.Close()
}

func sqlitePool(path string, conns int, pragmas ...string) (*bun.DB, error) {
	named, err := sql.Open("sqlite", "") // opens nothing yet: the driver is all that is asked for
	if err != nil {
		return nil, fmt.Errorf("open SQLite: %w", err)
	}
	db := sql.OpenDB(&sqliteConnector{named.Driver(), sqliteDSN(path, pragmas)})
	db.SetMaxOpenConns(conns)
	db.SetMaxIdleConns(conns)
	db.SetConnMaxLifetime(0)
	return bun.NewDB(db, sqlitedialect.New()), nil
}

// sqliteDSN: busy_timeout comes first, since setting the journal mode needs
// the lock already; immediate transactions, since a deferred one that reads
// and then writes fails at once whatever the timeout; times are written as bun
// writes them, so that both compare as text.
func sqliteDSN(path string, pragmas []string) string {
	q := url.Values{"_txlock": {"immediate"}, "_time_format": {"sqlite"}, "_timezone": {"UTC"}, "_dqs": {"0"}}
	q["_pragma"] = append([]string{
		"busy_timeout(5000)", "synchronous(NORMAL)", "foreign_keys(ON)", "temp_store(MEMORY)",
		"journal_size_limit(16777216)", // a long read makes the WAL grow; this shrinks it again
	}, pragmas...)
	escaped := strings.NewReplacer("%", "%25", "?", "%3f", "#", "%23").Replace(path)
	return "file:" + escaped + "?" + q.Encode()
}

func (sqliteDialect) name() string { return "sqlite" }

func (sqliteDialect) bind(query string) string { return query }

func (sqliteDialect) normalize(err error) *Error {
	var e *sqlite.Error
	switch {
	case noRows(err):
		return errNoRow()
	case !errors.As(err, &e):
		return nil
	}
	switch e.Code() {
	case sqlite3.SQLITE_CONSTRAINT_UNIQUE, sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY:
		return errTaken()
	case sqlite3.SQLITE_CONSTRAINT_FOREIGNKEY:
		return errGone()
	}
	switch e.Code() & 0xff {
	case sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_INTERRUPT, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN:
		return errBusy()
	case sqlite3.SQLITE_FULL:
		return errFull()
	case sqlite3.SQLITE_READONLY:
		return errReadOnly()
	case sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB:
		return errDamaged()
	}
	return nil
}

func (d sqliteDialect) lockExclusive() (func() error, error) {
	f, err := lockFile(d.path + ".lock")
	switch {
	case errors.Is(err, errLocked):
		return nil, Errorf(Conflict, "Another server is running on the database %s.", d.path).
			WithHint("Stop it first, or give this one another database.").WithCause(err)
	case err != nil:
		return nil, Errorf(Unavailable, "The database %s cannot be locked.", d.path).WithCause(err)
	}
	return f.release, nil
}

func (d sqliteDialect) lockMigrations(ctx context.Context, _ *bun.DB) (func() error, error) {
	ctx, cancel := context.WithTimeout(ctx, migrateWait)
	defer cancel()
	for {
		f, err := lockFile(d.path + ".migrate.lock")
		if err == nil {
			return f.release, nil
		}
		if !errors.Is(err, errLocked) {
			return nil, err
		}
		select {
		case <-ctx.Done():
			return nil, errMigrating().WithCause(ctx.Err())
		case <-time.After(lockPoll):
		}
	}
}

// lockAdmins has nothing to do: a transaction here begins with the only lock.
func (sqliteDialect) lockAdmins(context.Context, bun.Tx) error { return nil }

// day: times are kept as text, in UTC.
func (sqliteDialect) day(column string) string { return "substr(" + column + ", 1, 10)" }

func (sqliteDialect) hasTable(ctx context.Context, db bun.IDB, table string) (bool, error) {
	n, err := db.NewSelect().TableExpr("sqlite_master").Where("type = 'table' AND name = ?", table).Count(ctx)
	return n > 0, err
}

const sqliteCheckpoint = `UPDATE messages SET parts = ? WHERE chat_id = ? AND id = ? AND status = 'streaming'
	AND EXISTS (SELECT 1 FROM streams WHERE id = ? AND status = 'streaming')`

// checkpoint calls once for each: a call costs nothing but the work, here.
func (sqliteDialect) checkpoint(ctx context.Context, tx bun.Tx, all []Checkpoint) error {
	for i := range all {
		c := &all[i]
		if _, err := tx.Tx.ExecContext(ctx, sqliteCheckpoint, cleanJSON(c.PartsJSON), c.ChatID, c.MessageID, c.StreamID); err != nil {
			return err
		}
	}
	return nil
}

func (sqliteDialect) beat(ctx context.Context, tx bun.Tx, now time.Time, streams []string) error {
	ids, err := json.Marshal(streams)
	if err != nil {
		return err
	}
	_, err = tx.Tx.ExecContext(ctx, `UPDATE streams SET heartbeat_at = ?
		WHERE id IN (SELECT value FROM json_each(?)) AND status = 'streaming'`, now, string(ids))
	return err
}
