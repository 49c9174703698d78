package handlers_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"alleato/ai/model/script"
	"alleato/store"
)

func webhookScenes() map[string]scene {
	return map[string]scene{
		"webhooks/desktop": webhookScene(desktop), "webhooks/phone dark": webhookScene(phoneDark), "webhooks/without scripts": webhookPlain,
		"administration/desktop dark": adminScene(desktopDark), "administration/phone": adminScene(phone),
	}
}

// webhookScene: a webhook is made, tried with a receiver that listens, sent again, switched off and on, changed and deleted.
func webhookScene(where screen) scene {
	return func(t *testing.T, b *chromium) {
		s := playhouse(t, always(script.Say("A reply.")), hooked)
		r := listen(t, func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "heard, thanks") })
		p := b.visit(t, s, where, "/")
		p.expect("422")
		p.signedUp("/")
		if where.phone {
			p.click("header " + testid("sidebar-toggle-button"))
		}
		p.click(testid("user-nav-button"))
		p.click(testid("user-nav-item-webhooks"))
		p.until(shown(testid("webhook-form")))
		p.accessible()
		before := p.documents()
		p.fill("Address", "https://127.1.1.1.invalid/hook")
		p.click(testid("webhook-create"))
		p.until(find("#url-error") + "?.textContent.includes('No webhook can go')")
		p.accessible()
		p.fill("Address", r.URL+"/hooks/alleato")
		p.fill("Description", "The build server")
		p.click(testid("webhook-create"))
		p.until(shown(testid("webhook-secret")))
		secret := get[string](p, find(testid("webhook-secret"))+".value")
		p.click(testid("webhook-copy"))
		p.until(find(testid("webhook-copy")) + ".hasAttribute('data-done')")
		p.accessible()
		if p.documents() != before {
			t.Error("the page was loaded anew")
		}
		p.click(testid("webhook-row") + " a")
		p.until(shown(testid("webhook-test")))
		p.accessible()
		p.click(testid("webhook-test"))
		p.until(fmt.Sprintf("document.querySelector(%q)?.textContent.includes('heard, thanks')", testid("delivery-answer")))
		p.until(shown(testid("delivery-answer"))) // it stands open
		p.accessible()
		if all := r.heard(); len(all) != 1 || !all[0].verified(secret) {
			t.Errorf("heard %+v", all)
		}
		p.click(testid("delivery-repeat"))
		p.until(fmt.Sprintf("document.querySelectorAll(%q).length === 2", testid("delivery")))
		p.click(testid("webhook-switch"))
		p.until(find(testid("webhook-state")) + ".textContent === 'Off' && !" + find(testid("webhook-test")))
		p.click(testid("webhook-switch"))
		p.until(find(testid("webhook-state")) + ".textContent === 'On'")
		p.click(testid("webhook-rotate"))
		p.until(fmt.Sprintf("document.querySelector(%q)?.value.startsWith('whsec_')", testid("webhook-secret")))
		p.accessible()
		p.fill("Description", "Another one")
		p.click(testid("webhook-save"))
		p.until(`document.querySelector('#webhook [role="status"]')?.textContent.includes('The webhook is saved.')`)
		if wide := get[bool](p, "document.documentElement.scrollWidth > innerWidth"); wide {
			t.Error("the page is wider than the screen")
		}
		p.click(testid("webhook-delete"))
		p.until(shown(testid("confirm-ok")))
		p.click(testid("confirm-ok"))
		p.until(shown(testid("webhook-form")) + " && !" + find(testid("webhook-row")))
		p.accessible()
	}
}

// webhookPlain: the same with forms alone.
func webhookPlain(t *testing.T, b *chromium) {
	s := playhouse(t, always(script.Say("A reply.")), hooked)
	r := listen(t, func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "heard, thanks") })
	p := b.visit(t, s, desktop, "")
	must(p.scripts(false))
	p.signedUp("/account/webhooks")
	p.fill("Address", r.URL)
	p.submit("Make webhook")
	p.until(shown(testid("webhook-secret")))
	p.submit("Open")
	p.submit("Send a test")
	p.until(shown(testid("delivery-answer")))
	p.accessible()
	p.submit("Switch off")
	if got := p.text(testid("webhook-state")); got != "Off" {
		t.Errorf("it is %s", got)
	}
	p.submit("Delete")
	p.until(shown(testid("webhook-form")) + " && !" + find(testid("webhook-row")))
}

// adminScene: the figures of a server in use, and its users: found, made an administrator, disabled.
func adminScene(where screen) scene {
	return func(t *testing.T, b *chromium) {
		s := playhouse(t, always(script.Say("A reply.")))
		ada, user := s.member("ada@example.com")
		ada.do("POST", "/api/v1/chats/a-chat/messages", send("Hello"), asEvents...)
		key, _ := ada.key("write")
		key.do("POST", "/v1/chat/completions", map[string]any{"messages": []any{map[string]any{"role": "user", "content": "Hi"}}}, asJSON...)
		for i := range 12 {
			use := store.CompletionUse{UserID: user.ID, KeyName: "nightly", Model: "smart", InputTokens: 1200 * i, OutputTokens: 900}
			if err := s.store.CountUse(t.Context(), use); err != nil {
				t.Fatal(err)
			}
		}
		s.account("root@example.com", store.RoleAdmin)
		p := b.visit(t, s, where, "/login")
		p.fill("Email", "root@example.com")
		p.fill("Password", password)
		p.submit("Sign in")
		if where.phone {
			p.click("header " + testid("sidebar-toggle-button"))
		}
		p.click(testid("user-nav-button"))
		p.accessible()
		p.click(testid("user-nav-item-admin"))
		p.until(find(testid("programs")) + "?.textContent.includes('nightly')")
		p.accessible()
		if got := get[string](p, find(testid("figures"))+".textContent"); !strings.Contains(got, "Accounts2") || !strings.Contains(got, "Chats1") {
			t.Errorf("the figures: %s", got)
		}
		p.open("/admin/users")
		p.accessible()
		p.write(testid("users-search"), "ada")
		p.submit("Search")
		p.until(fmt.Sprintf("document.querySelectorAll(%q).length === 1", testid("user-row")))
		p.click(testid("user-role"))
		p.until(find(testid("user-row")) + ".dataset.role === 'admin'")
		p.click(testid("user-disabled"))
		p.until(find(testid("user-row")) + ".dataset.disabled === 'true'")
		p.accessible()
		if u, err := s.store.User(t.Context(), user.ID); err != nil || u.DisabledAt == nil || u.Role != store.RoleAdmin {
			t.Errorf("%+v %v", u, err)
		}
		if wide := get[bool](p, "document.documentElement.scrollWidth > innerWidth"); wide {
			t.Error("the page is wider than the screen")
		}
	}
}
