package ai

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"alleato/store"
)

// TestUnwrap: a fence around all of a text is taken off, however the text is cut; nothing else is.
func TestUnwrap(t *testing.T) {
	for _, c := range []struct {
		any                  bool
		text, want, language string
	}{
		{true, "```python\nprint(1)\n```", "print(1)\n", "python"},
		{true, "```Go title=x\na\n```\nI hope that helps.", "a\n", "go"},
		{true, "\n\n```\na\nb", "a\nb", ""},
		{true, "````\n```\nx\n```\n````\n", "```\nx\n```\n", ""},
		{true, "a,b\n1,2\n", "a,b\n1,2\n", ""},
		{true, "``` is a fence", "``` is a fence", ""},
		{true, "`a` b\nc", "`a` b\nc", ""},
		{true, "```\n`` two\n`", "`` two\n`", ""},
		{false, "```markdown\n# A\n\n~~~\nx\n~~~\n```\n", "# A\n\n~~~\nx\n~~~\n", "markdown"},
		{false, "```go\nfunc main() {}\n```\nThat was it.", "```go\nfunc main() {}\n```\nThat was it.", ""},
		{false, "# A", "# A", ""},
		{false, "", "", ""},
		{true, "`" + strings.Repeat("x", 100), "`" + strings.Repeat("x", 100), ""},
	} {
		for size := 1; size <= len(c.text)+1; size++ {
			u := unwrapper{any: c.any}
			var got strings.Builder
			for rest := c.text; rest != ""; {
				n := min(size, len(rest))
				got.WriteString(u.push(rest[:n]))
				rest = rest[n:]
			}
			got.WriteString(u.end())
			if got.String() != c.want || u.language != c.language {
				t.Fatalf("%q in pieces of %d: %q (%q), want %q (%q)", c.text, size, got.String(), u.language, c.want, c.language)
			}
		}
	}
}

// TestParseSuggestions finds them in whatever a model puts around them.
func TestParseSuggestions(t *testing.T) {
	one := `{"originalText":"a","suggestedText":"b {c}","description":"d"}`
	for text, want := range map[string]int{
		one: 1, "[" + one + ", " + one + "]": 2, "Here:\n```json\n" + one + "\n" + one + "\n```\nDone {really}.": 2,
		`{"suggestions":[` + one + `]}`: 1, "": 0, "{": 0, strings.Repeat("{", 10_000): 0, strings.Repeat(one, 50): 20,
	} {
		if got := parseSuggestions(text); len(got) != want || want > 0 && got[0].SuggestedText != "b {c}" {
			t.Errorf("%.60q: %+v", text, got)
		}
	}
}

// TestDraftTools: at every moment the JSON kept ready says what the parts say, with calls that are under
// way, and a draft that goes on from it says the same.
func TestDraftTools(t *testing.T) {
	d, _ := testDraft()
	same := func(step string) {
		t.Helper()
		var parts []store.Part
		if err := json.Unmarshal(d.json(), &parts); err != nil {
			t.Fatalf("%s: %v in %s", step, err, d.json())
		}
		want := d.parts
		if d.open != nil {
			want = append(want[:len(want):len(want)], store.Part{Type: d.open.kind, Text: d.open.text(), State: "done"})
		}
		if diff := cmp.Diff(want, parts); diff != "" {
			t.Errorf("%s (-kept +encoded):\n%s", step, diff)
		}
	}
	d.add("text", "Let me.")
	d.callStart("a", "createDocument")
	same("a call begins")
	d.callStart("b", "editDocument")
	d.add("text", "Meanwhile")
	same("text while calls run")
	d.callReady("a", "createDocument", json.RawMessage(`{"title":"x"}`))
	if _, err := d.data("data-document", documentData{ID: "1"}); err != nil {
		t.Fatal(err)
	}
	same("data")
	d.callDone("a", json.RawMessage(`{"id":"1"}`), "")
	same("a has ended")
	d.nextStep()
	d.add("text", "Done.")
	same("a further step")
	last := append(d.close(), d.endCalls()...)
	same("the end")
	if len(last) != 3 || !strings.Contains(string(last[2]), `"tool-output-error"`) {
		t.Errorf("the last chunks are %s", last)
	}
	again, _ := testDraft()
	again.resume(d.parts)
	again.close()
	if diff := cmp.Diff(d.parts, again.parts); diff != "" {
		t.Errorf("resumed (-before +after):\n%s", diff)
	}
}
