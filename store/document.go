package store

import (
	"context"
	"database/sql"
	"errors"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/uptrace/bun"
)

// The kinds of documents.
const (
	KindText  = "text"  // Markdown
	KindCode  = "code"  // with a language
	KindSheet = "sheet" // CSV
	KindImage = "image" // the content is the id of an uploaded picture
	KindHTML  = "html"  // a page, an SVG or a diagram, shown in a frame of its own
)

// Who wrote a version.
const (
	AuthorUser      = "user"
	AuthorAssistant = "assistant"
)

const (
	// MaxDocument is the longest content of a document, in bytes.
	MaxDocument = 2 << 20
	// AutosaveTime is for how long an autosave takes the place of the one before.
	AutosaveTime = 10 * time.Minute

	maxLanguage  = 40
	previewRunes = 280
)

// Document is a document as one of its versions has it. Content is nil where it was not asked for.
// Chat and message are null where their reader may not know of them, or they are gone.
type Document struct {
	ID         string    `json:"id"`
	Version    int       `json:"version"`
	Kind       string    `json:"kind"`
	Language   *string   `json:"language"`
	Visibility string    `json:"visibility"`
	Title      string    `json:"title"`
	Content    *string   `json:"content"`
	Author     string    `json:"author"`
	Autosave   bool      `json:"autosave"`
	Partial    bool      `json:"partial"` // the assistant has not written it to its end: it is being written, or was cut off
	ChatID     *string   `json:"chatId"`
	MessageID  *string   `json:"messageId"`
	CreatedAt  time.Time `json:"createdAt"` // of the document
	UpdatedAt  time.Time `json:"updatedAt"` // of the version

	UserID         string  `json:"-"`
	Head           int     `json:"-"` // the newest version
	Previous, Next int     `json:"-"` // the versions beside this one, 0 for none
	StreamID       *string `json:"-"` // the reply that is writing this version
	ChatTitle      string  `json:"-"`
	Preview        string  `json:"-"` // the beginning of the content
	chatPublic     bool
	made           bool  // it is saved for the first time
	freed          int64 // bytes of the version that it takes the place of
}

// Text is the content, "" when it was not read.
func (d *Document) Text() string {
	if d.Content == nil {
		return ""
	}
	return *d.Content
}

func errNoDocument() *Error { return Errorf(NotFound, "There is no such document.") }

// ErrDocumentSize refuses a document that is too long, whatever it holds.
func ErrDocumentSize() *Error {
	return Errorf(TooLarge, "A document may have %s at most.", Bytes(MaxDocument)).
		WithHint("Split it into several documents.").WithField("content")
}

const (
	documentColumns = `d.id, d.user_id, c.id, COALESCE(c.title, ''), COALESCE(c.visibility = 'public', FALSE), d.kind, d.language, d.visibility,
	d.head_version, d.created_at, v.version, v.author, v.message_id, v.autosave, v.partial, v.stream_id, v.created_at, v.title`

	documentJoin = ` FROM documents AS d JOIN document_versions AS v ON v.document_id = d.id
	LEFT JOIN chats AS c ON c.id = d.chat_id AND c.deleted_at IS NULL `

	selectDocument = `SELECT ` + documentColumns + `,
	COALESCE((SELECT MAX(o.version) FROM document_versions AS o WHERE o.document_id = v.document_id AND o.version < v.version), 0),
	COALESCE((SELECT MIN(o.version) FROM document_versions AS o WHERE o.document_id = v.document_id AND o.version > v.version), 0),
	CASE WHEN v.version = d.head_version THEN d.language ELSE NULLIF(COALESCE(v.language, d.language), '') END, v.content` + documentJoin + documentVersion

	// documentVersion is the version that is asked for; 0 is the newest.
	documentVersion = ` WHERE d.id = ? AND v.version = COALESCE(NULLIF(CAST(? AS BIGINT), 0), d.head_version) AND `

	ownDocument = `d.user_id = ?`

	// Whoever reads what was shared with them sees the newest version, and in a public chat those that
	// its replies made, which its cards lead to (checkShown): not what the owner tried in between.
	readableDocument = `(d.user_id = ? OR (d.visibility = 'public' OR c.visibility = 'public')
	AND (v.version = d.head_version OR (c.visibility = 'public' AND v.message_id IS NOT NULL)))`
)

// Document reads one of the user's own; version 0 is the newest.
func (s *Store) Document(ctx context.Context, userID, id string, version int) (*Document, error) {
	return s.document(ctx, s.reader.DB, selectDocument+ownDocument, cleanText(id), version, userID)
}

// ReadableDocument reads one of the user's own, or anybody's that is public or whose chat is.
func (s *Store) ReadableDocument(ctx context.Context, userID, id string, version int) (*Document, error) {
	d, err := s.document(ctx, s.reader.DB, selectDocument+readableDocument, cleanText(id), version, userID)
	if err != nil {
		return nil, err
	}
	return s.showTo(ctx, userID, d)
}

// ReadableVersion is ReadableDocument without the content, which may be megabytes.
func (s *Store) ReadableVersion(ctx context.Context, userID, id string, version int) (*Document, error) {
	list, err := s.documents(ctx, s.reader.DB, `SELECT `+documentColumns+documentJoin+documentVersion+readableDocument,
		func(*Document) []any { return nil }, cleanText(id), version, userID)
	if err != nil {
		return nil, err
	}
	if len(list) == 0 {
		return nil, errNoDocument()
	}
	return s.showTo(ctx, userID, &list[0])
}

// showTo takes away what a reader may not know of somebody else's document, or refuses it.
func (s *Store) showTo(ctx context.Context, userID string, d *Document) (*Document, error) {
	if d.UserID == userID {
		return d, nil
	}
	if d.Version != d.Head {
		if err := s.checkShown(ctx, *d.ChatID, *d.MessageID); err != nil {
			return nil, err
		}
	}
	if !d.chatPublic {
		d.ChatID, d.MessageID, d.ChatTitle = nil, nil, ""
	}
	return d, nil
}

// checkShown refuses a version that was made on a way which its chat's readers are not shown.
func (s *Store) checkShown(ctx context.Context, chatID, messageID string) error {
	var head *string
	err := s.read(ctx, func(ctx context.Context) error {
		return s.reader.DB.QueryRowContext(ctx, s.dialect.bind("SELECT head_id FROM chats WHERE id = ?"), chatID).Scan(&head)
	})
	if err != nil {
		return err
	}
	if head == nil {
		return errNoDocument()
	}
	shown, err := s.InBranch(ctx, chatID, *head, messageID)
	if err == nil && !shown {
		return errNoDocument()
	}
	return err
}

// querier is a database or a transaction of database/sql: bun would write a megabyte into the
// statement, so contents are read and written with bound arguments.
type querier interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
}

func (s *Store) document(ctx context.Context, db querier, query string, args ...any) (*Document, error) {
	list, err := s.documents(ctx, db, query, func(d *Document) []any {
		d.Content = new(string)
		return []any{&d.Previous, &d.Next, &d.Language, d.Content}
	}, args...)
	if err != nil {
		return nil, err
	}
	if len(list) == 0 {
		return nil, errNoDocument()
	}
	return &list[0], nil
}

// documents reads documentColumns and what comes after them.
func (s *Store) documents(ctx context.Context, db querier, query string, rest func(*Document) []any, args ...any) ([]Document, error) {
	list := []Document{}
	err := s.read(ctx, func(ctx context.Context) (err error) {
		rows, err := db.QueryContext(ctx, s.dialect.bind(query), args...)
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, rows.Close()) }()
		for rows.Next() {
			var d Document
			dest := []any{&d.ID, &d.UserID, &d.ChatID, &d.ChatTitle, &d.chatPublic, &d.Kind, &d.Language, &d.Visibility,
				&d.Head, &d.CreatedAt, &d.Version, &d.Author, &d.MessageID, &d.Autosave, &d.Partial, &d.StreamID, &d.UpdatedAt, &d.Title}
			if err := rows.Scan(append(dest, rest(&d)...)...); err != nil {
				return err
			}
			list = append(list, d)
		}
		return rows.Err()
	})
	return list, err
}

// DocumentQuery asks for a page of documents: Limit 0 is 50, at most 100; Cursor is the nextCursor of
// the page before; Q is looked for in titles and contents; Kind "" is all kinds.
type DocumentQuery struct {
	Limit           int
	Cursor, Q, Kind string
}

// Documents lists the user's documents, the last changed first, without their contents but with a
// preview. nextCursor is "" on the last page.
func (s *Store) Documents(ctx context.Context, userID string, q DocumentQuery) (documents []Document, nextCursor string, err error) {
	from, err := parseCursor(q.Cursor)
	if err != nil {
		return nil, "", err
	}
	where, args := []string{"d.user_id = ?", "v.version = d.head_version"}, []any{userID}
	if q.Kind != "" {
		where, args = append(where, "d.kind = ?"), append(args, cleanText(q.Kind))
	}
	if from != nil {
		where, args = append(where, "(d.updated_at, d.id) < (?, ?)"), append(args, from.time(), from.ID)
	}
	if text := cleanLine(q.Q); text != "" {
		match, more, found := s.matchDocuments(userID, text)
		if !found {
			return []Document{}, "", nil
		}
		where, args = append(where, match), append(args, more...)
	}
	limit := pageSize(q.Limit)
	query := `SELECT ` + documentColumns + `, substr(v.content, 1, 2000)` + documentJoin + ` WHERE ` + strings.Join(where, " AND ") +
		` ORDER BY d.updated_at DESC, d.id DESC LIMIT ?`
	documents, err = s.documents(ctx, s.reader.DB, query, func(d *Document) []any { return []any{&d.Preview} }, append(args, limit+1)...)
	for i := range documents {
		documents[i].Preview = firstRunes(documents[i].Preview, previewRunes)
	}
	if err == nil && len(documents) > limit {
		documents = documents[:limit]
		last := documents[limit-1]
		nextCursor = cursor{Micros: last.UpdatedAt.UnixMicro(), ID: last.ID}.String()
	}
	return documents, nextCursor, err
}

// checkContent refuses what is no text, too long, or for an image no picture of the user's.
func checkContent(ctx context.Context, tx bun.Tx, userID, kind, content string) error {
	switch {
	case len(content) > MaxDocument:
		return ErrDocumentSize()
	case !utf8.ValidString(content) || strings.ContainsFunc(content, isBinary):
		return Errorf(Unsupported, "This is not text: a document holds text alone.").
			WithHint("Upload it as a file instead.").WithField("content")
	case kind != KindImage:
		return nil
	}
	there, err := tx.NewSelect().Table("files").
		Where("id = ? AND user_id = ? AND bucket = 'uploads' AND deleted_at IS NULL AND content_type LIKE 'image/%'", content, userID).Exists(ctx)
	if err == nil && !there {
		return Errorf(Invalid, "The content of an image is the id of a picture that you have uploaded.").WithField("content")
	}
	return err
}

// isBinary: of the control characters, texts have tabs, line and page breaks, and the escapes of logs.
func isBinary(r rune) bool {
	return r < ' ' && !strings.ContainsRune("\t\n\v\f\r\x1b", r)
}

func checkKind(kind string) error {
	switch kind {
	case KindText, KindCode, KindSheet, KindImage, KindHTML:
		return nil
	}
	return Errorf(Invalid, "A document's kind is text, code, sheet, image or html.").WithField("kind")
}

// documentTitle is a title as it is kept.
func documentTitle(title string) (string, error) {
	title = cleanLine(title)
	switch {
	case title == "":
		return "Untitled", nil
	case utf8.RuneCountInString(title) > maxTitle:
		return "", Errorf(Invalid, "A title may have 200 characters at most.").WithField("title")
	}
	return title, nil
}

// documentLanguage is a language as it is kept: code has one, and a page may.
func documentLanguage(kind string, language *string) (*string, error) {
	switch {
	case kind != KindCode && kind != KindHTML || language == nil || strings.TrimSpace(*language) == "":
		return nil, nil
	case kind == KindHTML:
		return pageLanguage(*language)
	}
	name := strings.ToLower(strings.TrimSpace(*language))
	bad := strings.ContainsFunc(name, func(r rune) bool {
		return !(r >= 'a' && r <= 'z' || r >= '0' && r <= '9' || strings.ContainsRune("+#._- ", r))
	})
	if bad || len(name) > maxLanguage {
		return nil, Errorf(Invalid, "This is not the name of a programming language.").WithField("language")
	}
	return &name, nil
}
