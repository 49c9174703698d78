package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"io"
	"net"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgtype"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/uptrace/bun"
	"github.com/uptrace/bun/dialect/pgdialect"
)

const (
	postgresConns = 16
	postgresIdle  = 8

	// Keys of advisory locks; they hold within one database.
	lockKeyMigrate = 0x616c6c01
	lockKeyAdmins  = 0x616c6c02
)

type postgresDialect struct{}

// openPostgres makes one pool for reading and writing.
func openPostgres(url string) (*bun.DB, dialect, error) {
	cfg, err := pgx.ParseConfig(url)
	if err != nil {
		// pgx hides the password in its own message, not in the one it wraps.
		return nil, nil, Errorf(Invalid, "The database's URL cannot be read.").WithField("DATABASE_URL").WithCause(err)
	}
	// bun writes arguments into the statement, so each text is new: preparing
	// it would cost a round trip and fill the cache for nothing.
	cfg.DefaultQueryExecMode = pgx.QueryExecModeExec
	if cfg.ConnectTimeout == 0 {
		cfg.ConnectTimeout = 5 * time.Second
	}
	db := stdlib.OpenDB(*cfg, stdlib.OptionAfterConnect(timesInUTC))
	db.SetMaxOpenConns(postgresConns)
	db.SetMaxIdleConns(postgresIdle)
	db.SetConnMaxIdleTime(5 * time.Minute)
	return bun.NewDB(db, pgdialect.New()), postgresDialect{}, nil
}

// timesInUTC: pgx gives times in the machine's zone, which would show in JSON.
func timesInUTC(_ context.Context, c *pgx.Conn) error {
	c.TypeMap().RegisterType(&pgtype.Type{
		Name: "timestamptz", OID: pgtype.TimestamptzOID,
		Codec: &pgtype.TimestamptzCodec{ScanLocation: time.UTC},
	})
	return nil
}

func (postgresDialect) name() string { return "postgres" }

// bind numbers the placeholders. Our bound statements hold no other ?.
func (postgresDialect) bind(query string) string {
	var b strings.Builder
	n := 0
	for {
		before, after, found := strings.Cut(query, "?")
		b.WriteString(before)
		if !found {
			return b.String()
		}
		n++
		b.WriteString("$" + strconv.Itoa(n))
		query = after
	}
}

func (postgresDialect) normalize(err error) *Error {
	var pg *pgconn.PgError
	var connect *pgconn.ConnectError
	var network net.Error
	switch {
	case noRows(err):
		return errNoRow()
	case errors.As(err, &pg):
		return normalizeState(pg.Code)
	case errors.Is(err, context.Canceled):
		return nil
	case errors.As(err, &connect), errors.As(err, &network), errors.Is(err, driver.ErrBadConn),
		errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, io.EOF), errors.Is(err, sql.ErrConnDone):
		return errBusy()
	}
	return nil
}

// normalizeState goes by the SQLSTATE: its first two characters are its class.
func normalizeState(state string) *Error {
	switch state {
	case "23505":
		return errTaken()
	case "23503":
		return errGone()
	case "53100":
		return errFull()
	case "25006":
		return errReadOnly()
	case "40001", "40P01", "55P03", "57014":
		return errBusy() // lost against another transaction, or out of time
	}
	switch {
	case strings.HasPrefix(state, "08"), strings.HasPrefix(state, "53"), strings.HasPrefix(state, "57P"):
		return errBusy() // connection, resources, shutting down
	}
	return nil
}

func (postgresDialect) lockExclusive() (func() error, error) {
	return func() error { return nil }, nil
}

// lockMigrations holds a session's lock, on a connection of its own: it ends
// with the session, however that ends.
func (d postgresDialect) lockMigrations(ctx context.Context, db *bun.DB) (func() error, error) {
	wait, cancel := context.WithTimeout(ctx, migrateWait)
	defer cancel()
	conn, err := db.DB.Conn(wait)
	if err != nil {
		return nil, err
	}
	if _, err := conn.ExecContext(wait, "SELECT pg_advisory_lock($1::bigint)", lockKeyMigrate); err != nil {
		if wait.Err() != nil {
			err = errMigrating().WithCause(err)
		}
		return nil, errors.Join(err, conn.Close())
	}
	return func() error {
		_, err := conn.ExecContext(context.WithoutCancel(ctx), "SELECT pg_advisory_unlock($1::bigint)", lockKeyMigrate)
		return errors.Join(err, conn.Close())
	}, nil
}

func (postgresDialect) lockAdmins(ctx context.Context, tx bun.Tx) error {
	_, err := tx.Tx.ExecContext(ctx, "SELECT pg_advisory_xact_lock($1::bigint)", lockKeyAdmins)
	return err
}

func (postgresDialect) day(column string) string {
	return "to_char(" + column + " AT TIME ZONE 'UTC', 'YYYY-MM-DD')"
}

func (postgresDialect) hasTable(ctx context.Context, db bun.IDB, table string) (bool, error) {
	var there bool
	err := db.NewRaw("SELECT to_regclass(?) IS NOT NULL", table).Scan(ctx, &there)
	return there, err
}

const postgresCheckpoint = `UPDATE messages AS m SET parts = v.parts
	FROM unnest($1::text[], $2::text[], $3::text[], $4::text[]) AS v (parts, chat_id, id, stream_id)
	WHERE m.chat_id = v.chat_id AND m.id = v.id AND m.status = 'streaming'
	AND EXISTS (SELECT 1 FROM streams AS s WHERE s.id = v.stream_id AND s.status = 'streaming')`

// checkpoint is one statement for all: here a round trip is what costs.
func (postgresDialect) checkpoint(ctx context.Context, tx bun.Tx, all []Checkpoint) error {
	cols := make([]string, 4*len(all))
	parts, chats, ids, streams := cols[:len(all)], cols[len(all):2*len(all)], cols[2*len(all):3*len(all)], cols[3*len(all):]
	for i := range all {
		c := &all[i]
		parts[i], chats[i], ids[i], streams[i] = cleanJSON(c.PartsJSON), c.ChatID, c.MessageID, c.StreamID
	}
	_, err := tx.Tx.ExecContext(ctx, postgresCheckpoint, parts, chats, ids, streams)
	return err
}

func (postgresDialect) beat(ctx context.Context, tx bun.Tx, now time.Time, streams []string) error {
	_, err := tx.Tx.ExecContext(ctx,
		"UPDATE streams SET heartbeat_at = $1 WHERE id = ANY($2::text[]) AND status = 'streaming'", now, streams)
	return err
}

// isDeadlock: Postgres ended this transaction so that another can go on.
func isDeadlock(err error) bool {
	var pg *pgconn.PgError
	return errors.As(err, &pg) && pg.Code == "40P01"
}
