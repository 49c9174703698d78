package store

import "strings"

const (
	postgresSearchTitles = `SELECT c.id, c.title, c.title, c.updated_at
	FROM search_entries AS e JOIN chats AS c ON c.id = e.chat_id
	WHERE e.user_id = ? AND e.message_id = '' AND e.words @@ to_tsquery('simple', search_fold(?))
	AND c.user_id = ? AND c.deleted_at IS NULL ORDER BY e.id DESC LIMIT ?`

	postgresSearchMessages = `SELECT c.id, c.title, left(m.text, 100000), m.created_at, m.id, m.role
	FROM search_entries AS e JOIN chats AS c ON c.id = e.chat_id
	JOIN messages AS m ON m.chat_id = e.chat_id AND m.id = e.message_id
	WHERE e.user_id = ? AND e.message_id <> '' AND e.words @@ to_tsquery('simple', search_fold(?))
	AND c.user_id = ? AND c.deleted_at IS NULL ORDER BY e.id DESC LIMIT ?`
)

func (postgresDialect) searchSQL(q searchQuery, titles bool, limit int) (string, []any) {
	query := postgresSearchMessages
	if titles {
		query = postgresSearchTitles
	}
	return query, []any{q.userID, q.tsquery(), q.userID, limit}
}

// tsquery is the query in the language of Postgres; the quoted words hold
// letters and digits alone.
func (q searchQuery) tsquery() string {
	terms := make([]string, len(q.words))
	for i, runs := range q.words {
		terms[i] = "('" + strings.Join(runs, "' <-> '") + "'"
		if q.open && i == len(q.words)-1 {
			terms[i] += ":*"
		}
		terms[i] += ")"
	}
	return strings.Join(terms, " & ")
}
