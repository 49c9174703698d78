package handlers_test

import (
	"strings"
	"testing"
	"time"

	"alleato/ai/model/script"
)

func replyScenes() map[string]scene {
	return map[string]scene{
		"first message/desktop": firstMessage(desktop), "first message/desktop dark": firstMessage(desktopDark),
		"first message/phone": firstMessage(phone), "first message/phone dark": firstMessage(phoneDark),
		"reload in mid-reply":       reloadInMidReply,
		"connection drops":          connectionDrops,
		"reasoning folds/desktop":   reasoningFolds(desktop),
		"reasoning folds/phone":     reasoningFolds(phoneDark),
		"a tab in the background":   tabInBackground,
		"scroll follows at the end": scrollFollows,
		"next message, same page":   nextMessage,
		"suggestion sends":          suggestionSends,
	}
}

// firstMessage: a visitor opens the page, writes, and watches the reply stream in.
func firstMessage(where screen) scene {
	return func(t *testing.T, b *chromium) {
		atStart, inCode, atEnd := newGate(), newGate(), newGate()
		text, code, found := strings.Cut(rich, "\tfor _, e")
		if !found {
			t.Fatal("the rich reply has no code")
		}
		reply := staged(stage{atStart, script.Words(text, 0)}, stage{inCode, script.Words("\tfor _, e"+code, 0)}, stage{atEnd, script.Words("\nThe end.", 0)})
		s := playhouse(t, titled("How hash maps work", func(script.Request) script.Reply { return reply }))
		release(t, atStart, inCode, atEnd)
		p := b.visit(t, s, where, "/")
		p.until(shown(testid("suggested-actions")))
		if dark := get[bool](p, "document.documentElement.classList.contains('dark')"); dark != where.dark {
			t.Errorf("dark is %v", dark)
		}
		p.accessible()
		loads := p.documents()
		p.ask("How does a hash map work?")

		p.until(shown(lastReply + " .typing"))
		p.until(shown(stopIt) + " && !" + shown(sendIt))
		if got := get[string](p, find(lastReply)+".getAttribute('aria-busy')"); got != "true" {
			t.Errorf("a running reply has aria-busy %q", got)
		}
		p.until(`/^\/chats\/[0-9a-f-]{36}$/.test(location.pathname)`)
		if got := p.text(testid("message-user") + " " + testid("message-content")); got != "How does a hash map work?" {
			t.Errorf("the question reads %q", got)
		}
		if got := get[string](p, find(composer)+".value"); got != "" {
			t.Errorf("the composer still holds %q", got)
		}
		p.until("!" + shown(".greeting"))

		atStart.open()
		p.until(find(replyBody+" .tail code.code-open") + `?.textContent.includes('func (m *Map) Get')`)
		p.until(find(replyBody + " .blocks > ol"))
		if get[bool](p, find(replyBody)+".textContent.includes('Operation')") {
			t.Error("text was shown that had not been sent")
		}
		if get[bool](p, `document.querySelectorAll('`+replyBody+` .tail code span[class]').length > 0`) {
			t.Error("code is highlighted before its fence closes")
		}
		p.accessible()
		inCode.open()
		p.until(find(replyBody + " .blocks figure code span[class]"))
		p.until(find(replyBody + " .blocks table"))
		p.until(shown(replyBody + " figure [data-copy]"))
		atEnd.open()
		p.finished("complete")
		p.until(find(replyBody) + ".textContent.includes('The end.')")
		p.until(shown(sendIt) + " && !" + shown(stopIt))
		if get[bool](p, find(lastReply)+".hasAttribute('aria-busy')") {
			t.Error("the finished reply is busy")
		}
		p.until(find("#announcer") + ".textContent === 'Reply finished'")
		p.until(shown(testid("message-copy")))
		p.until(find(testid("sidebar-chat")+" a") + "?.textContent.trim() === 'How hash maps work'")
		p.until("document.title.startsWith('How hash maps work')")
		p.same()
		p.accessible()
		if p.documents() != loads {
			t.Errorf("%d pages were loaded on the way", p.documents()-loads)
		}
	}
}

// soFar fails when what is shown of a running reply is not its beginning: a gap, or a repeat.
func (p *tab) soFar(all []script.Chunk) {
	p.t.Helper()
	if got := strings.Join(strings.Fields(p.text(replyBody)), " "); !strings.HasPrefix(words(all), got) {
		p.t.Errorf("in mid-reply the page shows\n%s", got)
	}
}

// reloadInMidReply: five reloads and a second tab, each in mid-reply, end with the very same text.
func reloadInMidReply(t *testing.T, b *chromium) {
	const batch = 60
	gates := make([]*gate, 7)
	var stages []stage
	var all []script.Chunk
	for i := range gates {
		gates[i] = newGate()
		chunks := numbered(i*batch, (i+1)*batch)
		stages, all = append(stages, stage{gates[i], chunks}), append(all, chunks...)
	}
	s := playhouse(t, always(staged(stages...)))
	release(t, gates...)
	p := b.visit(t, s, desktop, "/")
	p.ask("Count")
	p.until("location.pathname.startsWith('/chats/')")
	path := get[string](p, "location.pathname")
	for i := range 5 {
		gates[i].open() // and reloads while these words come
		p.reload()
		p.until(find(replyBody) + ".textContent.includes('w" + itoa(i*batch+batch/2) + " ')")
		if get[string](p, find(lastReply)+".dataset.status") != "streaming" {
			t.Fatal("the reply has ended already")
		}
		p.soFar(all)
	}
	second := p.another(path)
	gates[5].open()
	second.until(find(replyBody) + ".textContent.includes('w" + itoa(5*batch+batch/2) + " ')")
	p.soFar(all)
	second.soFar(all)
	gates[6].open()
	want := words(all)
	for name, tab := range map[string]*tab{"reloaded": p, "second": second} {
		tab.finished("complete")
		if got := strings.Join(strings.Fields(tab.text(replyBody)), " "); got != want {
			t.Errorf("the %s tab shows\n%s\nwant\n%s", name, got, want)
		}
		tab.same()
	}
	if a, b := get[string](p, find(lastReply)+".outerHTML"), get[string](second, find(lastReply)+".outerHTML"); a != b {
		t.Errorf("the tabs differ:\n%s\nand\n%s", a, b)
	}
	p.accessible()
}

// connectionDrops: the page connects again by itself and ends complete.
func connectionDrops(t *testing.T, b *chromium) {
	const batch = 60
	gates := []*gate{newGate(), newGate(), newGate(), newGate()}
	var stages []stage
	var all []script.Chunk
	for i, g := range gates {
		chunks := numbered(i*batch, (i+1)*batch)
		stages, all = append(stages, stage{g, chunks}), append(all, chunks...)
	}
	s := playhouse(t, always(staged(stages...)))
	release(t, gates...)
	w := newWire(t, s)
	p := b.visitAt(t, w.url, desktop, "/")
	p.expect("ERR_INCOMPLETE_CHUNKED_ENCODING|ERR_CONNECTION_RESET|ERR_EMPTY_RESPONSE|ERR_NETWORK_IO|htmx:error|network error")
	p.ask("Count")
	for i, g := range gates {
		g.open()
		p.until(find(replyBody) + "?.textContent.includes('w" + itoa(i*batch+batch/2) + " ')")
		p.soFar(all)
		if i < len(gates)-1 && w.cut() == 0 {
			t.Fatal("there was no connection to cut")
		}
	}
	p.finished("complete")
	if got := strings.Join(strings.Fields(p.text(replyBody)), " "); got != words(all) {
		t.Errorf("shows\n%s\nwant\n%s", got, words(all))
	}
	p.same()
}

// reasoningFolds: reasoning streams into a fold, which then says how long it took.
func reasoningFolds(where screen) scene {
	return func(t *testing.T, b *chromium) {
		thinking, answering, ending := newGate(), newGate(), newGate()
		reply := staged(
			stage{nil, []script.Chunk{{Reasoning: "First I **think**. "}}},
			stage{thinking, []script.Chunk{{Reasoning: "Then more.", Delay: 2100 * time.Millisecond}}},
			stage{answering, script.Words("The answer.", 0)}, stage{ending, script.Words(" Done.", 0)})
		s := playhouse(t, always(reply))
		release(t, thinking, answering, ending)
		p := b.visit(t, s, where, "/")
		p.ask("Think")
		fold, toggle := testid("message-reasoning"), testid("message-reasoning-toggle")
		p.until(find(fold+" strong") + "?.textContent === 'think'")
		if got := p.text(toggle); !strings.Contains(got, "Thinking") {
			t.Errorf("while it thinks the fold says %q", got)
		}
		p.accessible()
		p.click(toggle)
		p.until(shown(fold + " .msg-prose"))
		thinking.open()
		answering.open()
		p.until(find(replyBody+" > .msg-prose") + "?.textContent.includes('The answer.')")
		p.until(`/^Thought for ([2-9]|\d\d) seconds$/.test(` + find(toggle) + `.textContent.trim())`)
		ending.open()
		p.finished("complete")
		p.same()
		open := get[bool](p, find(fold)+".open")
		get[bool](p, find(toggle)+".focus(), true")
		for range 2 { // by keyboard, both ways
			p.enter(0)
			p.until(find(fold) + ".open === " + boolean(!open))
			open = !open
		}
		get[bool](p, find(fold)+".open = true")
		if got := strings.TrimSpace(p.text(fold + " .msg-prose")); got != "First I think. Then more." {
			t.Errorf("the reasoning reads %q", got)
		}
		p.accessible()
	}
}

// tabInBackground: a hidden tab lets its stream go, and catches up when it is looked at again.
func tabInBackground(t *testing.T, b *chromium) {
	gates := []*gate{newGate(), newGate(), newGate()}
	var stages []stage
	var all []script.Chunk
	for i, g := range gates {
		chunks := numbered(i*60, (i+1)*60)
		stages, all = append(stages, stage{g, chunks}), append(all, chunks...)
	}
	s := playhouse(t, always(staged(stages...)))
	release(t, gates...)
	p := b.visit(t, s, desktop, "/")
	p.ask("Count")
	gates[0].open()
	p.until(find(replyBody) + "?.textContent.includes('w30 ')")
	hide := func(hidden bool) {
		get[bool](p, `Object.defineProperty(document, 'hidden', {value: `+boolean(hidden)+`, configurable: true}),
			Object.defineProperty(document, 'visibilityState', {value: `+boolean(hidden)+` ? 'hidden' : 'visible', configurable: true}),
			document.dispatchEvent(new Event('visibilitychange')), true`)
	}
	hide(true)
	gates[1].open()
	time.Sleep(500 * time.Millisecond)
	hide(false)
	p.until(find(replyBody) + ".textContent.includes('w90 ')")
	p.soFar(all)
	gates[2].open()
	p.finished("complete")
	if got := strings.Join(strings.Fields(p.text(replyBody)), " "); got != words(all) {
		t.Errorf("shows\n%s\nwant\n%s", got, words(all))
	}
	p.same()
}

// scrollFollows: the conversation follows the reply, unless its reader scrolls up.
func scrollFollows(t *testing.T, b *chromium) {
	first, second := newGate(), newGate()
	s := playhouse(t, always(staged(stage{nil, numbered(0, 1500)}, stage{first, numbered(1500, 2200)}, stage{second, numbered(2200, 2210)})))
	release(t, first, second)
	p := b.visit(t, s, phone, "/")
	p.ask("Count")
	down := `(({scrollHeight, scrollTop, clientHeight}) => scrollHeight > 2 * clientHeight && scrollHeight - scrollTop - clientHeight < 5)(` + find("#scroll") + `)`
	p.until(find(replyBody) + "?.textContent.includes('w1499.')")
	p.until(down)
	get[float64](p, find("#scroll")+".scrollTop -= 400")
	p.until(shown(testid("scroll-to-bottom-button")))
	at := get[float64](p, find("#scroll")+".scrollTop")
	first.open()
	p.until(find(replyBody) + ".textContent.includes('w2199.')")
	if now := get[float64](p, find("#scroll")+".scrollTop"); now != at {
		t.Errorf("the page moved under its reader from %v to %v", at, now)
	}
	p.accessible()
	p.click(testid("scroll-to-bottom-button"))
	p.until(down)
	p.until("!" + shown(testid("scroll-to-bottom-button")))
	second.open()
	p.finished("complete")
	p.until(down)
}

// nextMessage: a second question follows on the same page and the model gets what came before.
func nextMessage(t *testing.T, b *chromium) {
	s := playhouse(t, titled("Talk", func(r script.Request) script.Reply { return script.Say("Answer to " + r.Last("user")) }))
	p := b.visit(t, s, desktop, "/")
	p.ask("one")
	p.finished("complete")
	loads := p.documents()
	p.ask("two")
	p.until("document.querySelectorAll('article').length === 4")
	p.finished("complete")
	if got := strings.TrimSpace(p.text(replyBody)); got != "Answer to two" {
		t.Errorf("the second reply reads %q", got)
	}
	for _, r := range s.model.Requests() {
		if r.Last("user") == "two" && (len(r.Messages) != 4 || r.Last("assistant") != "Answer to one") {
			t.Errorf("the model got %+v", r.Messages)
		}
	}
	if p.documents() != loads {
		t.Error("the page was loaded again")
	}
}

// suggestionSends: a suggestion on the start page is a message.
func suggestionSends(t *testing.T, b *chromium) {
	s := playhouse(t, titled("Talk", func(r script.Request) script.Reply { return script.Say("Answer to " + r.Last("user")) }))
	p := b.visit(t, s, phone, "/")
	want := strings.TrimSpace(p.text(testid("suggested-actions") + " button"))
	p.click(testid("suggested-actions") + " button")
	p.finished("complete")
	if got := strings.TrimSpace(p.text(replyBody)); want == "" || got != "Answer to "+want {
		t.Errorf("%q was answered with %q", want, got)
	}
}
