package store

import (
	"context"
	"database/sql"
	"errors"

	"github.com/uptrace/bun"
)

// shownFiles are the pictures of chats that documents of their owners show. Documents outlive their chat,
// and what they show does too.
func (s *Store) shownFiles(ctx context.Context, chatIDs []string) (shown []string, err error) {
	var files []File
	err = s.read(ctx, func(ctx context.Context) error {
		return s.reader.NewSelect().Model(&files).Where("f.chat_id IN (?) AND f.deleted_at IS NULL AND f.content_type LIKE 'image/%'", bun.In(chatIDs)).Scan(ctx)
	})
	if err != nil || len(files) == 0 {
		return nil, err
	}
	of := map[string]string{} // owner by file
	owners := map[string]bool{}
	for _, f := range files {
		of[f.ID], owners[f.UserID] = f.UserID, true
	}
	for owner := range owners {
		named, err := s.namedBy(ctx, owner)
		if err != nil {
			return nil, err
		}
		for id := range named {
			if of[id] == owner {
				shown = append(shown, id)
			}
		}
	}
	return shown, nil
}

// namedBy are the ids that somebody's documents name as pictures, in any version.
func (s *Store) namedBy(ctx context.Context, userID string) (ids map[string]bool, err error) {
	ids = map[string]bool{}
	err = s.read(ctx, func(ctx context.Context) (err error) {
		rows, err := s.reader.DB.QueryContext(ctx, s.dialect.bind(`SELECT d.kind, v.content FROM documents AS d
			JOIN document_versions AS v ON v.document_id = d.id
			WHERE d.user_id = ? AND (d.kind = 'image' OR (d.kind = 'text' AND v.content LIKE '%![%'))`), userID)
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, rows.Close()) }()
		for rows.Next() {
			var kind string
			var content sql.RawBytes
			if err := rows.Scan(&kind, &content); err != nil {
				return err
			}
			if kind == KindImage {
				ids[string(content)] = true
				continue
			}
			for _, found := range namedID.FindAll(content, -1) {
				ids[string(found[1:])] = true
			}
		}
		return rows.Err()
	})
	return ids, err
}
