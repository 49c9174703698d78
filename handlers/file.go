package handlers

import (
	"context"
	"errors"
	"time"

	"github.com/a-h/templ"
	"github.com/gofiber/fiber/v2"

	"alleato/store"
	"alleato/store/media"
	"alleato/views"
)

type fileOut struct {
	File *store.File `json:"file"`
}

// fileCreated names the file's fields at the top, and is its `file` as well.
type fileCreated struct {
	*store.File
	Whole *store.File `json:"file"`
}

type filePatch struct {
	Name string `json:"name" form:"name" validate:"required,max=200"`
}

// uploadTime is how long a file may take to be looked at and saved, once it is here.
const uploadTime = 2 * time.Minute

// uploadCtx is ctx for work that takes longer than a request's usual.
func (s *Server) uploadCtx() (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.WithoutCancel(s.life), uploadTime)
}

func (s *Server) fileUpload(c *fiber.Ctx) error {
	f, err := s.receiveFile(c)
	if err != nil {
		return err
	}
	s.show(c, f)
	c.Set(fiber.HeaderLocation, s.link("fileShow", f.ID))
	return s.send(c, fiber.StatusCreated, reply{JSON: fileCreated{f, f}, Goto: s.link("fileList")})
}

// receiveFile makes a file of the caller's of an upload.
func (s *Server) receiveFile(c *fiber.Ctx) (f *store.File, err error) {
	ctx, cancel := s.uploadCtx()
	defer cancel()
	user := callOf(c).user
	limit, quota := s.limits(user)
	if err := s.checkSpace(ctx, user, max(int64(c.Request().Header.ContentLength())-formOverhead, 1), quota); err != nil {
		return nil, err
	}
	up, err := s.receive(c, limit)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, up.Close()) }()
	// the time for the body is not taken from the time for the file
	ctx, cancel = s.uploadCtx()
	defer cancel()
	if err := s.keepGuest(c); err != nil {
		return nil, err
	}
	return s.keep(ctx, user, up)
}

func (s *Server) fileContent(c *fiber.Ctx) error {
	ctx, cancel := s.ctx()
	defer cancel()
	f, err := s.Options.Store.File(ctx, callOf(c).user.ID, c.Params("id"))
	if err != nil {
		return err
	}
	return s.serve(c, f, f.BlobKey, f.ContentType)
}

// fileRead is what a public URL leads to, until its key changes.
func (s *Server) fileRead(c *fiber.Ctx) error {
	f, err := s.publicFile(c)
	if err != nil {
		return err
	}
	return s.serve(c, f, f.BlobKey, f.ContentType)
}

func (s *Server) fileThumbnail(c *fiber.Ctx) error {
	f, err := s.publicFile(c)
	if err != nil {
		return err
	}
	if !f.IsImage() {
		return store.Errorf(store.NotFound, "This file has no small picture.")
	}
	return s.serve(c, f, f.ThumbnailKey(), thumbnailType(f))
}

func (s *Server) publicFile(c *fiber.Ctx) (*store.File, error) {
	ctx, cancel := s.ctx()
	defer cancel()
	c.Set("Cross-Origin-Resource-Policy", "cross-origin") // whoever has the URL may show it
	return s.Options.Store.PublicFile(ctx, c.Params("id"), c.Params("key"))
}

// fileUpdate renames.
func (s *Server) fileUpdate(c *fiber.Ctx) error {
	var in filePatch
	if err := s.bind(c, &in); err != nil {
		return err
	}
	ctx, cancel := s.ctx()
	defer cancel()
	f, err := s.Options.Store.RenameFile(ctx, callOf(c).user.ID, c.Params("id"), in.Name, media.Renamed)
	if err != nil {
		return err
	}
	s.show(c, f)
	return s.send(c, fiber.StatusOK, reply{JSON: fileOut{f}, Goto: s.link("fileShow", f.ID),
		Part: func() (templ.Component, error) {
			view, err := s.fileView(c, ctx, f)
			return views.FileRenamed(s.part(c), view), err
		}})
}

func (s *Server) fileDelete(c *fiber.Ctx) error {
	ctx, cancel := s.ctx()
	defer cancel()
	user, id := callOf(c).user, c.Params("id")
	remove := s.Options.Store.DeleteFile
	if c.Query("unsent") == "1" { // taken out of a message that is being written, perhaps in another tab too
		remove = s.Options.Store.DeleteUnsentFile
	}
	if err := remove(ctx, user.ID, id); err != nil {
		return err
	}
	s.reapSoon(ctx)
	return s.send(c, fiber.StatusOK, reply{JSON: success{true}, Goto: s.link("fileList"),
		Part: func() (templ.Component, error) {
			rules, err := s.usageRules(ctx, user)
			return views.FileDeleted(id, rules), err
		}})
}

// show fills in where the file can be read.
func (s *Server) show(c *fiber.Ctx, f *store.File) {
	switch f.Bucket {
	case store.Uploads:
		f.URL = s.origin(c) + s.link("fileRead", f.ID, f.ReadKey, f.Name)
		if f.IsImage() {
			url := s.origin(c) + s.link("fileThumbnail", f.ID, f.ReadKey)
			f.ThumbnailURL = &url
		}
	case store.Avatars:
		f.URL = s.origin(c) + s.link("avatarShow", f.ID)
	default:
		f.URL = s.origin(c) + s.link("fileContent", f.ID)
	}
}

// origin is what a path is put behind for a program, which has no page that it is relative to.
func (s *Server) origin(c *fiber.Ctx) string {
	if !callOf(c).api {
		return ""
	}
	scheme := "http://"
	if s.isSecure(c) {
		scheme = "https://"
	}
	return scheme + s.host(c)
}

// showParts fills in where the files of messages can be read, and which documents were cut off. A file that is gone
// has no address.
func (s *Server) showParts(c *fiber.Ctx, ctx context.Context, ownerID string, messages []store.Message) error {
	if err := s.showCut(ctx, ownerID, messages); err != nil {
		return err
	}
	ids := store.FileIDs(messages...)
	if len(ids) == 0 {
		return nil
	}
	files, err := s.Options.Store.FilesByID(ctx, ownerID, ids)
	if err != nil {
		return err
	}
	for i := range messages {
		for j := range messages[i].Parts {
			p := &messages[i].Parts[j]
			if f := files[p.FileID]; f != nil && p.Type == "file" {
				s.show(c, f)
				p.URL, p.Size = f.URL, f.Size
				if f.ThumbnailURL != nil {
					p.ThumbnailURL = *f.ThumbnailURL
				}
			}
		}
	}
	return nil
}
