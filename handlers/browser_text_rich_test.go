package handlers_test

import (
	"testing"

	"github.com/chromedp/chromedp/kb"

	"alleato/ai/model/script"
)

// textFormulas: formulas are drawn in the editor, show their source where the cursor is, whether that came by a press
// or by the arrows, and are made by typing; the text stays what it was.
func textFormulas(t *testing.T, b *chromium, where screen) {
	p := b.visit(t, playhouse(t, always(script.Say("A reply."))), where, "/")
	const text = "Euler: $e^{i\\pi} + 1 = 0$, for $5.\n\n$$\n\\frac12\n$$\n\n- $a_1$ and `$x$`\n\n| $y$ | b |\n|---|---|\n| 1 | 2 |\n\nWrong: $\\frac{1$ and $\\href{javascript:hacked=1}{x}$.\n\nThe end.\n"
	path := p.opensText(text)
	const drawn, refused = "document.querySelectorAll('.editor-text .katex').length", "document.querySelectorAll('.editor-formula[data-refused]').length"
	p.until(drawn + " === 4 && " + refused + " === 2")
	p.accessible()
	p.narrow()
	p.click(".editor-formula .katex-html")
	p.until(drawn + " === 3 && getSelection().focusNode.parentElement.closest('.editor-raw')?.textContent.startsWith('$e^')")
	p.press(kb.End)
	p.until(drawn + " === 4")
	p.press(" Or $z_9$.")
	p.until(drawn + " === 5")
	p.press(kb.ArrowDown) // into the block whose source was out of sight
	p.until("getSelection().focusNode.parentElement.closest('.editor-source')?.textContent.includes('frac12') && " + drawn + " === 4")
	p.accessible()
	p.press(kb.ArrowUp)
	p.press(kb.ArrowUp)
	p.until(drawn + " >= 4 && !getSelection().focusNode.parentElement.closest('.editor-source')")
	p.stored(path, "Euler: $e^{i\\pi} + 1 = 0$, for $5. Or $z_9$."+text[len("Euler: $e^{i\\pi} + 1 = 0$, for $5."):])
	if get[bool](p, "'hacked' in window") {
		t.Error("a formula ran a script")
	}
}

// textDiagram: a block of Mermaid is drawn in the editor; its source is written and drawn again.
func textDiagram(t *testing.T, b *chromium, where screen) {
	p := b.visit(t, playhouse(t, always(script.Say("A reply."))), where, "/")
	const text = "Before.\n\n```mermaid\ngraph TD; A-->B\n```\n\nAfter.\n"
	path := p.opensText(text)
	const drawn = ".editor-text figure.code[data-diagram='drawn']"
	p.until(shown(drawn+" iframe") + " && !" + shown(drawn+" pre"))
	p.accessible()
	height := get[float64](p, find(drawn+" iframe")+".offsetHeight")
	p.click(drawn + " .code-toggle")
	p.until(shown(".editor-text figure.code pre"))
	p.caret("A-->B", false)
	p.press("; B-->C")
	p.click(".editor-text .code-toggle")
	p.until(find(drawn+" iframe") + "?.offsetHeight > " + inScript(height+20))
	p.accessible()
	p.stored(path, "Before.\n\n```mermaid\ngraph TD; A-->B; B-->C\n```\n\nAfter.\n")
	p.click(drawn + " .code-toggle")
	p.caret("graph", true)
	p.press("grump")
	p.click(".editor-text .code-toggle")
	p.until(shown(".editor-text figure.code[data-diagram='failed'] .diagram-note"))
	p.caret("grump", true)
	p.press("graph")
	p.until(shown(".editor-text figure.code[data-diagram='source'] .code-toggle"))
	p.click(".editor-text .code-toggle")
	p.until(shown(drawn + " iframe"))
}
