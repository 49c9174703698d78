package handlers_test

import (
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"alleato/ai/model/script"
)

func endingScenes() map[string]scene {
	scenes := map[string]scene{"stop/desktop": stopKeeps(desktop), "stop/phone": stopKeeps(phone)}
	for name, c := range badEndings() {
		scenes["ending/"+name] = endsBadly(c)
	}
	return scenes
}

// stopKeeps: the button ends the model's call within a second and keeps what was shown.
func stopKeeps(where screen) scene {
	return func(t *testing.T, b *chromium) {
		reply := script.Reply{Chunks: script.Words("This much was shown", 0), Stall: true}
		s := playhouse(t, titled("Stopped", func(script.Request) script.Reply { return reply }))
		p := b.visit(t, s, where, "/")
		p.ask("Go on for ever")
		p.until(find(replyBody) + "?.textContent.includes('was shown')")
		eventually(t, "only the reply is asked for", func() bool { return s.model.Active() == 1 })
		for len(s.model.Closed()) > 0 {
			<-s.model.Closed() // the title's
		}
		p.accessible()
		began := time.Now()
		p.click(stopIt)
		ended := <-s.model.Closed()
		if took := ended.At.Sub(began); took > time.Second || !ended.Gone {
			t.Errorf("the model's call ended after %v, gone: %v", took, ended.Gone)
		}
		p.finished("stopped")
		if got := strings.TrimSpace(p.text(replyBody)); got != "This much was shown" {
			t.Errorf("kept %q", got)
		}
		p.until(shown(lastReply + ` [data-kind="stopped"]`))
		p.until(shown(sendIt) + " && !" + shown(stopIt))
		p.until(find("#announcer") + ".textContent === 'Reply stopped'")
		p.same()
		p.accessible()
	}
}

type badEnding struct {
	reply              script.Reply
	status, text, says string
}

func badEndings() map[string]badEnding {
	return map[string]badEnding{
		"cut": {script.Reply{Chunks: script.Words("Half a sen", 0), Cut: true}, "interrupted", "Half a sen", "broke off"},
		"500": {script.Fail(http.StatusInternalServerError), "failed", "", "has a problem"},
		"401": {script.Fail(http.StatusUnauthorized), "failed", "", "API key"},
		"429": {script.Reply{Status: 429, Header: http.Header{"Retry-After": {"90"}}}, "failed", "", "too many requests"},
	}
}

// endsBadly: a reply that fails says why, and another one can be had.
func endsBadly(c badEnding) scene {
	return func(t *testing.T, b *chromium) {
		var mended atomic.Bool
		s := playhouse(t, titled("Trouble", func(script.Request) script.Reply {
			if mended.Load() {
				return script.Reply{Chunks: script.Words("Now it **works**.", 5*time.Millisecond)}
			}
			return c.reply
		}))
		p := b.visit(t, s, desktop, "/")
		p.ask("Try")
		p.finished(c.status)
		if got := strings.TrimSpace(p.text(replyBody)); got != c.text {
			t.Errorf("kept %q, want %q", got, c.text)
		}
		note := p.text(lastReply + " .msg-note")
		if !strings.Contains(note, c.says) {
			t.Errorf("the note says %q", note)
		}
		p.until(shown(lastReply + " .msg-note"))
		p.same()
		p.accessible()
		old := get[string](p, find(lastReply)+".dataset.messageId")
		mended.Store(true)
		p.click(lastReply + " " + testid("message-regenerate"))
		p.until(find(lastReply) + "?.dataset.messageId !== '" + old + "'")
		p.finished("complete")
		if got := strings.TrimSpace(p.text(replyBody)); got != "Now it works." {
			t.Errorf("the new reply reads %q", got)
		}
		if n := get[int](p, "document.querySelectorAll('#messages > article').length"); n != 2 {
			t.Errorf("%d messages are shown", n)
		}
		p.until("!" + find(".msg-note"))
		p.same()
		p.accessible()
	}
}
