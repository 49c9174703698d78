package model_test

import (
	"errors"
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"alleato/ai/model"
	"alleato/ai/model/script"

	"github.com/google/go-cmp/cmp"
)

const (
	head = `data: {"choices":[{"index":0,"delta":{"content":"`
	tail = "\"}}]}\n\n"
)

func TestStreamForms(t *testing.T) {
	usage := &script.Usage{InputTokens: 7, OutputTokens: 3}
	tests := []struct {
		name  string
		reply script.Reply
		want  result
	}{
		{"text", script.Reply{Chunks: script.Words("Hello, dear world!", time.Millisecond), Usage: usage},
			result{text: "Hello, dear world!", finish: "stop", usage: &model.Usage{InputTokens: 7, OutputTokens: 3}}},
		{"length", script.Reply{Chunks: script.Words("cut short", 0), FinishReason: "length"}, result{text: "cut short", finish: "length"}},
		{"content filter", script.Reply{FinishReason: "content_filter"}, result{finish: "content-filter"}},
		{"odd finish reason", script.Reply{Chunks: script.Words("x", 0), FinishReason: "moon"}, result{text: "x", finish: "other"}},
		{"reasoning_content", script.Reply{Chunks: []script.Chunk{{Reasoning: "Let me "}, {Reasoning: "see."}, {Text: "Yes."}}},
			result{reasoning: "Let me see.", text: "Yes.", finish: "stop"}},
		{"reasoning", script.Reply{Chunks: []script.Chunk{{Raw: `{"choices":[{"delta":{"reasoning":"Hm.","content":""}}]}`}, {Text: "Yes."}}},
			result{reasoning: "Hm.", text: "Yes.", finish: "stop"}},
		{"both fields are one thought", script.Reply{Chunks: []script.Chunk{{Raw: `{"choices":[{"delta":{"reasoning":"Hm.","reasoning_content":"Hm."}}]}`}, {Text: "Yes."}}},
			result{reasoning: "Hm.", text: "Yes.", finish: "stop"}},
		{"typed parts", script.Reply{Chunks: []script.Chunk{{Raw: `{"choices":[{"delta":{"content":[{"type":"thinking","thinking":[{"type":"text","text":"Hm."}]},{"type":"text","text":"Yes."}]}}]}`}}},
			result{reasoning: "Hm.", text: "Yes.", finish: "stop"}},
		{"no final line end", events(head+"all"+tail, `data: {"choices":[{"delta":{},"finish_reason":"stop"}]}`), result{text: "all", finish: "stop"}},
		{"CRLF", events("data: {\"choices\":[{\"delta\":{\"content\":\"a\"}}]}\r\n\r", "\ndata: [DONE]\r\n\r\n"), result{text: "a", finish: "stop"}},
		{"no space after data", events(strings.Replace(head, "data: ", "data:", 1)+"a"+tail, "data:[DONE]\n\n"), result{text: "a", finish: "stop"}},
		{"comments, fields, noise", events(": hi\n\n", "event: message\nid: 3\nretry: 10\n", head+"a"+tail, "data: ping\n\n", "data:\n\n", ": bye\n\ndata: [DONE]\n\n"), result{text: "a", finish: "stop"}},
		{"done without finish", events(head+"a"+tail, "data: [DONE]\n\n"), result{text: "a", finish: "stop"}},
		{"finish without done", events(head+"a"+tail, string(script.Finish("stop"))), result{text: "a", finish: "stop"}},
		{"second choice ignored", events(head+"a"+tail, `data: {"choices":[{"index":1,"delta":{"content":"b"}}]}`+"\n\n", "data: [DONE]\n\n"), result{text: "a", finish: "stop"}},
		{"not streamed", script.Reply{Body: `{"choices":[{"index":0,"message":{"role":"assistant","content":"whole"},"finish_reason":"stop"}],"usage":{"prompt_tokens":1,"completion_tokens":2}}`},
			result{text: "whole", finish: "stop", usage: &model.Usage{InputTokens: 1, OutputTokens: 2}}},
		{"escapes", events(head+`\"q\" \\ \/ \n\té \ud83d\ude00`+tail, "data: [DONE]\n\n"), result{text: "\"q\" \\ / \n\té 😀", finish: "stop"}},
		{"NUL and lone surrogate", events(head+`a\u0000b \ud83dx`+tail, "data: [DONE]\n\n"), result{text: "a\x00b \uFFFDx", finish: "stop"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := ask(t, connected(t, playing(tt.reply)), "hi")
			got.deltas = 0
			if diff := cmp.Diff(tt.want, got, cmp.AllowUnexported(result{})); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestStreamThinkTags(t *testing.T) {
	tests := []struct{ name, raw, reasoning, text string }{
		{"plain", "<think>Let me see.</think>Yes.", "Let me see.", "Yes."},
		{"white space around", "\n <think>\nLet me see.\n</think>\n\nYes.", "Let me see.\n", "Yes."},
		{"empty thought", "<think>\n\n</think>\n\nYes.", "", "Yes."},
		{"unclosed", "<think>Let me", "Let me", ""},
		{"in the middle", "One.\n<think>Hm.</think>\nTwo.", "Hm.", "One.\nTwo."},
		{"twice", "<think>a</think>b\n<think>c</think>d", "ac", "b\nd"},
		{"in passing", "The <think> tag opens a thought, `<think>` too.", "", "The <think> tag opens a thought, `<think>` too."},
		{"in a fence", "```html\n<think>\nx</think>\n```\n<think>y</think>z", "y", "```html\n<think>\nx</think>\n```\nz"},
		{"almost a tag", "<thin\n<thinker>\n<", "", "<thin\n<thinker>\n<"},
		{"almost closed", "<think>a </thin b</think>c", "a </thin b", "c"},
		{"only blanks", " \n ", "", ""},
		{"inline code at line start", "`a`\n``b``\n~c", "", "`a`\n``b``\n~c"},
		{"fence of four", "````md\n```\n<think>\n```\n````", "", "````md\n```\n<think>\n```\n````"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var bytewise script.Reply
			for i := range len(tt.raw) {
				bytewise.Chunks = append(bytewise.Chunks, script.Chunk{Text: tt.raw[i : i+1]})
			}
			for how, reply := range map[string]script.Reply{"one delta": {Chunks: []script.Chunk{{Text: tt.raw}}}, "a byte per delta": bytewise} {
				got := ask(t, connected(t, playing(reply)), "hi")
				if got.err != nil || got.reasoning != tt.reasoning || got.text != tt.text {
					t.Errorf("%s: reasoning %q, text %q, err %v; want %q, %q", how, got.reasoning, got.text, got.err, tt.reasoning, tt.text)
				}
			}
		})
	}
}

const manyScripts = "Größe: 天地玄黄 👩‍💻 𝄞 é\u0301 Ω≈ç√∫ — 🇮🇹"

func TestStreamHalfCharacters(t *testing.T) {
	t.Run("half characters per delta", func(t *testing.T) {
		for _, kind := range []string{"text", "reasoning", "tool"} {
			var reply script.Reply
			for i := range len(manyScripts) {
				b := manyScripts[i : i+1]
				reply.Chunks = append(reply.Chunks, map[string]script.Chunk{
					"text": {Text: b}, "reasoning": {Reasoning: b}, "tool": {ToolArgs: b},
				}[kind])
			}
			got := ask(t, connected(t, playing(reply)), "hi")
			var arguments strings.Builder
			for _, c := range got.tools {
				arguments.WriteString(c.Arguments)
				if !utf8.ValidString(c.Arguments) {
					t.Errorf("invalid piece %q", c.Arguments)
				}
			}
			if all := got.text + got.reasoning + arguments.String(); all != manyScripts {
				t.Errorf("%s: got %q", kind, all)
			}
		}
	})
	t.Run("half surrogates per delta", func(t *testing.T) {
		got := ask(t, connected(t, playing(events(head+`a\ud83d`+tail, head+`\ude00b\uD834`+tail, head+`\uDD1E`+tail, "data: [DONE]\n\n"))), "hi")
		if got.text != "a😀b𝄞" {
			t.Errorf("got %q", got.text)
		}
	})
	t.Run("a half at the end is dropped", func(t *testing.T) {
		got := ask(t, connected(t, playing(events(head+"a\xf0\x9f"+tail, "data: [DONE]\n\n"))), "hi")
		if got.text != "a" || got.err != nil {
			t.Errorf("got %q, %v", got.text, got.err)
		}
	})
	t.Run("every byte its own TCP write", func(t *testing.T) {
		whole := string(script.Encode(script.Chunk{Text: manyScripts})) + string(script.Finish("stop")) + string(script.Done())
		got := ask(t, connected(t, playing(events(strings.Split(whole, "")...))), "hi")
		if got.text != manyScripts || got.err != nil {
			t.Errorf("got %q, %v", got.text, got.err)
		}
	})
}

func TestStreamEndsBadly(t *testing.T) {
	partial := script.Words("so far", 0)
	tests := []struct {
		name  string
		reply script.Reply
		text  string
		err   error // nil: a proper end
	}{
		{"connection broken", script.Reply{Chunks: partial, Cut: true}, "so far", model.ErrCut},
		{"closed cleanly without an end", script.Reply{Chunks: partial, Bare: true}, "so far", model.ErrCut},
		{"broken in the middle of a line", script.Reply{Chunks: append(partial[:2:2], script.Chunk{Bytes: []byte(head + "lost")}), Cut: true}, "so far", model.ErrCut},
		{"broken after finish_reason", script.Reply{Chunks: append(partial[:2:2], script.Chunk{Bytes: script.Finish("stop")}), Cut: true}, "so far", nil},
		{"broken after done", script.Reply{Chunks: append(partial[:2:2], script.Chunk{Bytes: script.Done()}), Cut: true}, "so far", nil},
		{"stalls after done", script.Reply{Chunks: append(partial[:2:2], script.Chunk{Bytes: script.Done()}), Stall: true}, "so far", nil},
		{"stalls after finish_reason", script.Reply{Chunks: append(partial[:2:2], script.Chunk{Bytes: script.Finish("stop")}), Stall: true}, "so far", nil},
		{"empty", script.Reply{Bare: true}, "", model.ErrCut},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := ask(t, connected(t, playing(tt.reply)), "hi")
			if got.text != tt.text || !errors.Is(got.err, tt.err) {
				t.Errorf("got %q, %v; want %q, %v", got.text, got.err, tt.text, tt.err)
			}
		})
	}
}

func TestStreamErrorObject(t *testing.T) {
	tests := []struct{ name, event, code, words string }{
		{"data", `data: {"error":{"message":"The engine overheated.","type":"server_error"}}`, model.CodeUnavailable, "overheated"},
		{"spaces and event line", "event: error\ndata: { \"error\": {\"code\":502,\"message\":\"upstream\"} }", model.CodeUnavailable, "502"},
		{"bare line", `{"error":{"message":"The engine overheated."}}`, model.CodeUnavailable, "overheated"},
		{"string", `data: {"error":"The engine overheated."}`, model.CodeUnavailable, "overheated"},
		{"in the choice", `data: {"choices":[{"index":0,"delta":{},"error":{"code":429,"message":"slow down"}}]}`, model.CodeRateLimited, "too many"},
		{"a key in it", `data: {"error":{"message":"bad key ` + testKey + `!","code":"x"}}`, model.CodeUnavailable, "bad key …!"},
		{"context length", `data: {"error":{"message":"too big","code":"context_length_exceeded"}}`, model.CodeTooLarge, "too long for this model"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			reply := events(head+"so far"+tail, ": keep-alive\n\n", tt.event+"\n\n")
			reply.Stall = true // the error must be told at once, not when the connection ends
			h := playing(reply)
			began := time.Now()
			got := ask(t, connected(t, h), "hi")
			var refused *model.Error
			if !errors.As(got.err, &refused) {
				t.Fatalf("got %v", got.err)
			}
			if got.text != "so far" || refused.Code != tt.code || !strings.Contains(refused.Message, tt.words) {
				t.Errorf("got %q, %q, %q", got.text, refused.Code, refused.Message)
			}
			if strings.Contains(fmt.Sprintf("%+v %#v", refused, refused), testKey) {
				t.Error("the error shows the key")
			}
			if took := time.Since(began); took > time.Second {
				t.Errorf("took %v", took)
			}
			if e := within(t, time.Second, h.Closed(), "end of the call"); !e.Gone {
				t.Error("the provider's connection was not closed")
			}
		})
	}
}

func TestStreamKeepAlives(t *testing.T) {
	many := strings.Repeat(": OPENROUTER PROCESSING\n\n", 5000)
	got := ask(t, connected(t, playing(events(many, head+"a"+tail, many, head+"b"+tail, many+"data: [DONE]\n\n"))), "hi")
	if got.text != "ab" || got.err != nil {
		t.Errorf("got %q, %v", got.text, got.err)
	}
}

func TestStreamIdle(t *testing.T) {
	const idle = 300 * time.Millisecond
	with := func(t *testing.T, h *script.Handler) *model.Catalogue {
		o := options(serve(t, h).URL)
		o.Idle = idle
		return newCatalogue(t, o)
	}
	t.Run("after some text", func(t *testing.T) {
		h := playing(script.Reply{Chunks: script.Words("so far", 0), Stall: true})
		got := ask(t, with(t, h), "hi")
		if got.text != "so far" || !errors.Is(got.err, model.ErrIdle) {
			t.Errorf("got %q, %v", got.text, got.err)
		}
		if e := within(t, time.Second, h.Closed(), "end of the call"); !e.Gone {
			t.Error("the provider's connection was not closed")
		}
	})
	t.Run("before the first word, and not retried", func(t *testing.T) {
		h := playing(script.Reply{Stall: true})
		if got := ask(t, with(t, h), "hi"); !errors.Is(got.err, model.ErrIdle) {
			t.Errorf("got %v", got.err)
		}
		if n := len(h.Requests()); n != 1 {
			t.Errorf("%d requests", n)
		}
	})
	t.Run("one byte now and then is silence", func(t *testing.T) {
		h := playing(script.Reply{Next: func(i int) (script.Chunk, bool) {
			return script.Chunk{Bytes: []byte("\n"), Delay: idle / 3}, true
		}})
		if got := ask(t, with(t, h), "hi"); !errors.Is(got.err, model.ErrIdle) {
			t.Errorf("got %v", got.err)
		}
	})
	t.Run("comments buy time, not for ever", func(t *testing.T) {
		comment := script.Chunk{Bytes: []byte(": working\n\n"), Delay: idle / 3}
		h := playing(script.Reply{Next: func(i int) (script.Chunk, bool) {
			if i == 9 {
				return script.Chunk{Text: "done thinking"}, true
			}
			return comment, true
		}})
		got := ask(t, with(t, h), "hi")
		if got.text != "done thinking" || !errors.Is(got.err, model.ErrIdle) {
			t.Errorf("got %q, %v", got.text, got.err)
		}
	})
	t.Run("a slow reader is not the model's silence", func(t *testing.T) {
		h := playing(script.Reply{Chunks: script.Words("one two three", 0)})
		s, err := with(t, h).Stream(t.Context(), userSays("hi"))
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		time.Sleep(3 * idle)
		if got := receive(t, s); got.text != "one two three" || got.err != nil {
			t.Errorf("got %q, %v", got.text, got.err)
		}
	})
}

func TestStreamLimits(t *testing.T) {
	t.Run("endless", func(t *testing.T) {
		h := playing(script.Reply{Next: func(int) (script.Chunk, bool) { return script.Chunk{Text: "again and "}, true }})
		o := options(serve(t, h).URL)
		o.MaxBytes = 10_000
		got := ask(t, newCatalogue(t, o), "hi")
		if !errors.Is(got.err, model.ErrTooLong) || !errors.Is(got.err, model.ErrCut) {
			t.Errorf("got %v", got.err)
		}
		if n := len(got.text); n < 9_000 || n > 10_100 {
			t.Errorf("%d bytes", n)
		}
		if e := within(t, time.Second, h.Closed(), "end of the call"); !e.Gone {
			t.Error("the provider's connection was not closed")
		}
	})
	t.Run("endless without content", func(t *testing.T) {
		h := playing(script.Reply{Next: func(int) (script.Chunk, bool) { return script.Chunk{Raw: `{"choices":[]}`}, true }})
		o := options(serve(t, h).URL)
		o.MaxBytes = 2_000
		if got := ask(t, newCatalogue(t, o), "hi"); !errors.Is(got.err, model.ErrTooLong) {
			t.Errorf("got %v", got.err)
		}
	})
	t.Run("one line of 10 MB", func(t *testing.T) {
		piece := []byte(strings.Repeat("x", 64<<10))
		h := playing(script.Reply{Next: func(i int) (script.Chunk, bool) {
			switch {
			case i == 0:
				return script.Chunk{Text: "so far"}, true
			case i == 1:
				return script.Chunk{Bytes: []byte(head)}, true
			}
			return script.Chunk{Bytes: piece}, i < 160
		}})
		c := connected(t, h)
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		got := ask(t, c, "hi")
		runtime.ReadMemStats(&after)
		if got.text != "so far" || !errors.Is(got.err, model.ErrTooLong) {
			t.Errorf("got %d bytes, %v", len(got.text), got.err)
		}
		if grown := after.TotalAlloc - before.TotalAlloc; grown > 8<<20 {
			t.Errorf("allocated %d MB for it", grown>>20)
		}
	})
	t.Run("long but within the limits", func(t *testing.T) {
		text := strings.Repeat("All work and no play. ", 20_000)
		got := ask(t, connected(t, playing(script.Say(text))), "hi")
		if got.text != text || got.err != nil {
			t.Errorf("%d bytes of %d, %v", len(got.text), len(text), got.err)
		}
	})
}
