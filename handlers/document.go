package handlers

import (
	"context"
	"errors"
	"strings"
	"unicode/utf8"

	"github.com/a-h/templ"
	"github.com/gofiber/fiber/v2"

	"alleato/store"
	"alleato/views"
)

type documentOut struct {
	Document *store.Document `json:"document"`
}

type documentsOut struct {
	Documents  []store.Document `json:"documents"`
	NextCursor *string          `json:"nextCursor"`
	Usage      documentUsageOut `json:"usage"`
}

// documentUsageOut is what all versions of all documents take, in bytes; null is no limit.
type documentUsageOut struct {
	Documents    int    `json:"documents"`
	MaxDocuments *int   `json:"maxDocuments"`
	Used         int64  `json:"used"`
	Quota        *int64 `json:"quota"`
}

func usageOutOf(u store.DocumentUsage) documentUsageOut {
	out := documentUsageOut{Documents: u.Documents, Used: u.Used}
	if u.MaxDocuments > 0 {
		out.MaxDocuments = &u.MaxDocuments
	}
	if u.Quota > 0 {
		out.Quota = &u.Quota
	}
	return out
}

type documentIn struct {
	Title      string  `json:"title" form:"title"`
	Kind       string  `json:"kind" form:"kind" validate:"required,oneof=text code sheet image html"`
	Content    string  `json:"content" form:"content"`
	Language   *string `json:"language" form:"language"`
	Visibility string  `json:"visibility" form:"visibility" validate:"omitempty,oneof=private public"`
	ChatID     *string `json:"chatId" form:"chatId"`
}

type documentSaveIn struct {
	Title       *string `json:"title" form:"title"`
	Kind        string  `json:"kind" form:"kind" validate:"omitempty,oneof=text code sheet image html"`
	Content     *string `json:"content" form:"content" validate:"required"`
	Language    *string `json:"language" form:"language"`
	BaseVersion int     `json:"baseVersion" form:"baseVersion" validate:"gte=0"`
	Autosave    bool    `json:"autosave" form:"autosave"`
}

type documentPatch struct {
	Title      *string `json:"title" form:"title" validate:"omitempty,min=1"`
	Visibility *string `json:"visibility" form:"visibility" validate:"omitempty,oneof=private public"`
}

// libraryPage is how many documents a page of the library holds.
const libraryPage = 24

func (s *Server) documentList(c *fiber.Ctx) error {
	limit, err := queryInt(c, "limit", 0)
	if err != nil {
		return err
	}
	ctx, cancel := s.ctx()
	defer cancel()
	q := store.DocumentQuery{Limit: limit, Cursor: c.Query("cursor"), Q: c.Query("q"), Kind: c.Query("kind")}
	if limit == 0 && shapeOf(c, shapePage, shapeJSON) != shapeJSON {
		q.Limit = libraryPage
	}
	documents, next, err := s.Options.Store.Documents(ctx, callOf(c).reader(), q)
	if err != nil {
		return err
	}
	usage, err := s.Options.Store.DocumentUsage(ctx, callOf(c).user)
	if err != nil {
		return err
	}
	out := documentsOut{Documents: documents, Usage: usageOutOf(usage)}
	if next != "" {
		out.NextCursor = &next
	}
	view := views.LibraryView{Documents: documents, Query: q, Next: next, Usage: usage, Now: s.Options.Store.Now(), Zone: zone(c)}
	if view.Thumbnails, err = s.thumbnailsOf(c, ctx, documents); err != nil {
		return err
	}
	return s.send(c, fiber.StatusOK, reply{JSON: out,
		Part: func() (templ.Component, error) { return views.LibraryPart(s.part(c), view), nil },
		Page: func() (templ.Component, error) {
			page, err := s.page(c, "Documents")
			return views.LibraryPage(page, view), err
		}})
}

// thumbnailsOf are small forms of the pictures that images show, by the images' ids.
func (s *Server) thumbnailsOf(c *fiber.Ctx, ctx context.Context, documents []store.Document) (map[string]string, error) {
	var ids []string
	for _, d := range documents {
		if d.Kind == store.KindImage {
			ids = append(ids, d.Preview) // which is all of its content
		}
	}
	files, err := s.Options.Store.FilesByID(ctx, callOf(c).reader(), ids)
	thumbnails := map[string]string{}
	for _, d := range documents {
		if f := files[d.Preview]; f != nil && d.Kind == store.KindImage {
			if s.show(c, f); f.ThumbnailURL != nil {
				thumbnails[d.ID] = *f.ThumbnailURL
			}
		}
	}
	return thumbnails, err
}

func (s *Server) documentCreate(c *fiber.Ctx) error {
	var in documentIn
	if err := s.bindText(c, &in); err != nil {
		return err
	}
	content := formText(c, in.Content)
	d := &store.Document{Title: in.Title, Kind: in.Kind, Language: in.Language, Visibility: in.Visibility, Content: &content, ChatID: in.ChatID}
	if err := s.keepGuest(c); err != nil {
		return err
	}
	ctx, cancel := s.ctx()
	defer cancel()
	if err := s.Options.Store.CreateDocument(ctx, callOf(c).user, d); err != nil {
		return err
	}
	c.Set(fiber.HeaderLocation, s.location(c, "documentShow", d.ID))
	return s.send(c, fiber.StatusCreated, reply{JSON: documentOut{d}, Goto: s.link("documentShow", d.ID) + "?edit=1"})
}

// bindText is bind for a body whose text must come through whole: the decoder of JSON would put
// another character in the place of what is no UTF-8.
func (s *Server) bindText(c *fiber.Ctx, in any) error {
	if !utf8.Valid(c.Request().Body()) {
		return store.Errorf(store.Unsupported, "This is not text: a document holds text alone.").
			WithHint("Send it as UTF-8, or upload it as a file.").WithField("content")
	}
	return s.bind(c, in)
}

// formText gives the line breaks back that a browser's form has turned into those of the wire.
func formText(c *fiber.Ctx, text string) string {
	if strings.HasPrefix(c.Get(fiber.HeaderContentType), fiber.MIMEApplicationJSON) {
		return text
	}
	return strings.ReplaceAll(text, "\r\n", "\n")
}

// readableDocument is the version asked for if the caller may read it. Without a credential the API
// says so instead of hiding the document.
func (s *Server) readableDocument(c *fiber.Ctx, ctx context.Context) (*store.Document, error) {
	return s.readDocument(c, ctx, s.Options.Store.ReadableDocument)
}

func (s *Server) readDocument(c *fiber.Ctx, ctx context.Context, read func(ctx context.Context, userID, id string, version int) (*store.Document, error)) (*store.Document, error) {
	version, err := queryInt(c, "version", 0)
	if err != nil {
		return nil, err
	}
	d, err := read(ctx, callOf(c).reader(), c.Params("id"), version)
	if store.CodeOf(err) == store.NotFound && callOf(c).user == nil {
		return nil, unauthenticated()
	}
	return d, err
}

// orForbidden: somebody's shared document can be seen, so changing it is forbidden rather than hidden.
func (s *Server) orForbidden(c *fiber.Ctx, ctx context.Context, err error) error {
	if store.CodeOf(err) != store.NotFound {
		return err
	}
	d, readable := s.Options.Store.ReadableDocument(ctx, callOf(c).reader(), c.Params("id"), 0)
	if readable != nil || d.UserID == callOf(c).reader() {
		return err
	}
	return store.Errorf(store.Forbidden, "This document is somebody else's: you can read it, but not change it.")
}

// documentShow leaves the text out for a program that only wants to know whether there is a newer version.
func (s *Server) documentShow(c *fiber.Ctx) error {
	ctx, cancel := s.ctx()
	defer cancel()
	read := s.Options.Store.ReadableDocument
	if c.Query("content") == "0" && shapeOf(c, shapePage, shapeJSON) == shapeJSON {
		read = s.Options.Store.ReadableVersion
	}
	d, err := s.readDocument(c, ctx, read)
	if err != nil {
		return err
	}
	if c.Query("print") == "1" {
		return s.sendPrint(c, ctx, d)
	}
	return s.sendDocument(c, ctx, fiber.StatusOK, d, "")
}

// sendPrint answers with a document for paper.
func (s *Server) sendPrint(c *fiber.Ctx, ctx context.Context, d *store.Document) error {
	return s.send(c, fiber.StatusOK, reply{JSON: documentOut{d}, Page: func() (templ.Component, error) {
		view, err := s.documentView(c, ctx, d)
		page := s.part(c)
		page.Title = d.Title
		return views.PrintPage(page, view, c.Query("source") == "1"), err
	}})
}

// sendDocument answers with a document in all shapes; then is where a plain form goes on, "" to show
// the page.
func (s *Server) sendDocument(c *fiber.Ctx, ctx context.Context, status int, d *store.Document, then string) error {
	return s.send(c, status, reply{JSON: documentOut{d}, Goto: then,
		Part: func() (templ.Component, error) {
			view, err := s.documentView(c, ctx, d)
			if c.Query("part") == "steps" {
				return views.VersionMade(s.part(c), view), err
			}
			return views.Artifact(s.part(c), view), err
		},
		Page: func() (templ.Component, error) {
			view, err := s.documentView(c, ctx, d)
			if err != nil {
				return nil, err
			}
			page, err := s.page(c, d.Title)
			page.Running = d.StreamID != nil
			return views.DocumentPage(page, view), err
		}})
}

// documentView is a document as its reader sees it.
func (s *Server) documentView(c *fiber.Ctx, ctx context.Context, d *store.Document) (views.DocumentView, error) {
	v := views.DocumentView{Document: d, ReadOnly: d.UserID != callOf(c).reader(), Edit: c.Query("edit") == "1",
		Now: s.Options.Store.Now(), Zone: zone(c), ShareURL: s.publicOrigin(c) + s.link("documentShow", d.ID), ShareOpen: c.Query("share") == "1", Pane: inPane(c)}
	if err := s.addStream(c, ctx, &v); err != nil {
		return v, err
	}
	if d.Kind == store.KindText {
		var err error
		if v.Pictures, err = s.picturesOf(c, ctx, d); err != nil {
			return v, err
		}
	}
	if d.Kind == store.KindImage {
		f, err := s.Options.Store.File(ctx, d.UserID, d.Text())
		if err == nil {
			s.show(c, f)
			v.ImageURL = f.URL
		} else if store.CodeOf(err) != store.NotFound {
			return v, err
		}
	}
	if v.ReadOnly {
		return v, nil
	}
	v.Actions = quickActions(d)
	var err error
	v.Suggestions, err = s.Options.Store.Suggestions(ctx, d.UserID, d.ID)
	return v, err
}

func (s *Server) documentSave(c *fiber.Ctx) error {
	var in documentSaveIn
	if err := s.bindText(c, &in); err != nil {
		return err
	}
	ctx, cancel := s.ctx()
	defer cancel()
	user, id := callOf(c).reader(), c.Params("id")
	if in.Kind != "" { // a document stays of its kind
		d, err := s.Options.Store.Document(ctx, user, id, 0)
		if err != nil {
			return s.orForbidden(c, ctx, err)
		}
		if d.Kind != in.Kind {
			return store.Errorf(store.Invalid, "This document is of the kind %s, and stays so.", d.Kind).
				WithHint("Make a new document of the other kind.").WithField("kind")
		}
	}
	d, err := s.Options.Store.SaveDocument(ctx, user, id, store.DocumentSave{Title: in.Title, Language: in.Language,
		Content: formText(c, *in.Content), Base: in.BaseVersion, Autosave: in.Autosave})
	if store.CodeOf(err) == store.Conflict {
		return s.documentConflict(c, err)
	}
	if err != nil {
		return s.documentRefused(c, ctx, in, s.orForbidden(c, ctx, err))
	}
	return s.sendDocument(c, ctx, fiber.StatusOK, d, s.link("documentShow", d.ID))
}

// documentRefused gives a person who saves without a script the form again with what they wrote, and why it
// was not saved.
func (s *Server) documentRefused(c *fiber.Ctx, ctx context.Context, in documentSaveIn, err error) error {
	var refused *store.Error
	if !errors.As(err, &refused) || shapeOf(c, shapePage, shapeJSON) != shapePage ||
		(refused.Code != store.TooLarge && refused.Code != store.Invalid && refused.Code != store.Unsupported) {
		return err
	}
	d, missing := s.Options.Store.Document(ctx, callOf(c).reader(), c.Params("id"), 0)
	if missing != nil || d.Kind == store.KindImage {
		return err
	}
	if in.Content != nil {
		d.Content = in.Content
	}
	if in.Title != nil {
		d.Title = *in.Title
	}
	return s.send(c, statusOf[refused.Code], reply{Page: func() (templ.Component, error) {
		view, err := s.documentView(c, ctx, d)
		if err != nil {
			return nil, err
		}
		view.Edit, view.Problem = true, strings.TrimSpace(refused.Message+" "+refused.Hint)
		page, err := s.page(c, d.Title)
		return views.DocumentPage(page, view), err
	}})
}

func (s *Server) documentUpdate(c *fiber.Ctx) error {
	var in documentPatch
	if err := s.bind(c, &in); err != nil {
		return err
	}
	ctx, cancel := s.ctx()
	defer cancel()
	d, err := s.Options.Store.UpdateDocument(ctx, callOf(c).reader(), c.Params("id"), store.DocumentPatch{Title: in.Title, Visibility: in.Visibility})
	if err != nil {
		return s.orForbidden(c, ctx, err)
	}
	then := s.link("documentShow", d.ID)
	if in.Visibility != nil {
		then += "?share=1"
	}
	return s.sendDocument(c, ctx, fiber.StatusOK, d, then)
}

func (s *Server) documentDelete(c *fiber.Ctx) error {
	ctx, cancel := s.ctx()
	defer cancel()
	if err := s.Options.Store.DeleteDocument(ctx, callOf(c).reader(), c.Params("id")); err != nil {
		return s.orForbidden(c, ctx, err)
	}
	return s.send(c, fiber.StatusOK, reply{JSON: success{true}, Goto: s.link("documentList"), Part: goneFromPane(c)})
}
