package views

import (
	"fmt"
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

// The card of a sheet shows its first cells.
func TestPreviewRows(t *testing.T) {
	for preview, want := range map[string]string{
		"a,b\n1,\"x\ny\"\n": "[[a b] [1 x\ny]]", "a,b,c,d,e\n1\n": "[[a b c d] [1   ]]", "1\n2\n3\n4\n5": "[[1] [2] [3] [4]]", "": "[]",
	} {
		if got := fmt.Sprint(previewRows(store.Document{Kind: store.KindSheet, Preview: preview})); got != want {
			t.Errorf("%q: %s, want %s", preview, got, want)
		}
	}
	if got := previewRows(store.Document{Kind: store.KindText, Preview: "a,b"}); got != nil {
		t.Errorf("a text has rows: %v", got)
	}
}

// TestChangedRows: rows are counted in the new sheet, removed ones in the old one, and the head row stays.
func TestChangedRows(t *testing.T) {
	row := func(kind string) store.DiffRow { return store.DiffRow{Type: kind, Cells: make([]store.DiffCell, 1)} }
	lines, whole := changedRows([]store.DiffRow{row(store.Same), row(store.Same), row(store.Removed), row(store.Changed), row(store.Same), row(store.Added)})
	got := ""
	for _, l := range lines {
		got += fmt.Sprintf("%s %d %v, ", l.Type, l.Number, l.Gap)
	}
	if want := "same 1 false, removed 3 true, changed 3 false, added 5 true, "; got != want || !whole {
		t.Errorf("%s, whole %v; want %s", got, whole, want)
	}
}
