package store

import (
	"context"
	"encoding/json"
	"time"

	"github.com/uptrace/bun"
)

const (
	// AutosaveQuiet is how long a document must be left alone before its autosaves are told of, once for all.
	AutosaveQuiet = time.Minute
	// autosavePatience is how long somebody who goes on writing is waited for.
	autosavePatience = 10 * time.Minute
)

// ReplyFinished is what a webhook is told of a reply that has ended, however it has. What was said is not in
// it: a webhook goes on after its owner's sessions end, so it tells where to look and shows nothing.
type ReplyFinished struct {
	ChatID       string        `json:"chatId"`
	MessageID    string        `json:"messageId"`
	Model        *string       `json:"model"`
	Status       string        `json:"status"`
	FinishReason *string       `json:"finishReason"`
	Error        *MessageError `json:"error"`
	Usage        Usage         `json:"usage"`
	FinishedAt   time.Time     `json:"finishedAt"`
}

// DocumentChanged is what a webhook is told of a new version of a document.
type DocumentChanged struct {
	DocumentID string    `json:"documentId"`
	Version    int       `json:"version"`
	Kind       string    `json:"kind"`
	Author     string    `json:"author"`
	Autosave   bool      `json:"autosave"`
	ChatID     *string   `json:"chatId"`
	MessageID  *string   `json:"messageId"`
	ChangedAt  time.Time `json:"changedAt"`
}

// Tested is what a webhook is told when somebody tries it.
type Tested struct {
	WebhookID string `json:"webhookId"`
}

// Event is the body of a delivery, as Standard Webhooks has it.
type Event struct {
	Type      string    `json:"type"`
	Timestamp time.Time `json:"timestamp"`
	Data      any       `json:"data"`
}

// The webhooks that listen to an event of a chat's owner, or of a user. It is asked at the end of every reply, so it is
// one look at an index for those who have none.
const (
	listenersOfChat = `SELECT w.id FROM webhooks AS w JOIN chats AS c ON c.user_id = w.user_id WHERE c.id = ? AND w.active AND w.events LIKE ?`
	listenersOfUser = `SELECT w.id FROM webhooks AS w WHERE w.user_id = ? AND w.active AND w.events LIKE ?`
)

func (s *Store) listeners(ctx context.Context, tx bun.Tx, query, of, event string) (ids []string, err error) {
	rows, err := tx.Tx.QueryContext(ctx, s.dialect.bind(query), of, `%"`+event+`"%`)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }() // what went wrong is in rows.Err
	for rows.Next() {
		var id string
		if err := rows.Scan(&id); err != nil {
			return nil, err
		}
		ids = append(ids, id)
	}
	return ids, rows.Err()
}

// tellOfReply puts the end of a reply into the queues of its owner's webhooks, in the transaction that ends it.
func (s *Store) tellOfReply(ctx context.Context, tx bun.Tx, f Finish, now time.Time) error {
	hooks, err := s.listeners(ctx, tx, listenersOfChat, f.ChatID, EventReplyFinished)
	if err != nil || len(hooks) == 0 {
		return err
	}
	data := ReplyFinished{ChatID: f.ChatID, MessageID: f.MessageID, Status: f.Status, Error: f.Error, Usage: f.Usage, FinishedAt: now}
	if f.FinishReason != "" {
		data.FinishReason = &f.FinishReason
	}
	err = tx.Tx.QueryRowContext(ctx, s.dialect.bind("SELECT model FROM messages WHERE chat_id = ? AND id = ?"), f.ChatID, f.MessageID).Scan(&data.Model)
	if err != nil && !noRows(err) {
		return err
	}
	for _, hook := range hooks {
		if err := insertDelivery(ctx, tx, &Delivery{WebhookID: hook, Event: EventReplyFinished, DueAt: now, CreatedAt: now}, now, data); err != nil {
			return err
		}
	}
	return nil
}

// tellOfVersion does it for a new version of a document, in the transaction that adds it. One that is still being
// written is told of at its end. An autosave waits for quiet, and is told of no more when another version follows.
func (s *Store) tellOfVersion(ctx context.Context, tx bun.Tx, d *Document) error {
	if d.StreamID != nil {
		return nil
	}
	hooks, err := s.listeners(ctx, tx, listenersOfUser, d.UserID, EventDocumentChanged)
	if err != nil {
		return err
	}
	now := s.Now()
	for _, hook := range hooks {
		first, err := takeWaiting(ctx, tx, hook, d.ID, now)
		if err != nil {
			return err
		}
		due := now
		if d.Autosave {
			due = earlier(now.Add(AutosaveQuiet), first.Add(autosavePatience))
		}
		data := DocumentChanged{d.ID, d.Version, d.Kind, d.Author, d.Autosave, d.ChatID, d.MessageID, d.UpdatedAt}
		waiting := &Delivery{WebhookID: hook, Event: EventDocumentChanged, Subject: &d.ID, DueAt: due, CreatedAt: first}
		if err := insertDelivery(ctx, tx, waiting, now, data); err != nil {
			return err
		}
	}
	return nil
}

func earlier(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}

// takeWaiting takes back what waits for quiet, and says since when: now, if nothing does.
func takeWaiting(ctx context.Context, tx bun.Tx, hook, document string, now time.Time) (first time.Time, err error) {
	var gone []Delivery
	err = tx.NewDelete().Model(&gone).Where("webhook_id = ? AND subject = ? AND status = 'pending' AND tries = 0 AND due_at > ?", hook, document, now).
		Returning("created_at").Scan(ctx)
	if err != nil && !noRows(err) {
		return now, err
	}
	first = now
	for _, d := range gone {
		first = earlier(first, d.CreatedAt)
	}
	return first, nil
}

// insertDelivery puts what happened at a time into a webhook's queue.
func insertDelivery(ctx context.Context, tx bun.Tx, d *Delivery, at time.Time, data any) error {
	body, err := json.Marshal(Event{d.Event, at, data})
	if err != nil {
		return err
	}
	d.ID, d.MessageID, d.Body, d.Status = NewID(), NewID(), cleanJSON(body), DeliveryPending
	_, err = tx.NewInsert().Model(d).Exec(ctx)
	return err
}

const writtenVersions = `SELECT d.id, d.user_id, v.version, d.kind, v.author, d.chat_id, v.message_id FROM document_versions AS v
	JOIN documents AS d ON d.id = v.document_id WHERE v.stream_id = ?`

// written are the versions that a reply is writing.
func (s *Store) written(ctx context.Context, tx bun.Tx, streamID string) (all []Document, err error) {
	rows, err := tx.Tx.QueryContext(ctx, s.dialect.bind(writtenVersions), streamID)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }() // what went wrong is in rows.Err
	for rows.Next() {
		d := Document{UpdatedAt: s.Now()}
		if err := rows.Scan(&d.ID, &d.UserID, &d.Version, &d.Kind, &d.Author, &d.ChatID, &d.MessageID); err != nil {
			return nil, err
		}
		all = append(all, d)
	}
	return all, rows.Err()
}

func (s *Store) tellOfVersions(ctx context.Context, tx bun.Tx, all []Document) error {
	for i := range all {
		if err := s.tellOfVersion(ctx, tx, &all[i]); err != nil {
			return err
		}
	}
	return nil
}
