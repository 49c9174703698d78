package handlers

import (
	"context"
	"errors"
	"io"
	"net/url"
	"strings"
	"time"

	"github.com/a-h/templ"
	"github.com/gofiber/fiber/v2"

	"alleato/store"
	"alleato/store/blob"
	"alleato/store/media"
	"alleato/views"
)

type filesOut struct {
	Files      []store.File `json:"files"`
	NextCursor *string      `json:"nextCursor"`
	Usage      usageOut     `json:"usage"`
}

// usageOut is in bytes; null is no limit.
type usageOut struct {
	Used      int64  `json:"used"`
	Quota     *int64 `json:"quota"`
	MaxUpload int64  `json:"maxUpload"`
}

func fileQuery(c *fiber.Ctx) (store.FileQuery, error) {
	limit, err := queryInt(c, "limit", 0)
	return store.FileQuery{Limit: limit, Cursor: c.Query("cursor"), Q: c.Query("q"), Kind: c.Query("type"), Sort: c.Query("sort")}, err
}

func (s *Server) fileList(c *fiber.Ctx) error {
	q, err := fileQuery(c)
	if err != nil {
		return err
	}
	ctx, cancel := s.ctx()
	defer cancel()
	user := callOf(c).user
	files, next, err := s.Options.Store.Files(ctx, user.ID, q)
	if err != nil {
		return err
	}
	for i := range files {
		s.show(c, &files[i])
	}
	rules, err := s.usageRules(ctx, user)
	if err != nil {
		return err
	}
	out := filesOut{Files: append([]store.File{}, files...), Usage: usageOut{Used: rules.Used, MaxUpload: rules.MaxFile}}
	if rules.Quota > 0 {
		out.Usage.Quota = &rules.Quota
	}
	if next != "" {
		out.NextCursor = &next
	}
	view := s.filesView(c, "fileList", q, files, next)
	view.Rules = rules
	return s.send(c, fiber.StatusOK, reply{JSON: out, Page: s.pageOf(c, "Files", func(p views.Page) templ.Component { return views.FilesPage(p, view) }),
		Part: func() (templ.Component, error) { return views.FilesPart(s.part(c), view), nil }})
}

// pageOf is a page of that title.
func (s *Server) pageOf(c *fiber.Ctx, title string, of func(views.Page) templ.Component) func() (templ.Component, error) {
	return func() (templ.Component, error) {
		page, err := s.page(c, title)
		return of(page), err
	}
}

// filesView is a page of files as the named route shows it.
func (s *Server) filesView(c *fiber.Ctx, route string, q store.FileQuery, files []store.File, next string) views.FilesView {
	view := views.FilesView{Query: q, Files: files, Layout: s.fileLayout(c), Zone: zone(c)}
	if next != "" {
		values := url.Values{"cursor": {next}}
		for name, value := range map[string]string{"q": q.Q, "type": q.Kind, "sort": q.Sort, "owner": q.Owner, "limit": c.Query("limit")} {
			if value != "" {
				values.Set(name, value)
			}
		}
		view.NextURL = s.link(route) + "?" + values.Encode()
	}
	return view
}

const layoutCookie = "files-view"

// fileLayout is grid or list. What the address asks for is kept, without a script too.
func (s *Server) fileLayout(c *fiber.Ctx) string {
	asked := c.Query("view")
	if layout := oneOf(asked, "", views.FilesGrid, views.FilesList); layout != "" {
		c.Cookie(&fiber.Cookie{Name: layoutCookie, Value: layout, Path: s.base + "/", MaxAge: int((365 * 24 * time.Hour).Seconds()),
			HTTPOnly: true, Secure: s.isSecure(c), SameSite: fiber.CookieSameSiteLaxMode})
		return layout
	}
	return oneOf(c.Cookies(layoutCookie), views.FilesGrid, views.FilesList)
}

func (s *Server) fileShow(c *fiber.Ctx) error {
	ctx, cancel := s.ctx()
	defer cancel()
	f, err := s.Options.Store.File(ctx, callOf(c).user.ID, c.Params("id"))
	if err != nil {
		return err
	}
	s.show(c, f)
	return s.send(c, fiber.StatusOK, reply{JSON: fileOut{f},
		Part: func() (templ.Component, error) {
			view, err := s.fileView(c, ctx, f)
			return views.FilePreview(s.part(c), view), err
		},
		Page: func() (templ.Component, error) {
			view, err := s.fileView(c, ctx, f)
			if err != nil {
				return nil, err
			}
			page, err := s.page(c, f.Name)
			return views.FilePage(page, view), err
		}})
}

// excerptBytes is how much of a text a preview shows.
const excerptBytes = 64 << 10

// fileView is a file with what can be seen of it without opening it: the text of a text or a PDF, as text.
func (s *Server) fileView(c *fiber.Ctx, ctx context.Context, f *store.File) (views.FileView, error) {
	view := views.FileView{File: f, Zone: zone(c)}
	if f.ChatID != nil {
		chat, err := s.Options.Store.Chat(ctx, f.UserID, *f.ChatID)
		if err == nil {
			f.ChatTitle = chat.Title
		} else if store.CodeOf(err) != store.NotFound {
			return view, err
		}
	}
	if f.IsImage() {
		return view, nil
	}
	var err error
	view.Excerpt, view.TextSize, err = s.excerpt(ctx, f)
	return view, err
}

// excerpt is the beginning of a file's text, and how long all of it is; 0 for a file without any.
func (s *Server) excerpt(ctx context.Context, f *store.File) (text string, size int64, err error) {
	key := f.BlobKey
	switch {
	case f.ContentType == media.PDF:
		key = f.TextKey()
	case !strings.HasPrefix(f.ContentType, "text/") && f.ContentType != fiber.MIMEApplicationJSON:
		return "", 0, nil
	}
	info, err := s.Blobs.Stat(ctx, key)
	if errors.Is(err, blob.ErrNotFound) || (err == nil && info.Size == 0) {
		return "", 0, nil
	}
	if err != nil {
		return "", 0, noBytes(err)
	}
	content, err := s.Blobs.Get(ctx, key, 0, min(info.Size, excerptBytes))
	if err != nil {
		return "", 0, noBytes(err)
	}
	b, err := io.ReadAll(content)
	return strings.ToValidUTF8(string(b), ""), info.Size, errors.Join(err, content.Close()) // the cut may go through a character
}
