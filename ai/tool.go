package ai

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"alleato/ai/model"
	"alleato/store"
)

// maxSteps is how many model calls a reply may take; the last one is offered no tools, so that it
// comes to an end in words.
const maxSteps = 8

// maxCalls is how many tools a reply may call: each may be a model call of its own, and a document.
const maxCalls = 16

// The names of the tools, which are on the wire and in saved messages.
const (
	toolCreate  = "createDocument"
	toolUpdate  = "updateDocument"
	toolEdit    = "editDocument"
	toolSuggest = "requestSuggestions"
)

// tools are what a model that calls tools is offered.
func tools() []model.Tool {
	object := func(required string, properties string) json.RawMessage {
		return json.RawMessage(`{"type":"object","properties":{` + properties + `},"required":[` + required + `],"additionalProperties":false}`)
	}
	const text, id = `{"type":"string"}`, `{"type":"string","description":"The document's id"}`
	return []model.Tool{
		{Name: toolCreate, Description: "Write a new document beside the conversation, for texts, code, tables and pages that the user will keep or change. " +
			"Its content is written after this call: do not repeat it in the conversation.",
			Parameters: object(`"title","kind"`, `"title":`+text+`,"kind":{"type":"string","enum":["text","code","sheet","html"],"description":"text is Markdown, sheet is CSV, html is a page, an SVG or a Mermaid diagram"}`)},
		{Name: toolUpdate, Description: "Rewrite a document as described. For a small change use " + toolEdit + ".",
			Parameters: object(`"id","description"`, `"id":`+id+`,"description":{"type":"string","description":"What to change"}`)},
		{Name: toolEdit, Description: "Replace one passage of a document.",
			Parameters: object(`"id","oldText","newText"`, `"id":`+id+`,"oldText":{"type":"string","description":"The passage, exactly as it stands in the document"},"newText":`+text)},
		{Name: toolSuggest, Description: "Suggest improvements of a document, which the user accepts or dismisses one by one.",
			Parameters: object(`"documentId"`, `"documentId":`+id+`,"description":{"type":"string","description":"What the user wants improved, and in which part"}`)},
	}
}

// toolInput is the arguments of all tools.
type toolInput struct {
	Title       string `json:"title"`
	Kind        string `json:"kind"`
	ID          string `json:"id"`
	Description string `json:"description"`
	OldText     string `json:"oldText"`
	NewText     string `json:"newText"`
	DocumentID  string `json:"documentId"`
}

// documentData is a document as chunks, parts and the output of tools name it.
type documentData struct {
	ID      string `json:"id"`
	Kind    string `json:"kind"`
	Title   string `json:"title"`
	Version int    `json:"version"`
}

func dataOf(d *store.Document) documentData {
	return documentData{ID: d.ID, Kind: d.Kind, Title: d.Title, Version: d.Version}
}

// errTool is a failure that the model is told, so that it can do otherwise.
type errTool struct{ message string }

func (e errTool) Error() string { return e.message }

// runTools runs the calls of one step, one after the other, and returns what the model is told of
// them. An error ends the reply.
func (j *job) runTools(calls []model.ToolCall) (results []model.Message, err error) {
	for _, call := range calls {
		input, err := j.callBegins(call)
		var output any
		if j.calls++; err == nil && j.calls > maxCalls {
			err = errTool{fmt.Sprintf("Only %d calls of tools are possible in one reply. Answer in words now.", maxCalls)}
		}
		if err == nil {
			output, err = j.call(j.ctx, call.Name, input)
		}
		if j.ctx.Err() != nil {
			return nil, errors.Join(j.ctx.Err(), j.callEnds(call.ID, nil, errTool{"Stopped."}))
		}
		var told errTool
		if err != nil && !errors.As(err, &told) {
			return nil, errors.Join(err, j.callEnds(call.ID, nil, errTool{"This did not work."}))
		}
		if ended := j.callEnds(call.ID, output, err); ended != nil {
			return nil, ended
		}
		results = append(results, model.Message{Role: "tool", ToolCallID: call.ID, Text: toldOf(output, err)})
	}
	return results, nil
}

func toldOf(output any, err error) string {
	if err != nil {
		return "Error: " + err.Error()
	}
	text, err := json.Marshal(output)
	if err != nil {
		return "Done."
	}
	return string(text)
}

// callBegins shows a call whose arguments are whole.
func (j *job) callBegins(call model.ToolCall) (input toolInput, err error) {
	raw := json.RawMessage(call.Arguments)
	if strings.TrimSpace(call.Arguments) == "" {
		raw = json.RawMessage("{}")
	}
	if json.Unmarshal(raw, &input) != nil {
		err = errTool{"The arguments are not the JSON object that this tool takes."}
		if !json.Valid(raw) {
			raw = json.RawMessage("{}")
		}
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	j.dirty = true
	return input, errors.Join(err, j.append(j.draft.callReady(call.ID, call.Name, raw)...))
}

func (j *job) callEnds(id string, output any, failure error) error {
	encoded, err := json.Marshal(output)
	if err != nil {
		return err
	}
	text := ""
	if failure != nil {
		text = failure.Error()
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	j.dirty = true
	return j.append(j.draft.callDone(id, encoded, text)...)
}

// call does what a tool is for.
func (j *job) call(ctx context.Context, name string, in toolInput) (output any, err error) {
	switch name {
	case toolCreate:
		output, err = j.createDocument(ctx, in.Title, in.Kind)
	case toolUpdate:
		output, err = j.updateDocument(ctx, in.ID, in.Description)
	case toolEdit:
		output, err = j.editDocument(ctx, in.ID, in.OldText, in.NewText)
	case toolSuggest:
		output, err = j.requestSuggestions(ctx, in.DocumentID, in.Description)
	default:
		return nil, errTool{fmt.Sprintf("There is no tool called %q.", name)}
	}
	var ours *store.Error
	if errors.As(err, &ours) && ours.Code != store.Unavailable && ours.Code != store.Internal {
		return nil, errTool{strings.TrimSpace(ours.Message + " " + ours.Hint)}
	}
	return output, err
}

// documentsPrompt tells a model that calls tools which documents the chat has.
func (r *Runner) documentsPrompt(ctx context.Context, p *plan) (string, error) {
	prompt := "You can write documents beside the conversation with your tools. Use them for longer texts, code, tables and pages that the user asks for; " +
		"then say in a sentence or two what you did, without repeating the document."
	documents, err := r.knownDocuments(ctx, p)
	if err != nil || len(documents) == 0 {
		return prompt, err
	}
	var b strings.Builder
	b.WriteString(prompt + "\n\nThe documents of this conversation, the last changed first:\n")
	if p.about.document != nil {
		b.Reset()
		b.WriteString(prompt + "\n\nThe documents of this conversation; the user's message is about the first of them:\n")
	}
	for i := range documents {
		fmt.Fprintf(&b, "- id %s, kind %s, title %q\n", documents[i].ID, documents[i].Kind, documents[i].Title)
	}
	newest, err := r.Store.Document(ctx, p.chat.UserID, documents[0].ID, 0)
	if err != nil {
		return b.String(), err
	}
	const enough = 12_000 // bytes of the newest document that every question carries
	if text := newest.Text(); text != "" && len(text) <= enough && newest.Kind != store.KindImage {
		b.WriteString("\n" + enclosed("The first of them as it is now", text))
	}
	return b.String(), nil
}

// knownDocuments are the documents of the chat, the one that the question is about first.
func (r *Runner) knownDocuments(ctx context.Context, p *plan) (documents []store.Document, err error) {
	if !p.newChat {
		if documents, err = r.Store.ChatDocuments(ctx, p.chat.UserID, p.chat.ID); err != nil {
			return nil, err
		}
	}
	if d := p.about.document; d != nil {
		documents = slices.DeleteFunc(documents, func(other store.Document) bool { return other.ID == d.ID })
		documents = append([]store.Document{*d}, documents...)
	}
	return documents, nil
}
