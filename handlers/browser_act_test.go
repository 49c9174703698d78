package handlers_test

import (
	"fmt"
	"strings"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
)

// click presses on the middle of an element as a person would, with a finger on a phone: what
// covers the element gets the press, and that fails the test.
func (p *tab) click(selector string) {
	p.t.Helper()
	p.until(shown(selector))
	point := fmt.Sprintf(`(async () => {
		const e = %s
		if (!e) return []
		e.scrollIntoView({block: 'nearest', behavior: 'instant'})
		const before = e.getBoundingClientRect()
		await new Promise((done) => %s)
		const r = e.getBoundingClientRect(), x = r.x + r.width / 2, y = r.y + r.height / 2
		if (r.x !== before.x || r.y !== before.y) return [] // it moves still
		const hit = document.elementFromPoint(x, y)
		return hit && (e.contains(hit) || hit.contains(e) && hit.closest('a, button, label') === e.closest('a, button, label')) ? [x, y] : []
	})()`, find(selector), p.pause())
	var at []float64
	for end := time.Now().Add(patience); len(at) == 0 && time.Now().Before(end); time.Sleep(15 * time.Millisecond) {
		at = get[[]float64](p, point)
	}
	if len(at) == 0 {
		p.t.Fatalf("%s is covered by something else\n%s", selector, p.describe())
	}
	if p.screen.phone {
		p.do(chromedp.TapXY(at[0], at[1]))
	} else {
		p.do(chromedp.MouseClickXY(at[0], at[1]))
	}
}

// pause is the expression that calls done after the next frame; timers do not run without scripts.
func (p *tab) pause() string {
	if p.scriptless {
		return "done()"
	}
	return "requestAnimationFrame(() => requestAnimationFrame(done))"
}

// write types into an element.
func (p *tab) write(selector, text string) {
	p.t.Helper()
	p.click(selector)
	p.do(chromedp.KeyEvent(text))
}

// press types keys into whatever has the focus.
func (p *tab) press(keys string, modifiers ...chromedp.Modifier) {
	p.t.Helper()
	p.do(chromedp.KeyEvent(keys, chromedp.KeyModifiers(modifiers...)))
}

// enter presses Enter as one event: a browser types no line break when the page has prevented it.
func (p *tab) enter(modifiers int64) {
	p.t.Helper()
	key := input.DispatchKeyEventParams{Type: "keyDown", Key: "Enter", Code: "Enter", Text: "\r", UnmodifiedText: "\r", WindowsVirtualKeyCode: 13, Modifiers: modifiers}
	must(call(p, input.DispatchKeyEvent.Method, key))
	key.Type, key.Text, key.UnmodifiedText = "keyUp", "", ""
	must(call(p, input.DispatchKeyEvent.Method, key))
}

// composeEnter presses Enter while an input method composes text.
func (p *tab) composeEnter() {
	p.t.Helper()
	must(call(p, input.ImeSetComposition.Method, input.ImeSetCompositionParams{Text: "にほん", SelectionStart: 3, SelectionEnd: 3}))
	must(call(p, input.DispatchKeyEvent.Method, input.DispatchKeyEventParams{Type: "rawKeyDown", Key: "Process", Code: "Enter", WindowsVirtualKeyCode: 229}))
	get[bool](p, find("#composer-text")+`.dispatchEvent(new KeyboardEvent('keydown', {key: 'Enter', isComposing: true, bubbles: true, cancelable: true}))`)
}

const (
	composer  = `[data-testid="multimodal-input"]`
	sendIt    = `[data-testid="send-button"]`
	stopIt    = `[data-testid="stop-button"]`
	lastReply = `article[data-role="assistant"]:last-of-type`
	replyBody = lastReply + ` [data-testid="message-content"]`
)

// ask sends a message: by Enter, or on a phone, where Enter breaks the line, by the button.
func (p *tab) ask(text string) {
	p.t.Helper()
	p.write(composer, text)
	if p.screen.phone {
		p.click(sendIt)
	} else {
		p.enter(0)
	}
}

// finished waits until the last reply has ended in the status.
func (p *tab) finished(status string) {
	p.t.Helper()
	p.until(fmt.Sprintf(`%s?.dataset.status === %q`, find(lastReply), status))
	p.until(find(testid("message-regenerate")))
}

// same compares the last reply's HTML with what a fresh load of the page renders.
func (p *tab) same() {
	p.t.Helper()
	pair := get[[]string](p, fmt.Sprintf(`(async () => {
		const html = await (await fetch(location.pathname, {headers: {Accept: 'text/html'}})).text()
		const fresh = new DOMParser().parseFromString(html, 'text/html')
		return [document, fresh].map((d) => d.querySelector(%q).innerHTML.replaceAll(' data-htmx-powered="true"', ''))
	})()`, replyBody))
	if pair[0] != pair[1] {
		p.t.Errorf("the streamed reply differs from the page's:\n%s\nwant\n%s", pair[0], pair[1])
	}
}

// narrow fails for a page that scrolls sideways.
func (p *tab) narrow() {
	p.t.Helper()
	wide := get[string](p, `(() => {
		const room = document.documentElement.clientWidth
		const wide = [...document.querySelectorAll('html, body, #page, #main, #scroll, #messages')].filter((e) => e.scrollWidth > room || e.scrollLeft > 0)
		return wide.map((e) => (e.id || e.tagName) + ' ' + e.scrollWidth + ' > ' + room).join(', ')
	})()`)
	if wide != "" {
		p.t.Errorf("the page is too wide: %s", wide)
	}
}

// scripts switches JavaScript on or off for pages loaded from now on, and timers at once.
func (p *tab) scripts(on bool) (*tab, error) {
	p.scriptless = !on
	return call(p, emulation.SetScriptExecutionDisabled.Method, emulation.SetScriptExecutionDisabledParams{Value: !on})
}

// accessible runs axe on the page as it stands, when its animations have ended.
func (p *tab) accessible() {
	p.t.Helper()
	p.narrow()
	if p.scriptless { // axe needs timers; the page as it stands without scripts stays so
		must(p.scripts(true))
		defer func() { must(p.scripts(false)) }()
	}
	get[bool](p, `Promise.all(document.getAnimations().filter((a) => a.effect.getTiming().iterations !== Infinity)
		.map((a) => a.finished.catch(() => 0))).then(() => true)`)
	get[bool](p, p.axe+"; true")
	found := get[[]string](p, `axe.run(document).then(({violations, passes}) => passes.length < 10 ? ['axe looked at nothing'] : violations.map((v) =>
		v.id + ': ' + v.help + '\n' + v.nodes.map((n) => '  ' + n.html + '\n  ' + n.failureSummary).join('\n')))`)
	if len(found) > 0 {
		p.t.Errorf("axe at %s, %dx%d:\n%s", get[string](p, "location.pathname"), p.screen.width, p.screen.height, strings.Join(found, "\n"))
	}
}

// watchPaint notes in window.painted whether the next page was dark when it first drew a frame.
func (p *tab) watchPaint() {
	p.t.Helper()
	must(call(p, page.AddScriptToEvaluateOnNewDocument.Method, page.AddScriptToEvaluateOnNewDocumentParams{
		Source: `(function look() { document.body ? window.painted ??= document.documentElement.classList.contains('dark') : requestAnimationFrame(look) })()`}))
}

// hover moves the mouse over an element.
func (p *tab) hover(selector string) {
	p.t.Helper()
	at := get[[]float64](p, `(({x, y, width, height}) => [x + width / 2, y + height / 2])(`+find(selector)+`.getBoundingClientRect())`)
	p.do(chromedp.MouseEvent("mouseMoved", at[0], at[1]))
}
