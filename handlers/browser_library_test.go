package handlers_test

import (
	"bytes"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/browser"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
	"github.com/ledongthuc/pdf"

	"alleato/ai/model/script"
	"alleato/store"
	"alleato/store/storetest"
)

func libraryScenes() map[string]scene {
	all := map[string]scene{"library/without scripts": libraryPlain}
	for name, where := range map[string]screen{"desktop": desktop, "phone": phoneDark} {
		all["library/list "+name] = func(t *testing.T, b *chromium) { libraryList(t, b, where) }
		all["library/image "+name] = func(t *testing.T, b *chromium) { libraryImage(t, b, where) }
		all["library/print "+name] = func(t *testing.T, b *chromium) { libraryPrint(t, b, where) }
		all["library/full "+name] = func(t *testing.T, b *chromium) { libraryFull(t, b, where) }
	}
	return all
}

func (p *tab) cards(n int) {
	p.t.Helper()
	p.until(fmt.Sprintf("document.querySelectorAll('%s').length === %d", testid("document-card"), n))
}

// libraryList: the library fills by itself as it is scrolled, is narrowed as one types, leads to the chat of
// origin, and a document is deleted from its card.
func libraryList(t *testing.T, b *chromium, where screen) {
	s := withTools(t, writer)
	p := b.visit(t, s, where, "/")
	p.ask("create it")
	p.finished("complete")
	p.open("/documents")
	p.cards(1)
	p.until(find(testid("document-usage")) + ".textContent.includes('used')")
	kinds := []string{"text", "code", "sheet", "html"}
	for i := range 30 {
		p.makes(kinds[i%4], fmt.Sprintf("Number %d", i), fmt.Sprintf("# Words\n\nThe %dth of the many", i))
	}
	p.open("/documents")
	p.until(shown(testid("document-card")))
	p.accessible()
	get[bool](p, "(document.getElementById('main').scrollTo(0, 1e6), true)")
	p.cards(31)
	p.until("!" + find(testid("documents-more")))
	p.accessible()
	p.click(`.segment:has(` + testid("documents-kind-sheet") + `)`)
	p.cards(7)
	p.until("location.search.includes('kind=sheet')")
	p.accessible()
	p.click(`.segment:has(` + testid("documents-kind-") + `)`)
	p.write(testid("documents-search"), "roads")
	p.cards(1)
	p.until("location.search.includes('q=roads')") // each letter may bring the list anew, under the pointer too
	p.click(testid("document-card") + ` a[aria-label^="Chat of origin"]`)
	p.until("location.pathname.startsWith('/chats/')")
	p.open("/documents?q=nothing+of+the+kind")
	p.until(shown(testid("documents-empty")))
	p.accessible()
	p.open("/documents?q=29th")
	p.cards(1)
	p.click(testid("document-menu"))
	p.click(testid("artifact-delete"))
	p.until(shown(testid("artifact-delete-ok")))
	p.accessible()
	p.click(testid("artifact-delete-ok"))
	p.until("location.pathname === '/documents' && location.search === ''")
	p.until(fmt.Sprintf("document.querySelectorAll('%s').length >= 24", testid("document-card")))
	p.until("!document.body.textContent.includes('Number 29')")
}

// libraryImage: an image made of a file, looked at closely, replaced, and gone.
func libraryImage(t *testing.T, b *chromium, where screen) {
	s := playhouse(t, always(script.Say("A reply.")))
	p := b.visit(t, s, where, "/documents")
	p.until(shown(testid("documents-empty")))
	p.click(testid("document-new"))
	p.chooseFile("#image-file", onDisk(t, "The Mole.png", halves(2000, 1000)))
	picture := find(testid("artifact-content"))
	p.until("location.pathname.startsWith('/documents/') && " + picture + "?.naturalWidth === 2000")
	p.until(find("h1") + "?.textContent === 'The Mole' && " + picture + ".alt === 'The Mole'")
	p.until(find("[data-zoom]") + ".dataset.larger === 'false' && " + picture + ".getBoundingClientRect().width <= " + find(".picture-scroll") + ".clientWidth")
	p.accessible()
	p.narrow()
	scale := func() int { return get[int](p, "parseInt("+find(testid("zoom-scale"))+".textContent)") }
	fit := scale()
	p.click(testid("zoom-full"))
	p.until(picture + ".getBoundingClientRect().width === 2000")
	p.click(testid("zoom-in"))
	if got := scale(); got != 125 {
		t.Errorf("one step in is %d %%", got)
	}
	p.click(testid("zoom-out"))
	before := get[float64](p, find(".picture-scroll")+".scrollLeft")
	get[bool](p, `(() => { const s = document.querySelector('.picture-scroll'), r = s.getBoundingClientRect(); const at = (type, dx) => s.dispatchEvent(new PointerEvent(type, {pointerId: 1, isPrimary: true, bubbles: true, clientX: r.left + 150 + dx, clientY: r.top + 150}));
		s.setPointerCapture = () => {}; at('pointerdown', 0); at('pointermove', 60); at('pointerup', 60); return true })()`)
	if after := get[float64](p, find(".picture-scroll")+".scrollLeft"); after != before-60 {
		t.Errorf("dragging by 60 goes from %v to %v", before, after)
	}
	get[bool](p, `(() => { const s = document.querySelector('.picture-scroll'), r = s.getBoundingClientRect(); const at = (type, id, dx) => s.dispatchEvent(new PointerEvent(type, {pointerId: id, bubbles: true, clientX: r.left + 150 + dx, clientY: r.top + 150}));
		at('pointerdown', 1, -20); at('pointerdown', 2, 20); at('pointermove', 2, 60); at('pointerup', 1, 0); at('pointerup', 2, 0); return true })()`)
	if got := scale(); got != 200 {
		t.Errorf("two fingers twice as far apart show %d %%", got)
	}
	get[bool](p, find(".picture-scroll")+".dispatchEvent(new WheelEvent('wheel', {deltaY: 200, bubbles: true, cancelable: true, clientX: 200, clientY: 300})) ?? true")
	if got := scale(); got >= 200 || got < 100 {
		t.Errorf("the wheel goes to %d %%", got)
	}
	get[bool](p, find(".picture-scroll")+".focus() ?? true")
	p.press("1")
	if got := scale(); got != 100 {
		t.Errorf("the key 1 shows %d %%", got)
	}
	p.press("0")
	if got := scale(); got != fit {
		t.Errorf("the key 0 shows %d %%, it began with %d %%", got, fit)
	}
	p.press("+")
	p.press("-")
	p.press(kb.ArrowRight)

	p.click(testid("artifact-menu"))
	p.click(testid("image-replace"))
	p.accessible()
	p.chooseFile(testid("image-replace-file"), onDisk(t, "b.png", halves(40, 40)))
	documents := p.documents()
	p.click(testid("image-replace-ok"))
	p.loaded(documents)
	p.atVersion("2")
	p.until(picture + "?.naturalWidth === 40")
	p.click(testid("artifact-version-previous"))
	p.atVersion("1")
	p.until(picture + "?.naturalWidth === 2000")
	path := get[string](p, "location.pathname")
	p.open("/documents")
	p.until(find(".document-thumbnail") + "?.naturalWidth > 0")
	p.accessible()
	get[int](p, `(async () => { const {files} = await (await fetch('/files', {headers: {Accept: 'application/json'}})).json(); let n = 0
		for (const f of files) n += (await fetch('/files/' + f.id, {method: 'DELETE', headers: {Accept: 'application/json'}})).ok; return n })()`)
	p.open(path)
	p.until(shown(testid("artifact-gone")))
	p.accessible()
	p.open("/documents")
	p.cards(1)
	p.until("document.body.textContent.includes('not there any more')")
}

// libraryPlain: an image made and replaced, and the library narrowed, with JavaScript switched off.
func libraryPlain(t *testing.T, b *chromium) {
	s := playhouse(t, always(script.Say("A reply.")))
	p := b.visit(t, s, phone, "")
	must(p.scripts(false))
	step := func(act func()) {
		t.Helper()
		before := p.documents()
		act()
		p.loaded(before)
	}
	p.open("/documents")
	p.click(testid("document-new"))
	p.chooseFile("#image-file", onDisk(t, "Mole.png", halves(300, 100)))
	step(func() { p.click(testid("document-new-image-ok")) })
	p.until(find(testid("artifact-content")) + "?.naturalWidth === 300")
	p.narrow()
	p.accessible()
	p.click(testid("artifact-menu"))
	p.click(testid("image-replace"))
	p.chooseFile(testid("image-replace-file"), onDisk(t, "b.png", halves(40, 40)))
	step(func() { p.click(testid("image-replace-ok")) })
	p.atVersion("2")
	p.open("/documents")
	p.click(`.segment:has(` + testid("documents-kind-text") + `)`)
	step(func() { p.submit("Apply") })
	p.until(shown(testid("documents-empty")))
	p.open("/documents?kind=image")
	p.cards(1)
	p.click(testid("document-menu"))
	p.click(testid("artifact-delete"))
	p.until(shown(testid("artifact-delete-ok")))
	time.Sleep(800 * time.Millisecond) // the menu opens slowly, which getAnimations does not tell, and its button moves
	step(func() { p.click(testid("artifact-delete-ok")) })
	p.until(shown(testid("documents-empty")))
}

// paper says on how many pages the browser prints the page.
func (p *tab) paper() int {
	p.t.Helper()
	var result page.PrintToPDFResult
	background, ownSize := true, true
	params := page.PrintToPDFParams{PrintBackground: &background, PreferCSSPageSize: &ownSize}
	if err := chromedp.FromContext(p.ctx).Target.Call(p.ctx, page.PrintToPDF.Method, params, &result); err != nil {
		p.t.Fatal(err)
	}
	doc, err := pdf.NewReader(bytes.NewReader(result.Data), int64(len(result.Data)))
	if err != nil {
		p.t.Fatal(err)
	}
	return doc.NumPage()
}

// libraryPrint: every kind has a page for paper with its title and all of it, without what stands around it.
func libraryPrint(t *testing.T, b *chromium, where screen) {
	s := playhouse(t, always(script.Say("A reply.")))
	p := b.visit(t, s, where, "/")
	papers := map[string][2]int{"text": {1, 1}, "code": {4, 9}, "sheet": {15, 50}, "html": {1, 2}}
	var rows strings.Builder
	for i := range 1200 {
		fmt.Fprintf(&rows, "%d,name %d,%d.50\n", i, i, i*3)
	}
	for kind, content := range map[string]string{
		"text": "# Where to go\n\nSee the **Mole**.\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n```go\nfunc main() {}\n```\n", "code": strings.Repeat("print('a rather long line of code that goes on and on and on and on and on and on, farther than paper')\n", 120),
		"sheet": "No,Name,Price\n" + rows.String(), "html": "<h1>Seen</h1><svg width=100 height=100><circle r=40 cx=50 cy=50 fill=red></circle></svg>",
	} {
		path := p.makes(kind, "Plan for paper", content)
		p.open(path + "?print=1")
		p.until(find(testid("print-content")) + "?.textContent.includes('Plan for paper')")
		p.accessible()
		p.narrow()
		if get[bool](p, "Boolean("+find(".sidebar-pane")+" || "+find("#artifact")+")") {
			t.Errorf("%s: the page for paper has chrome", kind)
		}
		if n := get[int](p, "document.querySelectorAll('.artifact-sheet tr').length"); kind == "sheet" && n != 1201 {
			t.Errorf("%d of 1201 rows are printed", n)
		}
		if n, want := p.paper(), papers[kind]; n < want[0] || n > want[1] {
			t.Errorf("%s is printed on %d pages", kind, n)
		}
		if kind == "html" {
			p.click(testid("print-other"))
			p.until(find(testid("print-content")) + "?.textContent.includes('<circle')")
		}
	}
	p.open(p.makes("text", "Menu", "words"))
	p.click(testid("artifact-menu"))
	p.until(shown(testid("artifact-print")))
	p.accessible()
	if to := get[string](p, find(testid("artifact-print"))+".getAttribute('href')"); !strings.HasSuffix(to, "?print=1") {
		t.Errorf("the menu leads to %s", to)
	}
	dir := t.TempDir()
	must(call(p, browser.SetDownloadBehavior.Method, browser.SetDownloadBehaviorParams{Behavior: "allow", DownloadPath: dir,
		BrowserContextID: chromedp.FromContext(p.ctx).BrowserContextID}))
	p.click(testid("artifact-download-docx"))
	eventually(t, "the Word document is on the disk", func() bool {
		found, _ := filepath.Glob(filepath.Join(dir, "Menu.docx"))
		return len(found) == 1
	})
}

// libraryFull: when there is no more space, what was written stays in its editor, and the page says why it
// was not saved.
func libraryFull(t *testing.T, b *chromium, where screen) {
	limits := map[store.Role]store.Limit{store.RoleGuest: {DocumentBytes: 1000}}
	s := playhouseOn(t, storetest.OpenLimited(t, false, limits), always(script.Say("A reply.")))
	p := b.visit(t, s, where, "/")
	p.expect("413")
	path := p.makes("text", "Plan", "short")
	p.open(path)
	p.until(find("#artifact") + "?.editor")
	get[bool](p, find("#artifact")+".editor.setText('x'.repeat(9000)) ?? true")
	get[bool](p, find("#artifact")+".editor.focus() ?? true")
	p.until("document.activeElement?.dataset.testid === 'artifact-editor'")
	p.press("y")
	p.until(find(testid("artifact-saved")) + "?.dataset.state === 'Not saved'")
	p.until(find(testid("toast")) + "?.textContent.includes('does not fit')")
	if n := get[int](p, find("#artifact")+".editor.text().length"); n < 9000 {
		t.Errorf("%d characters are left", n)
	}
	p = p.another("/documents")
	p.expect("413")
	p.until(find(testid("document-usage")) + ".textContent.includes('of 1000 bytes used')")
	must(p.scripts(false)) // and without a script
	p.open(path + "?edit=1")
	p.click(testid("artifact-editor"))
	p.press("a", chromedp.ModifierCtrl)
	p.write(testid("artifact-editor"), strings.Repeat("z", 600))
	before := p.documents()
	p.click(testid("artifact-save"))
	p.loaded(before)
	p.until(find(testid("artifact-problem")) + "?.textContent.includes('does not fit')")
	if !get[bool](p, find(testid("artifact-editor"))+".value.endsWith('z'.repeat(600))") {
		t.Error("what was written is not in the form")
	}
	p.accessible()
}
