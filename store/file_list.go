package store

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/uptrace/bun"
)

// The kinds of files that a list may be narrowed to.
const (
	FileImage = "image"
	FilePDF   = "pdf"
	FileText  = "text" // prose: plain text and Markdown
	FileTable = "table"
	FileCode  = "code" // every other text
)

// FileKinds are all kinds, in the order in which a page offers them.
func FileKinds() []string { return []string{FileImage, FilePDF, FileText, FileTable, FileCode} }

// FileSorts are the orders of a list; the first is used when none is asked for. Owner is one of
// everybody's files only.
func FileSorts() []string { return []string{"newest", "oldest", "name", "size", "owner"} }

// FileQuery asks for a page of files: Limit 0 is 50, at most 100; Cursor is the nextCursor of the page
// before, in the same order; Q is looked for in the names; Kind and Sort may be "". Owner, a part of an
// e-mail or a user's id, narrows everybody's files.
type FileQuery struct {
	Limit       int
	Cursor, Q   string
	Kind, Sort  string
	Owner       string
	everybody   bool
	ownerUserID string
}

// proseEndings are those of plain text that is no code.
var proseEndings = []string{".txt", ".text", ".log", ".rst", ".org", ".adoc", ".tex", ".srt", ".vtt", ".ics"}

// Kind is one of FileKinds, or "" for what is none of them.
func (f *File) Kind() string {
	switch {
	case f.IsImage():
		return FileImage
	case f.ContentType == "application/pdf":
		return FilePDF
	case f.ContentType == "text/csv":
		return FileTable
	case f.ContentType == "text/markdown", f.ContentType == "text/plain" && slices.Contains(proseEndings, strings.ToLower(path.Ext(f.Name))):
		return FileText
	case f.ContentType == "text/plain":
		return FileCode
	}
	return ""
}

// whereKind says the same as Kind.
func whereKind(q *bun.SelectQuery, kind string) *bun.SelectQuery {
	prose := "(lower(f.name) LIKE '%" + strings.Join(proseEndings, "' OR lower(f.name) LIKE '%") + "')"
	switch kind {
	case FileImage:
		return q.Where("f.content_type LIKE 'image/%'")
	case FilePDF:
		return q.Where("f.content_type = 'application/pdf'")
	case FileTable:
		return q.Where("f.content_type = 'text/csv'")
	case FileText:
		return q.Where("(f.content_type = 'text/markdown' OR f.content_type = 'text/plain' AND " + prose + ")")
	case FileCode:
		return q.Where("f.content_type = 'text/plain' AND NOT " + prose)
	}
	return q
}

// fileOrder is a column to sort by, then by id, and what of a file the next page begins after.
type fileOrder struct {
	column, value string
	down          bool
	key           func(*File, *fileCursor)
}

var fileOrders = map[string]fileOrder{
	"newest": {"f.created_at", "?", true, func(f *File, c *fileCursor) { c.Number = f.CreatedAt.UnixMicro() }},
	"oldest": {"f.created_at", "?", false, func(f *File, c *fileCursor) { c.Number = f.CreatedAt.UnixMicro() }},
	"name":   {"lower(f.name)", "lower(?)", false, func(f *File, c *fileCursor) { c.Text = f.Name }},
	"size":   {"f.size", "?", true, func(f *File, c *fileCursor) { c.Number = f.Size }},
	"owner":  {"COALESCE(u.email, '')", "?", false, func(f *File, c *fileCursor) { c.Text = f.ownerEmail() }},
}

// fileCursor is where a page of files ended. It holds for the order that it was made in.
type fileCursor struct {
	Sort   string `json:"o"`
	Number int64  `json:"n,omitempty"`
	Text   string `json:"s,omitempty"`
	ID     string `json:"i"`
}

func (c fileCursor) String() string {
	b, err := json.Marshal(c)
	if err != nil {
		return "" // cannot happen: a number and three strings
	}
	return base64.RawURLEncoding.EncodeToString(b)
}

func parseFileCursor(s, sort string) (*fileCursor, error) {
	if s == "" {
		return nil, nil
	}
	c := new(fileCursor)
	b, err := base64.RawURLEncoding.DecodeString(s)
	if err == nil {
		err = json.Unmarshal(b, c)
	}
	if err != nil || !ValidID(c.ID) || c.Sort != sort || c.Number < 0 || c.time().Year() > 9999 || len(c.Text) > maxCursorText {
		return nil, Errorf(Invalid, "The cursor is not one of ours, or of another order.").WithField("cursor").WithCause(err)
	}
	c.Text = cleanText(c.Text)
	return c, nil
}

// maxCursorText is longer than any name or e-mail.
const maxCursorText = 512

func (c *fileCursor) time() time.Time { return time.UnixMicro(c.Number).UTC() }

// value is what the column is compared with.
func (c *fileCursor) value() any {
	switch c.Sort {
	case "newest", "oldest":
		return c.time()
	case "size":
		return c.Number
	}
	return c.Text
}

// Files lists the user's uploads and exports. The files of a chat that was deleted a moment ago, and
// can still be had back, are not among them. nextCursor is "" on the last page.
func (s *Store) Files(ctx context.Context, userID string, q FileQuery) (files []File, nextCursor string, err error) {
	if q.Sort == "owner" {
		return nil, "", errFileSort()
	}
	q.everybody, q.ownerUserID = false, userID
	return s.listFiles(ctx, q)
}

// AllFiles lists everybody's files, pictures of people too, for administrators: the caller makes sure
// that it is one. The files know their owners.
func (s *Store) AllFiles(ctx context.Context, q FileQuery) (files []File, nextCursor string, err error) {
	q.everybody = true
	return s.listFiles(ctx, q)
}

func errFileSort() *Error {
	return Errorf(Invalid, "The files can be sorted by newest, oldest, name or size.").WithField("sort")
}

func (s *Store) listFiles(ctx context.Context, query FileQuery) (files []File, nextCursor string, err error) {
	if query.Sort == "" {
		query.Sort = FileSorts()[0]
	}
	order, known := fileOrders[query.Sort]
	if !known {
		return nil, "", errFileSort()
	}
	if query.Kind != "" && !slices.Contains(FileKinds(), query.Kind) {
		return nil, "", Errorf(Invalid, "The type must be one of: %s.", strings.Join(FileKinds(), ", ")).WithField("type")
	}
	from, err := parseFileCursor(query.Cursor, query.Sort)
	if err != nil {
		return nil, "", err
	}
	limit := pageSize(query.Limit)
	err = s.read(ctx, func(ctx context.Context) error {
		q := query.where(s.reader.NewSelect().Model(&files))
		direction, than := "", ">"
		if order.down {
			direction, than = " DESC", "<"
		}
		if from != nil {
			q = q.Where("("+order.column+", f.id) "+than+" ("+order.value+", ?)", from.value(), from.ID)
		}
		return q.OrderExpr(order.column + direction + ", f.id" + direction).Limit(int64(limit) + 1).Scan(ctx)
	})
	if err == nil && len(files) > limit {
		files = files[:limit]
		last := &files[limit-1]
		next := fileCursor{Sort: query.Sort, ID: last.ID}
		order.key(last, &next)
		nextCursor = next.String()
	}
	return files, nextCursor, err
}

// where narrows the list to what was asked for.
func (query *FileQuery) where(q *bun.SelectQuery) *bun.SelectQuery {
	q = q.ColumnExpr("f.*").ColumnExpr("c.title AS chat_title").Join("LEFT JOIN chats AS c ON c.id = f.chat_id").
		Where("f.deleted_at IS NULL AND c.deleted_at IS NULL")
	if query.everybody {
		q = q.ColumnExpr("u.email AS owner_email, u.role AS owner_role").Join("JOIN users AS u ON u.id = f.user_id")
		if owner := cleanLine(query.Owner); owner != "" {
			owner = firstRunes(owner, maxQuery)
			q = q.Where(`(u.email LIKE ? ESCAPE '\' OR u.id = ?)`, likePattern(strings.ToLower(owner)), owner)
		}
	} else {
		q = q.Where("f.user_id = ? AND f.bucket <> 'avatars'", query.ownerUserID)
	}
	if text := cleanLine(query.Q); text != "" {
		where, patterns := containsText("f.name", firstRunes(text, maxQuery))
		q = q.Where(where, patterns...)
	}
	return whereKind(q, query.Kind)
}

func (f *File) ownerEmail() string {
	if f.OwnerEmail == nil {
		return ""
	}
	return *f.OwnerEmail
}
