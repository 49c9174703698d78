package markdown

// pendingStart and pendingEnd hold what was written to a large open block since it was last
// rendered.
const (
	pendingStart = `<pre class="pending"><code class="code-open">`
	pendingEnd   = "</code></pre>\n"
)

// tail is the HTML of the open last block: head, text appended to its code.code-open, foot.
type tail struct {
	start, end int // the text it shows, offsets in the stream's text
	head       string
	code       []byte
	foot       string
	replaced   bool // since the last take
	sent       int  // bytes of code in updates so far
}

func (t *tail) replace(head, foot string) {
	if head == t.head && foot == t.foot && len(t.code) == 0 {
		return
	}
	t.head, t.code, t.foot = head, nil, foot
	t.replaced, t.sent = true, 0
}

func (t *tail) append(escaped string) { t.code = append(t.code, escaped...) }

// take returns what an update has to say about the tail.
func (t *tail) take() (html *string, code string) {
	code = string(t.code[t.sent:])
	t.sent = len(t.code)
	if !t.replaced {
		return nil, code
	}
	t.replaced = false
	all := t.shown()
	return &all, ""
}

// shown is the tail as the updates have built it.
func (t *tail) shown() string { return t.head + string(t.code[:t.sent]) + t.foot }
