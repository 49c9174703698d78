package views

import (
	"testing"

	"alleato/store"
)

// The card of a text shows its words; that of anything else shows it as it is.
func TestPreviewText(t *testing.T) {
	for _, c := range [][3]string{
		{store.KindText, "# Revenue\n\n\nIt is **large**.\n\n## By region\n> quoted\nC# 2 * 3", "Revenue\nIt is large.\nBy region\nquoted\nC# 2 * 3"},
		{store.KindCode, "# a comment\n\ndef f():\n    pass", "# a comment\n\ndef f():\n    pass"},
	} {
		if got := previewText(store.Document{Kind: c[0], Preview: c[1]}); got != c[2] {
			t.Errorf("%s: %q, want %q", c[0], got, c[2])
		}
	}
}
