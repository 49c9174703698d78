package ai

import (
	"bytes"
	"encoding/json"
	"fmt"
	"time"

	"alleato/store"
)

// draft is the reply so far: its parts as text, and the same parts as JSON kept ready, so that a
// checkpoint of a long reply copies bytes instead of encoding everything again.
type draft struct {
	now    func() time.Time
	sealed []byte // JSON of the finished parts, without the closing bracket
	parts  []store.Part
	// settled is how many parts are in sealed: a tool call before its end may change, and holds up
	// those after it.
	settled int
	open    *openPart
}

type openPart struct {
	kind    string
	id      string
	quoted  []byte // JSON of the text so far, without the closing quote
	started time.Time
}

func newDraft(now func() time.Time) *draft {
	return &draft{now: now, sealed: []byte(`[{"type":"step-start"}`), settled: 1, parts: []store.Part{{Type: "step-start"}}}
}

// add appends a delta to the part of its kind and returns the chunks that say so.
func (d *draft) add(kind, delta string) [][]byte {
	var chunks [][]byte
	if d.open != nil && d.open.kind != kind {
		chunks = append(chunks, d.seal())
	}
	if d.open == nil {
		d.open = &openPart{kind: kind, id: partID(len(d.parts)), quoted: []byte{'"'}, started: d.now()}
		chunks = append(chunks, partStartChunk(kind, d.open.id))
	}
	quoted := appendQuoted(nil, delta)
	d.open.quoted = append(d.open.quoted, quoted[1:len(quoted)-1]...)
	return append(chunks, partDeltaChunk(kind, d.open.id, quoted))
}

// resume begins with the parts of a reply that goes on, and returns the chunks that say them. A text
// at their end stays open, so that what comes is part of the same text.
func (d *draft) resume(parts []store.Part) (chunks [][]byte) {
	for i, p := range parts {
		if p.Type != "text" && p.Type != "reasoning" {
			if i > 0 || p.Type != "step-start" { // which the draft has
				chunks = append(chunks, d.keep(p)...)
			}
			continue
		}
		chunks = append(chunks, d.add(p.Type, p.Text)...)
		if p.Type == "reasoning" {
			chunks = append(chunks, d.sealAs(p.ProviderMetadata))
		}
	}
	return chunks
}

// seal ends the open part and returns the chunk that says so.
func (d *draft) seal() []byte { return d.sealAs(thoughtFor(d.open, d.now())) }

func (d *draft) sealAs(metadata json.RawMessage) []byte {
	o := d.open
	d.open = nil
	d.parts = append(d.parts, store.Part{Type: o.kind, Text: o.text(), State: "done", ProviderMetadata: metadata})
	if d.settled == len(d.parts)-1 {
		d.sealed = appendPart(append(d.sealed, ','), o.kind, o.quoted, "done", metadata)
		d.settled++
	}
	return partEndChunk(o.kind, o.id, metadata)
}

// thoughtFor keeps how long the model reasoned, in whole seconds, where the protocol allows it.
func thoughtFor(o *openPart, now time.Time) json.RawMessage {
	if o.kind != "reasoning" {
		return nil
	}
	seconds := int(now.Sub(o.started).Round(time.Second) / time.Second)
	return fmt.Appendf(nil, `{"alleato":{"seconds":%d}}`, max(seconds, 0))
}

// text is read back from its JSON: kept beside it, it would double what a running reply takes.
func (o *openPart) text() (text string) {
	_ = json.Unmarshal(append(bytes.Clone(o.quoted), '"'), &text) // our own encoding
	return text
}

func appendPart(b []byte, kind string, quoted []byte, state string, metadata json.RawMessage) []byte {
	b = append(append(append(b, `{"type":"`...), kind...), `","text":`...)
	b = append(append(b, quoted...), `","state":"`...)
	b = append(append(b, state...), '"')
	if len(metadata) > 0 {
		b = append(append(b, `,"providerMetadata":`...), metadata...)
	}
	return append(b, '}')
}

// json is the parts so far as the messages table keeps them.
func (d *draft) json() []byte {
	if d.open == nil {
		return append(d.unsettled(bytes.Clone(d.sealed)), ']')
	}
	b := make([]byte, 0, len(d.sealed)+len(d.open.quoted)+64) // once, and big enough for all but tool calls
	b = append(d.unsettled(append(b, d.sealed...)), ',')
	return append(appendPart(b, d.open.kind, d.open.quoted, "done", nil), ']')
}

// text is what search indexes and what an empty reply is recognised by.
func (d *draft) text() string { return store.PlainText(d.parts) }
