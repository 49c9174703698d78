package exchange

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"html"
	"io"
	"regexp"
	"strings"
	"time"

	"alleato/store"
)

// webuiChat is the chat in an entry of Open WebUI's export. The tree in history is the whole; messages is
// the branch that shows, which old files have alone.
type webuiChat struct {
	ID      string   `json:"id"`
	Title   string   `json:"title"`
	Models  []string `json:"models"`
	History struct {
		CurrentID string                  `json:"currentId"`
		Messages  map[string]webuiMessage `json:"messages"`
	} `json:"history"`
	Messages  []webuiMessage `json:"messages"`
	Timestamp float64        `json:"timestamp"`
}

type webuiMessage struct {
	ID        string          `json:"id"`
	ParentID  string          `json:"parentId"`
	Role      string          `json:"role"`
	Content   json.RawMessage `json:"content"`
	Model     string          `json:"model"`
	Timestamp float64         `json:"timestamp"`
	Files     []struct {
		Type, URL, Name string
	} `json:"files"`
}

func (f *foreign) fromWebUI(now time.Time) *Chat {
	c := newChat(OpenWebUI, f.ID)
	if c.ID == "" {
		c.ID = f.Chat.ID
	}
	c.Title, c.Pinned = f.Title, f.Pinned
	if c.Title == "" {
		c.Title = f.Chat.Title
	}
	c.CreatedAt = when(seconds(f.CreatedAt), when(seconds(f.Chat.Timestamp), now, now), now)
	c.UpdatedAt = when(seconds(f.UpdatedAt), c.CreatedAt, now)
	current := f.Chat.History.CurrentID
	var nodes []*node
	for id, m := range f.Chat.History.Messages {
		nodes = append(nodes, c.webuiNode(id, m.ParentID, m))
	}
	if len(nodes) == 0 {
		for i, m := range f.Chat.Messages {
			id, parent := fmt.Sprintf("m%06d", i), ""
			if i > 0 {
				parent = nodes[i-1].id
			}
			nodes, current = append(nodes, c.webuiNode(id, parent, m)), id
		}
	}
	c.grow(nodes, current, false, now)
	return c
}

func (c *Chat) webuiNode(id, parent string, m webuiMessage) *node {
	n := &node{id: id, parent: parent, at: seconds(m.Timestamp), model: m.Model}
	switch {
	case m.Role == "system":
		c.Left.add(LeftSystem, 1)
		return n
	case m.Role != "user" && m.Role != "assistant":
		c.Left.add(LeftTools, 1)
		return n
	}
	parts := c.webuiText(m.Content)
	for i, file := range m.Files {
		part := store.Part{Type: "file", FileID: fmt.Sprintf("%s/%d", id, i), Filename: file.Name}
		if kind, open := dataURL(file.URL); open != nil {
			if part.MediaType = kind; part.Filename == "" {
				part.Filename = "Picture"
			}
			c.Files[part.FileID] = Attachment{Name: fileName(part.Filename), Open: open}
		} else if file.Type == "image" {
			part.MediaType = "image/png"
		}
		parts = append(parts, part)
	}
	if n.parts = c.tidy(parts); len(n.parts) == 0 {
		c.Left.add(LeftEmpty, 1)
		return n
	}
	n.role = m.Role
	return n
}

var quoteMark = regexp.MustCompile(`(?m)^> ?`)

func (c *Chat) webuiText(content json.RawMessage) []store.Part {
	var text string
	var list []struct{ Type, Text string }
	if json.Unmarshal(content, &text) != nil && json.Unmarshal(content, &list) == nil {
		var b strings.Builder
		for _, p := range list {
			if p.Type == "text" {
				b.WriteString(p.Text)
			} else {
				c.Left.add(LeftParts, 1)
			}
		}
		text = b.String()
	}
	parts, text := c.webuiDetails(text)
	return append(parts, store.Part{Type: "text", Text: strings.TrimSpace(text)})
}

// webuiDetails takes out what Open WebUI keeps in the text of a reply, as HTML, and was no text of it. It is
// no regular expression: one would look for the end of each to the end of the text, again and again.
func (c *Chat) webuiDetails(text string) (parts []store.Part, rest string) {
	const mark, end = `<details type="`, `</details>`
	var b strings.Builder
	for {
		before, after, found := strings.Cut(text, mark)
		b.WriteString(before)
		if !found {
			return parts, b.String()
		}
		kind, body := webuiKind(after)
		if kind == "" {
			b.WriteString(mark)
			text = after
			continue
		}
		_, body, whole := strings.Cut(body, ">")
		if body, text, found = strings.Cut(body, end); !whole || !found { // nor has any other after it an end
			return parts, b.String() + mark + after
		}
		text = strings.TrimLeft(text, " \t\r\n")
		if kind != "reasoning" {
			c.Left.add(LeftTools, 1)
		} else if len(parts) < maxParts {
			thought := quoteMark.ReplaceAllString(strings.TrimSpace(html.UnescapeString(withoutSummary(body))), "")
			parts = append(parts, store.Part{Type: "reasoning", Text: thought})
		}
	}
}

// webuiKind reads the kind that a text begins with, "" for none that is known.
func webuiKind(s string) (kind, rest string) {
	for _, kind := range []string{"reasoning", "tool_calls", "code_interpreter"} {
		if rest, is := strings.CutPrefix(s, kind+`"`); is {
			return kind, rest
		}
	}
	return "", s
}

func withoutSummary(body string) string {
	if summary, is := strings.CutPrefix(strings.TrimSpace(body), "<summary>"); is {
		if _, rest, found := strings.Cut(summary, "</summary>"); found {
			return rest
		}
	}
	return body
}

// dataURL reads the address of a picture that holds its bytes.
func dataURL(address string) (kind string, open func() (io.ReadCloser, error)) {
	rest, isData := strings.CutPrefix(address, "data:")
	head, encoded, found := strings.Cut(rest, ",")
	kind, isBase64 := strings.CutSuffix(head, ";base64")
	if !isData || !found || !isBase64 {
		return "", nil
	}
	return kind, func() (io.ReadCloser, error) {
		return io.NopCloser(base64.NewDecoder(base64.StdEncoding, strings.NewReader(encoded))), nil
	}
}
