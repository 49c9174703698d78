package views

import (
	"context"
	"io"
	"strconv"

	"github.com/a-h/templ"

	"alleato/store"
)

// kept writes a component from memory when the same was rendered before: rows of the sidebar and the
// buttons below messages are most of a chat's page. key names the kind and holds all that the component
// depends on beside what is the same on all pages of a server (links, assets).
func (p Page) kept(c templ.Component, key ...string) templ.Component {
	if p.Markdown == nil {
		return c
	}
	return templ.ComponentFunc(func(ctx context.Context, w io.Writer) error {
		html, err := p.Markdown.Kept(func(w io.Writer) error { return c.Render(ctx, w) }, key...)
		if err != nil {
			return err
		}
		_, err = io.WriteString(w, html)
		return err
	})
}

// rowKey is what a row of the sidebar depends on.
func (p Page) rowKey(chat store.Chat) []string {
	return []string{"row", chat.ID, chat.Title, strconv.FormatBool(chat.PinnedAt == nil), strconv.FormatBool(chat.StreamID != nil),
		strconv.FormatBool(chat.ID == p.ChatID)}
}

// questionKey is what a question without files depends on.
func (v ChatView) questionKey(m store.Message) []string {
	at, siblings := v.place(m)
	return []string{"question", m.ChatID, m.ID, parentID(m), store.PlainText(m.Parts), strconv.FormatBool(v.ReadOnly),
		sibling(siblings, at-1), sibling(siblings, at+1), position(at, siblings)}
}

// actionsKey is what the buttons below a reply depend on.
func (v ChatView) actionsKey(m store.Message) []string {
	up, voted := v.Votes[m.ID]
	at, siblings := v.place(m)
	return []string{"actions", m.ChatID, m.ID, provenance(m), strconv.FormatBool(hasText(m)), strconv.FormatBool(v.ReadOnly), strconv.FormatBool(up),
		strconv.FormatBool(voted), strconv.FormatBool(v.CanContinue && cutShort(m)), sibling(siblings, at-1), sibling(siblings, at+1), position(at, siblings)}
}
