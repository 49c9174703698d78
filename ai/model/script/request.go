package script

import (
	"encoding/json"
	"net/http"
	"strings"
)

// Request is a chat completion as the handler understood it.
type Request struct {
	Model    string
	Stream   bool
	Messages []Message
	Tools    []string    // names of the offered functions
	Header   http.Header // as received
	Remote   string      // the caller's address and port: tells connections apart
	Body     []byte      // as received
}

// Message is one message of a request; Text joins its text parts.
type Message struct {
	Role, Text string
	Images     []string // URLs of its image parts
	ToolCallID string
}

// Last returns the text of the last message of this role, "" when there is none.
func (r Request) Last(role string) string {
	for i := len(r.Messages) - 1; i >= 0; i-- {
		if r.Messages[i].Role == role {
			return r.Messages[i].Text
		}
	}
	return ""
}

type wireRequest struct {
	Model    string        `json:"model"`
	Stream   bool          `json:"stream"`
	Messages []wireMessage `json:"messages"`
	Tools    []struct {
		Function struct {
			Name string `json:"name"`
		} `json:"function"`
	} `json:"tools"`
}

type wireMessage struct {
	Role       string          `json:"role"`
	Content    json.RawMessage `json:"content"`
	ToolCallID string          `json:"tool_call_id"`
}

type wirePart struct {
	Type     string `json:"type"`
	Text     string `json:"text"`
	ImageURL struct {
		URL string `json:"url"`
	} `json:"image_url"`
}

func parseRequest(body []byte, r *http.Request) (Request, error) {
	var in wireRequest
	if err := json.Unmarshal(body, &in); err != nil {
		return Request{}, err
	}
	out := Request{Model: in.Model, Stream: in.Stream, Header: r.Header.Clone(), Remote: r.RemoteAddr, Body: body}
	for _, m := range in.Messages {
		out.Messages = append(out.Messages, m.message())
	}
	for _, t := range in.Tools {
		out.Tools = append(out.Tools, t.Function.Name)
	}
	return out, nil
}

// message reads the content both ways in which the protocol allows it: one
// string, or a list of typed parts. Anything else counts as no content.
func (m wireMessage) message() Message {
	out := Message{Role: m.Role, ToolCallID: m.ToolCallID}
	if json.Unmarshal(m.Content, &out.Text) == nil {
		return out
	}
	var parts []wirePart
	if json.Unmarshal(m.Content, &parts) != nil {
		return out
	}
	var texts []string
	for _, p := range parts {
		if p.Type == "text" {
			texts = append(texts, p.Text)
		} else if p.ImageURL.URL != "" {
			out.Images = append(out.Images, p.ImageURL.URL)
		}
	}
	out.Text = strings.Join(texts, "\n")
	return out
}
