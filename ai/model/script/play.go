package script

import (
	"context"
	"net/http"
	"time"
)

// player plays one reply to one caller. It owns a buffer and at most one timer,
// so that thousands of them can run side by side in one process.
type player struct {
	w      http.ResponseWriter
	flush  func()
	ctx    context.Context
	reply  Reply
	in     Request
	timer  *time.Timer
	due    time.Time
	buf    []byte
	sent   int
	tools  bool
	failed bool // a write failed: the caller is gone
}

func newPlayer(w http.ResponseWriter, r *http.Request, reply Reply, in Request) *player {
	p := &player{w: w, ctx: r.Context(), reply: reply, in: in, flush: func() {}}
	if f, ok := w.(http.Flusher); ok {
		p.flush = f.Flush
	}
	return p
}

func (p *player) run() {
	defer p.stopTimer()
	for name, values := range p.reply.Header {
		p.w.Header()[http.CanonicalHeaderKey(name)] = values
	}
	switch {
	case p.reply.Body != "" || p.status() != http.StatusOK:
		p.plain()
	case !p.in.Stream:
		p.whole()
	default:
		p.stream()
	}
}

func (p *player) status() int {
	if p.reply.Status == 0 {
		return http.StatusOK
	}
	return p.reply.Status
}

// plain sends the reply's body as it is; a refusal without one gets the usual object.
func (p *player) plain() {
	if p.reply.Body == "" {
		sendError(p.w, p.status(), http.StatusText(p.status()), "scripted_error")
		return
	}
	p.setType("application/json")
	p.w.WriteHeader(p.status())
	p.write([]byte(p.reply.Body))
	p.ending()
}

func (p *player) setType(t string) {
	if p.w.Header().Get("Content-Type") == "" {
		p.w.Header().Set("Content-Type", t)
	}
}

func (p *player) stream() {
	p.setType("text/event-stream")
	p.w.Header().Set("Cache-Control", "no-cache")
	p.w.WriteHeader(p.status())
	p.flush()
	p.due = time.Now()
	for i := 0; !p.failed; i++ {
		c, ok := p.chunk(i)
		if !ok {
			break
		}
		if !p.wait(c.Delay) {
			return
		}
		p.tools = p.tools || c.isTool()
		c.first = i == 0
		p.write(appendChunk(p.buf[:0], p.in.Model, c))
		p.sent++
	}
	p.ending()
	p.finish()
}

func (p *player) chunk(i int) (Chunk, bool) {
	if p.reply.Next != nil {
		return p.reply.Next(i)
	}
	if i >= len(p.reply.Chunks) {
		return Chunk{}, false
	}
	return p.reply.Chunks[i], true
}

// wait sleeps until the next chunk is due and reports whether the caller is
// still there. Times are counted from the previous due time, so that a late
// wake-up does not slow a paced script down.
func (p *player) wait(delay time.Duration) bool {
	p.due = p.due.Add(delay)
	left := time.Until(p.due)
	if left <= 0 {
		return p.ctx.Err() == nil
	}
	if p.timer == nil {
		p.timer = time.NewTimer(left)
	} else {
		p.timer.Reset(left)
	}
	select {
	case <-p.timer.C:
		return true
	case <-p.ctx.Done():
		return false
	}
}

func (p *player) stopTimer() {
	if p.timer != nil {
		p.timer.Stop()
	}
}

// write sends b and keeps its memory for the next chunk.
func (p *player) write(b []byte) {
	p.buf = b
	if _, err := p.w.Write(b); err != nil {
		p.failed = true
		return
	}
	p.flush()
}

// ending plays the two ways in which a reply does not end properly.
func (p *player) ending() {
	if p.reply.Stall {
		<-p.ctx.Done()
	}
	if p.reply.Cut {
		panic(http.ErrAbortHandler) // the only way to break the connection under net/http
	}
}

func (p *player) finish() {
	if p.reply.Bare || p.failed || p.ctx.Err() != nil {
		return
	}
	b := appendFinish(p.buf[:0], p.in.Model, p.finishReason())
	if p.reply.Usage != nil {
		b = appendUsage(b, p.in.Model, *p.reply.Usage)
	}
	p.write(append(b, "data: [DONE]\n\n"...))
}

func (p *player) finishReason() string {
	switch {
	case p.reply.FinishReason != "":
		return p.reply.FinishReason
	case p.tools:
		return "tool_calls"
	}
	return "stop"
}

// whole answers a request that did not ask for a stream.
func (p *player) whole() {
	var text, reasoning []byte
	var calls []map[string]any
	p.due = time.Now()
	for i := 0; ; i++ {
		c, ok := p.chunk(i)
		if !ok {
			break
		}
		if !p.wait(c.Delay) {
			return
		}
		text, reasoning = append(text, c.Text...), append(reasoning, c.Reasoning...)
		if c.isTool() {
			p.tools, calls = true, addCall(calls, c)
		}
		p.sent++
	}
	message := map[string]any{"role": "assistant", "content": string(text)}
	if len(reasoning) > 0 {
		message["reasoning_content"] = string(reasoning)
	}
	if len(calls) > 0 {
		message["tool_calls"] = calls
	}
	var usage Usage
	if p.reply.Usage != nil {
		usage = *p.reply.Usage
	}
	p.ending()
	sendJSON(p.w, http.StatusOK, map[string]any{
		"id": "chatcmpl-script", "object": "chat.completion", "created": 1700000000, "model": p.in.Model,
		"choices": []any{map[string]any{"index": 0, "message": message, "finish_reason": p.finishReason()}},
		"usage": map[string]int{"prompt_tokens": usage.InputTokens, "completion_tokens": usage.OutputTokens,
			"total_tokens": usage.InputTokens + usage.OutputTokens},
	})
}

// addCall puts a piece of a tool's call to what came before it.
func addCall(calls []map[string]any, c Chunk) []map[string]any {
	for len(calls) <= c.ToolIndex {
		calls = append(calls, map[string]any{"type": "function", "id": "", "function": map[string]string{"name": "", "arguments": ""}})
	}
	call := calls[c.ToolIndex]
	call["id"] = call["id"].(string) + c.ToolID
	function := call["function"].(map[string]string)
	function["name"] += c.ToolName
	function["arguments"] += c.ToolArgs
	return calls
}
