package store

import (
	"context"

	"github.com/uptrace/bun"
)

// ChatPatch says what to change; nil leaves a field as it is. HeadID names any
// message: what shows then is the newest branch through it.
type ChatPatch struct {
	Title, Visibility, Model, HeadID *string
	Pinned                           *bool
}

// UpdateChat changes one of the user's own. It does not move UpdatedAt: only
// messages do.
func (s *Store) UpdateChat(ctx context.Context, userID, id string, p ChatPatch) (c *Chat, err error) {
	err = s.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		c, err = s.chat(ctx, tx.Tx, "c.id = ? AND c.user_id = ?", cleanText(id), userID)
		if err != nil {
			return err
		}
		if p.HeadID, err = s.leafFor(ctx, tx, c.ID, p.HeadID); err != nil {
			return err
		}
		columns := s.patch(c, p)
		if err := checkChat(c.Title, c.Visibility, c.Model); err != nil || len(columns) == 0 {
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
	if p.HeadID != nil { // the end of a branch: leafFor has seen to that
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
