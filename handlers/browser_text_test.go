package handlers_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"alleato/ai/model/script"
)

func textScenes() map[string]scene {
	scenes := map[string]scene{"text/corpus": textCorpus, "text/hostile": textHostile, "text/loads late": textLoadsLate, "text/streams": textStreams,
		"text/source": textSource, "text/rows": textRows}
	for name, where := range map[string]screen{"desktop": desktop, "phone": phoneDark} {
		scenes["text/tools "+name] = func(t *testing.T, b *chromium) { textTools(t, b, where) }
		scenes["text/table "+name] = func(t *testing.T, b *chromium) { textTable(t, b, where) }
		scenes["text/suggestions "+name] = func(t *testing.T, b *chromium) { textSuggestions(t, b, where) }
		scenes["text/formulas "+name] = func(t *testing.T, b *chromium) { textFormulas(t, b, where) }
		scenes["text/diagram "+name] = func(t *testing.T, b *chromium) { textDiagram(t, b, where) }
		scenes["text/picture "+name] = func(t *testing.T, b *chromium) { textPicture(t, b, where) }
	}
	scenes["text/keys"] = textKeys
	return scenes
}

// opens opens a new text in its editor, and returns its path.
func (p *tab) opensText(text string) string {
	p.t.Helper()
	path := p.makes("text", "Plan", text)
	p.open(path)
	p.until(editorText + " === " + inScript(text))
	return path
}

// inScript is a value as a script writes it.
func inScript(value any) string {
	b, err := json.Marshal(value)
	if err != nil {
		panic(err)
	}
	return string(b)
}

// stored waits until a document is saved as a text.
func (p *tab) stored(path, want string) {
	p.t.Helper()
	var got string
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(100 * time.Millisecond) {
		got = get[string](p, fmt.Sprintf(`fetch(%q, {headers: {Accept: 'application/json'}}).then((r) => r.json()).then((r) => r.document.content)`, path))
		if got == want {
			return
		}
	}
	p.t.Fatalf("saved is\n%q\nwant\n%q", got, want)
}

// caret puts the cursor behind a word of the text, or selects it.
func (p *tab) caret(word string, whole bool) {
	p.t.Helper()
	get[bool](p, fmt.Sprintf(`(() => {
		const walker = document.createTreeWalker(%s, NodeFilter.SHOW_TEXT)
		for (let node; (node = walker.nextNode());) {
			const at = node.data.indexOf(%q)
			if (at < 0) continue
			node.parentElement.closest('[contenteditable="true"]').focus()
			getSelection().setBaseAndExtent(node, %t ? at : at + %d, node, at + %d)
			return true
		}
		throw new Error('no such word')
	})()`, find(testid("artifact-editor")), word, whole, len(word), len(word)))
	time.Sleep(60 * time.Millisecond) // the editor hears of a selection in the next frame
}

func tool(name string) string { return testid("tool-" + name) }

// textTools: what the buttons make is the Markdown that it looks like.
func textTools(t *testing.T, b *chromium, where screen) {
	s := playhouse(t, always(script.Say("A reply.")))
	p := b.visit(t, s, where, "/")
	path := p.opensText("alpha beta gamma\n\nsecond\n")
	p.accessible()
	for _, step := range []struct{ word, tool, want string }{
		{"beta", "bold", "alpha **beta** gamma\n\nsecond\n"},
		{"gamma", "italic", "alpha **beta** *gamma*\n\nsecond\n"},
		{"alpha", "code", "`alpha` **beta** *gamma*\n\nsecond\n"},
		{"beta", "bold", "`alpha` beta *gamma*\n\nsecond\n"},
		{"beta", "strike", "`alpha` ~~beta~~ *gamma*\n\nsecond\n"},
		{"second", "heading2", "`alpha` ~~beta~~ *gamma*\n\n## second\n"},
		{"second", "heading2", "`alpha` ~~beta~~ *gamma*\n\nsecond\n"},
		{"second", "bulletList", "`alpha` ~~beta~~ *gamma*\n\n- second\n"},
		{"second", "task", "`alpha` ~~beta~~ *gamma*\n\n- [ ] second\n"},
	} {
		p.caret(step.word, true)
		p.click(tool(step.tool))
		p.until(editorText + " === " + inScript(step.want))
	}
	p.click(testid("artifact-editor") + " li input")
	p.stored(path, "`alpha` ~~beta~~ *gamma*\n\n- [x] second\n")
	p.accessible()
	p.click(tool("undo"))
	p.stored(path, "`alpha` ~~beta~~ *gamma*\n\n- [ ] second\n")
	p.click(tool("redo"))
	p.caret("beta", true)
	p.click(tool("link"))
	p.until(shown(testid("editor-link")))
	p.accessible()
	p.press("javascript:alert(1)")
	p.enter(0)
	p.until(shown(testid("editor-link"))) // refused
	p.press("a", chromedp.ModifierCtrl)
	p.press("example.com/x")
	p.enter(0)
	p.stored(path, "`alpha` [~~beta~~](https://example.com/x) *gamma*\n\n- [x] second\n")
	p.caret("second", false)
	p.click(tool("source"))
	p.until("document.activeElement.tagName === 'TEXTAREA'")
	p.accessible()
	p.press("a", chromedp.ModifierCtrl)
	p.press("# New")
	p.click(tool("source"))
	p.until("document.activeElement.isContentEditable && " + find(testid("artifact-editor")+" h1") + "?.textContent === 'New'")
	p.stored(path, "# New")
	p.accessible()
}

// textKeys: the shortcuts, what is typed as Markdown, and the toolbar by the keyboard.
func textKeys(t *testing.T, b *chromium) {
	s := playhouse(t, always(script.Say("A reply.")))
	p := b.visit(t, s, desktop, "/")
	path := p.opensText("")
	p.until(fmt.Sprintf("getComputedStyle(%s.firstElementChild, '::before').content.includes('Write here')", find(testid("artifact-editor"))))
	p.click(testid("artifact-editor"))
	p.press("## Head")
	p.enter(0)
	p.press("some ")
	p.press("b", chromedp.ModifierCtrl)
	p.press("bold")
	p.press("b", chromedp.ModifierCtrl)
	p.press(" and **typed** text")
	p.enter(0)
	p.press("- one")
	p.enter(0)
	p.press("two")
	p.enter(0)
	p.enter(0)
	p.press("a*b*c $x_1$ <b>x")
	p.stored(path, "## Head\n\nsome **bold** and **typed** text\n\n- one\n- two\n\na\\*b\\*c $x_1$ <b>x")
	p.caret("typed", true)
	p.press("k", chromedp.ModifierCtrl)
	p.until("document.activeElement.name === 'href'")
	if get[bool](p, "Boolean(document.getElementById('palette')?.open)") {
		t.Error("the search opened over the editor")
	}
	p.press("\x1b")
	p.until("document.activeElement.isContentEditable")
	get[bool](p, `document.activeElement.dispatchEvent(new KeyboardEvent('keydown', {key: 'F10', altKey: true, bubbles: true, cancelable: true}))`)
	p.until("document.activeElement.dataset.tool === 'undo'")
	get[bool](p, `['ArrowRight', 'ArrowRight', 'End', 'Home', 'ArrowLeft'].forEach((key) => document.activeElement.dispatchEvent(new KeyboardEvent('keydown', {key, bubbles: true, cancelable: true}))) ?? true`)
	p.until("document.activeElement.dataset.tool === 'source'")
	if n := get[int](p, `document.querySelectorAll('`+testid("editor-toolbar")+` [tabindex="0"]').length`); n != 1 {
		t.Errorf("the toolbar has %d stops", n)
	}
}

// textTable: made, filled, grown and shrunk.
func textTable(t *testing.T, b *chromium, where screen) {
	s := playhouse(t, always(script.Say("A reply.")))
	p := b.visit(t, s, where, "/")
	path := p.opensText("| a | b |\n|---|--:|\n| one | two \\| x |\n")
	p.caret("one", false)
	p.press("!")
	p.stored(path, "| a | b |\n|---|--:|\n| one! | two \\| x |\n")
	p.until(shown(testid("editor-table-toolbar")))
	p.accessible()
	p.click(tool("rowAfter"))
	p.click(tool("columnAfter"))
	p.until(editorText + ".split('\\n').length === 5 && " + editorText + ".split('\\n')[0].split('|').length === 5")
	p.click(tool("columnDelete"))
	p.click(tool("rowDelete"))
	p.click(tool("tableDelete"))
	p.until("!" + find(testid("artifact-editor")+" table"))
	p.click(tool("table"))
	p.press("head\tb\tc\t1")
	p.until(editorText + ".startsWith('| head | b   | c   |')")
	p.accessible()
}

// textPicture: a picture goes up and stands in the text; one of the files can be picked, and is shown after its address
// has ended, too.
func textPicture(t *testing.T, b *chromium, where screen) {
	s := playhouse(t, always(script.Say("A reply.")))
	p := b.visit(t, s, where, "/")
	path := p.opensText("before\n")
	p.caret("before", false)
	p.click(tool("image"))
	p.until(shown(testid("editor-image")))
	p.accessible()
	file := filepath.Join(t.TempDir(), "dot.png")
	if err := os.WriteFile(file, picture(4, 4), 0o600); err != nil {
		t.Fatal(err)
	}
	p.do(chromedp.SetUploadFiles(chromedp.CSS(testid("editor-image-file")), []string{file}))
	image := testid("artifact-editor") + ` img[alt="dot"]`
	p.until(find(image) + "?.naturalWidth > 0")
	src := get[string](p, find(image)+".getAttribute('src')")
	p.stored(path, "before![dot]("+src+")\n")
	p.accessible()
	p.click(tool("image"))
	p.click(testid("editor-image") + " li button")
	p.until("document.querySelectorAll('" + image + "').length === 2")
	p.reload()
	p.until(find(image) + "?.naturalWidth > 0")
	// Its address ends when the public is not shown it any more; in the editor it is there all the same.
	p.shares(path, "public")
	p.puts(path, m{"content": "before\n"})
	p.puts(path, m{"content": "before![dot](" + src + ")\n"})
	p.expect("404")
	p.reload()
	p.until(find(image) + "?.naturalWidth > 0")
	if got := get[int](p, "fetch("+inScript(src)+").then((r) => r.status)"); got != 404 {
		t.Errorf("the old address of the picture: %d", got)
	}
}

// corpus are texts that must come out as they went in.
var corpus = []string{
	"", "\n", "plain", "# Head\ntight\n- a\n- b\n  - c\n\n    more\n* x\n1) one\n2) two\n\n\n\nEnd  \nhard\\\nbreak",
	"Setext *two*\nlines\n===\n\nTwo\n---\n\n- [ ] open\n- [X] done\n- plain\n\n> quote\n> > more\nlazy\n\n***\n\n```js {1}\nlet a = 1\n```\n\n    indented\n",
	"Para one.\n\n|a|b|\n|-|:-:|\n|1|x \\| y|\n|**b**|`c`|\n|short|\n", "~~~\nnot closed\n\n\n",
	"---\ntitle: x\n---\n\n# H\n\n[a][b] and [c] and [d][].\n\n[b]: /u \"t\"\n[c]: /v\n[d]: <w>\n",
	"Sum $a_1*b*$ and \\(x\\).\n\n$$\na_1 = *b*\n+ c\n$$\n\n\\[\nx\n\\]\n\n```mermaid\ngraph TD; A-->B\n```\n",
	"Hello <b onclick=\"x()\">html</b><br>x\n\n<div>\n<script>window.hacked = 1</script>\n</div>\n\n<!-- c -->\n\n![i](http://x.invalid/y \"t\") ![r][b]\n",
	"Win\r\nline\r\n\r\n- a\r\n- b\r\n\r\n```\r\nx\r\n```\r\n", "old\rmac\r\rtwo\r", "Escapes \\*not em\\* &amp; &copy; 1\\. x\n\n\\# no heading\n\na_b_c 2*3*4 [x] <y\n",
	"Note[^1] here.\n\n[^1]: The note\n    goes on.\n", "\n\n  lead   \n\n\ttab\n\n \u00a0 \n", "1. a\n\n   b\n2. c\n\n\n10. d\n", "*  wide\n*  list\n\n+ plus\n",
	"<https://auto.link> [l](</a b> \"t\") https://bare.link/a_b_c\n\n- \n- x\n", strings.Repeat("> ", 80) + "deep\n", strings.Repeat("- ", 90) + "deep\n", "\ufeff# BOM\n\nx\u0000y",
}

// textCorpus: every text is the same again; a letter that is typed changes its paragraph alone.
func textCorpus(t *testing.T, b *chromium) {
	s := playhouse(t, always(script.Say("A reply.")))
	p := b.visit(t, s, desktop, "/")
	p.opensText("x")
	for _, text := range corpus {
		text = strings.ReplaceAll(text, "\x00", "")
		got := get[[]string](p, fmt.Sprintf(`(() => {
			const { editor } = document.querySelector('#artifact'), text = %s
			editor.setText(text)
			return [editor.text(), editor.text(editor.setText('other'), editor.setText(text)), 'hacked' in window ? 'hacked' : '']
		})()`, inScript(text)))
		if got[0] != text || got[1] != text || got[2] != "" {
			t.Errorf("%q became %q", text, got)
		}
	}
	for _, text := range corpus {
		text = strings.ReplaceAll(text, "\x00", "")
		rest := "\n\nFirst.\n\n"
		if strings.Contains(text, "\r") || strings.HasPrefix(text, "---") || strings.HasPrefix(text, "\ufeff") {
			continue
		}
		p.opensText("First word" + rest + text)
		p.caret("First word", false)
		p.press("s")
		p.until(editorText + " === " + inScript("First words"+rest+text))
	}
}

// textHostile: Markdown that attacks is text in the editor, and nothing is fetched.
func textHostile(t *testing.T, b *chromium) {
	var heard atomic.Int64
	canary := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		heard.Add(1)
		t.Logf("the canary heard %s", r.URL)
	}))
	t.Cleanup(canary.Close)
	s := playhouse(t, always(script.Say("A reply.")))
	p := b.visit(t, s, phone, "/")
	text := strings.ReplaceAll(attacks+"\n\n![x](CANARY/img) ![d](data:image/png;base64,AAAA) [j](javascript:alert(1)) [v](  JaVaScRiPt:alert(1)) <javascript:alert(1)> [d](data:text/html,x)\n\n"+
		"<img src=x onerror=\"window.hacked=1\"><img src=CANARY/html>\n\n| <img src=CANARY/cell> | ![c](CANARY/c) |\n|---|---|\n| x | y |\n", "CANARY", canary.URL)
	p.opensText(text)
	look := func(when string) {
		t.Helper()
		if bad := get[string](p, `(() => {
			if ('hacked' in window) return 'hacked'
			const root = document.querySelector('[data-testid="artifact-editor"]')
			const e = root.querySelector('script, iframe, object, style, img:not(.ProseMirror-separator), [onclick], [onerror]') ??
				[...root.querySelectorAll('a[href]')].find((a) => !['http:', 'https:', 'mailto:', 'tel:'].includes(a.protocol))
			return e ? e.outerHTML : ''
		})()`); bad != "" {
			t.Errorf("%s: %s", when, bad)
		}
	}
	look("opened")
	get[bool](p, fmt.Sprintf(`(() => {
		const data = new DataTransfer()
		data.setData('text/html', '<p onclick="window.hacked=1">pasted <img src="%[1]s/pasted" onerror="window.hacked=1"><a href="javascript:alert(1)">j</a><script>window.hacked=1</scr'+'ipt></p>')
		data.setData('text/plain', 'pasted')
		const root = %[2]s
		root.focus()
		return root.dispatchEvent(new ClipboardEvent('paste', {clipboardData: data, bubbles: true, cancelable: true})) || true
	})()`, canary.URL, find(testid("artifact-editor"))))
	p.until(editorText + "?.includes('pasted')")
	look("pasted")
	p.narrow()
	p.opensText(strings.Repeat("> ", 5000) + "x\n\n" + strings.Repeat("[", 5000) + "\n\n" + strings.Repeat("- ", 5000) + "y")
	time.Sleep(300 * time.Millisecond)
	if heard.Load() > 0 {
		t.Errorf("the canary heard %d requests", heard.Load())
	}
}

// textLoadsLate: the editor is no part of the chat's page.
func textLoadsLate(t *testing.T, b *chromium) {
	s := playhouse(t, always(script.Say("A reply.")))
	p := b.visit(t, s, desktop, "/")
	scripts := `performance.getEntriesByType('resource').filter((r) => /\.js/.test(r.name))`
	p.until("document.readyState === 'complete'")
	small := get[int](p, scripts+".reduce((sum, r) => sum + r.encodedBodySize, 0)")
	if small == 0 || small > 60<<10 || get[bool](p, scripts+".some((r) => r.name.includes('editor'))") {
		t.Errorf("the chat's page loads %d bytes of scripts", small)
	}
	p.opensText("x")
	if large := get[int](p, scripts+".reduce((sum, r) => sum + r.encodedBodySize, 0)"); large < 2*small {
		t.Errorf("a text's page loads %d bytes of scripts: the editor is where the chat is", large)
	}
}
