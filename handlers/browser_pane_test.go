package handlers_test

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"alleato/ai/model/script"
)

func paneScenes() map[string]scene {
	scenes := map[string]scene{"pane/width": paneWidth, "pane/without scripts": paneWithoutScripts}
	for name, where := range map[string]screen{"desktop": desktop, "phone": phoneDark} {
		scenes["pane/opens "+name] = func(t *testing.T, b *chromium) { paneOpens(t, b, where) }
		scenes["pane/stays "+name] = func(t *testing.T, b *chromium) { paneStays(t, b, where) }
		scenes["pane/follow-up "+name] = func(t *testing.T, b *chromium) { paneFollowUp(t, b, where) }
		scenes["pane/two tabs "+name] = func(t *testing.T, b *chromium) { paneTwoTabs(t, b, where) }
		scenes["pane/stop "+name] = func(t *testing.T, b *chromium) { paneStop(t, b, where) }
		scenes["pane/reader "+name] = func(t *testing.T, b *chromium) { paneReader(t, b, where) }
	}
	return scenes
}

const (
	thePane  = `[data-testid="pane"]`
	paneText = `(document.querySelector('[data-testid="pane"]:not([hidden]) #artifact')?.editor?.text() ?? '')`
	cardOf   = replyBody + ` [data-testid="document-card"]`
	atPane   = `new URLSearchParams(location.search).get('document') === document.querySelector('#pane #artifact')?.dataset.documentId`
)

// growing is a site whose documents come in as many stages as there are gates, of 40 words each.
func growing(t *testing.T, gates ...*gate) (s *site, whole string) {
	t.Helper()
	var stages []stage
	var text strings.Builder
	for i, g := range gates {
		chunks := numbered(i*40, (i+1)*40)
		stages = append(stages, stage{g, chunks})
		for _, c := range chunks {
			text.WriteString(c.Text)
		}
	}
	reply := staged(stages...)
	s = withTools(t, func(r script.Request) script.Reply {
		switch {
		case strings.HasPrefix(system(r), "Write the document"):
			return reply
		case strings.HasPrefix(system(r), "Go on with the document"):
			return script.Say("And this is the end of it.\n")
		case strings.HasPrefix(r.Last("user"), "Finish the document") && r.Messages[len(r.Messages)-1].Role == "user":
			return calling("updateDocument", m{"id": documentID.FindStringSubmatch(system(r))[1], "description": "Finish it"})
		}
		return writer(r)
	})
	release(t, gates...)
	return s, text.String()
}

func newGates(n int) []*gate {
	gates := make([]*gate, n)
	for i := range gates {
		gates[i] = newGate()
	}
	return gates
}

// holds waits until the pane shows a text.
func (p *tab) holds(text string) {
	p.t.Helper()
	p.until(paneText + ".includes(" + inScript(text) + ")")
}

// paneOpens: by itself at the first words, without taking the focus; it is closed, opened by its card, walked by
// back and forward, and kept by a reload.
func paneOpens(t *testing.T, b *chromium, where screen) {
	gates := newGates(3)
	s, whole := growing(t, gates...)
	p := b.visit(t, s, where, "/")
	loads := p.documents()
	p.ask("create it")
	p.until(shown(thePane + " " + testid("artifact-writing")))
	p.until(atPane)
	if got := get[string](p, "document.activeElement.id"); !where.phone && got != "composer-text" {
		t.Errorf("the pane has taken the focus to %q", got)
	}
	gates[0].open()
	p.holds("w20 ")
	if !get[bool](p, find(thePane+" textarea, "+thePane+" [contenteditable]")+"?.readOnly ?? true") {
		t.Error("what is being written can be written in")
	}
	p.accessible()
	gates[1].open()
	p.holds("w60 ")
	p.until(shown(composer))
	gates[2].open()
	p.finished("complete")
	p.until("!" + find(testid("artifact-writing")))
	p.until("document.querySelector('#artifact')?.hasAttribute('data-editable') && " + paneText + ".trim() === " + inScript(strings.TrimSpace(whole)))
	p.atVersion("1")
	p.accessible()

	p.click(testid("artifact-close-button"))
	p.until("!" + shown(thePane) + " && location.search === ''")
	p.until(find(cardOf) + " === document.activeElement")
	p.click(cardOf)
	p.until(shown(testid("artifact")))
	p.until(atPane)
	p.do(chromedp.NavigateBack())
	p.until("!" + shown(thePane) + " && location.search === ''")
	p.until(shown(cardOf))
	p.do(chromedp.NavigateForward())
	p.until(shown(testid("artifact")))
	p.until(atPane)
	if n := p.documents() - loads; n > 0 {
		t.Errorf("%d pages were loaded on the way", n)
	}
	p.reload()
	p.until(shown(testid("artifact")))
	p.holds("w119")
	p.narrow()
}

// paneStays: all that a document has is done beside the chat, and nothing of it loads a page.
func paneStays(t *testing.T, b *chromium, where screen) {
	s := withTools(t, writer)
	p := b.visit(t, s, where, "/")
	p.ask("create it")
	p.finished("complete")
	p.holds("All roads")
	loads := p.documents()
	p.edit("One road leads there.")
	p.until(savedState + " === 'Saved'")
	p.atVersion("2")
	p.until("new URLSearchParams(location.search).get('version') === '2'")
	p.click(testid("artifact-version-previous"))
	p.atVersion("1")
	p.until("new URLSearchParams(location.search).get('version') === '1'")
	p.accessible()
	p.click(testid("artifact-diff"))
	p.until(find(".pane .diff"))
	p.accessible()
	p.click(testid("artifact-back"))
	p.atVersion("2")
	p.click(testid("artifact-menu"))
	p.click(testid("artifact-versions"))
	p.until(fmt.Sprintf("document.querySelectorAll('.pane %s').length === 2", testid("version-row")))
	p.accessible()
	p.click(`.pane [data-version="1"] ` + testid("artifact-restore"))
	p.atVersion("3")
	p.holds("All roads")
	p.click(testid("artifact-menu"))
	p.click(testid("artifact-rename"))
	p.write(`.pane [name="title"]`, " again")
	p.enter(0)
	p.until(find(".pane h1") + "?.textContent.includes('again')")
	p.click(testid("artifact-menu"))
	p.click(".pane " + testid("visibility-selector-item-public"))
	p.until(shown(".pane " + testid("share-link")))
	p.accessible()
	p.click(".pane " + testid("visibility-selector-item-private"))
	p.until("!" + find(".pane "+testid("share-link")))
	id := get[string](p, "document.querySelector('#artifact').dataset.documentId")
	get[int](p, fmt.Sprintf(`fetch('/documents/%s/suggestions', {method: 'POST', headers: {'Content-Type': 'application/json', Accept: 'application/json'},
		body: JSON.stringify({originalText: 'roads', suggestedText: 'streets', description: 'Better.'})}).then((r) => r.status)`, id))
	p.click(testid("artifact-version-previous"))
	p.atVersion("2")
	p.click(testid("artifact-version-next"))
	p.atVersion("3")
	p.until(shown(testid("suggestion")))
	p.accessible()
	p.click(testid("suggestion-accept"))
	p.atVersion("4")
	p.holds("All streets")
	if n := p.documents() - loads; n > 0 {
		t.Errorf("%d pages were loaded on the way", n)
	}
	p.click(testid("artifact-menu"))
	p.click(testid("artifact-delete"))
	p.click(testid("artifact-delete-ok"))
	p.until("!" + shown(thePane) + " && location.search === '' && location.pathname.startsWith('/chats/')")
	p.until(shown(cardOf))
}

// paneFollowUp: what is asked beside the document, or on a phone below it, makes its next version there; what
// was being typed is saved before.
func paneFollowUp(t *testing.T, b *chromium, where screen) {
	s := withTools(t, writer)
	p := b.visit(t, s, where, "/")
	p.ask("create it")
	p.finished("complete")
	p.holds("All roads")
	p.edit("Typed just before.")
	p.ask("rewrite it")
	p.atVersion("3")
	p.finished("complete")
	p.holds("No road")
	p.until("new URLSearchParams(location.search).get('version') === '3'")
	p.click(testid("artifact-version-previous"))
	p.atVersion("2")
	p.until(artifactText + ".includes('Typed just before.')")
	p.click(testid("artifact-close-button"))
	p.click(`article[data-role="assistant"] ` + testid("document-card")) // of the first reply
	p.atVersion("1")
	p.until(artifactText + ".includes('All roads')")
	p.until(shown(testid("artifact-restore")))
	p.click(testid("artifact-close-button"))
	p.ask("edit it") // closed in an earlier reply: this one opens it again
	p.atVersion("4")
	p.finished("complete")
	p.holds("Every road")
	p.narrow()
}

// paneTwoTabs: another tab on the chat and the document's own page grow beside the first; all have what the
// database has in the end, the one that was reloaded in the middle too.
func paneTwoTabs(t *testing.T, b *chromium, where screen) {
	gates := newGates(4)
	s, whole := growing(t, gates...)
	p := b.visit(t, s, where, "/")
	p.ask("create it")
	p.until(shown(thePane + " #artifact"))
	p.until(atPane)
	gates[0].open()
	p.holds("w20 ")
	second := p.another(get[string](p, "location.pathname + location.search"))
	own := p.another(get[string](p, find(cardOf)+".getAttribute('href')"))
	second.holds("w20 ")
	own.until(editorText + "?.includes('w20 ')")
	gates[1].open()
	for _, q := range []*tab{p, second, own} {
		q.until(editorText + "?.includes('w60 ')")
	}
	p.reload()
	p.holds("w60 ")
	gates[2].open()
	p.holds("w100 ")
	if got := get[string](p, paneText); !strings.HasPrefix(whole, got) {
		t.Errorf("in the middle the pane shows\n%s", got)
	}
	p.click(testid("artifact-close-button"))
	gates[3].open()
	p.until(find(testid("message-regenerate")))
	if get[bool](p, shown(thePane)) {
		t.Error("what was closed has opened again")
	}
	p.click(cardOf)
	for name, q := range map[string]*tab{"reloaded": p, "second": second, "own page": own} {
		q.until("document.querySelector('#artifact')?.hasAttribute('data-editable') && " + editorText + "?.includes('w159')")
		if got, want := get[string](q, editorText), q.saved(); strings.TrimSpace(got) != strings.TrimSpace(want) || strings.TrimSpace(want) != strings.TrimSpace(whole) {
			t.Errorf("the %s tab shows\n%q\nthe database has\n%q\nwritten was\n%q", name, got, want, whole)
		}
	}
}

// paneStop: the button in the pane ends the writing; what there is stays as the version, which says that it was cut off
// and can be finished.
func paneStop(t *testing.T, b *chromium, where screen) {
	gates := newGates(2)
	s, whole := growing(t, gates...)
	p := b.visit(t, s, where, "/")
	p.ask("create it")
	gates[0].open()
	p.holds("w39 ")
	p.click(testid("artifact-stop"))
	p.until(find(lastReply) + "?.dataset.status === 'stopped'")
	p.until("document.querySelector('#artifact')?.hasAttribute('data-editable') && " + paneText + ".includes('w39 ')")
	if got := p.saved(); !strings.HasPrefix(whole, got) || !strings.Contains(got, "w39 ") || strings.Contains(got, "w40 ") {
		t.Errorf("stopped, the document is %q", got)
	}
	p.atVersion("1")
	p.until(shown(testid("artifact-cut")))
	p.until(shown(testid("document-cut")) + " || " + find("#pane") + ".contains(document.elementFromPoint(innerWidth / 2, innerHeight / 2))") // which a phone's pane covers
	p.accessible()
	p.click(testid("artifact-menu"))
	p.click(testid("artifact-versions"))
	p.until(shown(testid("version-cut")))
	p.accessible()
	p.click(testid("artifact-back"))
	p.until(shown(testid("artifact-finish")) + " && document.querySelector('#artifact').editor?.saver")
	p.press(kb.Tab) // so that the focus is the keyboard's
	get[bool](p, find(testid("artifact-finish"))+".focus() ?? true")
	p.enter(0)
	p.atVersion("2")
	p.finished("complete")
	p.holds("the end of it")
	p.until("document.querySelector('#artifact')?.hasAttribute('data-editable') && !" + find(testid("artifact-cut")))
	if got := p.saved(); !strings.HasPrefix(got, "w0 ") || !strings.HasSuffix(got, "the end of it.\n") {
		t.Errorf("finished, the document is %q", got)
	}
}

// paneReader: who reads a public chat sees its document grow, and can change nothing; addresses that name
// something else show the chat alone.
func paneReader(t *testing.T, b *chromium, where screen) {
	gates := newGates(2)
	s, _ := growing(t, gates...)
	p := b.visit(t, s, where, "/")
	other := strings.TrimPrefix(p.makes("text", "Mine alone", "secret"), "/documents/")
	p.ask("create it")
	p.until(atPane)
	gates[0].open()
	p.holds("w20 ")
	chat := get[string](p, "location.pathname")
	get[int](p, fmt.Sprintf(`fetch(%q, {method: 'PATCH', headers: {'Content-Type': 'application/json', Accept: 'application/json'}, body: '{"visibility":"public"}'}).then((r) => r.status)`, chat))
	reader := b.visit(t, s, where, get[string](p, "location.pathname + location.search"))
	reader.holds("w20 ")
	if get[bool](reader, "Boolean("+find(testid("artifact-stop"))+" || "+find(testid("artifact-menu"))+")") {
		t.Error("a reader is offered to change the document")
	}
	reader.accessible()
	gates[1].open()
	reader.until("!" + find(testid("artifact-writing")))
	reader.until(artifactText + ".includes('w79')")
	reader.accessible()
	for _, query := range []string{"?document=" + other, "?document=nothing", "?document=%00", "?document=" + other + "&version=99999999999999999999"} {
		reader.open(chat + query)
		reader.until(find(cardOf))
		if get[bool](reader, shown(thePane)) {
			t.Errorf("%s shows a document", query)
		}
	}
	p.open(chat + "?document=" + get[string](reader, find(cardOf)+".dataset.documentId") + "&version=77")
	p.atVersion("1") // for one that is not there
}

// paneWidth: by mouse and keyboard, kept over a reload; the composer stays usable at both ends.
func paneWidth(t *testing.T, b *chromium) {
	s := withTools(t, writer)
	p := b.visit(t, s, desktop, "/")
	p.ask("create it")
	p.finished("complete")
	p.holds("All roads")
	width := func() float64 { return get[float64](p, find(thePane)+".getBoundingClientRect().width") }
	bar, now := testid("pane-separator"), find(testid("pane-separator"))+".getAttribute('aria-valuenow')"
	p.accessible()
	at := get[[]float64](p, `(({x, y, height}) => [x, y + height / 2])(`+find(bar)+`.getBoundingClientRect())`)
	before := width()
	mouse := func(kind input.DispatchMouseEventType, x float64) {
		t.Helper()
		must(call(p, input.DispatchMouseEvent.Method, input.DispatchMouseEventParams{Type: kind, X: x, Y: at[1], Button: "left", Buttons: 1, ClickCount: 1}))
	}
	mouse(input.DispatchMouseEventTypeMousePressed, at[0])
	for i := range 10 {
		mouse(input.DispatchMouseEventTypeMouseMoved, at[0]+float64(i+1)*15)
	}
	mouse(input.DispatchMouseEventTypeMouseReleased, at[0]+150)
	p.until(fmt.Sprintf("Math.abs(%s.getBoundingClientRect().width - %f) < 14", find(thePane), before-150))
	dragged := width()
	p.until(find(bar) + " === document.activeElement")
	p.press(kb.ArrowLeft)
	p.until(fmt.Sprintf("%s.getBoundingClientRect().width > %f", find(thePane), dragged+10))
	p.press(kb.ArrowRight)
	p.until(fmt.Sprintf("Math.abs(%s.getBoundingClientRect().width - %f) < 14", find(thePane), dragged))
	p.press(kb.End)
	widest := width()
	p.accessible()
	p.narrow()
	p.until(shown(composer))
	p.press(kb.Home)
	p.until(fmt.Sprintf("%s.getBoundingClientRect().width < %f", find(thePane), widest-100))
	p.accessible()
	value, kept := get[string](p, now), width()
	p.reload()
	p.until(shown(testid("artifact")))
	p.until(now + " === '" + value + "'")
	if got := width(); math.Abs(got-kept) > 14 {
		t.Errorf("after a reload the pane is %.0f wide, not %.0f", got, kept)
	}
	p.do(chromedp.DoubleClick(chromedp.CSS(bar)))
	p.until(now + " === '55'")
}

// paneWithoutScripts: the address alone shows a document beside its chat, and its links lead on.
func paneWithoutScripts(t *testing.T, b *chromium) {
	s := withTools(t, writer)
	for _, where := range []screen{desktop, phone} {
		p := b.visit(t, s, where, "/")
		p.ask("create it")
		p.finished("complete")
		p.holds("All roads")
		address := get[string](p, "location.pathname + location.search")
		must(p.scripts(false))
		p.open(address)
		p.until(shown(testid("artifact")))
		p.until(find(testid("artifact-content")) + "?.textContent.includes('All roads')")
		p.accessible()
		before := p.documents()
		p.click(testid("artifact-close-button"))
		p.loaded(before)
		p.until(shown(cardOf))
	}
}
