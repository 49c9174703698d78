package store

import (
	"context"

	"github.com/uptrace/bun"
)

// ExportChats reads the user's chats in the order of their ids, from after the given one on: an order
// that nothing which happens meanwhile changes.
func (s *Store) ExportChats(ctx context.Context, userID, after string, limit int) ([]Chat, error) {
	chats := []Chat{}
	err := s.read(ctx, func(ctx context.Context) error {
		return s.reader.NewSelect().Model(&chats).Where("c.user_id = ? AND c.id > ? AND c.deleted_at IS NULL", userID, after).
			OrderExpr("c.id").Limit(int64(limit)).Scan(ctx)
	})
	return chats, err
}

// CountChats says how many chats the user has.
func (s *Store) CountChats(ctx context.Context, userID string) (n int, err error) {
	err = s.read(ctx, func(ctx context.Context) error {
		count, err := s.reader.NewSelect().Table("chats").Where("user_id = ? AND deleted_at IS NULL", userID).Count(ctx)
		n = int(count)
		return err
	})
	return n, err
}

// ExportFiles reads the user's uploads as ExportChats reads the chats; those of deleted chats are left out.
func (s *Store) ExportFiles(ctx context.Context, userID, after string, limit int) ([]File, error) {
	files := []File{}
	err := s.read(ctx, func(ctx context.Context) error {
		return s.reader.NewSelect().Model(&files).
			Where("f.user_id = ? AND f.id > ? AND f.bucket = 'uploads' AND f.deleted_at IS NULL", userID, after).
			WhereGroup(" AND ", func(q *bun.SelectQuery) *bun.SelectQuery {
				return q.Where("f.chat_id IS NULL").
					WhereOr("EXISTS (SELECT 1 FROM chats AS c WHERE c.id = f.chat_id AND c.deleted_at IS NULL)")
			}).OrderExpr("f.id").Limit(int64(limit)).Scan(ctx)
	})
	return files, err
}
