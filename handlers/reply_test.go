package handlers_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"alleato/ai/model/script"
	"alleato/store"
)

func send(text string) map[string]any { return map[string]any{"text": text} }

// TestReplyStreams sends in the forms that clients use and reads the protocol's chunks in order.
func TestReplyStreams(t *testing.T) {
	s := newSite(t, say("Hello", ", ", "world ✓"))
	p := s.program()
	bodies := map[string]any{
		"text":      send("Hi"),
		"by-hand":   map[string]any{"messages": []any{map[string]any{"role": "user", "content": "Hi"}}},
		"transport": map[string]any{"id": "transport", "trigger": "submit-message", "messages": []any{map[string]any{"id": "q1", "role": "user", "parts": []any{map[string]any{"type": "text", "text": "Hi"}}}}},
		"template":  map[string]any{"id": "template", "message": map[string]any{"id": "q2", "role": "user", "parts": []any{map[string]any{"type": "text", "text": "Hi"}}}, "selectedChatModel": "smart", "selectedVisibilityType": "public"},
	}
	for name, body := range bodies {
		t.Run(name, func(t *testing.T) {
			a := p.do("POST", "/api/v1/chats/"+name+"/messages", body, asEvents...)
			if a.status != 200 || !strings.HasPrefix(a.header.Get("Content-Type"), "text/event-stream") {
				t.Fatalf("%d %s %s", a.status, a.header.Get("Content-Type"), a.body)
			}
			list := chunks(t, a.body)
			var types []string
			for _, c := range list {
				if c.Type != "data-title" {
					types = append(types, c.Type)
				}
			}
			want := "start start-step text-start text-delta text-delta text-delta text-end finish-step finish "
			if got := strings.Join(types, " "); got != want {
				t.Errorf("chunks\n got %q\nwant %q", got, want)
			}
			if got := textOf(list, "text"); got != "Hello, world ✓" {
				t.Errorf("text %q", got)
			}
			last := list[len(list)-1]
			if last.data != "[DONE]" || last.id != "" {
				t.Errorf("last event %+v", last)
			}
			for i, c := range list[:len(list)-1] {
				if c.id != fmt.Sprint(i+1) {
					t.Errorf("entry %d has id %q", i+1, c.id)
				}
			}
			var shown shownChat
			p.json("GET", "/api/v1/chats/"+name, nil, &shown)
			if n := len(shown.Messages); n != 2 || shown.Messages[1].Status != "complete" || shown.Messages[1].ID != list[0].MessageID {
				t.Errorf("saved %+v", shown)
			}
		})
	}
	var shown shownChat
	p.json("GET", "/api/v1/chats/template", nil, &shown)
	if shown.Chat.Visibility != "public" || shown.Chat.Model != "smart" || shown.Messages[0].ID != "q2" {
		t.Errorf("template's wishes: %+v", shown)
	}
}

type shownChat struct {
	Chat     store.Chat
	Messages []store.Message
}

// TestReplyResume: readings in mid-reply, after it, from another number, and by a second reader equal
// the first answer byte for byte, comment lines apart.
func TestReplyResume(t *testing.T) {
	s := newSite(t, func(script.Request) script.Reply { return saying(15*time.Millisecond, manyWords(100)...) })
	p := s.program()
	first := p.open("POST", "/api/v1/chats/c/messages", send("Go on"), asEvents...)
	defer first.Body.Close()
	id := first.Header.Get("X-Stream-Id")
	var readings sync.Map
	var wait sync.WaitGroup
	for i := range 7 {
		wait.Go(func() {
			time.Sleep(time.Duration(i) * 200 * time.Millisecond)
			path := "/api/v1/chats/c/stream"
			if i%2 == 1 {
				path = "/api/v1/streams/" + id
			}
			readings.Store(i, p.do("GET", path, nil).body)
		})
	}
	body, err := io.ReadAll(first.Body)
	if err != nil {
		t.Fatal(err)
	}
	wait.Wait()
	want := without(string(body))
	if got := textOf(chunks(t, want), "text"); got != strings.Join(manyWords(100), "") {
		t.Errorf("the first reading is not whole: %q", got)
	}
	readings.Range(func(i, got any) bool {
		if without(got.(string)) != want {
			t.Errorf("reading %v differs:\n%s\nwant\n%s", i, got, want)
		}
		return true
	})
	after := p.do("GET", "/api/v1/streams/"+id+"?after=5", nil)
	if _, tail, _ := strings.Cut(want, "id: 6\n"); without(after.body) != "id: 6\n"+tail {
		t.Errorf("after=5 gives\n%s", after.body)
	}
	header := p.do("GET", "/api/v1/streams/"+id, nil, "Last-Event-ID", "5")
	if without(header.body) != without(after.body) {
		t.Errorf("Last-Event-ID differs from after")
	}
}

func manyWords(n int) []string {
	words := make([]string, n)
	for i := range words {
		words[i] = fmt.Sprintf("word%d ", i)
	}
	return words
}

// TestReplyEndings plays what a model may do wrong: each ends in the right state, says so, and keeps
// what was written.
func TestReplyEndings(t *testing.T) {
	half := []byte("data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"caf\xc3\"}}]}\n\n")
	rest := []byte("data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"\xa9 \xf0\x9f\"}}]}\n\n")
	last := []byte("data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"\x99\x82\"}}]}\n\n")
	cases := []struct {
		name, status, text, finish, says string
		reply                            script.Reply
	}{
		{"reasoning field", "complete", "Done.", "stop", "", script.Reply{Chunks: []script.Chunk{{Reasoning: "Let me "}, {Reasoning: "see."}, {Text: "Done."}}}},
		{"think tags", "complete", "Done.", "stop", "", saying(0, "<thi", "nk>Let me ", "see.</th", "ink>", "Done.")},
		{"length", "complete", "Cut short", "length", "", script.Reply{Chunks: []script.Chunk{{Text: "Cut short"}}, FinishReason: "length"}},
		{"half characters", "complete", "café 🙂", "stop", "", script.Reply{Chunks: []script.Chunk{{Bytes: half}, {Bytes: rest}, {Bytes: last}}}},
		{"401", "failed", "", "error", "key", script.Fail(http.StatusUnauthorized)},
		{"429", "failed", "", "error", "", script.Reply{Status: 429, Header: http.Header{"Retry-After": {"90"}}}},
		{"500", "failed", "", "error", "", script.Fail(http.StatusInternalServerError)},
		{"cut", "interrupted", "Half a sen", "error", "broke off", script.Reply{Chunks: []script.Chunk{{Text: "Half a sen"}}, Cut: true}},
		{"stall", "interrupted", "And then", "error", "silent", script.Reply{Chunks: []script.Chunk{{Text: "And then"}}, Stall: true}},
		{"empty", "failed", "", "error", "empty", script.Reply{}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := newSite(t, func(script.Request) script.Reply { return c.reply })
			p := s.program()
			list := chunks(t, p.do("POST", "/api/v1/chats/c/messages", send("Hi"), asEvents...).body)
			if got := textOf(list, "text"); got != c.text {
				t.Errorf("streamed %q, want %q", got, c.text)
			}
			if end := list[len(list)-2]; end.FinishReason != c.finish {
				t.Errorf("finish %q, want %q", end.FinishReason, c.finish)
			}
			var shown shownChat
			p.json("GET", "/api/v1/chats/c", nil, &shown)
			m := shown.Messages[1]
			if m.Status != c.status || store.PlainText(m.Parts) != c.text || m.FinishedAt == nil {
				t.Errorf("saved %s %q, want %s %q", m.Status, store.PlainText(m.Parts), c.status, c.text)
			}
			if (c.status == "complete") != (m.Error == nil) {
				t.Fatalf("error %+v with status %s", m.Error, m.Status)
			}
			if m.Error != nil && (m.Error.Message == "" || !strings.Contains(m.Error.Message, c.says)) {
				t.Errorf("says %q", m.Error.Message)
			}
			if strings.Contains(c.name, "re") || strings.Contains(c.name, "think") {
				return
			}
			if replayed := p.do("GET", "/api/v1/chats/c/stream", nil); textOf(chunks(t, replayed.body), "text") != c.text {
				t.Errorf("replayed %s", replayed.body)
			}
		})
	}
}

func TestReplyReasoningIsApart(t *testing.T) {
	s := newSite(t, say("<think>Let me see.</think>", "Done."))
	p := s.program()
	list := chunks(t, p.do("POST", "/api/v1/chats/c/messages", send("Hi"), asEvents...).body)
	if got := textOf(list, "reasoning"); got != "Let me see." {
		t.Errorf("reasoning %q", got)
	}
	var shown shownChat
	p.json("GET", "/api/v1/chats/c", nil, &shown)
	if parts := shown.Messages[1].Parts; len(parts) != 3 || parts[1].Type != "reasoning" || parts[2].Text != "Done." {
		t.Errorf("parts %+v", parts)
	}
}

// TestReplyStopKeepsText: the model's connection closes within a second, and what was shown is kept.
func TestReplyStopKeepsText(t *testing.T) {
	s := newSite(t, endless)
	p := s.program()
	response := p.open("POST", "/api/v1/chats/c/messages", send("Go"), asEvents...)
	defer response.Body.Close()
	eventually(t, "the model is called", func() bool { return s.model.Active() >= 1 })
	time.Sleep(150 * time.Millisecond)
	stopped := time.Now()
	p.json("POST", "/api/v1/chats/c/stop", nil, nil)
	if closed := closedAt(t, s); closed.Sub(stopped) > time.Second {
		t.Errorf("the model's connection closed after %s", closed.Sub(stopped))
	}
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	list := chunks(t, string(body))
	if abort, finish := list[len(list)-3], list[len(list)-2]; abort.Type != "abort" || finish.FinishReason != "other" {
		t.Errorf("ends with %+v %+v", abort, finish)
	}
	var shown shownChat
	p.json("GET", "/api/v1/chats/c", nil, &shown)
	m := shown.Messages[1]
	if m.Status != "stopped" || m.Parts[1].Text != textOf(list, "text") || m.Parts[1].Text == "" {
		t.Errorf("saved %s %q, shown %q", m.Status, m.Parts[1].Text, textOf(list, "text"))
	}
	p.json("POST", "/api/v1/chats/c/stop", nil, nil) // twice is no error
}

// closedAt is when the server closed the connection of a call that the model had not ended.
func closedAt(t *testing.T, s *site) time.Time {
	t.Helper()
	timeout := time.After(3 * time.Second)
	for {
		select {
		case end := <-s.model.Closed():
			if end.Gone {
				return end.At
			}
		case <-timeout:
			t.Fatal("the model's connection stayed open")
		}
	}
}

func endless(r script.Request) script.Reply {
	if strings.HasPrefix(r.Last("system"), "Write a title") {
		return script.Say("A title")
	}
	return script.Reply{Next: func(i int) (script.Chunk, bool) {
		return script.Chunk{Text: fmt.Sprintf("word%d ", i), Delay: 5 * time.Millisecond}, true
	}}
}

// TestReplyOutlivesReader: leaving is not stopping.
func TestReplyOutlivesReader(t *testing.T) {
	s := newSite(t, func(script.Request) script.Reply { return saying(5*time.Millisecond, manyWords(60)...) })
	p := s.program()
	response := p.open("POST", "/api/v1/chats/c/messages", send("Go"), asEvents...)
	if _, err := io.ReadFull(response.Body, make([]byte, 100)); err != nil {
		t.Fatal(err)
	}
	if err := response.Body.Close(); err != nil {
		t.Fatal(err)
	}
	var shown shownChat
	eventually(t, "the reply completes", func() bool {
		p.json("GET", "/api/v1/chats/c?tree=1", nil, &shown)
		return shown.Messages[1].Status == "complete"
	})
	if got := store.PlainText(shown.Messages[1].Parts); got != strings.Join(manyWords(60), "") {
		t.Errorf("saved %q", got)
	}
}

// TestSendIsRepeatable: the same key or the same message id gives the same reply, once.
func TestSendIsRepeatable(t *testing.T) {
	s := newSite(t, say("Once"))
	p := s.program()
	key := append([]string{"Idempotency-Key", "k1"}, asEvents...)
	first := p.do("POST", "/api/v1/chats/c/messages", send("Hi"), key...)
	second := p.do("POST", "/api/v1/chats/c/messages", send("Hi"), key...)
	if a, b := first.header.Get("X-Stream-Id"), second.header.Get("X-Stream-Id"); a != b || a == "" {
		t.Errorf("streams %q and %q", a, b)
	}
	if other := p.do("POST", "/api/v1/chats/c/messages", send("Something else"), key...); other.status != 409 {
		t.Errorf("another body under the key: %d %s", other.status, other.body)
	}
	withID := map[string]any{"text": "Again", "messageId": "mine"}
	third := p.do("POST", "/api/v1/chats/c/messages", withID, asEvents...)
	fourth := p.do("POST", "/api/v1/chats/c/messages", withID, asEvents...)
	if a, b := third.header.Get("X-Stream-Id"), fourth.header.Get("X-Stream-Id"); a != b || a == "" {
		t.Errorf("streams of one message id: %q and %q", a, b)
	}
	var shown shownChat
	p.json("GET", "/api/v1/chats/c?tree=1", nil, &shown)
	if len(shown.Messages) != 4 {
		t.Errorf("%d messages, want 4", len(shown.Messages))
	}
}

// TestSendEditAndRegenerate add siblings; nothing is destroyed.
func TestSendEditAndRegenerate(t *testing.T) {
	s := newSite(t, func(r script.Request) script.Reply { return script.Say("You said " + r.Last("user")) })
	p := s.program()
	p.do("POST", "/api/v1/chats/c/messages", map[string]any{"text": "one", "messageId": "q1"}, asEvents...)
	p.do("POST", "/api/v1/chats/c/messages", map[string]any{"text": "uno", "messageId": "q1"}, asEvents...)
	p.do("POST", "/api/v1/chats/c/messages", map[string]any{"trigger": "regenerate-message"}, asEvents...)
	var tree, shown shownChat
	p.json("GET", "/api/v1/chats/c?tree=1", nil, &tree)
	p.json("GET", "/api/v1/chats/c", nil, &shown)
	if len(tree.Messages) != 5 || len(shown.Messages) != 2 {
		t.Fatalf("%d messages, %d shown", len(tree.Messages), len(shown.Messages))
	}
	if got := store.PlainText(shown.Messages[1].Parts); got != "You said uno" || shown.Messages[0].ID == "q1" {
		t.Errorf("shown %q under %s", got, shown.Messages[0].ID)
	}
	if *shown.Chat.HeadID != tree.Messages[4].ID || *tree.Messages[4].ParentID != *tree.Messages[3].ParentID {
		t.Errorf("the new reply is not the old one's sibling and head")
	}
}

// TestSendStopsTheRunningReply: one chat has one reply at a time, and the first one's text is kept.
func TestSendStopsTheRunningReply(t *testing.T) {
	s := newSite(t, endless)
	p := s.program()
	first := p.open("POST", "/api/v1/chats/c/messages", send("one"), asEvents...)
	defer first.Body.Close()
	eventually(t, "the model writes", func() bool { return s.model.Active() > 0 })
	time.Sleep(50 * time.Millisecond)
	second := p.open("POST", "/api/v1/chats/c/messages", send("two"), asEvents...)
	defer second.Body.Close()
	body, err := io.ReadAll(first.Body)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(body), `{"type":"abort"}`) {
		t.Errorf("the first reply was not stopped: %s", body)
	}
	var tree shownChat
	p.json("GET", "/api/v1/chats/c?tree=1", nil, &tree)
	if tree.Messages[1].Status != "stopped" || tree.Messages[3].Status != "streaming" {
		t.Errorf("%s, %s", tree.Messages[1].Status, tree.Messages[3].Status)
	}
}

// TestSendWaits: Accept: application/json gives the finished message.
func TestSendWaits(t *testing.T) {
	s := newSite(t, say("All of it"))
	p := s.program()
	var out struct{ Message store.Message }
	p.json("POST", "/api/v1/chats/c/messages", send("Hi"), &out)
	if out.Message.Status != "complete" || store.PlainText(out.Message.Parts) != "All of it" {
		t.Errorf("%+v", out.Message)
	}
}

// TestStreamOfNothing: what is not there is a 204 for programs, and an end for htmx.
func TestStreamOfNothing(t *testing.T) {
	s := newSite(t, say("x"))
	p, b := s.program(), s.browser()
	if a := p.do("GET", "/api/v1/chats/none/stream", nil); a.status != 204 {
		t.Errorf("%d %s", a.status, a.body)
	}
	a := b.do("GET", "/chats/none/stream", nil, asPart...)
	if a.status != 200 || !strings.Contains(a.body, "event: done") {
		t.Errorf("%d %s", a.status, a.body)
	}
	a = b.do("GET", "/streams/none", nil, asPart...)
	if a.status != 200 || !strings.Contains(a.body, "event: done") || !strings.Contains(a.body, "hx-partial") {
		t.Errorf("%d %s", a.status, a.body)
	}
}

// TestCheckpoint: what a crash would leave is at most half a second old.
func TestCheckpoint(t *testing.T) {
	s := newSite(t, endless)
	p := s.program()
	response := p.open("POST", "/api/v1/chats/c/messages", send("Go"), asEvents...)
	defer response.Body.Close()
	eventually(t, "a checkpoint holds text", func() bool {
		var tree shownChat
		p.json("GET", "/api/v1/chats/c?tree=1", nil, &tree)
		parts, err := json.Marshal(tree.Messages[1].Parts)
		return err == nil && strings.Contains(string(parts), "word5") && tree.Messages[1].Status == "streaming"
	})
}
