package views

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/a-h/templ"

	"alleato/store"
)

// htmxConfig: Back reloads, as htmx would otherwise keep streams of the page that was left;
// an error's body is swapped only where the answer says so (static/js/errors.js). Settling copies
// the old element's attributes to the new one, style too, which the policy refuses.
const htmxConfig = `{"history":"reload","includeIndicatorCSS":false,"defaultSettleDelay":0,"extensions":"sse","noSwap":[204,304]}`

const demoHint = "This is the built-in demo model. Set OPENAI_API_KEY, or start Ollama, to talk to a real one."

func (p Page) fullTitle() string {
	if p.Title == "" {
		return "Alleato"
	}
	return p.Title + " · Alleato"
}

func (p Page) theme() string {
	if p.Theme == "light" || p.Theme == "dark" {
		return p.Theme
	}
	return "system"
}

func (p Page) sidebar() string {
	if p.SidebarOpen {
		return "open"
	}
	return "closed"
}

// pageLink makes a link swap the page beside the sidebar instead of loading everything again.
// It stands on each link: inherited, hx-select would reach the sidebar's own requests too.
func pageLink() templ.Attributes {
	return templ.Attributes{"hx-boost": "true", "hx-target": "#page", "hx-select": "#page", "hx-swap": "outerHTML show:none"}
}

// userName is what the sidebar calls the visitor.
func (p Page) userName() string {
	switch {
	case !p.SignedIn():
		return "Guest"
	case p.User.Name != "":
		return p.User.Name
	}
	return p.userEmail()
}

// userEmail is the visitor's address, or the word that stands for having none.
func (p Page) userEmail() string {
	if !p.SignedIn() || p.User.Email == nil {
		return "Guest"
	}
	return *p.User.Email
}

func (p Page) isAdmin() bool { return p.User != nil && p.User.Role == store.RoleAdmin }

// initials are the first letters of the first two words of the visitor's name.
func (p Page) initials() string {
	var letters []rune
	for _, word := range strings.Fields(p.userName()) {
		first, _ := utf8.DecodeRuneInString(word)
		letters = append(letters, unicode.ToUpper(first))
	}
	return string(letters[:min(len(letters), 2)])
}

// current marks the link of the page that is shown.
func current(yes bool) templ.Attributes {
	if !yes {
		return nil
	}
	return templ.Attributes{"aria-current": "page"}
}
