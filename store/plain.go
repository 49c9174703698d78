package store

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// plainText takes the marks of Markdown out of a piece of it that is shown as text. It need be no whole
// document: what only looks like a mark stays. lineStart says whether the piece begins a line, and keep
// whether an address that would go is what the reader looks for.
func plainText(piece string, lineStart bool, keep func(string) bool) string {
	var b strings.Builder
	for line := range strings.Lines(piece) {
		if lineStart {
			line = withoutBlockMarks(line)
		}
		b.WriteString(withoutEmphasis(withoutLinks(line, keep)))
		lineStart = true
	}
	return b.String()
}

// withoutBlockMarks takes away what a line begins with: quotes, headings, items of lists, fences, rules of
// tables.
func withoutBlockMarks(line string) string {
	text := strings.TrimLeft(line, " \t>")
	switch rest := strings.TrimLeft(text, "#"); {
	case strings.HasPrefix(text, "```"), strings.HasPrefix(text, "~~~"), strings.Trim(text, "|:-=*_ \t\r\n") == "":
		return "\n"
	case len(text)-len(rest) <= 6 && strings.HasPrefix(rest, " "):
		text = rest
	}
	for _, mark := range []string{"- ", "* ", "+ ", "[ ] ", "[x] "} {
		text = strings.TrimPrefix(text, mark)
	}
	if cells := strings.TrimRight(text, " \t\r\n"); strings.HasPrefix(cells, "|") && strings.HasSuffix(cells, "|") {
		return strings.ReplaceAll(strings.Trim(cells, "|"), "|", " ") + "\n"
	}
	return text
}

// withoutLinks leaves the words of links and pictures. An address may be cut off by the piece's end.
func withoutLinks(line string, keep func(string) bool) string {
	var b strings.Builder
	for {
		at := strings.Index(line, "](")
		if at < 0 {
			b.WriteString(line)
			return b.String()
		}
		end := strings.IndexByte(line[at:], ')') + 1
		if end == 0 {
			end = len(line) - at
		}
		words, address := line[:at], line[at:at+end]
		open := strings.LastIndexByte(words, '[')
		switch {
		case keep(address):
			words += address
		case open >= 0:
			words = strings.TrimSuffix(words[:open], "!") + words[open+1:]
		}
		b.WriteString(words)
		line = line[at+end:]
	}
}

// withoutEmphasis takes away the marks of bold, struck and code, and single ones at the edges of words:
// 2 * 3 and snake_case stay.
func withoutEmphasis(line string) string {
	var b strings.Builder
	for i := 0; i < len(line); {
		mark := line[i]
		run := len(line[i:]) - len(strings.TrimLeft(line[i:], string(rune(mark))))
		if !strings.ContainsRune("*_~`", rune(mark)) {
			b.WriteByte(mark)
			i++
			continue
		}
		before, _ := utf8.DecodeLastRuneInString(line[:i])
		after, _ := utf8.DecodeRuneInString(line[i+run:])
		left, right := isWordRune(before), isWordRune(after)
		apart := (i == 0 || unicode.IsSpace(before)) && (i+run == len(line) || unicode.IsSpace(after))
		if apart || (left && right && mark == '_') || (run == 1 && (mark == '~' || (mark == '*' && left && right))) {
			b.WriteString(line[i : i+run])
		}
		i += run
	}
	return b.String()
}
