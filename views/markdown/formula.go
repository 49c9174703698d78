package markdown

import (
	"bytes"

	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"
)

// mathParser keeps formulas out of the hands of the other parsers, which would take a_1 for
// emphasis and drop the backslash of \( and \[.
type mathParser struct{}

// Trigger implements parser.InlineParser.
func (mathParser) Trigger() []byte { return []byte{'$', '\\'} }

// Parse implements parser.InlineParser.
func (mathParser) Parse(_ ast.Node, block text.Reader, _ parser.Context) ast.Node {
	line, segment := block.PeekLine()
	switch {
	case bytes.HasPrefix(line, []byte(`\(`)):
		return mathUntil(block, `\)`)
	case bytes.HasPrefix(line, []byte(`\[`)):
		return mathUntil(block, `\]`)
	case bytes.HasPrefix(line, []byte(`$$`)):
		return mathUntil(block, `$$`)
	case line[0] == '$':
		if end := dollarEnd(line); end > 0 {
			block.Advance(end)
			return &formula{segments: []text.Segment{segment.WithStop(segment.Start + end)}}
		}
	}
	return nil
}

// mathUntil takes all up to the closing delimiter, over line ends. All delimiters that span
// lines are two bytes long.
func mathUntil(block text.Reader, closer string) ast.Node {
	node := &formula{}
	from := 2
	for line, segment := block.PeekLine(); line != nil; line, segment = block.PeekLine() {
		if i := bytes.Index(line[min(from, len(line)):], []byte(closer)); i >= 0 {
			end := from + i + len(closer)
			block.Advance(end)
			node.segments = append(node.segments, segment.WithStop(segment.Start+end-segment.Padding))
			return node
		}
		node.segments = append(node.segments, segment)
		block.AdvanceLine()
		from = 0
	}
	return nil
}

// dollarEnd is where the formula ends that begins a line with one $, or 0: "$5 and $10" is
// money. The rule is Pandoc's: no space inside the dollars, no digit after.
func dollarEnd(line []byte) int {
	if len(line) < 3 || util.IsSpace(line[1]) {
		return 0
	}
	for i := 1; i < len(line); i++ {
		switch line[i] {
		case '\\':
			i++
		case '$':
			if util.IsSpace(line[i-1]) || i+1 < len(line) && util.IsNumeric(line[i+1]) {
				return 0
			}
			return i + 1
		}
	}
	return 0
}
