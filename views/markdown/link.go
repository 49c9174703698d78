package markdown

import (
	"bytes"
	"html"
	"net/url"
	"regexp"
	"strings"

	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/util"
)

// href returns the address of a link, ready for an attribute, or false for one that must
// not become a link. Entities are decoded first: javascript&colon; is a scheme too.
func href(destination []byte) (string, bool) {
	address := string(util.URLEscape(destination, true))
	if end := strings.IndexAny(address, ":/?#"); end >= 0 && address[end] == ':' {
		switch strings.ToLower(address[:end]) {
		case "http", "https", "mailto":
		default:
			return "", false
		}
	}
	return html.EscapeString(address), address != ""
}

// link writes a link, or only its text when its address is refused. The policy adds rel and
// target.
func (nodes) link(w util.BufWriter, _ []byte, node ast.Node, entering bool) (ast.WalkStatus, error) {
	n := node.(*ast.Link)
	address, ok := href(n.Destination)
	switch {
	case !ok:
		return ast.WalkContinue, nil
	case !entering:
		_, err := w.WriteString("</a>")
		return ast.WalkContinue, err
	}
	_, err := w.WriteString(`<a href="` + address + `"` + title(n.Title) + `>`)
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
	target, label := n.URL(source), html.EscapeString(string(n.Label(source)))
	if n.AutoLinkType == ast.AutoLinkEmail && !bytes.HasPrefix(bytes.ToLower(target), []byte("mailto:")) {
		target = append([]byte("mailto:"), target...)
	}
	if address, ok := href(target); ok && !inLink(n) {
		label = `<a href="` + address + `">` + label + `</a>`
	}
	_, err := w.WriteString(label)
	return ast.WalkContinue, err
}

// image never becomes an <img>: the browser would fetch it, and a model could be made to put
// what it knows into the address. It is a link that says what it leads to; a picture of another
// host names that host, and static/js/images.js has the server fetch it when it is clicked.
func (nodes) image(w util.BufWriter, source []byte, node ast.Node, entering bool) (ast.WalkStatus, error) {
	if !entering {
		return ast.WalkSkipChildren, nil
	}
	n := node.(*ast.Image)
	label := "Image"
	if alt := strings.TrimSpace(plainOf(n, source)); alt != "" {
		label = "Image: " + html.EscapeString(alt)
	}
	if address, ok := href(n.Destination); ok && !inLink(n) {
		if host := hostOf(address); host != "" {
			label = `<span class="image-alt">` + label + `</span> <span class="image-host">Load image from ` + host + `</span>`
		}
		label = `<a href="` + address + `"` + title(n.Title) + ` class="image-link">` + label + `</a>`
	}
	_, err := w.WriteString(label)
	return ast.WalkSkipChildren, err
}

var hostName = regexp.MustCompile(`^[\w.:\[\]-]{1,253}$`)

// hostOf is the host that an address of href names, "" for an address on this one.
func hostOf(address string) string {
	u, err := url.Parse(html.UnescapeString(address))
	switch {
	case err != nil || u.Host == "" || (u.Scheme != "" && u.Scheme != "http" && u.Scheme != "https"):
		return ""
	case !hostName.MatchString(u.Host):
		return "another site" // no letters of other scripts here, which may look like a known name
	}
	return html.EscapeString(u.Host)
}

// imageLink finds the remote pictures in HTML that this package wrote.
var imageLink = regexp.MustCompile(`<a href="([^"]*)"[^<>]* class="image-link"[^<>]*><span class="image-alt">`)

// Images are the addresses of the remote pictures that the rendering of a text offers to load.
func (r *Renderer) Images(src string) []string {
	var all []string
	for _, m := range imageLink.FindAllStringSubmatch(r.Render(src), -1) {
		all = append(all, html.UnescapeString(m[1]))
	}
	return all
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
