package markdown

import (
	"strings"
	"unicode/utf8"
)

// normaliser makes valid UTF-8 with \n line ends, without NUL, of bytes that come in pieces
// cut anywhere. What one piece leaves open waits for the next.
type normaliser struct{ held []byte }

// normalise does a whole text at once.
func normalise(s string) string {
	if utf8.ValidString(s) && !strings.ContainsAny(s, "\r\x00") {
		return s
	}
	var n normaliser
	return string(n.flush(n.append(make([]byte, 0, len(s)), s)))
}

// append adds what is certain of s to dst.
func (n *normaliser) append(dst []byte, s string) []byte {
	in := append(n.held, s...)
	rest := 0
	for rest < len(in) {
		size := 1
		switch c := in[rest]; {
		case c == '\r' && rest+1 == len(in), c >= utf8.RuneSelf && !utf8.FullRune(in[rest:]):
			n.held = append([]byte(nil), in[rest:]...)
			return dst
		case c == '\r' && in[rest+1] == '\n', c == 0:
		case c == '\r':
			dst = append(dst, '\n')
		case c < utf8.RuneSelf:
			dst = append(dst, c)
		default:
			var r rune
			r, size = utf8.DecodeRune(in[rest:])
			dst = utf8.AppendRune(dst, r)
		}
		rest += size
	}
	n.held = n.held[:0]
	return dst
}

// flush adds what still waits: a lone \r is a line end, half a character is U+FFFD per byte.
func (n *normaliser) flush(dst []byte) []byte {
	for _, c := range n.held {
		if c == '\r' {
			dst = append(dst, '\n')
		} else {
			dst = utf8.AppendRune(dst, utf8.RuneError)
		}
	}
	n.held = nil
	return dst
}
