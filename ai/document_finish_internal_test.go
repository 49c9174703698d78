package ai

import (
	"testing"

	"alleato/store"
)

// TestCutPart: what is gone on with ends with a whole part, whatever a part is in a document of the kind.
func TestCutPart(t *testing.T) {
	for _, c := range []struct{ kind, whole, begun string }{
		{store.KindText, "# A\n\nOne\ntwo.\n\n", "Thr\nee"},
		{store.KindText, "", "One\ntwo"},
		{store.KindCode, "a(\n", "b"},
		{store.KindSheet, "a,b\n1,2\n", "3,"},
		{store.KindSheet, "a,b\n1,2\n", "3,\"two\nlines, and"},
		{store.KindSheet, "a,b\n\"say \"\"x\"\"\n\",2\n", "\"\"\"\n"},
		{store.KindSheet, "nail,5\" long\n1,2\n", "3"},
		{store.KindSheet, "", "\"one\ncell"},
	} {
		text := c.whole + c.begun
		if whole, begun := cutPart(&store.Document{Kind: c.kind, Content: &text}); whole != c.whole || begun != c.begun {
			t.Errorf("%s %q: %q and %q", c.kind, text, whole, begun)
		}
	}
}
