package store

import (
	"context"
	"time"

	"github.com/uptrace/bun"
)

// Limit is how much a person may ask for; 0 means no limit.
type Limit struct {
	// MessagesPerDay counts the replies begun on one day of UTC, whatever became of their chats.
	MessagesPerDay int
	// RepliesAtOnce counts the replies running now.
	RepliesAtOnce int
	// Elsewhere is no limit, but how many of them run that the database does not know of.
	Elsewhere int
	// UploadBytes is the largest file, StorageBytes what all files may take together.
	UploadBytes, StorageBytes int64
	// Documents counts somebody's documents, DocumentBytes is what all of their versions may take together.
	Documents     int
	DocumentBytes int64
}

// StreamOfAnswer is the latest stream that answers a question, running or not.
func (s *Store) StreamOfAnswer(ctx context.Context, chatID, questionID string) (*Stream, error) {
	return s.stream(ctx, `s.chat_id = ? AND s.message_id IN (SELECT m.id FROM messages AS m WHERE m.chat_id = s.chat_id AND m.parent_id = ?)`,
		cleanText(chatID), cleanText(questionID))
}

// CheckLimit refuses (RateLimited) what StartReply would refuse, before anything is touched. The
// reply that runs in the chat itself does not count: it is about to be stopped.
func (s *Store) CheckLimit(ctx context.Context, userID, chatID string, limit Limit) error {
	if limit.MessagesPerDay == 0 && limit.RepliesAtOnce == 0 {
		return nil
	}
	return s.read(ctx, func(ctx context.Context) error {
		var begun, running int
		err := s.reader.NewSelect().
			ColumnExpr("COALESCE((SELECT messages FROM usage WHERE user_id = ? AND day = ?), 0)", userID, s.day()).
			ColumnExpr("("+countRunning+")", userID, chatID).
			Scan(ctx, &begun, &running)
		if err != nil {
			return err
		}
		return limit.check(begun+1, running+1, s.Now())
	})
}

// countRunning leaves out what runs in a deleted chat: it is being stopped.
const countRunning = `SELECT COUNT(*) FROM streams AS s JOIN chats AS c ON c.id = s.chat_id
	WHERE s.user_id = ? AND s.status = 'streaming' AND s.chat_id <> ? AND c.deleted_at IS NULL`

// spend counts a reply that begins, and refuses it beyond the limit. The row of the day is locked by
// its counting, so of many sends at once each sees the others.
func (s *Store) spend(ctx context.Context, tx bun.Tx, r *Reply) error {
	var begun, running int
	count := s.dialect.bind(`INSERT INTO usage (user_id, day, messages) VALUES (?, ?, 1)
		ON CONFLICT (user_id, day) DO UPDATE SET messages = usage.messages + 1 RETURNING messages`)
	err := tx.Tx.QueryRowContext(ctx, count, r.User.ID, s.day()).Scan(&begun)
	if err != nil {
		return err
	}
	if r.Limit.RepliesAtOnce > 0 {
		if err := tx.NewRaw(countRunning, r.User.ID, r.Chat.ID).Scan(ctx, &running); err != nil {
			return err
		}
	}
	return r.Limit.check(begun, running+1, s.Now())
}

// CountCompletion counts what a program asks of a model without a chat, and refuses it (RateLimited)
// beyond the limit.
func (s *Store) CountCompletion(ctx context.Context, user *User, limit Limit) error {
	return s.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		if err := s.SaveGuest(ctx, tx, user); err != nil {
			return err
		}
		return s.spend(ctx, tx, &Reply{User: user, Chat: &Chat{}, Limit: limit})
	})
}

// day is the day of UTC that is counted now.
func (s *Store) day() string { return s.Now().UTC().Format(time.DateOnly) }

// check judges the counts with the new reply in them.
func (l Limit) check(begun, running int, now time.Time) error {
	running += l.Elsewhere
	if l.RepliesAtOnce > 0 && running > l.RepliesAtOnce {
		return Errorf(RateLimited, "%d of your replies are being written, which is as many as run at once.", running-1).
			WithHint("Wait until one has ended, or stop one.").WithRetryAfter(5 * time.Second)
	}
	if l.MessagesPerDay > 0 && begun > l.MessagesPerDay {
		tomorrow := now.UTC().Truncate(24 * time.Hour).Add(24 * time.Hour)
		return Errorf(RateLimited, "That was %d messages today, which is the limit.", l.MessagesPerDay).
			WithHint("Try again after midnight UTC; an account may send more than a guest.").WithRetryAfter(tomorrow.Sub(now))
	}
	return nil
}
