package handlers_test

import (
	"strings"
	"testing"

	"alleato/ai/model/script"
	"alleato/store"
)

// cutting plays a model whose documents are cut off by a reply, and that goes on with them.
func cutting(cut func() script.Reply, asked *[]string) func(script.Request) script.Reply {
	return func(r script.Request) script.Reply {
		id := ""
		if m := documentID.FindStringSubmatch(system(r)); m != nil {
			id = m[1]
		}
		last := r.Messages[len(r.Messages)-1]
		switch {
		case isTitle(r):
			return script.Say("Talk")
		case strings.HasPrefix(system(r), "Write the document"), strings.HasPrefix(system(r), "Rewrite the document"):
			return cut()
		case strings.HasPrefix(system(r), "Go on with the document"):
			*asked = append(*asked, system(r))
			return script.Say("Two, to the end.\n")
		case last.Role == "tool":
			return script.Say("Told: " + last.Text)
		case strings.Contains(last.Text, "create"):
			return calling("createDocument", m{"title": "Rome", "kind": "text"})
		case strings.HasPrefix(last.Text, "Finish the document"), strings.Contains(last.Text, "rewrite"):
			return calling("updateDocument", m{"id": id, "description": last.Text})
		}
		return script.Say("Hello")
	}
}

// TestCutVersions: a version that the model broke off, that reached its limit or was stopped says so, on its page, in
// the list of versions, on the card in its chat and to programs; one that a person saves is whole.
func TestCutVersions(t *testing.T) {
	const begun = "# Rome\n\nOne.\n\nTw"
	for name, c := range map[string]struct {
		reply script.Reply
		says  string
	}{
		"cut":    {script.Reply{Chunks: []script.Chunk{{Text: begun}}, Cut: true}, "broke off"},
		"length": {script.Reply{Chunks: []script.Chunk{{Text: begun}}, FinishReason: "length"}, "no more than that at once"},
		"filter": {script.Reply{Chunks: []script.Chunk{{Text: begun}}, FinishReason: "content_filter"}, "provider"},
		"whole":  {script.Say(begun), ""},
	} {
		t.Run(name, func(t *testing.T) {
			s := withTools(t, cutting(func() script.Reply { return c.reply }, new([]string)))
			b := s.browser()
			var out struct{ Message store.Message }
			b.json("POST", "/chats/c/messages", send("create it"), &out)
			var list documentsOut
			b.json("GET", "/documents", nil, &list)
			id, want := list.Documents[0].ID, c.says != ""
			if got := store.PlainText(out.Message.Parts); !strings.Contains(got, c.says) {
				t.Errorf("the model is told %q", got)
			}
			var got struct{ Document store.Document }
			b.json("GET", "/documents/"+id, nil, &got)
			if got.Document.Text() != begun || got.Document.Partial != want || list.Documents[0].Partial != want {
				t.Errorf("%q is partial: %v, in the list %v", got.Document.Text(), got.Document.Partial, list.Documents[0].Partial)
			}
			shown := func(path, mark string) bool { return strings.Contains(b.do("GET", path, nil, asPage...).body, mark) }
			for path, mark := range map[string]string{"/documents/" + id: "artifact-cut", "/documents/" + id + "/versions": "version-cut", "/chats/c": "document-cut"} {
				if shown(path, mark) != want {
					t.Errorf("%s has %s: %v", path, mark, !want)
				}
			}
			b.json("PUT", "/documents/"+id, m{"content": begun + "o."}, &got)
			if got.Document.Partial || shown("/documents/"+id, "artifact-cut") {
				t.Error("what a person saved is partial")
			}
			if !want {
				return
			}
			if !shown("/documents/"+id+"?version=1", "artifact-cut") || !shown("/chats/c", "document-cut") || !shown("/documents/"+id+"/versions", "version-cut") {
				t.Error("the version before is no longer marked")
			}
		})
	}
}

// TestFinishDocument: the assistant goes on from the last whole part of a version that was cut off, with models that
// call tools and with those that do not; there is nothing to finish of one that is whole.
func TestFinishDocument(t *testing.T) {
	for _, tools := range []bool{true, false} {
		t.Run(boolean(tools), func(t *testing.T) {
			var asked []string
			answer := cutting(func() script.Reply {
				return script.Reply{Chunks: []script.Chunk{{Text: "# Rome\n\nOne.\n\nTw"}}, FinishReason: "length"}
			}, &asked)
			s := withTools(t, answer)
			if !tools {
				s = newSite(t, answer)
			}
			p := s.program()
			p.json("POST", "/api/v1/chats/c/messages", m{"text": "A plan", "document": "text"}, nil)
			d := p.document(p.chatDocuments()[0].ID)
			if !d.Partial || d.Version != 1 {
				t.Fatalf("%+v", d)
			}
			if a := p.do("POST", "/api/v1/documents/"+d.ID+"/ask", m{"action": "polish", "selection": "One"}, asJSON...); a.status != 200 {
				t.Errorf("another action: %d %s", a.status, a.body)
			}
			p.json("POST", "/api/v1/documents/"+d.ID+"/restore", m{"version": 1}, nil)
			if a := p.do("POST", "/api/v1/documents/"+d.ID+"/ask", m{"action": "finish"}, asJSON...); a.status != 422 {
				t.Errorf("a whole version: %d %s", a.status, a.body)
			}
			p.says("rewrite it")
			if len(asked) != 0 {
				t.Errorf("asked to go on with a whole version: %q", asked)
			}
			if !tools { // which writes nothing by itself
				p.json("POST", "/api/v1/documents/"+d.ID+"/ask", m{"action": "shorten"}, nil)
			}
			if d = p.document(d.ID); !d.Partial {
				t.Fatalf("%+v", d)
			}
			var out struct{ Message store.Message }
			p.json("POST", "/api/v1/documents/"+d.ID+"/ask", m{"action": "finish"}, &out)
			got := p.document(d.ID)
			if got.Partial || got.Version != d.Version+1 || got.Text() != "# Rome\n\nOne.\n\nTwo, to the end.\n" {
				t.Errorf("version %d is %q, partial: %v; %s", got.Version, got.Text(), got.Partial, outline(out.Message))
			}
			if len(asked) != 1 || !strings.Contains(asked[0], "\n# Rome\n\nOne.\n\n\n<") || !strings.Contains(asked[0], "\nTw\n<") {
				t.Errorf("the model was asked %q", asked)
			}
			if events := p.do("GET", "/api/v1/chats/c/stream", nil).body; !strings.Contains(events, `"delta":"# Rome\n\nOne.\n\nTwo`) {
				t.Errorf("the readers did not get the whole text: %.600s", events)
			}
		})
	}
}
