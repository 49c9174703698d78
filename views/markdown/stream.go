package markdown

import (
	"bytes"
	"html"
	"strings"
)

const (
	// small is the size in bytes up to which the open block is parsed at every update.
	small = 4 << 10
	// parsesPerByte is how many bytes a larger open block may parse for each byte written.
	// In between, what is new is appended to its tail as plain text. So the cost of a reply
	// stays proportional to its length, whatever it consists of.
	parsesPerByte = 128
)

// Stream renders one part of a reply while it is being written. It is not safe for
// concurrent use.
//
// Its text is in three pieces: what is settled and will not change, the open last block or
// two that are rendered again as they grow (the tail), and half a character or \r that waits
// for its other half.
type Stream struct {
	r     *Renderer
	input normaliser
	text  []byte
	lines int // end of the last complete line
	off   int // end of what is settled
	tried int // end of the lines that were last looked through for something to settle
	spare int // bytes that may still be parsed

	known   references // link definitions in what is settled
	settled strings.Builder
	stale   bool // a late definition changed what is settled
	fence   *fence
	tail    tail

	shown int  // end of the text that was looked at by an update
	reset bool // since the last Update
	sent  int  // bytes of settled in updates so far
}

// Stream starts the rendering of one part of a reply.
func (r *Renderer) Stream() *Stream { return &Stream{r: r} }

// Update says what changed on the page since the Update before.
type Update struct {
	Reset   bool    // forget everything shown before
	Settled string  // HTML to append to the settled blocks; all of them when Reset
	Tail    *string // new HTML of the open last block; nil: unchanged
	Code    string  // escaped text to append to the code.code-open inside the tail, after Tail
}

// Write adds what the model wrote. It may be cut anywhere, inside a character too.
func (s *Stream) Write(delta string) {
	from := len(s.text)
	s.text = s.input.append(s.text, delta)
	s.wrote(from)
}

func (s *Stream) wrote(from int) {
	s.spare += parsesPerByte * (len(s.text) - from)
	if i := bytes.LastIndexByte(s.text[from:], '\n'); i >= 0 {
		s.lines = from + i + 1
	}
}

// Update returns what changed since the last call; false means nothing. Its cost does not
// depend on how long the reply is already.
func (s *Stream) Update() (Update, bool) {
	if s.shown < len(s.text) {
		s.advance()
		s.shown = len(s.text)
	}
	u := Update{Reset: s.reset}
	if s.reset {
		s.sent = 0
	}
	u.Settled = s.settled.String()[s.sent:]
	u.Tail, u.Code = s.tail.take()
	s.sent, s.reset = s.settled.Len(), false
	return u, u.Reset || u.Settled != "" || u.Tail != nil || u.Code != ""
}

// advance brings what is shown up to date with the text.
func (s *Stream) advance() {
	// Looking for something to settle and rendering the tail each parse the open text. They
	// are paid for together, so that neither starves the other.
	open := len(s.text) - s.off
	if s.fence == nil && open > small && !s.afford(2*open) {
		s.appendOpen()
		return
	}
	for s.settle() {
	}
	s.refresh()
	if s.fence != nil {
		s.tail.append(s.fence.more(s.text, s.lines))
		return
	}
	s.tail.replace(s.renderOpen(s.text[s.off:]))
	s.tail.start, s.tail.end = s.off, len(s.text)
}

// Snapshot returns everything that the updates so far have shown, for a reader who comes
// late.
func (s *Stream) Snapshot() (settled, tail string) {
	return s.settled.String()[:s.sent], s.tail.shown()
}

// Finish ends the stream and returns the one-shot rendering of its whole text: what was
// settled on the way is the same HTML, unless a late link definition changed it. Code that
// was coloured on the way is not coloured again.
func (s *Stream) Finish() (html string) {
	from := len(s.text)
	s.text = s.input.flush(s.text)
	s.wrote(from)
	return s.r.render(string(s.text))
}

// afford says whether size bytes may be parsed now, and pays for them.
func (s *Stream) afford(size int) bool {
	if size > s.spare {
		return false
	}
	s.spare -= size
	return true
}

// refresh renders everything settled again after a link definition came that earlier text
// may use.
func (s *Stream) refresh() {
	if !s.stale || !s.afford(s.off) {
		return
	}
	s.stale = false
	text := s.text[:s.off]
	html, ok := job(s.r, len(text), func() string { return s.r.write(s.r.parse(text, nil), true) })
	if !ok || html == s.settled.String() {
		return
	}
	s.settled.Reset()
	s.settled.WriteString(html)
	s.reset = true
}

// appendOpen shows what is new of a large open block as plain text.
func (s *Stream) appendOpen() {
	switch {
	case s.tail.start != s.off:
		s.tail.replace(pendingStart, pendingEnd)
		s.tail.start, s.tail.end = s.off, s.off
	case s.tail.foot == "":
		s.tail.replace(s.tail.head+pendingStart, pendingEnd)
	}
	s.tail.append(html.EscapeString(string(s.text[s.tail.end:])))
	s.tail.end = len(s.text)
}

// renderOpen returns the HTML of the open block. A large one ends with an element that
// plain text is appended to until it is rendered again.
func (s *Stream) renderOpen(open []byte) (head, foot string) {
	head, ok := job(s.r, len(open), func() string { return s.r.write(s.r.parse(open, &s.known), false) })
	if !ok {
		head = plainText(string(open))
	}
	if len(open) <= small {
		return head, ""
	}
	return head + pendingStart, pendingEnd
}
