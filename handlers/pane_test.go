package handlers_test

import (
	"strings"
	"testing"

	"alleato/ai/model/script"
	"alleato/store"
)

// TestPaneBesideChat: the address of a chat names a document of its own beside it, and whatever else it names
// shows the chat alone.
func TestPaneBesideChat(t *testing.T) {
	s := withTools(t, writer)
	p := s.program()
	p.says("create it")
	id := p.chatDocuments()[0].ID
	var alone, elsewhere struct{ Document store.Document }
	p.json("POST", "/api/v1/documents", m{"kind": "text", "title": "Alone", "content": "secret"}, &alone)
	p.json("POST", "/api/v1/chats", m{"id": "other"}, nil)
	p.json("POST", "/api/v1/documents", m{"kind": "text", "title": "Elsewhere", "content": "secret", "chatId": "other"}, &elsewhere)
	p.json("PUT", "/api/v1/documents/"+id, m{"content": "newest"}, nil)
	p.json("PATCH", "/api/v1/chats/c", m{"visibility": "public"}, nil)
	reader := s.browser()
	for query, want := range map[string]string{
		"?document=" + id: "newest", "?document=" + id + "&version=1": "All roads", "?document=" + id + "&version=2": "newest",
		"?document=" + id + "&version=9": "newest", "?document=" + id + "&version=x": "newest", "?document=" + id + "&version=-1": "newest",
		"?document=" + alone.Document.ID: "", "?document=" + elsewhere.Document.ID: "", "?document=" + store.NewID(): "", "?document=%00": "", "?document=": "", "": "",
	} {
		a := reader.do("GET", "/chats/c"+query, nil, asPage...)
		if a.status != 200 || !strings.Contains(a.body, `id="messages"`) {
			t.Errorf("%q: %d", query, a.status)
		}
		if got := strings.Contains(a.body, `id="artifact"`); got != (want != "") || !strings.Contains(a.body, want) || strings.Contains(a.body, "secret") {
			t.Errorf("%q: a document is shown: %v", query, got)
		}
	}
	if a := reader.do("GET", "/chats/c?document="+id, nil, asPage...); strings.Contains(a.body, `data-testid="artifact-menu"`) {
		t.Error("a reader is offered to change the document")
	}
}

// TestPaneStream: who may read the reply that writes a document is told which it is; who may not asks again.
func TestPaneStream(t *testing.T) {
	g := newGate()
	s := withTools(t, func(r script.Request) script.Reply {
		if strings.HasPrefix(system(r), "Write the document") {
			return staged(stage{nil, script.Words("some words", 0)}, stage{g, script.Words(" more", 0)})
		}
		return writer(r)
	})
	release(t, g)
	p := s.signedIn("ada")
	p.do("POST", "/chats/c/messages", m{"text": "create it"}, "Content-Type", "application/json", "Accept", "text/html", "HX-Request", "true")
	var list struct{ Documents []store.Document }
	eventually(t, "the document has begun", func() bool {
		p.json("GET", "/documents", nil, &list)
		return len(list.Documents) == 1
	})
	path := "/documents/" + list.Documents[0].ID
	var chat struct{ Chat store.Chat }
	p.json("GET", "/chats/c", nil, &chat)
	stream := `data-stream-id="` + *chat.Chat.StreamID + `"`
	if body := p.do("GET", path, nil, asPage...).body; !strings.Contains(body, stream) || !strings.Contains(body, "artifact-stop") || strings.Contains(body, "every 3s") {
		t.Error("its owner is not told of the stream")
	}
	if body := p.do("GET", path+"?pane=1", nil, asPart...).body; !strings.Contains(body, stream) || strings.Contains(body, "<html") {
		t.Error("the pane is not told of the stream")
	}
	p.json("PATCH", path, m{"visibility": "public"}, nil)
	reader := s.browser()
	if body := reader.do("GET", path, nil, asPage...).body; strings.Contains(body, stream) || !strings.Contains(body, "every 3s") || strings.Contains(body, "artifact-stop") {
		t.Error("a reader of the document alone is told of the stream")
	}
	p.json("PATCH", "/chats/c", m{"visibility": "public"}, nil)
	if body := reader.do("GET", path, nil, asPage...).body; !strings.Contains(body, stream) || strings.Contains(body, "artifact-stop") {
		t.Error("a reader of the chat is not told of the stream")
	}
	g.open()
	eventually(t, "it is written", func() bool { return !strings.Contains(p.do("GET", path, nil, asPage...).body, "data-writing") })
	if body := p.do("GET", path, nil, asPage...).body; strings.Contains(body, "data-stream-id") {
		t.Error("what is written has a stream")
	}
}

// TestPaneParts: what the pane asks for comes as what it shows; what is deleted leaves it empty.
func TestPaneParts(t *testing.T) {
	s := newSite(t, nil)
	p := s.signedIn("ada")
	var made struct{ Document store.Document }
	p.json("POST", "/documents", m{"kind": "text", "title": "Plan", "content": "one"}, &made)
	path := "/documents/" + made.Document.ID
	p.json("PUT", path, m{"content": "two"}, nil)
	for query, want := range map[string]string{"?pane=1": "artifact-own-page", "/versions?pane=1": "artifact-back", "/diff?pane=1": "artifact-back"} {
		if a := p.do("GET", path+query, nil, asPart...); a.status != 200 || !strings.Contains(a.body, want) || !strings.Contains(a.body, "artifact-close-button") || strings.Contains(a.body, "<html") {
			t.Errorf("%s: %d %s", query, a.status, a.body)
		}
	}
	if a := p.do("DELETE", path+"?pane=1", nil, asPart...); a.status != 200 || strings.TrimSpace(a.body) != "" || a.header.Get("HX-Location") != "" {
		t.Errorf("deleted: %d %q", a.status, a.body)
	}
}
