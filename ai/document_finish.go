package ai

import (
	"context"
	"strings"

	"alleato/ai/model"
	"alleato/store"
)

// finishes: the question asks to have the document written to its end.
func (a about) finishes(d *store.Document) bool {
	return a.action == actionFinish && a.document != nil && a.document.ID == d.ID && d.Partial
}

// finishDocument goes on with a version that was cut off, from the last part of it that is whole: a model that wrote
// all of it anew might be cut off at the same place.
func (j *job) finishDocument(ctx context.Context, d *store.Document) (documentData, error) {
	whole, begun := cutPart(d)
	open := func() (*store.Document, error) {
		return j.r.Store.BeginVersion(ctx, j.stream.UserID, d.ID, j.message, j.stream.ID, whole)
	}
	prompt := finishPrompt + " “" + d.Title + "”, which was cut off before its end. Answer with what is missing alone, from the part that comes next: " +
		"what is there stays, so do not repeat it. " + restPrompt(d.Kind) + "\n\n" + enclosed("The document as far as it goes", whole)
	if strings.TrimSpace(begun) != "" {
		prompt += "\n\n" + enclosed("How that part began; write it anew", begun)
	}
	return j.writeDocument(ctx, d, open, append([]model.Message{{Role: "system", Text: prompt}}, j.conversation()...))
}

// cutPart parts a text that was cut off before the part in which it was: a line, in a sheet a row, or in Markdown, where
// an empty line means something, what stands between two of them.
func cutPart(d *store.Document) (whole, begun string) {
	text, end := d.Text(), "\n"
	if d.Kind == store.KindText {
		end = "\n\n"
	}
	at := strings.LastIndex(text, end)
	if d.Kind == store.KindSheet {
		at = lastRow(text)
	}
	if at < 0 {
		return "", text
	}
	return text[:at+len(end)], text[at+len(end):]
}

// lastRow is where the last whole row of a sheet ends, or -1: a line that ends within a quoted cell ends no row.
func lastRow(text string) int {
	at, quoted := -1, false
	for i := 0; i < len(text); i++ {
		switch {
		case quoted && strings.HasPrefix(text[i:], `""`):
			i++
		case quoted && text[i] == '"':
			quoted = false
		case !quoted && text[i] == '"':
			quoted = i == 0 || strings.IndexByte(",;\t\n", text[i-1]) >= 0
		case !quoted && text[i] == '\n':
			at = i
		}
	}
	return at
}

// restPrompt says what the rest of a document of a kind is, which is less than all of it.
func restPrompt(kind string) string {
	switch kind {
	case store.KindCode:
		return "It is code: answer with one fenced code block, and nothing else."
	case store.KindSheet:
		return "It is a sheet: answer with rows of CSV alone. No fence, no explanation."
	case store.KindHTML:
		return "It is the source of a page: answer with source alone. No fence, no explanation."
	}
	return kindPrompt(kind)
}
