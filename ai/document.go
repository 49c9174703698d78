package ai

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"alleato/ai/model"
	"alleato/store"
)

// What opens the calls that write documents. The demo model knows them by their first words.
const (
	writePrompt   = "Write the document"
	rewritePrompt = "Rewrite the document"
	finishPrompt  = "Go on with the document"
	suggestPrompt = "Suggest improvements"
)

// kindPrompt says what a document of a kind holds.
func kindPrompt(kind string) string {
	switch kind {
	case store.KindCode:
		return "It is code: answer with one fenced code block that names its language, and nothing else. Explain in comments, briefly. Unless another language is asked for, use Python."
	case store.KindSheet:
		return "It is a sheet: answer with CSV alone, the first row being the names of the columns. No fence, no explanation."
	case store.KindHTML:
		return "It is a page: answer with one whole HTML document, its styles and scripts within it, or with one SVG without scripts, or with the source of one Mermaid diagram. It can load nothing from elsewhere. No fence, no explanation."
	}
	return "It is a text in Markdown: answer with the text alone. No fence around it, no remarks before or after."
}

func (j *job) createDocument(ctx context.Context, title, kind string) (documentData, error) {
	if kind == store.KindImage {
		return documentData{}, errTool{"You cannot draw pictures. An html document may hold an SVG."}
	}
	d := &store.Document{Title: firstOf(title, 200), Kind: kind, ChatID: &j.stream.ChatID, Author: store.AuthorAssistant, MessageID: &j.message, StreamID: &j.stream.ID}
	owner := &store.User{ID: j.stream.UserID, Saved: true}
	if err := j.r.Store.CreateDocument(ctx, owner, d); err != nil {
		return documentData{}, err
	}
	messages := append([]model.Message{{Role: "system", Text: writePrompt + " “" + d.Title + "” that the conversation asks for. " + kindPrompt(kind) + j.about.prompt()}}, j.conversation()...)
	if err := j.announce(dataOf(d), d); err != nil { // before its first word: there is something to open
		return documentData{}, err
	}
	return j.writeDocument(ctx, d, nil, messages)
}

func firstOf(title string, n int) string {
	if runes := []rune(oneLine(title)); len(runes) > n {
		return string(runes[:n])
	}
	return title
}

// chatDocument is a document of the conversation. No other is a tool's to touch: a text that the model
// was given may name one that is the user's own, and shared with whoever wrote that text.
func (j *job) chatDocument(ctx context.Context, id string) (*store.Document, error) {
	d, err := j.r.Store.Document(ctx, j.stream.UserID, id, 0)
	if err == nil && (d.ChatID == nil || *d.ChatID != j.stream.ChatID) {
		return nil, errTool{"There is no such document in this conversation."}
	}
	return d, err
}

func (j *job) updateDocument(ctx context.Context, id, description string) (documentData, error) {
	before, err := j.chatDocument(ctx, id)
	if err != nil {
		return documentData{}, err
	}
	if j.about.finishes(before) {
		return j.finishDocument(ctx, before)
	}
	// The version begins with its first words: a model that refuses leaves the document as it is.
	open := func() (*store.Document, error) {
		return j.r.Store.BeginVersion(ctx, j.stream.UserID, id, j.message, j.stream.ID, "")
	}
	return j.writeDocument(ctx, before, open, []model.Message{
		{Role: "system", Text: rewritePrompt + " “" + before.Title + "” as the user asks, and keep what they do not want changed. " + kindPrompt(before.Kind) +
			"\n\n" + enclosed("The document as it is", before.Text())},
		{Role: "user", Text: description},
	})
}

// conversation is what was said, without the system's prompt.
func (j *job) conversation() []model.Message {
	if len(j.request.Messages) > 0 && j.request.Messages[0].Role == "system" {
		return j.request.Messages[1:]
	}
	return j.request.Messages
}

// writeDocument has a model write a version of d, which open begins, and shows and saves it as it comes.
// What was written before a failure stays.
func (j *job) writeDocument(ctx context.Context, d *store.Document, open func() (*store.Document, error), messages []model.Message) (documentData, error) {
	data := dataOf(d)
	grow := func(text string) error {
		if open != nil {
			opened, err := open()
			if err != nil {
				return err
			}
			data, open = dataOf(opened), nil
			if err := j.announce(data, opened); err != nil {
				return err
			}
			text = opened.Text() + text
		}
		return j.grow(text)
	}
	language, err := j.pour(ctx, d.Kind, messages, grow)
	if language == "" && j.about.document != nil && j.about.document.ID == d.ID {
		language = j.about.language()
	}
	ended := j.endDocument(language, err != nil)
	if store.CodeOf(ended) == store.NotFound {
		return data, errTool{"The user has deleted the document."}
	}
	var refusal *model.Error
	var ours *store.Error
	switch {
	case errors.As(err, new(errTool)) || errors.As(err, &ours) || ctx.Err() != nil:
	case errors.As(err, &refusal):
		err = errTool{"The text could not be written: " + refusal.Message}
	case err != nil:
		err = errTool{"The text broke off. What was written is in the document."}
	case open != nil:
		err = errTool{"Nothing was written; the document is as it was."}
	}
	return data, errors.Join(err, ended)
}

// pour streams the model's text into a document of that kind. A text that the model breaks off by itself is one
// that broke off.
func (j *job) pour(ctx context.Context, kind string, messages []model.Message, grow func(string) error) (language string, err error) {
	stream, err := j.r.Models.Stream(ctx, model.Request{Model: j.request.Model, Messages: messages})
	if err != nil {
		return "", err
	}
	defer stream.Close()
	unwrap, reason := unwrapper{any: kind != store.KindText}, ""
	for {
		delta, err := stream.Recv()
		j.spend(delta.Usage)
		if delta.FinishReason != "" {
			reason = delta.FinishReason
		}
		if text := unwrap.push(clean(delta.Text)); text != "" && err == nil {
			err = grow(text)
		}
		if err == nil {
			continue
		}
		if text := unwrap.end(); text != "" {
			if failed := grow(text); failed != nil {
				return unwrap.language, failed
			}
		}
		if errors.Is(err, io.EOF) {
			err = cutBy[reason]
		}
		return unwrap.language, err
	}
}

// cutBy are the reasons for which a model ends a text before its end.
var cutBy = map[string]error{
	"length":         errTool{"The model writes no more than that at once. What was written is in the document, and can be gone on with."},
	"content-filter": errTool{"The text was cut off by the model's provider. What was written is in the document."},
}

// writing is the document that a job is writing.
type writing struct {
	store.Writing
	text  strings.Builder
	dirty bool
	room  int64 // bytes that are counted for it
}

// announce tells the readers of a document, and begins to keep its text if it is being written.
func (j *job) announce(data documentData, writes *store.Document) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	if writes != nil {
		j.writing = &writing{Writing: store.Writing{DocumentID: data.ID, Version: data.Version, StreamID: j.stream.ID}, room: int64(len(writes.Text()))}
	}
	j.dirty = true
	chunks, err := j.draft.data("data-document", data)
	if err != nil {
		return err
	}
	return j.append(chunks...)
}

// grow adds text to the document that is being written, for which there must be space.
func (j *job) grow(text string) error {
	if err := j.takeSpace(len(text)); err != nil {
		return err
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	j.writing.text.WriteString(text)
	j.writing.dirty = true
	return j.append(documentDeltaChunk(j.writing.DocumentID, text))
}

// spaceAtOnce is how many bytes are counted at a time for a document that is being written.
const spaceAtOnce = 4 << 10

// takeSpace has more bytes counted for the document. The job alone changes it, so the lock is left to its readers while
// the database is asked.
func (j *job) takeSpace(more int) error {
	w := j.writing
	grown := int64(w.text.Len() + more)
	if grown > store.MaxDocument {
		return errTool{"The text grew past the longest that a document may be."}
	}
	missing := grown - w.room
	if missing <= 0 {
		return nil
	}
	err := j.persist(func(ctx context.Context) error {
		taken, err := j.r.Store.TakeSpace(ctx, w.DocumentID, max(missing, spaceAtOnce))
		if err == nil {
			w.room += taken
		}
		return err
	})
	if err == nil && grown > w.room {
		return errTool{"There is no more space for documents. What was written until then is kept; the user has to delete documents to make space."}
	}
	return err
}

// endDocument saves the text, which may be partial.
func (j *job) endDocument(language string, partial bool) error {
	j.mu.Lock()
	w := j.writing
	j.writing = nil
	j.mu.Unlock()
	if w == nil {
		return nil
	}
	w.Content, w.Language, w.Partial = w.text.String(), language, partial
	return j.persist(func(ctx context.Context) error { return j.r.Store.EndVersion(ctx, w.Writing) })
}

// written is the text so far if it has grown since it was last asked for.
func (j *job) written() (w store.Writing, grown bool) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.writing == nil || !j.writing.dirty {
		return w, false
	}
	j.writing.dirty = false
	w = j.writing.Writing
	w.Content = j.writing.text.String()
	return w, true
}

func (j *job) editDocument(ctx context.Context, id, from, to string) (documentData, error) {
	d, err := j.chatDocument(ctx, id)
	if err != nil {
		return documentData{}, err
	}
	if d, err = j.r.Store.EditDocument(ctx, j.stream.UserID, d.ID, j.message, from, clean(to)); err != nil {
		return documentData{}, err
	}
	return dataOf(d), j.announce(dataOf(d), nil)
}

// suggested is the output of requestSuggestions.
type suggested struct {
	documentData
	Count int `json:"count"`
}

// suggestionPrompt says what a suggestion for a document of a kind is about.
func suggestionPrompt(kind string) string {
	switch kind {
	case store.KindCode:
		return "It is code: a passage is a part of a line, or whole lines with their indentation, and what takes its place must run there. "
	case store.KindSheet:
		return "It is a sheet in CSV: a passage is a cell, or cells that stand beside each other in a row, and what takes its place is CSV too. "
	case store.KindHTML:
		return "It is the source of a page: a passage is a part of it, and with what takes its place it must still be one. "
	}
	return ""
}

func (j *job) requestSuggestions(ctx context.Context, id, description string) (suggested, error) {
	d, err := j.chatDocument(ctx, id)
	if err != nil {
		return suggested{}, err
	}
	answer, used, err := j.r.Models.Complete(ctx, model.Request{Model: j.request.Model, Messages: []model.Message{
		{Role: "system", Text: suggestPrompt + " of the document that the user sends: at most five, the most useful ones. " + suggestionPrompt(d.Kind) + "Answer with JSON objects alone, one on each line: " +
			`{"originalText":"a passage exactly as it stands there","suggestedText":"what to put in its place","description":"why, in a few words"}` + wish(description)},
		{Role: "user", Text: d.Text()},
	}})
	j.spend(&used)
	if err != nil {
		return suggested{}, errTool{"The suggestions could not be written."}
	}
	out := suggested{documentData: dataOf(d)}
	for _, g := range parseSuggestions(answer) {
		err := j.r.Store.CreateSuggestion(ctx, j.stream.UserID, d.ID, &g)
		if code := store.CodeOf(err); code == store.Invalid || code == store.Conflict {
			continue // a passage that is not there, or one too many
		}
		if err != nil {
			return out, err
		}
		out.Count++
	}
	if out.Count == 0 {
		return out, errTool{"There was no suggestion that fits the document."}
	}
	return out, j.announce(out.documentData, nil)
}

// wish is what the user asks for beyond what is always asked for.
func wish(description string) string {
	if description = strings.TrimSpace(clean(description)); description == "" {
		return ""
	}
	return "\n\nWhat the user asked for:\n\n" + quotation(description)
}

// parseSuggestions finds the objects in what a model wrote, in a list, a fence or prose.
func parseSuggestions(answer string) (list []store.Suggestion) {
	const most = 20
	for len(answer) > 0 && len(list) < most {
		at := strings.IndexByte(answer, '{')
		if at < 0 {
			return list
		}
		decoder := json.NewDecoder(strings.NewReader(answer[at:]))
		var g store.Suggestion
		if decoder.Decode(&g) != nil || g.OriginalText == "" {
			answer = answer[at+1:]
			continue
		}
		list = append(list, store.Suggestion{OriginalText: g.OriginalText, SuggestedText: g.SuggestedText, Description: g.Description})
		answer = answer[at+int(decoder.InputOffset()):]
	}
	return list
}

// documentsText says in words what a reply did that wrote documents and said nothing.
func documentsText(parts []store.Part) string {
	for _, p := range parts {
		var data documentData
		if p.Type == "data-document" && json.Unmarshal(p.Data, &data) == nil {
			return fmt.Sprintf("I wrote the document “%s”.", data.Title)
		}
	}
	return ""
}
