package store

import (
	"context"
	"encoding/json"
	"time"

	"github.com/uptrace/bun"
)

// What a transfer is.
const (
	Export = "export" // a person's data leaves
	Import = "import" // chats come from elsewhere
)

// The states of a transfer.
const (
	TransferRunning  = "running"
	TransferComplete = "complete"
	TransferFailed   = "failed"
)

const (
	// ExportLife is how long an export can be fetched.
	ExportLife = 24 * time.Hour
	// KeptExports are the newest of a person's that can be fetched: their bytes count to no quota, and each holds
	// all that the person has.
	KeptExports = 5
	// TransferSilence is how old the last sign of life of a transfer is when whoever made it has died.
	TransferSilence = 30 * time.Second
	// keptTransfers are shown, and older ones of the kind forgotten when another begins.
	keptTransfers = 20
)

// Transfer is an export or an import, which runs in the background.
type Transfer struct {
	bun.BaseModel `bun:"table:transfers,alias:t"`

	ID          string          `bun:"id,pk" json:"id"`
	UserID      string          `bun:"user_id" json:"-"`
	Kind        string          `bun:"kind" json:"-"`
	Format      string          `bun:"format" json:"format"`
	Name        string          `bun:"name" json:"-"` // of the file that came
	Status      string          `bun:"status" json:"status"`
	Progress    int             `bun:"progress" json:"progress"` // in percent
	Error       *string         `bun:"error" json:"error"`
	Report      json.RawMessage `bun:"report" json:"-"`
	FileID      *string         `bun:"file_id" json:"-"`
	HeartbeatAt time.Time       `bun:"heartbeat_at" json:"-"`
	FinishedAt  *time.Time      `bun:"finished_at" json:"finishedAt"`
	CreatedAt   time.Time       `bun:"created_at" json:"createdAt"`
	File        *File           `bun:"-" json:"-"` // of an export that can be fetched still
}

// Running says whether the transfer goes on.
func (t *Transfer) Running() bool { return t.Status == TransferRunning }

func errNoTransfer() *Error { return Errorf(NotFound, "There is no such export or import.") }

// StartTransfer notes that an export or import begins. While one of the kind runs for the user, and
// shows signs of life, another is a Conflict.
func (s *Store) StartTransfer(ctx context.Context, userID, kind, format, name string) (*Transfer, error) {
	now := s.Now()
	t := &Transfer{ID: NewID(), UserID: userID, Kind: kind, Format: format, Name: firstRunes(cleanLine(name), MaxFileName),
		Status: TransferRunning, HeartbeatAt: now, CreatedAt: now}
	err := s.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		if _, err := failSilent(ctx, tx, now, TransferSilence, "user_id = ?", userID); err != nil {
			return err
		}
		_, err := tx.NewDelete().Table("transfers").Where("user_id = ? AND kind = ? AND status <> 'running'", userID, kind).
			Where("id NOT IN (SELECT id FROM transfers WHERE user_id = ? AND kind = ? ORDER BY created_at DESC, id DESC LIMIT ?)", userID, kind, keptTransfers-1).
			Exec(ctx)
		if err != nil {
			return err
		}
		_, err = tx.NewInsert().Model(t).Exec(ctx)
		return err
	})
	if CodeOf(err) == Conflict {
		return nil, errTransferRuns(kind).WithCause(err)
	}
	if err != nil {
		return nil, err
	}
	return t, nil
}

func errTransferRuns(kind string) *Error {
	return Errorf(Conflict, "An %s of yours is running.", kind).WithHint("Wait until it has ended.")
}

// CheckTransfer says early what StartTransfer would: Conflict while one of the kind runs for the user.
func (s *Store) CheckTransfer(ctx context.Context, userID, kind string) error {
	return s.read(ctx, func(ctx context.Context) error {
		runs, err := s.reader.NewSelect().Table("transfers").Where("user_id = ? AND kind = ? AND status = 'running'", userID, kind).
			Where("heartbeat_at > ?", s.Now().Add(-TransferSilence)).Exists(ctx)
		if err == nil && runs {
			return errTransferRuns(kind)
		}
		return err
	})
}

// Transfer reads one of the user's own.
func (s *Store) Transfer(ctx context.Context, userID, kind, id string) (*Transfer, error) {
	list, err := s.transfers(ctx, "t.user_id = ? AND t.kind = ? AND t.id = ?", userID, kind, cleanText(id))
	if err != nil {
		return nil, err
	}
	if len(list) == 0 {
		return nil, errNoTransfer()
	}
	return &list[0], nil
}

// Transfers lists the user's exports or imports, newest first.
func (s *Store) Transfers(ctx context.Context, userID, kind string) ([]Transfer, error) {
	return s.transfers(ctx, "t.user_id = ? AND t.kind = ?", userID, kind)
}

func (s *Store) transfers(ctx context.Context, where string, args ...any) ([]Transfer, error) {
	list := []Transfer{}
	err := s.read(ctx, func(ctx context.Context) error {
		return s.reader.NewSelect().Model(&list).Where(where, args...).OrderExpr("t.created_at DESC, t.id DESC").Limit(keptTransfers).Scan(ctx)
	})
	if err != nil || len(list) == 0 {
		return list, err
	}
	return list, s.addFiles(ctx, list)
}

// addFiles finds the files that may be fetched still.
func (s *Store) addFiles(ctx context.Context, list []Transfer) error {
	var ids []string
	for i := range list {
		if list[i].FileID != nil {
			ids = append(ids, *list[i].FileID)
		}
	}
	files, err := s.FilesByID(ctx, list[0].UserID, ids)
	for i := range list {
		if id := list[i].FileID; id != nil && files[*id] != nil {
			list[i].File = files[*id]
		}
	}
	return err
}

// BeatTransfer says that a transfer is alive and how far it is, in percent. One that was ended
// meanwhile is Conflict: whoever works on it must stop.
func (s *Store) BeatTransfer(ctx context.Context, id string, progress int) error {
	return s.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		return must(Errorf(Conflict, "The transfer has been ended."))(tx.NewUpdate().Table("transfers").
			Set("heartbeat_at = ?", s.Now()).Set("progress = ?", progress).Where("id = ? AND status = 'running'", id).Exec(ctx))
	})
}

// FinishExport ends an export whose file's blob is there, and saves the file's row with it. The person's oldest
// beyond KeptExports are taken away; Deleted then gives their blobs.
func (s *Store) FinishExport(ctx context.Context, id string, f *File) error {
	return s.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		if _, err := tx.NewInsert().Model(f).Exec(ctx); err != nil {
			return err
		}
		newest := tx.NewSelect().Table("files").Column("id").Where("user_id = ? AND bucket = 'exports' AND deleted_at IS NULL", f.UserID).
			OrderExpr("created_at DESC, id DESC").Limit(KeptExports)
		if _, err := deleteFiles(ctx, tx, s.Now(), "user_id = ? AND bucket = 'exports' AND id NOT IN (?)", f.UserID, newest); err != nil {
			return err
		}
		return must(errNoTransfer())(tx.NewUpdate().Table("transfers").Set("status = 'complete'").Set("progress = 100").
			Set("file_id = ?", f.ID).Set("finished_at = ?", s.Now()).Where("id = ? AND status = 'running'", id).Exec(ctx))
	})
}

// FinishImport ends an import; report is JSON, and message says why it failed, "" when it did not.
func (s *Store) FinishImport(ctx context.Context, id, format string, report []byte, message string) error {
	return s.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		q := tx.NewUpdate().Table("transfers").Set("format = ?", format).Set("report = ?", cleanJSON(report)).Set("finished_at = ?", s.Now())
		if message == "" {
			q = q.Set("status = 'complete'").Set("progress = 100")
		} else {
			q = q.Set("status = 'failed'").Set("error = ?", cleanText(message))
		}
		_, err := q.Where("id = ? AND status = 'running'", id).Exec(ctx)
		return err
	})
}

// FailTransfer ends a transfer that could not be brought to its end; message says why, to people.
func (s *Store) FailTransfer(ctx context.Context, id, message string) error {
	return s.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		_, err := tx.NewUpdate().Table("transfers").Set("status = 'failed'").Set("error = ?", cleanText(message)).
			Set("finished_at = ?", s.Now()).Where("id = ? AND status = 'running'", id).Exec(ctx)
		return err
	})
}

// FailSilentTransfers ends the transfers that have shown no sign of life for so long, TransferSilence or, for a
// server that is alone and just starts, 0; and says how many there were.
func (s *Store) FailSilentTransfers(ctx context.Context, silence time.Duration) (n int, err error) {
	err = s.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		n, err = failSilent(ctx, tx, s.Now(), silence, "TRUE")
		return err
	})
	return n, err
}

const silent = "The server stopped while this was running. Start it again: what is there already is not doubled."

func failSilent(ctx context.Context, tx bun.Tx, now time.Time, silence time.Duration, where string, args ...any) (int, error) {
	return affected(tx.NewUpdate().Table("transfers").Set("status = 'failed'").Set("error = ?", silent).Set("finished_at = ?", now).
		Where("status = 'running' AND heartbeat_at <= ?", now.Add(-silence)).Where(where, args...).Exec(ctx))
}

// ExpireExports takes the exports away whose time is over; Deleted then gives their blobs.
func (s *Store) ExpireExports(ctx context.Context) (n int, err error) {
	err = s.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		n, err = deleteFiles(ctx, tx, s.Now(), "bucket = 'exports' AND created_at <= ?", s.Now().Add(-ExportLife))
		return err
	})
	return n, err
}
