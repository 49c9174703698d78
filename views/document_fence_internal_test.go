package views

import (
	"strings"
	"testing"
	"time"

	"alleato/store"
)

// TestFenced: no code ends its fence, and none of a document's size keeps its reader waiting.
func TestFenced(t *testing.T) {
	of := func(text string) string { return fenced(&store.Document{Kind: store.KindCode, Content: &text}) }
	for text, want := range map[string]string{
		"x":                "```text\nx\n```",
		"a ``` b\n":        "````text\na ``` b\n````",
		"```\n`````\n````": "``````text\n```\n`````\n````\n``````",
	} {
		if got := of(text); got != want {
			t.Errorf("%q becomes %q", text, got)
		}
	}
	start := time.Now()
	of(strings.Repeat("`", 100_000))
	if took := time.Since(start); took > time.Second/2 {
		t.Errorf("backticks alone took %v", took)
	}
}
