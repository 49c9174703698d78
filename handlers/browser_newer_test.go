package handlers_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"alleato/ai/model/script"
)

func newerScenes() map[string]scene {
	scenes := map[string]scene{"newer/kinds": newerKinds, "newer/own undo": newerUndo, "newer/assistant's edit": newerEdit, "newer/reader": newerReader,
		"newer/older version": newerOlder, "newer/suggestions": newerSuggestions, "newer/typing in the pane": newerTypingInPane}
	for name, where := range map[string]screen{"desktop": desktop, "phone": phoneDark} {
		scenes["newer/tabs "+name] = func(t *testing.T, b *chromium) { newerTabs(t, b, where) }
		scenes["newer/machine "+name] = func(t *testing.T, b *chromium) { newerMachine(t, b, where) }
		scenes["newer/assistant "+name] = func(t *testing.T, b *chromium) { newerGrows(t, b, where) }
		scenes["newer/unsaved "+name] = func(t *testing.T, b *chromium) { newerUnsaved(t, b, where) }
		scenes["newer/deleted "+name] = func(t *testing.T, b *chromium) { newerDeleted(t, b, where) }
	}
	return scenes
}

const toFront = `dispatchEvent(new Event('focus'))`

// elsewhere opens a page as the same person on another machine: no tab of this one tells it anything.
func (p *tab) elsewhere(b *chromium, path string) *tab {
	p.t.Helper()
	var out struct {
		Cookies []struct {
			Name  string `json:"name"`
			Value string `json:"value"`
		} `json:"cookies"`
	}
	if err := chromedp.FromContext(p.ctx).Target.Call(p.ctx, "Network.getCookies", nil, &out); err != nil {
		p.t.Fatal(err)
	}
	q := b.visitAt(p.t, p.origin, p.screen, "")
	for _, c := range out.Cookies {
		must(call(q, "Network.setCookie", map[string]any{"name": c.Name, "value": c.Value, "url": p.origin}))
	}
	q.open(path)
	return q
}

// puts saves a text as a program does, which tells no tab.
func (p *tab) puts(path string, body m) {
	p.t.Helper()
	encoded, _ := json.Marshal(body)
	if status := get[int](p, fmt.Sprintf(`fetch(%q, {method: 'PUT', headers: {'Content-Type': 'application/json', Accept: 'application/json'}, body: %s}).then((r) => r.status)`, path, inScript(string(encoded)))); status != 200 {
		p.t.Fatalf("saving %s: %d", path, status)
	}
}

// shares makes a document public or private.
func (p *tab) shares(path, visibility string) {
	p.t.Helper()
	get[int](p, fmt.Sprintf(`fetch(%q, {method: 'PATCH', headers: {'Content-Type': 'application/json', Accept: 'application/json'}, body: '{"visibility":%q}'}).then((r) => r.status)`, path, visibility))
}

// keepsTyping types without a pause long enough for a save, until it is told to stop.
func (p *tab) keepsTyping() {
	p.t.Helper()
	p.until(editorText + " !== undefined")
	p.click(testid("artifact-editor"))
	get[int](p, `(window.typing = setInterval(() => document.execCommand('insertText', false, 'x'), 200))`)
	p.until(editorText + ".includes('xx')")
}

func (p *tab) stopsTyping() { p.t.Helper(); get[bool](p, "clearInterval(window.typing) ?? true") }

// newerTabs: what is saved in one tab is in the other ones by itself, with its number, its title and who made it; what
// is restored there, too. Where the other tab scrolled to and writes stays.
func newerTabs(t *testing.T, b *chromium, where screen) {
	s := playhouse(t, always(script.Say("A reply.")))
	p := b.visit(t, s, where, "/")
	long := strings.Repeat("A line of a long text.\n\n", 120)
	path := p.makes("text", "Plan", "First.\n\n"+long+"The end.\n")
	p.open(path)
	q := p.another(path + "?version=1")
	p.until(editorText + "?.startsWith('First')")
	q.until(editorText + "?.startsWith('First')")
	q.caret("The end", false)
	get[int](q, "document.querySelector('.artifact-main').scrollTop = 1e6")
	q.until("document.querySelector('.artifact-main').scrollTop > 500")
	before := get[float64](q, "document.querySelector('.artifact-main').scrollHeight - document.querySelector('.artifact-main').scrollTop")
	p.caret("First", false)
	p.press(" things")
	p.press("s", chromedp.ModifierCtrl)
	p.atVersion("2")
	q.until(editorText + "?.startsWith('First things.')")
	q.atVersion("2")
	q.until(savedState + " === 'Updated'")
	if after := get[float64](q, "document.querySelector('.artifact-main').scrollHeight - document.querySelector('.artifact-main').scrollTop"); after < before-60 || after > before+60 {
		t.Errorf("the text has moved: its end is %.0f px off, before %.0f", after, before)
	}
	q.until(find(testid("artifact-version-previous")) + "?.href?.includes('version=1')")
	if at := get[string](q, "location.search"); at != "" {
		t.Errorf("loaded again, the page would show %s", at)
	}
	q.press(" Truly") // where the cursor was
	q.until(savedState + " === 'Saved'")
	q.atVersion("3")
	p.until(editorText + "?.includes('The end Truly.')")
	p.atVersion("3")
	p.accessible()

	p.click(testid("artifact-menu"))
	p.click(testid("artifact-versions"))
	p.click(`[data-version="1"] ` + testid("artifact-restore"))
	p.atVersion("4")
	q.atVersion("4")
	q.until(editorText + "?.startsWith('First.')")
	p.puts(path, m{"content": "Renamed.\n", "title": "Another name"})
	q.until("(" + toFront + ", " + editorText + "?.startsWith('Renamed'))") // not more often than every five seconds
	q.until(find(".artifact-bar h1") + ".textContent === 'Another name' && document.title.startsWith('Another name')")
	q.narrow()
}

// newerKinds: every kind's editor takes in what is newer, and takes it for nothing that is to be saved.
func newerKinds(t *testing.T, b *chromium) {
	s := playhouse(t, always(script.Say("A reply.")))
	p := b.visit(t, s, desktop, "/")
	for kind, texts := range map[string][2]string{
		"text": {"* one\n* two\n", "* one\n* and two\n\n\n| a | b |\n|---|---|\n| 1 | 2 |"}, "code": {"one\r\ntwo\r\n", "one\r\nand two\r\n"},
		"sheet": {"a;b\n1;\"2\"\n", "a;b\n1;\"2\"\n3;4"}, "html": {"<p>one</p>", "<p>one</p>\n<p>two</p>"},
	} {
		path := p.makes(kind, "Plan", texts[0])
		p.open(path)
		q := p.another(path)
		p.until(editorText + " === " + inScript(texts[0]))
		q.until(editorText + " === " + inScript(texts[0]))
		get[bool](p, "document.querySelector('#artifact').editor.setText("+inScript(texts[1])+") ?? true")
		get[bool](p, "document.querySelector('#artifact').editor.saver.save(false).then(() => true)")
		q.until(editorText + " === " + inScript(texts[1]))
		q.atVersion("2")
		if kind == "html" {
			q.until(`document.querySelector('.page-frame iframe, iframe.artifact-frame, #artifact iframe')?.src.includes('version=2')`)
		}
		time.Sleep(1500 * time.Millisecond) // longer than an autosave waits
		for _, tab := range []*tab{p, q} {
			tab.atVersion("2")
			tab.stored(path, texts[1])
		}
	}
}

// newerUndo: what another tab wrote is not taken back here, where nobody has written it.
func newerUndo(t *testing.T, b *chromium) {
	s := playhouse(t, always(script.Say("A reply.")))
	p := b.visit(t, s, desktop, "/")
	for _, kind := range []string{"text", "code"} {
		path := p.makes(kind, "Plan", "one two three")
		p.open(path)
		q := p.another(path)
		q.until(editorText + " === 'one two three'")
		q.click(testid("artifact-editor"))
		q.press("End", 0)
		get[bool](q, "document.execCommand('insertText', false, ' four')")
		q.until(savedState + " === 'Saved'")
		p.atVersion("2")
		p.edit("zero one two three four")
		p.until(savedState + " === 'Saved'")
		q.until(editorText + " === 'zero one two three four'")
		q.press("z", chromedp.ModifierCtrl)
		q.until(editorText + " === 'zero one two three'")
	}
}

// newerMachine: a page that comes to the front asks, and not at every turn; a form that is being filled in elsewhere
// does not matter.
func newerMachine(t *testing.T, b *chromium, where screen) {
	s := playhouse(t, always(script.Say("A reply.")))
	p := b.visit(t, s, where, "/")
	path := p.makes("text", "Plan", "one")
	p.open(path)
	p.until(editorText + " === 'one'")
	q := p.elsewhere(b, path)
	q.until(editorText + " === 'one'")
	asked := `performance.getEntriesByType('resource').filter((e) => e.name.includes('content=0')).length`
	p.edit("two")
	p.until(savedState + " === 'Saved'")
	time.Sleep(time.Second)
	if got := get[string](q, editorText); got != "one" {
		t.Errorf("another machine shows %q without having asked", got)
	}
	q.until("(" + toFront + ", " + editorText + " === 'two')")
	q.atVersion("2")
	before := get[int](q, asked)
	for range 20 {
		get[bool](q, toFront)
	}
	time.Sleep(300 * time.Millisecond)
	if n := get[int](q, asked) - before; n > 1 {
		t.Errorf("a page that came to the front 20 times has asked %d times", n)
	}
	q.accessible()
}

// newerGrows: a version that the assistant writes grows in every tab, and can be written in when it is whole.
func newerGrows(t *testing.T, b *chromium, where screen) {
	gates := newGates(2)
	chunks := numbered(0, 40)
	rest := numbered(40, 80)
	s := withTools(t, func(r script.Request) script.Reply {
		if strings.HasPrefix(system(r), "Rewrite the document") {
			return staged(stage{gates[0], chunks}, stage{gates[1], rest})
		}
		return writer(r)
	})
	release(t, gates...)
	p := b.visit(t, s, where, "/")
	p.ask("create it")
	p.finished("complete")
	p.holds("All roads")
	p.until("document.querySelector('#artifact')?.editor?.saver")
	path := get[string](p, "document.querySelector('#artifact').dataset.url")
	q := p.another(path)
	r := p.elsewhere(b, path)
	for _, tab := range []*tab{q, r} {
		tab.until(editorText + "?.includes('All roads')")
	}
	if where.phone {
		p.click(testid("artifact-close-button"))
	}
	p.ask("rewrite it")
	gates[0].open()
	q.until(editorText + "?.includes('w20 ')")
	q.atVersion("2")
	q.until(shown(testid("artifact-writing")))
	r.until("(" + toFront + ", " + editorText + "?.includes('w20 '))")
	q.accessible()
	gates[1].open()
	for _, tab := range []*tab{q, r} {
		tab.until("document.querySelector('#artifact')?.hasAttribute('data-editable') && " + editorText + "?.includes('w79')")
		tab.atVersion("2")
	}
	q.until(find("#announcer") + ".textContent.startsWith('Written')")
}

// newerEdit: a change that the assistant makes at once comes into an open editor; a tab in which the pane was closed tells
// of it, too.
func newerEdit(t *testing.T, b *chromium) {
	s := withTools(t, writer)
	p := b.visit(t, s, desktop, "/")
	p.ask("create it")
	p.finished("complete")
	p.holds("All roads")
	p.ask("rewrite it")
	p.atVersion("2")
	p.finished("complete")
	p.holds("No road")
	q := p.another(get[string](p, "document.querySelector('#artifact').dataset.url"))
	q.until(editorText + "?.includes('No road')")
	get[bool](q, "(window.same = document.querySelector('#artifact')) !== null")
	p.click(testid("artifact-close-button"))
	p.until("!" + shown(thePane))
	p.ask("edit it")
	q.until(editorText + "?.includes('Every road')")
	q.atVersion("3")
	q.until(find("#artifact-line") + ".textContent.includes('Assistant')")
	if !get[bool](q, "window.same === document.querySelector('#artifact')") {
		t.Error("the whole document was replaced")
	}
}

// newerUnsaved: with something unsaved a note says that there is a newer version, and nothing is taken away or saved over;
// comparing shows both. Who takes back what they have typed gets the newer one.
func newerUnsaved(t *testing.T, b *chromium, where screen) {
	s := playhouse(t, always(script.Say("A reply.")))
	p := b.visit(t, s, where, "/")
	path := p.makes("text", "Plan", "one")
	p.open(path)
	p.until(editorText + " === 'one'")
	q := p.another(path)
	q.keepsTyping()
	p.edit("mine")
	p.press("s", chromedp.ModifierCtrl)
	p.atVersion("2")
	q.until(shown(testid("artifact-newer")))
	if note := q.text(testid("artifact-newer")); !strings.Contains(note, "Version 2 was saved in another tab") || !get[bool](q, find("#announcer")+".textContent.includes('Version 2')") {
		t.Errorf("the note says %q", note)
	}
	at := get[int](q, editorText+".length")
	q.until(fmt.Sprintf("%s.length > %d", editorText, at+2)) // the typing goes on
	q.stopsTyping()
	q.accessible()
	time.Sleep(2500 * time.Millisecond) // longer than an autosave waits, or a further look
	if get[bool](q, "Boolean("+find(testid("artifact-conflict"))+")") || !get[bool](q, find(testid("artifact-editor"))+" === document.activeElement") {
		t.Error("the text was taken away from under the typing")
	}
	q.atVersion("1")
	q.expect("409")
	q.click(testid("artifact-newer-compare"))
	q.until(shown(testid("artifact-conflict")))
	q.until("!" + find(testid("artifact-newer")))
	if a, b := get[string](q, find(testid("conflict-yours"))+".value"), get[string](q, find(testid("conflict-current"))+".value"); !strings.Contains(a, "xx") || b != "mine" {
		t.Errorf("the page shows %q and %q", a, b)
	}
	q.click(testid("conflict-save"))
	q.atVersion("3")
	p.until(editorText + "?.includes('xx')")

	q.keepsTyping()
	p.edit("mine again")
	p.press("s", chromedp.ModifierCtrl)
	q.until(shown(testid("artifact-newer")))
	q.stopsTyping()
	get[bool](q, `(async () => { const { saver, text } = document.querySelector('#artifact').editor
		for (let i = 0; i < 500 && saver.dirty; i++) { document.execCommand('undo'); await new Promise(requestAnimationFrame) }
		return !saver.dirty })()`)
	q.until(editorText + " === 'mine again'")
	q.until("!" + find(testid("artifact-newer")))
	q.edit("and mine, too")
	q.until(savedState + " === 'Saved'")
	q.stored(path, "and mine, too")
}

// newerTypingInPane: the assistant's version does not take the place of what is being typed beside its chat.
func newerTypingInPane(t *testing.T, b *chromium) {
	begins, held := newGate(), newGate()
	s := withTools(t, func(r script.Request) script.Reply {
		if strings.HasPrefix(system(r), "Rewrite the document") {
			return staged(stage{nil, numbered(0, 20)}, stage{held, numbered(20, 40)})
		}
		reply := writer(r)
		if strings.Contains(r.Messages[len(r.Messages)-1].Text, "rewrite it") {
			return staged(stage{begins, reply.Chunks})
		}
		return reply
	})
	release(t, begins, held)
	p := b.visit(t, s, desktop, "/")
	p.ask("create it")
	p.finished("complete")
	p.until("document.querySelector('#artifact')?.editor?.saver")
	p.ask("rewrite it")
	p.until(find(lastReply) + "?.getAttribute('aria-busy') === 'true'")
	p.keepsTyping()
	begins.open()
	p.until(shown(testid("artifact-newer")))
	if note := p.text(testid("artifact-newer")); !strings.Contains(note, "The assistant is writing version 2") {
		t.Errorf("the note says %q", note)
	}
	p.stopsTyping()
	held.open()
	p.finished("complete")
	time.Sleep(1500 * time.Millisecond)
	if !get[bool](p, editorText+".includes('xx') && "+find(testid("artifact-editor"))+" === document.activeElement") {
		t.Error("what was typed is gone")
	}
	p.expect("409")
	p.click(testid("artifact-newer-compare"))
	p.until(find(testid("conflict-yours")) + "?.value.includes('xx') && " + find(testid("conflict-current")) + ".value.includes('w39')")
}
