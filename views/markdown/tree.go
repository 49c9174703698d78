package markdown

import (
	"html"
	"strings"

	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/text"
)

// Tree parses a text for whoever writes it as something else than HTML, with the same bounds as for a
// page. It is false for a text that takes too long; then it has to be written as it is.
func (r *Renderer) Tree(src string) (root ast.Node, source []byte, ok bool) {
	d, ok := job(r, len(src), func() document { return r.parse([]byte(normalise(src)), nil) })
	return d.root, d.source, ok
}

// Written is the text of a node that is shown as it was written: HTML, a formula, what costs too much to parse.
func Written(n ast.Node, source []byte) (written string, ok bool) {
	switch t := n.(type) {
	case *verbatim:
		return valueOf(segmentsOf(t.segments), source), true
	case *formula:
		return valueOf(segmentsOf(t.segments), source), true
	case *ast.RawHTML:
		return valueOf(t.Segments, source), true
	case *ast.HTMLBlock:
		written = valueOf(t.Lines(), source)
		if t.HasClosure() {
			written += string(t.ClosureLine.Value(source))
		}
		return written, true
	case *verbatimBlock, *formulaBlock:
		return valueOf(n.Lines(), source), true
	}
	return "", false
}

// IsLineBreak says whether a tag is the one with a meaning, <br>.
func IsLineBreak(tag string) bool { return lineBreak.MatchString(tag) }

// Plain is the text below a node, without its markup.
func Plain(n ast.Node, source []byte) string {
	if written, ok := Written(n, source); ok {
		return written
	}
	return plainOf(n, source)
}

// Address is where a link leads to, or false for what must not become one.
func Address(destination []byte) (string, bool) {
	address, ok := href(destination)
	return html.UnescapeString(address), ok
}

// Lines is the text of a block of code, line for line.
func Lines(n ast.Node, source []byte) string { return valueOf(n.Lines(), source) }

func valueOf(lines *text.Segments, source []byte) string {
	var b strings.Builder
	for i := range lines.Len() {
		segment := lines.At(i)
		b.Write(segment.Value(source))
	}
	return b.String()
}
