package store

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"github.com/uptrace/bun"
)

// Versions lists the versions of one of the user's own documents, newest first, without their contents.
// Limit 0 is 50, at most 100; cursor is the nextCursor of the page before, "" on the last page.
func (s *Store) Versions(ctx context.Context, userID, id string, limit int, cursor string) (versions []Document, nextCursor string, err error) {
	before := int(^uint32(0) >> 1) // above every version
	if cursor != "" {
		if before, err = strconv.Atoi(cursor); err != nil || before < 1 || before > int(^uint32(0)>>1) {
			return nil, "", Errorf(Invalid, "The cursor is not one of ours.").WithField("cursor")
		}
	}
	limit = pageSize(limit)
	versions, err = s.documents(ctx, s.reader.DB, `SELECT `+documentColumns+documentJoin+
		` WHERE d.id = ? AND d.user_id = ? AND v.version < ? ORDER BY v.version DESC LIMIT ?`,
		func(*Document) []any { return nil }, cleanText(id), userID, before, limit+1)
	switch {
	case err != nil:
		return nil, "", err
	case len(versions) == 0 && cursor == "":
		return nil, "", errNoDocument()
	case len(versions) > limit:
		versions = versions[:limit]
		nextCursor = strconv.Itoa(versions[limit-1].Version)
	}
	return versions, nextCursor, nil
}

// RestoreVersion adds a copy of an older version as the newest one.
func (s *Store) RestoreVersion(ctx context.Context, userID, id string, version int) (d *Document, err error) {
	if version < 1 {
		return nil, errNoVersion()
	}
	err = s.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		head, err := s.lockDocument(ctx, tx, userID, id)
		if err != nil {
			return err
		}
		d, err = s.document(ctx, tx.Tx, selectDocument+ownDocument, head.ID, version, userID)
		if CodeOf(err) == NotFound {
			return errNoVersion()
		}
		if err != nil {
			return err
		}
		d.Author, d.Autosave, d.MessageID, d.StreamID = AuthorUser, false, nil, nil
		return s.addVersion(ctx, tx, d, head)
	})
	if err != nil {
		return nil, err
	}
	return d, nil
}

func errNoVersion() *Error {
	return Errorf(NotFound, "The document has no such version.").WithField("version")
}

// Writing is a version of a document that a reply is writing.
type Writing struct {
	DocumentID, StreamID, Content string
	Version                       int
	Language                      string // of code, "" to leave it
	Partial                       bool   // it has ended before its end
}

// BeginVersion adds a version that the assistant writes: its text comes by WriteVersion, until
// EndVersion. messageID is the reply, streamID what writes it.
func (s *Store) BeginVersion(ctx context.Context, userID, id, messageID, streamID, content string) (*Document, error) {
	return s.assistantVersion(ctx, userID, id, messageID, &streamID, func(string) (string, error) { return content, nil })
}

// EditDocument adds a version in which the assistant has replaced one passage of the newest one, which
// must hold it once.
func (s *Store) EditDocument(ctx context.Context, userID, id, messageID, from, to string) (*Document, error) {
	return s.assistantVersion(ctx, userID, id, messageID, nil, func(text string) (string, error) {
		switch n := strings.Count(text, from); {
		case from == "" || n == 0:
			return "", Errorf(Invalid, "The document does not hold oldText. It must be a passage of the document, letter by letter.")
		case n > 1:
			return "", Errorf(Invalid, "The document holds oldText %d times. Give a longer passage.", n)
		}
		return strings.Replace(text, from, to, 1), nil
	})
}

// assistantVersion adds a version whose text write makes of the newest one's.
func (s *Store) assistantVersion(ctx context.Context, userID, id, messageID string, streamID *string, write func(string) (string, error)) (d *Document, err error) {
	err = s.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		if d, err = s.lockDocument(ctx, tx, userID, id); err != nil {
			return err
		}
		if d.Kind == KindImage {
			return Errorf(Invalid, "A picture cannot be rewritten as text.")
		}
		content, err := write(d.Text())
		if err != nil {
			return err
		}
		if err := checkContent(ctx, tx, userID, d.Kind, content); err != nil {
			return err
		}
		before := *d
		d.Content, d.Author, d.Autosave, d.MessageID, d.StreamID = &content, AuthorAssistant, false, &messageID, streamID
		return s.addVersion(ctx, tx, d, &before)
	})
	if err != nil {
		return nil, err
	}
	return d, nil
}

// WriteVersions saves how versions look so far that replies are writing. What is written to its end, or
// gone, is left alone.
func (s *Store) WriteVersions(ctx context.Context, all []Writing) error {
	return s.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		for _, w := range all {
			_, err := tx.Tx.ExecContext(ctx, s.dialect.bind(
				"UPDATE document_versions SET content = ? WHERE document_id = ? AND version = ? AND stream_id = ?"),
				cleanText(w.Content), w.DocumentID, w.Version, w.StreamID)
			if err != nil {
				return err
			}
		}
		return nil
	})
}

// EndVersion saves the whole text of a version that a reply wrote, and with that it is found by search.
// NotFound: the document was deleted meanwhile.
func (s *Store) EndVersion(ctx context.Context, w Writing) error {
	return s.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		// Beside a save the index would get the document twice, and refuse one of the two.
		if _, err := s.lockWritten(ctx, tx, w.StreamID); err != nil {
			return err
		}
		all, err := s.written(ctx, tx, w.StreamID)
		if err != nil {
			return err
		}
		if language, err := documentLanguage(KindCode, &w.Language); err == nil && language != nil {
			if err := s.setLanguage(ctx, tx, &w, *language); err != nil {
				return err
			}
		}
		err = must(errNoDocument())(tx.Tx.ExecContext(ctx, s.dialect.bind(
			"UPDATE document_versions SET content = ?, partial = ?, stream_id = NULL WHERE document_id = ? AND version = ? AND stream_id = ?"),
			cleanText(w.Content), w.Partial, w.DocumentID, w.Version, w.StreamID))
		if err != nil {
			return err
		}
		if err := recount(ctx, tx, "id = ?", w.DocumentID); err != nil {
			return err
		}
		return s.tellOfVersions(ctx, tx, slices.DeleteFunc(all, func(d Document) bool { return d.ID != w.DocumentID || d.Version != w.Version }))
	})
}

// setLanguage says what the code of a version is in; of the newest, the document is so, too.
func (s *Store) setLanguage(ctx context.Context, tx bun.Tx, w *Writing, language string) error {
	_, err := tx.Tx.ExecContext(ctx, s.dialect.bind("UPDATE document_versions SET language = ? WHERE document_id = ? AND version = ? AND stream_id = ?"),
		language, w.DocumentID, w.Version, w.StreamID)
	if err != nil {
		return err
	}
	_, err = tx.NewUpdate().Table("documents").Set("language = ?", language).
		Where("id = ? AND kind = 'code' AND head_version = ?", w.DocumentID, w.Version).Exec(ctx)
	return err
}

// lockWritten makes other changes wait of the documents that a reply is writing, and says whether there are any.
func (s *Store) lockWritten(ctx context.Context, tx bun.Tx, streamID string) (some bool, err error) {
	n, err := affected(tx.Tx.ExecContext(ctx, s.dialect.bind("UPDATE documents SET head_version = head_version WHERE "+writtenBy), streamID))
	return n > 0, err
}

const writtenBy = "id IN (SELECT document_id FROM document_versions WHERE stream_id = ?)"

// endVersions ends what a reply that is over has left unended, with the text so far. It stays partial.
func (s *Store) endVersions(ctx context.Context, tx bun.Tx, streamID string) error {
	if some, err := s.lockWritten(ctx, tx, streamID); err != nil || !some {
		return err
	}
	all, err := s.written(ctx, tx, streamID)
	if err != nil {
		return err
	}
	if err := recount(ctx, tx, writtenBy, streamID); err != nil {
		return err
	}
	_, err = tx.Tx.ExecContext(ctx, s.dialect.bind("UPDATE document_versions SET stream_id = NULL WHERE stream_id = ?"), streamID)
	if err != nil {
		return err
	}
	return s.tellOfVersions(ctx, tx, all)
}

// VersionID names a version of a document, as messages do.
type VersionID struct {
	Document string `json:"id"`
	Version  int    `json:"version"`
}

// CutVersions are the versions of some of the user's own documents that were cut off, and that nothing writes any more.
func (s *Store) CutVersions(ctx context.Context, userID string, documentIDs []string) (cut map[VersionID]bool, err error) {
	cut = map[VersionID]bool{}
	if len(documentIDs) == 0 {
		return cut, nil
	}
	var list []VersionID
	err = s.read(ctx, func(ctx context.Context) error {
		return s.reader.NewSelect().TableExpr("document_versions AS v").Join("JOIN documents AS d ON d.id = v.document_id").
			ColumnExpr("v.document_id AS document, v.version").
			Where("v.partial AND v.stream_id IS NULL AND d.user_id = ? AND v.document_id IN (?)", userID, bun.In(documentIDs)).Scan(ctx, &list)
	})
	for _, v := range list {
		cut[v] = true
	}
	return cut, err
}

// ChatDocuments lists the documents of one of the user's own chats, the last changed first, without
// their contents; twenty at most.
func (s *Store) ChatDocuments(ctx context.Context, userID, chatID string) ([]Document, error) {
	return s.documents(ctx, s.reader.DB, `SELECT `+documentColumns+documentJoin+
		` WHERE d.chat_id = ? AND d.user_id = ? AND v.version = d.head_version ORDER BY d.updated_at DESC, d.id DESC LIMIT 20`,
		func(*Document) []any { return nil }, cleanText(chatID), userID)
}
