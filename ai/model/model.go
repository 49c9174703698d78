// Package model speaks to language models. It owns the catalogue of models on
// offer, the OpenAI-compatible client with its retries and limits, and the
// built-in demo model. It knows nothing of chats, users, SQL or HTML, and must
// not import any other package of ours than its own ai/model/script.
package model

import "encoding/json"

// Info describes one model on offer; its JSON is the API's noun `model`.
type Info struct {
	ID           string       `json:"id"`
	Label        string       `json:"label"`
	Provider     string       `json:"provider"`
	Capabilities Capabilities `json:"capabilities"`
	// ContextWindow is in tokens: what the provider says, else a cautious guess; never 0.
	ContextWindow int `json:"contextWindow"`
}

// Capabilities says what a model can be asked for beyond plain text.
type Capabilities struct {
	Tools     bool `json:"tools"`
	Images    bool `json:"images"`
	Reasoning bool `json:"reasoning"`
}

// Message is one turn of the conversation sent to a model.
type Message struct {
	Role       string     // system, user, assistant or tool
	Text       string     // may be empty when there are images or tool calls
	Images     []string   // data URLs; user messages only
	Name       string     // optional name of the speaker
	ToolCalls  []ToolCall // assistant messages: what it asked for
	ToolCallID string     // tool messages: which call this answers
}

// ToolCall is a finished call of a tool; Arguments is JSON as the model wrote it.
type ToolCall struct{ ID, Name, Arguments string }

// Tool is a function offered to the model; Parameters is a JSON schema.
type Tool struct {
	Name, Description string
	Parameters        json.RawMessage
}

// Request is one call of a model. An empty Model means the default one;
// MaxTokens 0 and Temperature nil leave the choice to the provider.
type Request struct {
	Model       string
	Messages    []Message
	Tools       []Tool
	MaxTokens   int
	Temperature *float32
}

// Usage counts tokens as the provider reports them.
type Usage struct{ InputTokens, OutputTokens int }

// Delta is one step of a reply. Reasoning comes before Text when both are set.
// The last delta before io.EOF, and only that, carries FinishReason
// (stop, length, content-filter, tool-calls or other) and, if known, Usage.
type Delta struct {
	Text, Reasoning string
	ToolCalls       []ToolCallDelta
	FinishReason    string
	Usage           *Usage
}

// ToolCallDelta is a piece of one tool call. Index tells calls of one reply
// apart; ID and Name come with the first piece, Arguments is to be appended.
type ToolCallDelta struct {
	Index               int
	ID, Name, Arguments string
}
