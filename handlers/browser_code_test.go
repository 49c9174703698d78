package handlers_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"alleato/ai/model/script"
)

func codeScenes() map[string]scene {
	scenes := map[string]scene{"code/breaks": codeBreaks, "code/loads": codeLoads, "page/hostile": hostilePictures}
	for name, where := range map[string]screen{"desktop": desktop, "phone": phoneDark} {
		scenes["code/write "+name] = func(t *testing.T, b *chromium) { codeWrite(t, b, where) }
		scenes["code/conflict "+name] = func(t *testing.T, b *chromium) { codeConflict(t, b, where) }
		scenes["page/split "+name] = func(t *testing.T, b *chromium) { pageSplit(t, b, where) }
		scenes["page/pictures "+name] = func(t *testing.T, b *chromium) { pagePictures(t, b, where) }
	}
	return scenes
}

// opens makes a document and opens it; its editor is there then.
func (p *tab) opens(kind, content string) (path string) {
	p.t.Helper()
	path = p.makes(kind, "A document", content)
	p.open(path)
	p.until(editorText + " !== undefined")
	return path
}

// picks chooses an option of a select, as its own list would.
func (p *tab) picks(selector, value string) {
	p.t.Helper()
	p.until(shown(selector))
	get[bool](p, fmt.Sprintf(`((s) => { s.value = %q; s.dispatchEvent(new Event('change', {bubbles: true})); return s.value === %[1]q })(%s)`, value, find(selector)))
}

// insert pastes text where the cursor is, as it stands.
func (p *tab) insert(text string) {
	p.t.Helper()
	get[bool](p, fmt.Sprintf(`((data) => { data.setData('text/plain', %q)
		return document.activeElement.dispatchEvent(new ClipboardEvent('paste', {clipboardData: data, bubbles: true, cancelable: true})) || true })(new DataTransfer())`, text))
}

// shortcut presses a key of the editor with Ctrl, and no character.
func (p *tab) shortcut(key string, code int, shift bool) {
	p.t.Helper()
	get[bool](p, fmt.Sprintf(`document.activeElement.dispatchEvent(new KeyboardEvent('keydown', {key: %q, keyCode: %d, ctrlKey: true, shiftKey: %t, bubbles: true, cancelable: true})) || true`, key, code, shift))
}

func (p *tab) savedNow() { p.t.Helper(); p.until(savedState + " === 'Saved'") }

const (
	codeLanguage = `[data-testid="code-language"]`
	snippet      = "def add(a, b):\n    # the sum\n    return a + b\n"
)

// codeWrite: typed, saved, coloured by its language, searched, folded, commented, wrapped, and left by
// the keyboard.
func codeWrite(t *testing.T, b *chromium, where screen) {
	p := b.visit(t, playhouse(t, always(script.Say("A reply."))), where, "/")
	path := p.opens("code", snippet)
	p.accessible()
	if get[bool](p, "document.querySelector('.cm-line .k') !== null") {
		t.Error("plain text is coloured")
	}
	p.picks(codeLanguage, "python")
	p.until("document.querySelector('.cm-line .k')?.textContent === 'def'")
	p.savedNow()
	p.click(testid("artifact-editor"))
	p.press(kb.End, chromedp.ModifierCtrl)
	p.press("x = [1")
	p.until(editorText + " === " + fmt.Sprintf("%q", snippet+"x = [1]")) // the bracket is closed
	p.savedNow()
	p.reload()
	p.until(editorText + " === " + fmt.Sprintf("%q", snippet+"x = [1]"))
	p.until("document.querySelector('.cm-line .k')?.textContent === 'def' && " + find(codeLanguage) + ".value === 'python'")
	p.accessible()

	p.click(testid("code-find"))
	p.press("return")
	p.until("document.querySelectorAll('.cm-searchMatch').length === 1")
	p.accessible()
	p.press(kb.Escape)
	p.until("!" + find(".cm-search"))

	p.press(kb.Home, chromedp.ModifierCtrl)
	p.shortcut("/", 191, false)
	p.until(editorText + "?.startsWith('# def')")
	p.shortcut("/", 191, false)
	p.until(editorText + "?.startsWith('def')")
	p.shortcut("{", 219, true)
	p.until(shown(".cm-foldPlaceholder"))
	p.accessible()
	p.click(".cm-foldPlaceholder")
	p.until("!" + find(".cm-foldPlaceholder"))

	p.click(testid("code-wrap"))
	p.until(find(".cm-content.cm-lineWrapping"))
	p.click(testid("artifact-editor"))
	p.press(kb.Home, chromedp.ModifierCtrl)
	p.press(kb.Tab)
	p.until(editorText + "?.startsWith('    def')") // as the text itself is indented
	p.press(kb.Escape)
	p.press(kb.Tab)
	p.until("!document.activeElement.closest('.cm-editor')")
	p.savedNow()
	if text := get[string](p, fmt.Sprintf("fetch(%q, {headers: {Accept: 'application/json'}}).then((r) => r.json()).then((r) => r.document.content)", path)); !strings.HasPrefix(text, "    def") {
		t.Errorf("saved is %q", text)
	}
	p.narrow()
}

// codeBreaks: what was not touched is saved as it was, whatever its lines end with.
func codeBreaks(t *testing.T, b *chromium) {
	p := b.visit(t, playhouse(t, always(script.Say("A reply."))), desktop, "/")
	for _, text := range []string{"a\r\nb\r\n\r\nc", "a\r\nb\nc\rd\n", "a\rb"} {
		path := p.opens("code", text)
		if got := get[string](p, editorText); got != text {
			t.Errorf("%q became %q", text, got)
		}
		p.click(testid("artifact-editor"))
		p.press(kb.Home, chromedp.ModifierCtrl)
		p.insert("x")
		p.savedNow()
		if got := get[string](p, fmt.Sprintf("fetch(%q, {headers: {Accept: 'application/json'}}).then((r) => r.json()).then((r) => r.document.content)", path)); got != "x"+text {
			t.Errorf("%q was saved as %q", "x"+text, got)
		}
		get[bool](p, "document.querySelector('#artifact').editor.append('\\r'), document.querySelector('#artifact').editor.append('\\nend'), true")
		if got := get[string](p, editorText); got != "x"+text+"\r\nend" {
			t.Errorf("with more at its end it is %q", got)
		}
	}
}

// codeConflict: two machines on one document, one saves over the other; nothing is lost.
func codeConflict(t *testing.T, b *chromium, where screen) {
	p := b.visit(t, playhouse(t, always(script.Say("A reply."))), where, "/")
	path := p.opens("code", "one")
	q := p.elsewhere(b, path)
	q.until(editorText + " === 'one'")
	p.edit("mine")
	p.press("s", chromedp.ModifierCtrl)
	p.atVersion("2")
	q.expect("409")
	q.edit("yours")
	q.until(shown(testid("artifact-conflict")))
	if a, b := get[string](q, find(testid("conflict-yours"))+".value"), get[string](q, find(testid("conflict-current"))+".value"); a != "yours" || b != "mine" {
		t.Errorf("the page shows %q and %q", a, b)
	}
	q.accessible()
}

const scriptsLoaded = "performance.getEntriesByType('resource').map((e) => e.name).filter((n) => n.endsWith('.js'))"

// codeLoads: the editor comes with the first document that needs it, and a language with the first that
// is written in it.
func codeLoads(t *testing.T, b *chromium) {
	p := b.visit(t, playhouse(t, always(script.Say("A reply."))), desktop, "/")
	p.ask("Hi")
	p.finished("complete")
	if names := strings.Join(get[[]string](p, scriptsLoaded), " "); strings.Contains(names, "editor") {
		t.Errorf("a chat loads %s", names)
	}
	p.opens("code", snippet)
	before := len(get[[]string](p, scriptsLoaded))
	if names := strings.Join(get[[]string](p, scriptsLoaded), " "); !strings.Contains(names, "/editorcode-") || strings.Contains(names, "/editorhtml-") {
		t.Errorf("code loads %s", names)
	}
	p.picks(codeLanguage, "python")
	p.until("document.querySelector('.cm-line .k')")
	if after := len(get[[]string](p, scriptsLoaded)); after <= before {
		t.Errorf("%d scripts before a language was chosen, %d after", before, after)
	}
}

// listens has the page keep what its frames tell it.
func (p *tab) listens() {
	p.t.Helper()
	must(call(p, page.AddScriptToEvaluateOnNewDocument.Method, page.AddScriptToEvaluateOnNewDocumentParams{
		Source: `if (self === top) addEventListener('message', (e) => { (window.told ??= []).push(e.data) })`}))
}

func telling(word string) string {
	return "<!doctype html><p>" + word + "</p><script>parent.postMessage(document.querySelector('p').textContent, '*')</script>"
}

const frames = "document.querySelectorAll('.page-preview iframe')"

func viewChoice(view string) string { return `label:has([value="` + view + `"])` }

// pageSplit: a page opens as what it looks like; beside its source it follows what is saved, and what is
// not saved never runs.
func pageSplit(t *testing.T, b *chromium, where screen) {
	s := playhouse(t, always(script.Say("A reply.")))
	p := b.visit(t, s, where, "/")
	p.listens()
	path := p.opens("html", telling("one"))
	p.until("window.told?.includes('one')")
	if !get[bool](p, shown(testid("artifact-preview"))+" && !"+shown(testid("artifact-editor"))+" && told.length === 1") {
		t.Error("a page does not open as what it looks like, run once")
	}
	p.accessible()
	p.click(viewChoice("split"))
	p.until(shown(testid("artifact-editor")) + " && " + shown(testid("artifact-preview")))
	p.accessible()
	p.narrow()
	const places = "(([a, b]) => a.right <= b.left + 1 ? 'beside' : a.bottom <= b.top + 1 ? 'above' : 'over')([...document.querySelectorAll('.page-source, .page-preview')].map((e) => e.getBoundingClientRect()))"
	if got := get[string](p, places); got != map[bool]string{true: "above", false: "beside"}[where.phone] {
		t.Errorf("the source is %s the preview", got)
	}
	get[bool](p, "document.querySelector('#artifact').editor.focus(), true")
	p.press("a", chromedp.ModifierCtrl)
	p.insert(telling("two"))
	p.until("window.told?.at(-1) === 'two'") // after the save, by itself
	p.savedNow()
	p.until(frames + ".length === 1 && " + frames + "[0].src.endsWith('version=2')")

	p.click(testid("page-divider"))
	before := get[float64](p, find(".page-source")+".getBoundingClientRect()."+map[bool]string{true: "height", false: "width"}[where.phone])
	p.press(kb.ArrowLeft)
	p.press(kb.ArrowLeft)
	p.until(fmt.Sprintf("%s.getBoundingClientRect().%s < %f && %s.ariaValueNow === '40'", find(".page-source"), map[bool]string{true: "height", false: "width"}[where.phone], before-10, find(testid("page-divider"))))

	p.click(viewChoice("source"))
	p.until("!" + shown(testid("artifact-preview")))
	p.accessible()
	get[bool](p, "document.querySelector('#artifact').editor.focus(), true")
	p.press("a", chromedp.ModifierCtrl)
	p.insert(telling("three"))
	p.savedNow()
	p.reload() // the choice is kept
	p.until(editorText + "?.includes('three')")
	p.until("!" + shown(testid("artifact-preview")) + " && " + shown(testid("artifact-editor")))
	p.click(viewChoice("preview"))
	p.until(shown(testid("artifact-preview")))
	p.until("window.told?.at(-1) === 'three'")
	p.click(testid("page-refresh"))
	p.until("told.length >= 2 && " + frames + ".length === 1")
	pageReader(t, b, s, p, path, where)
}

// pageReader: who may only read sees the page first, and its source by a press.
func pageReader(t *testing.T, b *chromium, s *site, p *tab, path string, where screen) {
	t.Helper()
	get[int](p, fmt.Sprintf("fetch(%q, {method: 'PATCH', headers: {'Content-Type': 'application/json', Accept: 'application/json'}, body: JSON.stringify({visibility: 'public'})}).then((r) => r.status)", path))
	reader := b.visit(t, s, where, path)
	reader.until(shown(testid("artifact-preview")))
	reader.click(viewChoice("source"))
	reader.until(shown(".page-source figure.code") + " && !" + shown(testid("artifact-preview")))
	reader.accessible()
	reader.narrow()
}

const (
	svgPicture = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 10 10"><circle cx="5" cy="5" r="4"/></svg>`
	flowSource = "flowchart LR\n  A --> B\n"
)

// pagePictures: an SVG and a diagram are told by their text, or by what was chosen; a diagram that cannot
// be drawn says so.
func pagePictures(t *testing.T, b *chromium, where screen) {
	p := b.visit(t, playhouse(t, always(script.Say("A reply."))), where, "/")
	p.listens()
	p.opens("html", svgPicture)
	p.until(find(".page-view") + "?.dataset.type === 'svg' && " + shown(testid("artifact-preview")))
	p.accessible()
	p.opens("html", flowSource)
	p.until("window.told?.some((m) => m.height > 40)")
	p.accessible()
	p.click(viewChoice("split"))
	get[bool](p, "document.querySelector('#artifact').editor.focus(), true")
	p.press("a", chromedp.ModifierCtrl)
	p.insert("flowchart LR A --> [[")
	p.until("told.some((m) => m.error)")
	p.savedNow()
	p.accessible()
	p.picks(codeLanguage, "html")
	p.savedNow()
	p.reload()
	p.until(find(".page-view") + "?.dataset.type === 'html' && " + find(codeLanguage) + "?.value === 'html'")
}

// hostilePictures: drawings and diagrams that try to run, to load and to leave.
func hostilePictures(t *testing.T, b *chromium) {
	var heard atomic.Int64
	canary := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		heard.Add(1)
		t.Logf("the canary heard %s", r.URL)
	}))
	t.Cleanup(canary.Close)
	p := b.visit(t, playhouse(t, always(script.Say("A reply."))), desktop, "/")
	p.listens()
	for _, text := range []string{
		`<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" onload="parent.postMessage('hacked','*')"><script>parent.postMessage('hacked','*')</script>
		<image href="CANARY/image"/><use href="CANARY/use#a"/><style>@import url(CANARY/import);circle{fill:url(CANARY/fill)}</style><foreignObject><iframe src="CANARY/frame"></iframe><img src=x onerror="parent.postMessage('hacked','*')"></foreignObject>
		<a href="javascript:parent.postMessage('hacked','*')"><circle r="9"/></a></svg><meta http-equiv=refresh content="0;url=CANARY/refresh"><form action=CANARY/form><script>document.forms[0].submit()</script>`,
		"flowchart LR\n  A[\"<img src='CANARY/image' onerror='parent.postMessage(`hacked`,`*`)'>\"] --> B\n  click A href \"javascript:parent.postMessage('hacked','*')\"\n  style B fill:url(CANARY/fill)\n",
		"%%{init: {\"securityLevel\": \"loose\", \"themeCSS\": \"@import url(CANARY/theme)\"}}%%\nflowchart LR\n  A[\"</pre><script>parent.postMessage('hacked','*')</script><img src=CANARY/x>\"]\n",
	} {
		p.opens("html", strings.ReplaceAll(text, "CANARY", canary.URL))
		at := get[string](p, "location.href")
		time.Sleep(1500 * time.Millisecond) // for what it tries
		if got := get[string](p, "JSON.stringify(window.told ?? [])"); strings.Contains(got, "hacked") {
			t.Errorf("%.40q told %s", text, got)
		}
		if now := get[string](p, "location.href"); now != at {
			t.Errorf("%.40q went to %s", text, now)
		}
	}
	if heard.Load() > 0 {
		t.Errorf("the canary heard %d requests", heard.Load())
	}
}
