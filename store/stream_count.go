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

// CountStreams counts the replies that a user has begun since then, and those that run now.
func (s *Store) CountStreams(ctx context.Context, userID string, since time.Time) (begun, running int, err error) {
	err = s.read(ctx, func(ctx context.Context) error {
		return s.reader.NewSelect().TableExpr("streams AS s").
			ColumnExpr("COUNT(CASE WHEN s.created_at >= ? THEN 1 END)", since.UTC()).
			ColumnExpr("COUNT(CASE WHEN s.status = 'streaming' THEN 1 END)").
			Where("s.user_id = ?", userID).Where("(s.created_at >= ? OR s.status = 'streaming')", since.UTC()).
			Scan(ctx, &begun, &running)
	})
	return begun, running, err
}
