package exchange

import (
	"archive/zip"
	"cmp"
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
	"unicode"

	"alleato/store"
)

// The formats that are written.
const (
	JSON     = "json"     // a zip archive: data.json with everything, and files/
	CSV      = "csv"      // a row for each message
	Markdown = "markdown" // a zip archive: a text for each chat, of the branch that shows
)

// Kind gives the ending and the type of a format's file.
func Kind(format string) (ending, contentType string) {
	if format == CSV {
		return ".csv", "text/csv"
	}
	return ".zip", "application/zip"
}

// Writer writes what a person has.
type Writer struct {
	Store *store.Store
	User  *store.User
	// Open reads a file's bytes.
	Open func(context.Context, *store.File) (io.ReadCloser, error)
	// Tell, if any, hears how much is done, 0 to 1.
	Tell func(float64)
}

// page is how many chats or files are read at once.
const page = 50

// Write writes everything in the format, a chat at a time.
func (w *Writer) Write(ctx context.Context, format string, to io.Writer) error {
	switch format {
	case JSON:
		return w.json(ctx, to)
	case CSV:
		return w.csv(ctx, to)
	case Markdown:
		return w.markdown(ctx, to)
	}
	return store.Errorf(store.Invalid, "An export is json, csv or markdown.").WithField("format")
}

// chats calls fn with every chat and its messages.
func (w *Writer) chats(ctx context.Context, share float64, fn func(*store.Chat, []store.Message) error) error {
	all, err := w.Store.CountChats(ctx, w.User.ID)
	if err != nil {
		return err
	}
	after, done := "", 0
	for {
		chats, err := w.Store.ExportChats(ctx, w.User.ID, after, page)
		if err != nil || len(chats) == 0 {
			return err
		}
		for i := range chats {
			messages, err := w.Store.Messages(ctx, chats[i].ID)
			if err == nil {
				err = fn(&chats[i], messages)
			}
			if err = errors.Join(err, ctx.Err()); err != nil {
				return err
			}
			done++
			w.tell(share * float64(done) / float64(max(all, done)))
		}
		after = chats[len(chats)-1].ID
	}
}

func (w *Writer) tell(share float64) {
	if w.Tell != nil {
		w.Tell(share)
	}
}

// json writes the archive that Read takes. The list of files comes before the chats, whose messages name
// them, and their bytes after: so both are written, and read, from front to back.
func (w *Writer) json(ctx context.Context, to io.Writer) error {
	archive := zip.NewWriter(to)
	data, err := archive.CreateHeader(&zip.FileHeader{Name: "data.json", Method: zip.Deflate, Modified: w.Store.Now()})
	if err != nil {
		return err
	}
	picture, path, err := w.picture(ctx)
	if err != nil {
		return err
	}
	head, err := json.Marshal(struct {
		Format     string          `json:"format"`
		Version    int             `json:"version"`
		ExportedAt time.Time       `json:"exportedAt"`
		User       *store.User     `json:"user"`
		Settings   json.RawMessage `json:"settings"`
		Avatar     string          `json:"avatar,omitempty"`
	}{Alleato, version, w.Store.Now(), w.User, w.User.Settings, path})
	if err != nil {
		return err
	}
	l := &list{w: data}
	l.raw(string(head[:len(head)-1]) + `,"files":[`)
	if err := w.files(ctx, func(f *store.File) error { return l.element(fileEntry(f)) }); err != nil {
		return err
	}
	l.raw(`],"chats":[`)
	err = w.chats(ctx, 0.5, func(c *store.Chat, messages []store.Message) error {
		votes, err := w.Store.Votes(ctx, w.User.ID, c.ID)
		if err != nil {
			return err
		}
		return l.element(struct {
			*store.Chat
			Messages []store.Message `json:"messages"`
			Votes    []store.Vote    `json:"votes"`
		}{c, messages, votes})
	})
	if err != nil {
		return err
	}
	if err := w.documents(ctx, l); err != nil {
		return err
	}
	l.raw("]}\n")
	if l.err != nil {
		return l.err
	}
	if err := w.bytes(ctx, archive); err != nil {
		return err
	}
	if picture != nil {
		if err := w.add(ctx, archive, picture, path); err != nil {
			return err
		}
	}
	return archive.Close()
}

// picture is the person's own, nil for none, and where it goes.
func (w *Writer) picture(ctx context.Context) (f *store.File, path string, err error) {
	if w.User.AvatarFileID == nil {
		return nil, "", nil
	}
	f, err = w.Store.Avatar(ctx, *w.User.AvatarFileID)
	if store.CodeOf(err) == store.NotFound {
		return nil, "", nil
	}
	if err != nil {
		return nil, "", err
	}
	return f, fileEntry(f).Path, nil
}

// list writes JSON piece by piece.
type list struct {
	w    io.Writer
	next bool // an element has been written
	err  error
}

func (l *list) raw(s string) {
	if l.err == nil {
		_, l.err = io.WriteString(l.w, s)
	}
	l.next = false
}

func (l *list) element(v any) error {
	b, err := json.Marshal(v)
	if l.err = errors.Join(l.err, err); l.err != nil {
		return l.err
	}
	separator := "\n"
	if l.next {
		separator = ",\n"
	}
	_, l.err = io.WriteString(l.w, separator+string(b))
	l.next = true
	return l.err
}

// files calls fn with every file of the person's.
func (w *Writer) files(ctx context.Context, fn func(*store.File) error) error {
	for after := ""; ; {
		files, err := w.Store.ExportFiles(ctx, w.User.ID, after, page)
		if err != nil || len(files) == 0 {
			return err
		}
		for i := range files {
			if err := fn(&files[i]); err != nil {
				return err
			}
		}
		after = files[len(files)-1].ID
	}
}

func fileEntry(f *store.File) ownFile {
	ending := ""
	if kind, isImage := strings.CutPrefix(f.ContentType, "image/"); isImage {
		ending = "." + kind
	}
	return ownFile{f.ID, f.Name, f.ContentType, f.Size, f.SHA256, f.CreatedAt, "files/" + f.ID + ending}
}

// bytes adds the files themselves. One that was deleted meanwhile is left out.
func (w *Writer) bytes(ctx context.Context, archive *zip.Writer) error {
	var total, done int64
	if err := w.files(ctx, func(f *store.File) error { total += f.Size; return nil }); err != nil {
		return err
	}
	return w.files(ctx, func(f *store.File) error {
		err := w.add(ctx, archive, f, fileEntry(f).Path)
		done += f.Size
		w.tell(0.5 + 0.5*float64(done)/float64(max(total, done, 1)))
		return errors.Join(err, ctx.Err())
	})
}

func (w *Writer) add(ctx context.Context, archive *zip.Writer, f *store.File, path string) error {
	content, err := w.Open(ctx, f)
	if store.CodeOf(err) == store.NotFound {
		return nil
	}
	if err != nil {
		return err
	}
	method := zip.Deflate
	if f.IsImage() {
		method = zip.Store // they are packed already
	}
	entry, err := archive.CreateHeader(&zip.FileHeader{Name: path, Method: method, Modified: f.CreatedAt})
	if err == nil {
		_, err = io.Copy(entry, content)
	}
	return errors.Join(err, content.Close())
}

var csvHead = []string{"chat_id", "chat_title", "message_id", "parent_id", "role", "model", "status", "created_at", "text"}

func (w *Writer) csv(ctx context.Context, to io.Writer) error {
	if _, err := io.WriteString(to, "\ufeff"); err != nil { // Excel takes it for Latin-1 without
		return err
	}
	table := csv.NewWriter(to)
	if err := table.Write(csvHead); err != nil {
		return err
	}
	err := w.chats(ctx, 1, func(c *store.Chat, messages []store.Message) error {
		for i := range messages {
			m := &messages[i]
			row := []string{c.ID, c.Title, m.ID, deref(m.ParentID), m.Role, deref(m.Model), m.Status, m.CreatedAt.Format(time.RFC3339), m.Text}
			for j := range row {
				row[j] = cell(row[j])
			}
			if err := table.Write(row); err != nil {
				return err
			}
		}
		return nil
	})
	table.Flush()
	return errors.Join(err, table.Error())
}

// cell keeps a spreadsheet from taking a text for a formula: an apostrophe goes before what could begin
// one, as OWASP's page on CSV injection has it.
func cell(s string) string {
	if strings.IndexAny(s, "=+-@\t\r\n＝＋－＠") == 0 {
		return "'" + s
	}
	return s
}

func (w *Writer) markdown(ctx context.Context, to io.Writer) error {
	archive := zip.NewWriter(to)
	err := w.chats(ctx, 1, func(c *store.Chat, messages []store.Message) error {
		entry, err := archive.CreateHeader(&zip.FileHeader{Name: textName(c), Method: zip.Deflate, Modified: c.UpdatedAt})
		if err == nil {
			_, err = io.WriteString(entry, markdownOf(c, shownBranch(messages, deref(c.HeadID))))
		}
		return err
	})
	return errors.Join(err, archive.Close())
}

// shownBranch is the messages from the first to the head.
func shownBranch(all []store.Message, head string) []store.Message {
	var branch []store.Message
	for i := len(all) - 1; i >= 0 && head != ""; i-- { // a parent stands before its children
		if all[i].ID == head {
			branch = append(branch, all[i])
			head = deref(all[i].ParentID)
		}
	}
	slices.Reverse(branch)
	return branch
}

func markdownOf(c *store.Chat, messages []store.Message) string {
	var b strings.Builder
	fmt.Fprintf(&b, "# %s\n\n%s\n", c.Title, c.CreatedAt.Format("2 January 2006"))
	for i := range messages {
		m := &messages[i]
		who := "You"
		if m.Role == "assistant" {
			who = cmp.Or(deref(m.Model), "Assistant")
		}
		fmt.Fprintf(&b, "\n## %s\n\n", who)
		for _, p := range m.Parts {
			if p.Type == "file" {
				fmt.Fprintf(&b, "[Attachment: %s]\n\n", p.Filename)
			}
		}
		fmt.Fprintln(&b, strings.TrimSpace(m.Text))
	}
	return b.String()
}

// textName names a chat's text by its date and title; the end of its id keeps two of one title apart.
func textName(c *store.Chat) string {
	title := strings.Map(func(r rune) rune {
		switch {
		case unicode.IsLetter(r), unicode.IsDigit(r), r == '-', r == '_':
			return r
		}
		return ' '
	}, c.Title)
	title = strings.Join(strings.Fields(title), " ")
	if runes := []rune(title); len(runes) > 60 {
		title = strings.TrimSpace(string(runes[:60]))
	}
	return fmt.Sprintf("%s %s (%s).md", c.CreatedAt.Format("2006-01-02"), cmp.Or(title, "Chat"), c.ID[max(len(c.ID)-8, 0):])
}
