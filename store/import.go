package store

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"math"
	"time"

	"github.com/google/uuid"
	"github.com/uptrace/bun"
)

// One transaction stays short: there is one writer, and a chat may hold thousands of messages, or few long ones
// that take the index as long.
const (
	importBatch      = 200
	importBatchBytes = 1 << 20
)

// importSpace is the name space of the ids that ImportedID makes.
var importSpace = uuid.MustParse("6f1de1d0-6a51-4f0e-9b0a-5f3c8f6d0a11")

// ImportedID is the id that something from elsewhere has here: always the same for the same user and
// source, so that importing it again finds it, and never one that somebody else's import makes.
func ImportedID(userID, source, kind, id string) string {
	return uuid.NewHash(sha256.New(), importSpace, []byte(userID+"\x00"+source+"\x00"+kind+"\x00"+id), 8).String()
}

// ImportReport says what of a file was taken and what was not.
type ImportReport struct {
	Format    string       `json:"format"`
	Chats     int          `json:"chats"`     // new ones
	Updated   int          `json:"updated"`   // that were there, and got messages
	Unchanged int          `json:"unchanged"` // that were there, whole
	Messages  int          `json:"messages"`
	Files     int          `json:"files"`
	Documents int          `json:"documents"`
	Versions  int          `json:"versions"` // of new documents and of those that were there
	Left      []ImportLeft `json:"left"`
}

// ImportLeft is what was not taken, in words for people, and how often.
type ImportLeft struct {
	What  string `json:"what"`
	Count int    `json:"count"`
}

// ImportReport is the report of an import, nil while there is none.
func (t *Transfer) ImportReport() *ImportReport {
	r := new(ImportReport)
	if len(t.Report) == 0 || json.Unmarshal(t.Report, r) != nil {
		return nil
	}
	return r
}

// ImportedChat is a chat from elsewhere, with all of its branches.
type ImportedChat struct {
	ID                   string
	Title, Model         string
	Pinned               bool
	CreatedAt, UpdatedAt time.Time // zero: now
	HeadID               string
	Messages             []Message // a parent before its children
	Votes                map[string]bool
}

// ImportTarget is what is at the id that an imported chat would have.
type ImportTarget struct {
	ID      string
	Deleted bool            // the user has deleted it a short while ago
	Known   map[string]bool // the messages that are there; nil when the chat is not
}

// ImportTarget looks for a chat of the user's own with the original id ("" for none) or one of the ids, else
// for the first of the ids that nobody has. There is none when others have them all: NotFound.
func (s *Store) ImportTarget(ctx context.Context, userID, original string, ids ...string) (*ImportTarget, error) {
	var free *ImportTarget
	for i, id := range append([]string{original}, ids...) {
		var owner string
		var deleted *time.Time
		err := s.read(ctx, func(ctx context.Context) error {
			return s.writer.NewSelect().Table("chats").Column("user_id", "deleted_at").Where("id = ?", id).Scan(ctx, &owner, &deleted)
		})
		switch {
		case CodeOf(err) == NotFound && free == nil && i > 0:
			free = &ImportTarget{ID: id}
		case CodeOf(err) == NotFound:
		case err != nil:
			return nil, err
		case owner == userID:
			known, err := s.messageIDs(ctx, s.writer, id)
			return &ImportTarget{ID: id, Deleted: deleted != nil, Known: known}, err
		}
	}
	if free == nil {
		return nil, errNoChat()
	}
	return free, nil
}

func (s *Store) messageIDs(ctx context.Context, db bun.IDB, chatID string) (map[string]bool, error) {
	var ids []string
	err := s.read(ctx, func(ctx context.Context) error {
		return db.NewSelect().Table("messages").Column("id").Where("chat_id = ?", chatID).Scan(ctx, &ids)
	})
	known := make(map[string]bool, len(ids))
	for _, id := range ids {
		known[id] = true
	}
	return known, err
}

// importedRow is what a message takes beside its text, and importedPart a part of one, in bytes.
const (
	importedRow  = 256
	importedPart = 64
)

// Size is about what the messages that are not known yet will take, in bytes.
func (c *ImportedChat) Size(known map[string]bool) (n int64) {
	for i := range c.Messages {
		if m := &c.Messages[i]; !known[m.ID] {
			n += importedSize(m)
		}
	}
	return n
}

func importedSize(m *Message) int64 {
	n := int64(importedRow)
	for i := range m.Parts {
		n += importedPart + int64(len(m.Parts[i].Text))
	}
	return n
}

// nextBatch is what of the messages one transaction takes: one at least.
func nextBatch(messages []Message) []Message {
	size := int64(0)
	for i := range messages {
		if size += importedSize(&messages[i]); i > 0 && (i == importBatch || size > importBatchBytes) {
			return messages[:i]
		}
	}
	return messages
}

// TextSize is what all messages and documents of the user take, in bytes.
func (s *Store) TextSize(ctx context.Context, userID string) (int64, error) {
	var messages int64
	var documents DocumentUsage
	err := s.read(ctx, func(ctx context.Context) error {
		err := s.reader.NewSelect().TableExpr("messages AS m").Join("JOIN chats AS c ON c.id = m.chat_id").
			ColumnExpr("CAST(COALESCE(SUM(OCTET_LENGTH(m.parts) + ?), 0) AS BIGINT)", importedRow).Where("c.user_id = ?", userID).Scan(ctx, &messages)
		if err != nil {
			return err
		}
		documents, err = documentUsage(ctx, s.reader, userID)
		return err
	})
	return messages + documents.Used, err
}

// Size is about what a version of a document will take, in bytes.
func (d *Document) Size() int64 { return importedRow + int64(len(d.Text())) }

// ImportChat saves a chat from elsewhere, or what is new of one that is there, and says how many
// messages that were. Where the person has gone on with the chat, the branch that shows stays; nothing
// of what is there is changed. It saves a batch at a time: after a crash, importing again adds the rest.
func (s *Store) ImportChat(ctx context.Context, user *User, c *ImportedChat) (added int, err error) {
	chat := &Chat{ID: c.ID, UserID: user.ID, Title: firstRunes(cleanLine(c.Title), maxTitle), Visibility: Private,
		Model: firstRunes(cleanText(c.Model), maxModel), CreatedAt: c.CreatedAt, UpdatedAt: c.UpdatedAt}
	if chat.Title == "" {
		chat.Title = "Imported chat"
	}
	if c.Pinned {
		chat.PinnedAt = &chat.UpdatedAt
	}
	for rest := c.Messages; len(rest) > 0; {
		batch, n := nextBatch(rest), 0
		err := s.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
			n = 0
			if err := s.openImport(ctx, tx, chat, len(rest) == len(c.Messages) && added == 0); err != nil {
				return err
			}
			n, err = s.importBatch(ctx, tx, c, batch, user.ID)
			return err
		})
		if err != nil {
			return added, err
		}
		added += n
		rest = rest[len(batch):]
	}
	if added == 0 {
		return 0, nil
	}
	return added, s.InTx(ctx, func(ctx context.Context, tx bun.Tx) error { return s.closeImport(ctx, tx, user.ID, c) })
}

// openImport makes the chat if it is not there, and locks its row.
func (s *Store) openImport(ctx context.Context, tx bun.Tx, chat *Chat, first bool) error {
	if first {
		if _, err := tx.NewInsert().Model(chat).On("CONFLICT (id) DO NOTHING").Exec(ctx); err != nil {
			return err
		}
	}
	return must(errNoChat())(tx.NewUpdate().Table("chats").Set("id = id").
		Where("id = ? AND user_id = ? AND deleted_at IS NULL", chat.ID, chat.UserID).Exec(ctx))
}

func (s *Store) importBatch(ctx context.Context, tx bun.Tx, c *ImportedChat, batch []Message, userID string) (n int, err error) {
	known, err := s.messageIDs(ctx, tx, c.ID)
	if err != nil {
		return 0, err
	}
	for i := range batch {
		m := batch[i]
		if known[m.ID] {
			continue
		}
		m.ChatID, m.Text = c.ID, PlainText(m.Parts)
		m.Model, m.Usage = importedModel(m.Model), Usage{importedCount(m.Usage.InputTokens), importedCount(m.Usage.OutputTokens)}
		if m.ParentID != nil && !known[*m.ParentID] {
			return 0, errNoMessage().WithField("parentId")
		}
		if err := s.insertMessage(ctx, tx, &m); err != nil {
			return 0, err
		}
		known[m.ID] = true
		if err := attachFiles(ctx, tx, &m, userID); err != nil {
			return 0, err
		}
		if up, voted := c.Votes[m.ID]; voted && m.Role == "assistant" {
			v := &Vote{ChatID: c.ID, MessageID: m.ID, IsUpvoted: up, CreatedAt: m.CreatedAt}
			if _, err := tx.NewInsert().Model(v).On("CONFLICT (chat_id, message_id) DO NOTHING").Exec(ctx); err != nil {
				return 0, err
			}
		}
		n++
	}
	return n, nil
}

// importedModel holds a model's name to what ours are, nil for none.
func importedModel(name *string) *string {
	if name == nil {
		return nil
	}
	clean := firstRunes(cleanLine(*name), maxModel)
	if clean == "" {
		return nil
	}
	return &clean
}

// importedCount leaves out a number of tokens that cannot be one, or that the column cannot hold.
func importedCount(n *int) *int {
	if n == nil || *n < 0 || *n > math.MaxInt32 {
		return nil
	}
	return n
}

// closeImport shows the branch that showed at the source, unless the chat has messages that are not
// from there.
func (s *Store) closeImport(ctx context.Context, tx bun.Tx, userID string, c *ImportedChat) error {
	known, err := s.messageIDs(ctx, tx, c.ID)
	if err != nil {
		return err
	}
	for i := range c.Messages {
		delete(known, c.Messages[i].ID)
	}
	if len(known) > 0 {
		return nil
	}
	_, err = tx.NewUpdate().Table("chats").Set("head_id = ?", c.HeadID).Set("updated_at = ?", c.UpdatedAt).
		Where("id = ? AND user_id = ?", c.ID, userID).Exec(ctx)
	return err
}
