package store

import (
	"context"
	"time"

	"github.com/uptrace/bun"
)

// AuditEntry is a line of the audit: who did what to what, from where. UserID
// is nil when nobody was signed in; it outlives the user.
type AuditEntry struct {
	bun.BaseModel `bun:"table:audit"`

	ID        string    `bun:"id,pk"`
	UserID    *string   `bun:"user_id"`
	Action    string    `bun:"action"`
	Subject   string    `bun:"subject"`
	Address   string    `bun:"address"`
	RequestID string    `bun:"request_id"`
	At        time.Time `bun:"created_at"` // zero: now
}

// Audit adds a line.
func (s *Store) Audit(ctx context.Context, e AuditEntry) error {
	return s.InTx(ctx, func(ctx context.Context, tx bun.Tx) error { return s.audit(ctx, tx, e) })
}

// audit adds a line in the transaction of what it tells of.
func (s *Store) audit(ctx context.Context, tx bun.Tx, e AuditEntry) error {
	e.ID = NewID()
	if e.At.IsZero() {
		e.At = s.Now()
	}
	e.Action, e.Subject = cleanText(e.Action), cleanText(e.Subject)
	e.Address, e.RequestID = cleanText(e.Address), cleanText(e.RequestID)
	_, err := tx.NewInsert().Model(&e).Exec(ctx)
	return err
}
