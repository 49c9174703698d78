package views

import (
	"net/url"
	"time"

	"alleato/store"
)

// SearchView is what was looked for and what was found.
type SearchView struct {
	Query   string
	Results []store.Result
	Now     time.Time
	Zone    *time.Location
}

// url leads to the document, or to the chat, and to the message where it stands, on whatever branch.
func (v SearchView) url(p Page, r store.Result) string {
	if r.DocumentID != nil {
		return p.URL("documentShow", *r.DocumentID)
	}
	link := p.URL("chatShow", *r.ChatID)
	if r.MessageID == nil {
		return link
	}
	return link + "?message=" + url.QueryEscape(*r.MessageID) + "#m-" + *r.MessageID
}

// day is short: the time today, the date before.
func (v SearchView) day(r store.Result) string {
	zone := v.Zone
	if zone == nil {
		zone = time.UTC
	}
	at, now := r.CreatedAt.In(zone), v.Now.In(zone)
	switch {
	case at.Year() == now.Year() && at.YearDay() == now.YearDay():
		return at.Format("15:04")
	case at.Year() == now.Year():
		return at.Format("2 Jan")
	}
	return at.Format("2 Jan 2006")
}

// Undo is a deletion that can be taken back by a POST to Action.
type Undo struct {
	Title     string
	Action    string
	DeletedAt string // of all chats; "" for one
}
