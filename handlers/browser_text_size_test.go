package handlers_test

import (
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"alleato/ai/model/script"
)

const prose = "A paragraph of a **long** text, as somebody writes who has much to say, about [this](https://example.com/) and that. "

// TestTextSpeed: a megabyte of text is edited as it reads, without waiting for a key or a frame.
func TestTextSpeed(t *testing.T) {
	p := openChromium(t).visit(t, playhouse(t, always(script.Say("A reply."))), desktop, "/")
	p.opensLong("text", "## A part\n\n"+strings.Repeat(prose, 6)+"\n\n- one\n- two\n\n", 1500, 4*time.Second)
	p.until(shown(".editor-text[contenteditable] h2"))
	get[bool](p, "document.querySelector('#artifact').editor.focus(), true")
	p.quickKeys("at the beginning")
	p.press(kb.End, chromedp.ModifierCtrl)
	p.quickKeys("at the end")
	p.savedNow()
	p.scrollsQuickly(".artifact-main")
}

// textSource: what cannot be laid out while it is written is edited as its source, and is the same again.
func textSource(t *testing.T, b *chromium) {
	p := b.visit(t, playhouse(t, always(script.Say("A reply."))), desktop, "/")
	for shape, text := range map[string][2]string{
		"blocks": {"a\n\n", ""}, "list": {"- " + prose + "\n", ""}, "paragraph": {prose + "\n", ""}, "table": {"| a | b |\n", "| a | b |\n|---|---|\n"},
	} {
		whole := text[1] + strings.Repeat(text[0], 120_000/len(text[0]))
		path := p.makes("text", "A long "+shape, whole)
		p.open(path)
		p.until(shown(testid("editor-large")))
		p.until(editorText + ".length === " + inScript(len(whole)))
	}
	p.accessible()
	get[bool](p, "document.querySelector('#artifact').editor.focus(), true")
	p.press(kb.Home, chromedp.ModifierCtrl)
	p.press("x")
	p.until(savedState + " === 'Saved'")
	p.until(editorText + ".startsWith('x')")
	p.until("!" + find(testid("code-wrap"))) // its lines are always wrapped
}

// textRows: who writes into one cell of a table changes its row alone, however the table was written.
func textRows(t *testing.T, b *chromium) {
	p := b.visit(t, playhouse(t, always(script.Say("A reply."))), desktop, "/")
	for _, c := range [][2]string{
		{"|City|Price|\n|:-|--:|\n|Rome|40|\n|  Milan|50|\n", "|City|Price|\n|:-|--:|\n| Romex | 40 |\n|  Milan|50|\n"},
		{"| City  | Price |\n| ----- | ----- |\n| Rome  | 40    |\n| Milan | 50    |\n", "| City  | Price |\n| ----- | ----- |\n| Romex | 40    |\n| Milan | 50    |\n"},
		{"City | Price\n--- | ---\nRome | 40\nMilan\n", "City | Price\n--- | ---\n| Romex | 40 |\nMilan\n"},
	} {
		p.opensText("Before.\n\n" + c[0] + "\nAfter.\n")
		p.caret("Rome", false)
		p.press("x")
		p.until(editorText + " === " + inScript("Before.\n\n"+c[1]+"\nAfter.\n"))
	}
	p.press(kb.Tab)
	p.press(kb.Tab)
	p.press(kb.Tab)
	p.press(kb.Tab) // past the last cell: another row
	p.press("Turin")
	p.until(editorText + "?.includes('\\nMilan\\n| Turin |')")
}
