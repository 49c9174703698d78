package store

import (
	"context"
	"time"

	"github.com/uptrace/bun"
)

const (
	keyLife = 24 * time.Hour // how long an idempotency key is remembered
	maxKey  = 255
)

// Reply is everything that begins when a person sends: it is saved whole or
// not at all.
type Reply struct {
	User     *User    // a guest's row is saved when it is not there yet
	Chat     *Chat    // its HeadID becomes the answer
	NewChat  bool     // Chat is created; else it must be User's already
	Question *Message // nil: the answer answers an existing message
	Answer   *Message // saved as streaming
	Continue bool     // Answer is there already, ended before its time, and goes on
	Stream   *Stream
	// DocumentID is a document of User's that comes into the chat, unless it is there.
	DocumentID string
	Limit      Limit // beyond it the reply is refused (RateLimited) and nothing saved
}

// StartReply saves a reply's beginning in one transaction, and fills in what
// is empty: ids, owners, states, times, seq. It fails with NotFound for a chat
// that is not the user's, and with Conflict, naming the field, for a chat id
// ("id"), a message id ("messageId") or an idempotency key ("idempotencyKey")
// in use.
func (s *Store) StartReply(ctx context.Context, r *Reply) error {
	if err := s.prepareReply(r); err != nil {
		return err
	}
	chatConflict := false
	err := s.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		if err := s.SaveGuest(ctx, tx, r.User); err != nil {
			return err
		}
		if err := s.spend(ctx, tx, r); err != nil {
			return err
		}
		if err := s.saveReplyChat(ctx, tx, r); err != nil {
			chatConflict = CodeOf(s.wrap(err)) == Conflict
			return err
		}
		if err := adoptDocument(ctx, tx, r); err != nil {
			return err
		}
		if err := s.saveReplyMessages(ctx, tx, r); err != nil {
			return err
		}
		return s.insertStream(ctx, tx, r.Stream)
	})
	if chatConflict {
		err = s.orChatElsewhere(ctx, r.Chat, err)
	}
	if err == nil {
		r.User.saved()
	}
	return err
}

func (s *Store) prepareReply(r *Reply) error {
	now := s.Now()
	if r.NewChat {
		if err := prepareChat(r.User, r.Chat, now); err != nil {
			return err
		}
	}
	r.Chat.UserID, r.Chat.UpdatedAt = r.User.ID, now
	if q := r.Question; q != nil {
		prepareMessage(q, r.Chat.ID, "user", now)
		q.Status, q.FinishedAt = StatusComplete, &now
		if q.Text == "" {
			q.Text = PlainText(q.Parts)
		}
	}
	prepareMessage(r.Answer, r.Chat.ID, "assistant", now)
	r.Answer.Status, r.Answer.Error, r.Answer.FinishedAt = StatusStreaming, nil, nil
	if r.Question != nil {
		r.Answer.ParentID = &r.Question.ID
	}
	r.Chat.HeadID = &r.Answer.ID
	return prepareStream(r, now)
}

func prepareMessage(m *Message, chatID, role string, now time.Time) {
	m.ChatID = chatID
	if m.ID == "" {
		m.ID = NewID()
	}
	if m.Role == "" {
		m.Role = role
	}
	if m.CreatedAt.IsZero() {
		m.CreatedAt = now
	}
}

func prepareStream(r *Reply, now time.Time) error {
	st := r.Stream
	if st.ID == "" {
		st.ID = NewID()
	}
	st.ChatID, st.MessageID, st.UserID = r.Chat.ID, r.Answer.ID, r.User.ID
	st.Status, st.CreatedAt, st.HeartbeatAt, st.FinishedAt = StatusStreaming, now, now, nil
	if st.IdempotencyKey != nil && (len(*st.IdempotencyKey) > maxKey || *st.IdempotencyKey != cleanLine(*st.IdempotencyKey)) {
		return Errorf(Invalid, "An idempotency key is one line of 255 characters at most.").WithField("idempotencyKey")
	}
	for _, id := range []string{st.ID, st.ChatID, r.Answer.ID} {
		if !ValidID(id) {
			return Errorf(Invalid, "An id is 1 to 64 letters, digits, - or _.").WithField("id")
		}
	}
	if r.Question != nil && !ValidID(r.Question.ID) {
		return Errorf(Invalid, "An id is 1 to 64 letters, digits, - or _.").WithField("messageId")
	}
	return nil
}

const moveHead = "UPDATE chats SET head_id = ?, updated_at = ?, model = ? WHERE id = ? AND user_id = ? AND deleted_at IS NULL"

// saveReplyChat comes first of the chat's writes: the row's lock makes other
// replies of the chat wait, on Postgres.
func (s *Store) saveReplyChat(ctx context.Context, tx bun.Tx, r *Reply) error {
	if r.NewChat {
		return insertChat(ctx, tx, r.Chat)
	}
	return must(errNoChat())(tx.Tx.ExecContext(ctx, s.dialect.bind(moveHead), r.Chat.HeadID, r.Chat.UpdatedAt, r.Chat.Model, r.Chat.ID, r.User.ID))
}

func (s *Store) saveReplyMessages(ctx context.Context, tx bun.Tx, r *Reply) error {
	if r.Question != nil {
		if err := s.addMessage(ctx, tx, r.Question, nil); err != nil {
			return err
		}
		if err := attachFiles(ctx, tx, r.Question, r.User.ID); err != nil {
			return err
		}
	}
	if r.Continue {
		return s.continueMessage(ctx, tx, r.Answer)
	}
	return s.addMessage(ctx, tx, r.Answer, r.Question)
}

// addMessage keeps the tree whole: a parent is in the same chat. One that was written just now is
// not looked for.
func (s *Store) addMessage(ctx context.Context, tx bun.Tx, m, written *Message) error {
	if m.ParentID != nil && (written == nil || written.ID != *m.ParentID) {
		there, err := messageExists(ctx, tx, m.ChatID, *m.ParentID)
		if err != nil {
			return err
		}
		if !there {
			return Errorf(NotFound, "There is no such message in this chat.").WithField("parentId")
		}
	}
	err := s.wrap(s.insertMessage(ctx, tx, m))
	if CodeOf(err) == Conflict {
		return Errorf(Conflict, "There is a message with this id already.").WithField("messageId").WithCause(err)
	}
	return err
}

// continueMessage sets a reply that ended before its time, or at the model's
// limit, going again; its
// parts stay until the first checkpoint.
func (s *Store) continueMessage(ctx context.Context, tx bun.Tx, m *Message) error {
	return must(Errorf(Conflict, "This reply cannot go on: it runs, or it is complete.").WithField("messageId"))(
		tx.NewUpdate().Table("messages").Set("status = 'streaming'").Set("error = NULL").Set("finished_at = NULL").
			Set("finish_reason = NULL").Set("memory_from = ?", m.MemoryFrom).
			Where("chat_id = ? AND id = ? AND role = 'assistant'", m.ChatID, m.ID).
			Where("(status IN ('stopped', 'interrupted', 'failed') OR (status = 'complete' AND finish_reason = 'length'))").
			Exec(ctx))
}

// insertStream forgets the key's older use first, if that is a day ago.
func (s *Store) insertStream(ctx context.Context, tx bun.Tx, st *Stream) error {
	if st.IdempotencyKey != nil {
		_, err := tx.NewUpdate().Table("streams").Set("idempotency_key = NULL").
			Where("user_id = ? AND idempotency_key = ? AND created_at <= ?", st.UserID, *st.IdempotencyKey, st.CreatedAt.Add(-keyLife)).
			Exec(ctx)
		if err != nil {
			return err
		}
	}
	_, err := tx.Tx.ExecContext(ctx, s.dialect.bind(addStream), st.ID, st.ChatID, st.MessageID, st.UserID, st.Node, st.Status,
		st.IdempotencyKey, st.RequestHash, st.HeartbeatAt, st.FinishedAt, st.CreatedAt)
	err = s.wrap(err)
	if CodeOf(err) == Conflict && st.IdempotencyKey != nil {
		return Errorf(Conflict, "This idempotency key was used before.").WithField("idempotencyKey").WithCause(err)
	}
	return err
}
