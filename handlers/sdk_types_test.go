package handlers_test

import (
	"encoding/json"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"alleato/handlers"
)

// sdkTypes names the SDK's types as the API's document does.
var sdkTypes = map[string]string{
	"User": "User", "Chat": "Chat", "Message": "Message", "Usage": "Usage", "Vote": "Vote", "File": "StoredFile", "Document": "StoredDocument", "Model": "Model",
	"SearchResult": "SearchResult", "ApiKey": "ApiKey",
}

var (
	anInterface = regexp.MustCompile(`(?s)export interface (\w+) \{(?:([^\n]*)\}\n|\n(.*?)\n\}\n)`)
	aComment    = regexp.MustCompile(`(?s)/\*\*.*?\*/`)
	aField      = regexp.MustCompile(`(\w+)(\??): (.*)`)
	aValue      = regexp.MustCompile(`'([^']+)'`)
)

// fieldsOf reads the fields of the SDK's interfaces: name, then what of the type the document knows too.
func fieldsOf(t *testing.T) map[string]map[string]field {
	text, err := os.ReadFile("../static/sdk/alleato.d.ts")
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]map[string]field{}
	for _, m := range anInterface.FindAllStringSubmatch(string(text), -1) {
		fields, depth, start := map[string]field{}, 0, 0
		body := aComment.ReplaceAllString(m[2]+m[3], "") + ";"
		for i, c := range body {
			switch {
			case c == '{':
				depth++
			case c == '}':
				depth--
			case depth == 0 && (c == ';' || c == '\n'):
				if f := aField.FindStringSubmatch(strings.TrimSpace(body[start:i])); f != nil {
					fields[f[1]] = field{Null: strings.HasSuffix(f[3], "| null"), Values: valuesOf(f[3])}
				}
				start = i + 1
			}
		}
		out[m[1]] = fields
	}
	return out
}

type field struct {
	Null   bool
	Values []string
}

func valuesOf(kind string) (values []string) {
	if strings.HasPrefix(kind, "{") {
		return nil
	}
	for _, v := range aValue.FindAllStringSubmatch(kind, -1) {
		values = append(values, v[1])
	}
	slices.Sort(values)
	return values
}

// TestSDKTypes holds the SDK's types against the API's document: the same fields, null where it has null,
// and the same words where it lists them.
func TestSDKTypes(t *testing.T) {
	var document struct {
		Components struct {
			Schemas map[string]struct {
				Properties map[string]struct {
					Type  any
					Enum  []any
					AnyOf []struct{ Type any }
					OneOf []struct{ Type any }
				}
			}
		}
	}
	if err := json.Unmarshal(handlers.Document(), &document); err != nil {
		t.Fatal(err)
	}
	written := fieldsOf(t)
	for schema, name := range sdkTypes {
		want := map[string]field{}
		for property, p := range document.Components.Schemas[schema].Properties {
			f := field{Null: isNull(p.Type)}
			for _, choice := range append(p.AnyOf, p.OneOf...) {
				f.Null = f.Null || isNull(choice.Type)
			}
			for _, v := range p.Enum {
				if s, ok := v.(string); ok {
					f.Values = append(f.Values, s)
				}
			}
			slices.Sort(f.Values)
			want[property] = f
		}
		if len(want) == 0 {
			t.Errorf("the document has no %s", schema)
		}
		for property, f := range written[name] {
			if want[property].Values == nil { // the document says less there
				f.Values = nil
				written[name][property] = f
			}
		}
		if diff := cmp.Diff(want, written[name]); diff != "" {
			t.Errorf("%s (-document +alleato.d.ts):\n%s", name, diff)
		}
	}
}

func isNull(kind any) bool {
	list, ok := kind.([]any)
	return kind == "null" || ok && slices.Contains(list, any("null"))
}
