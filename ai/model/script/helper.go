package script

import (
	"strconv"
	"strings"
	"time"
	"unicode"
)

// Words cuts text into chunks of about one word, each with the white space
// before it, and sends one per delay. Joined, the chunks are the text.
func Words(text string, delay time.Duration) []Chunk {
	var out []Chunk
	for _, w := range Split(text) {
		out = append(out, Chunk{Text: w, Delay: delay})
	}
	return out
}

// Split cuts text before each run of white space, and so also between lines.
func Split(text string) []string {
	var out []string
	start, inWord := 0, false
	for i, r := range text {
		space := unicode.IsSpace(r)
		if space && inWord {
			out = append(out, text[start:i])
			start = i
		}
		inWord = !space
	}
	if start < len(text) {
		out = append(out, text[start:])
	}
	return out
}

// Say is a reply of plain text without delays.
func Say(text string) Reply { return Reply{Chunks: Words(text, 0)} }

// Fail is a refusal with this HTTP status and the protocol's error object.
func Fail(status int) Reply { return Reply{Status: status} }

// Ticks is a reply for benchmarks: n deltas, one each interval (n < 0: endless),
// whose text is the time of sending in Unix nanoseconds behind StampMark, and
// then pad. Apart from the stamp they are encoded once, so the reply is cheap;
// make it once and give it to all streams.
func Ticks(n int, interval time.Duration, pad string) Reply {
	head := appendString(append([]byte(nil), chunkHead...), "scripted")
	head = append(head, `,"choices":[{"index":0,"delta":{"content":"`+StampMark...)
	quoted := appendString(nil, " "+pad)
	tail := append(quoted[1:], "},\"finish_reason\":null}]}\n\n"...)
	fill := func(dst []byte) []byte {
		dst = strconv.AppendInt(append(dst, head...), time.Now().UnixNano(), 10)
		return append(dst, tail...)
	}
	chunk := Chunk{Delay: interval, Append: fill}
	return Reply{Next: func(i int) (Chunk, bool) { return chunk, n < 0 || i < n }}
}

// StampMark stands before the time of sending in the text of Ticks.
const StampMark = "t="

// Stamps reads the times of sending out of text made by Ticks, as they come.
// A stamp at the very end without its closing space is left out.
func Stamps(text string) []time.Time {
	var out []time.Time
	for {
		_, rest, found := strings.Cut(text, StampMark)
		if !found {
			return out
		}
		digits, after, whole := strings.Cut(rest, " ")
		if ns, err := strconv.ParseInt(digits, 10, 64); whole && err == nil {
			out = append(out, time.Unix(0, ns))
			rest = after
		}
		text = rest
	}
}
