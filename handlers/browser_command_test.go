package handlers_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

func commandScenes() map[string]scene {
	scenes := map[string]scene{"query/foreign": foreignQuery}
	for name, where := range map[string]screen{"desktop": desktop, "phone": phoneDark} {
		scenes["slash "+name] = func(t *testing.T, b *chromium) { slashCommands(t, b, where) }
		scenes["help "+name] = func(t *testing.T, b *chromium) { shortcutList(t, b, where) }
		scenes["query/own "+name] = func(t *testing.T, b *chromium) { ownQuery(t, b, where) }
	}
	return scenes
}

const (
	commands = `[...document.querySelectorAll('#slash-menu [role="option"]')].filter((e) => e.checkVisibility()).map((e) => e.dataset.command)`
	chosen   = `document.getElementById(document.activeElement.getAttribute('aria-activedescendant'))?.dataset.command`
)

// slashCommands: the list opens with /, is walked and narrowed; each command does what it says, and what
// is none is sent.
func slashCommands(t *testing.T, b *chromium, where screen) {
	s := playhouse(t, titled("Talk", echoing))
	p := b.visit(t, s, where, "/")
	p.write(composer, "/")
	p.until(shown(testid("slash-menu")))
	if got := strings.Join(get[[]string](p, commands), " "); got != "new document code sheet page model theme" { // nothing to delete yet
		t.Errorf("offered: %s", got)
	}
	p.until(chosen + " === 'new'")
	p.press(kb.ArrowUp)
	p.until(chosen + " === 'theme'")
	p.press(kb.ArrowDown + kb.ArrowDown)
	p.until(chosen + " === 'document'")
	p.accessible()
	p.press("th")
	p.until(chosen + " === 'theme'")
	dark := get[bool](p, "document.documentElement.classList.contains('dark')")
	p.enter(0)
	p.until(fmt.Sprintf("document.documentElement.classList.contains('dark') !== %v && %s === '' && !%s", dark, fieldValue, shown(testid("slash-menu"))))

	p.press("/mo")
	p.until(shown(testid("slash-model")))
	p.click(testid("slash-model"))
	p.until(find(testid("model-selector")) + ".contains(document.activeElement) || " + find(testid("model-selector")) + ".matches('[aria-expanded=\"true\"], :open, :focus')")
	p.press(kb.Escape)

	p.write(composer, "/etc/passwd is a file")
	p.until("!" + shown(testid("slash-menu")))
	p.click(sendIt)
	p.finished("complete")
	if got := p.text(replyBody); !strings.Contains(got, "You said /etc/passwd is a file") {
		t.Errorf("the model got %q", got)
	}
	p.write(composer, "/theme")
	p.until(shown(testid("slash-menu")))
	p.press(kb.Escape)
	p.until("!" + shown(testid("slash-menu")))
	p.click(sendIt) // the list was sent away: it is a text
	p.until(find(replyBody) + "?.textContent.includes('You said /theme')")
	p.finished("complete")

	p.write(composer, "/sh")
	p.until(chosen + " === 'sheet'")
	p.press(kb.Tab) // it waits for what the sheet is to be about
	p.until(fieldValue + " === '/sheet ' && !" + shown(testid("slash-menu")))
	p.click(sendIt) // without that there is nothing to send
	p.press("of rivers")
	p.click(sendIt)
	p.until(find(lastReply + ` .document-tool[data-kind="sheet"]`))
	p.finished("complete")
	p.until(find("#pane #artifact:not([data-writing])")) // beside which the composer has another place

	p.write(composer, "/delete")
	if where.phone {
		p.click(sendIt) // where Enter breaks the line
	} else {
		p.enter(0)
	}
	p.until(find("#confirm") + ".open")
	p.accessible()
	p.press(kb.Escape)
	p.until("!" + find("#confirm") + ".open && document.activeElement.closest('#composer')")
	p.write(composer, "/n")
	p.press(kb.Tab)
	p.until("location.pathname === '/' && " + shown(testid("suggested-actions")))
	if !where.phone {
		p.click(testid("sidebar-chat") + " a")
		p.until("location.pathname.startsWith('/chats/') && " + find(replyBody))
		p.write(composer, "/de")
		p.enter(0)
		p.until(find("#confirm") + ".open")
		p.click(testid("confirm-ok"))
		p.until("location.pathname === '/' && " + rows + ".length === 0 && " + shown(testid("toast-undo")))
	}
}

// shortcutList: on ? outside of fields, on Ctrl+/ inside, and from the user's menu.
func shortcutList(t *testing.T, b *chromium, where screen) {
	p := b.visit(t, playhouse(t, titled("Talk", echoing)), where, "/")
	open := "document.activeElement.closest('#help[open]')"
	p.write(composer, "why?")
	if get[bool](p, "Boolean("+open+")") || get[string](p, fieldValue) != "why?" {
		t.Error("a question mark in the field opens the list")
	}
	p.press("/", chromedp.ModifierCtrl)
	p.until(open)
	p.accessible()
	p.press(kb.Escape)
	p.until("!" + find("#help") + ".open && document.activeElement.id === 'composer-text'")
	get[bool](p, "document.activeElement.blur(), true")
	p.press("?")
	p.until(open)
	p.click(`#help [aria-label="Close"]`)
	p.until("!" + find("#help") + ".open")
	if where.phone {
		p.click(testid("sidebar-toggle-button"))
	}
	p.click(testid("user-nav-button"))
	p.click(testid("user-nav-item-shortcuts"))
	p.until(open)
	p.accessible()
}

// ownQuery: an address that is entered starts a chat, once.
func ownQuery(t *testing.T, b *chromium, where screen) {
	s := playhouse(t, titled("Talk", echoing))
	p := b.visit(t, s, where, "/?query=What%20is+a%20map%3F")
	p.until("location.pathname.startsWith('/chats/') && location.search === ''")
	p.finished("complete")
	if got := p.text(replyBody); !strings.Contains(got, "You said What is a map?") {
		t.Errorf("the model got %q", got)
	}
	p.accessible()
	p.reload()
	p.finished("complete")
	p.open("/")
	p.until(shown(testid("suggested-actions")))
	time.Sleep(300 * time.Millisecond)
	if n := len(s.model.Requests()); n != 2 || get[string](p, fieldValue) != "" { // with the one for the title
		t.Errorf("%d requests to the model afterwards, %q in the field", n, get[string](p, fieldValue))
	}

	q := b.visit(t, s, where, "")
	must(q.scripts(false))
	q.open("/?query=Plain+words")
	if got := get[string](q, fieldValue); got != "Plain words" {
		t.Errorf("without scripts the field holds %q", got)
	}
	q.accessible()
	before := q.documents()
	q.click(sendIt)
	q.loaded(before)
	q.finished("complete")
}

// foreignQuery: a page elsewhere, or a model's link, fills the field and no more.
func foreignQuery(t *testing.T, b *chromium) {
	s := playhouse(t, titled("Talk", echoing))
	elsewhere := playhouse(t, titled("Talk", echoing))
	p := b.visitAt(t, elsewhere.url, desktop, "/")
	p.expect("another host")
	p.until(find("#composer-text"))
	p.origin = s.url
	get[bool](p, fmt.Sprintf("location.assign(%q), true", strings.Replace(s.url, "127.0.0.1", "localhost", 1)+"/?query=Buy+it"))
	p.until("location.hostname === 'localhost' && " + fieldValue + " === 'Buy it' && location.search === ''")
	p.reload()
	p.until(fieldValue + " === 'Buy it'")
	q := b.visit(t, s, desktop, "/")
	get[bool](q, `(() => {
		const link = Object.assign(document.createElement('a'), {href: '/?query=From+a+model', rel: 'nofollow noreferrer'})
		document.body.append(link)
		link.click()
		return true
	})()`)
	q.until(fieldValue + " === 'From a model'")
	time.Sleep(500 * time.Millisecond)
	if n := len(s.model.Requests()); n != 0 {
		t.Errorf("%d messages were sent", n)
	}
}
