package handlers_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"alleato/ai/model/script"
)

func markScenes() map[string]scene {
	scenes := map[string]scene{"marks/breaks": markBreaks, "marks/field": markField, "marks/long": markLong, "marks/while typing": marksWhileTyping, "marks/typed meanwhile": marksMeanwhile}
	for name, where := range map[string]screen{"desktop": desktop, "phone": phoneDark} {
		scenes["marks/code "+name] = func(t *testing.T, b *chromium) { codeMarks(t, b, where) }
		scenes["marks/page "+name] = func(t *testing.T, b *chromium) { pageMarks(t, b, where) }
		scenes["marks/sheet "+name] = func(t *testing.T, b *chromium) { sheetMarks(t, b, where) }
	}
	return scenes
}

// suggests makes suggestions for a document, each of a text and what it is to become.
func (p *tab) suggests(path string, pairs ...[2]string) {
	p.t.Helper()
	for _, words := range pairs {
		status := get[int](p, fmt.Sprintf(`fetch('%s/suggestions', {method: 'POST', headers: {'Content-Type': 'application/json', Accept: 'application/json'},
			body: JSON.stringify({originalText: %s, suggestedText: %s, description: 'Better.'})}).then((r) => r.status)`, path, inScript(words[0]), inScript(words[1])))
		if status != 201 {
			p.t.Fatalf("%q: %d", words, status)
		}
	}
}

// marked waits until these texts are marked and no others; what a mark leaves out is not there.
func (p *tab) marked(want ...string) {
	p.t.Helper()
	p.until(fmt.Sprintf(`(() => {
		const all = {}
		for (const e of document.querySelectorAll('.artifact-main [data-suggestion]')) all[e.dataset.suggestion] = (all[e.dataset.suggestion] ?? '') + e.textContent
		return JSON.stringify(Object.values(all).sort()) === %s
	})()`, inScript(inScript(append([]string{}, want...)))))
}

const (
	openedCard = `document.querySelector('[data-testid="suggestion"][data-current] del')?.textContent`
	cardCount  = `document.querySelectorAll('[data-testid="suggestion"]').length`
	staleCard  = `[data-testid="suggestion-stale"]`
)

// opened waits until the card of the suggestion for a text is the open one.
func (p *tab) opened(text string) { p.t.Helper(); p.until(openedCard + " === " + inScript(text)) }

// textIs waits until the editor has a text.
func (p *tab) textIs(text string) { p.t.Helper(); p.until(editorText + " === " + inScript(text)) }

// f8 walks to the next suggestion, or the one before.
func (p *tab) f8(back bool) {
	p.t.Helper()
	get[bool](p, fmt.Sprintf(`document.activeElement.dispatchEvent(new KeyboardEvent('keydown', {key: 'F8', shiftKey: %t, bubbles: true, cancelable: true})) || true`, back))
	p.until("document.activeElement.closest('[data-testid=\"suggestion\"][data-current]')")
}

// walks goes by F8 to the card of the suggestion for a text. The first step is to the open one.
func (p *tab) walks(text string) {
	p.t.Helper()
	for p.f8(false); !get[bool](p, openedCard+" === "+inScript(text)); p.f8(false) {
	}
}

const markedProgram = "import os\n\n\ndef add(a, b):\n    # the sum\n    return a + b\n\n\nprint(add(1, 2))\nx = 1\n"

// codeMarks: marks in code follow what is typed, are walked to, and settled without a new page.
func codeMarks(t *testing.T, b *chromium, where screen) {
	p := b.visit(t, playhouse(t, always(script.Say("A reply."))), where, "/")
	path := p.program("python", markedProgram)
	p.suggests(path, [2]string{"def add(a, b):\n    # the sum", "def add(a, b):"}, [2]string{"print(add(1, 2))", "print(3)"},
		[2]string{"return a + b", "return sum((a, b))"}, [2]string{"import os", "import sys"}, [2]string{"x = 1", "x = 2"})
	p.open(path)
	p.marked("def add(a, b):# the sum", "import os", "print(add(1, 2))", "return a + b", "x = 1") // without the indentation
	p.opened("def add(a, b):\n    # the sum")
	p.accessible()
	p.click(`.cm-line:nth-child(9) [data-suggestion]`)
	p.opened("print(add(1, 2))")
	p.until(find(".cm-line:nth-child(9) [data-suggestion][data-current]"))
	p.accessible()

	p.caret(" os", false) // the same words before it: the mark stays where it was
	p.press("; print(add(1, 2))")
	p.savedNow()
	p.marked("def add(a, b):# the sum", "import os", "print(add(1, 2))", "return a + b", "x = 1")
	p.until(find(".cm-line:nth-child(9) [data-suggestion]"))
	program := strings.Replace(markedProgram, "os\n", "os; print(add(1, 2))\n", 1)
	accepted := strings.Replace(program, "    # the sum\n", "", 1)
	p.card("def add(a, b):\n    # the sum")
	p.caret("; ", false) // and not where the card's mark is
	p.click(testid("suggestion") + "[data-current] " + testid("suggestion-accept"))
	p.textIs(accepted)
	p.stored(path, accepted)
	get[bool](p, "document.querySelector('#artifact').editor.focus(), true")
	p.press("!") // the cursor is where it was
	p.textIs(strings.Replace(accepted, "os; ", "os; !", 1))
	p.press("z", chromedp.ModifierCtrl)
	p.press("z", chromedp.ModifierCtrl) // what was accepted is taken back like what was typed
	p.textIs(program)
	p.press("y", chromedp.ModifierCtrl)
	p.textIs(accepted)

	p.caret("retur", false) // inside of a mark: it no longer fits, until that is undone
	p.press("X")
	p.until(find(testid("suggestion-stale")))
	p.marked("import os", "print(add(1, 2))", "x = 1")
	p.accessible()
	p.press(kb.Backspace)
	p.until("!" + find(testid("suggestion-stale")))
	p.marked("import os", "print(add(1, 2))", "return a + b", "x = 1")

	p.press(kb.Home, chromedp.ModifierCtrl)
	p.opened("import os") // walked into
	p.walks("x = 1")
	p.f8(true)
	p.opened("import os")
	p.f8(false)
	p.opened("x = 1")
	p.until("document.activeElement.dataset.testid === 'suggestion-accept'")
	p.enter(0)
	p.until(cardCount + " === 3 && document.activeElement.dataset.testid === 'suggestion-accept'")
	p.opened("import os") // the last one that is left
	p.press(kb.Tab)
	p.enter(0)
	p.until(cardCount + " === 2")
	p.click(testid("suggestion-accept-all"))
	p.until(cardCount + " === 0")
	p.marked()
	want := "import os; print(add(1, 2))\n\n\ndef add(a, b):\n    return sum((a, b))\n\n\nprint(3)\nx = 2\n"
	p.textIs(want)
	p.stored(path, want)
	p.accessible()
}

// card walks to the card of the suggestion for a text, as one has to on a phone.
func (p *tab) card(text string) {
	p.t.Helper()
	for !get[bool](p, openedCard+" === "+inScript(text)) {
		p.click(testid("suggestion-next"))
	}
}

// settle presses a button of the card of the suggestion for a text.
func (p *tab) settle(text, button string) {
	p.t.Helper()
	p.card(text)
	p.click(testid("suggestion") + "[data-current] " + button)
}

// pageMarks: in the source of a page, which comes into sight where only its preview is.
func pageMarks(t *testing.T, b *chromium, where screen) {
	p := b.visit(t, playhouse(t, always(script.Say("A reply."))), where, "/")
	path := p.makes("html", "Page", "<!doctype html>\n<title>One</title>\n<h1>One</h1>\n<p>Two</p>\n"+strings.Repeat("<p>More</p>\n", 60)+"<p>End</p>\n")
	p.suggests(path, [2]string{"<h1>One</h1>", "<h1>Eins</h1>"}, [2]string{"<p>End</p>", "<p>Ende</p>"}, [2]string{"One", "Eins"})
	p.open(path)
	p.until(editorText + " !== undefined && " + shown(testid("artifact-preview")) + " && " + shown(testid("suggestion")))
	p.accessible()
	p.f8(false)
	p.until(shown(".cm-line [data-suggestion][data-current]"))
	p.accessible()
	p.opened("<h1>One</h1>")
	p.enter(0)
	p.until(editorText + ".includes('<h1>Eins</h1>')")
	if !where.phone {
		p.until(find(frame("2")))
	}
	p.opened("<p>End</p>") // far below: it comes into sight
	p.until(shown(".cm-line [data-suggestion][data-current]"))
	p.until(fmt.Sprintf("(({top, bottom}, room) => top >= room.top && bottom <= room.bottom)(%s.getBoundingClientRect(), %s.getBoundingClientRect())",
		find(".cm-line [data-suggestion][data-current]"), find(".page-source .cm-scroller")))
	p.click(testid("suggestion") + "[data-current] " + testid("suggestion-dismiss"))
	p.until(cardCount + " === 1")
	p.click(testid("suggestion-accept"))
	p.until(cardCount + " === 0")
	p.until(editorText + ".startsWith('<!doctype html>\\n<title>Eins</title>\\n<h1>Eins</h1>')")
	p.stored(path, get[string](p, editorText))
	p.accessible()
}

// frame is the selector of a page's frame that shows a version.
func frame(version string) string { return `.page-preview iframe[src$="version=` + version + `"]` }

// sheetMarks: the cells that hold what a suggestion is about, wherever rows are sorted to; saved is what was
// meant, byte for byte.
func sheetMarks(t *testing.T, b *chromium, where screen) {
	p := b.visit(t, playhouse(t, always(script.Say("A reply."))), where, "/")
	sheet := "City,People\nTorino,848000\nRoma,2748000\n\"Reggio, E.\",171000\n"
	path := p.makes("sheet", "Figures", sheet)
	p.suggests(path, [2]string{"Torino", "Turin"}, [2]string{"2748000", `"2,748,000"`}, [2]string{`"Reggio, E.",171000`, "Reggio,171000"}, [2]string{"City", "Town"}, [2]string{"People", "Inhabitants"})
	p.open(path)
	p.marked("2748000", "City", "People", "Reggio, E.171000", "Torino")
	p.accessible()
	p.click(cellAt(2, 1))
	p.opened("2748000")
	p.accessible()
	p.click(`[data-do="descending"]`)
	p.until(find(cellAt(2, 0)+"[data-suggestion]") + "?.textContent === 'Torino'")
	p.marked("2748000", "City", "People", "Reggio, E.171000", "Torino")
	p.savedNow()
	p.settle("Torino", testid("suggestion-accept"))
	sorted := "City,People\nRoma,2748000\nTurin,848000\n\"Reggio, E.\",171000\n"
	p.textIs(sorted)
	p.stored(path, sorted)
	p.click(`[data-do="undo"]`)
	p.click(`[data-do="undo"]`)
	p.stored(path, sheet)
	p.click(`[data-do="redo"]`)
	p.click(`[data-do="redo"]`)
	p.stored(path, sorted)

	p.click(cellAt(1, 1)) // written over: it no longer fits, until that is undone
	p.press("7")
	p.enter(0)
	p.until(find(testid("suggestion-stale")))
	p.marked("City", "People", "Reggio, E.171000")
	p.accessible()
	p.click(`[data-do="undo"]`)
	p.until("!" + find(testid("suggestion-stale")))
	p.marked("2748000", "City", "People", "Reggio, E.171000")

	get[bool](p, "document.querySelector('#artifact').editor.focus(), true")
	p.press(kb.Home, chromedp.ModifierCtrl)
	p.opened("City") // walked into
	p.walks("People")
	p.sumIs("B1")
	p.enter(0)
	p.until(cardCount + " === 3")
	p.cellIs(0, 1, "Inhabitants")
	p.settle("City", testid("suggestion-dismiss"))
	p.until(cardCount + " === 2")
	p.click(testid("suggestion-accept-all"))
	p.until(cardCount + " === 0")
	p.marked()
	p.stored(path, "City,Inhabitants\nRoma,\"2,748,000\"\nTurin,848000\nReggio,171000\n")
	p.cellIs(1, 1, "2,748,000")
	p.accessible()
}

// markBreaks: line breaks of any kind, which models write as one character, stay as the text has them.
func markBreaks(t *testing.T, b *chromium) {
	p := b.visit(t, playhouse(t, always(script.Say("A reply."))), desktop, "/")
	for _, kind := range []string{"code", "text"} {
		for _, c := range []struct{ text, from, to, marked, want string }{
			{"one\r\n\r\ntwo\r\n\r\nthree\r\n", "one\n\ntwo", "eins\n\nzwei", "onetwo", "eins\r\n\r\nzwei\r\n\r\nthree\r\n"},
			{"one\r\n\r\ntwo\n\nthree\n", "three", "drei", "three", "one\r\n\r\ntwo\n\ndrei\n"},
		} {
			path := p.makes(kind, "Breaks", c.text)
			p.suggests(path, [2]string{c.from, c.to})
			p.open(path)
			p.marked(c.marked)
			p.click(testid("suggestion-accept"))
			p.until(cardCount + " === 0")
			p.stored(path, c.want)
			p.textIs(c.want)
		}
	}
}

// markField: in a field, as a text's source is, the words of the open card are selected; the cursor stays
// where it is when others are accepted.
func markField(t *testing.T, b *chromium) {
	p := b.visit(t, playhouse(t, always(script.Say("A reply."))), desktop, "/")
	long := strings.Repeat("Some words.\n\n", 200)
	path := p.makes("text", "Plan", "A *cat*.\n\n"+long+"A dog.\n\nOne more cat.\n")
	p.suggests(path, [2]string{"A dog", "A fox"}, [2]string{"*cat*", "hen"}, [2]string{"more", "other"})
	p.open(path)
	p.marked("A dog", "cat", "more")
	p.click(tool("source"))
	p.until("document.activeElement.matches('textarea')")
	p.f8(false)
	p.opened("A dog")
	const field = `document.querySelector('.artifact-host textarea')`
	p.until(field + ".scrollTop > 1000 && " + field + ".value.slice(" + field + ".selectionStart, " + field + ".selectionEnd) === 'A dog'")
	get[bool](p, field+".focus(), "+field+".setSelectionRange(3, 6), true")
	p.press("hen") // what a suggestion is about, too
	p.until(find(testid("suggestion-stale")))
	p.accessible()
	p.settle("A dog", testid("suggestion-accept"))
	p.until(cardCount + " === 2")
	if got := get[int](p, field+".selectionStart"); got != 6 {
		t.Errorf("the cursor is at %d", got)
	}
	p.click(tool("source"))
	p.marked("more")
	p.settle("more", testid("suggestion-accept"))
	p.stored(path, "A *hen*.\n\n"+long+"A fox.\n\nOne other cat.\n")
}

// markLong: in a text that is too long to be laid out, whose source has the marks.
func markLong(t *testing.T, b *chromium) {
	p := b.visit(t, playhouse(t, always(script.Say("A reply."))), desktop, "/")
	long := strings.Repeat("Some words.\n\n", 8000)
	path := p.makes("text", "Plan", "A *cat*.\n\n"+long+"A dog.\n")
	p.suggests(path, [2]string{"A dog", "A fox"}, [2]string{"*cat*", "hen"})
	p.open(path)
	p.until(shown(testid("editor-large")))
	p.marked("*cat*") // the other one is out of sight
	p.f8(false)
	p.until(shown(".cm-line [data-suggestion][data-current]"))
	p.marked("A dog")
	p.accessible()
	p.enter(0)
	p.until(cardCount + " === 1")
	p.stored(path, "A *cat*.\n\n"+long+"A fox.\n")
	p.click(testid("suggestion-accept"))
	p.stored(path, "A hen.\n\n"+long+"A fox.\n")
}

// marksWhileTyping: suggestions that the assistant makes come to the open editor, which stays as it is.
func marksWhileTyping(t *testing.T, b *chromium) {
	p := b.visit(t, withTools(t, writer), desktop, "/")
	p.ask("create it")
	p.finished("complete")
	p.holds("All roads")
	p.caret("there.", false)
	p.press(" Or one.")
	p.savedNow()
	get[bool](p, "window.opened = document.querySelector('#artifact').editor, true")
	p.ask("suggest something")
	p.until(shown(testid("suggestion")))
	p.finished("complete")
	p.marked("road")
	p.atVersion("2")
	if !get[bool](p, "window.opened === document.querySelector('#artifact').editor") {
		t.Error("the editor is another one")
	}
	p.caret("Or one.", false)
	p.press("z", chromedp.ModifierCtrl)
	p.until("!" + paneText + ".includes('Or one')")
	p.click(testid("suggestion-accept"))
	p.holds("All streets")
}

// marksMeanwhile: what is typed while the server accepts stays, and all that is accepted goes into it.
func marksMeanwhile(t *testing.T, b *chromium) {
	p := b.visit(t, playhouse(t, always(script.Say("A reply."))), desktop, "/")
	path := p.makes("code", "Program", "one\ntwo\none\nthree\n")
	p.suggests(path, [2]string{"one", "eins"}, [2]string{"two", "zwei"}, [2]string{"three", "drei"})
	p.open(path)
	p.marked("one", "three", "two")
	p.stallsAnswers("PATCH")
	p.click(testid("suggestion-accept-all"))
	p.until("window.goOn !== undefined")
	p.caret("two", false)
	p.press("!")
	p.answers()
	p.until(cardCount + " === 0")
	p.textIs("eins\nzwei!\none\ndrei\n")
	p.stored(path, "eins\nzwei!\none\ndrei\n")
}
