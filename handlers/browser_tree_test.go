package handlers_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"alleato/ai/model/script"
)

func treeScenes() map[string]scene {
	scenes := map[string]scene{}
	for name, where := range map[string]screen{"desktop": desktopDark, "phone": phone} {
		scenes["tree/undo "+name] = func(t *testing.T, b *chromium) { undoDelete(t, b, where) }
		scenes["tree/memory "+name] = func(t *testing.T, b *chromium) { memoryBegins(t, b, where) }
		scenes["tree/running "+name] = func(t *testing.T, b *chromium) { runningElsewhere(t, b, where) }
		scenes["tree/edit "+name] = func(t *testing.T, b *chromium) { editAndWalk(t, b, where) }
		scenes["tree/share "+name] = func(t *testing.T, b *chromium) { share(t, b, where) }
		scenes["tree/search "+name] = func(t *testing.T, b *chromium) { searchPalette(t, b, where) }
	}
	return scenes
}

func echoing(r script.Request) script.Reply { return script.Say("You said " + r.Last("user")) }

const lastQuestion = `article[data-role="user"]:last-of-type`

// editAndWalk: a question is edited in place, its versions are walked, the reply is written again and
// voted on, all without loading a page.
func editAndWalk(t *testing.T, b *chromium, where screen) {
	p := b.visit(t, playhouse(t, titled("Talk", echoing)), where, "/")
	p.ask("one")
	p.finished("complete")
	loads := p.documents()
	p.click(testid("message-edit-button"))
	p.until(find(testid("message-editor")) + " === document.activeElement")
	p.accessible()
	p.press(kb.Escape)
	p.until("!" + shown(testid("message-editor")))
	p.click(testid("message-edit-button"))
	p.until(find(testid("message-editor")) + " === document.activeElement")
	p.press(", two")
	p.click(testid("message-editor-send-button"))
	p.until(find(replyBody) + "?.textContent.includes('You said one, two')")
	p.finished("complete")
	p.until(find(testid("branch-position")) + "?.textContent === '2/2'")
	p.click(testid("branch-previous"))
	p.until(find(replyBody) + "?.textContent.trim() === 'You said one'")
	p.until(find(testid("branch-position")) + "?.textContent === '1/2'")
	if got := get[string](p, "document.activeElement.dataset.testid"); got != "branch-next" {
		t.Errorf("after a step the focus is on %q", got)
	}
	p.accessible()
	p.click(testid("branch-next"))
	p.until(find(replyBody) + "?.textContent.includes('one, two')")
	p.click(testid("message-regenerate"))
	p.until(find(lastReply+" "+testid("branch-position")) + "?.textContent === '2/2'")
	p.finished("complete")

	p.click(testid("message-upvote"))
	p.until(find(testid("message-upvote")) + ".getAttribute('aria-pressed') === 'true'")
	p.click(testid("message-downvote"))
	p.until(find(testid("message-downvote")) + ".getAttribute('aria-pressed') === 'true'")
	p.until(find(testid("message-upvote")) + ".getAttribute('aria-pressed') === 'false'")
	p.accessible()
	if p.documents() != loads {
		t.Error("a page was loaded on the way")
	}
	p.reload()
	p.until(find(testid("message-downvote")) + ".getAttribute('aria-pressed') === 'true'")
	p.click(testid("message-downvote"))
	p.until(find(testid("message-downvote")) + ".getAttribute('aria-pressed') === 'false'")
}

// share: the link of a public chat works for a stranger, and ends with its being private.
func share(t *testing.T, b *chromium, where screen) {
	s := playhouse(t, titled("Talk", echoing))
	p := b.visit(t, s, where, "/")
	p.ask("one")
	p.finished("complete")
	p.click(testid("visibility-selector"))
	p.until(shown(testid("visibility-selector-item-public")))
	p.click(testid("visibility-selector-item-public"))
	p.until(shown(testid("share-link")))
	p.accessible()
	link := strings.TrimPrefix(get[string](p, find(testid("share-link"))+".value"), s.url)
	reader := b.visit(t, s, where, link)
	reader.until(find(replyBody) + "?.textContent.includes('You said one')")
	for _, hidden := range []string{"visibility-selector", "message-edit-button", "message-upvote", "multimodal-input"} {
		if get[bool](reader, "Boolean("+find(testid(hidden))+")") {
			t.Errorf("a reader is offered %s", hidden)
		}
	}
	reader.accessible()
	p.click(testid("visibility-selector-item-private"))
	p.until(find("#share") + ".textContent.includes('Private') && !" + find(testid("share-link")))
	reader.expect("404")
	reader.reload()
	reader.until(find(testid("error-page")))
}

// searchPalette: opened by its shortcut or its link, walked by keys, it leads to the message.
func searchPalette(t *testing.T, b *chromium, where screen) {
	p := b.visit(t, playhouse(t, titled("Talk", echoing)), where, "/")
	p.ask("the needle in it")
	p.finished("complete")
	if where.phone {
		p.click(testid("sidebar-toggle-button"))
		p.click(testid("new-chat-button"))
		p.until("location.pathname === '/'")
		p.click(testid("sidebar-toggle-button"))
		p.click(`[data-action="search"]`)
	} else {
		p.click(testid("new-chat-button"))
		p.until("location.pathname === '/'")
		p.press("k", chromedp.ModifierCtrl)
	}
	p.until(find("#palette") + "?.open && document.activeElement.dataset.testid === 'search-input'")
	p.press("need")
	p.until(fmt.Sprintf("document.querySelectorAll('#palette %s').length === 2", testid("search-result")))
	p.accessible()
	if got := p.text("#palette mark"); got != "needle" {
		t.Errorf("the match is %q", got)
	}
	p.press(kb.ArrowDown)
	p.until("document.activeElement.dataset.testid === 'search-result'")
	p.press(kb.Escape)
	p.until("!" + find("#palette") + ".open")
	p.press("k", chromedp.ModifierCtrl)
	p.until(find("#palette") + ".open")
	p.press(kb.Enter)
	p.until("location.pathname.startsWith('/chats/') && location.search.startsWith('?message=')")
	p.until(find(replyBody) + "?.textContent.includes('needle')")
}

// drawOut brings the drawer of a phone out; elsewhere the sidebar is there.
func (p *tab) drawOut() {
	p.t.Helper()
	out := find("#sidebar") + ".getBoundingClientRect().left === 0"
	if p.screen.phone && !get[bool](p, out) {
		p.click("header " + testid("sidebar-toggle-button"))
		p.until(out)
	}
}

// memoryBegins: the page says where the model's memory begins as soon as it forgets, and after a reload.
func memoryBegins(t *testing.T, b *chromium, where screen) {
	p := b.visit(t, playhouse(t, titled("Talk", func(script.Request) script.Reply { return script.Say("Noted.") })), where, "/")
	mark, words := find("#messages "+testid("memory-start")), strings.Repeat("one ", 1500) // a token each, of 8,192
	for i := range 4 {
		if get[bool](p, "Boolean("+mark+")") {
			t.Fatalf("before question %d something is forgotten", i)
		}
		p.until(find(composer) + "?.value === ''")
		get[bool](p, fmt.Sprintf("%s.value = %q, %[1]s.dispatchEvent(new Event('input', {bubbles: true}))", find(composer), fmt.Sprintf("Question %d. %s", i, words)))
		p.click(sendIt)
		p.until(fmt.Sprintf("document.querySelectorAll('%s').length === %d", `article[data-role="assistant"][data-status="complete"]`, i+1))
		p.finished("complete")
	}
	begins := mark + "?.nextElementSibling.textContent.includes('Question 1.')"
	p.until(begins)
	p.accessible()
	p.reload()
	p.until(begins)
}

// runningElsewhere: a chat whose reply runs in another tab is marked in the list until that ends.
func runningElsewhere(t *testing.T, b *chromium, where screen) {
	end := newGate()
	reply := staged(stage{nil, script.Words("It begins", 0)}, stage{end, script.Words(" and ends.", 0)})
	s := playhouse(t, titled("Talk", func(script.Request) script.Reply { return reply }))
	release(t, end)
	p := b.visit(t, s, where, "/")
	p.ask("one")
	p.until(find(replyBody) + "?.textContent.includes('It begins')")
	other := p.another("/")
	other.until(find(row(1)+" .live-dot") + "?.getAttribute('aria-label') === 'A reply is being written'")
	other.drawOut()
	other.accessible()
	end.open()
	p.finished("complete")
	other.until("!" + find(row(1)+" .live-dot"))
}

// undoDelete: a chat is renamed, pinned, deleted and had back.
func undoDelete(t *testing.T, b *chromium, where screen) {
	p := b.visit(t, playhouse(t, titled("Talk", echoing)), where, "/")
	p.ask("one")
	p.finished("complete")
	p.until(rows + ".length === 1")
	loads := p.documents()
	menu := func() {
		p.drawOut()
		p.hover(row(1))
		p.click(row(1) + " " + testid("chat-menu-button"))
	}
	menu()
	p.click(testid("chat-rename"))
	p.until("document.activeElement.name === 'title'")
	p.accessible()
	p.press("Renamed\r")
	p.until(find(row(1)) + "?.textContent.includes('Renamed') && document.title.startsWith('Renamed')")
	menu()
	p.click(testid("chat-pin"))
	p.until(find(".chat-group h2") + "?.textContent === 'Pinned'")
	menu()
	p.click(row(1) + " " + testid("chat-delete"))
	p.click(testid("confirm-ok"))
	p.until(rows + ".length === 0 && location.pathname === '/'")
	p.until(shown(testid("toast-undo")))
	p.accessible()
	p.click(testid("toast-undo"))
	p.until(rows + ".length === 1")
	p.until(find(row(1)) + ".textContent.includes('Renamed')")
	p.drawOut()
	p.click(testid("user-nav-button"))
	p.click(testid("delete-all-chats"))
	p.until(find("#confirm-title") + ".textContent === 'Delete all chats?'")
	p.click(testid("confirm-ok"))
	p.until(rows + ".length === 0")
	p.click(testid("toast-undo"))
	p.until(rows + ".length === 1")
	if p.documents() != loads {
		t.Error("a page was loaded on the way")
	}
}
