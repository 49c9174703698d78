package ai

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"alleato/store"
)

// Action is something that a person may have done to a document with a press: a message about it.
type Action struct {
	Name, Label string
	Choices     []Choice // one of which goes with it; none: there is nothing to choose
	kinds       []string
	// tool is what does it when the model chooses none itself, as it calls none.
	tool string
	// wording is the message; the document's title stands for %s, and what was chosen for the second.
	wording string
}

// Choice is one of the ways in which an action can be done.
type Choice struct{ Name, Label string }

// These have no place in the menu: the console's button and a note's lead to them.
const (
	actionError     = "error"
	actionFinish    = "finish" // of a version that was cut off
	actionTranslate = "translate"
)

var levels = []Choice{{"a child of ten", "A child of ten"}, {"a pupil of fifteen", "A pupil of fifteen"}, {"an educated reader", "An educated reader"}, {"an expert of the field", "An expert of the field"}}

var targets = []Choice{{"Python", "Python"}, {"JavaScript", "JavaScript"}, {"TypeScript", "TypeScript"}, {"Go", "Go"}, {"Java", "Java"}, {"C#", "C#"}, {"C++", "C++"}, {"Rust", "Rust"}, {"SQL", "SQL"}, {"Bash", "Bash"}}

// actions are all there are. The demo model knows what to do by their first words.
var actions = []Action{
	{Name: "polish", Label: "Polish", kinds: []string{store.KindText}, tool: toolUpdate,
		wording: "Polish the document “%s”: better words, no mistakes. Keep its meaning, its structure and about its length."},
	{Name: "shorten", Label: "Shorten", kinds: []string{store.KindText}, tool: toolUpdate,
		wording: "Shorten the document “%s” to about half. Keep what matters."},
	{Name: "lengthen", Label: "Lengthen", kinds: []string{store.KindText}, tool: toolUpdate,
		wording: "Lengthen the document “%s” to about twice its length: more detail and examples, no padding."},
	{Name: "level", Label: "Reading level", kinds: []string{store.KindText}, tool: toolUpdate, Choices: levels,
		wording: "Rewrite the document “%s” for this reader: %s."},
	{Name: "comment", Label: "Add comments", kinds: []string{store.KindCode}, tool: toolUpdate,
		wording: "Update the document “%s”: add comments that say why, where that is not plain. Change nothing else."},
	{Name: "log", Label: "Add logs", kinds: []string{store.KindCode}, tool: toolUpdate,
		wording: "Update the document “%s”: add log lines that help to find out what goes on. Change nothing else."},
	{Name: "fix", Label: "Fix bugs", kinds: []string{store.KindCode}, tool: toolUpdate,
		wording: "Update the document “%s”: review the code, fix the bugs that you find, and say what they were."},
	{Name: actionTranslate, Label: "Translate to", kinds: []string{store.KindCode}, tool: toolUpdate, Choices: targets,
		wording: "Rewrite the document “%s” in another language: %s."},
	{Name: actionError, kinds: []string{store.KindCode}, tool: toolUpdate,
		wording: "Update the document “%s”: the code fails with the error below. Find out why, and fix it."},
	{Name: actionFinish, kinds: []string{store.KindText, store.KindCode, store.KindSheet, store.KindHTML}, tool: toolUpdate,
		wording: "Finish the document “%s”, which was cut off before its end. Go on from there, and keep what is there as it is."},
	{Name: "clean", Label: "Clean the data", kinds: []string{store.KindSheet}, tool: toolUpdate,
		wording: "Update the document “%s”: clean the data. One spelling for the same thing, dates and numbers in one form, no doubled or empty rows, no lost values."},
	{Name: "chart", Label: "Chart the data", kinds: []string{store.KindSheet}, tool: toolCreate,
		wording: "Make a new page document with a chart of the data in the document “%s”. The page can load nothing: draw it as an SVG, with a title, axes and a legend where one helps."},
	{Name: "redesign", Label: "Polish the design", kinds: []string{store.KindHTML}, tool: toolUpdate,
		wording: "Polish the document “%s”: a better layout, type and colours, light and dark, phone and desktop. Keep what it says and does."},
	{Name: "simplify", Label: "Simplify", kinds: []string{store.KindHTML}, tool: toolUpdate,
		wording: "Shorten the document “%s”: simplify its source. Keep how it looks and what it does."},
	{Name: "repair", Label: "Fix problems", kinds: []string{store.KindHTML}, tool: toolUpdate,
		wording: "Update the document “%s”: fix what is wrong with it, for people who use a keyboard or a screen reader too."},
	{Name: "suggest", Label: "Suggest improvements", kinds: []string{store.KindText, store.KindCode, store.KindSheet, store.KindHTML}, tool: toolSuggest,
		wording: "Suggest improvements of the document “%s”."},
}

// Actions are those that a document of the kind is offered.
func Actions(kind string) (offered []Action) {
	for _, a := range actions {
		if a.Name != actionError && a.Name != actionFinish && slices.Contains(a.kinds, kind) {
			offered = append(offered, a)
		}
	}
	return offered
}

// Ask is an action as somebody asks for it: Selection is the part of the document that it is about, "" for
// all of it; Failure is what its code failed with.
type Ask struct{ Action, Choice, Selection, Failure string }

const maxQuote = 20_000 // characters of a selection or an error

// Message is what the person says to the assistant by it.
func (a Ask) Message(d *store.Document) (string, error) {
	i := slices.IndexFunc(actions, func(known Action) bool { return known.Name == a.Action && slices.Contains(known.kinds, d.Kind) })
	if i < 0 {
		return "", store.Errorf(store.Invalid, "A document of the kind %s has no such action.", d.Kind).WithField("action")
	}
	action := actions[i]
	if action.Name == actionFinish && !d.Partial {
		return "", store.Errorf(store.Invalid, "The newest version of this document was not cut off.").WithField("action")
	}
	words := []any{oneLine(d.Title)}
	if len(action.Choices) > 0 {
		if !slices.ContainsFunc(action.Choices, func(c Choice) bool { return c.Name == a.Choice }) {
			return "", store.Errorf(store.Invalid, "Choose one of those that are offered.").WithField("choice")
		}
		words = append(words, a.Choice)
	}
	for field, text := range map[string]string{"selection": a.Selection, "error": a.Failure} {
		if utf8.RuneCountInString(text) > maxQuote {
			return "", store.Errorf(store.Invalid, "This may have %d characters at most.", maxQuote).WithField(field)
		}
	}
	message := fmt.Sprintf(action.wording, words...)
	if selection := strings.TrimSpace(clean(a.Selection)); selection != "" {
		message += " Only this part of it, and leave the rest as it is:\n\n" + quotation(selection)
	}
	if action.Name == actionError {
		if strings.TrimSpace(clean(a.Failure)) == "" {
			return "", store.Errorf(store.Invalid, "There is no error to fix.").WithField("error")
		}
		message += "\n\n" + quotation(strings.TrimSpace(clean(a.Failure)))
	}
	return message, nil
}

// quotation is a text as a quotation, which nothing in it can end.
func quotation(text string) string {
	return "> " + strings.ReplaceAll(text, "\n", "\n> ")
}

// about is the document that a question is about, and the action that it asks for, "" for none.
type about struct {
	document       *store.Document
	action, choice string
}

// aboutData is about as a part of the question keeps it.
type aboutData struct {
	documentData
	Action string `json:"action,omitempty"`
	Choice string `json:"choice,omitempty"`
}

// findAbout reads the document that the turn names, or that its question was about before.
func (r *Runner) findAbout(ctx context.Context, t Turn, p *plan) error {
	if t.Trigger == Submit {
		if t.DocumentID == "" {
			return nil
		}
		d, err := r.Store.Document(ctx, t.User.ID, t.DocumentID, 0)
		if err == nil && d.ChatID != nil && *d.ChatID != t.ChatID {
			err = store.Errorf(store.Conflict, "This document belongs to another chat.").WithHint("Write about it there.").WithField("documentId")
		}
		p.about = about{d, t.Action, t.Choice}
		return err
	}
	for _, part := range p.asked().Parts {
		var data aboutData
		if part.Type != "data-document" || json.Unmarshal(part.Data, &data) != nil {
			continue
		}
		d, err := r.Store.Document(ctx, t.User.ID, data.ID, 0)
		if err != nil && store.CodeOf(err) != store.NotFound {
			return err
		}
		if err == nil && deref(d.ChatID) == p.chat.ID {
			p.about = about{d, data.Action, data.Choice}
		}
	}
	return nil
}

// parts are what a question keeps of it.
func (a about) parts() []store.Part {
	if a.document == nil {
		return nil
	}
	data, err := json.Marshal(aboutData{dataOf(a.document), a.action, a.choice})
	if err != nil { // strings and a number
		return nil
	}
	return []store.Part{{Type: "data-document", Data: data}}
}

// opening is the call that does the action for a model that calls no tools, and a "" name where there is
// nothing to be done but to answer.
func (a about) opening(message string) (name string, arguments map[string]string) {
	i := slices.IndexFunc(actions, func(known Action) bool { return known.Name == a.action })
	if a.document == nil || i < 0 {
		return "", nil
	}
	switch id := a.document.ID; actions[i].tool {
	case toolSuggest:
		return toolSuggest, map[string]string{"documentId": id, "description": message}
	case toolCreate:
		return toolCreate, map[string]string{"title": "Chart of " + a.document.Title, "kind": store.KindHTML}
	default:
		return toolUpdate, map[string]string{"id": id, "description": message}
	}
}

// language is what the document is written in after the action, "" where that is not known.
func (a about) language() string {
	if a.action != actionTranslate {
		return ""
	}
	return strings.ToLower(a.choice)
}

// prompt shows a model the document that it is asked about.
func (a about) prompt() string {
	if a.document == nil || a.document.Kind == store.KindImage {
		return ""
	}
	return "\n\n" + enclosed("The document “"+oneLine(a.document.Title)+"” that the user speaks of", a.document.Text())
}
