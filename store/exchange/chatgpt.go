package exchange

import (
	"encoding/json"
	"io"
	"strings"
	"time"
	"unicode/utf8"

	"alleato/store"
)

// foreign is a chat of ChatGPT's conversations.json (mapping) or of Open WebUI's export (chat).
type foreign struct {
	ID             string                 `json:"id"`
	ConversationID string                 `json:"conversation_id"`
	Title          string                 `json:"title"`
	CreateTime     float64                `json:"create_time"`
	UpdateTime     float64                `json:"update_time"`
	CurrentNode    string                 `json:"current_node"`
	Mapping        map[string]chatgptNode `json:"mapping"`
	IsStarred      bool                   `json:"is_starred"`

	Chat      *webuiChat `json:"chat"`
	Pinned    bool       `json:"pinned"`
	CreatedAt float64    `json:"created_at"`
	UpdatedAt float64    `json:"updated_at"`
}

type chatgptNode struct {
	Message *chatgptMessage `json:"message"`
	Parent  string          `json:"parent"`
}

type chatgptMessage struct {
	Author     struct{ Role string }
	CreateTime float64 `json:"create_time"`
	Recipient  string
	Content    struct {
		ContentType string            `json:"content_type"`
		Parts       []json.RawMessage `json:"parts"`
		Text        string            `json:"text"`
		Language    string            `json:"language"`
		Thoughts    []struct{ Summary, Content string }
	}
	Metadata struct {
		Hidden      bool   `json:"is_visually_hidden_from_conversation"`
		ModelSlug   string `json:"model_slug"`
		Attachments []struct {
			ID, Name string
			MimeType string `json:"mime_type"`
		}
	}
}

// chatgptPart is what stands between the texts of a message.
type chatgptPart struct {
	ContentType  string `json:"content_type"`
	AssetPointer string `json:"asset_pointer"`
	Text         string `json:"text"`
}

func (f *foreign) fromChatGPT(a *Archive, now time.Time) *Chat {
	c := newChat(ChatGPT, f.ConversationID)
	if c.ID == "" {
		c.ID = f.ID
	}
	c.Title, c.Pinned = f.Title, f.IsStarred
	c.CreatedAt = when(seconds(f.CreateTime), now, now)
	c.UpdatedAt = when(seconds(f.UpdateTime), c.CreatedAt, now)
	nodes := make([]*node, 0, len(f.Mapping))
	for id, n := range f.Mapping {
		nodes = append(nodes, c.chatgptNode(a, id, n))
	}
	c.grow(nodes, f.CurrentNode, true, now)
	return c
}

func (c *Chat) chatgptNode(a *Archive, id string, from chatgptNode) *node {
	n := &node{id: id, parent: from.Parent}
	m := from.Message
	if m == nil {
		return n
	}
	n.at, n.model = seconds(m.CreateTime), m.Metadata.ModelSlug
	kind := m.Content.ContentType
	switch role := m.Author.Role; {
	case role == "system" || m.Metadata.Hidden || strings.HasSuffix(kind, "_editable_context"):
		c.Left.add(LeftSystem, 1)
	case kind == "reasoning_recap":
		c.Left.add(LeftRecaps, 1)
	case (role != "user" && role != "assistant") || (m.Recipient != "" && m.Recipient != "all"):
		c.Left.add(LeftTools, 1)
	default:
		if n.parts = c.tidy(c.chatgptParts(a, m)); len(n.parts) > 0 {
			n.role = role
		} else {
			c.Left.add(LeftEmpty, 1)
		}
	}
	return n
}

// maxCitation is how long what stands for a source may be, in characters.
const maxCitation = 400

// withoutCitations leaves out how ChatGPT marks a source that the file does not have, between two characters
// of private use.
func withoutCitations(text string) string {
	const begin, end = "\ue200", "\ue201"
	var b strings.Builder
	for {
		before, after, found := strings.Cut(text, end)
		if !found {
			b.WriteString(text)
			return b.String()
		}
		at := strings.LastIndex(before, begin)
		if at >= 0 && utf8.RuneCountInString(before[at:]) <= 1+maxCitation {
			b.WriteString(before[:at])
		} else {
			b.WriteString(before + end)
		}
		text = after
	}
}

func (c *Chat) chatgptParts(a *Archive, m *chatgptMessage) []store.Part {
	switch m.Content.ContentType {
	case "thoughts":
		var thoughts []string
		for _, t := range m.Content.Thoughts {
			if t.Summary != "" {
				thoughts = append(thoughts, "**"+t.Summary+"**")
			}
			if t.Content != "" {
				thoughts = append(thoughts, t.Content)
			}
		}
		return []store.Part{{Type: "reasoning", Text: strings.Join(thoughts, "\n\n")}}
	case "code":
		return []store.Part{{Type: "text", Text: fenced(m.Content.Text, m.Content.Language)}}
	}
	var texts []string
	var files []store.Part
	pictures := map[string]bool{}
	for _, raw := range m.Content.Parts {
		var text string
		var part chatgptPart
		switch {
		case json.Unmarshal(raw, &text) == nil:
		case json.Unmarshal(raw, &part) != nil:
			c.Left.add(LeftParts, 1)
		case part.ContentType == "image_asset_pointer":
			_, id, _ := strings.Cut(part.AssetPointer, "://")
			pictures[id] = true
			files = append(files, c.asset(a, id, "", "image/png"))
		case part.ContentType == "audio_transcription":
			text = part.Text
		default:
			c.Left.add(LeftParts, 1)
		}
		if text != "" {
			texts = append(texts, withoutCitations(text))
		}
	}
	for _, file := range m.Metadata.Attachments {
		if !pictures[file.ID] {
			files = append(files, c.asset(a, file.ID, file.Name, file.MimeType))
		}
	}
	return append([]store.Part{{Type: "text", Text: strings.Join(texts, "\n")}}, files...)
}

// fenced makes a block of code, whose fence is longer than any in it.
func fenced(text, language string) string {
	if text == "" {
		return ""
	}
	longest, run := 2, 0
	for i := range len(text) {
		if run++; text[i] != '`' {
			run = 0
		}
		longest = max(longest, run)
	}
	fence := strings.Repeat("`", longest+1)
	if language == "unknown" || strings.ContainsAny(language, "`\n ") {
		language = ""
	}
	return fence + language + "\n" + text + "\n" + fence
}

// asset is a part for a file that may be in the archive.
func (c *Chat) asset(a *Archive, id, name, kind string) store.Part {
	if entry := a.assets[id]; entry != nil {
		if name == "" {
			name = baseName(entry.Name)
		}
		c.Files[id] = Attachment{Name: fileName(name), Open: func() (io.ReadCloser, error) { return a.open(entry) }}
	}
	if name == "" {
		name = "Picture"
	}
	return store.Part{Type: "file", FileID: id, Filename: name, MediaType: kind}
}
