package ai

import (
	"strings"

	"alleato/store"
)

// commands are the words that begin a message which is to be answered by a document, for models that
// call no tools as well.
var commands = map[string]string{
	"/document": store.KindText, "/text": store.KindText, "/code": store.KindCode, "/sheet": store.KindSheet, "/page": store.KindHTML,
}

// document is the kind of the document that the turn asks for, "" for none, and what it is about.
func (t *Turn) document(p *plan) (kind, about string) {
	if p.going != nil {
		return "", ""
	}
	about = p.asked().Text
	word, rest, _ := strings.Cut(strings.TrimSpace(about), " ")
	if kind, is := commands[strings.ToLower(word)]; is && strings.TrimSpace(rest) != "" {
		return kind, rest
	}
	return t.Document, about
}
