package handlers

import (
	"context"
	"errors"
	pathlib "path"
	"strings"

	"github.com/gofiber/fiber/v2"

	"alleato/store"
)

// imageCreate makes an image document of an upload; its title is the file's name.
func (s *Server) imageCreate(c *fiber.Ctx) error {
	user := callOf(c).user
	f, err := s.receiveFile(c)
	if err != nil {
		return err
	}
	ctx, cancel := s.ctx()
	defer cancel()
	d := &store.Document{Title: strings.TrimSuffix(f.Name, pathlib.Ext(f.Name)), Kind: store.KindImage, Content: &f.ID}
	err = s.asPicture(ctx, user, f, func() error { return s.Options.Store.CreateDocument(ctx, user, d) })
	if err != nil {
		return err
	}
	c.Set(fiber.HeaderLocation, s.location(c, "documentShow", d.ID))
	return s.send(c, fiber.StatusCreated, reply{JSON: documentOut{d}, Goto: s.link("documentShow", d.ID)})
}

// imageReplace makes an upload the next version of an image document.
func (s *Server) imageReplace(c *fiber.Ctx) error {
	user, id := callOf(c).user, c.Params("id")
	ctx, cancel := s.ctx()
	defer cancel()
	d, err := s.Options.Store.Document(ctx, user.ID, id, 0)
	if err != nil {
		return s.orForbidden(c, ctx, err)
	}
	if d.Kind != store.KindImage {
		return store.Errorf(store.Invalid, "This document is of the kind %s, and holds no picture.", d.Kind).WithField("file")
	}
	f, err := s.receiveFile(c)
	if err != nil {
		return err
	}
	ctx, cancel = s.ctx() // the time for the body is not taken from the time for the version
	defer cancel()
	err = s.asPicture(ctx, user, f, func() (err error) {
		d, err = s.Options.Store.SaveDocument(ctx, user.ID, id, store.DocumentSave{Content: f.ID})
		return err
	})
	if err != nil {
		return err
	}
	return s.sendDocument(c, ctx, fiber.StatusOK, d, s.link("documentShow", d.ID))
}

// asPicture does something with an upload that must be a picture. If that is not possible nothing of the
// upload is left.
func (s *Server) asPicture(ctx context.Context, user *store.User, f *store.File, do func() error) error {
	err := error(store.Errorf(store.Unsupported, "This file is no picture.").WithHint("Choose a PNG, JPEG, GIF or WebP.").WithField("file"))
	if f.IsImage() {
		err = do()
	}
	if err != nil {
		return errors.Join(err, s.takeBack(ctx, user, []string{f.ID}))
	}
	return nil
}

// picturePair is where the pictures of two versions can be read; "" is one that is gone.
func (s *Server) picturePair(c *fiber.Ctx, ctx context.Context, a, b *store.Document) (before, after string, err error) {
	files, err := s.Options.Store.FilesByID(ctx, b.UserID, []string{a.Text(), b.Text()})
	for _, f := range files {
		s.show(c, f)
	}
	if f := files[a.Text()]; f != nil {
		before = f.URL
	}
	if f := files[b.Text()]; f != nil {
		after = f.URL
	}
	return before, after, err
}
