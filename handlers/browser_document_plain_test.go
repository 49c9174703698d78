package handlers_test

import (
	"testing"

	"alleato/ai/model/script"
)

// documentWithoutScripts: the whole way with JavaScript switched off.
func documentWithoutScripts(t *testing.T, b *chromium) {
	s := playhouse(t, always(script.Say("A reply.")))
	p := b.visit(t, s, phone, "")
	must(p.scripts(false))
	p.open("/documents")
	step := func(selector string) {
		t.Helper()
		before := p.documents()
		p.click(selector)
		p.loaded(before)
	}
	p.click(testid("document-new"))
	step(testid("document-new-sheet"))
	p.write(testid("artifact-editor"), "Region,Revenue\nTorino,2.21\n")
	step(testid("artifact-save"))
	p.until(find("table.artifact-sheet td:nth-of-type(2)") + "?.textContent === '2.21'")
	p.atVersion("2")
	p.accessible()
	step(testid("artifact-version-previous"))
	p.atVersion("1")
	step(testid("artifact-restore"))
	p.atVersion("3")
	p.click(testid("artifact-menu"))
	p.click(testid("artifact-delete"))
	step(testid("artifact-delete-ok"))
	p.until(shown(testid("documents-empty")))
}
