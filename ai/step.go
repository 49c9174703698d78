package ai

import (
	"encoding/json"
	"errors"
	"io"
	"slices"
	"strings"

	"alleato/ai/model"
	"alleato/store"
)

// steps runs model calls until one asks for no tool.
func (j *job) steps() ending {
	var end ending
	request := j.request
	if name, arguments := j.opening(request); name != "" {
		return j.begin(name, arguments, end)
	}
	for step := 1; ; step++ {
		if step == maxSteps {
			request.Tools = nil
		}
		said, calls, err := j.speak(request, &end)
		if step == 1 && j.refusesTools(request, err) {
			request.Tools = nil
			if name, arguments := j.opening(request); name != "" {
				return j.begin(name, arguments, end)
			}
			said, calls, err = j.speak(request, &end)
		}
		if !errors.Is(err, io.EOF) || len(calls) == 0 {
			return j.endingOf(err, end)
		}
		results, err := j.runTools(calls)
		if err != nil {
			return j.endingOf(err, end)
		}
		request.Messages = append(append(slices.Clip(request.Messages), model.Message{Role: "assistant", Text: said, ToolCalls: sendable(calls)}), results...)
		if err := j.nextStep(); err != nil {
			return j.endingOf(err, end)
		}
	}
}

// refusesTools: some models that are said to call tools answer a request that offers them with a 400.
func (j *job) refusesTools(request model.Request, err error) bool {
	var refusal *model.Error
	return len(request.Tools) > 0 && errors.As(err, &refusal) && refusal.Code == model.CodeInvalid
}

// opening is the call that a person asked for themselves: by a command, or by an action where the model
// is offered no tools. A "" name: there is none.
func (j *job) opening(request model.Request) (name string, arguments map[string]string) {
	switch {
	case j.document != "":
		return toolCreate, map[string]string{"title": placeholderTitle(j.title), "kind": j.document}
	case len(request.Tools) == 0:
		return j.about.opening(j.title)
	}
	return "", nil
}

// begin makes the call, which is then the whole reply.
func (j *job) begin(name string, arguments map[string]string, end ending) ending {
	encoded, err := json.Marshal(arguments)
	if err != nil {
		return j.endingOf(err, end)
	}
	var calls growingCalls
	if err := j.takeCall(model.ToolCallDelta{ID: store.NewID(), Name: name, Arguments: string(encoded)}, &calls); err != nil {
		return j.endingOf(err, end)
	}
	_, err = j.runTools(calls.whole())
	if end.finishReason = "stop"; err != nil {
		return j.endingOf(err, end)
	}
	return j.complete(end)
}

// speak makes one model call: what it says goes to the readers, the tools that it calls are returned.
func (j *job) speak(request model.Request, end *ending) (said string, calls []model.ToolCall, err error) {
	stream, err := j.r.Models.Stream(j.ctx, request)
	if err != nil {
		return "", nil, err
	}
	defer stream.Close()
	var text strings.Builder
	var growing growingCalls
	for {
		delta, err := stream.Recv()
		if delta.Usage != nil {
			end.addUsage(*delta.Usage)
		}
		if delta.FinishReason != "" {
			end.finishReason = delta.FinishReason
		}
		if err == nil {
			text.WriteString(delta.Text)
			err = j.take(delta)
		}
		if len(request.Tools) > 0 && err == nil {
			for _, call := range delta.ToolCalls {
				if err = j.takeCall(call, &growing); err != nil {
					break
				}
			}
		}
		if err != nil {
			return text.String(), growing.whole(), err
		}
	}
}

// addUsage sums over the calls of a reply.
func (e *ending) addUsage(u model.Usage) {
	in, out := u.InputTokens, u.OutputTokens
	if e.usage.InputTokens != nil {
		in, out = in+*e.usage.InputTokens, out+*e.usage.OutputTokens
	}
	e.usage = store.Usage{InputTokens: &in, OutputTokens: &out}
}

// growingCalls are the calls of one step as they come. Their arguments are joined at the end alone.
type growingCalls []*growingCall

type growingCall struct {
	id, name  string
	arguments []byte
}

// whole leaves out calls that have no name.
func (g growingCalls) whole() (calls []model.ToolCall) {
	for _, c := range g {
		if c.name != "" {
			calls = append(calls, model.ToolCall{ID: c.id, Name: c.name, Arguments: string(c.arguments)})
		}
	}
	return calls
}

// sendable are calls as a provider takes them back: with arguments that are JSON.
func sendable(calls []model.ToolCall) []model.ToolCall {
	calls = slices.Clone(calls)
	for i := range calls {
		if !json.Valid([]byte(calls[i].Arguments)) {
			calls[i].Arguments = "{}"
		}
	}
	return calls
}

const (
	// maxArguments bounds what a model may write as the arguments of one call.
	maxArguments = 1 << 20
	maxToolName  = 64 // bytes, as providers have it
)

// takeCall takes in a piece of a tool call, which readers see as soon as it has a name.
func (j *job) takeCall(delta model.ToolCallDelta, calls *growingCalls) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	if delta.Index < 0 || delta.Index >= maxCalls {
		return nil
	}
	for len(*calls) <= delta.Index {
		*calls = append(*calls, &growingCall{})
	}
	call := (*calls)[delta.Index]
	if call.id == "" {
		if call.id = delta.ID; !store.ValidID(call.id) || j.draft.hasCall(call.id) {
			call.id = store.NewID() // some providers number the calls of each step from 0
		}
	}
	var chunks [][]byte
	if name := clean(delta.Name); call.name == "" && name != "" && len(name) <= maxToolName {
		call.name = name
		chunks = j.draft.callStart(call.id, call.name)
		j.dirty = true
	}
	if arguments := clean(delta.Arguments); arguments != "" && len(call.arguments)+len(arguments) <= maxArguments {
		call.arguments = append(call.arguments, arguments...)
		if call.name != "" {
			chunks = append(chunks, callDeltaChunk(call.id, arguments))
		}
	}
	return j.append(chunks...)
}

// nextStep tells the readers that another model call follows.
func (j *job) nextStep() error {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.dirty = true
	return j.append(j.draft.nextStep()...)
}
