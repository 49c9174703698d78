package model_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"alleato/ai/model"
	"alleato/ai/model/script"

	"github.com/google/go-cmp/cmp"
)

// sent is the body of the only request that a call made.
func sent(t *testing.T, ids []string, r model.Request) map[string]any {
	t.Helper()
	h := &script.Handler{Models: ids}
	if _, _, err := connected(t, h).Complete(t.Context(), r); err != nil {
		t.Fatal(err)
	}
	requests := h.Requests()
	if len(requests) != 1 || requests[0].Header.Get("Authorization") != "Bearer "+testKey {
		t.Fatalf("%d requests, %v", len(requests), requests[0].Header)
	}
	var body map[string]any
	if err := json.Unmarshal(requests[0].Body, &body); err != nil {
		t.Fatal(err)
	}
	return body
}

func TestRequest(t *testing.T) {
	zero, warm := float32(0), float32(0.5)
	got := sent(t, []string{"m"}, model.Request{
		Messages: []model.Message{
			{Role: "system", Text: "Be brief."},
			{Role: "user", Text: "What is this?", Images: []string{"data:image/png;base64,AAAA"}},
			{Role: "assistant", ToolCalls: []model.ToolCall{{ID: "c1", Name: "look", Arguments: `{"x":1}`}}},
			{Role: "tool", ToolCallID: "c1"},
		},
		Tools:     []model.Tool{{Name: "look", Description: "Look at it.", Parameters: json.RawMessage(`{"type":"object"}`)}, {Name: "wait"}},
		MaxTokens: 100, Temperature: &warm,
	})
	want := map[string]any{
		"model": "m", "stream": true, "stream_options": map[string]any{"include_usage": true}, "max_tokens": 100.0, "temperature": 0.5,
		"messages": []any{
			map[string]any{"role": "system", "content": "Be brief."},
			map[string]any{"role": "user", "content": []any{
				map[string]any{"type": "text", "text": "What is this?"},
				map[string]any{"type": "image_url", "image_url": map[string]any{"url": "data:image/png;base64,AAAA"}},
			}},
			map[string]any{"role": "assistant", "tool_calls": []any{map[string]any{
				"id": "c1", "type": "function", "function": map[string]any{"name": "look", "arguments": `{"x":1}`}}}},
			map[string]any{"role": "tool", "tool_call_id": "c1", "content": " "},
		},
		"tools": []any{
			map[string]any{"type": "function", "function": map[string]any{"name": "look", "description": "Look at it.", "parameters": map[string]any{"type": "object"}}},
			map[string]any{"type": "function", "function": map[string]any{"name": "wait", "parameters": map[string]any{"type": "object", "properties": map[string]any{}}}},
		},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	cold := sent(t, []string{"m"}, model.Request{Messages: []model.Message{{Role: "user", Text: "hi"}}, Temperature: &zero})
	if n, ok := cold["temperature"].(float64); !ok || n > 1e-30 {
		t.Errorf("temperature 0 was sent as %v", cold["temperature"])
	}
	fixed := sent(t, []string{"o3"}, model.Request{Messages: []model.Message{{Role: "user", Text: "hi"}}, MaxTokens: 100, Temperature: &warm})
	if fixed["max_completion_tokens"] != 100.0 || fixed["max_tokens"] != nil || fixed["temperature"] != nil {
		t.Errorf("got %v", fixed)
	}
}

func TestRequestWithoutStreamOptions(t *testing.T) {
	h := &script.Handler{Answer: func(r script.Request) script.Reply {
		if strings.Contains(string(r.Body), "stream_options") {
			return script.Reply{Status: http.StatusBadRequest, Body: errorBody("Unknown field: stream_options", "x")}
		}
		return script.Say("fine")
	}}
	c := connected(t, h)
	for want := 2; want <= 3; want++ { // asked twice the first time, then once
		if got := ask(t, c, "hi"); got.text != "fine" || got.err != nil || len(h.Requests()) != want {
			t.Errorf("got %q, %v, %d requests", got.text, got.err, len(h.Requests()))
		}
	}
}
