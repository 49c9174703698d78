package handlers

import (
	"bytes"
	"context"
	"runtime/debug"
	"strings"
	"sync"
	"time"

	"github.com/a-h/templ"
	"github.com/tidwall/gjson"

	"alleato/store"
	"alleato/store/kv"
	"alleato/views"
	"alleato/views/markdown"
)

// frameEvery is the shortest time between two frames of one reply. What a person can read does not
// come faster, and each frame costs every viewer's browser a layout.
const frameEvery = 50 * time.Millisecond

// framesKept is how many frames a slow viewer may lag behind before it gets the whole body again.
const framesKept = 64

// feeds are the replies being shown as HTML. Each is rendered once, however many watch.
type feeds struct {
	s    *Server
	mu   sync.Mutex
	live map[string]*feed // by stream id
	work sync.WaitGroup
}

func (fs *feeds) init(s *Server) { fs.s, fs.live = s, map[string]*feed{} }

func (fs *feeds) wait() { fs.work.Wait() }

// feed is one reply as HTML: the parts so far, and the last frames.
type feed struct {
	messageID string
	markdown  *markdown.Renderer
	link      views.Links
	cancel    context.CancelFunc

	mu      sync.Mutex
	parts   []*feedPart
	next    int      // the place of the next part in the message
	frames  [][]byte // events, framed
	dropped int      // frames that are no longer kept
	ended   bool
	viewers map[chan struct{}]struct{}
}

type feedPart struct {
	index  int
	kind   string
	stream *markdown.Stream
	text   strings.Builder
	done   *store.Part
	html   string // of a finished part
}

// join finds or starts the feed of a stream and adds a viewer to it. The viewer must leave.
func (fs *feeds) join(stream *store.Stream, follow func(context.Context) (kv.Cursor, error)) (*feed, chan struct{}, error) {
	wake := make(chan struct{}, 1)
	ctx, cancel := context.WithCancel(fs.s.life)
	cursor, err := follow(ctx) // may ask the database, so not under the lock that all feeds share
	if err != nil {
		cancel()
		return nil, nil, err
	}
	fs.mu.Lock()
	defer fs.mu.Unlock()
	if f := fs.live[stream.ID]; f != nil {
		cancel()
		cursor.Close()
		f.mu.Lock()
		defer f.mu.Unlock()
		f.viewers[wake] = struct{}{}
		return f, wake, nil
	}
	f := &feed{messageID: stream.MessageID, markdown: fs.s.Markdown, link: fs.s.link, cancel: cancel,
		viewers: map[chan struct{}]struct{}{wake: {}}}
	fs.live[stream.ID] = f
	fs.work.Add(1)
	go func() {
		defer fs.work.Done()
		defer fs.forget(stream.ID, f)
		defer cursor.Close()
		defer func() {
			if p := recover(); p != nil {
				fs.s.Log.Error("panic while a reply was rendered", "stream", stream.ID, "panic", p, "stack", string(debug.Stack()))
			}
		}()
		f.run(ctx, cursor)
	}()
	return f, wake, nil
}

// forget takes a feed out of the map and sends its viewers away.
func (fs *feeds) forget(streamID string, f *feed) {
	f.cancel()
	fs.mu.Lock()
	if fs.live[streamID] == f {
		delete(fs.live, streamID)
	}
	fs.mu.Unlock()
	f.mu.Lock()
	defer f.mu.Unlock()
	f.ended = true
	f.wakeAll()
}

// leave takes a viewer away; the last one ends the feed, which a later viewer starts anew.
func (fs *feeds) leave(streamID string, f *feed, wake chan struct{}) {
	fs.mu.Lock()
	defer fs.mu.Unlock()
	f.mu.Lock()
	defer f.mu.Unlock()
	delete(f.viewers, wake)
	if len(f.viewers) == 0 && fs.live[streamID] == f {
		delete(fs.live, streamID)
		f.cancel()
	}
}

// run reads the log and renders what is new, at most every frameEvery.
func (f *feed) run(ctx context.Context, cursor kv.Cursor) {
	for {
		_, entries, ended, err := cursor.Take()
		if err != nil {
			return
		}
		f.take(entries)
		if ended {
			return
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(frameEvery):
		}
		select {
		case <-ctx.Done():
			return
		case <-cursor.Wake():
		}
	}
}

// take renders new chunks into one frame.
func (f *feed) take(entries [][]byte) {
	f.mu.Lock()
	defer f.mu.Unlock()
	var frame bytes.Buffer
	var events []byte
	for _, entry := range entries {
		if event := f.apply(entry, &frame); event != nil {
			events = append(events, event...)
		}
	}
	for _, p := range f.parts {
		f.renderPart(p, &frame)
	}
	if frame.Len() > 0 {
		events = append(events, frameEvent("", frame.String())...)
	}
	if len(events) == 0 {
		return
	}
	f.frames = append(f.frames, events)
	if excess := len(f.frames) - framesKept; excess > 0 {
		f.frames, f.dropped = append([][]byte(nil), f.frames[excess:]...), f.dropped+excess
	}
	f.wakeAll()
}

// apply takes one chunk in; what it changes at once is written to frame. The title is an event of
// its own, which the page's script takes to the sidebar.
func (f *feed) apply(entry []byte, frame *bytes.Buffer) (event []byte) {
	chunk := gjson.GetManyBytes(entry, "type", "id", "delta")
	kind, action, _ := strings.Cut(chunk[0].String(), "-")
	if chunk[0].String() == "data-title" {
		return frameEvent("title", gjson.GetBytes(entry, "data").Raw)
	}
	if kind != "text" && kind != "reasoning" {
		return f.applyOther(chunk[0].String(), entry, frame)
	}
	index := f.afterProse(strings.TrimPrefix(chunk[1].String(), "p"))
	switch p := f.part(index); {
	case action == "start":
		f.parts = append(f.parts, &feedPart{index: index, kind: kind, stream: f.markdown.Stream()})
		return partEvent(f.messageID, index, kind)
	case p == nil:
	case action == "delta":
		delta := chunk[2].String()
		p.text.WriteString(delta)
		p.stream.Write(delta)
	case action == "end":
		p.done = &store.Part{Type: kind, Text: p.text.String(), State: "done",
			ProviderMetadata: []byte(gjson.GetBytes(entry, "providerMetadata").Raw)}
		p.html = p.stream.Finish()
		write(frame, views.FramePartDone(f.messageID, index, views.PartDone(f.messageID, index, *p.done, p.html)))
	}
	return nil
}

// partEvent makes room for a part. htmx looks up all targets of an event before it swaps any, so what
// fills the part must come in a later event.
func partEvent(messageID string, index int, kind string) []byte {
	var frame bytes.Buffer
	write(&frame, views.FramePart(messageID, index, kind))
	return frameEvent("", frame.String())
}

func (f *feed) part(index int) *feedPart {
	for _, p := range f.parts {
		if p.index == index {
			return p
		}
	}
	return nil
}

// renderPart writes what has changed in a running part.
func (f *feed) renderPart(p *feedPart, frame *bytes.Buffer) {
	if p.done != nil {
		return
	}
	u, changed := p.stream.Update()
	if !changed {
		return
	}
	switch {
	case u.Reset:
		write(frame, views.FrameReset(f.messageID, p.index, u.Settled))
	case u.Settled != "":
		write(frame, views.FrameSettled(f.messageID, p.index, u.Settled))
	}
	if u.Tail != nil {
		write(frame, views.FrameTail(f.messageID, p.index, *u.Tail))
	}
	if u.Code != "" {
		write(frame, views.FrameCode(f.messageID, p.index, u.Code))
	}
}

// body is everything so far, for a viewer that comes now.
func (f *feed) body() []byte {
	parts := make([]templ.Component, len(f.parts))
	for i, p := range f.parts {
		if p.done != nil {
			parts[i] = f.done(p)
			continue
		}
		settled, tail := p.stream.Snapshot()
		parts[i] = views.PartRunning(f.messageID, p.index, p.kind, settled, tail)
	}
	var frame bytes.Buffer
	write(&frame, views.FrameBody(f.messageID, templ.Join(parts...)))
	return frameEvent("", frame.String())
}

// since gives the events after a viewer's position, and its new position. A viewer at -1, or one
// that has fallen behind, gets the whole body.
func (f *feed) since(position int) (events []byte, next int, ended bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	next = f.dropped + len(f.frames)
	if position < f.dropped {
		return f.body(), next, f.ended
	}
	return bytes.Join(f.frames[position-f.dropped:], nil), next, f.ended
}

func (f *feed) wakeAll() {
	for wake := range f.viewers {
		select {
		case wake <- struct{}{}:
		default:
		}
	}
}

func write(frame *bytes.Buffer, c templ.Component) {
	// a bytes.Buffer does not fail, and the components of frames ask nothing of anyone
	_ = c.Render(context.Background(), frame)
}

// frameEvent frames data as a server-sent event; each of its lines is one of the event's.
func frameEvent(name, data string) []byte {
	var b bytes.Buffer
	if name != "" {
		b.WriteString("event: " + name + "\n")
	}
	for line := range strings.SplitSeq(data, "\n") {
		b.WriteString("data: ")
		b.WriteString(strings.TrimSuffix(line, "\r"))
		b.WriteByte('\n')
	}
	b.WriteByte('\n')
	return b.Bytes()
}
