package store

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"github.com/uptrace/bun"
)

// Vote is what the owner of a chat thinks of a reply.
type Vote struct {
	bun.BaseModel `bun:"table:votes,alias:v"`

	ChatID    string    `bun:"chat_id,pk"`
	MessageID string    `bun:"message_id,pk"`
	IsUpvoted bool      `bun:"is_upvoted"`
	CreatedAt time.Time `bun:"created_at"`
}

// MarshalJSON writes {chatId,messageId,type}.
func (v Vote) MarshalJSON() ([]byte, error) {
	kind := "down"
	if v.IsUpvoted {
		kind = "up"
	}
	return json.Marshal(struct {
		ChatID    string `json:"chatId"`
		MessageID string `json:"messageId"`
		Type      string `json:"type"`
	}{v.ChatID, v.MessageID, kind})
}

const selectVotes = `SELECT v.chat_id, v.message_id, v.is_upvoted, v.created_at FROM votes AS v JOIN chats AS c ON c.id = v.chat_id
	WHERE v.chat_id = ? AND c.user_id = ? AND c.deleted_at IS NULL ORDER BY v.message_id`

// Votes lists the votes in one of the user's own chats.
func (s *Store) Votes(ctx context.Context, userID, chatID string) ([]Vote, error) {
	votes := []Vote{}
	err := s.read(ctx, func(ctx context.Context) (err error) {
		rows, err := s.reader.DB.QueryContext(ctx, s.dialect.bind(selectVotes), cleanText(chatID), userID)
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, rows.Close()) }()
		for rows.Next() {
			var v Vote
			if err := rows.Scan(&v.ChatID, &v.MessageID, &v.IsUpvoted, &v.CreatedAt); err != nil {
				return err
			}
			votes = append(votes, v)
		}
		return rows.Err()
	})
	return votes, err
}

// SetVote makes or changes the vote on a reply in one of the user's own chats.
// A question, and a reply that is still being written, cannot be voted on:
// Invalid.
func (s *Store) SetVote(ctx context.Context, userID, chatID, messageID string, up bool) (*Vote, error) {
	v := &Vote{ChatID: cleanText(chatID), MessageID: cleanText(messageID), IsUpvoted: up, CreatedAt: s.Now()}
	err := s.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		if err := votable(ctx, tx, userID, v); err != nil {
			return err
		}
		_, err := tx.NewInsert().Model(v).On("CONFLICT (chat_id, message_id) DO UPDATE").
			Set("is_upvoted = EXCLUDED.is_upvoted").Set("created_at = EXCLUDED.created_at").Exec(ctx)
		return err
	})
	if err != nil {
		return nil, err
	}
	return v, nil
}

func votable(ctx context.Context, tx bun.Tx, userID string, v *Vote) error {
	var role, status string
	err := messageOf(tx.NewSelect().ColumnExpr("m.role, m.status"), userID, v.ChatID, v.MessageID).Scan(ctx, &role, &status)
	switch {
	case noRows(err):
		return errNoMessage()
	case err != nil:
		return err
	case role != "assistant":
		return Errorf(Invalid, "Only replies can be voted on.").WithField("messageId")
	case status == StatusStreaming:
		return Errorf(Conflict, "This reply is still being written.").WithHint("Vote when it has ended.")
	}
	return nil
}

// messageOf finds a message in one of the user's own chats.
func messageOf(q *bun.SelectQuery, userID, chatID, messageID string) *bun.SelectQuery {
	return q.TableExpr("messages AS m").Join("JOIN chats AS c ON c.id = m.chat_id").
		Where("m.chat_id = ? AND m.id = ? AND c.user_id = ? AND c.deleted_at IS NULL", chatID, messageID, userID)
}

// DeleteVote withdraws the vote on a reply in one of the user's own chats. That
// there was none is no error.
func (s *Store) DeleteVote(ctx context.Context, userID, chatID, messageID string) error {
	chatID, messageID = cleanText(chatID), cleanText(messageID)
	return s.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		there, err := messageOf(tx.NewSelect(), userID, chatID, messageID).Exists(ctx)
		if err != nil {
			return err
		}
		if !there {
			return errNoMessage()
		}
		_, err = tx.NewDelete().Table("votes").Where("chat_id = ? AND message_id = ?", chatID, messageID).Exec(ctx)
		return err
	})
}
