package store

import (
	"context"
	"fmt"

	"github.com/uptrace/bun"
)

// Checkpoint is what a running reply looks like so far.
type Checkpoint struct {
	StreamID, ChatID, MessageID string
	PartsJSON                   []byte
}

// Finish is how a reply ended. Without PartsJSON the saved parts stay.
type Finish struct {
	StreamID, ChatID, MessageID, Status string
	PartsJSON                           []byte
	Text                                string
	FinishReason                        string // as the model gave it, "" for none
	Error                               *MessageError
	Usage                               Usage
}

// Checkpoint saves how running replies look so far, and that the running
// streams are alive, in one transaction. What has ended meanwhile is left
// alone. Streams come before messages, as in FinishReply: two orders would be
// a deadlock on Postgres.
func (s *Store) Checkpoint(ctx context.Context, all []Checkpoint, running []string) error {
	if len(all) == 0 && len(running) == 0 {
		return nil
	}
	return s.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		if len(running) > 0 {
			if err := s.dialect.beat(ctx, tx, s.Now(), running); err != nil {
				return fmt.Errorf("heartbeat: %w", err)
			}
		}
		if len(all) == 0 {
			return nil
		}
		return s.dialect.checkpoint(ctx, tx, all)
	})
}

const (
	finishStream = `UPDATE streams SET status = ?, finished_at = ?, heartbeat_at = ?
	WHERE id = ? AND chat_id = ? AND status = 'streaming'`
	finishMessage = `UPDATE messages SET status = ?, parts = COALESCE(?, parts), text = ?, error = ?, finish_reason = NULLIF(?, ''),
	input_tokens = ?, output_tokens = ?, finished_at = ? WHERE chat_id = ? AND id = ? AND status = 'streaming'`
	touchChat = `UPDATE chats SET updated_at = ? WHERE id = ?`
)

// FinishReply saves how a reply ended, message and stream in one transaction.
// A reply that is over already stays as it is: Conflict; one that is gone,
// with its chat, is NotFound.
func (s *Store) FinishReply(ctx context.Context, f Finish) error {
	fault, err := marshalFault(f.Error)
	if err != nil {
		return err
	}
	var parts *string
	if len(f.PartsJSON) > 0 {
		text := cleanJSON(f.PartsJSON)
		parts = &text
	}
	now := s.Now()
	return s.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		exec := func(query string, args ...any) (int, error) {
			return affected(tx.Tx.ExecContext(ctx, s.dialect.bind(query), args...))
		}
		// The chat first, as StartReply does.
		if _, err := exec(touchChat, now, f.ChatID); err != nil {
			return err
		}
		n, err := exec(finishStream, f.Status, now, now, f.StreamID, f.ChatID)
		if err == nil && n == 0 {
			return s.orOver(ctx, tx, f.StreamID)
		}
		if err != nil {
			return err
		}
		_, err = exec(finishMessage, f.Status, parts, cleanText(f.Text), fault, f.FinishReason,
			f.Usage.InputTokens, f.Usage.OutputTokens, now, f.ChatID, f.MessageID)
		if err != nil {
			return err
		}
		if err := s.endVersions(ctx, tx, f.StreamID); err != nil {
			return err
		}
		return s.tellOfReply(ctx, tx, f, now)
	})
}

func (s *Store) orOver(ctx context.Context, tx bun.Tx, streamID string) error {
	there, err := tx.NewSelect().Model((*Stream)(nil)).Where("s.id = ?", streamID).Exists(ctx)
	switch {
	case err != nil:
		return err
	case there:
		return Errorf(Conflict, "This reply has ended already.")
	}
	return errNoStream()
}
