package docx

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/gomutex/godocx/docx"
	"github.com/gomutex/godocx/wml/ctypes"
	"github.com/gomutex/godocx/wml/stypes"
	"github.com/yuin/goldmark/ast"
	extast "github.com/yuin/goldmark/extension/ast"

	"alleato/views/markdown"
)

const (
	step     = 360 // of indentation, in twentieths of a point
	deepest  = 8   // level of a list, which Word has nine of
	maxLists = 500 // of numbers that each begin at 1; the library looks through all of them for each
	mono     = "Courier New"
	paper    = "F4F4F5" // behind code
	grey     = "A1A1AA"
	blue     = "1D4ED8"
)

// place is where a block stands: how deep in lists and quotes, and whether the next paragraph is the first
// of a list's item.
type place struct {
	depth     int
	quoted    bool
	numbering int    // of the item that begins, 0 for none
	marker    string // written in the place of one that Word would count
	level     int
}

// paragraph begins one at a place, or is nil when the text goes on as plain text.
func (w *writer) paragraph(at *place) *docx.Paragraph {
	if w.full() {
		return nil
	}
	p := w.doc.AddEmptyParagraph()
	if at.quoted {
		p.Style("Quote")
	}
	switch {
	case at.numbering > 0:
		p.Numbering(at.numbering, at.level)
		indent(p, step*(at.depth), step)
	case at.marker != "":
		indent(p, step*(at.depth), step)
		p.AddText(at.marker + "\t")
	case at.depth > 0:
		indent(p, step*at.depth, 0)
	}
	at.numbering, at.marker = 0, ""
	return p
}

func indent(p *docx.Paragraph, left int, hanging uint64) {
	i := &ctypes.Indent{Left: &left}
	if hanging > 0 {
		i.Hanging = &hanging
	}
	p.Indent(i)
}

func (w *writer) block(n ast.Node, at *place) error {
	switch t := n.(type) {
	case *ast.Heading:
		return w.prose(n, at, "Heading"+strconv.Itoa(t.Level))
	case *ast.Paragraph, *ast.TextBlock:
		return w.prose(n, at, "")
	case *ast.Blockquote:
		inner := *at
		inner.depth, inner.quoted = at.depth+2, true
		return w.blocks(n, inner)
	case *ast.List:
		return w.list(t, *at)
	case *ast.FencedCodeBlock, *ast.CodeBlock:
		w.code(markdown.Lines(n, w.source), at)
	case *ast.ThematicBreak:
		w.rule(at)
	case *extast.Table:
		return w.table(t, at)
	case *ast.LinkReferenceDefinition:
	default:
		if written, ok := markdown.Written(n, w.source); ok {
			w.code(written, at)
			return nil
		}
		return w.blocks(n, *at)
	}
	return nil
}

// prose is a paragraph or a heading.
func (w *writer) prose(n ast.Node, at *place, style string) error {
	p := w.paragraph(at)
	if p == nil {
		w.plain(n)
		return nil
	}
	if style != "" {
		p.Style(style)
	}
	return w.inlines(p, n, look{})
}

// plain puts the text of a block to what is written at the end.
func (w *writer) plain(n ast.Node) {
	w.rest.WriteString(markdown.Plain(n, w.source) + " ")
}

// list writes the items of a list. One that begins with another number than 1 keeps its numbers as text,
// for the library begins every list at 1.
func (w *writer) list(l *ast.List, at place) error {
	inner := at
	inner.depth = at.depth + 1
	inner.level = min(listsAbove(l), deepest)
	numbering := 0
	if !l.IsOrdered() || l.Start == 1 {
		numbering = w.numbering(l.IsOrdered())
	}
	number := l.Start
	for item := l.FirstChild(); item != nil; item = item.NextSibling() {
		inner.numbering, inner.marker = numbering, ""
		switch {
		case isTask(item):
			inner.numbering = 0 // its box is its bullet
		case numbering == 0:
			inner.marker = fmt.Sprintf("%d.", number)
		}
		if err := w.blocks(item, inner); err != nil {
			return err
		}
		number++
	}
	return nil
}

func listsAbove(n ast.Node) (count int) {
	for p := n.Parent(); p != nil; p = p.Parent() {
		if p.Kind() == ast.KindList {
			count++
		}
	}
	return count
}

func isTask(item ast.Node) bool {
	first := item.FirstChild()
	return first != nil && first.FirstChild() != nil && first.FirstChild().Kind() == extast.KindTaskCheckBox
}

// numbering is a new one for a list that counts, and one for all that do not.
func (w *writer) numbering(ordered bool) int {
	const decimal, bullets = 1, 2
	if !ordered {
		if w.bullet == 0 {
			w.bullet = w.doc.NewListInstance(bullets)
		}
		return w.bullet
	}
	if w.lists++; w.lists > maxLists {
		return 0
	}
	return w.doc.NewListInstance(decimal)
}

// code is one paragraph, its lines apart.
func (w *writer) code(text string, at *place) {
	p := w.paragraph(at)
	if p == nil {
		w.rest.WriteString(text)
		return
	}
	p.Style("NoSpacing")
	p.GetCT().Property.Shading = ctypes.NewShading().SetColor("auto").SetFill(paper)
	lines := strings.Split(strings.TrimRight(text, "\n"), "\n")
	for i, line := range lines {
		if w.full() {
			w.rest.WriteString(strings.Join(lines[i:], "\n") + " ")
			break
		}
		run := p.AddText(strings.ReplaceAll(textual(line), "\t", "    ")).Font(mono).Size(9)
		if i < len(lines)-1 {
			run.AddBreak(nil)
		}
	}
	w.gap(at)
}

// gap keeps what has no space of its own from what follows.
func (w *writer) gap(at *place) {
	if !w.full() {
		p := w.doc.AddEmptyParagraph()
		p.Style("NoSpacing")
		indent(p, step*at.depth, 0)
	}
}

func (w *writer) rule(at *place) {
	p := w.paragraph(at)
	if p == nil {
		return
	}
	p.Style("NoSpacing")
	size, color, space := 6, grey, "1"
	p.GetCT().Property.Border = &ctypes.ParaBorder{Bottom: &ctypes.Border{Val: stypes.BorderStyleSingle, Size: &size, Color: &color, Space: &space}}
	w.gap(at)
}

func (w *writer) table(t *extast.Table, at *place) error {
	columns, cells := 0, 0
	for row := t.FirstChild(); row != nil; row = row.NextSibling() {
		columns, cells = max(columns, row.ChildCount()), cells+row.ChildCount()
	}
	if columns == 0 {
		return nil
	}
	if w.pieces += cells; w.pieces > maxPieces || columns > 60 { // which is all that Word has
		for row := t.FirstChild(); row != nil; row = row.NextSibling() {
			for cell := row.FirstChild(); cell != nil; cell = cell.NextSibling() {
				w.plain(cell)
			}
			w.rest.WriteByte(' ')
		}
		return nil
	}
	const width = 8640 // between the margins
	grid := make([]uint64, columns)
	for i := range grid {
		grid[i] = uint64(width / columns)
	}
	table := w.doc.AddTable().Width(width, stypes.TableWidthDxa).Grid(grid...)
	table.Style("TableGrid")
	for row := t.FirstChild(); row != nil; row = row.NextSibling() {
		line := table.AddRow()
		for cell := row.FirstChild(); cell != nil; cell = cell.NextSibling() {
			p := line.AddCell().AddEmptyPara()
			p.Style("NoSpacing")
			p.Justification(alignment(cell))
			if err := w.inlines(p, cell, look{bold: row.Kind() == extast.KindTableHeader}); err != nil {
				return err
			}
		}
	}
	w.gap(at)
	return nil
}

func alignment(cell ast.Node) stypes.Justification {
	if c, ok := cell.(*extast.TableCell); ok {
		switch c.Alignment {
		case extast.AlignCenter:
			return stypes.JustificationCenter
		case extast.AlignRight:
			return stypes.JustificationRight
		}
	}
	return stypes.JustificationLeft
}
