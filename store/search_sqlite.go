package store

import "strings"

const (
	// The order is that of the index: by the joined table's it would first read
	// every match. CROSS JOIN keeps the index the outer loop.
	sqliteSearchTitles = `SELECT c.id, c.title, c.title, c.updated_at FROM search_index AS f
	CROSS JOIN search_entries AS e ON e.id = f.rowid CROSS JOIN chats AS c ON c.id = e.chat_id
	WHERE f.search_index MATCH ? AND c.user_id = ? AND c.deleted_at IS NULL ORDER BY f.rowid DESC LIMIT ?`

	sqliteSearchMessages = `SELECT c.id, c.title, substr(m.text, 1, 100000), m.created_at, m.id, m.role FROM search_index AS f
	CROSS JOIN search_entries AS e ON e.id = f.rowid CROSS JOIN chats AS c ON c.id = e.chat_id
	CROSS JOIN messages AS m ON m.chat_id = e.chat_id AND m.id = e.message_id
	WHERE f.search_index MATCH ? AND c.user_id = ? AND c.deleted_at IS NULL ORDER BY f.rowid DESC LIMIT ?`
)

func (sqliteDialect) searchSQL(q searchQuery, titles bool, limit int) (string, []any) {
	if titles {
		return sqliteSearchTitles, []any{q.fts("c"), q.userID, limit}
	}
	return sqliteSearchMessages, []any{q.fts("m"), q.userID, limit}
}

// fts is the query in the language of FTS5. Words are quoted: unquoted, a
// person's text would be syntax. They hold letters and digits alone, so no
// quotes of their own.
func (q searchQuery) fts(kind string) string {
	terms := []string{`owner : "` + kind + strings.ReplaceAll(q.userID, "-", "") + `"`}
	for i, runs := range q.words {
		term := `text : "` + strings.Join(runs, " ") + `"`
		if q.open && i == len(q.words)-1 {
			term += " *"
		}
		terms = append(terms, term)
	}
	return strings.Join(terms, " AND ")
}
