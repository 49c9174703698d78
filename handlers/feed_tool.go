package handlers

import (
	"bytes"
	"strconv"

	"github.com/a-h/templ"
	"github.com/tidwall/gjson"

	"alleato/store"
	"alleato/views"
)

// applyOther takes in the chunks that are no prose: tool calls, documents, and further model calls. It
// counts the parts as the message has them, for their places are their ids.
func (f *feed) applyOther(kind string, entry []byte, frame *bytes.Buffer) (event []byte) {
	chunk := gjson.GetManyBytes(entry, "toolCallId", "toolName", "errorText")
	switch kind {
	case "start-step":
		f.next++
	case "tool-input-start":
		part := store.Part{Type: "tool-" + chunk[1].String(), ToolCallID: chunk[0].String(), State: "input-streaming"}
		return f.appendPart(&feedPart{index: f.next, kind: "tool", done: &part})
	case "tool-output-available", "tool-output-error":
		p := f.call(chunk[0].String())
		if p == nil {
			return nil
		}
		// a copy: the part may be being rendered for a viewer that has just come
		part := *p.done
		part.State, part.ErrorText = "output-available", chunk[2].String()
		if kind == "tool-output-error" {
			part.State = "output-error"
		} else {
			part.Output = []byte(gjson.GetBytes(entry, "output").Raw)
		}
		p.done = &part
		write(frame, views.FramePartDone(f.messageID, p.index, f.done(p)))
	case "data-document":
		part := store.Part{Type: kind, Data: []byte(gjson.GetBytes(entry, "data").Raw)}
		return f.appendPart(&feedPart{index: f.next, kind: kind, done: &part})
	}
	return nil
}

// appendPart adds a part that is shown whole from its start.
func (f *feed) appendPart(p *feedPart) []byte {
	f.parts, f.next = append(f.parts, p), f.next+1
	var frame bytes.Buffer
	write(&frame, views.FrameAppend(f.messageID, f.done(p)))
	return frameEvent("", frame.String())
}

func (f *feed) call(id string) *feedPart {
	for _, p := range f.parts {
		if p.done != nil && p.done.ToolCallID == id && id != "" {
			return p
		}
	}
	return nil
}

// done is a finished part as it is shown.
func (f *feed) done(p *feedPart) templ.Component {
	if id := gjson.GetBytes(p.done.Data, "id").String(); p.kind == "data-document" && store.ValidID(id) {
		return views.DocumentCard(f.messageID, p.index, *p.done, f.link("documentShow", id))
	}
	return views.PartDone(f.messageID, p.index, *p.done, p.html)
}

// afterProse keeps the count of parts behind a part of prose, whose id says its place.
func (f *feed) afterProse(id string) (index int) {
	index, _ = strconv.Atoi(id)
	f.next = max(f.next, index+1)
	return index
}
