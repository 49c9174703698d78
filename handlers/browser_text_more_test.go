package handlers_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"alleato/ai/model/script"
)

// textSuggestions: marked, walked to by keyboard, followed while the text is edited, settled beside it.
func textSuggestions(t *testing.T, b *chromium, where screen) {
	s := playhouse(t, always(script.Say("A reply.")))
	p := b.visit(t, s, where, "/")
	path := p.makes("text", "Plan", "# Plan\n\nA cat and a **big** house.\n\nOne more cat, and a dog.\n\nLast words.\n")
	p.suggests(path, [2]string{"cat", "hen"}, [2]string{"a **big** house", "a hut"}, [2]string{"dog.\n\nLast", "fox.\n\nFinal"}, [2]string{"more", "other"})
	p.open(path)
	p.marked("a big house", "cat", "dog.Last", "more")
	p.accessible()
	p.click(".suggestion-mark") // the first one in the text opens its card
	p.opened("cat")

	p.caret("Plan", false) // the same words before it: the mark stays where it was
	p.press(" cat")
	p.until(savedState + " === 'Saved'")
	p.until(find(testid("artifact-editor")+" p .suggestion-mark") + "?.textContent === 'cat'")
	p.click(testid("suggestion") + "[data-current] " + testid("suggestion-accept"))
	p.stored(path, "# Plan cat\n\nA hen and a **big** house.\n\nOne more cat, and a dog.\n\nLast words.\n")
	p.marked("a big house", "dog.Last", "more")

	p.caret("mo", false) // walked into, and edited inside: it no longer fits, until that is undone
	p.opened("more")
	p.press("X")
	p.until(shown(testid("suggestion")+":has("+testid("suggestion-stale")+")") + " || document.querySelector('" + testid("suggestion-stale") + "')")
	p.marked("a big house", "dog.Last")
	p.accessible()
	p.press("\b")
	p.marked("a big house", "dog.Last", "more")
	p.until("!" + find(testid("suggestion-stale")))

	get[bool](p, `document.activeElement.dispatchEvent(new KeyboardEvent('keydown', {key: 'F8', bubbles: true, cancelable: true}))`)
	p.until("document.activeElement.dataset.testid === 'suggestion-accept'")
	words := get[string](p, "document.activeElement.closest('article').querySelector('del').textContent")
	p.enter(0)
	p.until(fmt.Sprintf("!%s.includes(%s)", editorText, inScript(words)))
	p.click(testid("suggestion-accept-all"))
	p.until("document.querySelectorAll('" + testid("suggestion") + "').length === 0")
	p.marked()
	text := get[string](p, editorText)
	if !strings.Contains(text, "a hut.") || !strings.Contains(text, "fox.\n\nFinal words.\n") || !strings.Contains(text, "One other cat") {
		t.Errorf("the text is %q", text)
	}
	p.stored(path, text)
	p.accessible()
}

// textStreams: 20,000 characters that come a few at a time leave the page its frames, and are all there; a
// key in a long text is not felt.
func textStreams(t *testing.T, b *chromium) {
	s := playhouse(t, always(script.Say("A reply.")))
	p := b.visit(t, s, desktop, "/")
	p.opensText("")
	took := get[[]float64](p, `(async () => {
		const { editor } = document.querySelector('#artifact')
		const part = '## Head\n\nSome *words* and **more** of [them](/x) in a paragraph.\n\n- one\n- two\n  - three\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n~~~js\nlet a = 1\n~~~\n\n'
		const text = part.repeat(Math.ceil(20000 / part.length)).slice(0, 20000)
		let frames = 0, going = true
		const count = () => { frames++; if (going) requestAnimationFrame(count) }
		requestAnimationFrame(count)
		const start = performance.now()
		for (let at = 0; at < text.length; at += 200) {
			editor.append(text.slice(at, at + 200))
			await new Promise((done) => setTimeout(done, 40))
		}
		going = false
		return [frames / (performance.now() - start) * 1000, editor.text() === text ? 1 : 0, document.querySelectorAll('[data-testid="artifact-editor"] table').length]
	})()`)
	t.Logf("%.0f frames a second", took[0])
	if took[1] != 1 || took[2] < 50 {
		t.Errorf("the text is not what was sent: %v", took)
	}
	if took[0] < 12 { // the other scenes run beside it
		t.Errorf("%.0f frames a second", took[0])
	}
	for _, size := range []int{100_000, 195_000} {
		long := get[[]float64](p, fmt.Sprintf(`(async () => {
			const { editor } = document.querySelector('#artifact')
			const part = '## Head\n\n' + 'Some *words* and **more** of [them](/x) in a paragraph. '.repeat(8) + '\n\n- one\n- two\n\n'
			const before = performance.now()
			editor.setText(part.repeat(Math.floor(%d / part.length)))
			document.body.offsetHeight
			return [performance.now() - before]
		})()`, size))
		p.caret("Some", false)
		get[bool](p, `(window.slow = [], new PerformanceObserver((list) => window.slow.push(...list.getEntries().map((e) => e.duration))).observe({type: 'event', durationThreshold: 16}), true)`)
		start := time.Now()
		p.press("abcdefghij")
		t.Logf("%d characters: mounted in %.0f ms, ten keys in %v, slow: %v", size, long[0], time.Since(start), get[[]float64](p, "window.slow"))
		if worst := get[float64](p, "Math.max(0, ...window.slow)"); worst > 1500 { // beside other scenes
			t.Errorf("a key takes %.0f ms in %d characters", worst, size)
		}
	}
}
