package store

import (
	"strings"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// fold is how the indexes see a word: in lower case, accents off Latin letters.
func fold(word string) string {
	word = strings.ToLower(word)
	if isASCII(word) {
		return word
	}
	var b strings.Builder
	for _, r := range word {
		b.WriteString(bare(r))
	}
	return b.String()
}

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// bare takes the accents off a letter of ASCII; other letters keep theirs, which
// may be letters of their own.
func bare(r rune) string {
	if parts := norm.NFD.String(string(r)); parts[0] < utf8.RuneSelf {
		return parts[:1]
	}
	return string(r)
}
