package handlers

import (
	"net/http"
	"reflect"

	"alleato/store"
)

// hookTexts are the events that webhooks are told of, for the document.
var hookTexts = map[string]struct{ summary, text string }{
	store.EventReplyFinished: {"A reply has ended", "However it has: `status` is complete, stopped, failed or interrupted. What it says is read with GET /chats/{id}."},
	store.EventDocumentChanged: {"A document has a new version", "By a person or the assistant. Of autosaves the last is told of, when the document has been left alone for a minute, " +
		"or ten minutes after the first; a version that is saved meanwhile takes their place. What is in it is read with GET /documents/{id}."},
	store.EventTest: {"A test", "Sent by POST /account/webhooks/{id}/test, and never tried again."},
}

const hookText = "A POST, signed as Standard Webhooks has it: HMAC-SHA256 with the webhook's secret over `webhook-id.webhook-timestamp.body`. " +
	"After a new secret was made, the old one signs as well for a day. What is not answered with a 2xx within 10 seconds is sent again, under the same webhook-id, " +
	"for about a day, each time later; redirects are not followed."

// hookData is what an event of a webhook holds.
func hookData(event string) reflect.Type {
	switch event {
	case store.EventReplyFinished:
		return reflect.TypeFor[store.ReplyFinished]()
	case store.EventDocumentChanged:
		return reflect.TypeFor[store.DocumentChanged]()
	}
	return reflect.TypeFor[store.Tested]()
}

// webhooks describes what is sent to webhooks.
func (a *api) webhooks() schema {
	all := schema{}
	for event, texts := range hookTexts {
		data := a.schemas.of(hookData(event), false)
		body := schema{"type": "object", "required": []string{"type", "timestamp", "data"}, "properties": schema{
			"type":      schema{"type": "string", "const": event, "description": "The event."},
			"timestamp": schema{"type": "string", "format": "date-time", "description": "When it happened."},
			"data":      data,
		}}
		example := schema{"type": event, "timestamp": "2026-11-22T12:00:00Z", "data": a.schemas.example(data, "")}
		var headers []schema
		for _, h := range [][2]string{{"webhook-id", "Of the message; the same when it is sent again."}, {"webhook-timestamp", "When it was sent, in seconds since 1970."},
			{"webhook-signature", "`v1,` and the signature in base64; several with a space between."}} {
			headers = append(headers, schema{"name": h[0], "in": "header", "required": true, "description": h[1], "schema": schema{"type": "string"}})
		}
		all[event] = schema{"post": schema{"operationId": event, "summary": texts.summary, "description": texts.text + "\n\n" + hookText, "tags": []string{"Account"},
			"security": []schema{}, "parameters": headers, "requestBody": schema{"required": true, "content": schema{"application/json": schema{"schema": body, "example": example}}},
			"responses": schema{"2XX": schema{"description": "It is taken."}, "410": schema{"description": "The webhook is switched off."},
				"default": schema{"description": http.StatusText(http.StatusInternalServerError) + " or anything else: it is sent again later."}}}}
	}
	return all
}
