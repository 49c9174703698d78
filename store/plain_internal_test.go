package store

import (
	"strings"
	"testing"
)

// TestSnippetIsPlain: the words without Markdown's marks, what is looked for still marked, and nothing
// taken away that is no mark.
func TestSnippetIsPlain(t *testing.T) {
	for _, tt := range []struct{ text, query, want string }{
		{"## The **bold** _word_\n\n> quoted `code`", "bold code", "The [bold] word quoted [code]"},
		{"- one\n* two\n- [x] three ~~gone~~", "two", "one [two] three gone"},
		{"See [the menu](https://example.com/menu.html \"t\") and ![a cat](cat.png).", "cat", "See the menu and ![a [cat]]([cat].png)."},
		{"See [the menu](https://example.com/x) now", "menu", "See the [menu] now"},
		{"2 * 3 * 4, snake_case, a*b, 5~6, [brackets] and f(x)[1](y)", "snake", "2 * 3 * 4, [snake]_case, a*b, 5~6, [brackets] and f(x)1"},
		{"| a | b |\n|---|:-:|\n| one | two |\n\n***\n\n```go\nx := 1\n```", "two", "a b one [two] x := 1"},
		{"**bo**ld and *it*", "ld", "bold and it"},
		{"word [cut off](https://exam", "word", "[word] cut off"},
		{"* \n**\n[]()\n](", "none", ""},
		{"#hashtag #1 C# ** __", "hashtag", "#[hashtag] #1 C# ** __"},
	} {
		var b strings.Builder
		for _, s := range snippet(tt.text, true, parseSearch("", tt.query+" ")) {
			if s.Match {
				b.WriteString("[" + s.Text + "]")
			} else {
				b.WriteString(s.Text)
			}
		}
		if b.String() != tt.want {
			t.Errorf("%q: got %q, want %q", tt.text, b.String(), tt.want)
		}
	}
	text := strings.Repeat("*a_ `x` [y](z) ", 10_000) // of any length, in the time of its length
	if got := plainText(text, true, func(string) bool { return false }); len(got) > len(text) {
		t.Error("it grew")
	}
	for _, s := range snippet("**code** stays", false, parseSearch("", "code")) {
		if s.Match != (s.Text == "code") {
			t.Errorf("no Markdown: %q", s.Text)
		}
	}
}

// FuzzPlainText: it never fails and never adds.
func FuzzPlainText(f *testing.F) {
	for _, seed := range []string{"", "](", "![](", "**", "|", "# x", "a](b)c](d", "\xff*\xff", "```\n"} {
		f.Add(seed, true)
	}
	f.Fuzz(func(t *testing.T, text string, keep bool) {
		if got := plainText(text, true, func(string) bool { return keep }); len(got) > len(text)+1+strings.Count(text, "\n") {
			t.Errorf("%q became %q", text, got)
		}
	})
}

// TestFileNameJoiners: where they belong to the writing they are taken; elsewhere, and all other invisible
// characters, they would hide what a name is.
func TestFileNameJoiners(t *testing.T) {
	for name, taken := range map[string]bool{
		"می‌خواهم.pdf": true, "نامه‌ها.txt": true, "क्‍ष.txt": true, "क्‍.txt": true, "क्‌ष.txt": true, "👩‍👩‍👧.png": true, "👩🏽‍💻.png": true, "❤️‍🔥.png": true,
		"a\u200cb.txt": false, "a\u200db.txt": false, "\u200cx.txt": false, "نامه\u200c.txt": false, "می\u200c\u200cخ.txt": false, "x.\u200dexe": false,
		"a\u200bb.txt": false, "می\u200fخ.txt": false, "a\u202eb.txt": false, "می\u2066خ.txt": false, "\ufeffa.txt": false, "a\u2060b.txt": false,
	} {
		if err := CheckFileName(name); (err == nil) != taken {
			t.Errorf("%q: %v", name, err)
		}
	}
}
