package store

import (
	"encoding/json"
	"errors"
	"strings"

	"github.com/tidwall/gjson"
)

// Part is one part of a UI message: text, reasoning, file, a tool call, data.
type Part struct {
	Type       string          `json:"type"`
	ID         string          `json:"id,omitempty"`
	Text       string          `json:"text,omitempty"`
	State      string          `json:"state,omitempty"`
	MediaType  string          `json:"mediaType,omitempty"`
	URL        string          `json:"url,omitempty"`
	Filename   string          `json:"filename,omitempty"`
	FileID     string          `json:"fileId,omitempty"`
	ToolCallID string          `json:"toolCallId,omitempty"`
	Input      json.RawMessage `json:"input,omitempty"`
	Output     json.RawMessage `json:"output,omitempty"`
	Data       json.RawMessage `json:"data,omitempty"`
	ErrorText  string          `json:"errorText,omitempty"`
	// Size and ThumbnailURL are of a file's row, and filled in for a page: the file is the truth.
	Size         int64  `json:"-"` // bytes
	ThumbnailURL string `json:"-"`
	// Partial is of a document's row: the version that the part shows was cut off.
	Partial bool `json:"-"`
	// ProviderMetadata is the protocol's place for what it has no field for:
	// under "alleato", how many seconds the model reasoned.
	ProviderMetadata json.RawMessage `json:"providerMetadata,omitempty"`
}

type plainPart Part

// MarshalJSON writes text and reasoning parts with "text" even when it is
// empty: clients refuse such a part without it.
func (p Part) MarshalJSON() ([]byte, error) {
	if p.Type != "text" && p.Type != "reasoning" {
		return json.Marshal((*plainPart)(&p))
	}
	return json.Marshal(struct {
		Type string `json:"type"`
		Text string `json:"text"`
		*plainPart
	}{p.Type, p.Text, (*plainPart)(&p)})
}

// PlainText is what a person would read in the parts, and what search indexes:
// the text parts, a blank line between them, without reasoning or tools.
func PlainText(parts []Part) string {
	var texts []string
	for i := range parts {
		if parts[i].Type == "text" && parts[i].Text != "" {
			texts = append(texts, parts[i].Text)
		}
	}
	return strings.Join(texts, "\n\n")
}

// marshalParts makes the text of the column, without the characters that it
// cannot hold.
func marshalParts(parts []Part) (string, error) {
	if len(parts) == 0 {
		return "[]", nil
	}
	b, err := json.Marshal(parts)
	if err != nil {
		return "", err
	}
	return cleanJSON(b), nil
}

// parseParts reads the column. A page reads fifty of them, and encoding/json
// would take more time than SQLite does; we wrote the text ourselves, so there
// is little to check.
func parseParts(b []byte) ([]Part, error) {
	if !gjson.ValidBytes(b) {
		return nil, errors.New("store: the parts are not JSON")
	}
	parts := []Part{}
	gjson.ParseBytes(b).ForEach(func(_, value gjson.Result) bool {
		parts = append(parts, parsePart(value))
		return true
	})
	return parts, nil
}

func parsePart(object gjson.Result) (p Part) {
	object.ForEach(func(key, value gjson.Result) bool {
		p.set(key.Str, value)
		return true
	})
	return p
}

func (p *Part) set(key string, value gjson.Result) {
	switch key {
	case "type":
		p.Type = value.Str
	case "id":
		p.ID = value.Str
	case "text":
		p.Text = value.Str
	case "state":
		p.State = value.Str
	case "mediaType":
		p.MediaType = value.Str
	case "url":
		p.URL = value.Str
	case "filename":
		p.Filename = value.Str
	case "fileId":
		p.FileID = value.Str
	case "toolCallId":
		p.ToolCallID = value.Str
	case "errorText":
		p.ErrorText = value.Str
	case "input":
		p.Input = json.RawMessage(value.Raw)
	case "output":
		p.Output = json.RawMessage(value.Raw)
	case "data":
		p.Data = json.RawMessage(value.Raw)
	case "providerMetadata":
		p.ProviderMetadata = json.RawMessage(value.Raw)
	}
}
