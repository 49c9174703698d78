package handlers

import (
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"alleato/store"
	"alleato/store/blob"
	"alleato/store/media"
)

// filePolicy is the content security policy of a file: opened as a page it can do nothing at all.
const filePolicy = "sandbox; default-src 'none'"

func thumbnailType(f *store.File) string { return media.PreviewType(f.ContentType) }

// serve is the one way in which bytes of files leave. Pictures, which we made ourselves, are shown;
// everything else is a download.
func (s *Server) serve(c *fiber.Ctx, f *store.File, key, contentType string) error {
	ctx, cancel := s.ctx()
	defer cancel()
	info, err := s.Blobs.Stat(ctx, key)
	if err != nil {
		return noBytes(err)
	}
	etag := `"` + f.SHA256[:min(32, len(f.SHA256))] + strings.TrimPrefix(key, f.BlobKey) + `"`
	c.Set(fiber.HeaderETag, etag)
	c.Set(fiber.HeaderCacheControl, "private, no-cache") // asked anew each time: access may have ended
	c.Set(fiber.HeaderContentSecurityPolicy, filePolicy)
	c.Set(fiber.HeaderAcceptRanges, "bytes")
	c.Set(fiber.HeaderContentDisposition, disposition(f.Name, contentType))
	if matches(c.Get(fiber.HeaderIfNoneMatch), etag) {
		return c.SendStatus(fiber.StatusNotModified)
	}
	offset, length, status := rangeOf(c, etag, info.Size)
	if status == fiber.StatusRequestedRangeNotSatisfiable {
		c.Set(fiber.HeaderContentRange, fmt.Sprintf("bytes */%d", info.Size))
		return &refusal{store.Errorf(store.Invalid, "The file is shorter than the range asked for."), status}
	}
	content, err := s.Blobs.Get(s.life, key, offset, length)
	if err != nil {
		return noBytes(err)
	}
	if status == fiber.StatusPartialContent {
		c.Set(fiber.HeaderContentRange, fmt.Sprintf("bytes %d-%d/%d", offset, offset+length-1, info.Size))
	}
	c.Status(status).Set(fiber.HeaderContentType, charset(contentType))
	c.Context().SetBodyStream(&patientBody{content, c.Context().Conn()}, int(length))
	return nil
}

// noBytes: the row is there and the blob is not, or the store does not answer.
func noBytes(err error) error {
	if errors.Is(err, blob.ErrNotFound) {
		return store.Errorf(store.NotFound, "There is no such file.").WithCause(err)
	}
	return store.Errorf(store.Unavailable, "The file cannot be read just now.").WithHint("Try again in a moment.").WithCause(err)
}

func charset(contentType string) string {
	if strings.HasPrefix(contentType, "text/") {
		return contentType + "; charset=utf-8"
	}
	return contentType
}

// patientBody gives a reader that stops reading thirty seconds, where the server would wait for ever.
type patientBody struct {
	io.ReadCloser
	conn net.Conn
}

func (b *patientBody) Read(p []byte) (int, error) {
	if err := b.conn.SetWriteDeadline(time.Now().Add(bodyPatience)); err != nil {
		return 0, err
	}
	return b.ReadCloser.Read(p)
}

// Close takes the deadline off the connection, which may serve more.
func (b *patientBody) Close() error {
	return errors.Join(b.ReadCloser.Close(), b.conn.SetWriteDeadline(time.Time{}))
}

// disposition shows the pictures that media makes anew. Everything else is a download, a drawing too: SVG
// is a page that can hold scripts.
func disposition(name, contentType string) string {
	if media.IsImage(contentType) && contentType != "image/svg+xml" {
		return dispositionOf("inline", name)
	}
	return dispositionOf("attachment", name)
}

// dispositionOf names the file by RFC 6266: once in ASCII, once whole.
func dispositionOf(kind, name string) string {
	plain := strings.Map(func(c rune) rune {
		if c < ' ' || c > '~' || c == '"' || c == '\\' || c == '%' {
			return '_'
		}
		return c
	}, name)
	return fmt.Sprintf(`%s; filename="%s"; filename*=UTF-8''%s`, kind, plain, strings.ReplaceAll(url.PathEscape(name), "'", "%27"))
}

func matches(header, etag string) bool {
	for candidate := range strings.SplitSeq(header, ",") {
		candidate = strings.TrimPrefix(strings.TrimSpace(candidate), "W/")
		if candidate == etag || candidate == "*" {
			return true
		}
	}
	return false
}

// rangeOf reads a Range of one part. Several parts, and what cannot be read, get the whole file, which
// RFC 9110 allows.
func rangeOf(c *fiber.Ctx, etag string, size int64) (offset, length int64, status int) {
	spec, isBytes := strings.CutPrefix(c.Get(fiber.HeaderRange), "bytes=")
	condition := c.Get(fiber.HeaderIfRange)
	first, last, isOne := strings.Cut(strings.TrimSpace(spec), "-")
	if !isBytes || !isOne || strings.Contains(spec, ",") || (condition != "" && condition != etag) {
		return 0, size, fiber.StatusOK
	}
	from, fromErr := strconv.ParseUint(first, 10, 62)
	to, toErr := strconv.ParseUint(last, 10, 62)
	switch {
	case first == "" && toErr == nil: // the last bytes
		if to == 0 || size == 0 {
			return 0, 0, fiber.StatusRequestedRangeNotSatisfiable
		}
		length = min(int64(to), size)
		return size - length, length, fiber.StatusPartialContent
	case fromErr != nil || (last != "" && toErr != nil) || (last != "" && to < from):
		return 0, size, fiber.StatusOK
	case int64(from) >= size:
		return 0, 0, fiber.StatusRequestedRangeNotSatisfiable
	case last == "" || int64(to) >= size:
		return int64(from), size - int64(from), fiber.StatusPartialContent
	}
	return int64(from), int64(to-from) + 1, fiber.StatusPartialContent
}
