package handlers

import (
	"slices"
	"strings"
)

// chunk is one kind of entry of a reply's stream, or of part of a message: its fields beside type, those that
// may be missing last. A kind that ends in * is every type that begins so.
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
	return choice("An entry of a reply's stream. The last line of data is [DONE], which is not JSON.", chunks)
}

// partSchema describes the parts of a message, whose Go type has the fields of them all.
func partSchema() schema {
	say := func(kind, field string) schema { return schema{"type": kind, "description": fieldText("Part", field)} }
	whatever := func(field string) schema { return schema{"description": fieldText("Part", field)} }
	state := func(states ...any) schema {
		return schema{"type": "string", "enum": states, "description": fieldText("Part", "state")}
	}
	text, written := map[string]schema{"text": say("string", "text")}, state("streaming", "done")
	return choice(typeTexts["Part"], []chunk{
		{"text", text, map[string]schema{"state": written, "providerMetadata": say("object", "providerMetadata")}},
		{"reasoning", text, map[string]schema{"state": written, "providerMetadata": say("object", "providerMetadata")}},
		// without url: what the file was is known, the file is gone
		{"file", map[string]schema{"mediaType": say("string", "mediaType")}, map[string]schema{"url": say("string", "url"),
			"filename": say("string", "filename"), "fileId": say("string", "fileId"), "providerMetadata": say("object", "providerMetadata")}},
		{"step-start", nil, nil},
		{"tool-*", map[string]schema{"toolCallId": say("string", "toolCallId"), "state": state("input-streaming", "input-available", "output-available", "output-error")},
			map[string]schema{"input": whatever("input"), "output": whatever("output"), "errorText": say("string", "errorText")}},
		{"data-*", map[string]schema{"data": whatever("data")}, map[string]schema{"id": say("string", "id")}},
	})
}

func choice(text string, chunks []chunk) schema {
	var kinds []schema
	for _, c := range chunks {
		kinds = append(kinds, c.schema())
	}
	return schema{"description": text, "oneOf": kinds}
}

func (c chunk) schema() schema {
	kind := schema{"const": c.kind}
	if stem, open := strings.CutSuffix(c.kind, "*"); open {
		kind = schema{"type": "string", "pattern": "^" + stem}
	}
	properties, required := schema{"type": kind}, []string{"type"}
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
