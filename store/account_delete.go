package store

import (
	"context"

	"github.com/uptrace/bun"
)

// purgeDocuments is how many documents, of which each may have many versions, one transaction destroys.
const purgeDocuments = 5

// A deleted account is a guest's row that is disabled: nobody can sign in to it, its e-mail is free, and no
// guest is ever disabled otherwise.
const isDeletedUser = "u.role = 'guest' AND u.disabled_at IS NOT NULL"

// DeleteUser ends an account for good: from now on nobody reads anything of it. What belongs to it PurgeUser
// destroys: an account may hold more than one transaction can. The last administrator stays: Conflict.
func (s *Store) DeleteUser(ctx context.Context, userID string) error {
	return s.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		if err := s.dialect.lockAdmins(ctx, tx); err != nil {
			return err
		}
		before, err := admins(ctx, tx)
		if err != nil {
			return err
		}
		err = must(errNoUser())(tx.NewUpdate().Table("users").Set("role = 'guest'").Set("email = NULL").Set("password_hash = ''").Set("name = ''").
			Set("settings = NULL").Set("avatar_file_id = NULL").Set("disabled_at = ?", s.Now()).Set("session_version = session_version + 1").
			Where("id = ? AND role <> 'guest'", userID).Exec(ctx))
		if err != nil {
			return err
		}
		after, err := admins(ctx, tx)
		if err == nil && before > 0 && after == 0 {
			return Errorf(Conflict, "You are the last administrator.").WithHint("Make another account an administrator first.")
		}
		if err != nil {
			return err
		}
		return s.hideAll(ctx, tx, userID)
	})
}

// hideAll deletes the chats as those that nobody can have back, and the files, ends exports and imports, and
// takes back what was shared.
func (s *Store) hideAll(ctx context.Context, tx bun.Tx, userID string) error {
	_, err := tx.NewUpdate().Table("chats").Set("deleted_at = ?", s.Now().Add(-UndoTime)).Where("user_id = ?", userID).Exec(ctx)
	if err != nil {
		return err
	}
	if _, err := tx.NewUpdate().Table("documents").Set("visibility = 'private'").Where("user_id = ?", userID).Exec(ctx); err != nil {
		return err
	}
	for _, table := range []string{"transfers", "webhooks"} {
		if _, err := tx.NewDelete().Table(table).Where("user_id = ?", userID).Exec(ctx); err != nil {
			return err
		}
	}
	_, err = deleteFiles(ctx, tx, s.Now(), "user_id = ?", userID)
	return err
}

// DeletedUsers are accounts that were deleted and have not been purged to their end.
func (s *Store) DeletedUsers(ctx context.Context) (ids []string, err error) {
	err = s.read(ctx, func(ctx context.Context) error {
		return s.writer.NewSelect().Model((*User)(nil)).Column("id").Where(isDeletedUser).OrderExpr("u.disabled_at").Limit(purgeChats).Scan(ctx, &ids)
	})
	return ids, err
}

// PurgeUser destroys what a deleted account had, some in each transaction, and then the account. As long as
// there are rows of its files, whose blobs go first, the account's row stays, and gone is false.
func (s *Store) PurgeUser(ctx context.Context, userID string) (gone bool, err error) {
	for {
		var chats []string
		err := s.read(ctx, func(ctx context.Context) error {
			return s.writer.NewSelect().Table("chats").Column("id").Where("user_id = ?", userID).
				Where("EXISTS (SELECT 1 FROM users AS u WHERE u.id = chats.user_id AND "+isDeletedUser+")").Limit(purgeChats).Scan(ctx, &chats)
		})
		if err != nil {
			return false, err
		}
		if len(chats) == 0 {
			break
		}
		if err := s.destroyChats(ctx, chats); err != nil {
			return false, err
		}
	}
	for n := purgeDocuments; n == purgeDocuments; {
		err := s.InTx(ctx, func(ctx context.Context, tx bun.Tx) (err error) {
			some := tx.NewSelect().TableExpr("documents AS d").Column("d.id").Join("JOIN users AS u ON u.id = d.user_id").
				Where("d.user_id = ?", userID).Where(isDeletedUser).Limit(purgeDocuments)
			n, err = affected(tx.NewDelete().Table("documents").Where("id IN (?)", some).Exec(ctx))
			return err
		})
		if err != nil {
			return false, err
		}
	}
	err = s.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		// a file that was being written when the account ended
		if _, err := deleteFiles(ctx, tx, s.Now(), "user_id IN (SELECT u.id FROM users AS u WHERE u.id = ? AND "+isDeletedUser+")", userID); err != nil {
			return err
		}
		n, err := affected(tx.NewDelete().Model((*User)(nil)).Where("u.id = ?", userID).Where(isDeletedUser).
			Where("NOT EXISTS (SELECT 1 FROM files AS f WHERE f.user_id = u.id)").
			Where("NOT EXISTS (SELECT 1 FROM chats AS c WHERE c.user_id = u.id)").Exec(ctx))
		gone = n == 1
		return err
	})
	return gone, err
}
