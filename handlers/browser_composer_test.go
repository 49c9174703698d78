package handlers_test

import (
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp/kb"

	"alleato/ai"
	"alleato/ai/model/script"
	"alleato/handlers"
	"alleato/store"
)

func composerScenes() map[string]scene {
	return map[string]scene{
		"keys": keys, "draft": draft, "refused send": refusedSend, "server gone": serverGone,
		"rate limit": rateLimited, "copy": copies,
	}
}

const fieldValue = `document.querySelector('#composer-text').value`

// keys: what Enter does alone, with Shift, while an input method composes; Ctrl+Shift+O.
func keys(t *testing.T, b *chromium) {
	s := playhouse(t, titled("Talk", func(r script.Request) script.Reply { return script.Say("A reply.") }))
	p := b.visit(t, s, desktop, "/")
	p.until("document.activeElement.id === 'composer-text'")
	height := get[float64](p, find(composer)+".offsetHeight")
	p.press("first")
	p.enter(8) // Shift
	p.press("second")
	if got := get[string](p, fieldValue); got != "first\nsecond" {
		t.Errorf("Shift+Enter made %q", got)
	}
	if now := get[float64](p, find(composer)+".offsetHeight"); now <= height {
		t.Errorf("the field stays %v high with two lines", now)
	}
	p.composeEnter()
	time.Sleep(300 * time.Millisecond)
	if n := len(s.model.Requests()); n != 0 || get[int](p, "document.querySelectorAll('article').length") != 0 {
		t.Fatal("Enter that chooses a word has sent the message")
	}
	if got := get[string](p, fieldValue); !strings.Contains(got, "second") {
		t.Errorf("while composing the field holds %q", got)
	}
	get[bool](p, fieldValue+" = 'first\\nsecond', true")
	p.enter(0)
	p.finished("complete")
	if got := p.text(testid("message-user") + " " + testid("message-content")); got != "first\nsecond" {
		t.Errorf("sent %q", got)
	}
	p.enter(0) // an empty field sends nothing
	time.Sleep(200 * time.Millisecond)
	if n := get[int](p, "document.querySelectorAll('article').length"); n != 2 {
		t.Errorf("%d messages after Enter in an empty field", n)
	}
	loads := p.documents()
	p.press("O", kb.ModifierCtrl, kb.ModifierShift)
	p.until("location.pathname === '/' && " + shown(testid("suggested-actions")))
	if p.documents() != loads {
		t.Error("the shortcut loaded a page")
	}
	p.touchBreaks(b, s)
}

// touchBreaks: on a phone Enter breaks the line.
func (p *tab) touchBreaks(b *chromium, s *site) {
	f := b.visit(p.t, s, phone, "/")
	f.write(composer, "one")
	f.enter(0)
	f.press("two")
	if got := get[string](f, fieldValue); got != "one\ntwo" {
		p.t.Errorf("on a phone Enter made %q", got)
	}
	f.accessible()
}

// draft: what was typed survives a reload, each chat has its own, and a sent one is gone.
func draft(t *testing.T, b *chromium) {
	s := playhouse(t, always(script.Say("A reply.")))
	p := b.visit(t, s, desktop, "/")
	p.write(composer, "half a thought")
	p.reload()
	p.until(fieldValue + " === 'half a thought'")
	p.enter(0)
	p.finished("complete")
	p.until(fieldValue + " === ''")
	p.write(composer, "another")
	p.click(testid("new-chat-button"))
	p.until("location.pathname === '/'")
	p.until(fieldValue + " === ''")
	p.click(testid("sidebar-chat") + " a")
	p.until("location.pathname.startsWith('/chats/')")
	p.until(fieldValue + " === 'another'")
}

// refusedSend: a message that is too long, then one that the runner's limit refuses, is told and kept.
func refusedSend(t *testing.T, b *chromium) {
	limit := func(_ *handlers.Options, o *ai.Options) {
		o.Limits = map[store.Role]store.Limit{store.RoleGuest: {MessagesPerDay: 1}}
	}
	s := playhouse(t, always(script.Say("A reply.")), limit)
	for _, where := range []screen{desktop, phoneDark} {
		p := b.visit(t, s, where, "/")
		p.expect("422", "429")
		p.until(find(composer))
		get[bool](p, `((e) => { e.removeAttribute('maxlength'); e.value = 'word '.repeat(30000); e.dispatchEvent(new Event('input', {bubbles: true})) })(`+find(composer)+`), true`)
		p.click(sendIt)
		p.until(shown(testid("toast")))
		p.accessible()
		if n := get[int](p, fieldValue+".length"); n != 150000 {
			t.Errorf("%d of 150000 characters are kept", n)
		}
		if n := get[int](p, "document.querySelectorAll('article').length"); n != 0 {
			t.Errorf("%d messages are shown for a refused one", n)
		}
		p.click(testid("toast") + ` [data-action="dismiss"]`)
		p.until("!" + find("#toasts .notice"))
		get[bool](p, fieldValue+" = '', true")
		p.ask("One is allowed")
		p.finished("complete")
		p.ask("Two are not")
		p.until(shown(testid("toast")))
		if got := p.text(testid("toast")); !strings.Contains(got, "limit") {
			t.Errorf("the toast says %q", got)
		}
		if got := get[string](p, fieldValue); got != "Two are not" {
			t.Errorf("the refused text became %q", got)
		}
		if n := get[int](p, "document.querySelectorAll('article').length"); n != 2 {
			t.Errorf("%d messages are shown", n)
		}
		p.until(shown(sendIt) + " && !" + shown(stopIt))
		p.accessible()
	}
}

// rateLimited: too many requests a minute are told in a toast.
func rateLimited(t *testing.T, b *chromium) {
	rates := func(o *handlers.Options, _ *ai.Options) { o.Rates = &handlers.Rates{Send: 1} }
	s := playhouse(t, always(script.Say("A reply.")), rates)
	p := b.visit(t, s, desktop, "/")
	p.expect("429")
	p.ask("one")
	p.finished("complete")
	p.ask("two")
	p.until(shown(testid("toast")))
	if got := get[string](p, fieldValue); got != "two" {
		t.Errorf("the refused text became %q", got)
	}
	p.accessible()
}

// serverGone: a send that does not arrive is told, and the text is kept.
func serverGone(t *testing.T, b *chromium) {
	s := playhouse(t, always(script.Say("A reply.")))
	w := newWire(t, s)
	p := b.visitAt(t, w.url, desktop, "/")
	p.expect("ERR_CONNECTION_REFUSED|ERR_EMPTY_RESPONSE|ERR_CONNECTION_RESET|Failed to fetch")
	p.ask("one")
	p.finished("complete")
	time.Sleep(300 * time.Millisecond) // the sidebar has been asked for
	w.down()
	p.ask("two")
	p.until(shown(testid("toast")))
	if got := get[string](p, fieldValue); got != "two" {
		t.Errorf("the lost text became %q", got)
	}
	if n := get[int](p, "document.querySelectorAll('article').length"); n != 2 {
		t.Errorf("%d messages are shown", n)
	}
	p.until(shown(sendIt) + " && !" + shown(stopIt))
}

// copies: a reply is copied as the Markdown it was, code as it stands.
func copies(t *testing.T, b *chromium) {
	s := playhouse(t, always(script.Say(rich)))
	p := b.visit(t, s, desktop, "/")
	get[bool](p, `Object.defineProperty(navigator, 'clipboard', {value: {writeText: async (text) => { window.copied = text }}}), true`)
	p.ask("Show all")
	p.finished("complete")
	p.click(replyBody + " figure [data-copy]")
	p.until("window.copied")
	if _, code, _ := strings.Cut(rich, "```go\n"); get[string](p, "window.copied") != code[:strings.Index(code, "```")] {
		t.Errorf("copied %q", get[string](p, "window.copied"))
	}
	get[bool](p, "window.copied = '', true")
	p.click(testid("message-copy"))
	p.until("window.copied")
	if got := get[string](p, "window.copied"); got != rich {
		t.Errorf("copied\n%s\nwant\n%s", got, rich)
	}
	p.until(shown(testid("message-copy") + " .done-icon"))
	p.accessible()
}
