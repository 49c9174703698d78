package handlers_test

import (
	"log/slog"
	"strings"
	"testing"
	"time"

	"alleato/ai"
	"alleato/ai/model"
	"alleato/ai/model/script"
	"alleato/handlers"
	"alleato/store"
)

// TestDocumentCommand: a model without tools writes a document by the word or the button of a person.
func TestDocumentCommand(t *testing.T) {
	s := newSite(t, func(r script.Request) script.Reply {
		if strings.HasPrefix(system(r), "Write the document") {
			return script.Say("```Go\npackage main\n```")
		}
		return script.Say("Talk")
	})
	p := s.program()
	for i, body := range []m{{"text": "/code a program"}, {"text": "a program", "document": "code"}} {
		var out struct{ Message store.Message }
		p.json("POST", "/api/v1/chats/c/messages", body, &out)
		if got := outline(out.Message); out.Message.Status != "complete" || got != "step-start tool-createDocument:output-available data-document" {
			t.Errorf("%v: %s %s", body, out.Message.Status, got)
		}
		list := p.chatDocuments()
		if d := p.document(list[0].ID); len(list) != i+1 || d.Kind != "code" || d.Title != "a program" || d.Text() != "package main\n" || d.Language == nil || *d.Language != "go" {
			t.Errorf("%v: %+v %q", body, d, d.Text())
		}
	}
	if a := p.do("POST", "/api/v1/chats/c/messages", m{"text": "x", "document": "image"}, asJSON...); a.status != 422 {
		t.Errorf("an image: %d", a.status)
	}
}

// TestDemoDocuments: the demo model plays all that has to do with documents.
func TestDemoDocuments(t *testing.T) {
	models := model.NewCatalogue(model.Options{Idle: time.Minute, Now: time.Now, Log: slog.New(slog.DiscardHandler)})
	t.Cleanup(func() {
		if err := models.Close(); err != nil {
			t.Error(err)
		}
	})
	s := newSite(t, nil, func(h *handlers.Options, a *ai.Options) { h.Models, a.Models = models, models })
	p := s.program()
	for _, c := range []struct{ text, outline string }{
		{"Write a document about Torino", "step-start tool-createDocument:output-available data-document step-start text"},
		{"Rewrite the document, please", "step-start tool-updateDocument:output-available data-document step-start text"},
		{"Suggest improvements of the document", "step-start tool-requestSuggestions:output-available data-document step-start text"},
		{"Create a document with a table of regions", "step-start tool-createDocument:output-available data-document step-start text"},
		{"Hello", "step-start text"},
	} {
		if reply := p.says(c.text); outline(reply) != c.outline || reply.Status != "complete" {
			t.Errorf("%s: %s %s", c.text, reply.Status, outline(reply))
		}
	}
	list := p.chatDocuments()
	if len(list) != 2 || list[0].Kind != "sheet" || list[1].Version != 2 {
		t.Errorf("%+v", list)
	}
	demoSuggests(t, p)
	demoActs(t, p)
}

// demoSuggests: the demo model has something to suggest for what it writes, and for what others have written.
func demoSuggests(t *testing.T, p *person) {
	t.Helper()
	suggestions := func(id string) []store.Suggestion {
		var out struct{ Suggestions []store.Suggestion }
		p.json("GET", "/api/v1/documents/"+id+"/suggestions", nil, &out)
		return out.Suggestions
	}
	for kind, word := range map[string]string{"code": "program", "sheet": "table", "html": "page"} {
		p.json("POST", "/api/v1/chats/"+kind+"/messages", send("Write a document with a "+word), nil)
		id := p.chatDocuments()[0].ID
		p.json("POST", "/api/v1/documents/"+id+"/ask", m{"action": "suggest"}, nil)
		if d := p.document(id); d.Kind != kind || len(suggestions(id)) < 2 {
			t.Errorf("%s: %d suggestions of %q", d.Kind, len(suggestions(id)), d.Text())
		}
		p.json("PATCH", "/api/v1/documents/"+id+"/suggestions", m{"status": "accepted"}, nil)
		if d := p.document(id); d.Version != 2 {
			t.Errorf("%s: %d suggestions do not fit each other", kind, len(suggestions(id)))
		}
	}
	for _, c := range []struct{ kind, content, selection, suggested string }{
		{"code", "int main() {\n  return 0;\n}\n", "", "// Say here what this is for.\nint main() {"},
		{"code", "a = 1\nb = 2\n", "b = 2", "# Say here what this is for.\nb = 2"},
		{"sheet", "name;city\nAnn;Rome\n", "", "name (checked)"},
		{"text", "Some words.", "", "SOME!"},
	} {
		id := p.newDocument(c.kind, "Plan", c.content).ID
		p.json("POST", "/api/v1/documents/"+id+"/ask", m{"action": "suggest", "selection": c.selection}, nil)
		if list := suggestions(id); len(list) != 1 || list[0].SuggestedText != c.suggested {
			t.Errorf("%q: %+v", c.content, list)
		}
	}
}

// demoActs: what the demo model does by quick actions can be seen.
func demoActs(t *testing.T, p *person) {
	t.Helper()
	for _, c := range []struct{ kind, content, action, choice, want, language string }{
		{"code", "x = 1\n", "comment", "", "# As you asked: “Update the document “Plan”: add comments", ""},
		{"code", "x = 1\n", "translate", "Rust", "//\n// x = 1\n", "rust"},
		{"sheet", "a , b\n\n1,2\n1,2\n", "clean", "", "a,b\n1,2\n", ""},
		{"html", "<p>One</p>\n", "repair", "", "<p>One</p>\n<!-- As you asked", ""},
		{"html", "flowchart LR\n  A --> B\n", "simplify", "", "B\n%% As you asked", ""},
	} {
		id := p.newDocument(c.kind, "Plan", c.content).ID
		p.json("POST", "/api/v1/documents/"+id+"/ask", m{"action": c.action, "choice": c.choice}, nil)
		d := p.document(id)
		if d.Version != 2 || !strings.Contains(d.Text(), c.want) || (c.language != "" && (d.Language == nil || *d.Language != c.language)) {
			t.Errorf("%s: version %d is %q in %v", c.action, d.Version, d.Text(), d.Language)
		}
	}
	id := p.newDocument("sheet", "A table of rows", "City,People\n<Roma>,30\nTorino,x\nMilano,15\n").ID
	p.json("POST", "/api/v1/documents/"+id+"/ask", m{"action": "chart"}, nil)
	chart := p.document(p.chatDocuments()[0].ID)
	if chart.Kind != "html" || chart.Title != "Chart of A table of rows" || !strings.Contains(chart.Text(), "<title>People by City</title>") || !strings.Contains(chart.Text(), "&lt;Roma&gt;") ||
		!strings.Contains(chart.Text(), `width="460.0"`) || !strings.Contains(chart.Text(), `width="230.0"`) {
		t.Errorf("the chart is a %s of %q", chart.Kind, chart.Text())
	}
}

// TestDocumentOfSharedChat: whoever reads a public chat reads the documents that its cards lead to, and
// no longer once it is private or deleted.
func TestDocumentOfSharedChat(t *testing.T) {
	s := withTools(t, writer)
	p := s.program()
	p.says("create it")
	id := p.chatDocuments()[0].ID
	p.json("PUT", "/api/v1/documents/"+id, m{"content": "in between"}, nil)
	p.json("PUT", "/api/v1/documents/"+id, m{"content": "newest"}, nil)
	reader := s.browser()
	reads := func(step string, want map[string]int) {
		t.Helper()
		for query, status := range want {
			if a := reader.do("GET", "/documents/"+id+query, nil, asJSON...); a.status != status {
				t.Errorf("%s: %q is %d, want %d", step, query, a.status, status)
			}
		}
	}
	visible, hidden := map[string]int{"": 200, "?version=1": 200, "?version=2": 404}, map[string]int{"": 404, "?version=1": 404, "?version=2": 404}
	reads("private", hidden)
	p.json("PATCH", "/api/v1/chats/c", m{"visibility": "public"}, nil)
	reads("public", visible)
	if page := reader.do("GET", "/chats/c", nil, asPage...).body; !strings.Contains(page, "/documents/"+id+"?version=1") {
		t.Error("the shared chat has no card")
	}
	p.json("PATCH", "/api/v1/chats/c", m{"visibility": "private"}, nil)
	reads("private again", hidden)
	p.json("PATCH", "/api/v1/chats/c", m{"visibility": "public"}, nil)
	p.json("DELETE", "/api/v1/chats/c", nil, nil)
	reads("deleted", hidden)
	if d := p.document(id); d.Text() != "newest" || d.ChatID != nil {
		t.Errorf("its owner has %+v", d)
	}
}
