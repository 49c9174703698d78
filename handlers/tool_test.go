package handlers_test

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"time"

	"alleato/ai"
	"alleato/ai/model"
	"alleato/ai/model/script"
	"alleato/handlers"
	"alleato/store"
)

// withTools is a site whose model calls tools.
func withTools(t *testing.T, answer func(script.Request) script.Reply) *site {
	t.Helper()
	upstream := httptest.NewServer(&script.Handler{Models: []string{"qwen3-tools"}, Answer: answer})
	t.Cleanup(upstream.Close)
	models := model.NewCatalogue(model.Options{Endpoints: []model.Endpoint{{BaseURL: upstream.URL + "/v1", APIKey: "key"}},
		Idle: time.Minute, Now: time.Now, Log: slog.New(slog.DiscardHandler)})
	t.Cleanup(func() {
		if err := models.Close(); err != nil {
			t.Error(err)
		}
	})
	return newSite(t, nil, func(h *handlers.Options, a *ai.Options) { h.Models, a.Models = models, models })
}

func system(r script.Request) string {
	if len(r.Messages) == 0 || r.Messages[0].Role != "system" {
		return ""
	}
	return r.Messages[0].Text
}

func calling(name string, arguments any) script.Reply {
	encoded, _ := json.Marshal(arguments)
	half := len(encoded) / 2
	return script.Reply{Chunks: []script.Chunk{{Text: "Let me."}, {ToolID: "call_1", ToolName: name, ToolArgs: string(encoded[:half])}, {ToolArgs: string(encoded[half:])}}}
}

var documentID = regexp.MustCompile(`id ([0-9a-f-]{36}), kind`)

// writer plays a model that creates a document when asked to "create", and works on it by the other
// words.
func writer(r script.Request) script.Reply {
	id := ""
	if m := documentID.FindStringSubmatch(system(r)); m != nil {
		id = m[1]
	}
	switch last := r.Messages[len(r.Messages)-1]; {
	case strings.HasPrefix(system(r), "Write a title"):
		return script.Say("Talk")
	case strings.HasPrefix(system(r), "Write the document"):
		return script.Say("```markdown\n# Rome\n\nAll roads lead there.\n```\nI hope that helps!")
	case strings.HasPrefix(system(r), "Rewrite the document") && last.Text == "refused":
		return script.Fail(401)
	case strings.HasPrefix(system(r), "Rewrite the document"):
		return script.Say("# Rome\n\nNo road leads there.\n")
	case strings.HasPrefix(system(r), "Suggest improvements"):
		return script.Say("Here:\n```json\n" + `{"originalText":"road","suggestedText":"street","description":"Clearer."}` + "\n" + `{"originalText":"absent","suggestedText":"x","description":"y"}` + "\n```")
	case last.Role == "tool":
		return script.Say("Told: " + last.Text)
	case strings.Contains(last.Text, "create"):
		return calling("createDocument", m{"title": "Rome", "kind": "text"})
	case strings.Contains(last.Text, "try in vain"):
		return calling("updateDocument", m{"id": id, "description": "refused"})
	case strings.Contains(last.Text, "rewrite"):
		return calling("updateDocument", m{"id": id, "description": "The other way round"})
	case strings.Contains(last.Text, "edit badly"):
		return calling("editDocument", m{"id": id, "oldText": "absent", "newText": "x"})
	case strings.Contains(last.Text, "edit"):
		return calling("editDocument", m{"id": id, "oldText": "No road", "newText": "Every road"})
	case strings.Contains(last.Text, "suggest"):
		return calling("requestSuggestions", m{"documentId": id})
	case strings.Contains(last.Text, "elsewhere "):
		return calling("editDocument", m{"id": strings.Fields(last.Text)[1], "oldText": "secret", "newText": "stolen"})
	case strings.Contains(last.Text, "nonsense"):
		return script.Reply{Chunks: []script.Chunk{{ToolID: "x", ToolName: "launchRockets", ToolArgs: `{"at":`}}}
	}
	return script.Say("Hello")
}

// says sends a message and waits for the reply.
func (p *person) says(text string) store.Message {
	p.t.Helper()
	var out struct{ Message store.Message }
	p.json("POST", "/api/v1/chats/c/messages", send(text), &out)
	return out.Message
}

// outline is the parts of a message in short.
func outline(m store.Message) string {
	var list []string
	for _, p := range m.Parts {
		s := p.Type
		if p.State != "" && p.State != "done" {
			s += ":" + p.State
		}
		list = append(list, s)
	}
	return strings.Join(list, " ")
}

func (p *person) chatDocuments() []store.Document {
	p.t.Helper()
	var out documentsOut
	p.json("GET", "/api/v1/documents", nil, &out)
	return out.Documents
}

type documentsOut struct{ Documents []store.Document }

func (p *person) document(id string) store.Document {
	p.t.Helper()
	var out struct{ Document store.Document }
	p.json("GET", "/api/v1/documents/"+id, nil, &out)
	return out.Document
}

// TestTools: the model writes, rewrites, edits and has suggestions made; what goes wrong it is told.
func TestTools(t *testing.T) {
	s := withTools(t, writer)
	p, eve := s.program(), s.program()
	hers := eve.newDocument("text", "Hers", "a secret")
	reply := p.says("create it")
	if got := outline(reply); got != "step-start text tool-createDocument:output-available data-document step-start text" {
		t.Errorf("parts: %s", got)
	}
	list := p.chatDocuments()
	if len(list) != 1 {
		t.Fatalf("%d documents", len(list))
	}
	id := list[0].ID
	d := p.document(id)
	if d.Text() != "# Rome\n\nAll roads lead there.\n" || d.Author != "assistant" || d.ChatID == nil || *d.ChatID != "c" || d.MessageID == nil || *d.MessageID != reply.ID || d.Version != 1 {
		t.Errorf("created %+v %q", d, d.Text())
	}
	p.says("rewrite it")
	if d = p.document(id); d.Version != 2 || d.Text() != "# Rome\n\nNo road leads there.\n" {
		t.Errorf("rewritten %+v %q", d, d.Text())
	}
	p.says("edit it")
	if d = p.document(id); d.Version != 3 || d.Text() != "# Rome\n\nEvery road leads there.\n" || d.StreamID != nil {
		t.Errorf("edited %+v %q", d, d.Text())
	}
	for text, wants := range map[string]string{"edit badly": "does not hold oldText", "elsewhere " + hers.ID: "no such document", "nonsense": "not the JSON", "try in vain": "could not be written"} {
		reply := p.says(text)
		if got := outline(reply); !strings.Contains(got, ":output-error step-start text") || !strings.Contains(store.PlainText(reply.Parts), wants) {
			t.Errorf("%s: %s %q", text, got, store.PlainText(reply.Parts))
		}
	}
	if d = p.document(id); d.Version != 3 {
		t.Errorf("what failed made version %d", d.Version)
	}
	if got := eve.document(hers.ID); got.Text() != "a secret" {
		t.Errorf("a stranger's document is %q", got.Text())
	}
	p.says("suggest")
	var g struct{ Suggestions []store.Suggestion }
	p.json("GET", "/api/v1/documents/"+id+"/suggestions", nil, &g)
	if len(g.Suggestions) != 1 || g.Suggestions[0].OriginalText != "road" || g.Suggestions[0].DocumentVersion != 3 {
		t.Errorf("suggestions %+v", g)
	}
}

// TestToolsStream: the wire format of a reply with a tool, live and read again when its log is gone.
func TestToolsStream(t *testing.T) {
	s := withTools(t, writer)
	p := s.program()
	p.json("POST", "/api/v1/chats", m{"id": "c"}, nil)
	a := p.do("POST", "/api/v1/chats/c/messages", send("create it"), asEvents...)
	golden(t, "stream_tool.txt", without(a.body))
	if err := s.kv.Delete(t.Context(), "stream:"+a.header.Get("X-Stream-Id")); err != nil {
		t.Fatal(err)
	}
	types := func(body string) (list []string) {
		for _, c := range chunks(t, body) {
			if !strings.Contains(c.Type, "delta") {
				list = append(list, c.Type)
			}
		}
		return list
	}
	page := p.do("GET", "/api/v1/streams/"+a.header.Get("X-Stream-Id"), nil, asEvents...)
	if live, again := fmt.Sprint(types(a.body)), fmt.Sprint(types(page.body)); live != again {
		t.Errorf("live %s\nagain %s", live, again)
	}
}

// TestToolsFrames: the card is in the frames of the page while the text is written, and in the page
// after it, equal.
func TestToolsFrames(t *testing.T) {
	g := newGate()
	s := withTools(t, func(r script.Request) script.Reply {
		if strings.HasPrefix(system(r), "Write the document") {
			return staged(stage{nil, script.Words("first half", 0)}, stage{g, script.Words(" second half", 0)})
		}
		return writer(r)
	})
	release(t, g)
	b := s.browser()
	sent := b.do("POST", "/chats/c/messages", map[string]string{"text": "create it"}, asPart...)
	stream := "/streams/" + sent.header.Get("X-Stream-Id")
	var out documentsOut
	eventually(t, "the document is there, with its first half", func() bool {
		b.json("GET", "/documents", nil, &out)
		return len(out.Documents) == 1 && strings.Contains(b.do("GET", "/documents/"+out.Documents[0].ID, nil, asJSON...).body, "first half")
	})
	id := out.Documents[0].ID
	link := `href="/documents/` + id + `?version=1"`
	writing := b.do("GET", "/documents/"+id, nil, asPage...).body
	if !strings.Contains(writing, "is writing this version") || strings.Contains(writing, "artifact-edit") {
		t.Errorf("the page of a document being written: %s", writing)
	}
	if page := b.do("GET", "/chats/c", nil, asPage...).body; !strings.Contains(page, link) || !strings.Contains(page, "Writing a document") {
		t.Error("the chat, while it is written, has no card")
	}
	// a person's save in between loses nothing
	b.json("PUT", "/documents/"+id, m{"content": "mine", "baseVersion": 1}, nil)
	go func() { time.Sleep(50 * time.Millisecond); g.open() }()
	frames := b.do("GET", stream, nil, asPart...).body
	if !strings.Contains(frames, link) || !strings.HasSuffix(frames, "event: done\ndata: ok\n\n") {
		t.Errorf("frames: %s", frames)
	}
	for version, text := range map[string]string{"1": "first half second half", "2": "mine"} {
		var d struct{ Document store.Document }
		b.json("GET", "/documents/"+id+"?version="+version, nil, &d)
		if d.Document.Text() != text {
			t.Errorf("version %s is %q", version, d.Document.Text())
		}
	}
	if page := b.do("GET", "/chats/c", nil, asPage...).body; !strings.Contains(page, link) || strings.Contains(page, "Writing a document") {
		t.Error("the chat afterwards")
	}
}

// TestToolsStopped: a document whose writing is stopped keeps its text, and the reply ends in order.
func TestToolsStopped(t *testing.T) {
	g := newGate()
	s := withTools(t, func(r script.Request) script.Reply {
		if strings.HasPrefix(system(r), "Write the document") {
			return staged(stage{nil, script.Words("kept text", 0)}, stage{g, script.Words(" never", 0)})
		}
		return writer(r)
	})
	release(t, g)
	p := s.program()
	done := make(chan answer)
	go func() { done <- p.do("POST", "/api/v1/chats/c/messages", send("create it"), asEvents...) }()
	eventually(t, "the text has come", func() bool {
		list := p.chatDocuments()
		return len(list) == 1 && strings.Contains(p.do("GET", "/api/v1/documents/"+list[0].ID, nil).body, "kept text")
	})
	p.json("POST", "/api/v1/chats/c/stop", nil, nil)
	body := (<-done).body
	for _, wants := range []string{`"tool-output-error"`, `"abort"`, `[DONE]`} {
		if !strings.Contains(body, wants) {
			t.Errorf("the stream has no %s: %s", wants, body)
		}
	}
	var chat struct{ Messages []store.Message }
	p.json("GET", "/api/v1/chats/c", nil, &chat)
	if got := chat.Messages[1]; got.Status != "stopped" || outline(got) != "step-start text tool-createDocument:output-error data-document" {
		t.Errorf("%s %s", got.Status, outline(got))
	}
	list := p.chatDocuments()
	if got := p.document(list[0].ID); got.Text() != "kept text" {
		t.Errorf("kept %q", got.Text())
	}
	g.open()
	if again := p.says("create it"); again.Status != "complete" {
		t.Errorf("after it: %s", again.Status)
	}
}

// TestToolsEnd: a model that calls tools for ever comes to an end, at the last step without tools.
func TestToolsEnd(t *testing.T) {
	calls := 0
	s := withTools(t, func(r script.Request) script.Reply {
		if strings.HasPrefix(system(r), "Write a title") {
			return script.Say("Talk")
		}
		calls++
		if len(r.Tools) == 0 {
			return script.Say("Enough.")
		}
		return calling("editDocument", m{"id": "none"})
	})
	reply := s.program().says("Hi")
	if calls != 8 || reply.Status != "complete" || !strings.HasSuffix(store.PlainText(reply.Parts), "Enough.") {
		t.Errorf("%d calls, %s %q", calls, reply.Status, store.PlainText(reply.Parts))
	}
	seen := map[string]bool{}
	for _, p := range reply.Parts {
		if p.ToolCallID != "" && seen[p.ToolCallID] {
			t.Errorf("the id %s is there twice", p.ToolCallID)
		}
		seen[p.ToolCallID] = p.ToolCallID != ""
	}
}

// TestToolsRefused: a model that takes no tools, though it is said to, answers without them.
func TestToolsRefused(t *testing.T) {
	s := withTools(t, func(r script.Request) script.Reply {
		if len(r.Tools) > 0 {
			return script.Fail(400)
		}
		return script.Say("Hello.")
	})
	if reply := s.program().says("Hi"); reply.Status != "complete" || store.PlainText(reply.Parts) != "Hello." {
		t.Errorf("%s %q", reply.Status, store.PlainText(reply.Parts))
	}
}
