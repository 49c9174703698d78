package handlers_test

import (
	"fmt"
	"strings"
	"testing"

	"alleato/ai/model/script"
	"alleato/store"
)

// TestToolsStayInTheirChat: a document of another chat, or of none, is no tool's to touch: whoever was
// shown its address could have a model write into it.
func TestToolsStayInTheirChat(t *testing.T) {
	target := ""
	tries := map[string]func() script.Reply{
		"updateDocument": func() script.Reply { return calling("updateDocument", m{"id": target, "description": "Deface it"}) },
		"editDocument": func() script.Reply {
			return calling("editDocument", m{"id": target, "oldText": "Mine", "newText": "Stolen"})
		},
		"requestSuggestions": func() script.Reply { return calling("requestSuggestions", m{"documentId": target}) },
	}
	s := withTools(t, func(r script.Request) script.Reply {
		last := r.Messages[len(r.Messages)-1]
		if try := tries[last.Text]; try != nil && last.Role == "user" {
			return try()
		}
		return writer(r)
	})
	p := s.program()
	p.json("POST", "/api/v1/chats", m{"id": "other"}, nil)
	for name, more := range map[string]m{"of another chat": {"chatId": "other", "visibility": "public"}, "of none": {"visibility": "public"}} {
		d := p.newDocument("text", "Mine", "Mine alone: road", more)
		target = d.ID
		for tool := range tries {
			reply := p.says(tool)
			if got := outline(reply); !strings.Contains(got, "tool-"+tool+":output-error") || !strings.Contains(store.PlainText(reply.Parts), "no such document") {
				t.Errorf("%s, %s: %s %q", name, tool, got, store.PlainText(reply.Parts))
			}
		}
		var g struct{ Suggestions []store.Suggestion }
		p.json("GET", "/api/v1/documents/"+d.ID+"/suggestions", nil, &g)
		if got := p.document(d.ID); got.Version != 1 || got.Text() != "Mine alone: road" || len(g.Suggestions) != 0 {
			t.Errorf("%s: version %d is %q, with %d suggestions", name, got.Version, got.Text(), len(g.Suggestions))
		}
	}
}

// TestToolCallsAreBounded: a model that was talked into calling tools without end makes few documents.
func TestToolCallsAreBounded(t *testing.T) {
	const most = 16
	written := make(chan struct{}, 1000)
	s := withTools(t, func(r script.Request) script.Reply {
		switch {
		case strings.HasPrefix(system(r), "Write a title"):
			return script.Say("Talk")
		case strings.HasPrefix(system(r), "Write the document"):
			written <- struct{}{}
			return script.Say("Text")
		}
		var all script.Reply
		for i := range 30 {
			all.Chunks = append(all.Chunks, script.Chunk{ToolIndex: i, ToolID: fmt.Sprint("call", i), ToolName: "createDocument", ToolArgs: `{"title":"Spam","kind":"text"}`})
		}
		if len(r.Tools) == 0 {
			return script.Say("Enough.")
		}
		return all
	})
	p := s.program()
	reply := p.says("spam")
	if n := len(written); n != most {
		t.Errorf("%d documents were written, want %d", n, most)
	}
	if reply.Status != "complete" || !strings.HasSuffix(store.PlainText(reply.Parts), "Enough.") {
		t.Errorf("%s: %q", reply.Status, store.PlainText(reply.Parts))
	}
}
