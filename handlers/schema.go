package handlers

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"time"

	"alleato/ai/model"
	"alleato/store"
)

// schema is a JSON Schema of the 2020-12 dialect, which OpenAPI 3.1 speaks.
type schema map[string]any

// schemas makes schemas of Go types by their json and validate tags. A named struct becomes a component
// that others refer to, so that a client made from the document has types with names.
type schemas struct {
	components map[string]schema
	types      map[string]reflect.Type
}

// wireTypes are what types with a JSON of their own look like on the wire.
var wireTypes = map[reflect.Type]reflect.Type{reflect.TypeFor[store.Vote](): reflect.TypeFor[voteWire]()}

type voteWire struct {
	ChatID    string `json:"chatId"`
	MessageID string `json:"messageId"`
	Type      string `json:"type"`
}

// typeNames are the components that are not called as their Go types.
var typeNames = map[reflect.Type]string{
	reflect.TypeFor[voteWire](): "Vote", reflect.TypeFor[model.Info](): "Model", reflect.TypeFor[store.Result](): "SearchResult",
	reflect.TypeFor[status](): "Status", reflect.TypeFor[store.APIKey](): "ApiKey",
}

func newSchemas() *schemas {
	return &schemas{components: map[string]schema{}, types: map[string]reflect.Type{}}
}

// of is the schema of a type. Of what clients send, only what a rule asks for is required; of what we
// answer, everything that is not left out when empty.
func (b *schemas) of(t reflect.Type, input bool) schema {
	if wire, ok := wireTypes[t]; ok {
		t = wire
	}
	switch {
	case t == reflect.TypeFor[time.Time]():
		return schema{"type": "string", "format": "date-time"}
	case t == reflect.TypeFor[json.RawMessage]():
		return schema{}
	}
	switch t.Kind() {
	case reflect.Pointer:
		return nullable(b.of(t.Elem(), input))
	case reflect.Struct:
		return b.component(t, input)
	case reflect.Slice, reflect.Array:
		return schema{"type": "array", "items": b.of(t.Elem(), input)}
	case reflect.Map:
		return schema{"type": "object", "additionalProperties": b.of(t.Elem(), input)}
	case reflect.String:
		return schema{"type": "string"}
	case reflect.Bool:
		return schema{"type": "boolean"}
	case reflect.Float32, reflect.Float64:
		return schema{"type": "number"}
	case reflect.Interface:
		return schema{}
	}
	return schema{"type": "integer"}
}

func nullable(s schema) schema {
	if kind, ok := s["type"].(string); ok && s["enum"] == nil {
		s["type"] = []string{kind, "null"}
		return s
	}
	return schema{"anyOf": []schema{s, {"type": "null"}}}
}

func (b *schemas) component(t reflect.Type, input bool) schema {
	name := componentName(t)
	if name == "" {
		return b.object("", t, input)
	}
	if known, ok := b.types[name]; ok && known != t {
		panic(fmt.Sprintf("two types would be the component %s: %s and %s", name, known, t))
	}
	if _, ok := b.types[name]; !ok {
		b.types[name] = t // before its fields, which may refer to it
		b.components[name] = b.object(name, t, input)
	}
	return schema{"$ref": "#/components/schemas/" + name}
}

// componentName is the type's own: chatOut is ChatAnswer, chatIn is ChatInput.
func componentName(t reflect.Type) string {
	if name := typeNames[t]; name != "" || t.Name() == "" {
		return name
	}
	name := strings.ToUpper(t.Name()[:1]) + t.Name()[1:]
	if stem, ok := strings.CutSuffix(name, "Out"); ok {
		return stem + "Answer"
	}
	if stem, ok := strings.CutSuffix(name, "In"); ok {
		return stem + "Input"
	}
	return name
}

func (b *schemas) object(name string, t reflect.Type, input bool) schema {
	properties, required := schema{}, []string{}
	b.fields(name, t, input, properties, &required)
	s := schema{"type": "object", "properties": properties}
	if len(required) > 0 {
		s["required"] = required
	}
	if text := typeTexts[name]; text != "" {
		s["description"] = text
	}
	return s
}

// fields adds a struct's fields, those of embedded structs among them, as encoding/json does.
func (b *schemas) fields(name string, t reflect.Type, input bool, properties schema, required *[]string) {
	for i := range t.NumField() {
		f := t.Field(i)
		tag, options, _ := strings.Cut(f.Tag.Get("json"), ",")
		if f.Anonymous && tag == "" {
			embedded := f.Type
			if embedded.Kind() == reflect.Pointer {
				embedded = embedded.Elem()
			}
			b.fields(componentName(embedded), embedded, input, properties, required)
			continue
		}
		if !f.IsExported() || tag == "-" || tag == "" {
			continue
		}
		rules, fieldType := f.Tag.Get("validate"), f.Type
		if fieldType.Kind() == reflect.Pointer {
			about := isEnvelope(t) && fieldType.Elem().Kind() == reflect.Struct
			if (input && hasRule(rules, "required")) || (!input && (about || strings.Contains(options, "omitempty"))) {
				fieldType = fieldType.Elem() // never null
			}
		}
		s := b.of(fieldType, input)
		s = ruled(s, rules)
		describe(s, name, tag)
		properties[tag] = s
		if (input && hasRule(rules, "required")) || (!input && !strings.Contains(options, "omitempty")) {
			*required = append(*required, tag)
		}
	}
}

// isEnvelope says whether a type is an answer around what it is about, which is never missing: in its place
// there would be a refusal.
func isEnvelope(t reflect.Type) bool {
	for _, end := range []string{"Out", "Shown", "Created", "Resolved"} {
		if strings.HasSuffix(t.Name(), end) {
			return true
		}
	}
	return false
}

func hasRule(rules, name string) bool {
	for rule := range strings.SplitSeq(rules, ",") {
		if rule == name {
			return true
		}
	}
	return false
}

// ruled adds what a validate tag says.
func ruled(s schema, rules string) schema {
	for rule := range strings.SplitSeq(rules, ",") {
		name, value, _ := strings.Cut(rule, "=")
		n, _ := strconv.Atoi(value)
		switch name {
		case "email":
			s["format"] = "email"
		case "min":
			s["minLength"] = n
		case "max":
			s["maxLength"] = n
		case "oneof":
			values := []any{}
			for _, v := range strings.Fields(value) {
				values = append(values, v)
			}
			if _, isList := s["type"].([]string); isList {
				values = append(values, nil)
			}
			s["enum"] = values
		}
	}
	return s
}

// describe adds the text, the values and the example of a field. Text beside a reference is allowed
// in 3.1.
func describe(s schema, name, field string) {
	if text := fieldText(name, field); text != "" {
		s["description"] = text
	}
	if values := fieldValues[name+"."+field]; values != nil {
		list := []any{}
		for _, v := range values {
			list = append(list, v)
		}
		if _, isList := s["type"].([]string); isList {
			list = append(list, nil)
		}
		s["enum"] = list
	}
}

func fieldText(name, field string) string {
	if text := fieldTexts[name+"."+field]; text != "" {
		return text
	}
	return fieldTexts["."+field]
}

// example makes a value that a schema describes, out of the examples of its fields.
func (b *schemas) example(s schema, field string) any {
	if ref, ok := s["$ref"].(string); ok {
		return b.example(b.components[strings.TrimPrefix(ref, "#/components/schemas/")], field)
	}
	if list, ok := s["anyOf"].([]schema); ok {
		return b.example(list[0], field)
	}
	if values, ok := s["enum"].([]any); ok {
		return values[0]
	}
	kind, _ := s["type"].(string)
	if list, ok := s["type"].([]string); ok {
		kind = list[0]
	}
	if value, ok := fieldExamples[field]; ok && kind != "integer" { // a document's version is a number
		return value
	}
	switch kind {
	case "object":
		out := map[string]any{}
		properties, _ := s["properties"].(schema)
		required, _ := s["required"].([]string)
		for _, name := range required {
			out[name] = b.example(properties[name].(schema), name)
		}
		return out
	case "array":
		return []any{b.example(s["items"].(schema), field)}
	case "boolean":
		return true
	case "integer", "number":
		return 42
	case "string":
		if s["format"] == "date-time" {
			return "2026-11-22T12:00:00Z"
		}
		return "text"
	}
	return map[string]any{}
}
