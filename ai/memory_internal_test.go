package ai

import (
	"strings"
	"testing"
	"time"
)

// TestCount: as the tokenizer counts, within one in a hundred; and nobody's text takes seconds of it.
func TestCount(t *testing.T) {
	var k tokens
	for text, want := range map[string]int{"": 0, "Hello, world!": 4, strings.Repeat("one ", 10_000): 10_001, strings.Repeat("漢字", 10_000): 20_000} {
		if got := k.count(text); got < want || got > want+want/100 {
			t.Errorf("%.20q (%d bytes): %d tokens, want %d", text, len(text), got, want)
		}
	}
	for _, hostile := range []string{" \n", " ", "\n", "A", "Aa", "'", "\t\n\u00a0"} {
		begun := time.Now()
		k.count("x" + strings.Repeat(hostile, 100_000/len(hostile)) + "x")
		if took := time.Since(begun); took > 2*time.Second {
			t.Errorf("%q, again and again: %s", hostile, took)
		}
	}
}
