package markdown

import (
	"bytes"
	"html"
	"regexp"

	"github.com/yuin/goldmark/ast"
	extast "github.com/yuin/goldmark/extension/ast"
	"github.com/yuin/goldmark/renderer"
	"github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"
)

// nodes writes the nodes for which goldmark's own HTML is not what we want on a page.
type nodes struct{}

// RegisterFuncs implements renderer.NodeRenderer.
func (n nodes) RegisterFuncs(r renderer.NodeRendererFuncRegisterer) {
	r.Register(ast.KindHeading, n.heading)
	r.Register(ast.KindFencedCodeBlock, n.code)
	r.Register(ast.KindCodeBlock, n.code)
	r.Register(ast.KindHTMLBlock, n.htmlBlock)
	r.Register(ast.KindRawHTML, n.rawHTML)
	r.Register(ast.KindLink, n.link)
	r.Register(ast.KindAutoLink, n.autoLink)
	r.Register(ast.KindImage, n.image)
	r.Register(extast.KindTable, n.table)
	r.Register(extast.KindTaskCheckBox, n.checkBox)
	r.Register(kindVerbatim, n.verbatim)
	r.Register(kindVerbatimBlock, n.verbatimBlock)
	r.Register(kindFormula, n.math)
	r.Register(kindFormulaBlock, n.mathBlock)
}

// plainText is a whole text as it was written.
func plainText(s string) string {
	return `<pre class="plain" tabindex="0">` + html.EscapeString(s) + "</pre>\n"
}

// heading is one level lower than written: h1 belongs to the page.
func (nodes) heading(w util.BufWriter, _ []byte, node ast.Node, entering bool) (ast.WalkStatus, error) {
	level := "0234566"[node.(*ast.Heading).Level]
	if entering {
		_, err := w.WriteString("<h" + string(level) + ">")
		return ast.WalkContinue, err
	}
	_, err := w.WriteString("</h" + string(level) + ">\n")
	return ast.WalkContinue, err
}

// table lets a wide table scroll by itself, by keyboard too.
func (nodes) table(w util.BufWriter, _ []byte, _ ast.Node, entering bool) (ast.WalkStatus, error) {
	tag := "</table>\n</div>\n"
	if entering {
		tag = `<div class="table-wrap" tabindex="0" role="group" aria-label="Table">` + "\n<table>\n"
	}
	_, err := w.WriteString(tag)
	return ast.WalkContinue, err
}

func (nodes) checkBox(w util.BufWriter, _ []byte, node ast.Node, entering bool) (ast.WalkStatus, error) {
	if !entering {
		return ast.WalkContinue, nil
	}
	tag := `<input type="checkbox" disabled="" aria-label="To do"> `
	if node.(*extast.TaskCheckBox).IsChecked {
		tag = `<input type="checkbox" checked="" disabled="" aria-label="Done"> `
	}
	_, err := w.WriteString(tag)
	return ast.WalkContinue, err
}

// lineBreak is the one HTML tag with a meaning here: models write it in table cells.
var lineBreak = regexp.MustCompile(`^(?i)\s*<br\s*/?>\s*$`)

// rawHTML shows a tag as text: dropping it would lose words of people who forgot backticks.
func (nodes) rawHTML(w util.BufWriter, source []byte, node ast.Node, entering bool) (ast.WalkStatus, error) {
	if !entering {
		return ast.WalkSkipChildren, nil
	}
	segments := node.(*ast.RawHTML).Segments
	if segments.Len() == 1 && lineBreak.Match(segments.Value(source)) {
		_, err := w.WriteString("<br>\n")
		return ast.WalkSkipChildren, err
	}
	return ast.WalkSkipChildren, writeLines(w, source, segments, "\n")
}

func (nodes) htmlBlock(w util.BufWriter, source []byte, node ast.Node, entering bool) (ast.WalkStatus, error) {
	if !entering {
		return ast.WalkSkipChildren, nil
	}
	n := node.(*ast.HTMLBlock)
	lines := text.NewSegments()
	lines.AppendAll(n.Lines().Sliced(0, n.Lines().Len()))
	if n.HasClosure() {
		lines.Append(n.ClosureLine)
	}
	if lines.Len() == 1 && lineBreak.Match(lines.Value(source)) {
		_, err := w.WriteString("<br>\n")
		return ast.WalkSkipChildren, err
	}
	return ast.WalkSkipChildren, writeParagraph(w, source, lines)
}

func (nodes) verbatimBlock(w util.BufWriter, source []byte, node ast.Node, entering bool) (ast.WalkStatus, error) {
	if !entering {
		return ast.WalkSkipChildren, nil
	}
	return ast.WalkSkipChildren, writeParagraph(w, source, node.Lines())
}

func (nodes) verbatim(w util.BufWriter, source []byte, node ast.Node, entering bool) (ast.WalkStatus, error) {
	if !entering {
		return ast.WalkSkipChildren, nil
	}
	return ast.WalkSkipChildren, writeLines(w, source, segmentsOf(node.(*verbatim).segments), "<br>\n")
}

// math writes a formula as its source, delimiters included: that is what is read where no script
// draws it (static/js/maths.js), and what nothing can run.
func (nodes) math(w util.BufWriter, source []byte, node ast.Node, entering bool) (ast.WalkStatus, error) {
	if !entering {
		return ast.WalkSkipChildren, nil
	}
	f := node.(*formula)
	class := "math"
	if f.display {
		class = "math-display"
	}
	return ast.WalkSkipChildren, writeTagged(w, source, segmentsOf(f.segments), `<span class="`+class+`">`, "\n", "</span>")
}

func (nodes) mathBlock(w util.BufWriter, source []byte, node ast.Node, entering bool) (ast.WalkStatus, error) {
	if !entering {
		return ast.WalkSkipChildren, nil
	}
	return ast.WalkSkipChildren, writeTagged(w, source, node.Lines(), `<div class="math-display">`, "\n", "</div>\n")
}

func segmentsOf(list []text.Segment) *text.Segments {
	lines := text.NewSegments()
	lines.AppendAll(list)
	return lines
}

func writeParagraph(w util.BufWriter, source []byte, lines *text.Segments) error {
	return writeTagged(w, source, lines, "<p>", "<br>\n", "</p>\n")
}

// writeTagged writes lines between two tags, with newline between the lines.
func writeTagged(w util.BufWriter, source []byte, lines *text.Segments, start, newline, end string) error {
	if _, err := w.WriteString(start); err != nil {
		return err
	}
	if err := writeLines(w, source, lines, newline); err != nil {
		return err
	}
	_, err := w.WriteString(end)
	return err
}

// writeLines writes text as it was written, escaped, with newline between its lines.
func writeLines(w util.BufWriter, source []byte, lines *text.Segments, newline string) error {
	all := bytes.TrimRight(lines.Value(source), "\n")
	all = bytes.ReplaceAll([]byte(html.EscapeString(string(all))), []byte("\n"), []byte(newline))
	_, err := w.Write(all)
	return err
}
