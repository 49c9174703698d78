// Package docx writes a Markdown text as a Word document. It owns how each thing of Markdown looks there;
// it asks nothing of a network or a database, and must not import handlers, ai or store.
package docx

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/gomutex/godocx"
	"github.com/gomutex/godocx/docx"
	"github.com/yuin/goldmark/ast"

	"alleato/views/markdown"
)

// maxPieces bounds what a hostile text can make of two megabytes: paragraphs, and stretches of text of one
// look. What comes after them is written as plain text, to its last word.
const maxPieces = 40_000

// Options are what a document is made with.
type Options struct {
	Title string
	At    time.Time // when it was last changed
	// Picture gives a picture, PNG or JPEG, that is known by an address; nil for one that is not. Nothing is
	// ever fetched.
	Picture func(address string) []byte
	// Dir is where a picture may stand for a moment; "" is the system's.
	Dir string
}

// writer fills one document.
type writer struct {
	Options
	doc    *docx.RootDoc
	source []byte
	pieces int
	rest   strings.Builder // what is written as plain text at the end
	lists  int
	bullet int // the numbering of all lists without numbers, 0 before the first
}

// Write writes a text. A text that is too costly to parse becomes plain paragraphs.
func Write(out io.Writer, md *markdown.Renderer, src string, o Options) error {
	doc, err := godocx.NewDocument()
	if err != nil {
		return fmt.Errorf("docx: %w", err)
	}
	w := &writer{Options: o, doc: doc}
	if err := w.describe(); err != nil {
		return err
	}
	root, source, ok := md.Tree(src)
	if w.source = source; ok {
		err = w.blocks(root, place{})
	} else {
		w.lines(src)
	}
	if err != nil {
		return err
	}
	if w.rest.Len() > 0 {
		doc.AddParagraph(textual(w.rest.String()))
	}
	var file bytes.Buffer // whole or not at all
	if err := doc.Write(&file); err != nil {
		return fmt.Errorf("docx: %w", err)
	}
	_, err = file.WriteTo(out)
	return err
}

// describe says what the file is, in the place of what the library's template says, and drops the
// template's own picture.
func (w *writer) describe() error {
	var title bytes.Buffer
	if err := xml.EscapeText(&title, []byte(textual(w.Title))); err != nil {
		return err
	}
	at := w.At.UTC().Format(time.RFC3339)
	w.doc.FileMap.Store("docProps/core.xml", fmt.Appendf(nil, xml.Header+`<cp:coreProperties xmlns:cp="http://schemas.openxmlformats.org/package/2006/metadata/core-properties" `+
		`xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:dcterms="http://purl.org/dc/terms/" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">`+
		`<dc:title>%s</dc:title><dcterms:created xsi:type="dcterms:W3CDTF">%s</dcterms:created><dcterms:modified xsi:type="dcterms:W3CDTF">%s</dcterms:modified>`+
		`</cp:coreProperties>`, title.Bytes(), at, at))
	w.doc.FileMap.Store("docProps/app.xml", []byte(xml.Header+`<Properties xmlns="http://schemas.openxmlformats.org/officeDocument/2006/extended-properties"><Application>Alleato</Application></Properties>`))
	w.doc.FileMap.Delete("docProps/thumbnail.jpeg")
	w.doc.RootRels.Relationships = slices.DeleteFunc(w.doc.RootRels.Relationships, func(r *docx.Relationship) bool { return strings.HasSuffix(r.Type, "/thumbnail") })
	return nil
}

// lines writes a text as it is, a paragraph a line.
func (w *writer) lines(src string) {
	for line := range strings.Lines(src) {
		if w.full() {
			w.rest.WriteString(line)
			continue
		}
		w.doc.AddParagraph(textual(strings.TrimRight(line, "\r\n")))
	}
}

// full counts a piece, and says whether it is one too many.
func (w *writer) full() bool {
	w.pieces++
	return w.pieces > maxPieces
}

// textual leaves out what XML cannot hold, and what would be a line break of no effect.
func textual(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n':
			return ' '
		case r < ' ' && r != '\t', r == 0xFFFE, r == 0xFFFF:
			return -1
		}
		return r
	}, s)
}

// blocks writes the blocks below a node.
func (w *writer) blocks(parent ast.Node, at place) error {
	for n := parent.FirstChild(); n != nil; n = n.NextSibling() {
		if err := w.block(n, &at); err != nil {
			return err
		}
	}
	return nil
}
