package ai

import (
	"encoding/json"
	"slices"

	"alleato/store"
)

// The parts of a draft that are no prose: tool calls, data, and where a further model call begins. Each
// method returns the chunks that say the change.

// put adds a part after the open one, which ends.
func (d *draft) put(p store.Part, chunks ...[]byte) [][]byte {
	closing := d.close()
	d.parts = append(d.parts, p)
	d.settle()
	return append(closing, chunks...)
}

// close ends the open part, if there is one.
func (d *draft) close() [][]byte {
	if d.open == nil {
		return nil
	}
	return [][]byte{d.seal()}
}

// callStart shows a tool call whose arguments are still coming.
func (d *draft) callStart(id, name string) [][]byte {
	return d.put(store.Part{Type: "tool-" + name, ToolCallID: id, State: inputStreaming}, callStartChunk(id, name))
}

// callReady gives a call its whole arguments.
func (d *draft) callReady(id, name string, input json.RawMessage) [][]byte {
	var chunks [][]byte
	if !d.hasCall(id) {
		chunks = d.callStart(id, name)
	}
	if p := d.call(id); p != nil {
		p.State, p.Input = inputAvailable, input
	}
	return append(chunks, callInputChunk(id, name, input))
}

// callDone ends a call with its output, or with the text of its failure.
func (d *draft) callDone(id string, output json.RawMessage, failure string) [][]byte {
	p := d.call(id)
	if p == nil {
		return nil
	}
	if p.State, p.Output = outputAvailable, output; failure != "" {
		p.State, p.Output, p.ErrorText = outputError, nil, failure
	}
	if len(p.Input) == 0 {
		p.Input = json.RawMessage("{}")
	}
	defer d.settle()
	return [][]byte{callOutputChunk(p)}
}

// data adds a part of our own kind.
func (d *draft) data(kind string, value any) ([][]byte, error) {
	encoded, err := json.Marshal(value)
	if err != nil {
		return nil, err
	}
	return d.put(store.Part{Type: kind, Data: encoded}, dataChunk(kind, encoded)), nil
}

// nextStep begins a further model call.
func (d *draft) nextStep() [][]byte {
	return d.put(store.Part{Type: "step-start"}, finishStepChunk(), startStepChunk())
}

func (d *draft) hasCall(id string) bool { return d.call(id) != nil }

func (d *draft) call(id string) *store.Part {
	for i := range d.parts {
		if d.parts[i].ToolCallID == id {
			return &d.parts[i]
		}
	}
	return nil
}

// endCalls ends the calls that are under way, as the reply has ended.
func (d *draft) endCalls() (chunks [][]byte) {
	for i := range d.parts {
		p := &d.parts[i]
		switch p.State {
		case inputStreaming:
			chunks = append(chunks, callInputChunk(p.ToolCallID, toolOf(p), json.RawMessage("{}")))
			fallthrough
		case inputAvailable:
			chunks = append(chunks, d.callDone(p.ToolCallID, nil, "Stopped.")...)
		}
	}
	return chunks
}

// settle encodes the parts that will not change any more, up to the first that may.
func (d *draft) settle() {
	for d.settled < len(d.parts) {
		p := d.parts[d.settled]
		if p.State == inputStreaming || p.State == inputAvailable {
			return
		}
		d.sealed = append(append(d.sealed, ','), encode(p)...)
		d.settled++
	}
}

// unsettled are the parts after those, encoded as they are now.
func (d *draft) unsettled(b []byte) []byte {
	for _, p := range d.parts[d.settled:] {
		b = append(append(b, ','), encode(p)...)
	}
	return b
}

func encode(p store.Part) []byte {
	b, err := json.Marshal(p)
	if err != nil { // a part holds strings, and JSON that was made or checked here
		return []byte(`{"type":"step-start"}`)
	}
	return b
}

// keep puts a part that was saved before back, and returns the chunks that say it.
func (d *draft) keep(p store.Part) [][]byte {
	if p.State == inputStreaming || p.State == inputAvailable {
		p.State, p.ErrorText = outputError, "Stopped."
	}
	return d.put(p, partChunks(&p)...)
}

// partChunks are the chunks of a finished part that is no prose; nil for one that has none.
func partChunks(p *store.Part) [][]byte {
	switch {
	case p.Type == "step-start":
		return [][]byte{finishStepChunk(), startStepChunk()}
	case toolOf(p) != "":
		input := p.Input
		if len(input) == 0 {
			input = json.RawMessage("{}")
		}
		ended := *p
		if p.State == inputStreaming || p.State == inputAvailable { // its process died
			ended.State, ended.ErrorText = outputError, "Stopped."
		}
		return [][]byte{callStartChunk(p.ToolCallID, toolOf(p)), callInputChunk(p.ToolCallID, toolOf(p), input), callOutputChunk(&ended)}
	case slices.Contains(dataKinds, p.Type):
		return [][]byte{dataChunk(p.Type, p.Data)}
	}
	return nil
}
