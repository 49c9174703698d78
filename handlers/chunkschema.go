package handlers

import "slices"

// chunk is one kind of entry of a reply's stream: its fields beside type, those that may be missing last.
type chunk struct {
	kind             string
	required, option map[string]schema
}

// chunkSchema describes the entries of an event stream: the chunks of the UI message stream protocol of the
// npm package ai. They hold no further field: older clients end the stream on one.
func chunkSchema() schema {
	text, anything, flag := schema{"type": "string"}, schema{}, schema{"type": "boolean"}
	id := map[string]schema{"id": text}
	metadata := map[string]schema{"providerMetadata": {"type": "object"}}
	tool := map[string]schema{"toolCallId": text, "toolName": text}
	data := func(fields ...string) map[string]schema {
		properties := schema{}
		for _, f := range fields {
			properties[f] = text
			if f == "version" {
				properties[f] = schema{"type": "integer"}
			}
		}
		return map[string]schema{"data": {"type": "object", "required": fields, "properties": properties}}
	}
	chunks := []chunk{
		{"start", map[string]schema{"messageId": text}, nil},
		{"start-step", nil, nil}, {"finish-step", nil, nil}, {"abort", nil, nil},
		{"text-start", id, nil}, {"text-delta", map[string]schema{"id": text, "delta": text}, nil}, {"text-end", id, metadata},
		{"reasoning-start", id, nil}, {"reasoning-delta", map[string]schema{"id": text, "delta": text}, nil}, {"reasoning-end", id, metadata},
		{"tool-input-start", tool, nil}, {"tool-input-delta", map[string]schema{"toolCallId": text, "inputTextDelta": text}, nil},
		{"tool-input-available", map[string]schema{"toolCallId": text, "toolName": text, "input": anything}, nil},
		{"tool-input-error", map[string]schema{"toolCallId": text, "toolName": text, "input": anything, "errorText": text}, nil},
		{"tool-output-available", map[string]schema{"toolCallId": text, "output": anything}, nil},
		{"tool-output-error", map[string]schema{"toolCallId": text, "errorText": text}, nil},
		{"data-title", data("chatId", "title"), nil},
		{"data-document", data("id", "kind", "title", "version"), map[string]schema{"id": text}},
		{"data-document-delta", data("id", "delta"), map[string]schema{"transient": flag}},
		{"error", map[string]schema{"errorText": text}, nil},
		{"finish", map[string]schema{"finishReason": {"type": "string", "enum": []any{"stop", "length", "content-filter", "tool-calls", "error", "other"}}},
			map[string]schema{"messageMetadata": {"type": "object", "required": []string{"model", "usage"}, "additionalProperties": false,
				"properties": schema{"model": text, "usage": schema{"$ref": "#/components/schemas/Usage"}}}}},
	}
	var kinds []schema
	for _, c := range chunks {
		kinds = append(kinds, c.schema())
	}
	return schema{"description": "An entry of a reply's stream. The last line of data is [DONE], which is not JSON.", "oneOf": kinds}
}

func (c chunk) schema() schema {
	properties, required := schema{"type": schema{"const": c.kind}}, []string{"type"}
	for name, s := range c.required {
		properties[name] = s
		required = append(required, name)
	}
	slices.Sort(required[1:]) // the document is the same each time: its ETag says so
	for name, s := range c.option {
		properties[name] = s
	}
	return schema{"type": "object", "title": c.kind, "properties": properties, "required": required, "additionalProperties": false}
}

// eventContent is an answer that is an event stream. OpenAPI 3.1 has no word for the entries of one; the
// nearest is JSON Schema's for what a text holds.
func eventContent() schema {
	return schema{"example": streamExample, "schema": schema{"type": "string", "contentMediaType": eventStreamType,
		"contentSchema": schema{"$ref": "#/components/schemas/StreamChunk"}}}
}
