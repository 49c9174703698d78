package views

import (
	"github.com/a-h/templ"

	"alleato/store"
)

// streamConfig is JSON: in htmx's own notation a comma ends the value.
const streamConfig = `{"sse":{"reconnectDelay":200,"reconnectMaxDelay":5000}}`

// streaming are the attributes that connect a running reply to its stream. An error answer's
// body must not be swapped into the message: static/js/stream.js connects again instead.
func streaming(p Page, m store.Message, v ChatView) templ.Attributes {
	if m.Status != store.StatusStreaming {
		return nil
	}
	attributes := templ.Attributes{"aria-busy": "true"}
	if stream := v.streamOf(m); stream != "" {
		attributes["hx-sse:connect"] = p.URL("streamShow", stream)
		attributes["hx-sse:close"] = "done"
		attributes["hx-trigger"] = "load, retry-stream"
		attributes["hx-config"] = streamConfig
		attributes["hx-status:4xx"] = "swap:none"
		attributes["hx-status:5xx"] = "swap:none"
	}
	return attributes
}

// again are the attributes of a form that has a reply written anew, or further, in its place.
func again(p Page, m store.Message, trigger string) templ.Attributes {
	url := p.URL("messageCreate", m.ChatID)
	return templ.Attributes{
		"method": "post", "action": url, "hx-post": url, "hx-target": "#m-" + m.ID,
		"hx-swap": "outerHTML", "hx-sync": "this:drop", "data-again": trigger,
	}
}

// cutShort: what is there can be gone on with.
func cutShort(m store.Message) bool {
	return m.Status == store.StatusInterrupted || m.Status == store.StatusStopped || m.AtLimit()
}

func hasText(m store.Message) bool { return store.PlainText(m.Parts) != "" }

func errorText(m store.Message, otherwise string) string {
	if m.Error == nil || m.Error.Message == "" {
		return otherwise
	}
	return m.Error.Message
}
