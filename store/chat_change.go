package store

import (
	"context"

	"github.com/uptrace/bun"
)

// ChatPatch says what to change; nil leaves a field as it is.
type ChatPatch struct {
	Title, Visibility, Model, HeadID *string
	Pinned                           *bool
}

// UpdateChat changes one of the user's own. It does not move UpdatedAt: only
// messages do.
func (s *Store) UpdateChat(ctx context.Context, userID, id string, p ChatPatch) (c *Chat, err error) {
	err = s.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		c, err = s.chat(ctx, tx, func(q *bun.SelectQuery) *bun.SelectQuery {
			return q.Where("c.id = ? AND c.user_id = ?", cleanText(id), userID)
		})
		if err != nil {
			return err
		}
		columns := s.patch(c, p)
		if err := checkChat(c.Title, c.Visibility, c.Model); err != nil || len(columns) == 0 {
			return err
		}
		if err := headInChat(ctx, tx, c.ID, p.HeadID); err != nil {
			return err
		}
		// Only what changes: a reply may be moving the head at this moment.
		_, err := tx.NewUpdate().Model(c).Column(columns...).Where("c.id = ? AND c.user_id = ?", c.ID, userID).Exec(ctx)
		if err == nil && p.Visibility != nil && c.Visibility == Private {
			err = newReadKeys(ctx, tx, c.ID)
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return c, nil
}

// patch puts the changes into c and names their columns.
func (s *Store) patch(c *Chat, p ChatPatch) (columns []string) {
	if p.Title != nil {
		c.Title, columns = cleanLine(*p.Title), append(columns, "title")
	}
	if p.Visibility != nil {
		c.Visibility, columns = *p.Visibility, append(columns, "visibility")
	}
	if p.Model != nil {
		c.Model, columns = cleanText(*p.Model), append(columns, "model")
	}
	if p.HeadID != nil { // an id of a message, or headInChat refuses it
		c.HeadID, columns = p.HeadID, append(columns, "head_id")
	}
	if p.Pinned != nil && *p.Pinned != (c.PinnedAt != nil) {
		c.PinnedAt, columns = nil, append(columns, "pinned_at")
		if *p.Pinned {
			now := s.Now()
			c.PinnedAt = &now
		}
	}
	return columns
}

func headInChat(ctx context.Context, tx bun.Tx, chatID string, head *string) error {
	if head == nil {
		return nil
	}
	there, err := messageExists(ctx, tx, chatID, *head)
	if err == nil && !there {
		return Errorf(Invalid, "There is no such message in this chat.").WithField("headId")
	}
	return err
}

// SetTitle replaces the title `from`, and reports whether it was still that: a
// person's own title is not overwritten by one that a model made.
func (s *Store) SetTitle(ctx context.Context, chatID, from, to string) (done bool, err error) {
	to = firstRunes(cleanLine(to), maxTitle)
	if to == "" {
		return false, nil
	}
	err = s.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		n, err := affected(tx.NewUpdate().Table("chats").Set("title = ?", to).
			Where("id = ? AND title = ?", chatID, from).Exec(ctx))
		done = n > 0
		return err
	})
	return done, err
}

// DeleteChat deletes one of the user's own, with its messages, streams and files.
func (s *Store) DeleteChat(ctx context.Context, userID, id string) error {
	return s.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		if _, err := deleteFiles(ctx, tx, s.Now(), "user_id = ? AND chat_id = ?", userID, cleanText(id)); err != nil {
			return err
		}
		return must(errNoChat())(tx.NewDelete().Table("chats").
			Where("id = ? AND user_id = ?", cleanText(id), userID).Exec(ctx))
	})
}

// DeleteChats deletes all of the user's chats and says how many there were.
func (s *Store) DeleteChats(ctx context.Context, userID string) (n int, err error) {
	err = s.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		if _, err := deleteFiles(ctx, tx, s.Now(), "user_id = ? AND chat_id IS NOT NULL", userID); err != nil {
			return err
		}
		n, err = affected(tx.NewDelete().Table("chats").Where("user_id = ?", userID).Exec(ctx))
		return err
	})
	return n, err
}
