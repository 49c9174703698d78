package store

import (
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// fold is how the indexes see a word: in lower case, accents off Latin letters.
func fold(word string) string {
	folded := make([]rune, 0, len(word))
	for _, r := range word {
		folded = append(folded, foldRune(r))
	}
	return string(folded)
}

// foldRune takes the accents off a letter of ASCII; other letters keep theirs,
// which may be letters of their own.
func foldRune(r rune) rune {
	if r = unicode.ToLower(r); r < utf8.RuneSelf {
		return r
	}
	var buffer [utf8.UTFMax]byte
	parts := norm.NFD.Properties(utf8.AppendRune(buffer[:0], r)).Decomposition()
	if len(parts) > 0 && parts[0] < utf8.RuneSelf {
		return rune(parts[0])
	}
	return r
}

// foldsTo says whether a word folded is start, or begins with it when open.
func foldsTo(word, start string, open bool) bool {
	for _, r := range word {
		if start == "" {
			return open
		}
		want, width := utf8.DecodeRuneInString(start)
		if foldRune(r) != want {
			return false
		}
		start = start[width:]
	}
	return start == ""
}
