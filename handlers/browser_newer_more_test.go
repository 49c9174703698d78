package handlers_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"alleato/ai/model/script"
)

// newerOlder: who looks at an older version goes on looking at it.
func newerOlder(t *testing.T, b *chromium) {
	s := playhouse(t, always(script.Say("A reply.")))
	p := b.visit(t, s, desktop, "/")
	path := p.makes("text", "Plan", "one")
	p.puts(path, m{"content": "two"})
	q := p.another(path + "?version=1")
	q.until(find(testid("artifact-restore")))
	p.open(path)
	p.until(editorText + " === 'two'")
	p.edit("three")
	p.until(savedState + " === 'Saved'")
	get[bool](q, toFront)
	time.Sleep(1500 * time.Millisecond)
	if got := get[string](q, artifactText); strings.TrimSpace(got) != "one" {
		t.Errorf("the older version is %q by now", got)
	}
	q.atVersion("1")
}

// newerReader: who was shown a document sees its newest version when they come back to it, and is told when it is gone.
func newerReader(t *testing.T, b *chromium) {
	s := playhouse(t, always(script.Say("A reply.")))
	p := b.visit(t, s, desktop, "/")
	path := p.makes("text", "Plan", "one")
	p.shares(path, "public")
	q := b.visit(t, s, phone, path)
	q.until(artifactText + ".includes('one')")
	p.puts(path, m{"content": "two"})
	q.until("(" + toFront + ", " + artifactText + ".includes('two'))")
	q.atVersion("2")
	q.until(find("#announcer") + ".textContent.includes('Version 2')")
	p.shares(path, "private")
	q.expect("404")
	q.until("(" + toFront + ", " + find(testid("artifact-gone")) + " !== null)")
	if !get[bool](q, artifactText+".includes('two')") {
		t.Error("what was being read is gone")
	}
	q.accessible()
}

// newerSuggestions: what is accepted or dismissed in one tab is so in the other.
func newerSuggestions(t *testing.T, b *chromium) {
	s := playhouse(t, always(script.Say("A reply.")))
	p := b.visit(t, s, desktop, "/")
	path := p.makes("text", "Plan", "A big house and a red car.")
	suggest := func(from, to string) {
		get[int](p, fmt.Sprintf(`fetch('%s/suggestions', {method: 'POST', headers: {'Content-Type': 'application/json', Accept: 'application/json'},
			body: JSON.stringify({originalText: %q, suggestedText: %q, description: 'Better.'})}).then((r) => r.status)`, path, from, to))
	}
	q := p.another(path) // without suggestions as yet
	q.until(editorText + "?.includes('big')")
	suggest("big", "large")
	suggest("red", "blue")
	suggest("car", "bike")
	p.open(path)
	waits := func(tab *tab, n int) {
		t.Helper()
		tab.until(fmt.Sprintf("document.querySelectorAll('%s').length === %d", testid("suggestion"), n))
	}
	waits(p, 3)
	p.until("document.querySelector('#suggestions')?.hasAttribute('data-live')")
	p.click(testid("suggestion-accept"))
	p.atVersion("2")
	q.until(editorText + "?.includes('large')")
	q.atVersion("2")
	waits(q, 2)
	q.until("document.querySelectorAll('.suggestion-mark').length === 2")
	p.click(testid("suggestion-dismiss"))
	waits(p, 1)
	waits(q, 1)
	q.accessible()
}

// newerDeleted: a document that was deleted elsewhere says so, and its text can be kept as another one.
func newerDeleted(t *testing.T, b *chromium, where screen) {
	s := playhouse(t, always(script.Say("A reply.")))
	p := b.visit(t, s, where, "/")
	path := p.makes("code", "Plan", "one = 1\n")
	p.open(path)
	p.until(editorText + "?.startsWith('one')")
	q, r := p.another(path), p.elsewhere(b, path)
	for _, tab := range []*tab{q, r} {
		tab.expect("404")
		tab.until(editorText + "?.startsWith('one')")
	}
	p.click(testid("artifact-menu"))
	p.click(testid("artifact-delete"))
	p.click(testid("artifact-delete-ok"))
	p.until("location.pathname === '/documents'")
	q.until(shown(testid("artifact-gone")))
	q.accessible()
	q.click(testid("artifact-gone-drop"))
	q.until("location.pathname === '/documents'")

	r.edit("two = 2") // which finds out by its save
	r.until(shown(testid("artifact-gone")))
	r.press("\nthree = 3")
	time.Sleep(1500 * time.Millisecond)
	if n := get[int](r, "document.querySelectorAll('.notice').length"); n != 0 {
		t.Errorf("%d messages pop up beside the note", n)
	}
	r.accessible()
	r.click(testid("artifact-gone-keep"))
	r.until("location.pathname !== " + inScript(path) + " && " + editorText + "?.includes('three = 3')")
	r.until(editorText + ".includes('two = 2')")
	r.until(find(".artifact-bar h1") + ".textContent === 'Plan'")
}
