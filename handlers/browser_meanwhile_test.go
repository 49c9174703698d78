package handlers_test

import (
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"alleato/ai/model/script"
)

func meanwhileScenes() map[string]scene {
	return map[string]scene{"meanwhile/seen before its answer": meanwhileSeen, "meanwhile/saved elsewhere": meanwhileElsewhere, "meanwhile/slow answer": meanwhileSlow,
		"meanwhile/saved by key": meanwhileSaved, "meanwhile/kept anew": meanwhileKept, "meanwhile/older page": meanwhileOlder}
}

// stallsAnswers holds back what the server answers to requests of a method until the script calls goOn().
func (p *tab) stallsAnswers(method string) {
	p.t.Helper()
	get[bool](p, `{
		const real = window.fetch
		window.fetch = async (...asked) => {
			const answer = await real(...asked)
			if (asked[1]?.method === '`+method+`') await new Promise((done) => { window.goOn = done })
			return answer
		}
	} true`)
}

func (p *tab) answers() { p.t.Helper(); get[bool](p, "window.goOn() ?? true") }

// accepting opens a document of code with a suggestion, and accepts that while the server's answer is held back.
func accepting(t *testing.T, b *chromium, text, from, to string) (p *tab, path string) {
	p = b.visit(t, playhouse(t, always(script.Say("A reply."))), desktop, "/")
	path = p.makes("code", "Program", text)
	p.suggests(path, [2]string{from, to})
	p.open(path)
	p.marked(from)
	p.stallsAnswers("PATCH")
	return p, path
}

// meanwhileSeen: a version that was made by accepting, and that is in the text before its answer is here, is in it once.
func meanwhileSeen(t *testing.T, b *chromium) {
	p, path := accepting(t, b, "one\ntwo\n", "one", "one more")
	p.click(testid("suggestion-accept"))
	p.until("window.goOn !== undefined")
	p.until("(" + toFront + ", " + editorText + " === " + inScript("one more\ntwo\n") + ")") // not more often than every five seconds
	p.caret("two", false)
	p.press("!")
	p.answers()
	p.until(cardCount + " === 0")
	p.textIs("one more\ntwo!\n")
	p.stored(path, "one more\ntwo!\n")
}

// meanwhileElsewhere: what was typed while a suggestion was being accepted does not go over a text that came from
// elsewhere, and that nobody has seen here.
func meanwhileElsewhere(t *testing.T, b *chromium) {
	p, path := accepting(t, b, "one\ntwo\n", "two", "zwei")
	p.puts(path, m{"content": "one\ntwo\nfrom elsewhere\n"})
	p.click(testid("suggestion-accept"))
	p.until("window.goOn !== undefined")
	p.caret("one", false)
	p.press("!")
	p.answers()
	p.until(shown(testid("artifact-newer")))
	p.textIs("one!\ntwo\n")
	p.expect("409")
	p.click(testid("artifact-newer-compare"))
	p.until(shown(testid("artifact-conflict")))
	if yours, current := get[string](p, find(testid("conflict-yours"))+".value"), get[string](p, find(testid("conflict-current"))+".value"); !strings.HasPrefix(yours, "one!") || current != "one\nzwei\nfrom elsewhere\n" {
		t.Errorf("the page shows %q and %q", yours, current)
	}
	p.stored(path, "one\nzwei\nfrom elsewhere\n")
}

// meanwhileSlow: an answer that takes longer than an autosave waits makes no conflict of what was accepted.
func meanwhileSlow(t *testing.T, b *chromium) {
	p, path := accepting(t, b, "one\ntwo\n", "two", "zwei")
	p.click(testid("suggestion-accept"))
	p.until("window.goOn !== undefined")
	p.caret("one", false)
	p.press("!")
	time.Sleep(2 * time.Second)
	p.answers()
	p.until(cardCount + " === 0")
	p.textIs("one!\nzwei\n")
	p.stored(path, "one!\nzwei\n")
}

// meanwhileSaved: who saves in spite of the note is shown both texts, and the note has no more to say.
func meanwhileSaved(t *testing.T, b *chromium) {
	p := b.visit(t, playhouse(t, always(script.Say("A reply."))), desktop, "/")
	path := p.makes("text", "Plan", "one")
	p.open(path)
	p.keepsTyping()
	p.puts(path, m{"content": "two"})
	p.until("(" + toFront + ", " + shown(testid("artifact-newer")) + ")")
	p.stopsTyping()
	p.expect("409")
	p.press("s", chromedp.ModifierCtrl)
	p.until(shown(testid("artifact-conflict")))
	p.until("!" + find(testid("artifact-newer")))
}

// meanwhileKept: what is typed while a deleted document is being kept as a new one is in that.
func meanwhileKept(t *testing.T, b *chromium) {
	p := b.visit(t, playhouse(t, always(script.Say("A reply."))), desktop, "/")
	path := p.makes("text", "Plan", "one")
	p.open(path)
	p.keepsTyping()
	get[int](p, `fetch(`+inScript(path)+`, {method: 'DELETE', headers: {Accept: 'application/json'}}).then((r) => r.status)`)
	p.expect("404")
	p.until("(" + toFront + ", " + shown(testid("artifact-gone")) + ")")
	p.stopsTyping()
	p.stallsAnswers("POST")
	p.click(testid("artifact-gone-keep"))
	p.until("window.goOn !== undefined")
	p.click(testid("artifact-editor"))
	p.press("more")
	typed := get[string](p, editorText)
	p.answers()
	p.until("location.pathname !== " + inScript(path) + " && " + editorText + " === " + inScript(typed))
}

// meanwhileOlder: a page that is not the newest any more when its editor opens is made anew, as what is newer may be
// being written, and is not what its notes and links are about.
func meanwhileOlder(t *testing.T, b *chromium) {
	p := b.visit(t, playhouse(t, always(script.Say("A reply."))), desktop, "/")
	path := p.makes("text", "Plan", "one")
	p.open(path)
	p.until(editorText + " === 'one'")
	get[bool](p, `fetch(`+inScript(path)+`, {headers: {'HX-Request': 'true', Accept: 'text/html'}}).then((r) => r.text()).then((text) => { window.older = text; return true })`)
	p.puts(path, m{"content": "two"})
	get[bool](p, `window.htmx.swap({text: window.older, target: document.querySelector('#artifact'), sourceElement: document.body, swap: 'outerHTML'}).then(() => true)`)
	p.atVersion("2")
	p.textIs("two")
	p.until(find(testid("artifact-version-previous")) + "?.href?.includes('version=1')")
}
