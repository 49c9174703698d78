package handlers_test

import (
	"testing"

	"github.com/chromedp/chromedp"

	"alleato/ai/model/script"
)

func saverScenes() map[string]scene {
	return map[string]scene{"saver/leaving": savedOnLeaving, "saver/conflict on leaving": conflictOnLeaving, "saver/offline": savedAfterOffline}
}

// TestSaver plays in Node what becomes of a text that cannot be saved at once.
func TestSaver(t *testing.T) {
	runNode(t, "saver.mjs", nil, "tried again after the editor", "shown when it is refused", "the last text of two",
		"a conflict without an answer", "held while there is a newer version", "asked when one save waits for another")
}

// savedOnLeaving: who leaves at once loses nothing, wherever they go, not even a cell that is half written.
func savedOnLeaving(t *testing.T, b *chromium) {
	s := playhouse(t, always(script.Say("A reply.")))
	p := b.visit(t, s, desktop, "/")
	for kind, text := range map[string]string{"text": "one", "sheet": "one"} {
		path := p.makes(kind, "Plan", text)
		p.open(path)
		p.edit("two")
		p.click(testid("artifact-close-button")) // within the page
		p.until(shown(testid("document-card")))
		p.stored(path, "two")
		p.open(path)
		p.edit("three")
		p.open("/") // another page
		p.stored(path, "three")
		p.open(path)
		p.edit("four")
		p.press("s", chromedp.ModifierCtrl)
		p.stored(path, "four")
	}
}

// conflictOnLeaving: who leaves with a text that comes too late is asked what becomes of it.
func conflictOnLeaving(t *testing.T, b *chromium) {
	s := playhouse(t, always(script.Say("A reply.")))
	p := b.visit(t, s, phoneDark, "/")
	path := p.makes("text", "Plan", "one")
	p.open(path)
	q := p.elsewhere(b, path)
	q.until(editorText + " === 'one'")
	p.edit("mine")
	p.stored(path, "mine")
	q.expect("409")
	get[bool](q, `(() => { // in one go, before it is saved by itself
		document.querySelector('[data-testid="artifact-editor"]').focus()
		document.execCommand('selectAll')
		document.execCommand('insertText', false, 'yours')
		document.querySelector('[data-testid="artifact-close-button"]').click()
		return true })()`)
	q.until(shown(testid("artifact-conflict")))
	if a, b := get[string](q, find(testid("conflict-yours"))+".value"), get[string](q, find(testid("conflict-current"))+".value"); a != "yours" || b != "mine" {
		t.Errorf("the page shows %q and %q", a, b)
	}
	q.accessible()
	q.narrow()
	q.click(testid("conflict-save"))
	q.atVersion("3")
	q.stored(path, "yours")
}

// savedAfterOffline: without a network the page says so, and saves once there is one.
func savedAfterOffline(t *testing.T, b *chromium) {
	s := playhouse(t, always(script.Say("A reply.")))
	p := b.visit(t, s, desktop, "/")
	path := p.makes("text", "Plan", "one")
	p.open(path)
	p.until(editorText + " === 'one'")
	p.expect("ERR_INTERNET_DISCONNECTED")
	offline := func(is bool) {
		must(call(p, "Network.emulateNetworkConditions", map[string]any{"offline": is, "latency": 0, "downloadThroughput": -1, "uploadThroughput": -1}))
	}
	offline(true)
	p.edit("two")
	p.until(savedState + " === 'Not saved'")
	p.edit("three")
	offline(false)
	p.until(savedState + " === 'Saved'")
	p.stored(path, "three")
	p.atVersion("2")
}
