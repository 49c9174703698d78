package model_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"alleato/ai/model"
	"alleato/ai/model/script"

	"github.com/google/go-cmp/cmp"
)

func TestStreamCancel(t *testing.T) {
	endless := script.Reply{Next: func(int) (script.Chunk, bool) {
		return script.Chunk{Text: "word ", Delay: 5 * time.Millisecond}, true
	}}
	tests := []struct {
		name  string
		reply script.Reply
		leave func(cancel context.CancelFunc, s *model.Stream)
	}{
		{"context while words come", endless, func(cancel context.CancelFunc, _ *model.Stream) { cancel() }},
		{"context in a silence", script.Reply{Chunks: script.Words("a", 0), Stall: true}, func(cancel context.CancelFunc, _ *model.Stream) { cancel() }},
		{"close while words come", endless, func(_ context.CancelFunc, s *model.Stream) { s.Close() }},
		{"close in a silence", script.Reply{Chunks: script.Words("a", 0), Stall: true}, func(_ context.CancelFunc, s *model.Stream) { s.Close() }},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			h := playing(tt.reply)
			ctx, cancel := context.WithCancel(context.Background())
			defer cancel()
			s, err := connected(t, h).Stream(ctx, userSays("hi"))
			if err != nil {
				t.Fatal(err)
			}
			defer s.Close()
			if _, err := s.Recv(); err != nil {
				t.Fatal(err)
			}
			ended := make(chan error, 1)
			go func() {
				for {
					if _, err := s.Recv(); err != nil {
						ended <- err
						return
					}
				}
			}()
			time.Sleep(20 * time.Millisecond)
			tt.leave(cancel, s)
			if err := within(t, time.Second, ended, "end of Recv"); ctx.Err() != nil && !errors.Is(err, context.Canceled) {
				t.Errorf("Recv gave %v", err)
			}
			if e := within(t, time.Second, h.Closed(), "close of the model's connection"); !e.Gone {
				t.Error("the provider thinks the reply ended properly")
			}
			if n := h.Active(); n != 0 {
				t.Errorf("%d calls still active", n)
			}
		})
	}
}

func TestStreamConnectionIsUsedAgain(t *testing.T) {
	h := playing(script.Say("one two three"))
	c := connected(t, h)
	addresses := map[string]bool{}
	h.Answer = func(r script.Request) script.Reply { return script.Say("one two three") }
	for range 5 {
		if got := ask(t, c, "hi"); got.err != nil {
			t.Fatal(got.err)
		}
	}
	for _, r := range h.Requests() {
		addresses[r.Remote] = true
	}
	if len(addresses) != 1 {
		t.Errorf("5 replies used %d connections", len(addresses))
	}
}

func TestStreamToolCalls(t *testing.T) {
	tests := []struct {
		name   string
		chunks []script.Chunk
		want   []model.ToolCallDelta
	}{
		{"pieces", []script.Chunk{{ToolID: "a", ToolName: "add"}, {ToolArgs: `{"x":`}, {ToolArgs: `1}`}},
			[]model.ToolCallDelta{{ID: "a", Name: "add"}, {Arguments: `{"x":`}, {Arguments: `1}`}}},
		{"two calls", []script.Chunk{{ToolID: "a", ToolName: "add"}, {ToolIndex: 1, ToolID: "b", ToolName: "sub"}, {ToolIndex: 1, ToolArgs: "{}"}, {ToolArgs: "[]"}},
			[]model.ToolCallDelta{{ID: "a", Name: "add"}, {Index: 1, ID: "b", Name: "sub"}, {Index: 1, Arguments: "{}"}, {Arguments: "[]"}}},
		{"all numbered 0", []script.Chunk{{ToolID: "a", ToolName: "add", ToolArgs: "{}"}, {ToolID: "b", ToolName: "sub"}, {ToolArgs: "{}"}},
			[]model.ToolCallDelta{{ID: "a", Name: "add", Arguments: "{}"}, {Index: 1, ID: "b", Name: "sub"}, {Index: 1, Arguments: "{}"}}},
		{"arguments as an object", []script.Chunk{{Raw: `{"choices":[{"delta":{"tool_calls":[{"id":"a","function":{"name":"add","arguments":{"x":1}}}]}}]}`}},
			[]model.ToolCallDelta{{ID: "a", Name: "add", Arguments: `{"x":1}`}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := ask(t, connected(t, playing(script.Reply{Chunks: tt.chunks, FinishReason: "stop"})), "hi")
			if diff := cmp.Diff(tt.want, got.tools); diff != "" || got.finish != "tool-calls" {
				t.Errorf("finish %q, %s", got.finish, diff)
			}
		})
	}
}
