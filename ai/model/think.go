package model

import "strings"

const (
	thinkOpen  = "<think>"
	thinkClose = "</think>"
	blanks     = " \t\r\n"
	maxHeld    = 256 // bytes: far more than any tag; keeps a hostile row of backticks linear
)

// thinker tells reasoning written as <think>…</think> apart from the text it
// comes with. The opening tag counts only at the start of a line outside a code
// fence: a reply that explains the tag in passing must not vanish into the
// folded reasoning. What may be the beginning of a tag is held until the next
// piece decides.
type thinker struct {
	text, reasoning func(string)

	held     string
	thinking bool
	started  bool   // some text was given out
	trim     bool   // white space that begins the text or the reasoning is dropped
	midLine  bool   // the next character does not begin a line
	fence    string // the mark of the open code fence, as long as it was written
}

func (t *thinker) push(s string) {
	if t.held != "" {
		s, t.held = t.held+s, ""
	}
	for s != "" {
		if t.thinking {
			s = t.pushReasoning(s)
		} else {
			s = t.pushText(s)
		}
	}
}

// finish gives out what was held: nothing more will decide about it.
func (t *thinker) finish() {
	switch held := t.held; {
	case held == "":
	case t.thinking:
		t.reasoning(held)
	case t.started || strings.Trim(held, blanks) != "":
		t.text(held)
	}
	t.held = ""
}

// pushReasoning returns what follows the closing tag.
func (t *thinker) pushReasoning(s string) string {
	if s = t.trimmed(s); s == "" {
		return ""
	}
	before, after, closed := strings.Cut(s, thinkClose)
	if closed {
		t.give(t.reasoning, before)
		t.thinking, t.midLine, t.trim = false, false, true
		return after
	}
	keep := len(s) - partialSuffix(s, thinkClose)
	t.give(t.reasoning, s[:keep])
	t.held = strings.Clone(s[keep:])
	return ""
}

// pushText returns what follows an opening tag.
func (t *thinker) pushText(s string) string {
	if s = t.trimmed(s); s == "" {
		return ""
	}
	for i := 0; i < len(s); {
		if t.midLine {
			n := strings.IndexByte(s[i:], '\n')
			if n < 0 {
				break
			}
			i, t.midLine = i+n+1, false
			continue
		}
		rest := strings.TrimLeft(s[i:], blanks)
		at := len(s) - len(rest)
		switch {
		case t.fence == "" && strings.HasPrefix(rest, thinkOpen):
			t.openThought(s[:at])
			return rest[len(thinkOpen):]
		case len(s)-i < maxHeld && t.undecided(rest):
			t.give(t.text, s[:i])
			t.held = strings.Clone(s[i:])
			return ""
		}
		i = at + t.passFence(rest)
		t.midLine = rest != ""
	}
	t.give(t.text, s)
	return ""
}

func (t *thinker) openThought(before string) {
	if t.started || strings.Trim(before, blanks) != "" {
		t.give(t.text, before)
	}
	t.thinking, t.trim = true, true
}

// undecided reports that the beginning of this line may still become a tag or a
// fence, or a longer fence. At the start of the reply white space is held too,
// so that no empty text comes before the reasoning.
func (t *thinker) undecided(line string) bool {
	if line == "" {
		return !t.started
	}
	return t.fence == "" && strings.HasPrefix(thinkOpen, line) || len(fenceMark(line)) == len(line)
}

// fenceMark is the row of backticks or tildes that a line begins with.
func fenceMark(line string) string {
	if line == "" || line[0] != '`' && line[0] != '~' {
		return ""
	}
	return line[:len(line)-len(strings.TrimLeft(line, line[:1]))]
}

// passFence opens or closes a code fence and returns the length of its mark. A
// fence is closed by its own mark, at least as long.
func (t *thinker) passFence(line string) int {
	mark := fenceMark(line)
	switch {
	case len(mark) < 3:
	case t.fence == "":
		t.fence = strings.Clone(mark)
	case strings.HasPrefix(mark, t.fence):
		t.fence = ""
	}
	return len(mark)
}

func (t *thinker) trimmed(s string) string {
	if t.trim {
		s = strings.TrimLeft(s, blanks)
		t.trim = s == ""
	}
	return s
}

func (t *thinker) give(to func(string), s string) {
	if s == "" {
		return
	}
	t.started = t.started || !t.thinking
	to(s)
}

// partialSuffix is the length of the longest end of s that begins tag.
func partialSuffix(s, tag string) int {
	for n := min(len(s), len(tag)-1); n > 0; n-- {
		if strings.HasSuffix(s, tag[:n]) {
			return n
		}
	}
	return 0
}
