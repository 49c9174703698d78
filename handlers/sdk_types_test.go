package handlers_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"alleato/handlers"
)

const (
	sdkTypesFile = "../static/sdk/alleato.d.ts"
	// sdkTypesMade begins the last part of the file, which is made.
	sdkTypesMade = "// The types of the API, made from its document: go test ./handlers -run TestSDKTypes -update\n"
)

// sdkNames are the types that are called differently in the SDK: two are classes of every browser.
var sdkNames = map[string]string{"File": "StoredFile", "Document": "StoredDocument", "StreamChunk": "Chunk"}

// node is a schema of the document as far as a type of TypeScript can say it.
type node struct {
	Ref          string `json:"$ref"`
	Description  string
	Type         any
	Const        *string
	Enum         []any
	Pattern      string
	AnyOf, OneOf []node
	Items        *node
	Properties   map[string]node
	Required     []string
	Additional   json.RawMessage `json:"additionalProperties"`
}

// typescript is the type of a schema.
func (n node) typescript() string {
	switch {
	case n.Ref != "":
		return sdkName(n.Ref[strings.LastIndex(n.Ref, "/")+1:])
	case n.Const != nil:
		return quoted(*n.Const)
	case n.Enum != nil:
		return n.words()
	case n.AnyOf != nil || n.OneOf != nil:
		return union(append(n.AnyOf, n.OneOf...), " | ")
	case strings.HasPrefix(n.Pattern, "^"):
		return "`" + n.Pattern[1:] + "${string}`"
	}
	kinds, isList := n.Type.([]any)
	if !isList {
		kinds = []any{n.Type}
	}
	var types []string
	for _, kind := range kinds {
		types = append(types, n.plain(kind))
	}
	return strings.Join(types, " | ")
}

func sdkName(name string) string {
	if other := sdkNames[name]; other != "" {
		return other
	}
	return name
}

func quoted(s string) string { return "'" + s + "'" }

func (n node) words() string {
	var words []string
	for _, v := range n.Enum {
		if v == nil {
			words = append(words, "null")
		} else {
			words = append(words, quoted(v.(string)))
		}
	}
	return strings.Join(words, " | ")
}

func union(nodes []node, between string) string {
	var types []string
	for _, n := range nodes {
		types = append(types, n.typescript())
	}
	return strings.Join(types, between)
}

func (n node) plain(kind any) string {
	switch kind {
	case nil:
		return "unknown"
	case "integer":
		return "number"
	case "array":
		item := n.Items.typescript()
		if strings.Contains(item, " ") {
			item = "(" + item + ")"
		}
		return item + "[]"
	case "object":
		var value node
		if n.Properties != nil {
			return "{ " + strings.Join(n.fields(false), "; ") + " }"
		}
		if json.Unmarshal(n.Additional, &value) != nil {
			return "Record<string, unknown>"
		}
		return "Record<string, " + value.typescript() + ">"
	}
	return kind.(string)
}

// fields are the properties of an object, type before the others.
func (n node) fields(told bool) (list []string) {
	names := slices.Sorted(maps.Keys(n.Properties))
	slices.SortStableFunc(names, func(a, b string) int {
		return map[bool]int{true: -1}[a == "type"] - map[bool]int{true: -1}[b == "type"]
	})
	for _, name := range names {
		p, missing := n.Properties[name], "?"
		if slices.Contains(n.Required, name) {
			missing = ""
		}
		text := ""
		if told && p.Description != "" {
			text = "/** " + p.Description + " */\n  "
		}
		list = append(list, text+name+missing+": "+p.typescript())
	}
	return list
}

// declaration is a component as the SDK exports it.
func (n node) declaration(name string) string {
	var b strings.Builder
	if n.Description != "" {
		fmt.Fprintf(&b, "/** %s */\n", n.Description)
	}
	if n.OneOf != nil {
		fmt.Fprintf(&b, "export type %s =\n  | %s\n", name, union(n.OneOf, "\n  | "))
		return b.String()
	}
	fmt.Fprintf(&b, "export interface %s {\n  %s\n}\n", name, strings.Join(n.fields(true), "\n  "))
	return b.String()
}

// TestSDKTypes holds the SDK's types of the API to its document, of which they are made; -update makes them.
func TestSDKTypes(t *testing.T) {
	var document struct {
		Components struct{ Schemas map[string]node }
	}
	if err := json.Unmarshal(handlers.Document(), &document); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(sdkTypesFile)
	if err != nil {
		t.Fatal(err)
	}
	written, made, found := strings.Cut(string(text), sdkTypesMade)
	if !found {
		t.Fatalf("%s has no part that is made", sdkTypesFile)
	}
	var want strings.Builder
	for _, name := range slices.Sorted(maps.Keys(document.Components.Schemas)) {
		want.WriteString("\n" + document.Components.Schemas[name].declaration(sdkName(name)))
	}
	if *update {
		if err := os.WriteFile(sdkTypesFile, []byte(written+sdkTypesMade+want.String()), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if diff := cmp.Diff(want.String(), made); diff != "" {
		t.Errorf("the document has changed: go test ./handlers -run TestSDKTypes -update\n%s", diff)
	}
}

// TestSDKTypesCompile: the compiler of TypeScript takes the types, and what testdata/clients/use.mts does with them.
func TestSDKTypesCompile(t *testing.T) {
	compiler, err := filepath.Abs("../node_modules/.bin/tsc")
	if _, missing := os.Stat(compiler); err != nil || missing != nil {
		lacking(t, "the npm package typescript is not installed (npm ci --ignore-scripts)")
	}
	out, err := exec.Command(compiler, "--noEmit", "--strict", "--noUncheckedIndexedAccess", "--target", "es2022", "--module", "nodenext", "--lib", "es2022,dom,dom.iterable,dom.asynciterable",
		"--types", "", sdkTypesFile, filepath.Join("testdata", "clients", "use.mts")).CombinedOutput()
	if err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}
