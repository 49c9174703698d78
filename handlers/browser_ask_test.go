package handlers_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"alleato/ai/model/script"
)

func askScenes() map[string]scene {
	scenes := map[string]scene{"ask/without scripts": askWithoutScripts}
	for name, where := range map[string]screen{"desktop": desktop, "phone": phoneDark} {
		scenes["ask/text "+name] = func(t *testing.T, b *chromium) { askText(t, b, where) }
		scenes["ask/code "+name] = func(t *testing.T, b *chromium) { askCode(t, b, where) }
		scenes["ask/sheet "+name] = func(t *testing.T, b *chromium) { askSheet(t, b, where) }
		scenes["ask/page "+name] = func(t *testing.T, b *chromium) { askPage(t, b, where) }
		scenes["ask/menu "+name] = func(t *testing.T, b *chromium) { askMenu(t, b, where) }
	}
	return scenes
}

// helpful is a site whose model does what a quick action asks for.
func helpful(t *testing.T) *site {
	t.Helper()
	return withTools(t, func(r script.Request) script.Reply { return working(new([]string))(r) })
}

const askIt = `[data-testid="artifact-ask"]`

func asks(name string) string { return testid("ask-" + name) }

// choice is the selector of the nth way to do an action, from 1.
func choice(name string, n int) string {
	return fmt.Sprintf(`[data-choices]:has(%s) form > :nth-child(%d of button)`, asks(name), n)
}

// act has an action done by mouse or finger; choose is a choice's selector, "" for none.
func (p *tab) act(name, choose string) {
	p.t.Helper()
	p.click(askIt)
	p.click(asks(name))
	if choose != "" {
		p.click(choose)
	}
}

// actByKeys has an action done by the keyboard alone.
func (p *tab) actByKeys(name, choose string) {
	p.t.Helper()
	p.until(shown(askIt))
	get[bool](p, find(askIt)+".focus({focusVisible: true}) ?? true")
	p.enter(0)
	p.walkTo(asks(name))
	p.enter(0)
	if choose != "" {
		p.walkTo(choose)
		p.enter(0)
	}
}

// walkTo presses the arrow until an item of the open menu has the focus.
func (p *tab) walkTo(selector string) {
	p.t.Helper()
	p.until(shown(selector))
	for range 30 {
		if get[bool](p, "document.activeElement === "+find(selector)) {
			return
		}
		p.press(kb.ArrowDown)
	}
	p.t.Fatalf("the arrows do not lead to %s", selector)
}

const newestAsk = `[...document.querySelectorAll('#messages article[data-role="user"]')].at(-1)`

// asked waits until the last question of the chat has these words and names the document, and its reply has ended.
func (p *tab) asked(id, words string) {
	p.t.Helper()
	p.until(fmt.Sprintf(`location.pathname.startsWith('/chats/') && %s?.textContent.includes(%s)`, newestAsk, inScript(words)))
	p.until(fmt.Sprintf(`%s.querySelector('[data-testid="message-about"]')?.pathname === '/documents/%s'`, newestAsk, id))
	p.finished("complete")
}

// rewritten waits until the pane shows a version of the document, whose text has these words.
func (p *tab) rewritten(id, version, words string) {
	p.t.Helper()
	p.until(fmt.Sprintf(`document.querySelector('#pane #artifact')?.dataset.documentId === %q && !document.querySelector('#artifact').hasAttribute('data-writing')`, id))
	p.atVersion(version)
	p.holds(words)
}

// askText: from its own page, then in the pane; by mouse and by keys; with what is not saved yet, and with what
// is selected.
func askText(t *testing.T, b *chromium, where screen) {
	p := b.visit(t, helpful(t), where, "/")
	path := p.opensText("A **big** house.\n\nAnd a small one.\n")
	id := strings.TrimPrefix(path, "/documents/")
	p.act("polish", "")
	p.asked(id, "Polish the document “Plan”")
	p.rewritten(id, "2", "rewritten: Polish")
	p.accessible()

	p.caret("Polish", false)
	p.press(" unsaved")
	p.actByKeys("shorten", "")
	p.asked(id, "Shorten the document “Plan”")
	p.rewritten(id, "4", "rewritten: Shorten")
	if got := get[string](p, fmt.Sprintf("fetch('/documents/%s?version=3', {headers: {Accept: 'application/json'}}).then((r) => r.json()).then((r) => r.document.content)", id)); !strings.Contains(got, "Polish unsaved") {
		t.Errorf("what was typed before is %q", got)
	}
	p.act("lengthen", "")
	p.asked(id, "Lengthen the document")
	p.rewritten(id, "5", "rewritten: Lengthen")
	p.actByKeys("level", choice("level", 2))
	p.asked(id, "for this reader: a pupil of fifteen")
	p.rewritten(id, "6", "a pupil of fifteen")

	p.caret("pupil", true)
	p.click(askIt)
	p.until(find("[data-ask-part]") + "?.checkVisibility() && " + find("[data-ask-part]") + ".textContent === 'Only what is selected: “pupil”'")
	p.accessible()
	p.click(asks("suggest"))
	p.asked(id, "Only this part of it, and leave the rest as it is:\n\n> pupil")
	p.until(shown(testid("suggestion")))
	p.marked("rewritten:")
	p.atVersion("6")
	p.accessible()
}

// askCode: with comments, with logs, and in another language, which the document is in then.
func askCode(t *testing.T, b *chromium, where screen) {
	p := b.visit(t, helpful(t), where, "/")
	path := p.program("python", "first = 1\nsecond = 2\n")
	id := strings.TrimPrefix(path, "/documents/")
	p.open(path)
	p.until(editorText + " !== undefined")
	get[bool](p, "document.querySelector('#artifact').editor.focus(), true")
	p.press(kb.End, chromedp.ModifierShift)
	p.actByKeys("comment", "")
	p.asked(id, "> first = 1")
	p.rewritten(id, "2", "add comments")
	p.until(find(codeLanguage) + "?.value === 'python'")
	p.act("log", "")
	p.asked(id, "add log lines")
	p.rewritten(id, "3", "add log lines")
	p.act("translate", choice("translate", 4))
	p.asked(id, "in another language: Go.")
	p.rewritten(id, "4", "in another language: Go.")
	p.until(find(codeLanguage) + "?.value === 'go'")
	p.accessible()
	p.actByKeys("suggest", "")
	p.asked(id, "Suggest improvements")
	p.until(shown(testid("suggestion")))
	p.marked("rewritten:")
	p.accessible()
	p.reload()
	p.until(find(codeLanguage) + "?.value === 'go'")
	p.click(testid("artifact-version-previous")) // which is as it was
	p.atVersion("3")
	p.click(testid("artifact-restore"))
	p.rewritten(id, "5", "add log lines")
	p.until(find(codeLanguage) + "?.value === 'python'")
}

// askSheet: cleaned, and drawn as a page of its own, which the pane shows.
func askSheet(t *testing.T, b *chromium, where screen) {
	p := b.visit(t, helpful(t), where, "/")
	path := p.makes("sheet", "Figures", "a,b\n1,2\n3,4\n")
	id := strings.TrimPrefix(path, "/documents/")
	p.open(path)
	p.cellIs(1, 0, "1")
	p.act("clean", "")
	p.asked(id, "clean the data")
	p.rewritten(id, "2", "clean the data")
	p.accessible()
	p.actByKeys("chart", "")
	p.asked(id, "with a chart of the data in the document “Figures”")
	p.until("document.querySelector('#pane #artifact')?.dataset.kind === 'html'")
	p.atVersion("1")
	p.until(shown(testid("artifact-preview")))
	p.until(fmt.Sprintf("document.querySelector('#pane #artifact').dataset.documentId !== %q", id))
	p.accessible()
	p.open(path) // the sheet is as it was
	p.cellIs(0, 0, "rewritten: Update the document “Figures”: clean the data. One spelling for the same thing")
	p.click(cellAt(0, 0))
	get[bool](p, "document.querySelector('#artifact').editor.focus(), true")
	p.press(kb.ArrowRight, chromedp.ModifierShift)
	p.click(askIt)
	p.until(find("[data-ask-part]") + "?.textContent.startsWith('Only what is selected: “rewritten: Update')")
	p.accessible()
}

// askPage: a page's actions; what is selected in its source counts while that is seen.
func askPage(t *testing.T, b *chromium, where screen) {
	p := b.visit(t, helpful(t), where, "/")
	path := p.opens("html", "<h1>One</h1>\n<p>Two</p>\n")
	id := strings.TrimPrefix(path, "/documents/")
	p.act("redesign", "")
	p.asked(id, "Polish the document")
	p.rewritten(id, "2", "rewritten: Polish")
	p.click(viewChoice("source"))
	get[bool](p, "document.querySelector('#artifact').editor.focus(), true")
	p.press(kb.Home, chromedp.ModifierCtrl)
	p.press(kb.ArrowRight, chromedp.ModifierShift, chromedp.ModifierCtrl)
	p.actByKeys("repair", "")
	p.asked(id, "> rewritten")
	p.rewritten(id, "3", "fix what is wrong")
	p.accessible()
	p.write(composer, "/sug")
	p.click(testid("slash-suggest"))
	p.asked(id, "Suggest improvements")
	p.until(shown(testid("suggestion")))
	p.marked("rewritten:")
	p.accessible()
}

// askMenu: opened, walked, closed; on a phone it is on the screen as a whole.
func askMenu(t *testing.T, b *chromium, where screen) {
	p := b.visit(t, helpful(t), where, "/")
	p.opens("code", "x = 1\n")
	p.click(askIt)
	p.until(shown(asks("comment")))
	p.click(asks("translate"))
	p.until(shown(choice("translate", 10)))
	p.accessible()
	if box := get[[]float64](p, `(({left, right, top, bottom}) => [left, innerWidth - right, top, innerHeight - bottom])(document.querySelector('[data-ask-menu] .menu-panel').getBoundingClientRect())`); min(box[0], box[1], box[2], box[3]) < 0 {
		t.Errorf("the menu leaves the screen: %v", box)
	}
	p.press(kb.Escape)
	p.until("!" + shown(asks("comment")) + " && document.activeElement.matches('" + askIt + "')")
	p.enter(0)
	p.until(shown(asks("comment")) + " && !" + shown(choice("translate", 1))) // as it was at first
	p.press(kb.ArrowUp)
	p.until("document.activeElement.matches('" + asks("suggest") + "')")
	p.press(kb.ArrowDown)
	p.until("document.activeElement.matches('" + asks("comment") + "')")
	p.click("h1")
	p.until("!" + shown(asks("comment")))
	p.press("s", chromedp.ModifierCtrl)

	p.do(chromedp.EmulateViewport(where.width, where.height))
	title := strings.Repeat("A very long title ", 8)
	p.open(p.makes("code", title, "x = 1\n"))
	p.until(editorText + " !== undefined")
	for _, width := range []int64{1440, 1100, 800, 390} {
		p.do(chromedp.EmulateViewport(width, 800))
		if cut := get[string](p, `[...document.querySelectorAll('.artifact-line > span')].filter((e) => {
			const [whole, seen] = [e.getBoundingClientRect(), e.parentElement.getBoundingClientRect()]
			return whole.top < seen.bottom && whole.right > seen.right + 1 && e.checkVisibility()
		}).map((e) => e.textContent).join()`); cut != "" {
			t.Errorf("at %d px there is a stump of %q", width, cut)
		}
		p.narrow()
	}
}

// askWithoutScripts: the menu's forms lead to the chat, which has the document beside it.
func askWithoutScripts(t *testing.T, b *chromium) {
	s := helpful(t)
	for _, where := range []screen{desktop, phone} {
		p := b.visit(t, s, where, "/")
		path := p.program("python", "first = 1\n")
		must(p.scripts(false))
		p.open(path)
		p.click(askIt)
		p.until(shown(asks("translate")))
		p.accessible()
		p.click(asks("translate"))
		before := p.documents()
		p.click(choice("translate", 2))
		p.loaded(before)
		p.until(fmt.Sprintf(`location.pathname.startsWith('/chats/') && %s?.textContent.includes('in another language: JavaScript.')`, newestAsk))
		for range 20 { // the page asks again by itself, which takes its time
			p.reload()
			if get[bool](p, find(versionBadge)+"?.textContent === 'v2' && !"+find(testid("artifact-writing"))) {
				break
			}
		}
		p.atVersion("2")
		p.until(find(testid("artifact-content")) + "?.textContent.includes('in another language: JavaScript.')")
		p.until(find(".artifact-line") + "?.textContent.includes('javascript')")
		p.accessible()
	}
}
