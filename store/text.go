package store

import (
	"bytes"
	"strings"
	"unicode"
	"unicode/utf8"
)

// cleanText drops what a text column cannot hold: NUL characters (Postgres
// refuses them) and broken UTF-8.
func cleanText(s string) string {
	if strings.IndexByte(s, 0) >= 0 {
		s = strings.ReplaceAll(s, "\x00", "")
	}
	return strings.ToValidUTF8(s, "\uFFFD")
}

// cleanJSON does the same for a JSON text, where a NUL is written \u0000. One
// bad text must not fail the transaction that saves a thousand. No bytes at all
// are an empty list.
func cleanJSON(b []byte) string {
	if len(b) == 0 {
		return "[]"
	}
	if bytes.Contains(b, []byte(`\u0000`)) {
		b = dropEscapedNUL(b)
	}
	if utf8.Valid(b) && bytes.IndexByte(b, 0) < 0 {
		return string(b)
	}
	return cleanText(string(b))
}

// dropEscapedNUL steps over whole escapes, so that \\u0000, a backslash and
// then letters, stays.
func dropEscapedNUL(b []byte) []byte {
	out := make([]byte, 0, len(b))
	for i := 0; i < len(b); i++ {
		if b[i] != '\\' || i+1 == len(b) {
			out = append(out, b[i])
			continue
		}
		if bytes.HasPrefix(b[i:], []byte(`\u0000`)) {
			i += 5
			continue
		}
		out = append(out, b[i], b[i+1])
		i++
	}
	return out
}

// cleanLine makes one line of s: white space becomes single spaces, control
// characters go.
func cleanLine(s string) string {
	s = strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r):
			return ' '
		case unicode.IsControl(r):
			return -1
		}
		return r
	}, cleanText(s))
	return strings.Join(strings.Fields(s), " ")
}

// firstRunes cuts s after n runes.
func firstRunes(s string, n int) string {
	for i := range s {
		if n == 0 {
			return s[:i]
		}
		n--
	}
	return s
}
