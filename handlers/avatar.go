package handlers

import (
	"context"
	"errors"
	"io"

	"github.com/gofiber/fiber/v2"

	"alleato/store"
	"alleato/store/media"
)

const (
	avatarSide  = 512
	avatarBytes = 10 << 20 // of the picture as it is sent
)

func (s *Server) avatarUpdate(c *fiber.Ctx) error {
	if err := s.setAvatar(c); err != nil {
		return s.accountAgain(c, err, "avatar")
	}
	return s.accountChanged(c, "avatar")
}

func (s *Server) setAvatar(c *fiber.Ctx) (err error) {
	user := callOf(c).user
	limit, _ := s.limits(user)
	up, err := s.receive(c, min(limit, avatarBytes))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, up.Close()) }()
	ctx, cancel := s.uploadCtx()
	defer cancel()
	f, err := s.keepAvatar(ctx, user, up)
	if err != nil {
		return err
	}
	s.reapSoon(ctx)
	user.AvatarFileID = &f.ID
	return nil
}

// keepAvatar cuts the picture to a square and makes it the user's.
func (s *Server) keepAvatar(ctx context.Context, user *store.User, up *spooled) (*store.File, error) {
	contentType, err := media.Detect(up, up.size, up.name)
	if err != nil {
		return nil, notTaken(err)
	}
	if contentType != media.PNG && contentType != media.JPEG {
		return nil, store.Errorf(store.Unsupported, "A picture of a person is a JPEG or a PNG.").WithField("file")
	}
	picture, err := s.images.Open(ctx, up.who, up, up.size, contentType)
	if err != nil {
		return nil, notTaken(err)
	}
	defer picture.Close()
	f := s.Options.Store.NewFile(user.ID, store.Avatars, media.Name(up.name, contentType), contentType)
	square := s.piped(func(w io.Writer) error { return picture.Square(w, avatarSide) })
	err = errors.Join(s.keepBytes(ctx, f, square), square.Close())
	if err == nil {
		err = s.Options.Store.SetAvatar(ctx, user.ID, f)
	}
	if err != nil {
		return nil, notTaken(errors.Join(err, s.Blobs.Delete(context.WithoutCancel(ctx), f.BlobKeys()...)))
	}
	return f, nil
}

func (s *Server) avatarDelete(c *fiber.Ctx) error {
	ctx, cancel := s.ctx()
	defer cancel()
	user := callOf(c).user
	if user.AvatarFileID != nil {
		if err := s.Options.Store.SetAvatar(ctx, user.ID, nil); err != nil {
			return err
		}
		s.reapSoon(ctx)
		user.AvatarFileID = nil
	}
	return s.accountChanged(c, "avatar")
}

// avatarShow is for anyone: the picture stands beside what a person shares.
func (s *Server) avatarShow(c *fiber.Ctx) error {
	ctx, cancel := s.ctx()
	defer cancel()
	f, err := s.Options.Store.Avatar(ctx, c.Params("id"))
	if err != nil {
		return err
	}
	c.Set("Cross-Origin-Resource-Policy", "cross-origin")
	return s.serve(c, f, f.BlobKey, f.ContentType)
}

// withAvatar fills in where the user's picture is.
func (s *Server) withAvatar(c *fiber.Ctx, u *store.User) *store.User {
	u.AvatarURL = nil
	if u.AvatarFileID != nil {
		url := s.origin(c) + s.link("avatarShow", *u.AvatarFileID)
		u.AvatarURL = &url
	}
	return u
}
