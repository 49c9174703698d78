package model

import (
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// unquote decodes a JSON string as it stands in the source. gjson's own decoder
// makes U+FFFD of half a surrogate pair; here the half is kept, as the three
// bytes that UTF-8 would give it, until the joiner has seen the other half. Raw
// bytes are left alone for the same reason.
func unquote(raw string) string {
	if len(raw) < 2 || raw[0] != '"' {
		return ""
	}
	s := raw[1 : len(raw)-1]
	i := strings.IndexByte(s, '\\')
	if i < 0 {
		return s
	}
	out := make([]byte, i, len(s))
	copy(out, s)
	for i < len(s) {
		if s[i] != '\\' || i+1 == len(s) {
			out = append(out, s[i])
			i++
			continue
		}
		var n int
		out, n = appendEscape(out, s[i+1:])
		i += 1 + n
	}
	return string(out)
}

// appendEscape decodes what follows a backslash and returns its length.
func appendEscape(out []byte, s string) ([]byte, int) {
	switch s[0] {
	case 'n':
		return append(out, '\n'), 1
	case 't':
		return append(out, '\t'), 1
	case 'r':
		return append(out, '\r'), 1
	case 'b':
		return append(out, '\b'), 1
	case 'f':
		return append(out, '\f'), 1
	case 'u':
		return appendUnicode(out, s)
	}
	return append(out, s[0]), 1
}

func appendUnicode(out []byte, s string) ([]byte, int) {
	r, ok := hex4(s)
	if !ok {
		return append(out, 'u'), 1
	}
	if !utf16.IsSurrogate(r) {
		return utf8.AppendRune(out, r), 5
	}
	if len(s) > 6 && s[5] == '\\' {
		if low, ok := hex4(s[6:]); ok && utf16.DecodeRune(r, low) != utf8.RuneError {
			return utf8.AppendRune(out, utf16.DecodeRune(r, low)), 11
		}
	}
	return append(out, 0xE0|byte(r>>12), 0x80|byte(r>>6)&0x3F, 0x80|byte(r)&0x3F), 5
}

// hex4 reads uXXXX.
func hex4(s string) (rune, bool) {
	if len(s) < 5 || s[0] != 'u' {
		return 0, false
	}
	n, err := strconv.ParseUint(s[1:5], 16, 32)
	return rune(n), err == nil
}

// joiner puts together characters that were cut over deltas: the end of a piece
// that may be the beginning of a character is held back for the next one.
// A half at the very end of the reply is dropped; other bytes that are not
// UTF-8 become U+FFFD, because nothing behind us could store them.
type joiner struct{ held string }

func (j *joiner) push(s string) string {
	if j.held == "" && isWhole(s) {
		return s
	}
	s = joinSurrogates(j.held + s)
	cut := wholePrefix(s)
	s, j.held = s[:cut], strings.Clone(s[cut:])
	return strings.ToValidUTF8(s, "\uFFFD")
}

// isWhole is the quick answer for almost all pieces.
func isWhole(s string) bool { return utf8.ValidString(s) }

// wholePrefix is the length of s without an unfinished character at its end.
func wholePrefix(s string) int {
	for back := 1; back <= 3 && back <= len(s); back++ {
		i := len(s) - back
		b := s[i]
		if b < utf8.RuneSelf {
			break
		}
		if b < 0xC0 { // a continuation byte: look further back
			continue
		}
		if isHighSurrogate(s[i:]) || !utf8.FullRuneInString(s[i:]) {
			return i
		}
		break
	}
	return len(s)
}

// isHighSurrogate recognises the first half of a pair, as unquote writes it.
func isHighSurrogate(s string) bool {
	return len(s) >= 3 && s[0] == 0xED && s[1] >= 0xA0 && s[1] <= 0xAF
}

func isLowSurrogate(s string) bool {
	return len(s) >= 3 && s[0] == 0xED && s[1] >= 0xB0 && s[1] <= 0xBF
}

// joinSurrogates makes one character of each pair of halves.
func joinSurrogates(s string) string {
	i := strings.IndexByte(s, 0xED)
	if i < 0 {
		return s
	}
	var b strings.Builder
	for ; i >= 0; i = strings.IndexByte(s, 0xED) {
		b.WriteString(s[:i])
		s = s[i:]
		n := 1
		if isHighSurrogate(s) && isLowSurrogate(s[3:]) {
			b.WriteRune(utf16.DecodeRune(surrogate(s), surrogate(s[3:])))
			n = 6
		} else {
			b.WriteByte(s[0])
		}
		s = s[n:]
	}
	b.WriteString(s)
	return b.String()
}

func surrogate(s string) rune {
	return rune(s[0]&0x0F)<<12 | rune(s[1]&0x3F)<<6 | rune(s[2]&0x3F)
}
