package store_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"alleato/store"
)

func compare(kind, a, b string) store.Diff {
	return store.Compare(&store.Document{Version: 1, Kind: kind, Content: &a}, &store.Document{Version: 2, Kind: kind, Content: &b})
}

// shown writes a diff with [-removed-] and {+added+}.
func shown(d store.Diff) string {
	var b strings.Builder
	mark := map[string]string{store.Same: "%s", store.Removed: "[-%s-]", store.Added: "{+%s+}"}
	for _, c := range d.Changes {
		fmt.Fprintf(&b, mark[c.Type], c.Text)
	}
	for _, r := range d.Rows {
		b.WriteString(r.Type + ":")
		for _, c := range r.Cells {
			if c.Type == store.Changed {
				fmt.Fprintf(&b, " %s→%s", c.Before, c.After)
			} else {
				fmt.Fprintf(&b, " "+mark[c.Type], c.Before+c.After[len(c.After)*btoi(c.Before == c.After):])
			}
		}
		b.WriteString("; ")
	}
	return b.String()
}

func btoi(yes bool) int {
	if yes {
		return 1
	}
	return 0
}

// TestCompare: words for text, lines for code, cells for sheets.
func TestCompare(t *testing.T) {
	for _, c := range []struct{ kind, a, b, want string }{
		{"text", "The red car.\nIt is fast.\n", "The blue car.\nIt is fast.\n", "The [-red-]{+blue+} car.\nIt is fast.\n"},
		{"text", "I like red cars here", "I saw blue cars here", "I [-like red-]{+saw blue+} cars here"},
		{"text", "same", "same", "same"},
		{"text", "", "new", "{+new+}"},
		{"text", "a\nb\nc", "a\nc", "a\n[-b\n-]c"},
		{"text", "日本語 café", "日本語 thé", "日本語 [-café-]{+thé+}"},
		{"code", "a = 1\nb = 2\n", "a = 1\nb = 3\n", "a = 1\n[-b = 2\n-]{+b = 3\n+}"},
		{"sheet", "n,v\na,1\nb,2\n", "n,v\na,9\nb,2\nc,3\n", "same: n v; changed: a 1→9; same: b 2; added: {+c+} {+3+}; "},
		{"sheet", "a,b\n", "a\n", "changed: a [-b-]; "},
	} {
		if diff := cmp.Diff(c.want, shown(compare(c.kind, c.a, c.b))); diff != "" {
			t.Errorf("%s %q %q (-want +got):\n%s", c.kind, c.a, c.b, diff)
		}
	}
}

// TestCompareHostile: whatever the two texts are, the time is bounded, and the pieces make them up.
func TestCompareHostile(t *testing.T) {
	v := newVocabulary()
	big := store.MaxDocument
	repeat := func(s string) string { return strings.Repeat(s, big/len(s)) }
	for name, c := range map[string][2]string{
		"nothing in common":   {v.sentence(100_000), v.sentence(100_000)},
		"lines, none shared":  {strings.ReplaceAll(v.sentence(100_000), " ", "\n"), strings.ReplaceAll(v.sentence(100_000), " ", "\n")},
		"one thing, repeated": {repeat("a ") + "x", "y" + repeat("a a ")},
		"short lines":         {repeat("a\n"), "b\n" + repeat("a\n")[:big/2] + "c\n"},
		"nine thousand words": {strings.Repeat("a b ", 2_400) + "x", "y " + strings.Repeat("a ", 4_000) + "b a"},
		"quotes":              {repeat(`"`), repeat(`,"`)},
		"commas":              {repeat(","), repeat(",,\n")},
	} {
		for _, kind := range []string{"text", "code", "sheet"} {
			start := time.Now()
			d := compare(kind, c[0], c[1])
			if took := time.Since(start); took > 5*time.Second {
				t.Errorf("%s as %s took %s", name, kind, took)
			}
			var before, after strings.Builder
			for _, change := range d.Changes {
				if change.Type != store.Added {
					before.WriteString(change.Text)
				}
				if change.Type != store.Removed {
					after.WriteString(change.Text)
				}
			}
			if kind != "sheet" && (before.String() != c[0] || after.String() != c[1]) {
				t.Errorf("%s as %s: the pieces are not the texts", name, kind)
			}
		}
	}
}

// TestParseSheet: bounded, and of a broken sheet what can be read.
func TestParseSheet(t *testing.T) {
	for _, c := range []struct {
		text          string
		rows, columns int
		more, broken  bool
	}{
		{"a,b\n1,2\n", 2, 2, false, false},
		{"a;b\n1;2,3\n", 2, 2, false, false},
		{"a\tb;c\n1\t2\n", 2, 2, false, false},
		{"a\n1,2\n", 2, 2, false, false},
		{"", 0, 0, false, false},
		{"a,\"b\nc\",d", 1, 3, false, false},
		{"a,\"b\nc,d\n", 1, 2, false, true},
		{"a,b\"c\nd", 2, 2, false, true},
		{strings.Repeat("1\n", 200), 100, 1, true, false},
		{strings.Repeat(",", 2000), 1, store.MaxColumns, true, false},
	} {
		s := store.ParseSheet(c.text, 100)
		if len(s.Rows) != c.rows || s.Columns != c.columns || s.More != c.more || s.Broken != c.broken {
			t.Errorf("%.30q: %d rows, %d columns, more %v, broken %v", c.text, len(s.Rows), s.Columns, s.More, s.Broken)
		}
	}
}

// TestCompareLargeSheet: a sheet that is too large to be compared whole says what was changed in it all
// the same, and nothing else.
func TestCompareLargeSheet(t *testing.T) {
	rows := func(changed ...int) string {
		var b strings.Builder
		for i := range 12_000 {
			cell := fmt.Sprint(i)
			if slices.Contains(changed, i) {
				cell = "other"
			}
			b.WriteString("row," + cell + "\n")
		}
		return b.String()
	}
	for _, changed := range [][]int{{6000}, {1, 11_998}} {
		got := 0
		for _, row := range compare("sheet", rows(), rows(changed...)).Rows {
			if row.Type != store.Same {
				got++
			}
		}
		if got != len(changed) {
			t.Errorf("%d rows are said to have changed, want %d", got, len(changed))
		}
	}
}
