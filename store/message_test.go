package store_test

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"alleato/store"
	"alleato/store/storetest"
)

func TestMessageJSON(t *testing.T) {
	s := storetest.OpenAt(t, newClock().now)
	r := start(t, s, guest(s), "hello")
	m, err := s.Message(ctx(t), r.Chat.ID, r.Answer.ID)
	must(t, err)
	m.ID, m.ChatID, m.ParentID = "m", "c", ptr("p")
	got, err := json.Marshal(m)
	must(t, err)
	want := `{"chatId":"c","id":"m","parentId":"p","role":"assistant","parts":[],"model":null,"status":"streaming",` +
		`"error":null,"usage":{"inputTokens":null,"outputTokens":null},"createdAt":"2026-11-22T12:00:00Z","finishedAt":null}`
	if diff := cmp.Diff(want, string(got)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestPartJSON(t *testing.T) {
	for want, part := range map[string]store.Part{
		`{"type":"text","text":""}`:                            {Type: "text"},
		`{"type":"reasoning","text":"","state":"done"}`:        {Type: "reasoning", State: "done"},
		`{"type":"text","text":"<b> & 'c'","id":"1"}`:          {Type: "text", Text: "<b> & 'c'", ID: "1"},
		`{"type":"step-start"}`:                                {Type: "step-start"},
		`{"type":"file","mediaType":"image/png","url":"/f"}`:   {Type: "file", MediaType: "image/png", URL: "/f"},
		`{"type":"tool-x","toolCallId":"t","input":{"a":[1]}}`: {Type: "tool-x", ToolCallID: "t", Input: json.RawMessage(`{"a":[1]}`)},
	} {
		b, err := json.Marshal(part)
		must(t, err)
		var back, asWritten store.Part
		must(t, json.Unmarshal(b, &back))
		must(t, json.Unmarshal([]byte(want), &asWritten))
		if diff := cmp.Diff(part, back); diff != "" {
			t.Errorf("there and back (-want +got):\n%s", diff)
		}
		if diff := cmp.Diff(want, unescape(t, b)); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		if diff := cmp.Diff(part, asWritten); diff != "" {
			t.Errorf("read (-want +got):\n%s", diff)
		}
	}
}

// unescape undoes what json.Marshal does for HTML.
func unescape(t *testing.T, b []byte) string {
	t.Helper()
	s := string(b)
	for from, to := range map[string]string{`\u003c`: "<", `\u003e`: ">", `\u0026`: "&"} {
		s = strings.ReplaceAll(s, from, to)
	}
	return s
}

// TestPartsSurvive: every field, through the column and back.
func TestPartsSurvive(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		all := []store.Part{
			{Type: "text"},
			{
				Type: "tool-x", ID: "i", Text: "t\"\\\n\u2028😀", State: "s", MediaType: "m", URL: "u", Filename: "f", FileID: "fi",
				ToolCallID: "c", Input: json.RawMessage(`{"a":[1,{"text":"x"}]}`), Output: json.RawMessage(`"o"`),
				Data: json.RawMessage(`null`), ErrorText: "e",
				ProviderMetadata: json.RawMessage(`{"alleato":{"seconds":6}}`),
			},
		}
		// A field that this test forgets would be empty, and pass.
		for i, v := 0, reflect.ValueOf(all[1]); i < v.NumField(); i++ {
			if kept := v.Type().Field(i); v.Field(i).IsZero() && kept.Tag.Get("json") != "-" {
				t.Errorf("%s is not tested", kept.Name)
			}
		}
		r := &store.Reply{
			User: guest(s), Chat: &store.Chat{}, NewChat: true, Question: &store.Message{Parts: all},
			Answer: &store.Message{}, Stream: &store.Stream{},
		}
		must(t, s.StartReply(ctx(t), r))
		m, err := s.Message(ctx(t), r.Chat.ID, r.Question.ID)
		must(t, err)
		if diff := cmp.Diff(all, m.Parts); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	})
}

func TestPlainText(t *testing.T) {
	got := store.PlainText([]store.Part{
		{Type: "reasoning", Text: "hm"}, {Type: "text", Text: "one"}, {Type: "tool-x", Text: "no"}, {Type: "text"}, {Type: "text", Text: "two"},
	})
	if got != "one\n\ntwo" {
		t.Errorf("%q", got)
	}
}

// TestTextSurvives: whatever a person or a model writes is stored as it is,
// but for what a database cannot hold, in SQL as in JSON.
func TestTextSurvives(t *testing.T) {
	texts := map[string]string{
		"quotes":        `' " '' \' \\' ? $1 ?? ; --`,
		"a literal NUL": `write \u0000 or \\u0000 or \0`,
		"NUL":           "a\x00b\\\x00c",
		"broken UTF-8":  "a\xff\xfeb",
		"other planes":  "👩‍👩‍👧 \u202e \U0010FFFF é",
		"control":       "\x01\x1f\x7f\t\r\n\u2028",
		"HTML":          "<script>&amp;</script>",
	}
	want := map[string]string{"NUL": `ab\c`, "broken UTF-8": "a\uFFFD\uFFFDb"}
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		for name, text := range texts {
			expected, ok := want[name]
			if !ok {
				expected = text
			}
			r := start(t, s, guest(s), text)
			parts, err := json.Marshal([]store.Part{{Type: "text", Text: text, Input: json.RawMessage(`{"a":"x\u0000y"}`)}})
			must(t, err)
			must(t, s.Checkpoint(ctx(t), []store.Checkpoint{{StreamID: r.Stream.ID, ChatID: r.Chat.ID, MessageID: r.Answer.ID, PartsJSON: parts}}, nil))
			messages, err := s.Messages(ctx(t), r.Chat.ID)
			must(t, err)
			for _, m := range messages {
				if diff := cmp.Diff(expected, m.Parts[0].Text); diff != "" {
					t.Errorf("%s of the %s (-want +got):\n%s", name, m.Role, diff)
				}
			}
			if got := string(messages[1].Parts[0].Input); got != `{"a":"xy"}` {
				t.Errorf("input %s", got)
			}
			must(t, s.FinishReply(ctx(t), store.Finish{
				StreamID: r.Stream.ID, ChatID: r.Chat.ID, MessageID: r.Answer.ID, Status: store.StatusFailed,
				PartsJSON: parts, Text: text, Error: &store.MessageError{Code: "x", Message: text},
			}))
			m, err := s.Message(ctx(t), r.Chat.ID, r.Answer.ID)
			must(t, err)
			if m.Parts[0].Text != expected || m.Error.Message != expected || (name != "broken UTF-8" && m.Text != expected) {
				t.Errorf("%s at the end: %+v", name, m)
			}
		}
	})
}

func TestBranch(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		u := guest(s)
		one := start(t, s, u, "one")
		two := next(one, "two")
		must(t, s.StartReply(ctx(t), two))
		edit := next(one, "two, edited")
		must(t, s.StartReply(ctx(t), edit))
		again := &store.Reply{User: u, Chat: &store.Chat{ID: one.Chat.ID}, Stream: &store.Stream{},
			Answer: &store.Message{ParentID: &two.Question.ID}}
		must(t, s.StartReply(ctx(t), again))
		other := start(t, s, u, "another chat")

		ids := func(list []store.Message, err error) []string {
			t.Helper()
			must(t, err)
			out := []string{}
			for _, m := range list {
				out = append(out, m.ID)
			}
			return out
		}
		for name, c := range map[string]struct {
			got  []string
			want []string
		}{
			"shown": {
				ids(s.Branch(ctx(t), one.Chat.ID, again.Answer.ID)),
				[]string{one.Question.ID, one.Answer.ID, two.Question.ID, again.Answer.ID},
			},
			"edited": {
				ids(s.Branch(ctx(t), one.Chat.ID, edit.Answer.ID)),
				[]string{one.Question.ID, one.Answer.ID, edit.Question.ID, edit.Answer.ID},
			},
			"no head": {ids(s.Branch(ctx(t), one.Chat.ID, "")), []string{}},
			"all": {
				ids(s.Messages(ctx(t), one.Chat.ID)),
				[]string{one.Question.ID, one.Answer.ID, two.Question.ID, two.Answer.ID, edit.Question.ID, edit.Answer.ID, again.Answer.ID},
			},
		} {
			if diff := cmp.Diff(c.want, c.got); diff != "" {
				t.Errorf("%s (-want +got):\n%s", name, diff)
			}
		}
		_, err := s.Branch(ctx(t), one.Chat.ID, other.Answer.ID)
		wantCode(t, err, store.NotFound)
		_, err = s.Message(ctx(t), one.Chat.ID, other.Answer.ID)
		wantCode(t, err, store.NotFound)
		_, err = s.Message(ctx(t), one.Chat.ID, "\x00")
		wantCode(t, err, store.NotFound)
		m, err := s.Message(ctx(t), one.Chat.ID, one.Question.ID)
		must(t, err)
		if m.CreatedAt.Location() != time.UTC || m.Text != "one" || m.ParentID != nil || m.Role != "user" || m.Status != store.StatusComplete {
			t.Errorf("%+v", m)
		}
	})
}
