package handlers

import (
	"context"
	"fmt"
	"net"
	"runtime/debug"
	"strconv"
	"time"

	"github.com/gofiber/fiber/v2"

	"alleato/store/kv"
)

// flushTimeout is how long a reader may keep us waiting before it is cut off, or half of it at least;
// it can come back.
const flushTimeout = 15 * time.Second

// eventStream writes one event stream to one connection. All event streams are written through it.
//
// The connection is hijacked from fasthttp: its stream writer costs a pipe, a goroutine and twice the
// memory a stream, never tells that the client has gone, and dies with the process on a panic.
type eventStream struct {
	conn     net.Conn
	ctx      context.Context // ends when the client goes, may not read any more, or the server ends
	cancel   context.CancelFunc
	beat     chan struct{} // one slot: time to say that the stream is alive
	flushed  bool          // since the last beat
	patience time.Time     // how long writes may take that come now
	chunked  bool
	buf      []byte // what the next flush writes, after room for the chunk's size
}

const chunkRoom = 10 // hex size of a chunk, CR LF

// stream answers with an event stream that write fills. Nothing of c may be used in write.
func (s *Server) stream(c *fiber.Ctx, may permit, write func(*eventStream) error) error {
	c.Set(fiber.HeaderContentType, eventStreamType)
	c.Set(fiber.HeaderCacheControl, "no-cache, no-transform")
	c.Set("X-Accel-Buffering", "no")
	c.Set("X-Vercel-Ai-Ui-Message-Stream", "v1")
	chunked := c.Request().Header.IsHTTP11()
	head := streamHead(c, chunked)
	id := callOf(c).id
	c.Context().HijackSetNoResponse(true)
	c.Context().Hijack(func(conn net.Conn) {
		raw := conn.(interface{ UnsafeConn() net.Conn }).UnsafeConn()
		s.streams.Add(1)
		go s.serveStream(raw, id, may, func(e *eventStream) error {
			e.chunked = chunked
			return e.run(head, write)
		})
	})
	return nil
}

// serveStream has the connection to itself: fasthttp, told to keep its hands off hijacked ones, takes
// the request and its 16 KB of read buffer back at once instead of at the stream's end. What a client
// may have pipelined goes with them: the connection closes after this answer.
func (s *Server) serveStream(conn net.Conn, id string, may permit, run func(*eventStream) error) {
	defer s.streams.Done()
	defer func() { _ = conn.Close() }() // the answer is out, or nobody reads it
	ctx, cancel := context.WithCancel(s.life)
	defer cancel()
	defer func() {
		if p := recover(); p != nil {
			s.Log.Error("panic in an event stream", "requestId", id, "panic", p, "stack", string(debug.Stack()))
		}
	}()
	defer watchClose(conn, cancel)()
	e := &eventStream{conn: conn, ctx: ctx, cancel: cancel, beat: make(chan struct{}, 1), buf: make([]byte, chunkRoom, 512)}
	s.pulse.enter(e, may)
	defer s.pulse.leave(e)
	if err := run(e); err != nil && ctx.Err() == nil {
		s.Log.Info("event stream ended early", "requestId", id, "error", err)
	}
}

// streamHead is the head of the answer as the wire has it.
func streamHead(c *fiber.Ctx, chunked bool) []byte {
	h := &c.Response().Header
	head := fmt.Appendf(nil, "HTTP/1.1 %d OK\r\nConnection: close\r\n", h.StatusCode())
	if chunked { // fasthttp drops the header when it is set on the response
		head = append(head, "Transfer-Encoding: chunked\r\n"...)
	}
	for key, value := range h.All() {
		if name := string(key); name != fiber.HeaderConnection && name != fiber.HeaderContentLength {
			head = fmt.Appendf(head, "%s: %s\r\n", name, value)
		}
	}
	return append(head, "\r\n"...)
}

// watchClose ends the stream the moment its client hangs up. The returned stop ends the watch.
func watchClose(conn net.Conn, cancel context.CancelFunc) (stop func()) {
	watched := make(chan struct{})
	go func() {
		defer close(watched)
		defer cancel()
		var b [64]byte
		for {
			if _, err := conn.Read(b[:]); err != nil {
				return
			}
		}
	}()
	return func() {
		_ = conn.SetReadDeadline(time.Unix(1, 0)) // ends the read; a closed connection has ended it already
		<-watched
	}
}

func (e *eventStream) run(head []byte, write func(*eventStream) error) error {
	_ = e.conn.SetDeadline(time.Time{})
	e.comment("stream-open")
	if err := e.flushAfter(head); err != nil {
		return err
	}
	if err := write(e); err != nil {
		return err
	}
	if !e.chunked {
		return nil
	}
	return e.put([]byte("0\r\n\r\n"))
}

// entry adds a numbered entry of a log.
func (e *eventStream) entry(number int64, data []byte) {
	e.buf = append(e.buf, "id: "...)
	e.buf = strconv.AppendInt(e.buf, number, 10)
	e.buf = append(e.buf, '\n')
	e.data(data)
}

// data adds an event's data, which holds no line break, and ends the event.
func (e *eventStream) data(data []byte) {
	e.buf = append(e.buf, "data: "...)
	e.buf = append(e.buf, data...)
	e.buf = append(e.buf, "\n\n"...)
}

// raw adds events that are framed already.
func (e *eventStream) raw(events []byte) { e.buf = append(e.buf, events...) }

func (e *eventStream) comment(text string) {
	e.buf = append(append(append(e.buf, ": "...), text...), "\n\n"...)
}

// flush sends what was added since the last one, in one write.
func (e *eventStream) flush() error { return e.flushAfter(nil) }

func (e *eventStream) flushAfter(head []byte) error {
	body := e.buf[chunkRoom:]
	if len(body) > 0 && e.chunked {
		size := strconv.AppendInt(make([]byte, 0, chunkRoom), int64(len(body)), 16)
		size = append(size, "\r\n"...)
		start := chunkRoom - len(size)
		copy(e.buf[start:], size)
		e.buf = append(e.buf, "\r\n"...)
		body = e.buf[start:]
	}
	if head != nil {
		body = append(head, body...)
	}
	err := e.put(body)
	if cap(e.buf) > 64<<10 { // a reader that caught up at once must not keep the room for it
		e.buf = make([]byte, chunkRoom, 512)
	}
	e.buf = e.buf[:chunkRoom]
	return err
}

func (e *eventStream) put(b []byte) error {
	if len(b) == 0 {
		return nil
	}
	if now := time.Now(); e.patience.Sub(now) < flushTimeout/2 { // moving a deadline has its price, 20 times a second
		e.patience = now.Add(flushTimeout)
		if err := e.conn.SetWriteDeadline(e.patience); err != nil {
			return err
		}
	}
	e.flushed = true
	_, err := e.conn.Write(b)
	return err
}

// wait returns when wake fires or the stream has beaten; an error means that the stream is to end.
func (e *eventStream) wait(wake <-chan struct{}) error {
	select {
	case <-e.ctx.Done():
		return e.ctx.Err()
	case <-wake:
		return nil
	case <-e.beat:
	}
	if e.flushed {
		e.flushed = false
		return nil
	}
	e.comment("keep-alive")
	err := e.flush()
	e.flushed = false
	return err
}

// follow writes a log to the end: everything that is new goes out in one flush.
func (s *Server) follow(e *eventStream, cursor kv.Cursor) error {
	defer cursor.Close()
	for {
		first, entries, ended, err := cursor.Take()
		if err != nil {
			return err
		}
		for i, entry := range entries {
			e.entry(first+int64(i), entry)
		}
		if ended {
			e.data([]byte("[DONE]"))
			return e.flush()
		}
		if len(entries) > 0 {
			if err := e.flush(); err != nil {
				return err
			}
		}
		if err := e.wait(cursor.Wake()); err != nil {
			return err
		}
	}
}
