package store

import (
	"context"
	"time"

	"github.com/uptrace/bun"
)

// StaleError is the Conflict of a save that was based on an older version: it holds both texts.
type StaleError struct {
	cause   *Error
	Current *Document // as it is now
	Yours   string    // the content that was not saved
}

// Error is the message for people.
func (e *StaleError) Error() string { return e.cause.Error() }

// Unwrap gives the Conflict without the texts.
func (e *StaleError) Unwrap() error { return e.cause }

// DocumentSave is a new text of a document. Title and Language nil leave them as they are; Base is the
// version that the text was made from, 0 for not saying.
type DocumentSave struct {
	Title, Language *string
	Content         string
	Base            int
	Autosave        bool
}

// DocumentPatch changes what is not text; nil leaves a field as it is.
type DocumentPatch struct{ Title, Visibility *string }

// CreateDocument saves the first version of a document for user, and a guest's row if it is their
// first write. It fills in what is empty. A ChatID must be a chat of the user's own.
func (s *Store) CreateDocument(ctx context.Context, user *User, d *Document) error {
	if err := s.prepareDocument(user, d); err != nil {
		return err
	}
	err := s.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		if err := s.SaveGuest(ctx, tx, user); err != nil {
			return err
		}
		if err := checkContent(ctx, tx, user.ID, d.Kind, d.Text()); err != nil {
			return err
		}
		if err := s.checkDocumentChat(ctx, tx, user.ID, d); err != nil {
			return err
		}
		_, err := tx.Tx.ExecContext(ctx, s.dialect.bind(`INSERT INTO documents
			(id, user_id, chat_id, kind, language, visibility, head_version, created_at, updated_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`),
			d.ID, d.UserID, d.ChatID, d.Kind, d.Language, d.Visibility, d.Version, d.CreatedAt, d.UpdatedAt)
		if err != nil {
			return err
		}
		d.made = true
		if err := s.insertVersion(ctx, tx, d); err != nil {
			return err
		}
		return s.tellOfVersion(ctx, tx, d)
	})
	if err == nil {
		user.saved()
	}
	return err
}

func (s *Store) prepareDocument(user *User, d *Document) (err error) {
	if err := checkKind(d.Kind); err != nil {
		return err
	}
	if d.Title, err = documentTitle(d.Title); err != nil {
		return err
	}
	if d.Language, err = documentLanguage(d.Kind, d.Language); err != nil {
		return err
	}
	if d.Visibility == "" {
		d.Visibility = Private
	}
	if d.Author == "" {
		d.Author = AuthorUser
	}
	if d.Content == nil {
		d.Content = new(string)
	}
	now := s.Now()
	d.ID, d.UserID, d.Version, d.Head, d.CreatedAt, d.UpdatedAt = NewID(), user.ID, 1, 1, now, now
	d.Partial = d.StreamID != nil
	return checkVisibility(d.Visibility)
}

func checkVisibility(visibility string) error {
	if visibility != Private && visibility != Public {
		return Errorf(Invalid, "A document is private or public.").WithField("visibility")
	}
	return nil
}

func (s *Store) checkDocumentChat(ctx context.Context, tx bun.Tx, userID string, d *Document) error {
	if d.ChatID == nil {
		return nil
	}
	there, err := tx.NewSelect().Table("chats").Where("id = ? AND user_id = ? AND deleted_at IS NULL", cleanText(*d.ChatID), userID).Exists(ctx)
	if err == nil && !there {
		return errNoChat().WithField("chatId")
	}
	return err
}

// lockDocument makes other changes of the document wait, and reads its newest version.
func (s *Store) lockDocument(ctx context.Context, tx bun.Tx, userID, id string) (*Document, error) {
	err := must(errNoDocument())(tx.Tx.ExecContext(ctx,
		s.dialect.bind("UPDATE documents SET head_version = head_version WHERE id = ? AND user_id = ?"), cleanText(id), userID))
	if err != nil {
		return nil, err
	}
	return s.document(ctx, tx.Tx, selectDocument+ownDocument, cleanText(id), 0, userID)
}

// SaveDocument adds a version; an autosave takes the place of the person's own autosave that it was made
// from, if that is the newest and a few minutes old at most. A text that was made from another version than the
// newest is not saved: StaleError.
func (s *Store) SaveDocument(ctx context.Context, userID, id string, save DocumentSave) (d *Document, err error) {
	err = s.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		d, err = s.lockDocument(ctx, tx, userID, id)
		if err != nil {
			return err
		}
		if save.Base > 0 && save.Base != d.Version {
			return &StaleError{Errorf(Conflict, "The document was changed meanwhile: it is at version %d, and your text was made from version %d.", d.Version, save.Base).
				WithHint("Compare the two, and save the one that you want.").WithField("baseVersion"), d, save.Content}
		}
		before := *d
		d.Content, d.Author, d.Autosave, d.MessageID, d.StreamID = &save.Content, AuthorUser, save.Autosave, nil, nil
		if err := s.applySave(ctx, tx, d, save); err != nil {
			return err
		}
		// One that does not say what it was made from may be another tab's, which has not seen the text.
		replaces := save.Autosave && save.Base > 0 && before.replaceable(s.Now())
		if replaces {
			d.freed = before.Size()
		}
		if err := s.addVersion(ctx, tx, d, &before); err != nil || !replaces {
			return err
		}
		return s.dropReplaced(ctx, tx, d, &before)
	})
	if err != nil {
		return nil, err
	}
	return d, nil
}

func (s *Store) applySave(ctx context.Context, tx bun.Tx, d *Document, save DocumentSave) (err error) {
	if save.Title != nil {
		if d.Title, err = documentTitle(*save.Title); err != nil {
			return err
		}
	}
	if save.Language != nil {
		if d.Language, err = documentLanguage(d.Kind, save.Language); err != nil {
			return err
		}
	}
	return checkContent(ctx, tx, d.UserID, d.Kind, save.Content)
}

// addVersion makes d, the newest version as it is to be, the next one.
func (s *Store) addVersion(ctx context.Context, tx bun.Tx, d, before *Document) error {
	d.Version, d.Head, d.UpdatedAt, d.Previous, d.Next = before.Version+1, before.Version+1, s.Now(), before.Version, 0
	d.Partial = d.StreamID != nil // until EndVersion
	_, err := tx.Tx.ExecContext(ctx, s.dialect.bind("UPDATE documents SET head_version = ?, language = ?, updated_at = ? WHERE id = ?"),
		d.Version, d.Language, d.UpdatedAt, d.ID)
	if err != nil {
		return err
	}
	if err := s.insertVersion(ctx, tx, d); err != nil {
		return err
	}
	if err := newHiddenKeys(ctx, tx, d, before); err != nil {
		return err
	}
	return s.tellOfVersion(ctx, tx, d)
}

// dropReplaced takes away the autosave that another one, made from it, takes the place of.
func (s *Store) dropReplaced(ctx context.Context, tx bun.Tx, d, before *Document) error {
	d.Previous = before.Previous
	_, err := tx.Tx.ExecContext(ctx, s.dialect.bind("DELETE FROM document_versions WHERE document_id = ? AND version = ?"), d.ID, before.Version)
	return err
}

func (s *Store) insertVersion(ctx context.Context, tx bun.Tx, d *Document) error {
	if err := s.takeSpace(ctx, tx, d); err != nil {
		return err
	}
	language := ""
	if d.Language != nil {
		language = *d.Language
	}
	_, err := tx.Tx.ExecContext(ctx, s.dialect.bind(`INSERT INTO document_versions
		(document_id, version, author, message_id, autosave, partial, stream_id, created_at, title, content, language) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`),
		d.ID, d.Version, d.Author, d.MessageID, d.Autosave, d.Partial, d.StreamID, d.UpdatedAt, d.Title, d.Text(), language)
	return err
}

// UpdateDocument renames or shares one of the user's own. Neither makes a version. What it shows of
// pictures gets another address when it is made private.
func (s *Store) UpdateDocument(ctx context.Context, userID, id string, p DocumentPatch) (d *Document, err error) {
	err = s.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		if d, err = s.lockDocument(ctx, tx, userID, id); err != nil {
			return err
		}
		if p.Title != nil {
			if d.Title, err = documentTitle(*p.Title); err != nil {
				return err
			}
			_, err = tx.Tx.ExecContext(ctx, s.dialect.bind("UPDATE document_versions SET title = ? WHERE document_id = ? AND version = ?"),
				d.Title, d.ID, d.Version)
		}
		if err != nil || p.Visibility == nil {
			return err
		}
		d.Visibility = *p.Visibility
		return s.setDocumentVisibility(ctx, tx, d)
	})
	if err != nil {
		return nil, err
	}
	return d, nil
}

func (s *Store) setDocumentVisibility(ctx context.Context, tx bun.Tx, d *Document) error {
	if err := checkVisibility(d.Visibility); err != nil {
		return err
	}
	_, err := tx.NewUpdate().Table("documents").Set("visibility = ?", d.Visibility).Where("id = ?", d.ID).Exec(ctx)
	if err != nil || d.Visibility == Public {
		return err
	}
	return newPictureKeys(ctx, tx, d)
}

// DeleteDocument destroys one of the user's own, with all of its versions. The addresses of the
// pictures that it showed end with it.
func (s *Store) DeleteDocument(ctx context.Context, userID, id string) error {
	return s.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		d, err := s.lockDocument(ctx, tx, userID, id)
		if err != nil {
			return err
		}
		if err := newPictureKeys(ctx, tx, d); err != nil {
			return err
		}
		return must(errNoDocument())(tx.NewDelete().Table("documents").Where("id = ? AND user_id = ?", cleanText(id), userID).Exec(ctx))
	})
}

// replaceable: the person's own autosave, and a young one.
func (d *Document) replaceable(now time.Time) bool {
	return d.Autosave && d.Author == AuthorUser && now.Sub(d.UpdatedAt) < AutosaveTime
}

// adoptDocument brings the document that a message is about into its chat. One that is in another chat
// stays there: its readers are that chat's. A private one does not come into a public chat, where others would read it.
func adoptDocument(ctx context.Context, tx bun.Tx, r *Reply) error {
	if r.DocumentID == "" {
		return nil
	}
	const free = "(chat_id IS NULL OR chat_id IN (SELECT c.id FROM chats AS c WHERE c.deleted_at IS NOT NULL))"
	const own = "id = ? AND user_id = ?"
	n, err := affected(tx.NewUpdate().Table("documents").Set("chat_id = ?", r.Chat.ID).Where(own, r.DocumentID, r.User.ID).
		Where("(chat_id = ? OR "+free+" AND (visibility = 'public' OR EXISTS (SELECT 1 FROM chats AS o WHERE o.id = ? AND o.visibility = 'private')))", r.Chat.ID, r.Chat.ID).Exec(ctx))
	if err != nil || n > 0 {
		return err
	}
	private, err := tx.NewSelect().Table("documents").Where(own, r.DocumentID, r.User.ID).Where(free).Exists(ctx)
	if err != nil {
		return err
	}
	if private {
		return Errorf(Conflict, "This document is private, and whoever reads this chat would read it.").
			WithHint("Share the document first, or ask about it in a private chat.").WithField("documentId")
	}
	return Errorf(Conflict, "This document belongs to another chat, or is gone.").WithField("documentId")
}
