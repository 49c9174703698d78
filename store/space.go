package store

import (
	"context"

	"github.com/uptrace/bun"
)

// DocumentUsage is what somebody's documents take, and may take: bytes of all of their versions. A
// maximum of 0 is none.
type DocumentUsage struct {
	Documents    int   `json:"documents"`
	MaxDocuments int   `json:"maxDocuments"`
	Used         int64 `json:"used"`
	Quota        int64 `json:"quota"`
}

// unbounded is the room of who may fill all that there is.
const unbounded = int64(1) << 62

// DocumentUsage says how much the user's documents take.
func (s *Store) DocumentUsage(ctx context.Context, user *User) (u DocumentUsage, err error) {
	err = s.read(ctx, func(ctx context.Context) error {
		u, err = documentUsage(ctx, s.reader, user.ID)
		return err
	})
	limit := s.limits[user.Role]
	u.MaxDocuments, u.Quota = limit.Documents, limit.DocumentBytes
	return u, err
}

// documentUsage reads the documents' own sums from an index: none of their versions is looked at.
func documentUsage(ctx context.Context, db bun.IDB, userID string) (u DocumentUsage, err error) {
	err = db.NewSelect().Table("documents").ColumnExpr("COUNT(*), CAST(COALESCE(SUM(bytes), 0) AS BIGINT)").
		Where("user_id = ?", userID).Scan(ctx, &u.Documents, &u.Used)
	return u, err
}

// takeSpace counts a version that d gets, and the one that it takes the place of as gone. It refuses what
// its owner has no room for; a document that becomes smaller is never refused.
func (s *Store) takeSpace(ctx context.Context, tx bun.Tx, d *Document) error {
	more := d.Size() - d.freed
	if len(s.limits) > 0 {
		if err := s.checkSpace(ctx, tx, d, more); err != nil {
			return err
		}
	}
	_, err := tx.NewUpdate().Table("documents").Set("bytes = bytes + ?", more).Where("id = ?", d.ID).Exec(ctx)
	return err
}

// checkSpace locks the owner's row first: two saves at once must not both fit into the last space.
func (s *Store) checkSpace(ctx context.Context, tx bun.Tx, d *Document, more int64) error {
	var role Role
	err := tx.NewRaw("UPDATE users SET id = id WHERE id = ? RETURNING role", d.UserID).Scan(ctx, &role)
	if err != nil {
		return err
	}
	limit := s.limits[role]
	if limit.DocumentBytes == 0 && limit.Documents == 0 {
		return nil
	}
	u, err := documentUsage(ctx, tx, d.UserID)
	if err != nil {
		return err
	}
	if limit.Documents > 0 && u.Documents > limit.Documents && d.made {
		return Errorf(TooLarge, "You have %d documents, which is as many as you may have.", limit.Documents).
			WithHint("Delete documents that you no longer need.")
	}
	if limit.DocumentBytes > 0 && u.Used+more > limit.DocumentBytes && more > 0 {
		return ErrDocumentSpace(u.Used, limit.DocumentBytes)
	}
	return nil
}

// TakeSpace counts up to want bytes for a document whose newest version is being written, before they are written: what
// is written beside it must not fit into the same space. It says how many there were left to take. At the version's end
// what was written counts instead.
func (s *Store) TakeSpace(ctx context.Context, id string, want int64) (taken int64, err error) {
	if len(s.limits) == 0 {
		return unbounded, nil
	}
	err = s.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		taken = unbounded
		var owner User
		err := tx.NewRaw("UPDATE users SET id = id WHERE id = (SELECT user_id FROM documents WHERE id = ?) RETURNING id, role", id).Scan(ctx, &owner.ID, &owner.Role)
		if noRows(err) {
			return errNoDocument()
		}
		limit := s.limits[owner.Role]
		if err != nil || limit.DocumentBytes == 0 {
			return err
		}
		u, err := documentUsage(ctx, tx, owner.ID)
		if err != nil {
			return err
		}
		taken = max(0, min(want, limit.DocumentBytes-u.Used))
		_, err = tx.NewUpdate().Table("documents").Set("bytes = bytes + ?", taken).Where("id = ?", id).Exec(ctx)
		return err
	})
	return taken, err
}

// ErrDocumentSpace refuses a text for which its owner has no room left; sizes in bytes.
func ErrDocumentSpace(used, quota int64) *Error {
	return Errorf(TooLarge, "Your documents take %s of the %s that you have, and this text does not fit.", Bytes(used), Bytes(quota)).
		WithHint("Delete documents that you no longer need: each version of a document takes space until the document is deleted.").WithField("content")
}

// recount sums a document up anew, when the text of a version has changed in place.
func recount(ctx context.Context, tx bun.Tx, where string, args ...any) error {
	_, err := tx.NewRaw(`UPDATE documents SET bytes = (SELECT CAST(COALESCE(SUM(octet_length(v.content) + ?), 0) AS BIGINT)
		FROM document_versions AS v WHERE v.document_id = documents.id) WHERE `+where, append([]any{importedRow}, args...)...).Exec(ctx)
	return err
}
