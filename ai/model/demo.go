package model

import (
	"strings"
	"time"

	"alleato/ai/model/script"
)

const (
	demoID    = "demo"
	demoPace  = 15 * time.Millisecond // a token, like a quick model
	demoStart = 250 * time.Millisecond
)

// newDemoView offers the built-in demo model. It sits behind an in-process
// RoundTripper and speaks the OpenAI protocol, so that the client code is the
// same as with a real provider.
func newDemoView(o Options) *view {
	pages, err := readBook()
	if err != nil { // cannot happen in a binary whose tests pass
		o.Log.Error("demo model", "err", err)
		pages = &book{}
	}
	handler := &script.Handler{
		Models: []string{demoID}, Remember: -1,
		Answer: func(r script.Request) script.Reply { return pages.play(r, demoStart, demoPace) },
	}
	e := &endpoint{
		baseURL: "http://demo.invalid/v1", provider: "Alleato", client: newClient(script.RoundTripper(handler)),
		idle: o.Idle, maxBytes: o.MaxBytes, now: o.Now,
	}
	info := Info{
		ID: demoID, Label: "Alleato demo", Provider: "Alleato", ContextWindow: cautiousWindow,
		Capabilities: Capabilities{Reasoning: true, Tools: true},
	}
	return newView(0, []entry{{Info: info, id: demoID, endpoint: e}})
}

// answer is what the demo model says.
type answer struct{ reasoning, text string }

// play plays the answer to a request at the given pace.
func (b *book) play(r script.Request, start, pace time.Duration) script.Reply {
	if reply, is := b.document(r, start, pace); is {
		return reply
	}
	a := b.answer(r.Messages)
	var chunks []script.Chunk
	for _, word := range script.Split(a.reasoning) {
		chunks = append(chunks, script.Chunk{Reasoning: word, Delay: pace})
	}
	chunks = append(chunks, script.Words(a.text, pace)...)
	if len(chunks) > 0 {
		chunks[0].Delay = start
	}
	asked := 0
	for _, m := range r.Messages {
		asked += len(script.Split(m.Text))
	}
	return script.Reply{Chunks: chunks, Usage: &script.Usage{InputTokens: asked, OutputTokens: len(chunks)}}
}

// answer is a function of the conversation, and mostly of its last question, so
// that the same question shows the same thing, and a reply that was interrupted
// can be continued where it broke off.
func (b *book) answer(messages []script.Message) answer {
	if isTitlePrompt(messages) {
		return answer{text: demoTitle(messages)}
	}
	question, before := lastQuestion(messages)
	t := talk{b, question, before}
	partial, wanted := unfinished(messages)
	if !wanted {
		return t.reply()
	}
	if n := len(before); isContinue(question) && n > 0 {
		t = talk{b, before[n-1], before[:n-1]}
	}
	whole := t.reply().text
	rest, ok := strings.CutPrefix(whole, partial)
	switch {
	case !ok:
		return talk{b, question, before}.reply()
	case strings.TrimSpace(rest) == "":
		return answer{text: "\n\nThat was all of it."}
	}
	return answer{text: rest}
}

// lastQuestion returns the last user message and those before it, oldest first.
func lastQuestion(messages []script.Message) (question string, before []string) {
	for _, m := range messages {
		if m.Role == "user" {
			before = append(before, demoInput(m))
		}
	}
	if len(before) == 0 {
		return "", nil
	}
	return before[len(before)-1], before[:len(before)-1]
}

// demoInput says in words what cannot be read by a script.
func demoInput(m script.Message) string {
	if len(m.Images) > 0 {
		return m.Text + " " + imageMark
	}
	return m.Text
}

// unfinished finds the partial reply that this request wants to be continued:
// the last message, or the one before a request to go on.
func unfinished(messages []script.Message) (partial string, wanted bool) {
	n := len(messages)
	switch {
	case n > 0 && messages[n-1].Role == "assistant":
		return messages[n-1].Text, true
	case n > 1 && messages[n-2].Role == "assistant" && isContinue(messages[n-1].Text):
		return messages[n-2].Text, true
	}
	return "", false
}

// isContinue recognises "continue", "go on" and the like, also inside the
// prompt that a server writes for it.
func isContinue(s string) bool {
	s = strings.ToLower(strings.TrimSpace(s))
	for _, start := range [...]string{"continue", "go on", "carry on", "keep going", "please continue", "weiter", "continua", "continúa"} {
		if strings.HasPrefix(s, start) {
			return true
		}
	}
	return false
}
