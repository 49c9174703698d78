package views

import (
	"strconv"

	"github.com/a-h/templ"

	"alleato/store"
)

// voting are the attributes of the form that gives a vote, or takes it back when it was given. The
// buttons are morphed, so that the one that was pressed keeps the focus.
func voting(p Page, m store.Message, given bool) templ.Attributes {
	method, name := "hx-put", "voteSet"
	if given {
		method, name = "hx-delete", "voteDelete"
	}
	url := p.URL(name, m.ChatID, m.ID)
	return templ.Attributes{"method": "post", "action": url, method: url, "hx-target": "#m-" + m.ID + "-votes",
		"hx-swap": "outerMorph", "hx-sync": "this:drop"}
}

func pressed(yes bool) string { return strconv.FormatBool(yes) }
