package views

import (
	"net/url"
	"strings"

	"github.com/a-h/templ"
)

// authText is what differs between the sign-in, sign-up and set-up forms.
type authText struct {
	id, action, title, lead, button, hint string
	autocomplete                          string // of the password
	token                                 bool
}

// emailAutocomplete: "username" is what password managers file an existing account under.
func (t authText) emailAutocomplete() string {
	if t.autocomplete == "current-password" {
		return "username"
	}
	return "email"
}

// passwordRules are not put on sign-in: an old password may follow older rules.
func (t authText) passwordRules() templ.Attributes {
	if t.autocomplete == "current-password" {
		return nil
	}
	return templ.Attributes{"minlength": "8", "maxlength": "128"}
}

func invalid(field string, f Form) templ.Attributes {
	if f.Fields[field] == "" {
		return nil
	}
	return templ.Attributes{"aria-invalid": "true", "aria-describedby": field + "-error"}
}

func withNext(path, next string) string {
	if next == "" {
		return path
	}
	return path + "?next=" + url.QueryEscape(next)
}

func joinHint(message, hint string) string {
	return strings.TrimSpace(message + " " + hint)
}
