package views

import (
	"strconv"
	"strings"

	"github.com/a-h/templ"

	"alleato/store"
)

// Show puts the messages of a branch into the view.
func (v *ChatView) Show(messages []store.Message) {
	v.Messages, v.MemoryFrom = messages, ""
	for _, m := range messages {
		if m.Role == "assistant" {
			v.MemoryFrom = memoryFrom(m)
		}
	}
}

func memoryFrom(m store.Message) string {
	if m.MemoryFrom == nil {
		return ""
	}
	return *m.MemoryFrom
}

// place is where a message stands among its siblings, from 0; of is how many there are.
func (v ChatView) place(m store.Message) (at int, siblings []string) {
	for i, id := range v.Forks[m.ID] {
		if id == m.ID {
			return i, v.Forks[m.ID]
		}
	}
	return 0, nil
}

func position(at int, siblings []string) string {
	return strconv.Itoa(at+1) + "/" + strconv.Itoa(len(siblings))
}

func sibling(siblings []string, at int) string {
	if at < 0 || at >= len(siblings) {
		return ""
	}
	return siblings[at]
}

// patching are the attributes of a form that changes a chat, with scripts and without.
func patching(p Page, chatID, target, swap string) templ.Attributes {
	url := p.URL("chatUpdate", chatID)
	return templ.Attributes{"method": "post", "action": url, "hx-patch": url, "hx-target": target, "hx-swap": swap, "hx-sync": "this:drop"}
}

func parentID(m store.Message) string {
	if m.ParentID == nil {
		return ""
	}
	return *m.ParentID
}

// provenance says quietly what wrote a reply and how much it was.
func provenance(m store.Message) string {
	var words []string
	if m.Model != nil && *m.Model != "" {
		words = append(words, *m.Model)
	}
	if in, out := m.Usage.InputTokens, m.Usage.OutputTokens; in != nil && out != nil {
		words = append(words, strconv.Itoa(*in)+" tokens in, "+strconv.Itoa(*out)+" out")
	}
	return strings.Join(words, " · ")
}
