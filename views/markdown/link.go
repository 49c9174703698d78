package markdown

import (
	"bytes"
	"html"
	"strings"

	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/util"
)

// href returns the address of a link, ready for an attribute, or false for one that must
// not become a link. Entities are decoded first: javascript&colon; is a scheme too.
func href(destination []byte) (string, bool) {
	url := string(util.URLEscape(destination, true))
	if end := strings.IndexAny(url, ":/?#"); end >= 0 && url[end] == ':' {
		switch strings.ToLower(url[:end]) {
		case "http", "https", "mailto":
		default:
			return "", false
		}
	}
	return html.EscapeString(url), url != ""
}

// link writes a link, or only its text when its address is refused. The policy adds rel and
// target.
func (nodes) link(w util.BufWriter, _ []byte, node ast.Node, entering bool) (ast.WalkStatus, error) {
	n := node.(*ast.Link)
	url, ok := href(n.Destination)
	switch {
	case !ok:
		return ast.WalkContinue, nil
	case !entering:
		_, err := w.WriteString("</a>")
		return ast.WalkContinue, err
	}
	_, err := w.WriteString(`<a href="` + url + `"` + title(n.Title) + `>`)
	return ast.WalkContinue, err
}

func title(t []byte) string {
	if len(t) == 0 {
		return ""
	}
	t = util.ResolveEntityNames(util.ResolveNumericReferences(util.UnescapePunctuations(t)))
	return ` title="` + html.EscapeString(string(t)) + `"`
}

func (nodes) autoLink(w util.BufWriter, source []byte, node ast.Node, entering bool) (ast.WalkStatus, error) {
	if !entering {
		return ast.WalkContinue, nil
	}
	n := node.(*ast.AutoLink)
	url, label := n.URL(source), html.EscapeString(string(n.Label(source)))
	if n.AutoLinkType == ast.AutoLinkEmail && !bytes.HasPrefix(bytes.ToLower(url), []byte("mailto:")) {
		url = append([]byte("mailto:"), url...)
	}
	if address, ok := href(url); ok && !inLink(n) {
		label = `<a href="` + address + `">` + label + `</a>`
	}
	_, err := w.WriteString(label)
	return ast.WalkContinue, err
}

// image never becomes an <img>: the browser would fetch it, and a model could be made to put
// what it knows into the address. It is a link that says what it leads to.
func (nodes) image(w util.BufWriter, source []byte, node ast.Node, entering bool) (ast.WalkStatus, error) {
	if !entering {
		return ast.WalkSkipChildren, nil
	}
	n := node.(*ast.Image)
	label := "Image"
	if alt := strings.TrimSpace(plainOf(n, source)); alt != "" {
		label = "Image: " + html.EscapeString(alt)
	}
	if url, ok := href(n.Destination); ok && !inLink(n) {
		label = `<a href="` + url + `"` + title(n.Title) + ` class="image-link">` + label + `</a>`
	}
	_, err := w.WriteString(label)
	return ast.WalkSkipChildren, err
}

func inLink(n ast.Node) bool {
	for p := n.Parent(); p != nil; p = p.Parent() {
		if p.Kind() == ast.KindLink {
			return true
		}
	}
	return false
}

// plainOf is the text below a node, without its markup.
func plainOf(n ast.Node, source []byte) string {
	var b strings.Builder
	for c := n.FirstChild(); c != nil; c = c.NextSibling() {
		switch t := c.(type) {
		case *ast.Text:
			value := util.UnescapePunctuations(t.Segment.Value(source))
			b.Write(util.ResolveEntityNames(util.ResolveNumericReferences(value)))
			if t.SoftLineBreak() || t.HardLineBreak() {
				b.WriteByte(' ')
			}
		case *ast.AutoLink:
			b.Write(t.Label(source))
		default:
			b.WriteString(plainOf(c, source))
		}
	}
	return b.String()
}
