package handlers

import (
	"context"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"reflect"
	"strings"

	"github.com/a-h/templ"
	"github.com/gofiber/fiber/v2"

	"alleato/ai"
	"alleato/store"
	"alleato/views"
)

const (
	// maxMessageForm is what a message's form may take beside its files, in bytes.
	maxMessageForm = 2 << 20
	// maxMessageParts are the parts of such a form that are looked at.
	maxMessageParts = 64
)

// bindMessage binds a message. A page without scripts sends its files in the message's own form, which
// is read as it comes and never whole in memory.
func (s *Server) bindMessage(c *fiber.Ctx, in *sendIn) error {
	mediaType, _, err := mime.ParseMediaType(c.Get(fiber.HeaderContentType))
	if err != nil || mediaType != fiber.MIMEMultipartForm {
		return s.bind(c, in)
	}
	if c.Get("Idempotency-Key") != "" { // the body is gone before it could be compared
		return malformed("An Idempotency-Key goes with a JSON body, not with a form of files.")
	}
	if err := s.receiveMessage(c, in); err != nil {
		return err
	}
	return s.validate(in)
}

// receiveMessage fills in from a form in which a field `files` is the id of an upload, or a file. When a
// file is refused the rest is still read, for the page that shows the message again.
func (s *Server) receiveMessage(c *fiber.Ctx, in *sendIn) error {
	limit, _ := s.limits(callOf(c).user)
	form, err := openForm(c, ai.MaxFiles*limit+maxMessageForm, tooLarge(limit))
	if err != nil {
		return err
	}
	if err := s.keepGuest(c); err != nil {
		return err
	}
	r := &formReader{s: s, user: callOf(c).user, who: s.payer(c), limit: limit, room: maxMessageForm, fields: map[string][]string{}}
	for range maxMessageParts {
		part, err := form.NextRawPart()
		if errors.Is(err, io.EOF) {
			break
		}
		if err == nil {
			err = r.take(part)
		}
		if err != nil {
			r.refused = badForm(err)
			break
		}
	}
	r.fields["files"] = append(r.fields["files"], r.uploaded...)
	fillForm(reflect.ValueOf(in).Elem(), func(name string) []string { return r.fields[name] })
	in.uploaded = r.uploaded
	return r.refused
}

// formReader collects what a message's form holds.
type formReader struct {
	s        *Server
	user     *store.User
	who      string // whose share of the spool the files take
	limit    int64  // of one file, in bytes
	room     int64  // what the other fields may still take, in bytes
	fields   map[string][]string
	uploaded []string // the files that were kept
	refused  error    // the first file that was not
}

// take reads a part. Its error ends the reading; a refused file does not.
func (r *formReader) take(part *multipart.Part) error {
	name := part.FormName()
	if _, params, err := mime.ParseMediaType(part.Header.Get(fiber.HeaderContentDisposition)); err == nil {
		if _, isFile := params["filename"]; isFile {
			return r.file(part, name)
		}
	}
	value, err := io.ReadAll(bounded(part, r.room, store.Errorf(store.TooLarge, "The message is too large.").WithField("text")))
	r.room -= int64(len(value))
	r.fields[name] = append(r.fields[name], string(value))
	return err
}

func (r *formReader) file(part *multipart.Part, name string) error {
	filename := fileNameOf(part)
	if filename == "" || name != "files" || r.refused != nil { // a field in which no file was chosen is sent too
		return nil
	}
	if len(r.uploaded)+len(r.fields["files"]) >= ai.MaxFiles {
		r.refused = errTooManyFiles()
		return nil
	}
	id, err := r.keep(part, filename)
	var own *store.Error
	if err != nil && !errors.As(err, &own) {
		return err
	}
	if err != nil {
		r.refused = named(filename, own)
		return nil
	}
	r.uploaded = append(r.uploaded, id)
	return nil
}

// named says which file was refused, unless its name is what is wrong with it.
func named(filename string, err *store.Error) *store.Error {
	if store.CheckFileName(filename) != nil {
		return err
	}
	e := *err
	e.Message = filename + ": " + err.Message
	return &e
}

func (r *formReader) keep(part io.Reader, filename string) (id string, err error) {
	up, err := r.s.spool(part, r.who, filename, r.limit)
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, up.Close()) }()
	ctx, cancel := r.s.uploadCtx()
	defer cancel()
	f, err := r.s.keep(ctx, r.user, up)
	if err != nil {
		return "", err
	}
	return f.ID, nil
}

func errTooManyFiles() *store.Error {
	return store.Errorf(store.Invalid, "A message may have %d files at most.", ai.MaxFiles).
		WithHint("Send the others in a message of their own.").WithField("files")
}

// fileParts are the caller's own uploads of these ids, as parts of a message that is being written.
func (s *Server) fileParts(c *fiber.Ctx, ctx context.Context, ids []string) ([]store.Part, error) {
	if len(ids) > ai.MaxFiles {
		ids = ids[:ai.MaxFiles]
	}
	files, err := s.Options.Store.FilesByID(ctx, callOf(c).user.ID, ids)
	if err != nil {
		return nil, err
	}
	question := []store.Message{{}}
	for _, id := range ids {
		if f := files[id]; f != nil && f.Bucket == store.Uploads {
			question[0].Parts = append(question[0].Parts, store.Part{Type: "file", MediaType: f.ContentType, Filename: f.Name, FileID: f.ID})
		}
	}
	return question[0].Parts, s.showParts(c, ctx, callOf(c).user.ID, question)
}

// sendAgain shows the page of a refused message again with what was typed and uploaded; whoever asks in
// another shape, or for a chat that is not theirs, gets the error as it is.
func (s *Server) sendAgain(c *fiber.Ctx, err error, in sendIn) error {
	ctx, cancel := s.ctx()
	defer cancel()
	e, status := s.classify(c, err)
	if shapeOf(c, shapeEvents, shapePage, shapeJSON) != shapePage || !isForm(c) || in.Trigger != "" || status >= 500 ||
		status == fiber.StatusForbidden || (status == fiber.StatusNotFound && e.Field != "files") {
		return errors.Join(err, s.takeBack(ctx, callOf(c).user, in.uploaded))
	}
	page, view, lookup := s.writing(c, ctx)
	if lookup == nil {
		view.Attached, lookup = s.fileParts(c, ctx, in.Files)
	}
	if lookup != nil {
		return err
	}
	view.Draft, view.Refusal = in.Text, strings.TrimSpace(e.Message+" "+e.Hint)
	if in.ParentField != nil {
		view.ParentID, view.FromStart = *in.ParentField, *in.ParentField == "" // an edited question goes where it would have gone
	}
	return s.send(c, status, reply{Page: func() (templ.Component, error) { return views.ChatPage(page, view), nil }})
}

func isForm(c *fiber.Ctx) bool {
	mediaType, _, err := mime.ParseMediaType(c.Get(fiber.HeaderContentType))
	return err == nil && (mediaType == fiber.MIMEMultipartForm || mediaType == fiber.MIMEApplicationForm)
}

// writing is the page on which a message was being written: its chat, or a new one.
func (s *Server) writing(c *fiber.Ctx, ctx context.Context) (page views.Page, view views.ChatView, err error) {
	if page, err = s.page(c, ""); err != nil {
		return page, view, err
	}
	chat, err := s.Options.Store.Chat(ctx, callOf(c).user.ID, c.Params("id"))
	if store.CodeOf(err) == store.NotFound {
		return page, s.newChat(c, ctx), nil
	}
	if err != nil {
		return page, view, err
	}
	at, err := s.branchAt(c, ctx, chat)
	if err != nil {
		return page, view, err
	}
	messages, err := s.messages(ctx, chat, at, false)
	if err == nil {
		err = s.showParts(c, ctx, chat.UserID, messages)
	}
	if err != nil {
		return page, view, err
	}
	view, err = s.viewOf(c, ctx, chat)
	view.Show(messages)
	view.Uploads = s.uploadRules(callOf(c).user)
	page.Title, page.ChatID = chat.Title, chat.ID
	return page, view, err
}
