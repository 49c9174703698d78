package store

import (
	"context"
	"time"
)

// StreamOfAnswer is the latest stream that answers a question, running or not.
func (s *Store) StreamOfAnswer(ctx context.Context, chatID, questionID string) (*Stream, error) {
	return s.stream(ctx, `s.chat_id = ? AND s.message_id IN (SELECT m.id FROM messages AS m WHERE m.chat_id = s.chat_id AND m.parent_id = ?)`,
		cleanText(chatID), cleanText(questionID))
}

// CountStreams counts the replies that a user has begun since then, and those that run now. They are
// two counts because one with an OR would not use an index on SQLite.
func (s *Store) CountStreams(ctx context.Context, userID string, since time.Time) (begun, running int, err error) {
	err = s.read(ctx, func(ctx context.Context) error {
		return s.reader.NewSelect().
			ColumnExpr("(SELECT COUNT(*) FROM streams WHERE user_id = ? AND created_at >= ?)", userID, since.UTC()).
			ColumnExpr("(SELECT COUNT(*) FROM streams WHERE user_id = ? AND status = 'streaming')", userID).
			Scan(ctx, &begun, &running)
	})
	return begun, running, err
}
