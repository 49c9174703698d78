package views

import (
	"bytes"
	"encoding/json"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"alleato/store"
)

// WebhooksView is the page of one's webhooks: those there are, and the form that makes one.
type WebhooksView struct {
	Webhooks []store.Webhook
	Events   []string       // to choose from
	Made     *store.Webhook // the one just made, nil when none
	Typed    store.Webhook  // what was typed, of a form shown again
	Again    bool
	Form     Form
}

// typed is what the form begins with: every event, until somebody has chosen.
func (v WebhooksView) typed() store.Webhook {
	if v.Again {
		return v.Typed
	}
	return store.Webhook{Events: v.Events}
}

// WebhookView is the page of one webhook and its log.
type WebhookView struct {
	Webhook  *store.Webhook
	Events   []string
	Secret   string // the new one; shown this once
	Saved    bool
	Form     Form
	Log      []store.Delivery
	Open     string // the delivery of the log that stands open
	MaxTries int
	Zone     *time.Location
}

func (v WebhookView) zone() *time.Location {
	if v.Zone == nil {
		return time.UTC
	}
	return v.Zone
}

// eventText says what an event is.
func eventText(event string) string {
	switch event {
	case store.EventReplyFinished:
		return "A reply has ended: complete, stopped, failed or interrupted."
	case store.EventDocumentChanged:
		return "A document has a new version, yours or the assistant's."
	}
	return "A test."
}

func eventList(events []string) string { return strings.Join(events, " · ") }

func listens(events []string, event string) bool { return slices.Contains(events, event) }

// deliveryState is a delivery's row in few words.
func deliveryState(d store.Delivery) string {
	switch {
	case d.Status == store.DeliveryDelivered:
		return "Delivered"
	case d.Status == store.DeliveryFailed:
		return "Failed"
	case d.Tries > 0:
		return "Trying again"
	}
	return "Waiting"
}

func (v WebhookView) tries(d store.Delivery) string {
	text := strconv.Itoa(d.Tries) + " of " + strconv.Itoa(v.MaxTries)
	if d.Event == store.EventTest {
		text = strconv.Itoa(d.Tries)
	}
	if d.NextTryAt != nil {
		text += ", the next " + clock(*d.NextTryAt, v.zone())
	}
	return text
}

func statusLine(d store.Delivery) string {
	if d.Code == nil {
		return ""
	}
	return strings.TrimSpace(strconv.Itoa(*d.Code) + " " + http.StatusText(*d.Code))
}

func millis(n *int) string {
	if n == nil {
		return ""
	}
	return strconv.Itoa(*n) + " ms"
}

// indented is a JSON body as people read it.
func indented(body string) string {
	var text bytes.Buffer
	if json.Indent(&text, []byte(body), "", "  ") != nil {
		return body
	}
	return text.String()
}
