package markdown

import (
	"bytes"

	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/parser"
)

// settle moves the end of what is settled if it can, and says whether to try again.
//
// Only complete lines are looked at: "- a\n*" looks like a new list and may become
// "- a\n**b**".
func (s *Stream) settle() bool {
	if s.fence != nil {
		return s.settleFence()
	}
	if s.tried == s.lines || s.lines <= s.off {
		return false
	}
	s.tried = s.lines
	open := s.text[s.off:s.lines]
	p, ok := job(s.r, len(open), func() piece { return s.r.settled(open, &s.known) })
	switch {
	case !ok:
		return false
	case p.end > 0:
		s.commit(p)
		s.tried = 0
		return true
	case p.fence:
		s.openFence(openFence(s.text[s.off:], s.off))
		return true
	}
	return false
}

// settleFence settles a code block whose closing line has come.
func (s *Stream) settleFence() bool {
	end, closed := s.fence.close(s.text, s.lines)
	if !closed {
		return false
	}
	block := s.text[s.off:end]
	p, ok := job(s.r, len(block), func() piece { return s.r.piece(block, &s.known) })
	if !ok {
		p = piece{html: plainText(string(block)), end: len(block)}
	}
	s.fence = nil
	s.tail.replace("", "")
	s.commit(p)
	s.tried = 0
	return true
}

func (s *Stream) openFence(f *fence) {
	s.fence = f
	s.tail.replace(cutFigure(s.r.policy.Sanitize(figureStart(f.language, true) + figureEnd)))
}

// commit settles a piece that begins at off.
func (s *Stream) commit(p piece) {
	fresh := false
	for label, ref := range p.defined {
		if _, known := s.known.LoadOrStore(label, ref); !known {
			fresh = true
		}
	}
	if fresh && bytes.IndexByte(s.text[:s.off], '[') >= 0 {
		s.stale = true
	}
	s.off += p.end
	s.settled.WriteString(p.html)
}

// piece is a part of the text that can be settled.
type piece struct {
	html    string
	end     int // its length in bytes; 0: nothing can be settled
	defined map[string]parser.Reference
	fence   bool // nothing, because the text begins with a code block that is open
}

// settled finds and renders what is final of complete lines.
func (r *Renderer) settled(open []byte, known *references) piece {
	d := r.parse(open, known)
	end := boundary(d)
	if end == 0 {
		first := d.root.FirstChild()
		return piece{fence: first != nil && first == d.root.LastChild() && first.Kind() == ast.KindFencedCodeBlock}
	}
	for n := d.root.LastChild(); n != nil && lineOf(n, open) >= end; n = d.root.LastChild() {
		d.root.RemoveChild(d.root, n)
	}
	if defined := d.definitions(); d.found == len(defined) {
		return piece{html: r.write(d, true), end: end, defined: defined}
	}
	// The open block holds definitions, which may turn out to be none.
	return r.piece(open[:end], known)
}

// piece renders a text that is final.
func (r *Renderer) piece(text []byte, known *references) piece {
	d := r.parse(text, known)
	return piece{html: r.write(d, true), end: len(text), defined: d.definitions()}
}

// boundary is where the open last block begins: all before it is final. 0 means that there
// is nothing before it.
//
// A block that may yet merge with what stands above it counts as one with it, unless there
// is a blank line between them: a setext line, a table's dashes or a definition's title
// change the paragraph that they continue.
func boundary(d document) int {
	for n := d.root.LastChild(); n != nil; n = n.PreviousSibling() {
		start := lineOf(n, d.source)
		if start <= 0 || firm(n) || blankBefore(d.source, start) {
			return max(start, 0)
		}
	}
	return 0
}

// firm blocks end a paragraph above them for good.
func firm(n ast.Node) bool {
	switch n.Kind() {
	case ast.KindList, ast.KindBlockquote, ast.KindFencedCodeBlock, ast.KindThematicBreak, kindFormulaBlock:
		return true
	}
	return false
}

// lineOf is the start of the line on which a block begins.
func lineOf(n ast.Node, source []byte) int {
	pos := n.Pos()
	if pos < 0 {
		return 0
	}
	return bytes.LastIndexByte(source[:min(pos, len(source))], '\n') + 1
}

func blankBefore(source []byte, line int) bool {
	above := source[:line-1]
	return len(bytes.TrimSpace(above[bytes.LastIndexByte(above, '\n')+1:])) == 0
}
