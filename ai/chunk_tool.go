package ai

import (
	"encoding/json"
	"strings"

	"alleato/store"
)

// The chunks of tool calls and of our own data.

// The states of a tool's part, as the protocol names them.
const (
	inputStreaming  = "input-streaming"
	inputAvailable  = "input-available"
	outputAvailable = "output-available"
	outputError     = "output-error"
)

// dataKinds are the data parts that are kept with a message.
var dataKinds = []string{"data-document"}

// toolOf is the name of the tool of a part, "" for one of another kind.
func toolOf(p *store.Part) string {
	name, _ := strings.CutPrefix(p.Type, "tool-")
	if name == p.Type {
		return ""
	}
	return name
}

func callStartChunk(id, name string) []byte {
	b := appendQuoted([]byte(`{"type":"tool-input-start","toolCallId":`), id)
	return append(appendQuoted(append(b, `,"toolName":`...), name), '}')
}

func callDeltaChunk(id, delta string) []byte {
	b := appendQuoted([]byte(`{"type":"tool-input-delta","toolCallId":`), id)
	return append(appendQuoted(append(b, `,"inputTextDelta":`...), delta), '}')
}

func callInputChunk(id, name string, input json.RawMessage) []byte {
	b := appendQuoted([]byte(`{"type":"tool-input-available","toolCallId":`), id)
	b = appendQuoted(append(b, `,"toolName":`...), name)
	return append(append(append(b, `,"input":`...), compact(input)...), '}')
}

// callOutputChunk says how a call ended.
func callOutputChunk(p *store.Part) []byte {
	if p.State == outputError {
		b := appendQuoted([]byte(`{"type":"tool-output-error","toolCallId":`), p.ToolCallID)
		return append(appendQuoted(append(b, `,"errorText":`...), p.ErrorText), '}')
	}
	output := p.Output
	if len(output) == 0 {
		output = json.RawMessage("null") // the protocol wants one
	}
	b := appendQuoted([]byte(`{"type":"tool-output-available","toolCallId":`), p.ToolCallID)
	return append(append(append(b, `,"output":`...), compact(output)...), '}')
}

func dataChunk(kind string, data json.RawMessage) []byte {
	b := appendQuoted([]byte(`{"type":`), kind)
	return append(append(append(b, `,"data":`...), compact(data)...), '}')
}

// documentDeltaChunk is text of a document that is being written: for who reads now, not to be kept.
func documentDeltaChunk(id, delta string) []byte {
	b := appendQuoted([]byte(`{"type":"data-document-delta","data":{"id":`), id)
	return append(appendQuoted(append(b, `,"delta":`...), delta), `},"transient":true}`...)
}

func finishStepChunk() []byte { return []byte(`{"type":"finish-step"}`) }

// compact takes the line breaks out of JSON that a model wrote: a chunk is one line.
func compact(raw json.RawMessage) []byte {
	b, err := json.Marshal(raw)
	if err != nil {
		return []byte("{}")
	}
	return b
}
