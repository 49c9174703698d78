package ai

import "strings"

// unwrapper takes the fence off a text that comes bit by bit: models put one around what they were
// asked to write bare. What comes after the fence is talk, and dropped.
type unwrapper struct {
	any      bool   // any fence; else only one that says Markdown
	language string // that the fence names

	head   string // what may be the beginning of a fence
	begun  bool
	fence  string // "" without one
	held   string // the open last line, which may be the fence's end
	closed bool
}

const longestInfo = 60

// push returns what of the text is certain to be content.
func (u *unwrapper) push(text string) string {
	if !u.begun {
		u.head += text
		if text = u.begin(false); text == "" {
			return ""
		}
	}
	return u.inside(text)
}

// begin decides on the first line, once it is whole or cannot be a fence.
func (u *unwrapper) begin(ended bool) string {
	head := strings.TrimLeft(u.head, " \t\r\n")
	line, rest, whole := strings.Cut(head, "\n")
	maybe := strings.HasPrefix(line, "```") || strings.HasPrefix("```", line)
	if maybe && !whole && !ended && len(line) < longestInfo {
		return ""
	}
	u.begun, u.head = true, ""
	info := strings.ToLower(strings.TrimSpace(strings.TrimLeft(line, "`")))
	isFence := strings.HasPrefix(line, "```") && whole && !strings.Contains(info, "`")
	if !isFence || !(u.any || info == "markdown" || info == "md") {
		return head
	}
	u.fence = line[:len(line)-len(strings.TrimLeft(line, "`"))]
	u.language, _, _ = strings.Cut(info, " ")
	return rest
}

// inside holds back the open line while it may end the fence.
func (u *unwrapper) inside(text string) string {
	if u.fence == "" {
		return text
	}
	if u.closed {
		return ""
	}
	var out strings.Builder
	text, u.held = u.held+text, ""
	for text != "" {
		line, rest, whole := strings.Cut(text, "\n")
		trimmed := strings.TrimRight(line, " \r\t")
		if whole && trimmed == u.fence {
			u.closed = true
			break
		}
		if !whole {
			if strings.HasPrefix(u.fence, trimmed) || trimmed == u.fence {
				u.held = line
			} else {
				out.WriteString(line)
			}
			break
		}
		out.WriteString(line + "\n")
		text = rest
	}
	return out.String()
}

// end returns what was held back and is content after all.
func (u *unwrapper) end() string {
	if !u.begun {
		return u.inside(u.begin(true))
	}
	if u.closed || strings.TrimRight(u.held, " \r\t") == u.fence {
		return ""
	}
	return u.held
}
