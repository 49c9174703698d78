package markdown

import (
	"bytes"
	"html"
	"strings"
)

// fence follows an open code block at the top level, line by line, so that its text need
// not be parsed again for every update.
type fence struct {
	language string
	mark     byte
	width    int // of the opening fence; the closing one is at least as wide
	indent   int // spaces taken off each line
	line     int // start of the first line not looked at, offset in the stream's text
	shown    int // end of the text that is shown
}

// openFence begins with the fence that goldmark found at the start of text, which is at off.
func openFence(text []byte, off int) *fence {
	first, _, _ := bytes.Cut(text, []byte("\n"))
	rest := bytes.TrimLeft(first, " ")
	f := &fence{indent: len(first) - len(rest), mark: rest[0]}
	info := bytes.TrimLeft(rest, string(f.mark))
	f.width = len(rest) - len(info)
	f.language = languageOf(string(info))
	f.line = off + len(first) + 1
	f.shown = f.line
	return f
}

// close looks at the lines that came since, up to lines, for the one that ends the block.
// It returns the end of that line.
func (f *fence) close(text []byte, lines int) (end int, closed bool) {
	for f.line < lines {
		n := bytes.IndexByte(text[f.line:lines], '\n') + 1
		line := text[f.line : f.line+n]
		if f.closes(line) {
			return f.line + n, true
		}
		f.line += n
	}
	return 0, false
}

func (f *fence) closes(line []byte) bool {
	line = bytes.TrimRight(line, " \t\n\v\f")
	rest := bytes.TrimLeft(line, " ")
	return len(line)-len(rest) <= 3 && len(rest) >= f.width && len(bytes.Trim(rest, string(f.mark))) == 0
}

// more returns the escaped text that has come since the last call. A last line that may
// become the closing fence waits, since text once appended cannot be taken back.
func (f *fence) more(text []byte, lines int) string {
	end := len(text)
	if last := text[lines:]; f.indent > 0 || len(bytes.Trim(last, " \t"+string(f.mark))) == 0 {
		end = lines
	}
	if end <= f.shown {
		return ""
	}
	part := string(text[f.shown:end])
	f.shown = end
	if f.indent > 0 {
		part = outdent(part, f.indent)
	}
	return html.EscapeString(part)
}

// outdent takes up to width spaces off each line.
func outdent(part string, width int) string {
	var b strings.Builder
	for line := range strings.Lines(part) {
		n := 0
		for n < width && n < len(line) && line[n] == ' ' {
			n++
		}
		b.WriteString(line[n:])
	}
	return b.String()
}

// cutFigure divides an empty code block's HTML where its code belongs.
func cutFigure(figure string) (head, foot string) {
	head, _, _ = strings.Cut(figure, "</code>")
	return head, figure[len(head):]
}
