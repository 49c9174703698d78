package markdown

import (
	"bytes"
	"unicode"

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
		return mathUntil(block, `\)`, false)
	case displayCloser(line) != "":
		return mathUntil(block, displayCloser(line), true)
	case line[0] == '$' && !isWord(block.PrecendingCharacter()): // US$5 is money
		if end := dollarEnd(line); end > 0 {
			block.Advance(end)
			return &formula{segments: []text.Segment{segment.WithStop(segment.Start + end)}}
		}
	}
	return nil
}

func isWord(c rune) bool { return unicode.IsLetter(c) || unicode.IsDigit(c) }

// displayCloser is what ends the formula on lines of its own that begins a line, "" for none.
func displayCloser(line []byte) string {
	switch {
	case bytes.HasPrefix(line, []byte(`\[`)):
		return `\]`
	case bytes.HasPrefix(line, []byte(`$$`)):
		return `$$`
	}
	return ""
}

// mathUntil takes all up to the closing delimiter, over line ends. All delimiters that span
// lines are two bytes long.
func mathUntil(block text.Reader, closer string, display bool) ast.Node {
	node := &formula{display: display}
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

// mathBlocks takes a formula on lines of its own as one block: its lines may begin with +, - or =,
// which elsewhere make a list or a heading. One that no delimiter ends is an ordinary paragraph.
type mathBlocks struct{}

// Trigger implements parser.BlockParser.
func (mathBlocks) Trigger() []byte { return []byte{'$', '\\'} }

// Open implements parser.BlockParser.
func (mathBlocks) Open(_ ast.Node, reader text.Reader, pc parser.Context) (ast.Node, parser.State) {
	line, segment := reader.PeekLine()
	at := pc.BlockOffset()
	if at < 0 || displayCloser(line[at:]) == "" {
		return nil, parser.NoChildren
	}
	node := &formulaBlock{closer: displayCloser(line[at:])}
	rest := line[at+len(node.closer):]
	if bytes.Contains(rest, []byte(node.closer)) && !node.closes(rest) {
		return nil, parser.NoChildren // a formula at the start of a sentence
	}
	node.closed = node.closes(rest)
	node.Lines().Append(segment.TrimLeftSpace(reader.Source()))
	reader.AdvanceToEOL()
	return node, parser.NoChildren
}

// closes says whether the text ends with the delimiter, and has it nowhere else.
func (f *formulaBlock) closes(text []byte) bool {
	text = util.TrimRightSpace(text)
	return bytes.Index(text, []byte(f.closer)) == len(text)-len(f.closer) && len(text) >= len(f.closer)
}

// Continue implements parser.BlockParser.
func (mathBlocks) Continue(node ast.Node, reader text.Reader, _ parser.Context) parser.State {
	f := node.(*formulaBlock)
	line, segment := reader.PeekLine()
	if f.closed || util.IsBlank(line) {
		return parser.Close
	}
	f.closed = f.closes(line)
	f.Lines().Append(segment)
	reader.AdvanceToEOL()
	return parser.Continue | parser.NoChildren
}

// Close implements parser.BlockParser.
func (mathBlocks) Close(node ast.Node, reader text.Reader, _ parser.Context) {
	at := node.Lines().Len() - 1
	last := node.Lines().At(at)
	node.Lines().Set(at, last.TrimRightSpace(reader.Source()))
	if node.(*formulaBlock).closed {
		return
	}
	p := ast.NewParagraph()
	p.SetPos(node.Pos())
	p.SetLines(node.Lines())
	p.SetBlankPreviousLines(node.HasBlankPreviousLines())
	node.Parent().ReplaceChild(node.Parent(), node, p)
}

// CanInterruptParagraph implements parser.BlockParser.
func (mathBlocks) CanInterruptParagraph() bool { return true }

// CanAcceptIndentedLine implements parser.BlockParser.
func (mathBlocks) CanAcceptIndentedLine() bool { return false }
