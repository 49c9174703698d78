package docx

import (
	"bytes"
	"fmt"
	"image"
	_ "image/jpeg" // the two types of Options.Picture
	_ "image/png"
	"os"
	"strings"

	"github.com/gomutex/godocx/common/units"
	"github.com/gomutex/godocx/docx"
	"github.com/gomutex/godocx/wml/stypes"
	"github.com/yuin/goldmark/ast"
	extast "github.com/yuin/goldmark/extension/ast"
	"github.com/yuin/goldmark/util"

	"alleato/views/markdown"
)

// look is how a stretch of text looks, and where it leads.
type look struct {
	bold, italic, strike, code bool
	link                       string
}

// inlines writes what stands in a paragraph.
func (w *writer) inlines(p *docx.Paragraph, parent ast.Node, l look) error {
	for n := parent.FirstChild(); n != nil; n = n.NextSibling() {
		if err := w.inline(p, n, l); err != nil {
			return err
		}
	}
	return nil
}

func (w *writer) inline(p *docx.Paragraph, n ast.Node, l look) error {
	switch t := n.(type) {
	case *ast.Text:
		value := util.UnescapePunctuations(t.Segment.Value(w.source))
		w.say(p, string(util.ResolveEntityNames(util.ResolveNumericReferences(value))), l)
		switch {
		case t.HardLineBreak():
			p.AddRun().AddBreak(nil)
		case t.SoftLineBreak():
			w.say(p, " ", l)
		}
		return nil
	case *ast.String:
		w.say(p, string(t.Value), l)
		return nil
	case *ast.CodeSpan:
		l.code = true
		w.say(p, rawOf(t, w.source), l)
		return nil
	case *ast.Emphasis:
		l.bold, l.italic = l.bold || t.Level == 2, l.italic || t.Level == 1
	case *extast.Strikethrough:
		l.strike = true
	case *extast.TaskCheckBox:
		w.say(p, map[bool]string{true: "☑ ", false: "☐ "}[t.IsChecked], l)
		return nil
	case *ast.Link:
		l.link = absolute(t.Destination)
	case *ast.AutoLink:
		l.link = absolute(t.URL(w.source))
		w.say(p, string(t.Label(w.source)), l)
		return nil
	case *ast.Image:
		return w.picture(p, t, l)
	default:
		if written, ok := markdown.Written(n, w.source); ok {
			if markdown.IsLineBreak(written) {
				p.AddRun().AddBreak(nil)
			} else {
				w.say(p, written, l)
			}
			return nil
		}
	}
	return w.inlines(p, n, l)
}

// absolute is where a link leads to from anywhere; "" for an address of this server, which a file on
// somebody's disk does not know.
func absolute(destination []byte) string {
	address, ok := markdown.Address(destination)
	if ok && (strings.HasPrefix(address, "https:") || strings.HasPrefix(address, "http:") || strings.HasPrefix(address, "mailto:")) {
		return address
	}
	return ""
}

// rawOf is the text of a code span.
func rawOf(n ast.Node, source []byte) string {
	var b strings.Builder
	for c := n.FirstChild(); c != nil; c = c.NextSibling() {
		if t, ok := c.(*ast.Text); ok {
			b.Write(t.Segment.Value(source))
		}
	}
	return b.String()
}

// say writes text of one look.
func (w *writer) say(p *docx.Paragraph, text string, l look) {
	if text = textual(text); text == "" {
		return
	}
	if w.full() {
		w.rest.WriteString(text)
		return
	}
	if l.link != "" {
		link := p.AddLink(text, l.link).Color(blue).Underline(stypes.UnderlineSingle)
		if l.bold {
			link.Bold(true)
		}
		if l.italic {
			link.Italic(true)
		}
		if l.strike {
			link.Strike(true)
		}
		if l.code {
			link.Font(mono)
		}
		return
	}
	run := p.AddText(text)
	if l.bold {
		run.Bold(true)
	}
	if l.italic {
		run.Italic(true)
	}
	if l.strike {
		run.Strike(true)
	}
	if l.code {
		run.Font(mono)
	}
}

// picture puts a picture of ours into the text, as wide as the page at most. Any other is its words, which
// lead to it.
func (w *writer) picture(p *docx.Paragraph, n *ast.Image, l look) error {
	alt := strings.TrimSpace(markdown.Plain(n, w.source))
	var content []byte
	if w.Picture != nil && !w.full() {
		content = w.Picture(string(n.Destination))
	}
	config, kind, err := image.DecodeConfig(bytes.NewReader(content))
	if err != nil || (kind != "png" && kind != "jpeg") || config.Width < 1 || config.Height < 1 {
		if alt == "" {
			alt = "Image"
		}
		l.link = absolute(n.Destination)
		w.say(p, "["+alt+"]", l)
		return nil
	}
	const dotsPerInch, widest, highest = 96.0, 6.0, 8.0
	width, height := float64(config.Width)/dotsPerInch, float64(config.Height)/dotsPerInch
	if scale := min(widest/width, highest/height, 1); scale < 1 {
		width, height = width*scale, height*scale
	}
	if err := w.place(p, content, "."+kind, width, height); err != nil {
		return err
	}
	children := p.GetCT().Children // the library has no way to say what a picture shows
	if drawing := children[len(children)-1].Run.Children[0].Drawing; len(drawing.Inline) > 0 {
		drawing.Inline[0].DocProp.Description = textual(alt)
	}
	return nil
}

// place adds a picture by a file, which is the one way that the library has.
func (w *writer) place(p *docx.Paragraph, content []byte, end string, width, height float64) error {
	f, err := os.CreateTemp(w.Dir, "picture-*"+end)
	if err != nil {
		return fmt.Errorf("docx: %w", err)
	}
	defer os.Remove(f.Name())
	_, err = f.Write(content)
	if closed := f.Close(); err == nil {
		err = closed
	}
	if err == nil {
		_, err = p.AddPicture(f.Name(), units.Inch(width), units.Inch(height))
	}
	if err != nil {
		return fmt.Errorf("docx: %w", err)
	}
	return nil
}
