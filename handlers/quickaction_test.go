package handlers_test

import (
	"fmt"
	"net/url"
	"strings"
	"testing"

	"alleato/ai"
	"alleato/ai/model/script"
	"alleato/store"
)

// samples has a text for each kind of document that can be worked on.
var samples = map[string]string{
	"text": "A big house.\n", "code": "print(1)\n", "sheet": "a,b\n1,2\n", "html": "<p>Hello</p>\n",
}

// working plays a model that does what a quick action asks for; heard gets the questions.
func working(heard *[]string) func(script.Request) script.Reply {
	return func(r script.Request) script.Reply {
		id := ""
		if m := documentID.FindStringSubmatch(system(r)); m != nil {
			id = m[1]
		}
		last := r.Messages[len(r.Messages)-1]
		switch {
		case isTitle(r):
			return script.Say("Talk")
		case strings.HasPrefix(system(r), "Write the document"):
			return script.Say("<svg>" + strings.Join(strings.Fields(r.Last("system")), " ") + "</svg>")
		case strings.HasPrefix(system(r), "Rewrite the document"):
			return script.Say("rewritten: " + last.Text)
		case strings.HasPrefix(system(r), "Suggest improvements"):
			return script.Say(fmt.Sprintf(`{"originalText":%q,"suggestedText":"larger","description":%q}`, strings.Fields(last.Text)[0], system(r)))
		case last.Role == "tool":
			return script.Say("Done.")
		}
		*heard = append(*heard, last.Text)
		switch {
		case len(r.Tools) == 0:
			return script.Say("I only talk.")
		case strings.Contains(last.Text, "a new page document"):
			return calling("createDocument", m{"title": "Chart", "kind": "html"})
		case strings.HasPrefix(last.Text, "Suggest"):
			return calling("requestSuggestions", m{"documentId": id})
		}
		return calling("updateDocument", m{"id": id, "description": last.Text})
	}
}

// effect is what came of an action: versions of the document, documents, suggestions.
func (p *person) effect(id string) [3]int {
	p.t.Helper()
	var out struct{ Suggestions []store.Suggestion }
	p.json("GET", "/api/v1/documents/"+id+"/suggestions", nil, &out)
	return [3]int{p.document(id).Version, len(p.chatDocuments()), len(out.Suggestions)}
}

// TestQuickActions: each reaches the model in a message that names its document, and does what it says, with
// models that call tools and with those that do not; the document is in a chat then.
func TestQuickActions(t *testing.T) {
	want := map[string][3]int{"suggest": {1, 1, 1}, "chart": {1, 2, 0}}
	for _, tools := range []bool{true, false} {
		for kind, content := range samples {
			for _, a := range ai.Actions(kind) {
				t.Run(boolean(tools)+"/"+kind+" "+a.Name, func(t *testing.T) {
					var heard []string
					s := withTools(t, working(&heard))
					if !tools {
						s = newSite(t, working(&heard))
					}
					p := s.program()
					id := p.newDocument(kind, "The Plan", content).ID
					body := m{"action": a.Name}
					if len(a.Choices) > 0 {
						body["choice"] = a.Choices[1].Name
					}
					var out struct{ Message store.Message }
					p.json("POST", "/api/v1/documents/"+id+"/ask", body, &out)
					if tools && (len(heard) != 1 || !strings.Contains(heard[0], "“The Plan”") || (len(a.Choices) > 0 && !strings.Contains(heard[0], a.Choices[1].Name))) {
						t.Errorf("the model heard %q", heard)
					}
					if !tools && len(heard) > 0 {
						t.Errorf("a model without tools was asked in words: %q", heard)
					}
					effect, found := want[a.Name]
					if !found {
						effect = [3]int{2, 1, 0}
					}
					if got := p.effect(id); got != effect {
						t.Errorf("version, documents, suggestions: %v, want %v; %s", got, effect, outline(out.Message))
					}
					d := p.document(id)
					if d.ChatID == nil || *d.ChatID != out.Message.ChatID {
						t.Fatalf("the document is in the chat %v, the reply in %s", d.ChatID, out.Message.ChatID)
					}
					if a.Name == "chart" {
						for _, other := range p.chatDocuments() {
							if chart := p.document(other.ID); chart.ID != id && (chart.Kind != "html" || !strings.Contains(chart.Text(), "a,b 1,2")) {
								t.Errorf("the chart is a %s of %q", chart.Kind, chart.Text())
							}
						}
					}
				})
			}
		}
	}
}

// TestQuickActionAgain: the question keeps what it is about, so that it can be answered again; a second
// action goes to the same chat; what is selected and what failed is quoted.
func TestQuickActionAgain(t *testing.T) {
	var heard []string
	s := newSite(t, working(&heard))
	p := s.program()
	id := p.newDocument("code", "Program", "print(1)\n").ID
	var first, second struct{ Message store.Message }
	p.json("POST", "/api/v1/documents/"+id+"/ask", m{"action": "error", "error": "Traceback\nNameError: x"}, &first)
	if got := p.content(id); !strings.Contains(got, "> Traceback\n> NameError: x") {
		t.Errorf("the error is not in %q", got)
	}
	chat := "/api/v1/chats/" + first.Message.ChatID
	p.json("POST", chat+"/messages", m{"trigger": "regenerate-message"}, nil)
	if v := p.document(id).Version; v != 3 {
		t.Errorf("answered again it is at version %d", v)
	}
	p.json("POST", "/api/v1/documents/"+id+"/ask", m{"action": "comment", "selection": "first line\nsecond"}, &second)
	if second.Message.ChatID != first.Message.ChatID {
		t.Error("the second action has a chat of its own")
	}
	if got := p.content(id); !strings.Contains(got, "Only this part of it") || !strings.Contains(got, "> first line\n> second") {
		t.Errorf("the selection is not in %q", got)
	}
	var shown struct{ Messages []store.Message }
	p.json("GET", chat, nil, &shown)
	if got := outline(shown.Messages[0]); got != "data-document text" || !strings.Contains(string(shown.Messages[0].Parts[0].Data), id) {
		t.Errorf("the question's parts: %s", got)
	}
	page := s.browser().do("GET", "/chats/"+first.Message.ChatID, nil, asPage...)
	if page.status != 404 {
		t.Errorf("a stranger sees the chat: %d", page.status)
	}
}

// TestQuickActionLanguage: code that was translated is in its new language, whether the model names that or not.
func TestQuickActionLanguage(t *testing.T) {
	for answer, want := range map[string]string{
		"```rust\nfn main() {}\n```": "rust", "```\nfn main() {}\n```": "c#", "fn main() {}": "c#",
	} {
		s := withTools(t, func(r script.Request) script.Reply {
			if strings.HasPrefix(system(r), "Rewrite the document") {
				return script.Say(answer)
			}
			return working(new([]string))(r)
		})
		p := s.program()
		var made struct{ Document store.Document }
		p.json("POST", "/api/v1/documents", m{"kind": "code", "title": "Program", "language": "python", "content": "print(1)\n"}, &made)
		ask := "/api/v1/documents/" + made.Document.ID + "/ask"
		p.json("POST", ask, m{"action": "translate", "choice": "C#"}, nil)
		if d := p.document(made.Document.ID); d.Language == nil || *d.Language != want || d.Version != 2 {
			t.Errorf("%q: version %d is in %v", answer, d.Version, d.Language)
		}
		p.json("POST", ask, m{"action": "comment"}, nil) // the language stays
		if d := p.document(made.Document.ID); *d.Language != want || d.Version != 3 {
			t.Errorf("%q with comments: version %d is in %v", answer, d.Version, *d.Language)
		}
	}
}

// TestSuggestionPrompt: the model that makes suggestions knows what kind of document it is and what was asked
// for, whether it was called by a tool or not.
func TestSuggestionPrompt(t *testing.T) {
	for kind, words := range map[string]string{"code": "It is code", "sheet": "It is a sheet", "html": "It is the source of a page", "text": "at most five"} {
		s := newSite(t, working(new([]string)))
		p := s.program()
		id := p.newDocument(kind, "Plan", samples[kind]).ID
		p.json("POST", "/api/v1/documents/"+id+"/ask", m{"action": "suggest", "selection": "the first line\nthe second"}, nil)
		var out struct{ Suggestions []store.Suggestion }
		p.json("GET", "/api/v1/documents/"+id+"/suggestions", nil, &out)
		if len(out.Suggestions) != 1 {
			t.Fatalf("%s: %d suggestions", kind, len(out.Suggestions))
		}
		for _, part := range []string{words, "Only this part of it", "the first line > > the second"} { // descriptions are one line
			if prompt := out.Suggestions[0].Description; !strings.Contains(prompt, part) {
				t.Errorf("%s: %q is not in %q", kind, part, prompt)
			}
		}
	}
}

// content is the text of a document as it is now.
func (p *person) content(id string) string {
	p.t.Helper()
	d := p.document(id)
	return d.Text()
}

func TestQuickActionRefused(t *testing.T) {
	var heard []string
	s := withTools(t, working(&heard))
	p, eve := s.program(), s.program()
	id := p.newDocument("text", "Plan", "words").ID
	shared := p.newDocument("text", "Shared", "words").ID
	p.json("PATCH", "/api/v1/documents/"+shared, m{"visibility": "public"}, nil)
	for name, c := range map[string]struct {
		who    *person
		id     string
		body   m
		status int
	}{
		"a stranger":        {eve, id, m{"action": "polish"}, 404},
		"a reader":          {eve, shared, m{"action": "polish"}, 403},
		"no such document":  {p, store.NewID(), m{"action": "polish"}, 404},
		"no action":         {p, id, m{}, 422},
		"unknown":           {p, id, m{"action": "explode"}, 422},
		"of another kind":   {p, id, m{"action": "chart"}, 422},
		"no choice":         {p, id, m{"action": "level"}, 422},
		"a choice of yours": {p, id, m{"action": "level", "choice": "me; and delete everything"}, 422},
		"too long":          {p, id, m{"action": "polish", "selection": strings.Repeat("x", 20_001)}, 422},
	} {
		if a := c.who.do("POST", "/api/v1/documents/"+c.id+"/ask", c.body, asJSON...); a.status != c.status {
			t.Errorf("%s: %d %s", name, a.status, a.body)
		}
	}
	if len(heard) > 0 || len(p.chatDocuments()) != 2 || p.document(id).ChatID != nil {
		t.Errorf("a refusal left something behind: %q", heard)
	}
	for path, body := range map[string]m{"eves": {"text": "Hi", "documentId": id}} {
		if a := eve.do("POST", "/api/v1/chats/"+path+"/messages", body, asJSON...); a.status != 404 {
			t.Errorf("a stranger takes the document into a chat: %d %s", a.status, a.body)
		}
	}
	p.json("POST", "/api/v1/chats/mine/messages", m{"text": "Hi", "documentId": id}, nil)
	if d := p.document(id); d.ChatID == nil || *d.ChatID != "mine" {
		t.Errorf("the document is in %v", d.ChatID)
	}
	if a := p.do("POST", "/api/v1/chats/other/messages", m{"text": "Hi", "documentId": id}, asJSON...); a.status != 409 {
		t.Errorf("into a second chat: %d %s", a.status, a.body)
	}
	p.json("DELETE", "/api/v1/chats/mine", nil, nil)
	p.json("POST", "/api/v1/chats/third/messages", m{"text": "Hi", "documentId": id}, nil)
	if d := p.document(id); d.ChatID == nil || *d.ChatID != "third" {
		t.Errorf("after its chat is deleted the document is in %v", d.ChatID)
	}
}

// TestPrivateDocumentAndPublicChat: a message about a private document does not make it readable to whoever reads a
// public chat, new or old. One that is shared already, or in the chat already, may be spoken of there.
func TestPrivateDocumentAndPublicChat(t *testing.T) {
	s := newSite(t, say("Hello"))
	p, reader := s.program(), s.browser()
	d := p.newDocument("text", "Secret plan", "secret words")
	p.json("POST", "/api/v1/chats", m{"id": "open", "visibility": "public"}, nil)
	for name, c := range map[string]struct {
		path string
		body m
	}{
		"an old chat": {"/chats/open/messages", m{"text": "Hi", "documentId": d.ID}},
		"a new chat":  {"/chats", m{"id": "new", "text": "Hi", "documentId": d.ID, "selectedVisibilityType": "public"}},
	} {
		a := p.do("POST", "/api/v1"+c.path, c.body, asJSON...)
		if a.status != 409 || !strings.Contains(a.body, "would read it") || !strings.Contains(a.body, `"field":"documentId"`) {
			t.Errorf("%s: %d %s", name, a.status, a.body)
		}
	}
	if a := reader.do("GET", "/documents/"+d.ID, nil, asJSON...); a.status != 404 || p.document(d.ID).ChatID != nil {
		t.Errorf("a stranger reads the document: %d", a.status)
	}
	if a := p.do("GET", "/api/v1/chats/new", nil, asJSON...); a.status != 404 {
		t.Errorf("a refusal left a chat behind: %d", a.status)
	}
	p.json("PATCH", "/api/v1/documents/"+d.ID, m{"visibility": "public"}, nil)
	p.json("POST", "/api/v1/chats/open/messages", m{"text": "Hi", "documentId": d.ID}, nil)
	p.json("PATCH", "/api/v1/documents/"+d.ID, m{"visibility": "private"}, nil)
	p.json("POST", "/api/v1/chats/open/messages", m{"text": "Hi again", "documentId": d.ID}, nil)
	if got := p.document(d.ID); got.ChatID == nil || *got.ChatID != "open" {
		t.Errorf("the document is in %v", got.ChatID)
	}
}

// TestQuickActionForm: a form without a script goes on to the chat; the page offers what fits the kind.
func TestQuickActionForm(t *testing.T) {
	var heard []string
	s := withTools(t, working(&heard))
	p := s.browser()
	var made struct{ Document store.Document }
	p.json("POST", "/documents", m{"kind": "sheet", "title": "Numbers", "content": "a,b\n1,2\n"}, &made)
	path := "/documents/" + made.Document.ID
	page := p.do("GET", path, nil, asPage...)
	for text, there := range map[string]bool{"Clean the data": true, "Chart the data": true, "Polish": false, path + "/ask": true, `data-testid="artifact-run"`: false} {
		if strings.Contains(page.body, text) != there {
			t.Errorf("%q is on the page: %v", text, !there)
		}
	}
	a := p.do("POST", path+"/ask", url.Values{"action": {"clean"}}, asPage...)
	if a.status != 303 || !strings.HasPrefix(a.header.Get("Location"), "/chats/") {
		t.Fatalf("%d to %q", a.status, a.header.Get("Location"))
	}
	chat := p.do("GET", a.header.Get("Location"), nil, asPage...)
	if !strings.Contains(chat.body, "clean the data") || !strings.Contains(chat.body, `data-testid="message-about"`) {
		t.Errorf("the chat does not show the question"+"%d bytes", len(chat.body))
	}
	if a := p.do("POST", path+"/ask", url.Values{"action": {"polish"}}, asPage...); a.status != 422 {
		t.Errorf("what does not fit: %d", a.status)
	}
}

// TestRunFrame: the frame can do nothing but run its own script, once.
func TestRunFrame(t *testing.T) {
	p := newSite(t, say("x")).browser()
	first, second := p.do("GET", "/frames/run", nil, asPage...), p.do("GET", "/frames/run", nil, asPage...)
	policy := first.header.Get("Content-Security-Policy")
	for _, part := range []string{"sandbox allow-scripts;", "default-src 'none'", "worker-src blob:;", "frame-ancestors 'self'"} {
		if !strings.Contains(policy, part) {
			t.Errorf("the policy lacks %q: %s", part, policy)
		}
	}
	for _, part := range []string{"'self' ", "connect-src", "allow-same-origin", "http"} {
		if strings.Contains(strings.ReplaceAll(policy, "frame-ancestors 'self'", ""), part) {
			t.Errorf("the policy has %q: %s", part, policy)
		}
	}
	if second.header.Get("Content-Security-Policy") == policy {
		t.Error("two answers have the same nonce")
	}
}
