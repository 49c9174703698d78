package views_test

import (
	"encoding/json"
	"strings"
	"testing"

	"alleato/store"
	"alleato/views"
)

func TestAssistantMessageRunning(t *testing.T) {
	v := view()
	v.StreamID, v.RunningMessageID = "s1", "a1"
	doc := render(t, views.AssistantMessage(page(), reply(store.StatusStreaming, "Hel*lo*"), v))
	wants(t, doc, map[string]int{
		`article#m-a1[aria-busy="true"][data-message-id="a1"][data-role="assistant"]`: 1,
		"#m-a1-body > #m-a1-p0 > #m-a1-p0-blocks em":                                  1,
		"#m-a1-p0-tail": 1, id("message-regenerate"): 0, id("message-copy"): 0,
	})
	article := doc.Find("article")
	for name, want := range map[string]string{"hx-sse:connect": "/streamShow/s1", "hx-sse:close": "done", "hx-status:5xx": "swap:none"} {
		if got := article.AttrOr(name, ""); got != want {
			t.Errorf("%s = %q, want %q", name, got, want)
		}
	}
	var config struct{ SSE map[string]int }
	if err := json.Unmarshal([]byte(article.AttrOr("hx-config", "")), &config); err != nil || config.SSE["reconnectDelay"] == 0 {
		t.Errorf("hx-config %q: %v", article.AttrOr("hx-config", ""), err)
	}
}

func TestAssistantMessageWithoutAStreamIsNotConnected(t *testing.T) {
	v := view()
	v.StreamID, v.RunningMessageID = "s2", "another"
	doc := render(t, views.AssistantMessage(page(), reply(store.StatusStreaming, ""), v))
	if got, connected := doc.Find("article").Attr("hx-sse:connect"); connected {
		t.Errorf("connected to %s", got)
	}
}

func TestAssistantMessageEnded(t *testing.T) {
	failed := reply(store.StatusFailed, "So far")
	failed.Error = &store.MessageError{Code: "unauthenticated", Message: "The key was refused."}
	for _, test := range []struct {
		message store.Message
		note    string
		goOn    int
	}{
		{reply(store.StatusComplete, "x"), "", 0},
		{reply(store.StatusStopped, "x"), "Stopped.", 1},
		{reply(store.StatusInterrupted, "x"), "Interrupted: the connection", 1},
		{failed, "Failed: The key was refused.", 0},
	} {
		v := view()
		v.CanContinue = true
		doc := render(t, views.AssistantMessage(page(), test.message, v))
		wants(t, doc, map[string]int{
			`[aria-busy]`: 0, id("message-copy"): 1, id("message-continue"): test.goOn,
			`form[method="post"][action="/messageCreate/c1"] ` + id("message-regenerate"): 1,
		})
		if note := strings.TrimSpace(doc.Find(".msg-note").Text()); !strings.HasPrefix(note, test.note) || (test.note == "") != (note == "") {
			t.Errorf("%s: note %q, want %q", test.message.Status, note, test.note)
		}
	}
}

func TestContinueOnlyWhereTheServerTakesIt(t *testing.T) {
	doc := render(t, views.AssistantMessage(page(), reply(store.StatusStopped, "x"), view()))
	wants(t, doc, map[string]int{id("message-continue"): 0})
}

func TestReaderOfASharedChatCannotWrite(t *testing.T) {
	v := view(question("Hi"), reply(store.StatusInterrupted, "x"))
	v.ReadOnly, v.CanContinue = true, true
	wants(t, render(t, views.ChatPage(page(), v)), map[string]int{
		"#composer": 0, id("message-regenerate"): 0, id("message-continue"): 0, id("message-copy"): 1,
	})
}

func TestUserMessageIsPlainText(t *testing.T) {
	const text = "# <b>not</b> *Markdown*\n  <script>x</script>"
	doc := render(t, views.UserMessage(page(), question(text), view()))
	wants(t, doc, map[string]int{"b": 0, "em": 0, "script": 0})
	if got := doc.Find(id("message-content")).Text(); got != text {
		t.Errorf("%q, want %q", got, text)
	}
}

func TestBubbles(t *testing.T) {
	v := view()
	v.StreamID = "s1"
	wants(t, render(t, views.Bubbles(page(), question("Hi"), reply(store.StatusStreaming, ""), v)), map[string]int{"#m-u1 + #m-a1": 1})
	wants(t, render(t, views.Bubbles(page(), store.Message{}, reply(store.StatusStreaming, ""), v)), map[string]int{"article": 1})
}

func TestParts(t *testing.T) {
	m := reply(store.StatusComplete, "")
	m.Parts = []store.Part{
		{Type: "reasoning", Text: "Hm", ProviderMetadata: json.RawMessage(`{"alleato":{"seconds":6}}`)},
		{Type: "step-start"},
		{Type: "tool-weather", State: "output-available"},
		{Type: "data-title", Data: json.RawMessage(`{}`)},
		{Type: "file", MediaType: "image/png", URL: "/f/1", Filename: "a.png"},
		{Type: "text", Text: "**Done**"},
		{Type: "tool-createDocument", State: "output-available"},
		{Type: "data-document", Data: json.RawMessage(`{"id":"d1","kind":"code","title":"A <b>title</b>","version":2}`)},
		{Type: "data-document", Data: json.RawMessage(`{"id":"../x","kind":"code","title":"x","version":2}`)},
		{Type: "tool-editDocument", State: "input-available"},
	}
	doc := render(t, views.MessageBody(page(), m))
	wants(t, doc, map[string]int{
		"details#m-a1-p0" + id("message-reasoning") + ":not([open])": 1, "#m-a1-p1": 0, "#m-a1-p2.tool-card": 1, "#m-a1-p3": 0,
		`#m-a1-p4 img[src="/f/1"][alt="a.png"]`: 1, "#m-a1-p5.msg-prose strong": 1, ".tail": 0,
		"#m-a1-p6[hidden]": 1, `a#m-a1-p7.document-tool[data-kind="code"][href$="?version=2"]`: 1, "#m-a1-p7 b": 0, "#m-a1-p8": 0,
		`#m-a1-p9.tool-card[data-state="output-error"]`: 1, // its process died
	})
	if got := doc.Find(id("message-reasoning-toggle")).Text(); got != "Thought for 6 seconds" {
		t.Errorf("reasoning %q", got)
	}
}

func TestReasoningHeading(t *testing.T) {
	for metadata, want := range map[string]string{
		"": "Thought", `{"other":1}`: "Thought", `[]`: "Thought", `{"alleato":{"seconds":0}}`: "Thought for a moment",
		`{"alleato":{"seconds":1}}`: "Thought for 1 second", `{"alleato":{"seconds":170}}`: "Thought for 3 minutes",
	} {
		part := store.Part{Type: "reasoning", ProviderMetadata: json.RawMessage(metadata)}
		if got := render(t, views.PartDone("a1", 0, part, "")).Find("summary").Text(); got != want {
			t.Errorf("%s: %q, want %q", metadata, got, want)
		}
	}
}

func TestPartOpenIsWhereFramesGo(t *testing.T) {
	wants(t, render(t, views.PartOpen("a1", 2, "text")), map[string]int{"#m-a1-p2.msg-prose > #m-a1-p2-blocks:empty + #m-a1-p2-tail:empty": 1})
	wants(t, render(t, views.PartOpen("a1", 0, "reasoning")), map[string]int{"details#m-a1-p0 #m-a1-p0-blocks + #m-a1-p0-tail": 1})
}

func TestToast(t *testing.T) {
	doc := render(t, views.Toast(views.Failure{Message: "Too many.", Hint: "Wait."}))
	wants(t, doc, map[string]int{id("toast") + `[role="alert"]`: 1, `button[aria-label="Dismiss"]`: 1})
	if got := doc.Find(id("toast")).Text(); !strings.Contains(got, "Something went wrong") || !strings.Contains(got, "Too many.") || !strings.Contains(got, "Wait.") {
		t.Errorf("toast %q", got)
	}
}
