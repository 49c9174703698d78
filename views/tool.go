package views

import (
	"encoding/json"
	"strconv"
	"strings"

	"alleato/store"
)

// madeDocument is what a message knows of a document that it made.
type madeDocument struct {
	ID, Kind, Title string
	Version         int
	Count           int // of suggestions
}

func documentData(part store.Part) (d madeDocument) {
	data := part.Data
	if len(data) == 0 {
		data = part.Output
	}
	if json.Unmarshal(data, &d) != nil {
		return madeDocument{}
	}
	return d
}

// documentID is the document of a part that shows one, "" for another part.
func documentID(part store.Part) string {
	if part.Type != "data-document" {
		return ""
	}
	d := documentData(part)
	if !store.ValidID(d.ID) {
		return ""
	}
	return d.ID
}

// toolDoes is what the tools do while they run, by name.
var toolDoes = map[string]string{
	"createDocument": "Writing a document", "updateDocument": "Rewriting the document", "editDocument": "Editing the document",
	"requestSuggestions": "Looking for improvements",
}

func toolName(part store.Part) string {
	name, ok := strings.CutPrefix(part.Type, "tool-")
	if !ok {
		return "Tool"
	}
	if name == "requestSuggestions" && part.State == "output-available" {
		if n := documentData(part).Count; n != 1 {
			return strconv.Itoa(n) + " suggestions"
		}
		return "1 suggestion"
	}
	if does := toolDoes[name]; does != "" {
		return does
	}
	return name
}

func toolState(part store.Part) string {
	switch part.State {
	case "output-available":
		return "Done"
	case "output-error":
		return "Failed"
	}
	return "Running"
}

// toolHidden: what the tool did is shown by the card of its document.
func toolHidden(part store.Part) bool {
	name, _ := strings.CutPrefix(part.Type, "tool-")
	return part.State == "output-available" && toolDoes[name] != "" && name != "requestSuggestions"
}

// endedTool is a tool call as it is in a reply that has ended, of which it may not know.
func endedTool(m store.Message, part store.Part) store.Part {
	if m.Status != store.StatusStreaming && strings.HasPrefix(part.State, "input-") {
		part.State, part.ErrorText = "output-error", "Stopped."
	}
	return part
}
