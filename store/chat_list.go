package store

import (
	"context"
	"strings"

	"github.com/uptrace/bun"
)

// ChatQuery asks for a page of chats: Limit 0 is 50, at most 100; Cursor is
// the nextCursor of the page before; Q is looked for in the titles.
type ChatQuery struct {
	Limit     int
	Cursor, Q string
}

const maxQuery = 200

// Chats lists the user's chats, the pinned ones first, each half by the time
// of its last message, newest first. nextCursor is "" on the last page. The
// halves are two queries, so that each is a walk along an index.
func (s *Store) Chats(ctx context.Context, userID string, q ChatQuery) (chats []Chat, nextCursor string, err error) {
	from, err := parseCursor(q.Cursor)
	if err != nil {
		return nil, "", err
	}
	limit := pageSize(q.Limit)
	chats = make([]Chat, 0, limit+1)
	err = s.read(ctx, func(ctx context.Context) error {
		if from == nil || from.Pinned {
			if err := s.listChats(ctx, userID, q.Q, true, from, limit+1, &chats); err != nil {
				return err
			}
			from = nil
		}
		if left := limit + 1 - len(chats); left > 0 {
			return s.listChats(ctx, userID, q.Q, false, from, left, &chats)
		}
		return nil
	})
	if err != nil {
		return nil, "", err
	}
	if len(chats) > limit {
		chats = chats[:limit]
		last := &chats[limit-1]
		nextCursor = cursor{last.UpdatedAt.UnixMicro(), last.ID, last.PinnedAt != nil}.String()
	}
	return chats, nextCursor, nil
}

// listChats appends one half to chats.
func (s *Store) listChats(ctx context.Context, userID, text string, pinned bool, from *cursor, limit int, chats *[]Chat) error {
	var found []Chat
	q := selectChats(s.reader, &found).Where("c.user_id = ?", userID)
	if pinned {
		q = q.Where("c.pinned_at IS NOT NULL")
	} else {
		q = q.Where("c.pinned_at IS NULL")
	}
	if from != nil {
		q = q.Where("(c.updated_at, c.id) < (?, ?)", from.time(), from.ID)
	}
	if text = cleanLine(text); text != "" {
		q = whereContains(q, "c.title", firstRunes(text, maxQuery))
	}
	if err := q.OrderExpr("c.updated_at DESC, c.id DESC").Limit(int64(limit)).Scan(ctx); err != nil {
		return err
	}
	*chats = append(*chats, found...)
	return nil
}

// whereContains ignores case. SQLite's lower() knows ASCII only: the second
// pattern has the other letters in upper case, so É is found by é there too.
func whereContains(q *bun.SelectQuery, column, text string) *bun.SelectQuery {
	lower := likePattern(strings.ToLower(text))
	upper := likePattern(asciiLower(strings.ToUpper(text)))
	return q.Where(`(lower(?0) LIKE ?1 ESCAPE '\' OR lower(?0) LIKE ?2 ESCAPE '\')`, bun.Safe(column), lower, upper)
}

// likePattern takes % and _ in the text for themselves.
func likePattern(text string) string {
	return "%" + strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`).Replace(text) + "%"
}

func asciiLower(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'A' && r <= 'Z' {
			return r + ('a' - 'A')
		}
		return r
	}, s)
}
