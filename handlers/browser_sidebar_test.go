package handlers_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/chromedp/chromedp/kb"

	"alleato/ai/model/script"
	"alleato/store"
)

func sidebarScenes() map[string]scene {
	return map[string]scene{
		"sidebar/delete": deleteChats, "sidebar/scroll": endlessScroll, "sidebar/collapse": collapse, "sidebar/drawer": drawer,
		"sidebar/switch": switchChats, "sidebar/other tab": otherTab, "theme": theme,
	}
}

// row is the selector of a chat's row by its place, from 1.
func row(n int) string { return fmt.Sprintf(`li:nth-of-type(%d)%s`, n, testid("sidebar-chat")) }

const rows = `document.querySelectorAll('[data-testid="sidebar-chat"]')`

// deleteChats: a chat is deleted when that is confirmed, the shown one and another.
func deleteChats(t *testing.T, b *chromium) {
	s := playhouse(t, titled("Talk", func(script.Request) script.Reply { return script.Say("A reply.") }))
	p := b.visit(t, s, desktop, "/")
	for i := range 3 {
		p.ask(fmt.Sprint("Question ", i))
		p.finished("complete")
		p.until(fmt.Sprintf("%s.length === %d", rows, i+1))
		p.click(testid("new-chat-button"))
		p.until("location.pathname === '/'")
		p.until(shown(testid("suggested-actions")))
	}
	if got := p.text(".chat-group h2"); got != "Today" {
		t.Errorf("the chats are grouped under %q", got)
	}
	loads := p.documents()
	p.click(row(1) + " a")
	p.until("location.pathname.startsWith('/chats/') && " + find(replyBody))
	shownID := get[string](p, find("#main")+".dataset.chatId")

	p.hover(row(3))
	p.click(row(3) + " " + testid("chat-menu-button"))
	p.until(shown(row(3) + " " + testid("chat-delete")))
	p.accessible()
	p.click(row(3) + " " + testid("chat-delete"))
	p.until(find("#confirm") + ".open")
	p.accessible()
	p.press(kb.Escape)
	p.until("!" + find("#confirm") + ".open")
	if n := get[int](p, rows+".length"); n != 3 {
		t.Errorf("%d chats are left after a deletion that was not confirmed", n)
	}
	p.hover(row(3))
	p.click(row(3) + " " + testid("chat-menu-button"))
	p.click(row(3) + " " + testid("chat-delete"))
	p.click(testid("confirm-ok"))
	p.until(rows + ".length === 2")
	if get[string](p, find("#main")+".dataset.chatId") != shownID {
		t.Error("deleting another chat changed the page")
	}

	p.hover(row(1))
	p.click(row(1) + " " + testid("chat-menu-button"))
	p.click(row(1) + " " + testid("chat-delete"))
	p.click(testid("confirm-ok"))
	p.until(rows + ".length === 1")
	p.until("location.pathname === '/'")
	p.until(shown(testid("suggested-actions")))
	p.accessible()
	if p.documents() != loads {
		t.Error("a page was loaded on the way")
	}
	p.reload()
	p.until(rows + ".length === 1")
}

// endlessScroll: eighty chats come as the list is scrolled, each once, under one heading.
func endlessScroll(t *testing.T, b *chromium) {
	s := playhouse(t, always(script.Say("A reply.")))
	p := b.visit(t, s, desktop, "/")
	p.ask("The first")
	p.finished("complete")
	ctx := context.Background()
	user, err := s.store.User(ctx, get[string](p, "fetch('/auth/me', {headers: {Accept: 'application/json'}}).then((r) => r.json()).then((r) => r.user.id)"))
	if err != nil {
		t.Fatal(err)
	}
	for i := range 80 {
		err := s.store.CreateChat(ctx, user, &store.Chat{ID: store.NewID(), UserID: user.ID, Title: fmt.Sprint("Chat ", i), Visibility: "private"})
		if err != nil {
			t.Fatal(err)
		}
	}
	p.reload()
	if n := get[int](p, rows+".length"); n >= 81 {
		t.Fatalf("all %d chats were there at once", n)
	}
	for range 20 {
		get[bool](p, find("#sidebar-scroll")+".scrollTop = 1e6, true")
		if get[int](p, rows+".length") == 81 {
			break
		}
		p.until(rows + ".length === 81 || " + find("#sidebar-scroll") + ".scrollTop + 800 < " + find("#sidebar-scroll") + ".scrollHeight")
	}
	p.until(rows + ".length === 81")
	p.until("!" + find(".chat-more"))
	if n := get[int](p, "new Set([..."+rows+"].map((r) => r.dataset.chatId)).size"); n != 81 {
		t.Errorf("%d of 81 chats are listed", n)
	}
	if n := get[int](p, "document.querySelectorAll('.chat-group').length"); n != 1 {
		t.Errorf("%d groups of today's chats", n)
	}
	p.accessible()
}

// collapse: whether the sidebar is open is remembered.
func collapse(t *testing.T, b *chromium) {
	s := playhouse(t, always(script.Say("A reply.")))
	p := b.visit(t, s, desktop, "/")
	onScreen := find("#sidebar") + ".getBoundingClientRect().right > 0 && " + shown("#sidebar")
	p.until(onScreen)
	p.click("header " + testid("sidebar-toggle-button"))
	p.until("!(" + onScreen + ")")
	p.accessible()
	p.reload()
	p.until("!(" + onScreen + ")")
	if get[string](p, find("header "+testid("sidebar-toggle-button"))+".getAttribute('aria-expanded')") != "false" {
		t.Error("the button says that the sidebar is open")
	}
	p.click("header " + testid("sidebar-toggle-button"))
	p.until(onScreen)
	p.reload()
	p.until(onScreen)
}

// drawer: on a phone the sidebar slides over the page, and gives the focus back.
func drawer(t *testing.T, b *chromium) {
	s := playhouse(t, always(script.Say("A reply.")))
	p := b.visit(t, s, phone, "/")
	closed := find("#sidebar") + ".getBoundingClientRect().right <= 0 || !" + shown("#sidebar")
	p.until(closed)
	p.click("header " + testid("sidebar-toggle-button"))
	p.until(find("#sidebar") + ".getBoundingClientRect().left === 0")
	p.until(find("#page") + ".inert && " + find("#sidebar") + ".contains(document.activeElement)")
	p.accessible()
	p.press(kb.Escape)
	p.until(closed)
	p.until("document.activeElement === " + find("header "+testid("sidebar-toggle-button")))

	p.ask("A question")
	p.finished("complete")
	p.click("header " + testid("sidebar-toggle-button"))
	p.click(testid("new-chat-button"))
	p.until("location.pathname === '/'")
	p.until(closed)
	p.click("header " + testid("sidebar-toggle-button"))
	p.until(find("#sidebar") + ".getBoundingClientRect().left === 0")
	p.click(row(1) + " a")
	p.until("location.pathname.startsWith('/chats/') && " + find(replyBody))
	p.until(closed)
	p.accessible()
}

// switchChats: from chat to chat and back without a page load, also away from a running reply.
func switchChats(t *testing.T, b *chromium) {
	more := newGate()
	s := playhouse(t, titled("Talk", func(r script.Request) script.Reply {
		if r.Last("user") == "long" {
			return staged(stage{nil, numbered(0, 30)}, stage{more, numbered(30, 60)})
		}
		return script.Say("A short reply.")
	}))
	release(t, more)
	p := b.visit(t, s, desktop, "/")
	p.ask("short")
	p.finished("complete")
	short := get[string](p, "location.pathname")
	p.click(testid("new-chat-button"))
	p.until("location.pathname === '/'")
	p.ask("long")
	p.until(find(replyBody) + "?.textContent.includes('w29')")
	long := get[string](p, "location.pathname")
	p.until(rows + ".length === 2 && " + find(`.live-dot`)) // the rows have moved to their places
	loads := p.documents()
	p.click(`[data-testid="sidebar-chat"] a[href="` + short + `"]`)
	p.until(find(replyBody) + "?.textContent.includes('A short reply.')")
	if got := get[string](p, find(`[data-testid="sidebar-chat"] a[aria-current]`)+".pathname"); got != short {
		t.Errorf("the sidebar marks %s", got)
	}
	p.until(find(`.live-dot`))
	p.click(`[data-testid="sidebar-chat"] a[href="` + long + `"]`)
	p.until(find(replyBody) + "?.textContent.includes('w29')")
	more.open()
	p.finished("complete")
	p.until(find(replyBody) + ".textContent.includes('w59')")
	p.same()
	p.until("!" + find(".live-dot"))
	if p.documents() != loads {
		t.Error("a page was loaded between chats")
	}
	get[bool](p, "history.back(), true")
	p.until("location.pathname === '" + short + "' && " + find(replyBody) + "?.textContent.includes('A short reply.')")
}

// otherTab: a new chat and its title show in the visitor's other tabs.
func otherTab(t *testing.T, b *chromium) {
	s := playhouse(t, titled("Told everywhere", func(script.Request) script.Reply { return script.Say("A reply.") }))
	p := b.visit(t, s, desktop, "/")
	p.ask("One")
	p.finished("complete")
	second := p.another("/")
	second.until(rows + ".length === 1")
	p.click(testid("new-chat-button"))
	p.until("location.pathname === '/'")
	p.ask("Two")
	p.finished("complete")
	second.until(rows + ".length === 2")
	second.until(find(row(1)+" a") + "?.textContent.trim() === 'Told everywhere'")
}

// theme: what was chosen stays, and the page is never painted in the other one.
func theme(t *testing.T, b *chromium) {
	s := playhouse(t, always(script.Say("A reply.")))
	for _, where := range []screen{desktop, desktopDark} {
		p := b.visit(t, s, where, "/")
		dark := "document.documentElement.classList.contains('dark')"
		p.until(fmt.Sprintf("%s === %v", dark, where.dark))
		p.click(testid("user-nav-button"))
		p.click(testid("user-nav-item-theme"))
		p.until(fmt.Sprintf("%s === %v", dark, !where.dark))
		p.accessible()
		p.watchPaint()
		p.reload()
		p.until("window.painted !== undefined")
		if got := get[bool](p, "window.painted"); got == where.dark {
			t.Errorf("before the first paint dark was %v", got)
		}
		if got := get[bool](p, dark); got == where.dark {
			t.Errorf("after the reload dark is %v", got)
		}
		p.accessible()
	}
}
