// Package store owns the nouns, their rules and their SQL, on SQLite and on
// Postgres alike, and the codes of our errors. It imports migrations and
// nothing else of ours: it knows neither HTTP nor models.
//
// Every query on a person's data carries the owner in its WHERE, so that a
// stranger's row and a missing row are the same NotFound. Times are UTC and
// whole microseconds, which is what both databases keep.
package store

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"github.com/uptrace/bun"
)

// callTimeout ends a call that would hang: a lock nobody releases, or a query
// on Writer inside InTx, which waits for the connection that it holds itself.
const callTimeout = 15 * time.Second

// Options say where the database is and what the store works with.
type Options struct {
	URL string           // sqlite://path or postgres://…
	Now func() time.Time // nil: time.Now
	Log *slog.Logger     // nil: nothing is logged
	// Limits bound what somebody of a role may keep; a role that has none may keep anything.
	Limits map[Role]Limit
}

// Store is the database. All methods may be called at the same time.
type Store struct {
	writer, reader *bun.DB
	dialect        dialect
	passwords      hasher
	now            func() time.Time
	log            *slog.Logger
	limits         map[Role]Limit
}

// dialect is what the two databases do differently.
type dialect interface {
	name() string
	// normalize makes one of our errors of a driver's, or gives nil.
	normalize(err error) *Error
	// bind turns ? into the driver's placeholders.
	bind(query string) string
	lockExclusive() (release func() error, err error)
	lockMigrations(ctx context.Context, db *bun.DB) (release func() error, err error)
	// lockAdmins makes this transaction wait for others that change who is an
	// admin: a count cannot be trusted otherwise.
	lockAdmins(ctx context.Context, tx bun.Tx) error
	hasTable(ctx context.Context, db bun.IDB, table string) (bool, error)
	checkpoint(ctx context.Context, tx bun.Tx, all []Checkpoint) error
	beat(ctx context.Context, tx bun.Tx, now time.Time, streams []string) error
	// day gives the day of UTC of a column of times, as 2006-01-02.
	day(column string) string
	// searchSQL finds messages, or titles, newest first: chat, title, text, time,
	// and for messages id and role.
	searchSQL(q searchQuery, titles bool, limit int) (query string, args []any)
	// documentsSQL finds documents, newest first: id, chat, title, text, time;
	// documentsMatch is the condition alone, on documents AS d.
	documentsSQL(q searchQuery, limit int) (query string, args []any)
	documentsMatch(q searchQuery) (where string, args []any)
}

// Open connects, and makes an empty SQLite file when there is none. It does
// not migrate.
func Open(ctx context.Context, o Options) (*Store, error) {
	s := &Store{passwords: newHasher(), now: o.Now, log: o.Log, limits: o.Limits}
	if s.now == nil {
		s.now = time.Now
	}
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	if err := s.open(o.URL); err != nil {
		return nil, err
	}
	if err := s.Ping(ctx); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

func (s *Store) open(url string) (err error) {
	scheme, rest, _ := strings.Cut(url, "://")
	switch scheme {
	case "sqlite":
		s.writer, s.reader, s.dialect, err = openSQLite(rest)
	case "postgres", "postgresql":
		s.writer, s.dialect, err = openPostgres(url)
		s.reader = s.writer
	default:
		// The URL itself may hold a password: it is not repeated.
		err = Errorf(Invalid, "The database's URL begins with neither sqlite:// nor postgres://.").WithField("DATABASE_URL")
	}
	return err
}

// Close ends all connections.
func (s *Store) Close() error {
	err := s.writer.Close()
	if s.reader != s.writer {
		err = errors.Join(err, s.reader.Close())
	}
	return err
}

// Ping reports whether the database answers.
func (s *Store) Ping(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	if err := s.writer.PingContext(ctx); err != nil {
		return s.wrap(err)
	}
	return s.wrap(s.reader.PingContext(ctx))
}

// Writer is where to write. On SQLite it is one connection: inside InTx a
// query on it waits for ever, so use the transaction there.
func (s *Store) Writer() *bun.DB { return s.writer }

// Reader is where to read. On Postgres it is the same pool as Writer.
func (s *Store) Reader() *bun.DB { return s.reader }

// Dialect is "sqlite" or "postgres".
func (s *Store) Dialect() string { return s.dialect.name() }

// Now is the time, UTC, in whole microseconds.
func (s *Store) Now() time.Time { return s.now().UTC().Truncate(time.Microsecond) }

// InTx runs fn in one transaction, which an error or a panic rolls back. What
// others may see of it (events, files) belongs after InTx has returned nil. A
// transaction that Postgres picks to end a deadlock runs again, so fn must not
// count on running once.
func (s *Store) InTx(ctx context.Context, fn func(ctx context.Context, tx bun.Tx) error) error {
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	const tries = 5
	for i := 1; ; i++ {
		err := s.writer.RunInTx(ctx, nil, fn)
		if !isDeadlock(err) || i == tries {
			return s.wrap(err)
		}
	}
}

// LockExclusive keeps other servers off a SQLite file, for as long as this
// process lives or until release; a second server gets Conflict. Postgres is
// made for several servers: there it does nothing.
func (s *Store) LockExclusive() (release func() error, err error) {
	return s.dialect.lockExclusive()
}

// wrap makes an error of a driver one of ours, and keeps it as the cause.
func (s *Store) wrap(err error) error {
	var ours *Error
	if err == nil || errors.As(err, &ours) {
		return err
	}
	if e := s.dialect.normalize(err); e != nil {
		return e.WithCause(err)
	}
	return fmt.Errorf("store: %w", err)
}

// read runs fn with a time limit and makes its error one of ours.
func (s *Store) read(ctx context.Context, fn func(ctx context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	return s.wrap(fn(ctx))
}
