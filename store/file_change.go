package store

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/uptrace/bun"
)

// DeleteFile takes one of the user's own away: nobody finds it from now on, and Deleted gives its
// blobs to be removed.
func (s *Store) DeleteFile(ctx context.Context, userID, id string) error {
	return s.deleteFile(ctx, "id = ? AND user_id = ?", cleanText(id), userID)
}

// DeleteUnsentFile does the same with a file that no message has.
func (s *Store) DeleteUnsentFile(ctx context.Context, userID, id string) error {
	return s.deleteFile(ctx, "id = ? AND user_id = ? AND chat_id IS NULL", cleanText(id), userID)
}

func (s *Store) deleteFile(ctx context.Context, where string, args ...any) error {
	return s.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		n, err := deleteFiles(ctx, tx, s.Now(), where, args...)
		if err == nil && n == 0 {
			return errNoFile()
		}
		return err
	})
}

// DeleteAnyFile takes anybody's file away, for an administrator: the caller makes sure that it is one.
// The line of the audit, whose subject is the file and its owner, is written with it or neither is.
func (s *Store) DeleteAnyFile(ctx context.Context, id string, by AuditEntry) error {
	return s.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		f := new(File)
		err := tx.NewSelect().Model(f).Where("f.id = ? AND f.deleted_at IS NULL", cleanText(id)).Scan(ctx)
		if noRows(err) {
			return errNoFile()
		}
		if err == nil {
			_, err = deleteFiles(ctx, tx, s.Now(), "id = ?", f.ID)
		}
		if err == nil && f.Bucket == Avatars {
			_, err = tx.NewUpdate().Table("users").Set("avatar_file_id = NULL").Where("avatar_file_id = ?", f.ID).Exec(ctx)
		}
		if err != nil {
			return err
		}
		by.Subject = "file " + f.ID + " of user " + f.UserID
		return s.audit(ctx, tx, by)
	})
}

// RenameFile gives one of the user's own uploads another name. fit makes of that name, and of what the
// file is, the name and type that go together.
func (s *Store) RenameFile(ctx context.Context, userID, id, name string, fit func(name, contentType string) (string, string)) (*File, error) {
	name = strings.TrimSpace(name)
	if err := checkNewName(name); err != nil {
		return nil, err
	}
	f := new(File)
	err := s.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		err := tx.NewSelect().Model(f).Where("f.id = ? AND f.user_id = ? AND f.deleted_at IS NULL", cleanText(id), userID).Scan(ctx)
		if noRows(err) {
			return errNoFile()
		}
		if err != nil {
			return err
		}
		if f.Bucket != Uploads {
			return Errorf(Invalid, "Only uploads can be renamed.").WithField("name")
		}
		f.Name, f.ContentType = fit(name, f.ContentType)
		if err := checkNewName(f.Name); err != nil {
			return err
		}
		_, err = tx.NewUpdate().Model(f).Column("name", "content_type").WherePK().Exec(ctx)
		return err
	})
	if err != nil {
		return nil, err
	}
	return f, nil
}

func checkNewName(name string) error {
	var refusal *Error
	if errors.As(CheckFileName(name), &refusal) {
		return refusal.WithField("name").WithHint("Choose another name.")
	}
	return nil
}

// deleteFiles marks; the rows stay until the blobs are gone, so that a crash in between leaves
// nothing behind for ever.
func deleteFiles(ctx context.Context, tx bun.Tx, now time.Time, where string, args ...any) (int, error) {
	return affected(tx.NewUpdate().Table("files").Set("deleted_at = ?", now).Set("read_key = ''").
		Where("deleted_at IS NULL").Where(where, args...).Exec(ctx))
}

// Deleted lists files that were taken away and whose blobs may still be there.
func (s *Store) Deleted(ctx context.Context, limit int) (files []File, err error) {
	err = s.read(ctx, func(ctx context.Context) error {
		return s.writer.NewSelect().Model(&files).Where("f.deleted_at IS NOT NULL").OrderExpr("f.deleted_at").Limit(int64(limit)).Scan(ctx)
	})
	return files, err
}

// ForgetFile removes the row of a deleted file whose blobs are gone.
func (s *Store) ForgetFile(ctx context.Context, id string) error {
	return s.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		_, err := tx.NewDelete().Table("files").Where("id = ? AND deleted_at IS NOT NULL", id).Exec(ctx)
		return err
	})
}

// HasBlobs says which of these blob keys are those of files, deleted or not.
func (s *Store) HasBlobs(ctx context.Context, keys []string) (map[string]bool, error) {
	there := map[string]bool{}
	for some := range slices.Chunk(keys, manyRows) {
		var found []string
		err := s.read(ctx, func(ctx context.Context) error {
			return s.reader.NewSelect().Table("files").Column("blob_key").Where("blob_key IN (?)", bun.In(some)).Scan(ctx, &found)
		})
		if err != nil {
			return nil, err
		}
		for _, key := range found {
			there[key] = true
		}
	}
	return there, nil
}

// newReadKeys ends the URLs of a chat's files, and of the pictures that its documents show: each gets
// another key.
func newReadKeys(ctx context.Context, tx bun.Tx, chatID string) error {
	return newChatsKeys(ctx, tx, tx.NewSelect().Table("chats").Column("id").Where("id = ?", chatID))
}

// newChatsKeys does so for all chats that a query names.
func newChatsKeys(ctx context.Context, tx bun.Tx, chats *bun.SelectQuery) error {
	texts := tx.NewSelect().TableExpr("documents AS d").Join("JOIN document_versions AS v ON v.document_id = d.id").Column("v.content").
		Where("d.chat_id IN (?) AND d.kind = 'text' AND v.content LIKE '%![%'", chats)
	if err := newNamedKeys(ctx, tx, "user_id IN (SELECT user_id FROM chats WHERE id IN (?))", chats, texts); err != nil {
		return err
	}
	return renewReadKeys(ctx, tx,
		"(chat_id IN (?) OR id IN (SELECT v.content FROM documents AS d JOIN document_versions AS v ON v.document_id = d.id WHERE d.chat_id IN (?) AND d.kind = 'image'))", chats, chats)
}

// newPictureKeys ends the URLs of all pictures that a document's versions show.
func newPictureKeys(ctx context.Context, tx bun.Tx, d *Document) error {
	switch d.Kind {
	case KindImage:
		return renewReadKeys(ctx, tx, "id IN (SELECT content FROM document_versions WHERE document_id = ?)", d.ID)
	case KindText:
		texts := tx.NewSelect().Table("document_versions").Column("content").Where("document_id = ? AND content LIKE '%![%'", d.ID)
		return newNamedKeys(ctx, tx, "user_id = ?", d.UserID, texts)
	}
	return nil
}

// newHiddenKeys ends the URLs of the pictures that others were shown in the version before, and are not in this one. An
// autosave takes that version away, and with it what newPictureKeys would know them by.
func newHiddenKeys(ctx context.Context, tx bun.Tx, d, before *Document) error {
	if before.Visibility != Public && !before.chatPublic {
		return nil
	}
	shown := before.pictures()
	for id := range d.pictures() {
		delete(shown, id)
	}
	return newKeysOf(ctx, tx, shown, "user_id = ?", d.UserID)
}

// pictures are the ids that a version names as pictures.
func (d *Document) pictures() map[string]bool {
	ids := map[string]bool{}
	switch {
	case d.Kind == KindImage:
		ids[d.Text()] = true
	case d.Kind == KindText && strings.Contains(d.Text(), "!["):
		addNamed(ids, d.Text())
	}
	return ids
}

// addNamed adds the ids that a text names in addresses.
func addNamed(ids map[string]bool, text string) {
	for _, found := range namedID.FindAllString(text, maxNamed-len(ids)) {
		ids[found[1:]] = true
	}
}

// newKeysOf ends the URLs of some of an owner's pictures.
func newKeysOf(ctx context.Context, tx bun.Tx, ids map[string]bool, owner string, id any) error {
	if len(ids) == 0 {
		return nil
	}
	return renewReadKeys(ctx, tx, owner+" AND bucket = 'uploads' AND content_type LIKE 'image/%' AND id IN (?)", id, bun.In(slices.Collect(maps.Keys(ids))))
}

// namedID is the id of a file as an address of it has it.
var namedID = regexp.MustCompile(`/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b`)

// maxNamed is how many pictures of texts get new addresses at once.
const maxNamed = 10_000

// newNamedKeys ends the URLs of the owner's pictures that the texts of a query name in addresses. The
// texts are read one by one: those of all of a person's chats may be large together.
func newNamedKeys(ctx context.Context, tx bun.Tx, owner string, id any, texts *bun.SelectQuery) error {
	rows, err := texts.Rows(ctx)
	if err != nil {
		return err
	}
	defer rows.Close()
	named := map[string]bool{}
	for rows.Next() {
		var text string
		if err := rows.Scan(&text); err != nil {
			return err
		}
		addNamed(named, text)
	}
	if err := errors.Join(rows.Err(), rows.Close()); err != nil {
		return err
	}
	return newKeysOf(ctx, tx, named, owner, id)
}

func renewReadKeys(ctx context.Context, tx bun.Tx, where string, args ...any) error {
	var ids []string
	err := tx.NewSelect().Table("files").Column("id").Where("deleted_at IS NULL").Where(where, args...).Scan(ctx, &ids)
	if err != nil {
		return err
	}
	for some := range slices.Chunk(ids, manyRows) {
		keys := make([]newKey, len(some))
		for i, id := range some {
			keys[i] = newKey{ID: id, Key: newReadKey()}
		}
		_, err := tx.NewUpdate().With("new_keys", tx.NewValues(&keys)).Table("files", "new_keys").Set("read_key = new_keys.read_key").
			Where("files.id = new_keys.id AND files.deleted_at IS NULL").Exec(ctx)
		if err != nil {
			return err
		}
	}
	return nil
}

// manyRows is how many rows one statement names.
const manyRows = 500

type newKey struct {
	ID  string `bun:"id"`
	Key string `bun:"read_key"`
}

// attachFiles gives the files of a message to its chat. One that is gone by now, or in another chat,
// is NotFound, and nothing of the message is saved.
func attachFiles(ctx context.Context, tx bun.Tx, m *Message, userID string) error {
	ids := FileIDs(*m)
	if len(ids) == 0 {
		return nil
	}
	n, err := affected(tx.NewUpdate().Table("files").Set("chat_id = ?", m.ChatID).
		Where("id IN (?)", bun.In(ids)).Where("user_id = ? AND bucket = 'uploads' AND deleted_at IS NULL", userID).
		Where("chat_id IS NULL OR chat_id = ?", m.ChatID).Exec(ctx))
	if err == nil && n != len(ids) {
		return errNoFile().WithField("files")
	}
	return err
}

// FileIDs are the files of the messages' parts, each once.
func FileIDs(messages ...Message) []string {
	var ids []string
	seen := map[string]bool{}
	for i := range messages {
		for _, p := range messages[i].Parts {
			if p.Type == "file" && p.FileID != "" && !seen[p.FileID] {
				seen[p.FileID] = true
				ids = append(ids, p.FileID)
			}
		}
	}
	return ids
}

// SetAvatar makes f the user's picture and takes the one before away; nil only does the latter.
func (s *Store) SetAvatar(ctx context.Context, userID string, f *File) error {
	var id *string
	if f != nil {
		f.UserID, id = userID, &f.ID
	}
	return s.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		err := must(errNoUser())(tx.NewUpdate().Table("users").Set("avatar_file_id = ?", id).Where("id = ?", userID).Exec(ctx))
		if err != nil {
			return err
		}
		if _, err := deleteFiles(ctx, tx, s.Now(), "user_id = ? AND bucket = 'avatars'", userID); err != nil || f == nil {
			return err
		}
		_, err = tx.NewInsert().Model(f).Exec(ctx)
		return err
	})
}

// Bytes writes a size as people do: "25 MB".
func Bytes(n int64) string {
	const step = 1 << 10
	if n < step {
		return fmt.Sprintf("%d bytes", n)
	}
	size, unit := float64(n)/step, 0
	for units := "KMGT"; size >= step && unit < len(units)-1; unit++ {
		size /= step
	}
	if size < 10 && size != float64(int64(size)) {
		return fmt.Sprintf("%.1f %cB", size, "KMGT"[unit])
	}
	return fmt.Sprintf("%.0f %cB", size, "KMGT"[unit])
}
