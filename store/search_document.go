package store

import "context"

// searchDocuments finds documents whose newest version has all the words, newest first.
func (s *Store) searchDocuments(ctx context.Context, q searchQuery, limit int) (results []Result, err error) {
	if limit <= 0 {
		return nil, nil
	}
	query, args := s.dialect.documentsSQL(q, limit)
	rows, err := s.reader.DB.QueryContext(ctx, s.dialect.bind(query), args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close() //nolint:errcheck // Err below tells
	for rows.Next() {
		r := Result{Type: ResultDocument, DocumentID: new(string)}
		var kind string
		if err := rows.Scan(r.DocumentID, &r.ChatID, &r.Title, &r.text, &r.CreatedAt, &kind); err != nil {
			return nil, err
		}
		r.markdown = kind == KindText
		results = append(results, r)
	}
	return results, rows.Err()
}

// matchDocuments is the condition, on documents AS d, that one has all the words of a text; found is
// false when the text has none.
func (s *Store) matchDocuments(userID, text string) (where string, args []any, found bool) {
	q := parseSearch(userID, text)
	if len(q.words) == 0 {
		return "", nil, false
	}
	where, args = s.dialect.documentsMatch(q)
	return where, args, true
}

const (
	sqliteSearchDocuments = `SELECT d.id, c.id, v.title, substr(v.content, 1, 100000), v.created_at, d.kind FROM document_index AS f
	CROSS JOIN document_entries AS e ON e.id = f.rowid CROSS JOIN documents AS d ON d.id = e.document_id
	CROSS JOIN document_versions AS v ON v.document_id = d.id AND v.version = d.head_version
	LEFT JOIN chats AS c ON c.id = d.chat_id AND c.deleted_at IS NULL
	WHERE f.document_index MATCH ? AND d.user_id = ? ORDER BY f.rowid DESC LIMIT ?`

	postgresSearchDocuments = `SELECT d.id, c.id, v.title, left(v.content, 100000), v.created_at, d.kind FROM document_entries AS e
	JOIN documents AS d ON d.id = e.document_id JOIN document_versions AS v ON v.document_id = d.id AND v.version = d.head_version
	LEFT JOIN chats AS c ON c.id = d.chat_id AND c.deleted_at IS NULL
	WHERE e.user_id = ? AND e.words @@ to_tsquery('simple', search_fold(?)) AND d.user_id = ? ORDER BY e.id DESC LIMIT ?`
)

func (sqliteDialect) documentsSQL(q searchQuery, limit int) (string, []any) {
	return sqliteSearchDocuments, []any{q.fts("d"), q.userID, limit}
}

func (sqliteDialect) documentsMatch(q searchQuery) (string, []any) {
	return `d.id IN (SELECT e.document_id FROM document_index AS f CROSS JOIN document_entries AS e ON e.id = f.rowid
	WHERE f.document_index MATCH ?)`, []any{q.fts("d")}
}

func (postgresDialect) documentsSQL(q searchQuery, limit int) (string, []any) {
	return postgresSearchDocuments, []any{q.userID, q.tsquery(), q.userID, limit}
}

func (postgresDialect) documentsMatch(q searchQuery) (string, []any) {
	return `d.id IN (SELECT e.document_id FROM document_entries AS e WHERE e.user_id = ? AND e.words @@ to_tsquery('simple', search_fold(?)))`,
		[]any{q.userID, q.tsquery()}
}
