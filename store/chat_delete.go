package store

import (
	"context"
	"time"

	"github.com/uptrace/bun"
)

// UndoTime is how long a deleted chat can be had back. After that PurgeChats
// may destroy it at any moment.
const UndoTime = 10 * time.Minute

// One transaction stays short: there is one writer, the index of each message
// is to be changed too, and a chat may hold thousands of them.
const (
	purgeChats    = 20
	purgeMessages = 200
)

// DeleteChat deletes one of the user's own. Nobody can read it from then on,
// and the URLs of its files end; for UndoTime RestoreChat brings it back whole.
func (s *Store) DeleteChat(ctx context.Context, userID, id string) error {
	return s.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		err := must(errNoChat())(tx.NewUpdate().Table("chats").Set("deleted_at = ?", s.Now()).
			Where("id = ? AND user_id = ? AND deleted_at IS NULL", cleanText(id), userID).Exec(ctx))
		if err != nil {
			return err
		}
		return newReadKeys(ctx, tx, cleanText(id))
	})
}

// DeleteChats deletes all of the user's chats, says how many there were, and
// when that was, which is what RestoreChats takes.
func (s *Store) DeleteChats(ctx context.Context, userID string) (n int, at time.Time, err error) {
	at = s.Now()
	err = s.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		n, err = affected(tx.NewUpdate().Table("chats").Set("deleted_at = ?", at).
			Where("user_id = ? AND deleted_at IS NULL", userID).Exec(ctx))
		if err != nil {
			return err
		}
		return newChatsKeys(ctx, tx, tx.NewSelect().Table("chats").Column("id").Where("user_id = ? AND deleted_at = ?", userID, at))
	})
	return n, at, err
}

// RestoreChat takes back the deletion of one of the user's own. What is not
// deleted, or has been for longer than UndoTime, is NotFound.
func (s *Store) RestoreChat(ctx context.Context, userID, id string) (*Chat, error) {
	err := s.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		return must(errNoChat())(tx.NewUpdate().Table("chats").Set("deleted_at = NULL").
			Where("id = ? AND user_id = ? AND deleted_at > ?", cleanText(id), userID, s.Now().Add(-UndoTime)).Exec(ctx))
	})
	if err != nil {
		return nil, err
	}
	return s.Chat(ctx, userID, id)
}

// RestoreChats takes back the deletion of all chats that was made at that time,
// and says how many there were.
func (s *Store) RestoreChats(ctx context.Context, userID string, at time.Time) (n int, err error) {
	err = s.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		n, err = affected(tx.NewUpdate().Table("chats").Set("deleted_at = NULL").
			Where("user_id = ? AND deleted_at = ? AND deleted_at > ?", userID, at.UTC(), s.Now().Add(-UndoTime)).Exec(ctx))
		return err
	})
	return n, err
}

// PurgeChats destroys the chats that cannot be had back any more, with
// everything that belongs to them (of their files, the blobs go later), and
// returns their ids. It takes some at a time: call it until there are none.
func (s *Store) PurgeChats(ctx context.Context) (ids []string, err error) {
	err = s.read(ctx, func(ctx context.Context) error {
		return s.writer.NewSelect().Table("chats").Column("id").Where("deleted_at <= ?", s.Now().Add(-UndoTime)).
			OrderExpr("deleted_at").Limit(purgeChats).Scan(ctx, &ids)
	})
	if err != nil || len(ids) == 0 {
		return nil, err
	}
	return ids, s.destroyChats(ctx, ids)
}

// destroyChats destroys chats that are too old to be restored, so that nothing can come between the
// transactions.
func (s *Store) destroyChats(ctx context.Context, ids []string) error {
	for _, id := range ids {
		if err := s.purgeMessages(ctx, id); err != nil {
			return err
		}
	}
	shown, err := s.shownFiles(ctx, ids)
	if err != nil {
		return err
	}
	return s.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		if len(shown) > 0 {
			if _, err := tx.NewUpdate().Table("files").Set("chat_id = NULL").Where("id IN (?)", bun.In(shown)).Exec(ctx); err != nil {
				return err
			}
		}
		if _, err := deleteFiles(ctx, tx, s.Now(), "chat_id IN (?)", bun.In(ids)); err != nil {
			return err
		}
		_, err := tx.NewDelete().Table("chats").Where("id IN (?)", bun.In(ids)).Exec(ctx)
		return err
	})
}

// purgeMessages destroys the messages of a chat, some in each transaction.
func (s *Store) purgeMessages(ctx context.Context, chatID string) error {
	for n := purgeMessages; n == purgeMessages; {
		err := s.InTx(ctx, func(ctx context.Context, tx bun.Tx) (err error) {
			some := tx.NewSelect().Table("messages").Column("id").Where("chat_id = ?", chatID).Limit(purgeMessages)
			n, err = affected(tx.NewDelete().Table("messages").Where("chat_id = ?", chatID).Where("id IN (?)", some).Exec(ctx))
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}
