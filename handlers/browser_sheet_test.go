package handlers_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"alleato/ai/model/script"
)

// TestSheetCells plays in Node what a sheet does to its cells, on texts of all kinds.
func TestSheetCells(t *testing.T) {
	runNode(t, "sheet.mjs", nil, "round trip", "one cell", "from nothing", "rows and columns", "sort", "another text", "places", "long", "sums", "clipboard", "growing")
}

func sheetScenes() map[string]scene {
	scenes := map[string]scene{"sheet/long": longSheet, "sheet/wide": wideSheet, "sheet/readers": sheetOfReader}
	for name, where := range map[string]screen{"desktop": desktop, "phone": phoneDark} {
		scenes["sheet/write "+name] = func(t *testing.T, b *chromium) { writeSheet(t, b, where) }
	}
	scenes["sheet/keyboard"] = sheetKeyboard
	return scenes
}

func cellAt(row, column int) string {
	return fmt.Sprintf(`[data-row="%d"][data-column="%d"]`, row, column)
}

func (p *tab) cellIs(row, column int, text string) {
	p.t.Helper()
	p.until(fmt.Sprintf("%s?.textContent === %q", find(cellAt(row, column)), text))
}

func (p *tab) sumIs(text string) {
	p.t.Helper()
	p.until(fmt.Sprintf("%s?.textContent === %q", find(testid("sheet-sum")), text))
}

func (p *tab) opensSheet(b *chromium, content string) {
	p.t.Helper()
	p.open(p.makes("sheet", "Figures", content))
	p.until(shown(testid("artifact-editor")))
}

// writeSheet: cells are chosen and written by mouse or finger, rows added, sorted, taken back; saved is
// what was meant.
func writeSheet(t *testing.T, b *chromium, where screen) {
	s := playhouse(t, always(script.Say("A reply.")))
	p := b.visit(t, s, where, "/")
	p.opensSheet(b, "City,People\nTorino,848000\nRoma,2748000\n\"Reggio, E.\",171000\n")
	p.cellIs(1, 0, "Torino")
	p.cellIs(3, 0, "Reggio, E.")
	p.accessible()
	p.narrow()
	p.click(cellAt(1, 1))
	p.sumIs("B2")
	p.enter(0)
	p.until(shown(testid("sheet-input")))
	p.accessible()
	p.press("a", chromedp.ModifierCtrl)
	p.press("850000")
	p.enter(0)
	p.cellIs(1, 1, "850000")
	p.sumIs("B3")
	p.until(savedState + " === 'Saved'")
	p.atVersion("2")
	p.until(editorText + ` === 'City,People\nTorino,850000\nRoma,2748000\n"Reggio, E.",171000\n'`)
	p.click(`[data-do="ascending"]`)
	p.cellIs(1, 0, "Reggio, E.")
	p.click(`[data-do="below"]`)
	p.click(cellAt(3, 0))
	p.press("Milano")
	p.press(kb.Tab)
	p.press("1371000")
	p.enter(0)
	p.until(editorText + ` === 'City,People\n"Reggio, E.",171000\nTorino,850000\nMilano,1371000\nRoma,2748000\n'`)
	p.click(`[data-letter="1"]`)
	p.sumIs("B1:B5 · Sum 5,140,000 · Average 1,285,000 · Count 5")
	p.click(`[data-number="2"]`)
	p.click(`[data-do="rows"]`)
	p.cellIs(2, 0, "Milano")
	p.click(`[data-do="undo"]`)
	p.cellIs(2, 0, "Torino")
	p.click(`[data-do="redo"]`)
	p.cellIs(2, 0, "Milano")
	p.click(cellAt(0, 0))
	p.click(`[data-do="after"]`)
	p.click(cellAt(0, 1))
	p.press("Land")
	p.enter(0)
	p.until(savedState + " === 'Saved'")
	want := "City,Land,People\n\"Reggio, E.\",,171000\nMilano,,1371000\nRoma,,2748000\n"
	if got := p.saved(); got != want {
		t.Errorf("saved is %q", got)
	}
	p.accessible()
	p.reload()
	p.cellIs(2, 2, "1371000")
}

// saved is the text of the page's document as the server has it.
func (p *tab) saved() string {
	p.t.Helper()
	return get[string](p, `fetch(document.querySelector('#artifact').dataset.url, {headers: {Accept: 'application/json'}}).then((r) => r.json()).then((r) => r.document.content)`)
}

// sheetKeyboard: everything without a mouse, and what comes from and goes to a spreadsheet.
func sheetKeyboard(t *testing.T, b *chromium) {
	s := playhouse(t, always(script.Say("A reply.")))
	p := b.visit(t, s, desktop, "/")
	p.opensSheet(b, "a,b,c\n1,2,3\n4,5,6\n")
	get[bool](p, find(testid("artifact-editor"))+".focus() ?? true")
	active := func(want string) {
		t.Helper()
		p.until(find("#sheet-active") + "?.getAttribute('aria-selected') === 'true' && " + find(testid("artifact-editor")) + ".getAttribute('aria-activedescendant') === 'sheet-active'")
		p.until(find(testid("sheet-sum")) + ".textContent.startsWith('" + want + "')")
	}
	p.press(kb.ArrowDown)
	active("A2")
	p.press(kb.ArrowRight)
	active("B2")
	p.press(kb.End, chromedp.ModifierCtrl)
	active("C3")
	p.press(kb.Home)
	active("A3")
	p.press(kb.ArrowUp, chromedp.ModifierShift)
	p.press(kb.ArrowRight, chromedp.ModifierShift)
	active("A2:B3 · Sum 12 · Average 3 · Count 4")
	get[bool](p, `(() => { const data = new DataTransfer()
		document.activeElement.dispatchEvent(new ClipboardEvent('copy', {clipboardData: data, bubbles: true, cancelable: true}))
		window.copied = data.getData('text/plain'); return true })()`)
	if got := get[string](p, "window.copied"); got != "1\t2\n4\t5" {
		t.Errorf("copied is %q", got)
	}
	p.press(kb.ArrowDown, chromedp.ModifierCtrl)
	p.press(kb.ArrowDown)
	get[bool](p, `(() => { const data = new DataTransfer(); data.setData('text/plain', '7\t"8\n9"\r\n10\t=A1\r\n')
		return document.activeElement.dispatchEvent(new ClipboardEvent('paste', {clipboardData: data, bubbles: true, cancelable: true})), true })()`)
	p.until(editorText + ` === 'a,b,c\n1,2,3\n4,5,6\n,7,"8\n9"\n,10,=A1\n' || ` + editorText + ` === 'a,b,c\n1,2,3\n4,5,6\n7,"8\n9"\n10,=A1\n'`)
	p.press("z", chromedp.ModifierCtrl)
	p.until(editorText + ` === 'a,b,c\n1,2,3\n4,5,6\n'`)
	p.press("a", chromedp.ModifierCtrl)
	p.press(kb.Delete)
	p.until(editorText + ` === ',,\n,,\n,,\n'`)
	p.press("z", chromedp.ModifierCtrl)
	p.press(kb.Home, chromedp.ModifierCtrl)
	active("A1")
	p.press(kb.F2)
	p.press("x")
	p.press(kb.Escape)
	p.cellIs(0, 0, "a") // taken back
	p.press(kb.Tab, chromedp.ModifierShift)
	p.until("document.activeElement.closest('[role=\"toolbar\"]')")
	p.until("document.activeElement.dataset.do === 'above'") // nothing could be taken back when the sheet was opened
	p.press(kb.ArrowLeft)
	p.until("document.activeElement.dataset.do === 'redo'") // undo cannot be pressed now
	p.press(kb.ArrowRight)
	p.enter(0)
	p.until(editorText + ` === ',,\na,b,c\n1,2,3\n4,5,6\n'`)
}

func tenThousandRows() string {
	var text strings.Builder
	for i := range 10_000 {
		fmt.Fprintf(&text, "row %d,%d,\"a, b\",0.5\n", i, i)
	}
	return text.String()
}

// longSheet: ten thousand rows scroll, with few of them on the page; what is at the end can be written on.
func longSheet(t *testing.T, b *chromium) {
	s := playhouse(t, always(script.Say("A reply.")))
	p := b.visit(t, s, desktop, "/")
	text := tenThousandRows()
	p.opensSheet(b, text)
	p.cellIs(1, 0, "row 1")
	if n := get[int](p, "document.querySelectorAll('#artifact *').length"); n > 3000 {
		t.Errorf("%d elements are on the page", n)
	}
	get[bool](p, find(testid("artifact-editor"))+".focus() ?? true")
	p.press(kb.End, chromedp.ModifierCtrl)
	p.cellIs(9999, 3, "0.5")
	p.press("0.75")
	p.enter(0)
	p.cellIs(9999, 3, "0.75")
	p.until(savedState + " === 'Saved'")
	if got, want := p.saved(), strings.TrimSuffix(text, "0.5\n")+"0.75\n"; got != want {
		t.Errorf("saved is another text: …%q", got[max(0, len(got)-80):])
	}
}

// wideSheet: five thousand columns, and a text that is no proper CSV.
func wideSheet(t *testing.T, b *chromium) {
	s := playhouse(t, always(script.Say("A reply.")))
	p := b.visit(t, s, desktop, "/")
	p.opensSheet(b, strings.Repeat("x,", 4999)+"last\n\"never closed,1\n")
	p.until(find(".artifact-note:not([hidden])") + "?.textContent.includes('not quite proper CSV')")
	if n := get[int](p, "document.querySelectorAll('#artifact *').length"); n > 3000 {
		t.Errorf("%d elements are on the page", n)
	}
	get[bool](p, find(testid("artifact-editor"))+".focus() ?? true")
	p.press(kb.ArrowRight, chromedp.ModifierCtrl)
	p.cellIs(0, 4999, "last")
	p.accessible()
}

// sheetOfReader: whom a sheet is shared with reads the table, and gets no grid.
func sheetOfReader(t *testing.T, b *chromium) {
	s := playhouse(t, always(script.Say("A reply.")))
	p := b.visit(t, s, phone, "/")
	path := p.makes("sheet", "Figures", "a,b\n1,<b>2</b>\n")
	get[int](p, fmt.Sprintf(`fetch('%s', {method: 'PATCH', headers: {'Content-Type': 'application/json', Accept: 'application/json'}, body: '{"visibility":"public"}'}).then((r) => r.status)`, path))
	reader := b.visit(t, s, phone, path)
	reader.until(find("table.artifact-sheet td:nth-of-type(2)") + "?.textContent === '<b>2</b>' || " + find("table.artifact-sheet td") + "?.nextElementSibling?.textContent === 'b'")
	if get[bool](reader, "Boolean("+find(testid("artifact-editor"))+")") {
		t.Error("a reader gets an editor")
	}
	reader.accessible()
}
