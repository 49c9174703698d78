package handlers_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"alleato/handlers"
)

// contract is the document that the program gives out, as something to hold answers against.
type contract struct {
	document map[string]any
	paths    []contractPath
	mu       sync.Mutex
	compiler *jsonschema.Compiler
	compiled map[string]*jsonschema.Schema
	seen     map[string]bool // "METHOD path status" that an answer was held against
}

type contractPath struct {
	segments []string
	path     string
	item     map[string]any
}

const contractURL = "https://alleato.test/openapi.json"

// readContract makes the schemas strict: an answer may hold nothing that the document does not name.
func readContract(text []byte) (*contract, error) {
	parsed, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		return nil, err
	}
	c := &contract{document: parsed.(map[string]any), compiler: jsonschema.NewCompiler(), compiled: map[string]*jsonschema.Schema{}, seen: map[string]bool{}}
	close := func(s any) {
		if m, ok := s.(map[string]any); ok && m["type"] == "object" && m["additionalProperties"] == nil {
			m["additionalProperties"] = false
		}
	}
	for _, s := range at(c.document, "components", "schemas").(map[string]any) {
		close(s)
	}
	c.compiler.DefaultDraft(jsonschema.Draft2020)
	c.compiler.AssertFormat()
	if err := c.compiler.AddResource(contractURL, c.document); err != nil {
		return nil, err
	}
	for path, item := range c.document["paths"].(map[string]any) {
		c.paths = append(c.paths, contractPath{strings.Split(path, "/"), path, item.(map[string]any)})
	}
	return c, nil
}

func at(v any, keys ...string) any {
	for _, k := range keys {
		m, ok := v.(map[string]any)
		if !ok {
			return nil
		}
		v = m[k]
	}
	return v
}

// find gives the document's path for a request's; a path without parameters comes before one with.
func (c *contract) find(path string) *contractPath {
	segments := strings.Split(path, "/")
	var best *contractPath
	for i, p := range c.paths {
		if len(p.segments) != len(segments) {
			continue
		}
		matches := true
		for j, s := range p.segments {
			matches = matches && (s == segments[j] || strings.HasPrefix(s, "{"))
		}
		if matches && (best == nil || strings.Count(p.path, "{") < strings.Count(best.path, "{")) {
			best = &c.paths[i]
		}
	}
	return best
}

// check holds an answer of the API against the document.
func (c *contract) check(method, path string, a answer) error {
	path, _, _ = strings.Cut(path, "?")
	p := c.find(path)
	if method == http.MethodHead {
		return nil
	}
	pointer, kind := "", strings.TrimSuffix(a.header.Get("Content-Type"), "; charset=utf-8")
	status := fmt.Sprint(a.status)
	if p == nil || a.status == 405 || p.item[strings.ToLower(method)] == nil { // nothing of ours: the refusal is the common one
		if a.status != 404 && a.status != 405 && a.status != 415 && a.status != 413 && a.status != 400 && a.status != 401 && a.status != 429 {
			return fmt.Errorf("the document has no %s %s, which answered %d", method, path, a.status)
		}
		pointer = "/components/schemas/Problem"
	} else {
		responses := at(p.item, strings.ToLower(method), "responses")
		response := at(responses, status)
		if response == nil {
			return fmt.Errorf("the document does not have %d of %s %s: %.200s", a.status, method, p.path, a.body)
		}
		c.mu.Lock()
		c.seen[method+" "+p.path+" "+status] = true
		c.mu.Unlock()
		pointer = "/paths/" + escape(p.path) + "/" + strings.ToLower(method) + "/responses/" + status
		if ref, ok := at(response, "$ref").(string); ok {
			pointer = strings.TrimPrefix(ref, "#")
			response = at(c.document, strings.Split(strings.TrimPrefix(ref, "#/"), "/")...)
		}
		if a.body == "" || a.status == 304 {
			return nil
		}
		content, _ := at(response, "content").(map[string]any)
		if content[kind] == nil && content["*/*"] == nil {
			return fmt.Errorf("%s %s %d answers %s, which the document does not have", method, p.path, a.status, kind)
		}
		pointer += "/content/" + escape(kind) + "/schema"
	}
	if kind == "text/event-stream" {
		return c.checkEvents(method, path, a.body)
	}
	if kind != "application/json" && kind != "application/problem+json" {
		return nil
	}
	s, err := c.schema(pointer)
	if err != nil {
		return err
	}
	value, err := jsonschema.UnmarshalJSON(strings.NewReader(a.body))
	if err != nil {
		return err
	}
	if err := s.Validate(value); err != nil {
		return fmt.Errorf("%s %s %d is not what the document says: %w\n%.500s", method, path, a.status, err, a.body)
	}
	return nil
}

// checkEvents holds every entry of an event stream against the document.
func (c *contract) checkEvents(method, path, body string) error {
	s, err := c.schema("/components/schemas/StreamChunk")
	if err != nil {
		return err
	}
	for line := range strings.Lines(body) {
		data, isData := strings.CutPrefix(strings.TrimSuffix(line, "\n"), "data: ")
		if !isData || data == "[DONE]" {
			continue
		}
		value, err := jsonschema.UnmarshalJSON(strings.NewReader(data))
		if err == nil {
			err = s.Validate(value)
		}
		if err != nil {
			return fmt.Errorf("%s %s: the entry %s: %w", method, path, data, err)
		}
	}
	return nil
}

func escape(s string) string { return strings.NewReplacer("~", "~0", "/", "~1").Replace(s) }

func (c *contract) schema(pointer string) (*jsonschema.Schema, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if s := c.compiled[pointer]; s != nil {
		return s, nil
	}
	s, err := c.compiler.Compile(contractURL + "#" + strings.NewReplacer("{", "%7B", "}", "%7D").Replace(pointer))
	c.compiled[pointer] = s
	return s, err
}

// theContract is read from the first server that is asked: the document is the program's alone.
var theContract = sync.OnceValues(func() (*contract, error) { return readContract(handlers.Document()) })

// holds fails the test when the API's answer is not what the document says. Every answer of the suite
// comes by here.
func (p *person) holds(method, path string, a answer) {
	p.t.Helper()
	_, route, isAPI := strings.Cut(path, "/api/v1")
	if !isAPI {
		return
	}
	c, err := theContract()
	if err == nil {
		err = c.check(method, route, a)
	}
	if err != nil {
		p.t.Error(err)
	}
}

// methodOf is the method that a form asks for.
func methodOf(method string, body any) string {
	form, _ := body.(url.Values)
	if b, ok := body.(typed); ok && strings.HasPrefix(b.contentType, "application/x-www-form-urlencoded") {
		form, _ = url.ParseQuery(b.body) // what can be read of it
	}
	if named := form.Get("_method"); method == "POST" && slices.Contains([]string{"PUT", "PATCH", "DELETE"}, named) {
		return named
	}
	return method
}

// TestContract: the document is served with an ETag, names every route of the API and no other, and has
// all that a reader needs: texts, examples that its own schemas take, refusals, limits.
func TestContract(t *testing.T) {
	s := newSite(t, say("x"))
	p := s.browser()
	a := p.do("GET", "/openapi.json", nil, asJSON...)
	if a.status != 200 || a.header.Get("ETag") == "" || a.header.Get("Access-Control-Allow-Origin") != "*" {
		t.Fatalf("%d %v", a.status, a.header)
	}
	if again := p.do("GET", "/openapi.json", nil, "If-None-Match", a.header.Get("ETag")); again.status != 304 || again.body != "" {
		t.Errorf("asked again: %d", again.status)
	}
	c, err := readContract([]byte(a.body))
	if err != nil {
		t.Fatal(err)
	}
	named := map[string]bool{}
	for _, path := range c.paths {
		for method := range path.item {
			named[strings.ToUpper(method)+" "+path.path] = true
		}
	}
	for _, r := range handlers.Routes() {
		path := braces(r.Path)
		if r.API && !named[r.Method+" "+path] {
			t.Errorf("%s %s is not in the document", r.Method, path)
		}
		if r.API {
			c.complete(t, r, at(c.document, "paths", path, strings.ToLower(r.Method)).(map[string]any))
		}
	}
	for name, s := range at(c.document, "components", "schemas").(map[string]any) {
		properties, _ := at(s, "properties").(map[string]any)
		for field, property := range properties {
			if text, _ := at(property, "description").(string); text == "" {
				t.Errorf("%s.%s has no text", name, field)
			}
		}
	}
}

// braces writes :id as {id}.
func braces(path string) string {
	segments := strings.Split(path, "/")
	for i, s := range segments {
		if name, ok := strings.CutPrefix(s, ":"); ok {
			segments[i] = "{" + strings.TrimSuffix(name, "?") + "}"
		}
	}
	return strings.Join(segments, "/")
}

// complete looks at one operation.
func (c *contract) complete(t *testing.T, r handlers.Row, o map[string]any) {
	t.Helper()
	name := r.Method + " " + r.Path
	if o["summary"] == nil || o["operationId"] == nil || at(c.document, "components", "schemas", "Problem") == nil {
		t.Errorf("%s: %v", name, o)
	}
	for _, status := range []string{"429", "500"} {
		if at(o, "responses", status) == nil {
			t.Errorf("%s has no %s", name, status)
		}
	}
	for _, p := range asList(o["parameters"]) {
		if text, _ := at(p, "description").(string); text == "" {
			t.Errorf("%s: the parameter %v has no text", name, at(p, "name"))
		}
	}
	pointer := "/paths/" + escape(braces(r.Path)) + "/" + strings.ToLower(r.Method)
	if at(o, "requestBody", "content", "application/json") != nil {
		c.example(t, name, at(o, "requestBody", "content", "application/json"), pointer+"/requestBody/content/application~1json/schema")
	} else if r.Body && !r.Upload {
		t.Errorf("%s has no body", name)
	}
	for status, response := range o["responses"].(map[string]any) {
		if content := at(response, "content", "application/json"); content != nil && at(content, "example") != nil {
			c.example(t, name, content, pointer+"/responses/"+status+"/content/application~1json/schema")
		}
	}
}

func asList(v any) []any {
	list, _ := v.([]any)
	return list
}

// example holds an example to its schema.
func (c *contract) example(t *testing.T, name string, content any, pointer string) {
	t.Helper()
	s, err := c.schema(pointer)
	if err == nil {
		err = s.Validate(at(content, "example"))
	}
	if err != nil {
		t.Errorf("%s: the example: %v", name, err)
	}
}

// TestContractLints runs a linter of OpenAPI documents, with its recommended rules.
func TestContractLints(t *testing.T) {
	redocly, err := filepath.Abs("../node_modules/.bin/redocly")
	if _, missing := os.Stat(redocly); err != nil || missing != nil {
		lacking(t, "the linter is not installed (make build)")
	}
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "openapi.json"), handlers.Document(), 0o644); err != nil {
		t.Fatal(err)
	}
	command := exec.Command(redocly, "lint", "--extends=recommended", "--format=json", "openapi.json")
	command.Dir, command.Env = dir, append(os.Environ(), "REDOCLY_TELEMETRY=off", "REDOCLY_SUPPRESS_UPDATE_NOTICE=true", "CI=true")
	out, err := command.Output()
	var report struct {
		Totals   struct{ Errors, Warnings int }
		Problems []struct {
			Message, RuleID, Severity string
			Location                  []struct{ Pointer string }
		}
	}
	if start := bytes.IndexByte(out, '{'); start < 0 || json.Unmarshal(out[start:], &report) != nil {
		t.Fatalf("the linter says %v: %s", err, out)
	}
	for _, p := range report.Problems {
		t.Errorf("%s %s: %s %v", p.Severity, p.RuleID, p.Message, p.Location)
	}
	if err != nil && report.Totals.Errors == 0 {
		t.Errorf("the linter ended with %v", err)
	}
}

// TestContractIsStable: two processes give out the same document, under the same ETag.
func TestContractIsStable(t *testing.T) {
	first := handlers.Document()
	for range 5 {
		if !bytes.Equal(first, handlers.Document()) {
			t.Fatal("the document differs from time to time")
		}
	}
}
