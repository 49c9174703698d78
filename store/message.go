package store

import (
	"cmp"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/uptrace/bun"
)

// The states of a message and of its stream.
const (
	StatusComplete    = "complete"
	StatusStreaming   = "streaming"
	StatusStopped     = "stopped"
	StatusInterrupted = "interrupted"
	StatusFailed      = "failed"
)

// MessageError says, for people, why a reply ended badly.
type MessageError struct {
	Code    string `json:"code"`
	Message string `json:"message"`
}

// Usage counts tokens; nil is unknown.
type Usage struct {
	InputTokens  *int `json:"inputTokens"`
	OutputTokens *int `json:"outputTokens"`
}

// Message is a node of a chat's tree: ParentID is what it answers or follows,
// nil for a first message.
type Message struct {
	ChatID     string        `json:"chatId"`
	ID         string        `json:"id"`
	ParentID   *string       `json:"parentId"`
	Seq        int64         `json:"-"`
	Role       string        `json:"role"`
	Parts      []Part        `json:"parts"`
	Text       string        `json:"-"`
	Model      *string       `json:"model"`
	Status     string        `json:"status"`
	Error      *MessageError `json:"error"`
	Usage      Usage         `json:"usage"`
	CreatedAt  time.Time     `json:"createdAt"`
	FinishedAt *time.Time    `json:"finishedAt"`
	// FinishReason is why the model ended a complete reply: "length" is its limit.
	FinishReason string `json:"-"`
	// MemoryFrom is the oldest message of the branch that the model was sent when
	// it wrote this reply; nil is all of them.
	MemoryFrom *string `json:"-"`
}

// AtLimit says whether the reply ended because the model may write no more at once.
func (m *Message) AtLimit() bool { return m.Status == StatusComplete && m.FinishReason == "length" }

func errNoMessage() *Error { return Errorf(NotFound, "There is no such message.") }

const (
	messageColumns = `m.chat_id, m.id, m.parent_id, m.seq, m.role, m.model, m.status, m.error,
	m.input_tokens, m.output_tokens, m.created_at, m.finished_at,
	COALESCE(m.finish_reason, ''), m.memory_from, m.text, m.parts`

	// The walk carries ids only, and nothing is sorted here: the database would carry every text through its
	// sorter. Branch puts them in order by seq, in which a parent comes before its children.
	selectBranch = `WITH RECURSIVE branch (id, parent_id) AS (
		SELECT id, parent_id FROM messages WHERE chat_id = ? AND id = ?
		UNION ALL
		SELECT p.id, p.parent_id FROM branch AS b JOIN messages AS p ON p.chat_id = ? AND p.id = b.parent_id
	) SELECT ` + messageColumns + ` FROM branch AS b JOIN messages AS m ON m.chat_id = ? AND m.id = b.id`

	selectMessages = `SELECT ` + messageColumns + ` FROM messages AS m WHERE m.chat_id = ? ORDER BY m.seq`
	selectMessage  = `SELECT ` + messageColumns + ` FROM messages AS m WHERE m.chat_id = ? AND m.id = ?`

	insertMessageSQL = `INSERT INTO messages (chat_id, id, parent_id, seq, role, model, status, error,
	input_tokens, output_tokens, created_at, finished_at, memory_from, text, parts) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`
)

// Branch reads the messages from the root to headID; "" is an empty branch.
// Whose chat it is, the caller has asked before; so for the two below.
func (s *Store) Branch(ctx context.Context, chatID, headID string) ([]Message, error) {
	if headID == "" {
		return []Message{}, nil
	}
	list, err := s.messages(ctx, selectBranch, chatID, headID, chatID, chatID)
	if err == nil && len(list) == 0 {
		return nil, errNoMessage()
	}
	slices.SortFunc(list, func(a, b Message) int { return cmp.Compare(a.Seq, b.Seq) })
	return list, err
}

// Messages reads all messages of a chat, every branch, in the order they were
// written.
func (s *Store) Messages(ctx context.Context, chatID string) ([]Message, error) {
	return s.messages(ctx, selectMessages, chatID)
}

// Message reads one.
func (s *Store) Message(ctx context.Context, chatID, id string) (*Message, error) {
	list, err := s.messages(ctx, selectMessage, chatID, cleanText(id))
	if err != nil {
		return nil, err
	}
	if len(list) == 0 {
		return nil, errNoMessage()
	}
	return &list[0], nil
}

func (s *Store) messages(ctx context.Context, query string, args ...any) ([]Message, error) {
	list := []Message{}
	err := s.read(ctx, func(ctx context.Context) (err error) {
		rows, err := s.reader.DB.QueryContext(ctx, s.dialect.bind(query), args...)
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, rows.Close()) }()
		for rows.Next() {
			m, err := scanMessage(rows)
			if err != nil {
				return err
			}
			list = append(list, m)
		}
		return rows.Err()
	})
	return list, err
}

// scanMessage goes past bun: a message is read and written with bound
// arguments, since bun would write 100 KB of text into the statement.
func scanMessage(rows *sql.Rows) (Message, error) {
	var m Message
	var fault sql.NullString
	var parts sql.RawBytes
	err := rows.Scan(&m.ChatID, &m.ID, &m.ParentID, &m.Seq, &m.Role, &m.Model, &m.Status, &fault,
		&m.Usage.InputTokens, &m.Usage.OutputTokens, &m.CreatedAt, &m.FinishedAt, &m.FinishReason, &m.MemoryFrom, &m.Text, &parts)
	if err != nil {
		return m, err
	}
	if m.Parts, err = parseParts(parts); err != nil {
		return m, fmt.Errorf("parts of message %s: %w", m.ID, err)
	}
	if fault.Valid {
		m.Error = new(MessageError)
		err = json.Unmarshal([]byte(fault.String), m.Error)
	}
	return m, err
}

// insertMessage writes m at the end of its chat, whose row the transaction has
// locked: so no two get the same seq.
func (s *Store) insertMessage(ctx context.Context, tx bun.Tx, m *Message) error {
	parts, err := marshalParts(m.Parts)
	if err != nil {
		return err
	}
	fault, err := marshalFault(m.Error)
	if err != nil {
		return err
	}
	last := s.dialect.bind("SELECT COALESCE(MAX(seq), 0) + 1 FROM messages WHERE chat_id = ?")
	if err := tx.Tx.QueryRowContext(ctx, last, m.ChatID).Scan(&m.Seq); err != nil {
		return err
	}
	_, err = tx.Tx.ExecContext(ctx, s.dialect.bind(insertMessageSQL),
		m.ChatID, m.ID, m.ParentID, m.Seq, m.Role, m.Model, m.Status, fault,
		m.Usage.InputTokens, m.Usage.OutputTokens, m.CreatedAt, m.FinishedAt, m.MemoryFrom, cleanText(m.Text), parts)
	return err
}

func messageExists(ctx context.Context, tx bun.Tx, chatID, id string) (bool, error) {
	return tx.NewSelect().TableExpr("messages AS m").Where("m.chat_id = ? AND m.id = ?", chatID, cleanText(id)).Exists(ctx)
}

// marshalFault gives NULL for nil.
func marshalFault(e *MessageError) (*string, error) {
	if e == nil {
		return nil, nil
	}
	b, err := json.Marshal(e)
	if err != nil {
		return nil, err
	}
	text := cleanJSON(b)
	return &text, nil
}
