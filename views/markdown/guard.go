package markdown

import (
	"bytes"

	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"
)

// goldmark is quadratic on hostile text. These bounds depend on one block alone, never on
// the clock, so that a block comes out the same in a stream and in the whole text.
const (
	maxDepth       = 64      // nodes above a list or quote; a list is two of them
	maxInlineCost  = 3 << 20 // bytes of a block times its special characters: about 2 ms
	maxTableCells  = 20_000  // a wide table fills up short rows: 128 KB could make 10^8 cells
	maxDefinitions = 1_000   // link definitions in one paragraph
)

// special are the characters at which the inline parsers look through the rest of a block.
// isSpecial names them too.
const special = "![]*_`<~$\\"

// blockParsers are goldmark's own, with a limit on how deep containers nest, and formulas.
func blockParsers() []util.PrioritizedValue {
	all := parser.DefaultBlockParsers()
	for i, v := range all {
		switch v.Value {
		case parser.NewListParser(), parser.NewBlockquoteParser():
			all[i].Value = shallow{v.Value.(parser.BlockParser)}
		}
	}
	return append(all, util.Prioritized(mathBlocks{}, 650))
}

// shallow opens no container below maxDepth: its marker stays text.
type shallow struct{ parser.BlockParser }

// Open implements parser.BlockParser.
func (s shallow) Open(parent ast.Node, reader text.Reader, pc parser.Context) (ast.Node, parser.State) {
	depth := 0
	for n := parent; n != nil; n = n.Parent() {
		depth++
	}
	if depth > maxDepth {
		return nil, parser.NoChildren
	}
	return s.BlockParser.Open(parent, reader, pc)
}

// paragraphGuard takes paragraphs out of goldmark's hands before they become a table or
// link definitions that would cost too much.
type paragraphGuard struct{}

// Transform implements parser.ParagraphTransformer.
func (paragraphGuard) Transform(node *ast.Paragraph, reader text.Reader, _ parser.Context) {
	if !tooManyParts(node.Lines(), reader.Source()) {
		return
	}
	v := &verbatimBlock{}
	v.SetPos(node.Pos())
	v.SetLines(node.Lines())
	v.SetBlankPreviousLines(node.HasBlankPreviousLines())
	node.Parent().ReplaceChild(node.Parent(), node, v)
}

func tooManyParts(lines *text.Segments, source []byte) bool {
	definitions := 0
	for i := range lines.Len() {
		segment := lines.At(i)
		line := bytes.TrimSpace(segment.Value(source))
		if len(line) == 0 {
			continue
		}
		if line[0] == '[' {
			definitions++
		}
		if i > 0 && len(bytes.Trim(line, "-:| \t")) == 0 &&
			bytes.Count(line, []byte("|"))*(lines.Len()-i) > maxTableCells {
			return true
		}
	}
	return definitions > maxDefinitions
}

var guardKey = parser.NewContextKey()

// guardState remembers the verdict on the block in hand.
type guardState struct {
	block  ast.Node
	costly bool
}

// costGuard comes before all inline parsers and takes a costly block's text as it is.
type costGuard struct{}

// Trigger implements parser.InlineParser.
func (costGuard) Trigger() []byte { return []byte(special) }

// Parse implements parser.InlineParser.
func (costGuard) Parse(parent ast.Node, block text.Reader, pc parser.Context) ast.Node {
	state, _ := pc.Get(guardKey).(*guardState)
	if state == nil {
		state = &guardState{}
		pc.Set(guardKey, state)
	}
	if state.block != parent {
		state.block, state.costly = parent, costly(parent.Lines(), block.Source())
	}
	if !state.costly {
		return nil
	}
	v := &verbatim{}
	for line, segment := block.PeekLine(); line != nil; line, segment = block.PeekLine() {
		v.segments = append(v.segments, segment)
		block.AdvanceLine()
	}
	return v
}

func costly(lines *text.Segments, source []byte) bool {
	size, specials := 0, 0
	for i := range lines.Len() {
		segment := lines.At(i)
		size += segment.Len()
		for _, c := range source[segment.Start:segment.Stop] {
			if isSpecial(c) {
				specials++
			}
		}
	}
	return size*specials > maxInlineCost
}

func isSpecial(c byte) bool {
	switch c {
	case '!', '[', ']', '*', '_', '`', '<', '~', '$', '\\':
		return true
	}
	return false
}
