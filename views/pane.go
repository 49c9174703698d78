package views

import (
	"github.com/a-h/templ"

	"alleato/store"
)

// live tells the page's script which reply to read the text from as it is written.
func (v DocumentView) live() templ.Attributes {
	if v.StreamID == "" {
		return nil
	}
	return templ.Attributes{"data-stream-id": v.StreamID}
}

// mayStop: one's own document, and the chat whose reply writes it is known.
func (v DocumentView) mayStop() bool { return !v.ReadOnly && v.Document.ChatID != nil }

// askAgain leads to the version shown, in the place where it is shown.
func (v DocumentView) askAgain(p Page) string {
	url := p.URL("documentShow", v.Document.ID) + "?version=" + version(v.Document.Version)
	if v.Pane {
		url += "&pane=1"
	}
	return url
}

// closePane leads to the document's chat without the document beside it.
func closePane(p Page, d *store.Document) string {
	if d == nil || d.ChatID == nil {
		return p.URL("documentList")
	}
	return p.URL("chatShow", *d.ChatID)
}

// newest is the document as the first of its versions has it, nil when there is none.
func (v VersionsView) newest() *store.Document {
	if len(v.Versions) == 0 {
		return nil
	}
	return &v.Versions[0]
}

// poll asks for a document again that is being written by a reply which its reader may not read.
func (v DocumentView) poll(p Page) templ.Attributes {
	if v.StreamID != "" {
		return nil
	}
	return templ.Attributes{"hx-get": v.askAgain(p), "hx-trigger": "every 3s", "hx-target": "#artifact", "hx-swap": "outerMorph"}
}
