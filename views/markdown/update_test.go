package markdown_test

import (
	"strings"
	"testing"

	"alleato/views/markdown"

	"github.com/google/go-cmp/cmp"
)

// update writes delta and returns what changed.
func update(s *markdown.Stream, delta string) markdown.Update {
	s.Write(delta)
	u, _ := s.Update()
	return u
}

func TestUpdates(t *testing.T) {
	html := func(s string) *string { return &s }
	open := strings.Replace(figure("go", "|"), "language-go", "language-go code-open", 1)
	head, foot, _ := strings.Cut(open, "|")
	r := markdown.New(markdown.Options{})
	coloured := r.Render("```go\nif <a {}\n  ```x\n```\n")
	list := "<ul>\n<li>a</li>\n</ul>\n"
	steps := []struct {
		delta string
		want  markdown.Update
	}{
		{"Hi *th", markdown.Update{Tail: html("<p>Hi *th</p>\n")}},
		{"", markdown.Update{}},
		{"ere* [x]", markdown.Update{Tail: html("<p>Hi <em>there</em> [x]</p>\n")}},
		{"\n\n", markdown.Update{}},
		{"- a", markdown.Update{Tail: html("<p>Hi <em>there</em> [x]</p>\n" + list)}},
		{"\n", markdown.Update{Settled: "<p>Hi <em>there</em> [x]</p>\n", Tail: html(list)}},
		{"\n```go\nif <", markdown.Update{Settled: list, Tail: html(head + "if &lt;" + foot)}},
		{"a {", markdown.Update{Code: "a {"}},
		{"}\n  `", markdown.Update{Code: "}\n"}}, // may become the closing fence
		{"``", markdown.Update{}},
		{"x\n```", markdown.Update{Code: "  ```x\n"}},
		{"\n", markdown.Update{Settled: coloured, Tail: html("")}},
		{"[x]: /y\n", markdown.Update{}},
		{"\nend\n", markdown.Update{Reset: true, Settled: "<p>Hi <em>there</em> <a href=\"/y\" " + in + ">x</a></p>\n" +
			list + coloured, Tail: html("<p>end</p>\n")}},
	}
	s := r.Stream()
	for _, step := range steps {
		if diff := cmp.Diff(step.want, update(s, step.delta)); diff != "" {
			t.Errorf("after %q (-want +got):\n%s", step.delta, diff)
		}
	}
}

// TestLargeOpenBlockShowsEverything: what is not rendered yet stands below as plain text.
func TestLargeOpenBlockShowsEverything(t *testing.T) {
	s := markdown.New(markdown.Options{}).Stream()
	var v viewer
	rendered, appended := 0, 0
	for i := range 2_000 {
		u := update(s, "- **item** and its words\n")
		v.apply(t, u)
		if u.Tail != nil {
			rendered++
		}
		if u.Code != "" {
			appended++
		}
		if got := strings.Count(v.settled+v.tail, "and its words"); got != i+1 {
			t.Fatalf("a reader sees %d of %d items", got, i+1)
		}
	}
	if rendered < 100 || appended < 500 {
		t.Errorf("rendered %d times, text appended %d times", rendered, appended)
	}
}
