package handlers

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"mime"
	"net/url"
	"strings"

	"github.com/gofiber/fiber/v2"

	"alleato/ai"
	"alleato/store"
)

// attached are the files of a message being sent; made are those that data URLs became just now.
type attached struct {
	ids, made []string
	user      *store.User
}

// takeBack deletes files that came with a message that was not saved.
func (s *Server) takeBack(ctx context.Context, user *store.User, ids []string) (all error) {
	if len(ids) == 0 {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), uploadTime)
	defer cancel()
	for _, id := range ids {
		all = errors.Join(all, s.Options.Store.DeleteFile(ctx, user.ID, id))
	}
	s.reapSoon(ctx)
	return all
}

// attachments are the parts that name files, in the forms in which clients have them.
func attachments(parts []wirePart) []wirePart {
	var files []wirePart
	for _, p := range parts {
		switch p.Type {
		case "file", "image_url", "input_image", "image":
			files = append(files, p)
		}
	}
	return files
}

// attach finds the files of a message: ids, parts with addresses of ours, and data URLs, which become
// files through the same function as an upload.
func (s *Server) attach(c *fiber.Ctx, ctx context.Context, in *sendIn) (*attached, error) {
	a := &attached{user: callOf(c).user, ids: append([]string(nil), in.Files...)}
	last := in.lastQuestion()
	if (in.Trigger != "" && in.Trigger != ai.Submit) || last == nil {
		return a, nil
	}
	parts, err := last.read()
	if err != nil {
		return nil, err
	}
	files := attachments(parts)
	if len(files)+len(a.ids) > ai.MaxFiles {
		return nil, errTooManyFiles()
	}
	for _, p := range files {
		id, err := s.attachPart(c, ctx, a, p)
		if err != nil {
			return nil, errors.Join(err, s.takeBack(ctx, a.user, a.made))
		}
		a.ids = append(a.ids, id)
	}
	return a, nil
}

func (s *Server) attachPart(c *fiber.Ctx, ctx context.Context, a *attached, p wirePart) (id string, err error) {
	if p.FileID != "" {
		return p.FileID, nil
	}
	address := p.address()
	if data, ok := strings.CutPrefix(address, "data:"); ok {
		f, err := s.keepData(ctx, a.user, s.payer(c), data, p)
		if err != nil {
			return "", err
		}
		a.made = append(a.made, f.ID)
		return f.ID, nil
	}
	if id := s.fileInURL(c, address); id != "" {
		return id, nil
	}
	return "", store.Errorf(store.Invalid, "A file must be one of yours: nothing is fetched from other addresses.").
		WithHint("Upload it with POST /files/upload, or send a data: URL.").WithField("files")
}

// address is the part's URL; the OpenAI forms have it in an object, or as text of another name.
func (p *wirePart) address() string {
	if p.URL != "" || len(p.ImageURL) == 0 {
		return p.URL
	}
	var text string
	var object struct{ URL string }
	if json.Unmarshal(p.ImageURL, &text) == nil {
		return text
	}
	if json.Unmarshal(p.ImageURL, &object) != nil {
		return "" // no address: refused as such
	}
	return object.URL
}

// fileInURL is the id of a file in one of our addresses; whose it is, is asked later, of the database.
func (s *Server) fileInURL(c *fiber.Ctx, address string) string {
	u, err := url.Parse(address)
	ours := err == nil && (u.Host == "" || u.Host == s.host(c) || (s.PublicURL != "" && strings.HasPrefix(address, s.PublicURL+"/")))
	if !ours || (u.Scheme != "" && u.Host == "") {
		return ""
	}
	path, ok := strings.CutPrefix(u.Path, s.base)
	if !ok {
		return ""
	}
	path = strings.TrimPrefix(path, apiPrefix)
	for _, prefix := range filePrefixes {
		if rest, ok := strings.CutPrefix(path, prefix); ok {
			id, _, _ := strings.Cut(rest, "/")
			return id
		}
	}
	return ""
}

// keepData makes a file of a data URL.
func (s *Server) keepData(ctx context.Context, user *store.User, who, data string, p wirePart) (f *store.File, err error) {
	head, encoded, ok := strings.Cut(data, ",")
	broken := store.Errorf(store.Invalid, "A data: URL cannot be read.").WithField("files")
	if !ok {
		return nil, broken
	}
	var content []byte
	if mediaType, isBase64 := strings.CutSuffix(head, ";base64"); isBase64 {
		head = mediaType
		content, err = base64.StdEncoding.DecodeString(encoded)
	} else {
		var text string
		text, err = url.PathUnescape(encoded)
		content = []byte(text)
	}
	if err != nil {
		return nil, broken.WithCause(err)
	}
	limit, _ := s.limits(user)
	up, err := s.spool(bytes.NewReader(content), who, dataName(p, head), limit)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, up.Close()) }()
	return s.keep(ctx, user, up)
}

// dataName names a file that came without a name by its type, which its bytes will prove or not.
func dataName(p wirePart, mediaType string) string {
	if p.Filename != "" {
		return p.Filename
	}
	if p.Name != "" {
		return p.Name
	}
	kind, _, err := mime.ParseMediaType(mediaType)
	if err == nil && kind == "text/csv" {
		return "attachment.csv"
	}
	if err == nil && kind == "text/markdown" {
		return "attachment.md"
	}
	return "attachment"
}
