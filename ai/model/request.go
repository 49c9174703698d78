package model

import (
	"encoding/json"
	"math"
	"strings"

	openai "github.com/sashabaranov/go-openai"
)

// fixedSampling begins the ids of models that take neither max_tokens nor a
// temperature; the library refuses such a request before it is sent.
var fixedSampling = []string{"o1", "o3", "o4", "gpt-5", "gpt-6"}

// wireRequest puts a request into the library's form, for the model id that the
// provider knows.
func wireRequest(id string, r Request, withUsage bool) openai.ChatCompletionRequest {
	out := openai.ChatCompletionRequest{Model: id, Stream: true, MaxTokens: r.MaxTokens}
	if withUsage {
		out.StreamOptions = &openai.StreamOptions{IncludeUsage: true}
	}
	if r.Temperature != nil {
		// The library leaves 0 out; the smallest number above it means the same.
		out.Temperature = max(*r.Temperature, math.SmallestNonzeroFloat32)
	}
	if hasFixedSampling(id) {
		out.MaxTokens, out.MaxCompletionTokens, out.Temperature = 0, r.MaxTokens, 0
	}
	for _, m := range r.Messages {
		out.Messages = append(out.Messages, wireMessage(m))
	}
	for _, t := range r.Tools {
		out.Tools = append(out.Tools, wireTool(t))
	}
	return out
}

func hasFixedSampling(id string) bool {
	for _, prefix := range fixedSampling {
		if strings.HasPrefix(id, prefix) {
			return true
		}
	}
	return false
}

func wireMessage(m Message) openai.ChatCompletionMessage {
	out := openai.ChatCompletionMessage{Role: m.Role, Name: m.Name, ToolCallID: m.ToolCallID}
	for _, c := range m.ToolCalls {
		out.ToolCalls = append(out.ToolCalls, openai.ToolCall{
			ID: c.ID, Type: openai.ToolTypeFunction,
			Function: openai.FunctionCall{Name: c.Name, Arguments: c.Arguments},
		})
	}
	if len(m.Images) > 0 {
		out.MultiContent = wireParts(m)
		return out
	}
	out.Content = m.Text
	if out.Content == "" && len(out.ToolCalls) == 0 {
		out.Content = " " // the library leaves "" out, and providers refuse a message without content
	}
	return out
}

func wireParts(m Message) []openai.ChatMessagePart {
	var parts []openai.ChatMessagePart
	if m.Text != "" {
		parts = append(parts, openai.ChatMessagePart{Type: openai.ChatMessagePartTypeText, Text: m.Text})
	}
	for _, url := range m.Images {
		parts = append(parts, openai.ChatMessagePart{
			Type: openai.ChatMessagePartTypeImageURL, ImageURL: &openai.ChatMessageImageURL{URL: url},
		})
	}
	return parts
}

func wireTool(t Tool) openai.Tool {
	parameters := t.Parameters
	if len(parameters) == 0 {
		parameters = json.RawMessage(`{"type":"object","properties":{}}`)
	}
	return openai.Tool{Type: openai.ToolTypeFunction, Function: &openai.FunctionDefinition{
		Name: t.Name, Description: t.Description, Parameters: parameters,
	}}
}
