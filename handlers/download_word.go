package handlers

import (
	"bytes"
	"context"
	"io"

	"github.com/gofiber/fiber/v2"

	"alleato/store"
	"alleato/views/docx"
	"alleato/views/markdown"
)

const (
	// wordPictures and wordBytes bound the pictures of one Word document.
	wordPictures = 50
	wordBytes    = 30 << 20
	// wordSide is the longest side of a picture in it, in pixels: sharp on paper.
	wordSide = 1600
)

// wordFile makes a Word document of a text, with the pictures of its owner in it. One is made at a time:
// a long text takes a good deal of memory.
func (s *Server) wordFile(c *fiber.Ctx, d *store.Document) ([]byte, error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(s.life), pictureTime)
	defer cancel()
	select {
	case s.words <- struct{}{}:
		defer func() { <-s.words }()
	case <-ctx.Done():
		return nil, store.Errorf(store.Unavailable, "Too many Word documents are being made just now.").WithHint("Try again in a moment.")
	}
	left, room := wordPictures, wordBytes
	picture := func(address string) []byte {
		id := s.fileInURL(c, address)
		if id == "" || left <= 0 || room <= 0 {
			return nil
		}
		left--
		content, err := s.pictureFor(ctx, d.UserID, id)
		if err != nil { // the text says what was there
			s.Log.Info("a picture is left out of a Word document", "document", d.ID, "file", id, "error", err)
			return nil
		}
		room -= len(content)
		return content
	}
	var file bytes.Buffer
	err := docx.Write(&file, s.Markdown, d.Text(), docx.Options{Title: d.Title, At: d.UpdatedAt, Dir: s.Spool, Picture: picture})
	return file.Bytes(), err
}

// pictureFor is a picture of the owner's own as a PNG or JPEG of a bounded size.
func (s *Server) pictureFor(ctx context.Context, ownerID, id string) ([]byte, error) {
	f, err := s.Options.Store.File(ctx, ownerID, id)
	if err != nil {
		return nil, err
	}
	if !f.IsImage() || f.Bucket != store.Uploads {
		return nil, store.Errorf(store.Invalid, "This file is no picture.")
	}
	blob, err := s.Blobs.Get(ctx, f.BlobKey, 0, f.Size)
	if err != nil {
		return nil, err
	}
	defer blob.Close()
	content, err := io.ReadAll(blob)
	if err != nil {
		return nil, err
	}
	p, err := s.images.Open(ctx, ownerID, bytes.NewReader(content), int64(len(content)), f.ContentType)
	if err != nil {
		return nil, err
	}
	defer p.Close()
	var out bytes.Buffer
	err = p.Thumbnail(&out, wordSide)
	return out.Bytes(), err
}

// picturesOf are the pictures of a text that are files of its owner, and where its reader can read them: who
// shares a text shares its pictures. An address may be an old one of the file, or the one that is its owner's
// alone.
func (s *Server) picturesOf(c *fiber.Ctx, ctx context.Context, d *store.Document) (map[string]string, error) {
	const most = 200
	named, ids := map[string]string{}, []string{}
	markdown.WithPictures(s.Markdown.Render(d.Text()), func(address string) (string, bool) {
		if id := s.fileInURL(c, address); id != "" && len(named) < most {
			named[address], ids = id, append(ids, id)
		}
		return "", false
	})
	files, err := s.Options.Store.FilesByID(ctx, d.UserID, ids)
	if err != nil {
		return nil, err
	}
	for address, id := range named {
		named[address] = ""
		if f := files[id]; f != nil && f.IsImage() && f.Bucket == store.Uploads {
			s.show(c, f)
			named[address] = f.URL
		}
	}
	return named, nil
}
