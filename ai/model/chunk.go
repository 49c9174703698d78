package model

import (
	"cmp"

	"github.com/tidwall/gjson"
)

// decoder turns the JSON of a reply's chunks into deltas. It keeps what spans
// chunks: half characters, tags, the numbering of tool calls. gjson instead of
// the library's structs because encoding/json was 62 % of the cost of a delta.
type decoder struct {
	queue   []Delta // decoded and not yet taken
	size    int64   // bytes of output so far
	finish  string  // the provider's finish_reason, "" while there is none
	usage   *Usage
	failure *Error // an error object in the stream
	key     string // never to be seen in failure

	text, reasoning joiner
	think           thinker
	calls           []call
}

// call is one tool call of the reply; its place in the list is our index.
type call struct {
	wire int64 // the provider's index
	id   string
	args joiner
}

func newDecoder(key string) *decoder {
	d := &decoder{key: key}
	d.think.text = func(s string) { d.add(Delta{Text: s}) }
	d.think.reasoning = func(s string) { d.add(Delta{Reasoning: s}) }
	return d
}

// decode reads one chunk, or a whole answer that was not streamed. What is not
// valid JSON is passed over: some servers send `data: ping`.
func (d *decoder) decode(line []byte) {
	s := string(line) // one allocation; all strings of the deltas are parts of it
	if !gjson.Valid(s) {
		return
	}
	d.size++ // an endless row of empty chunks comes to an end too
	gjson.Parse(s).ForEach(func(key, value gjson.Result) bool {
		switch key.Str {
		case "choices":
			d.choices(value)
		case "usage":
			d.setUsage(value)
		case "error":
			d.setFailure(value)
		}
		return true
	})
}

func (d *decoder) choices(list gjson.Result) {
	list.ForEach(func(_, choice gjson.Result) bool {
		if choice.Get("index").Int() != 0 {
			return true
		}
		choice.ForEach(func(key, value gjson.Result) bool {
			switch key.Str {
			case "delta", "message":
				d.delta(value)
			case "finish_reason":
				d.finish = cmp.Or(value.Str, d.finish)
			case "error":
				d.setFailure(value)
			}
			return true
		})
		return true
	})
}

func (d *decoder) delta(delta gjson.Result) {
	var content, reasoning, spare gjson.Result
	delta.ForEach(func(key, value gjson.Result) bool {
		switch key.Str {
		case "content":
			content = value
		case "reasoning_content": // DeepSeek, SGLang, older vLLM
			reasoning = value
		case "reasoning": // OpenRouter, Ollama, vLLM; beside the other one it is a copy
			spare = value
		case "refusal":
			d.addText(value)
		case "tool_calls":
			d.toolCalls(value)
		}
		return true
	})
	if reasoning.Type != gjson.String || reasoning.Raw == `""` {
		reasoning = spare
	}
	if reasoning.Type == gjson.String {
		d.add(Delta{Reasoning: d.reasoning.push(d.unquote(reasoning.Raw))})
	}
	if content.IsArray() {
		d.parts(content)
		return
	}
	d.addText(content)
}

// parts reads content as a list of typed parts, as Mistral sends it.
func (d *decoder) parts(list gjson.Result) {
	list.ForEach(func(_, part gjson.Result) bool {
		switch part.Get("type").Str {
		case "text":
			d.addText(part.Get("text"))
		case "thinking":
			part.Get("thinking").ForEach(func(_, thought gjson.Result) bool {
				d.add(Delta{Reasoning: d.reasoning.push(d.unquote(thought.Get("text").Raw))})
				return true
			})
		}
		return true
	})
}

func (d *decoder) addText(value gjson.Result) {
	if value.Type == gjson.String && len(value.Raw) > 2 {
		d.think.push(d.text.push(d.unquote(value.Raw)))
	}
}

// unquote counts what comes in, whether it is given out or held back.
func (d *decoder) unquote(raw string) string {
	s := unquote(raw)
	d.size += int64(len(s))
	return s
}

func (d *decoder) toolCalls(list gjson.Result) {
	list.ForEach(func(_, value gjson.Result) bool {
		id := value.Get("id").Str
		i := d.callIndex(value.Get("index"), id)
		function := value.Get("function")
		arguments := function.Get("arguments")
		text := arguments.Raw // an object, as some servers send it
		if arguments.Type == gjson.String {
			text = unquote(arguments.Raw)
		}
		d.size += int64(len(text))
		d.add(Delta{ToolCalls: []ToolCallDelta{{
			Index: i, ID: id, Name: function.Get("name").Str, Arguments: d.calls[i].args.push(text),
		}}})
		return true
	})
}

// callIndex numbers the calls of a reply. The provider's index alone does not
// do: Ollama gives 0 to all calls, others leave it out.
func (d *decoder) callIndex(index gjson.Result, id string) int {
	wire := index.Int()
	for i := len(d.calls) - 1; i >= 0; i-- {
		c := &d.calls[i]
		if c.wire != wire && index.Exists() {
			continue
		}
		if id == "" || c.id == "" || c.id == id {
			c.id = cmp.Or(c.id, id)
			return i
		}
		break
	}
	d.calls = append(d.calls, call{wire: wire, id: id})
	return len(d.calls) - 1
}

func (d *decoder) setUsage(value gjson.Result) {
	if value.IsObject() {
		d.usage = &Usage{
			InputTokens:  int(value.Get("prompt_tokens").Int()),
			OutputTokens: int(value.Get("completion_tokens").Int()),
		}
	}
}

func (d *decoder) setFailure(value gjson.Result) {
	if value.Type != gjson.Null && value.Type != gjson.False {
		d.failure = midStreamError(value, d.key)
	}
}

// add queues a delta, and joins it to the one before when that keeps their order.
func (d *decoder) add(next Delta) {
	if next.Text == "" && next.Reasoning == "" && len(next.ToolCalls) == 0 {
		return
	}
	if n := len(d.queue); n > 0 && d.queue[n-1].Text == "" && next.Text != "" && len(d.queue[n-1].ToolCalls) == 0 {
		d.queue[n-1].Text = next.Text // text after reasoning
		return
	}
	d.queue = append(d.queue, next)
}

// last queues what is known only at the end.
func (d *decoder) last() {
	d.think.finish()
	d.queue = append(d.queue, Delta{FinishReason: d.finishReason(), Usage: d.usage})
}

func (d *decoder) finishReason() string {
	switch d.finish {
	case "", "stop", "eos", "end_turn":
		if len(d.calls) > 0 { // Ollama says stop after tool calls
			return "tool-calls"
		}
		return "stop"
	case "length", "max_tokens", "model_length":
		return "length"
	case "content_filter":
		return "content-filter"
	case "tool_calls", "function_call":
		return "tool-calls"
	}
	return "other"
}
