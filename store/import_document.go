package store

import (
	"context"

	"github.com/uptrace/bun"
)

// maxImportedVersion leaves room for those that come after it: Postgres keeps 32 bits.
const maxImportedVersion = 1 << 30

// OwnDocument says whether the user has a document with the id.
func (s *Store) OwnDocument(ctx context.Context, userID, id string) (own bool, err error) {
	err = s.read(ctx, func(ctx context.Context) error {
		own, err = s.writer.NewSelect().Table("documents").Where("id = ? AND user_id = ?", id, userID).Exists(ctx)
		return err
	})
	return own, err
}

// ImportVersion saves a version of a document from elsewhere under its number, unless the document has
// that number; made says whether it is the document's first here, added whether it is new. A version
// that breaks a rule is refused as a save of it would be; a document of somebody else's is NotFound.
func (s *Store) ImportVersion(ctx context.Context, user *User, d *Document) (made, added bool, err error) {
	if err := s.prepareImport(user, d); err != nil {
		return false, false, err
	}
	err = s.InTx(ctx, func(ctx context.Context, tx bun.Tx) (err error) {
		if err := checkContent(ctx, tx, user.ID, d.Kind, d.Text()); err != nil {
			return err
		}
		if made, err = s.openDocument(ctx, tx, d); err != nil {
			return err
		}
		d.made = made
		added, err = s.importVersion(ctx, tx, d)
		return err
	})
	return made && err == nil, added && err == nil, err
}

func (s *Store) prepareImport(user *User, d *Document) (err error) {
	if err := checkKind(d.Kind); err != nil {
		return err
	}
	if d.Author != AuthorUser && d.Author != AuthorAssistant {
		return Errorf(Invalid, "A version's author is user or assistant.").WithField("author")
	}
	if d.Version < 1 || d.Version > maxImportedVersion {
		return Errorf(Invalid, "A version's number is 1 to %d.", maxImportedVersion).WithField("version")
	}
	if d.MessageID != nil && !ValidID(*d.MessageID) {
		d.MessageID = nil
	}
	if d.Title, err = documentTitle(d.Title); err != nil {
		return err
	}
	if d.Language, err = documentLanguage(d.Kind, d.Language); err != nil {
		return err
	}
	// Who may read it is not taken along; and an autosave that a later one might replace is kept.
	d.UserID, d.Visibility, d.Autosave, d.StreamID = user.ID, Private, false, nil
	d.Partial = d.Partial && d.Author == AuthorAssistant
	return nil
}

// openDocument makes the document if it is not there, and locks its row.
func (s *Store) openDocument(ctx context.Context, tx bun.Tx, d *Document) (made bool, err error) {
	n, err := affected(tx.Tx.ExecContext(ctx, s.dialect.bind(`INSERT INTO documents
		(id, user_id, chat_id, kind, language, visibility, head_version, created_at, updated_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (id) DO NOTHING`),
		d.ID, d.UserID, d.ChatID, d.Kind, d.Language, d.Visibility, d.Version, d.CreatedAt, d.UpdatedAt))
	if err != nil {
		return false, err
	}
	return n > 0, must(errNoDocument())(tx.Tx.ExecContext(ctx,
		s.dialect.bind("UPDATE documents SET head_version = head_version WHERE id = ? AND user_id = ? AND kind = ?"), d.ID, d.UserID, d.Kind))
}

func (s *Store) importVersion(ctx context.Context, tx bun.Tx, d *Document) (added bool, err error) {
	there, err := tx.NewSelect().Table("document_versions").Where("document_id = ? AND version = ?", d.ID, d.Version).Exists(ctx)
	if err != nil || there {
		return false, err
	}
	if err := s.insertVersion(ctx, tx, d); err != nil {
		return false, err
	}
	_, err = tx.Tx.ExecContext(ctx, s.dialect.bind("UPDATE documents SET head_version = ?, language = ?, updated_at = ? WHERE id = ? AND head_version < ?"),
		d.Version, d.Language, d.UpdatedAt, d.ID, d.Version)
	if err == nil { // the index is to hold the newest, whatever was written last
		_, err = tx.Tx.ExecContext(ctx, s.dialect.bind(`UPDATE document_versions SET title = title
			WHERE document_id = ? AND version = (SELECT head_version FROM documents WHERE id = ?)`), d.ID, d.ID)
	}
	return true, err
}

// ImportSuggestion saves a suggestion from elsewhere for one of the user's own documents, unless it is
// there; NotFound when the document is not.
func (s *Store) ImportSuggestion(ctx context.Context, userID string, g *Suggestion) error {
	g.OriginalText, g.SuggestedText, g.Description = cleanText(g.OriginalText), cleanText(g.SuggestedText), cleanLine(g.Description)
	if err := g.check(); err != nil {
		return err
	}
	if g.Status != SuggestionPending && g.Status != SuggestionAccepted && g.Status != SuggestionDismissed {
		return Errorf(Invalid, "A suggestion is pending, accepted or dismissed.").WithField("status")
	}
	return s.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		d, err := s.lockDocument(ctx, tx, userID, g.DocumentID)
		if err != nil {
			return err
		}
		g.UserID, g.CreatedAt = userID, s.Now()
		if g.Status != SuggestionPending {
			g.ResolvedAt = &g.CreatedAt
		}
		if g.DocumentVersion < 1 || g.DocumentVersion > d.Head {
			g.DocumentVersion = d.Head
		}
		_, err = tx.NewInsert().Model(g).On("CONFLICT (id) DO NOTHING").Exec(ctx)
		return err
	})
}
