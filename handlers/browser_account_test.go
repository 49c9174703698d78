package handlers_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"alleato/ai/model/script"
)

func accountScenes() map[string]scene {
	return map[string]scene{
		"account/desktop": account(desktop), "account/phone dark": account(phoneDark),
		"without scripts/desktop": withoutScripts(desktop), "without scripts/phone": withoutScripts(phone),
		"error pages": errorPages,
	}
}

const (
	password = "correct horse battery"
	chatLink = `[data-testid="sidebar-chat"] a[href^="/chats/"]`
)

// labelled is the expression of the input that a label of this text names.
func labelled(label string) string {
	return fmt.Sprintf(`[...document.querySelectorAll('label')].find((l) => l.textContent.trim() === %q)?.control`, label)
}

// fill types into the labelled field, in place of what is there.
func (p *tab) fill(label, text string) {
	p.t.Helper()
	id := get[string](p, labelled(label)+"?.id ?? ''")
	if id == "" {
		p.t.Fatalf("no field is labelled %q\n%s", label, p.describe())
	}
	get[bool](p, find("#"+id)+".value = '', true")
	p.write("#"+id, text)
}

// submit presses the button of this name and waits for the page that comes of it.
func (p *tab) submit(button string) {
	p.t.Helper()
	before := p.documents()
	get[bool](p, fmt.Sprintf(`[...document.querySelectorAll('main button, main a')].find((b) => b.textContent.trim() === %q).setAttribute('data-press', ''), true`, button))
	p.click("[data-press]")
	p.loaded(before)
}

// loaded waits for a page after the given number of them.
func (p *tab) loaded(before int) {
	p.t.Helper()
	eventually(p.t, "the page is replaced", func() bool { return p.documents() > before })
	p.until("document.readyState === 'complete'")
}

// account: a guest who registers keeps the chats, signs out, mistypes the password, signs in again.
func account(where screen) scene {
	return func(t *testing.T, b *chromium) {
		s := playhouse(t, always(script.Say("A reply.")))
		p := b.visit(t, s, where, "/")
		p.expect("422") // Chromium tells the console of every refusal
		p.ask("A guest's question")
		p.finished("complete")
		path := get[string](p, "location.pathname")

		p.open("/register")
		if got := get[string](p, labelled("Email")+".placeholder"); got != "user@acme.com" {
			t.Errorf("the placeholder is %q", got)
		}
		p.accessible()
		p.fill("Email", "ada@example.com")
		p.fill("Password", password)
		p.submit("Sign up")
		if got := p.text(testid("user-email")); got != "ada@example.com" {
			t.Errorf("the sidebar greets %q", got)
		}
		p.until(find(`a[href="` + path + `"]`))
		p.open(path)
		p.until(find(replyBody))

		if where.phone {
			p.click("header " + testid("sidebar-toggle-button"))
		}
		p.click(testid("user-nav-button"))
		p.until(shown(testid("user-nav-menu")))
		p.accessible()
		before := p.documents()
		p.click(testid("user-nav-item-auth"))
		p.loaded(before)
		if got := p.text(testid("user-email")); got != "Guest" {
			t.Errorf("after signing out the sidebar greets %q", got)
		}
		if get[bool](p, "Boolean("+find(`a[href="`+path+`"]`)+")") {
			t.Error("the chat is still listed")
		}

		p.open("/login")
		p.accessible()
		p.fill("Email", "ada@example.com")
		p.fill("Password", "not the password")
		p.submit("Sign in")
		if got := get[string](p, labelled("Email")+".value"); got != "ada@example.com" {
			t.Errorf("the form came back with %q", got)
		}
		p.until(shown(`[role="alert"]`))
		p.accessible()
		p.fill("Password", password)
		p.submit("Sign in")
		if got := p.text(testid("user-email")); got != "ada@example.com" {
			t.Errorf("the sidebar greets %q", got)
		}
		p.until(find(`a[href="` + path + `"]`))
		p.accessible()
	}
}

// withoutScripts: the whole way with JavaScript switched off.
func withoutScripts(where screen) scene {
	return func(t *testing.T, b *chromium) {
		more := newGate()
		s := playhouse(t, titled("Plain forms", func(r script.Request) script.Reply {
			if r.Last("user") == "Stop this" {
				return script.Reply{Chunks: script.Words("So far", 0), Stall: true}
			}
			return staged(stage{nil, script.Words("The **first** half", 0)}, stage{more, script.Words(" and the second.", 0)})
		}))
		release(t, more)
		p := b.visit(t, s, where, "")
		must(p.scripts(false))
		p.open("/register")
		if get[bool](p, "'htmx' in window") {
			t.Fatal("scripts run")
		}
		p.fill("Email", "bob@example.com")
		p.fill("Password", password)
		p.submit("Sign up")
		p.accessible()

		before := p.documents()
		p.write(composer, "Hello there")
		p.click(sendIt)
		p.loaded(before)
		p.until(find(replyBody+" strong") + "?.textContent === 'first'") // the page refreshes itself
		p.until(shown(stopIt))
		more.open()
		p.finished("complete")
		if got := strings.TrimSpace(p.text(replyBody)); got != "The first half and the second." {
			t.Errorf("the reply reads %q", got)
		}
		p.accessible()
		before = p.documents()
		time.Sleep(2500 * time.Millisecond)
		if p.documents() != before {
			t.Error("the page goes on refreshing itself after the reply's end")
		}

		p.write(composer, "Stop this")
		p.click(sendIt)
		p.loaded(before)
		p.until(find(replyBody) + "?.textContent.includes('So far')")
		before = p.documents()
		p.click(stopIt)
		p.loaded(before)
		p.finished("stopped")

		path := get[string](p, "location.pathname")
		p.openSidebar()
		before = p.documents()
		p.click(testid("sidebar-chat") + " summary")
		p.click(testid("sidebar-chat") + " " + testid("chat-delete"))
		p.loaded(before)
		if get[string](p, "location.pathname") != "/" || get[bool](p, "Boolean("+find(`a[href="`+path+`"]`)+")") {
			t.Error("the chat was not deleted")
		}

		p.openSidebar()
		before = p.documents()
		p.click(testid("user-nav-button"))
		p.click(testid("user-nav-item-auth"))
		p.loaded(before)
		p.open("/login")
		p.fill("Email", "bob@example.com")
		p.fill("Password", password)
		p.submit("Sign in")
		if got := p.text(testid("user-email")); got != "bob@example.com" {
			t.Errorf("the sidebar greets %q", got)
		}
		p.narrow()
	}
}

// openSidebar opens the drawer of a phone whose scripts are off: a link does it.
func (p *tab) openSidebar() {
	p.t.Helper()
	if !p.screen.phone {
		return
	}
	p.click(`header a[href="#sidebar"]`)
	p.until("location.hash === '#sidebar'")
	p.until(fmt.Sprintf("%s.getBoundingClientRect().left === 0", find("#sidebar")))
}

// errorPages: what is not there is said on a page of ours.
func errorPages(t *testing.T, b *chromium) {
	s := playhouse(t, always(script.Say("A reply.")))
	for _, where := range []screen{desktop, phoneDark} {
		p := b.visit(t, s, where, "/nothing-here")
		p.expect("404")
		p.until(shown(testid("error-page") + " h1"))
		p.accessible()
		p.open("/chats/00000000-0000-7000-8000-000000000000")
		p.until(shown(testid("error-page") + " h1"))
		p.accessible()
	}
}
