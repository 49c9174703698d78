package handlers

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/valyala/fasthttp"

	"alleato/store"
)

const (
	// maxBody is the largest body of a request that is no upload, in bytes.
	maxBody = 4 << 20
	// maxDrain is how much of a body that nobody wants is still read, so that its sender gets the
	// refusal instead of a broken connection.
	maxDrain = 128 << 20
	// bodyPatience is how long a body may pause, and bodyTime how long all of it may take.
	bodyPatience = 30 * time.Second
	bodyTime     = 15 * time.Minute
)

// streamed notes the addresses of a route that reads its body itself.
func (s *Server) streamed(r route) {
	switch r.body.(type) {
	case upload, sendIn: // a chat's form, which holds a sendIn, is not read as a stream
	default:
		return
	}
	s.uploads[r.method+" "+s.base+r.path] = true
	s.uploads[r.method+" "+s.base+apiPrefix+r.path] = true
}

// guardBody stands before the router, which answers some requests without any of our code. With
// streamed bodies the server neither bounds them nor steps over what a handler left unread: the rest
// would be taken for the next request. So every body but an upload's is read here, up to the limit;
// after any answer the rest is read away, and if that is too much the connection ends.
func (s *Server) guardBody(next fasthttp.RequestHandler) fasthttp.RequestHandler {
	return func(ctx *fasthttp.RequestCtx) {
		body := &requestBody{ctx: ctx, conn: ctx.Conn(), deadline: time.Now().Add(bodyTime)}
		ctx.SetUserValue(bodyKey, body)
		if ctx.Request.IsBodyStream() && !s.isUpload(ctx) {
			if body.err = body.buffer(); body.err != nil {
				body.end() // no handler comes near what was refused
			}
		}
		next(ctx)
		body.end()
		if body.broken {
			ctx.SetConnectionClose()
		}
	}
}

const bodyKey = "body"

// isUpload: a form of another kind is looked into before the routes are, so it is not one.
func (s *Server) isUpload(ctx *fasthttp.RequestCtx) bool {
	if !strings.HasPrefix(string(ctx.Request.Header.ContentType()), fiber.MIMEMultipartForm) {
		return false
	}
	call := string(ctx.Method()) + " " + string(ctx.Path())
	for pattern := range s.uploads {
		if fitsPattern(pattern, call) {
			return true
		}
	}
	return false
}

// requestBody is a request's body as it comes. It must not be read again after its end: the server's
// own reader would go on with the next request.
type requestBody struct {
	ctx      *fasthttp.RequestCtx
	conn     net.Conn
	deadline time.Time
	renewed  time.Time
	err      error // why the body was refused before any handler
	ended    bool
	broken   bool // a part of the body was left unread
}

// Read is part of io.Reader. Each piece renews the connection's deadline, which the server sets once
// for a whole request.
func (b *requestBody) Read(p []byte) (int, error) {
	if b.ended || !b.ctx.Request.IsBodyStream() {
		return 0, io.EOF
	}
	now := time.Now()
	if now.After(b.deadline) {
		return 0, errSlowBody()
	}
	if now.Sub(b.renewed) > bodyPatience/10 {
		b.renewed = now
		if err := b.conn.SetReadDeadline(now.Add(bodyPatience)); err != nil {
			return 0, err
		}
	}
	n, err := b.ctx.Request.BodyStream().Read(p)
	if errors.Is(err, io.EOF) {
		b.close()
	}
	return n, err
}

func errSlowBody() error {
	return store.Errorf(store.TooLarge, "The upload took too long.").WithHint("Try again over a faster connection.")
}

// close leaves the server a request without a body to read.
func (b *requestBody) close() {
	b.ended = true
	_ = b.ctx.Request.CloseBodyStream() // the stream is the server's own and has nothing to close
}

// buffer reads the body into memory, where the handlers expect it.
func (b *requestBody) buffer() error {
	if encoding := b.ctx.Request.Header.ContentEncoding(); len(encoding) > 0 && string(encoding) != "identity" {
		// the router would unpack it, to any size
		return store.Errorf(store.Unsupported, "The body is compressed, which is not taken.").WithHint("Send it without Content-Encoding.")
	}
	if b.ctx.Request.Header.ContentLength() > maxBody {
		return fasthttp.ErrBodyTooLarge
	}
	var content bytes.Buffer
	_, err := io.Copy(&content, io.LimitReader(b, maxBody+1))
	if err == nil && content.Len() > maxBody {
		return fasthttp.ErrBodyTooLarge
	}
	if err != nil {
		return &refusal{store.Errorf(store.Invalid, "The body could not be read.").WithCause(err), fiber.StatusBadRequest}
	}
	b.ctx.Request.SetBodyRaw(content.Bytes())
	return nil
}

// end reads what is left away, or ends the connection with the answer.
func (b *requestBody) end() {
	if !b.ctx.Request.IsBodyStream() {
		return
	}
	if b.ctx.Request.Header.ContentLength() <= maxDrain {
		if _, err := io.Copy(io.Discard, io.LimitReader(b, maxDrain)); err == nil && b.ended {
			return
		}
	}
	b.broken = true
	b.close()
}

// checkBody refuses what guardBody did not take; it comes first of the handlers that know how to say so.
func (s *Server) checkBody(c *fiber.Ctx) error {
	if b, ok := c.Context().UserValue(bodyKey).(*requestBody); ok && b.err != nil {
		path := strings.TrimPrefix(strings.TrimPrefix(c.Path(), s.base), apiPrefix)
		if errors.Is(b.err, fasthttp.ErrBodyTooLarge) && strings.HasPrefix(path, documentPrefix) {
			return store.ErrDocumentSize()
		}
		return b.err
	}
	return c.Next()
}

// bodyOf is the body of an upload, or of a request that came in some other way, from memory.
func bodyOf(c *fiber.Ctx) io.Reader {
	b, ok := c.Context().UserValue(bodyKey).(*requestBody)
	if ok && !b.ended && c.Request().IsBodyStream() {
		return b
	}
	return bytes.NewReader(c.Request().Body())
}

// bounded gives an error of ours where a body is longer than n bytes.
func bounded(r io.Reader, n int64, tooLong error) io.Reader {
	return &boundedReader{r: r, left: n, err: tooLong}
}

type boundedReader struct {
	r    io.Reader
	left int64
	err  error
}

func (b *boundedReader) Read(p []byte) (int, error) {
	if b.left < 0 {
		return 0, b.err
	}
	n, err := b.r.Read(p[:min(int64(len(p)), b.left+1)])
	if b.left -= int64(n); b.left < 0 {
		return 0, b.err
	}
	return n, err
}

func tooLarge(limit int64) error {
	return store.Errorf(store.TooLarge, "The file is larger than %s, the most that you may upload.", store.Bytes(limit)).
		WithHint(fmt.Sprintf("Send a file of at most %s.", store.Bytes(limit))).WithField("file")
}
