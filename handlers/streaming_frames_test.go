package handlers_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"alleato/ai/model/script"
)

// framesOf counts the frames that the page shows until an expression is true, and gives how many there
// were a second.
const framesOf = `(async () => {
	const done = () => %s
	let frames = 0
	const begin = await new Promise(requestAnimationFrame)
	let at = begin
	while (!done()) { at = await new Promise(requestAnimationFrame); frames++ }
	return 1000 * frames / (at - begin)
})()`

// TestStreamingFrames: while 20,000 characters stream into the editor of each kind, beside the conversation, the
// page shows as many frames a second as one where nothing happens, or nearly: a busy machine loses some.
func TestStreamingFrames(t *testing.T) {
	b := openChromium(t)
	for _, kind := range []string{"text", "code", "sheet", "html"} {
		t.Run(kind, func(t *testing.T) {
			smooth(t, func() (idle, busy float64) { return framesWhile(t, b, kind) })
		})
	}
}

// smooth asks for as many frames a second while something comes as when nothing does. What else the machine
// does at the time takes frames away, and adds none.
func smooth(t *testing.T, measured func() (idle, busy float64)) {
	t.Helper()
	var idle, busy float64
	for range 5 {
		i, b := measured()
		if idle, busy = max(idle, i), max(busy, b); busy >= 0.97*idle {
			return
		}
	}
	t.Errorf("while the text comes the page shows %.1f frames a second, %.1f when nothing comes", busy, idle)
}

// TestChatFrames: a reply of 20,000 characters streams in as smoothly, below three that are as long.
func TestChatFrames(t *testing.T) {
	b := openChromium(t)
	smooth(t, func() (idle, busy float64) {
		chunks, size := poured("text")
		s := withTools(t, func(r script.Request) script.Reply {
			if strings.Contains(r.Messages[len(r.Messages)-1].Text, "slowly") {
				return script.Reply{Chunks: chunks}
			}
			return script.Reply{Chunks: []script.Chunk{{Text: whole(chunks)}}}
		})
		p := b.visit(t, s, desktop, "/")
		p.until(shown(testid("suggested-actions")))
		idle = get[float64](p, fmt.Sprintf(framesOf, "at - begin > 2000"))
		for range 3 {
			p.ask("at once")
			p.finished("complete")
		}
		p.ask("slowly")
		p.until(fmt.Sprintf("%[1]s.hasAttribute('aria-busy') && %[1]s.textContent.length > %[2]d", find(lastReply), size/10))
		begun := time.Now()
		busy = get[float64](p, fmt.Sprintf(framesOf, "!"+find(lastReply)+".hasAttribute('aria-busy')"))
		measuredFor(t, begun, idle, busy)
		p.finished("complete")
		return idle, busy
	})
}

// measuredFor says what was seen, and refuses what was seen for too short a time.
func measuredFor(t *testing.T, begun time.Time, idle, busy float64) {
	t.Helper()
	took := time.Since(begun)
	t.Logf("idle %.1f, for the %.1f s in which the text came %.1f frames a second", idle, took.Seconds(), busy)
	if took < 2*time.Second {
		t.Errorf("the text came within %s: too fast to be measured", took)
	}
}

func whole(chunks []script.Chunk) string {
	var all strings.Builder
	for _, c := range chunks {
		all.WriteString(c.Text)
	}
	return all.String()
}

// framesWhile are the frames a second of a page where nothing happens, and while a document streams in.
func framesWhile(t *testing.T, b *chromium, kind string) (idle, busy float64) {
	t.Helper()
	chunks, size := poured(kind)
	s := withTools(t, func(r script.Request) script.Reply {
		switch last := r.Messages[len(r.Messages)-1]; {
		case strings.HasPrefix(system(r), "Write the document"):
			return script.Reply{Chunks: chunks}
		case last.Role != "tool" && strings.Contains(last.Text, "create"):
			return calling("createDocument", m{"title": "Long", "kind": kind})
		}
		return writer(r)
	})
	p := b.visit(t, s, desktop, "/")
	p.until(shown(testid("suggested-actions")))
	idle = get[float64](p, fmt.Sprintf(framesOf, "at - begin > 2000"))
	p.ask("create it")
	p.until(fmt.Sprintf("%s?.length > %d", editorText, size/10)) // what was loaded for it has been loaded
	begun := time.Now()
	ended := fmt.Sprintf("frames %% 60 === 0 && %s.length >= %d || !document.querySelector('#artifact[data-writing]')", editorText, size*49/50)
	busy = get[float64](p, fmt.Sprintf(framesOf, ended))
	measuredFor(t, begun, idle, busy)
	p.finished("complete")
	return idle, busy
}

// poured is a document of 20,000 characters of a kind, as a quick model writes it: some 4,000 a second.
func poured(kind string) (chunks []script.Chunk, size int) {
	lines := map[string]string{
		"text":  "## Part %[1]d\n\nSome **bold** words, a [link](https://example.com/%[1]d) and `code`.\n\n- one\n- two\n\n",
		"code":  "def f%[1]d(x):\n    \"\"\"Doubles %[1]d.\"\"\"\n    return [x * 2 for _ in range(%[1]d)]  # a comment\n\n",
		"sheet": "%[1]d,Torino,\"a, b\",%[1]d.5,2026-11-22,some longer words\n", "html": "<p class=\"row\">Row <b>%[1]d</b> <i>of the page</i></p>\n",
	}
	var whole strings.Builder
	if kind == "sheet" {
		whole.WriteString("id,city,note,value,day,words\n")
	}
	for i := 0; whole.Len() < 20_000; i++ {
		fmt.Fprintf(&whole, lines[kind], i)
	}
	for rest := whole.String(); rest != ""; {
		n := min(len(rest), 20)
		chunks = append(chunks, script.Chunk{Text: rest[:n], Delay: 5 * time.Millisecond})
		rest = rest[n:]
	}
	return chunks, whole.Len()
}
