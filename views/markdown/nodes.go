package markdown

import (
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/text"
)

var (
	kindVerbatim      = ast.NewNodeKind("Verbatim")
	kindVerbatimBlock = ast.NewNodeKind("VerbatimBlock")
	kindFormula       = ast.NewNodeKind("Formula")
	kindFormulaBlock  = ast.NewNodeKind("FormulaBlock")
)

// verbatim is the text of a block that would cost too much to parse.
type verbatim struct {
	ast.BaseInline
	segments []text.Segment
}

// Kind implements ast.Node.
func (*verbatim) Kind() ast.NodeKind { return kindVerbatim }

// Dump implements ast.Node.
func (v *verbatim) Dump(source []byte, level int) { ast.DumpHelper(v, source, level, nil, nil) }

// verbatimBlock is a paragraph that would cost too much to parse.
type verbatimBlock struct{ ast.BaseBlock }

// Kind implements ast.Node.
func (*verbatimBlock) Kind() ast.NodeKind { return kindVerbatimBlock }

// IsRaw implements ast.Node: no inline parser looks into it.
func (*verbatimBlock) IsRaw() bool { return true }

// Dump implements ast.Node.
func (v *verbatimBlock) Dump(source []byte, level int) { ast.DumpHelper(v, source, level, nil, nil) }

// formula is a formula with its delimiters, kept as it was written.
type formula struct {
	ast.BaseInline
	segments []text.Segment
	display  bool // on a line of its own, though it stands in a sentence
}

// Kind implements ast.Node.
func (*formula) Kind() ast.NodeKind { return kindFormula }

// Dump implements ast.Node.
func (m *formula) Dump(source []byte, level int) { ast.DumpHelper(m, source, level, nil, nil) }

// formulaBlock is a formula on lines of its own, with its delimiters.
type formulaBlock struct {
	ast.BaseBlock
	closer string
	closed bool
}

// Kind implements ast.Node.
func (*formulaBlock) Kind() ast.NodeKind { return kindFormulaBlock }

// IsRaw implements ast.Node: no inline parser looks into it.
func (*formulaBlock) IsRaw() bool { return true }

// Dump implements ast.Node.
func (f *formulaBlock) Dump(source []byte, level int) { ast.DumpHelper(f, source, level, nil, nil) }
