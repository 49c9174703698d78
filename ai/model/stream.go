package model

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

const (
	tailWait  = 2 * time.Second       // for usage and [DONE] after a finish_reason
	drainWait = 50 * time.Millisecond // for the end of the body after [DONE], to use the connection again
)

// Stream is a reply in progress. Recv is for one goroutine; Close for any.
type Stream struct {
	parent context.Context
	ctx    context.Context
	cancel context.CancelCauseFunc
	watch  *watchdog
	body   io.ReadCloser
	lines  *lineReader
	dec    *decoder
	taken  int // of dec.queue
	max    int64
	err    error       // what Recv returns when the queue is empty
	ended  atomic.Bool // properly, by [DONE]: the connection may be kept
	closed sync.Once
}

// newStream takes over an answer with a good status.
func newStream(c *exchange, max int64) *Stream {
	resp := c.resp
	s := &Stream{
		parent: c.parent, ctx: c.ctx, cancel: c.cancel, watch: c.watch,
		body: resp.Body, lines: newLineReader(resp.Body), dec: newDecoder(c.key), max: max,
	}
	switch kind := resp.Header.Get("Content-Type"); {
	case strings.HasPrefix(kind, "application/json"):
		s.readWhole()
	case strings.HasPrefix(kind, "text/html"):
		s.fail(notAnAPI())
	}
	return s
}

// failedStream delivers err by Recv, where callers look for ErrIdle and ErrCut.
func failedStream(err error) *Stream { return &Stream{dec: newDecoder(""), err: err} }

// Recv waits for the next delta. It returns io.EOF after a proper end, ErrCut
// when the reply breaks off, ErrTooLong when it passes the limit, ErrIdle when
// the model falls silent, an *Error when the provider reports one, and the
// error of the request's context when that ends. An error is final.
func (s *Stream) Recv() (Delta, error) {
	if s.taken < len(s.dec.queue) {
		return s.take(), nil
	}
	if s.err != nil {
		return Delta{}, s.err
	}
	s.dec.queue, s.taken = s.dec.queue[:0], 0
	s.watch.wait()
	for len(s.dec.queue) == 0 && s.err == nil {
		s.step()
	}
	s.watch.rest()
	if s.taken < len(s.dec.queue) {
		return s.take(), nil
	}
	return Delta{}, s.err
}

func (s *Stream) take() Delta {
	d := s.dec.queue[s.taken]
	s.dec.queue[s.taken] = Delta{} // the queue is used again and shall keep nothing alive
	s.taken++
	return d
}

// prime waits for the first delta, so that a failure before it can be retried.
func (s *Stream) prime() error {
	d, err := s.Recv()
	if err == nil {
		s.taken--
		s.dec.queue[s.taken] = d
	}
	return err
}

// step reads one line.
func (s *Stream) step() {
	kind, data, err := s.lines.next()
	switch {
	case err != nil:
		s.broken(err)
	case kind == lineComment:
		s.watch.alive()
	case kind == lineDone:
		s.ended.Store(true)
		s.end()
	case kind == lineData:
		s.chunk(data)
	}
}

func (s *Stream) chunk(data []byte) {
	s.watch.wait()
	s.dec.decode(data)
	switch {
	case s.dec.failure != nil:
		s.dec.think.finish()
		s.fail(s.dec.failure)
	case s.dec.size > s.max:
		s.fail(ErrTooLong)
	case s.dec.finish != "":
		s.watch.hurry(tailWait)
	}
}

// end is the proper end. The watchdog rests for good: nothing is waited for.
func (s *Stream) end() {
	s.dec.last()
	s.err = io.EOF
	s.watch.stop()
}

// fail ends the reply and lets go of the provider at once.
func (s *Stream) fail(err error) {
	s.err = err
	s.shut()
}

// broken decides what the end of the connection means.
func (s *Stream) broken(err error) {
	switch {
	case errors.Is(err, ErrTooLong):
		s.dec.think.finish()
		s.fail(err)
	case s.parent.Err() != nil:
		s.dec.think.finish()
		s.fail(s.parent.Err())
	case s.dec.finish != "":
		s.end() // whole, only its closing marks are missing
	case errors.Is(context.Cause(s.ctx), ErrIdle):
		s.dec.think.finish()
		s.fail(ErrIdle)
	case errors.Is(err, io.EOF):
		s.dec.think.finish()
		s.fail(ErrCut)
	default:
		s.dec.think.finish()
		s.fail(fmt.Errorf("%w: %w", ErrCut, err))
	}
}

// readWhole takes an answer from a server that does not stream.
func (s *Stream) readWhole() {
	data, err := io.ReadAll(io.LimitReader(s.body, s.max+maxLine))
	s.watch.rest()
	if err != nil {
		s.broken(err)
		return
	}
	s.dec.decode(data)
	switch {
	case s.dec.failure != nil:
		s.fail(s.dec.failure)
	case s.dec.size > s.max:
		s.fail(ErrTooLong)
	case len(s.dec.queue) == 0 && s.dec.finish == "":
		s.fail(notAnAPI())
	default:
		s.end()
	}
}

// Close ends the reply; the connection is closed unless the reply was whole.
func (s *Stream) Close() error {
	s.shut()
	return nil
}

func (s *Stream) shut() {
	if s.body == nil {
		return
	}
	s.closed.Do(func() {
		if s.ended.Load() {
			s.drain()
		}
		s.watch.stop()
		s.cancel(nil)
		_ = s.body.Close() // an error here says nothing about the reply
	})
}

// drain reads the few bytes behind [DONE]: only a body read to its end leaves
// the connection for the next reply.
func (s *Stream) drain() {
	stop := time.AfterFunc(drainWait, func() { s.cancel(nil) })
	defer stop.Stop()
	for range 4 {
		if _, err := s.lines.r.Read(make([]byte, 512)); err != nil {
			return
		}
	}
}
