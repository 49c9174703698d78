package store

import (
	"context"
	"time"

	"github.com/uptrace/bun"
)

// InterruptStreams marks replies whose process is gone as interrupted, with
// what they wrote so far, and says how many. node "" is any node; olderThan is
// the age of the last heartbeat, 0 is all that run.
func (s *Store) InterruptStreams(ctx context.Context, node string, olderThan time.Duration) (n int, err error) {
	now := s.Now()
	err = s.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		var lost []Stream
		q := tx.NewUpdate().Model(&lost).Set("status = 'interrupted'").Set("finished_at = ?", now).Where("s.status = 'streaming'")
		if node != "" {
			q = q.Where("s.node = ?", node)
		}
		if olderThan > 0 {
			q = q.Where("s.heartbeat_at < ?", now.Add(-olderThan))
		}
		// Changing them is the claim: of two nodes that look, one gets the row.
		if err := q.Returning("id, chat_id, message_id").Scan(ctx); err != nil && !noRows(err) {
			return err
		}
		for i := range lost {
			if err := s.interruptMessage(ctx, tx, &lost[i], now); err != nil {
				return err
			}
			if err := s.endVersions(ctx, tx, lost[i].ID); err != nil {
				return err
			}
		}
		n = len(lost)
		return nil
	})
	return n, err
}

const (
	interruptedParts = `SELECT parts FROM messages WHERE chat_id = ? AND id = ? AND status = 'streaming'`
	interruptMessage = `UPDATE messages SET status = 'interrupted', text = ?, error = ?, finished_at = ?
	WHERE chat_id = ? AND id = ? AND status = 'streaming'`
)

func (s *Store) interruptMessage(ctx context.Context, tx bun.Tx, st *Stream, now time.Time) error {
	var saved []byte
	err := tx.Tx.QueryRowContext(ctx, s.dialect.bind(interruptedParts), st.ChatID, st.MessageID).Scan(&saved)
	if noRows(err) {
		return nil
	}
	if err != nil {
		return err
	}
	parts, err := parseParts(saved)
	if err != nil {
		return err
	}
	cause := &MessageError{
		Code:    StatusInterrupted,
		Message: "The server stopped while this was being written. What was there is kept.",
	}
	fault, err := marshalFault(cause)
	if err != nil {
		return err
	}
	_, err = tx.Tx.ExecContext(ctx, s.dialect.bind(interruptMessage),
		cleanText(PlainText(parts)), fault, now, st.ChatID, st.MessageID)
	if err != nil {
		return err
	}
	return s.tellOfReply(ctx, tx, Finish{ChatID: st.ChatID, MessageID: st.MessageID, Status: StatusInterrupted, Error: cause}, now)
}
