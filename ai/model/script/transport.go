package script

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"sync"
)

// RoundTripper serves requests from h in process: it streams, it cancels when
// the request's context ends or the body is closed, and a handler that panics
// breaks the body off as a real server would break the connection.
func RoundTripper(h http.Handler) http.RoundTripper { return transport{h} }

type transport struct{ handler http.Handler }

// RoundTrip implements http.RoundTripper.
func (t transport) RoundTrip(r *http.Request) (*http.Response, error) {
	body, err := readBody(r)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancel(r.Context())
	in := r.Clone(ctx)
	in.Body = io.NopCloser(bytes.NewReader(body))
	in.RequestURI, in.RemoteAddr = r.URL.RequestURI(), "127.0.0.1:0"
	pr, pw := io.Pipe()
	p := &pipe{header: http.Header{}, pw: pw, ready: make(chan struct{})}
	unhook := context.AfterFunc(ctx, func() { pw.CloseWithError(ctx.Err()) })
	go func() { // ends with the handler, which ends with its context
		defer unhook()
		p.serve(t.handler, in)
	}()
	select {
	case <-p.ready:
		return p.response(r, &pipeBody{pr, cancel}), nil
	case <-ctx.Done():
		cancel()
		return nil, ctx.Err()
	}
}

// readBody takes the request's body whole: a RoundTripper must close it.
func readBody(r *http.Request) ([]byte, error) {
	if r.Body == nil {
		return nil, nil
	}
	defer r.Body.Close()
	return io.ReadAll(r.Body)
}

// pipe is the ResponseWriter of one request in process.
type pipe struct {
	header http.Header
	sent   http.Header // as it was when the status was written
	status int
	pw     *io.PipeWriter
	once   sync.Once
	ready  chan struct{}
}

func (p *pipe) serve(h http.Handler, r *http.Request) {
	defer func() {
		if v := recover(); v != nil {
			p.pw.CloseWithError(fmt.Errorf("%w: handler ended by %v", io.ErrUnexpectedEOF, v))
		}
		p.WriteHeader(http.StatusOK)
		p.pw.Close()
	}()
	h.ServeHTTP(p, r)
}

// Header implements http.ResponseWriter.
func (p *pipe) Header() http.Header { return p.header }

// WriteHeader implements http.ResponseWriter.
func (p *pipe) WriteHeader(status int) {
	p.once.Do(func() {
		p.status, p.sent = status, p.header.Clone()
		close(p.ready)
	})
}

// Write implements http.ResponseWriter; it waits for the reader.
func (p *pipe) Write(b []byte) (int, error) {
	p.WriteHeader(http.StatusOK)
	return p.pw.Write(b)
}

// Flush implements http.Flusher: nothing is held back.
func (p *pipe) Flush() { p.WriteHeader(http.StatusOK) }

func (p *pipe) response(r *http.Request, body io.ReadCloser) *http.Response {
	return &http.Response{
		Status:     fmt.Sprintf("%d %s", p.status, http.StatusText(p.status)),
		StatusCode: p.status, Header: p.sent, Body: body, ContentLength: -1, Request: r,
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
	}
}

// pipeBody ends the handler when the caller closes the response.
type pipeBody struct {
	*io.PipeReader
	cancel context.CancelFunc
}

// Close implements io.Closer.
func (b *pipeBody) Close() error {
	b.cancel()
	return b.PipeReader.Close()
}
