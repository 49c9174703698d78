package store

import (
	"context"
	"strings"
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
	where, args := "c.user_id = ? AND c.pinned_at IS NULL", []any{userID}
	if pinned {
		where = "c.user_id = ? AND c.pinned_at IS NOT NULL"
	}
	if from != nil {
		where += " AND (c.updated_at, c.id) < (?, ?)"
		args = append(args, from.time(), from.ID)
	}
	if text = cleanLine(text); text != "" {
		condition, patterns := containsText("c.title", firstRunes(text, maxQuery))
		where += " AND " + condition
		args = append(args, patterns...)
	}
	found, err := s.queryChats(ctx, s.reader.DB, where+" ORDER BY c.updated_at DESC, c.id DESC LIMIT ?", append(args, limit)...)
	*chats = append(*chats, found...)
	return err
}

// containsText is the condition that a column contains a text, whatever the case. SQLite's lower() knows
// ASCII only: the second pattern has the other letters in upper case, so É is found by é there too.
func containsText(column, text string) (where string, args []any) {
	lower := likePattern(strings.ToLower(text))
	upper := likePattern(asciiLower(strings.ToUpper(text)))
	return `(lower(` + column + `) LIKE ? ESCAPE '\' OR lower(` + column + `) LIKE ? ESCAPE '\')`, []any{lower, upper}
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
