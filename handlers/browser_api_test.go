package handlers_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"alleato/ai/model/script"
)

func apiScenes() map[string]scene {
	return map[string]scene{
		"api keys/desktop": keyScene(desktop), "api keys/phone dark": keyScene(phoneDark),
		"api reference/desktop": docsScene(desktop), "api reference/phone dark": docsScene(phoneDark),
	}
}

// signedUp registers an account in the tab and opens a page.
func (p *tab) signedUp(path string) {
	p.t.Helper()
	p.open("/register")
	p.fill("Email", "ada@example.com")
	p.fill("Password", password)
	p.submit("Sign up")
	p.open(path)
}

// keyScene: a key is made, copied, used and deleted without the page being loaded anew.
func keyScene(where screen) scene {
	return func(t *testing.T, b *chromium) {
		s := playhouse(t, always(script.Say("A reply.")))
		p := b.visit(t, s, where, "/")
		p.expect("422")
		p.signedUp("/account/keys")
		p.accessible()
		before := p.documents()
		get[bool](p, find("#name")+".removeAttribute('required'), true")
		p.click(testid("key-create"))
		p.until(find("#name-error") + "?.textContent.includes('missing')")
		p.fill("Name", "Deploy script")
		p.click(testid("key-create"))
		p.until(shown(testid("key-secret")))
		secret := get[string](p, find(testid("key-secret"))+".value")
		p.click(testid("key-copy"))
		p.until(find(testid("key-copy")) + ".hasAttribute('data-done')")
		p.accessible()
		program := &person{site: s, http: http.DefaultClient, token: secret}
		if a := program.do("GET", "/api/v1/auth/me", nil, asJSON...); a.status != 200 || !strings.Contains(a.body, "ada@example.com") {
			t.Errorf("the key: %d %s", a.status, a.body)
		}
		p.click(testid("key-delete"))
		p.until(shown(testid("confirm-ok")))
		if got := p.text("#confirm-title"); got != "Delete this key?" {
			t.Errorf("the dialog asks %q", got)
		}
		p.click(testid("confirm-ok"))
		p.until("!" + find(testid("key-row")))
		if a := program.do("GET", "/api/v1/auth/me", nil, asJSON...); a.status != 401 {
			t.Errorf("the deleted key: %d", a.status)
		}
		if p.documents() != before {
			t.Error("the page was loaded anew")
		}
	}
}

// docsScene: the reference is read and tried: as whoever is signed in, with a key, and as a stream that
// shows itself as it comes.
func docsScene(where screen) scene {
	return func(t *testing.T, b *chromium) {
		s := playhouse(t, always(script.Say("A reply.")))
		p := b.visit(t, s, where, "/")
		p.expect("401")
		p.signedUp("/docs")
		p.until(find("#docs-key") + " && document.querySelectorAll('" + testid("docs-operation") + "').length > 30")
		p.accessible()
		p.tryIt("authMe", nil, "200", "ada@example.com")
		p.accessible()
		p.tryIt("messageCreate", map[string]string{"id": "a-chat"}, "200", `data: [DONE]`)
		p.tryIt("chatShow", map[string]string{"id": "a-chat", "tree": "1"}, "200", "A reply.")
		get[bool](p, find("#docs-key")+".value = 'alk_wrong', true")
		p.tryIt("authMe", nil, "401", `"hint"`)
		if wide := get[bool](p, "document.documentElement.scrollWidth > innerWidth"); wide {
			t.Error("the page is wider than the screen")
		}
	}
}

// tryIt opens an operation, fills its form and sends it.
func (p *tab) tryIt(name string, fields map[string]string, status, holds string) {
	p.t.Helper()
	operation := "#op-" + name
	get[bool](p, find(operation)+".open = true")
	for field, value := range fields {
		get[bool](p, fmt.Sprintf("%s.value = %q, true", find(operation+` [data-in][name="`+field+`"]`), value))
	}
	p.click(operation + " [data-try] .btn")
	p.until(fmt.Sprintf("%s.textContent.startsWith(%q)", find(operation+" [data-status]"), status))
	p.until(fmt.Sprintf("%s.textContent.includes(%q)", find(operation+" [data-answer]"), holds))
}
