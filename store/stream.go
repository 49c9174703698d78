package store

import (
	"context"
	"time"

	"github.com/uptrace/bun"
)

// Stream is one run of the model for a message: who started it, which node
// runs it, and when that node was last seen alive.
type Stream struct {
	bun.BaseModel `bun:"table:streams,alias:s"`

	ID             string     `bun:"id,pk"`
	ChatID         string     `bun:"chat_id"`
	MessageID      string     `bun:"message_id"`
	UserID         string     `bun:"user_id"`
	Node           string     `bun:"node"`
	Status         string     `bun:"status"`
	IdempotencyKey *string    `bun:"idempotency_key"`
	RequestHash    *string    `bun:"request_hash"`
	HeartbeatAt    time.Time  `bun:"heartbeat_at"`
	FinishedAt     *time.Time `bun:"finished_at"`
	CreatedAt      time.Time  `bun:"created_at"`
}

// Sends read and write streams: these statements bind their arguments, to be compiled once.
const (
	streamColumns = `id, chat_id, message_id, user_id, node, status, idempotency_key, request_hash, heartbeat_at, finished_at, created_at`
	addStream     = `INSERT INTO streams (` + streamColumns + `) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`
)

func errNoStream() *Error { return Errorf(NotFound, "There is no such reply.") }

// Stream reads one by id. Whose it is, its chat says.
func (s *Store) Stream(ctx context.Context, id string) (*Stream, error) {
	return s.stream(ctx, "s.id = ?", cleanText(id))
}

// StreamByIdempotencyKey finds what a user's request of the last 24 hours
// started.
func (s *Store) StreamByIdempotencyKey(ctx context.Context, userID, key string) (*Stream, error) {
	return s.stream(ctx, "s.user_id = ? AND s.idempotency_key = ? AND s.created_at > ?",
		userID, cleanText(key), s.Now().Add(-keyLife))
}

// RunningStream is the reply in progress of a chat, else NotFound.
func (s *Store) RunningStream(ctx context.Context, chatID string) (*Stream, error) {
	return s.stream(ctx, "s.chat_id = ? AND s.status = 'streaming'", cleanText(chatID))
}

// LastStream is the chat's latest, running or not.
func (s *Store) LastStream(ctx context.Context, chatID string) (*Stream, error) {
	return s.stream(ctx, "s.chat_id = ?", cleanText(chatID))
}

// StreamOfMessage is the latest that wrote a message.
func (s *Store) StreamOfMessage(ctx context.Context, chatID, messageID string) (*Stream, error) {
	return s.stream(ctx, "s.chat_id = ? AND s.message_id = ?", cleanText(chatID), cleanText(messageID))
}

// stream reads the latest that matches.
func (s *Store) stream(ctx context.Context, where string, args ...any) (*Stream, error) {
	st := new(Stream)
	query := s.dialect.bind("SELECT " + streamColumns + " FROM streams AS s WHERE " + where + " ORDER BY s.created_at DESC, s.id DESC LIMIT 1")
	err := s.read(ctx, func(ctx context.Context) error {
		return s.reader.DB.QueryRowContext(ctx, query, args...).Scan(&st.ID, &st.ChatID, &st.MessageID, &st.UserID, &st.Node, &st.Status,
			&st.IdempotencyKey, &st.RequestHash, &st.HeartbeatAt, &st.FinishedAt, &st.CreatedAt)
	})
	if CodeOf(err) == NotFound {
		return nil, errNoStream()
	}
	if err != nil {
		return nil, err
	}
	return st, nil
}
