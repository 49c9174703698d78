package handlers

import (
	"bytes"
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"alleato/store"
	"alleato/store/media"
	"alleato/store/turns"
)

const (
	maxPicture  = 10 << 20 // bytes of a remote picture
	pictureSide = 1600     // pixels of what a page is shown of it
	// picturesAtOnce bounds the memory and the connections that other people's hosts may keep busy.
	picturesAtOnce = 6
	// picturesEach are those of one person, or of the guests of one address.
	picturesEach = 2
	pictureTime  = 30 * time.Second
	// pictureWait is how long one waits for a place.
	pictureWait = 10 * time.Second
)

// messageImage fetches a picture that a reply points to, because its reader has asked for it. It is no
// open proxy: only what the rendered message offers is fetched, of a chat that the caller may read, and
// what comes back is decoded and made anew.
func (s *Server) messageImage(c *fiber.Ctx) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(s.life), pictureTime)
	defer cancel()
	address := c.Query("url")
	if err := s.checkOffered(c, ctx, address); err != nil {
		return err
	}
	content, contentType, err := s.fetchPicture(ctx, s.payer(c), address)
	if err != nil {
		return noPicture(err)
	}
	c.Set(fiber.HeaderContentSecurityPolicy, filePolicy)
	c.Set(fiber.HeaderCacheControl, "private, max-age=3600")
	c.Set(fiber.HeaderContentType, contentType)
	return c.Send(content)
}

// checkOffered refuses all addresses but those of pictures in the message, as its reader sees it.
func (s *Server) checkOffered(c *fiber.Ctx, ctx context.Context, address string) error {
	chat, err := s.readable(c, ctx, c.Params("id"))
	if err != nil {
		return err
	}
	m, err := s.Options.Store.Message(ctx, chat.ID, c.Params("messageId"))
	if err != nil {
		return err
	}
	if chat.UserID != callOf(c).reader() && chat.HeadID != nil { // ways not taken are not shared
		shown, err := s.Options.Store.InBranch(ctx, chat.ID, *chat.HeadID, m.ID)
		if err != nil {
			return err
		}
		if !shown {
			return store.Errorf(store.NotFound, "There is no such message.")
		}
	}
	offers := func(p store.Part) bool {
		return (p.Type == "text" || p.Type == "reasoning") && slices.Contains(s.Markdown.Images(p.Text), address)
	}
	if m.Role != "assistant" || !slices.ContainsFunc(m.Parts, offers) {
		return store.Errorf(store.NotFound, "The message has no such picture.").WithField("url")
	}
	return nil
}

func (s *Server) fetchPicture(ctx context.Context, who, address string) ([]byte, string, error) {
	patience, cancel := context.WithTimeout(ctx, pictureWait)
	defer cancel()
	leave, err := s.pictures.Take(patience, who)
	if err != nil {
		return nil, "", err
	}
	defer leave()
	if strings.HasPrefix(address, "//") {
		address = "https:" + address
	}
	content, err := fetch(ctx, outsideClient(s.Outside), address, maxPicture)
	if err != nil {
		return nil, "", err
	}
	return s.repaint(ctx, who, content)
}

// repaint makes a picture anew: its pixels and nothing else of what came.
func (s *Server) repaint(ctx context.Context, who string, content []byte) ([]byte, string, error) {
	contentType, err := media.Detect(bytes.NewReader(content), int64(len(content)), "")
	if err != nil || !media.IsImage(contentType) {
		return nil, "", errors.Join(err, media.ErrType)
	}
	picture, err := s.images.Open(ctx, who, bytes.NewReader(content), int64(len(content)), contentType)
	if err != nil {
		return nil, "", err
	}
	defer picture.Close()
	var out bytes.Buffer
	if picture.Exceeds(pictureSide) {
		err = picture.Thumbnail(&out, pictureSide)
		return out.Bytes(), media.PreviewType(picture.Type), err
	}
	err = picture.Encode(&out)
	return out.Bytes(), picture.Type, err
}

// noPicture says what came of an address that is somebody else's: never the server's own fault.
func noPicture(err error) error {
	if errors.Is(err, turns.ErrBusy) {
		return errBusy(err)
	}
	message, hint := "The host of the picture did not answer with it.", "Open the link to see what is there."
	switch {
	case errors.Is(err, errNotPublic):
		message, hint = "This address is not on the public internet.", "Nothing was fetched from it."
	case errors.Is(err, errTooLong), errors.Is(err, media.ErrTooLarge):
		message = "The picture is too large to be shown here."
	case errors.Is(err, media.ErrType), errors.Is(err, media.ErrDamaged), errors.Is(err, media.ErrEmpty):
		message = "There is no picture at this address."
	}
	return store.Errorf(store.Invalid, "%s", message).WithHint(hint).WithField("url").WithCause(err)
}
