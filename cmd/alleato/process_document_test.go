package main

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// TestKillDocument: after kill -9 while a tool writes a document, what was written is its version, which
// nobody writes any more and everybody may, and which says that it is partial; the reply is interrupted, and the rest of the chat is there.
func TestKillDocument(t *testing.T) {
	data, upstream := t.TempDir(), paced(t, -1, 10*time.Millisecond)
	p := start(t, data, upstream)
	token := p.guest()
	response, err := p.call("POST", "/chats/c/messages", token, `{"text":"A long plan","document":"text"}`)
	if err != nil {
		t.Fatal(err)
	}
	seen := readFor(response.Body, 2*time.Second)
	if err := p.cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	<-p.done
	written := strings.Count(seen, `"data-document-delta"`)

	p = start(t, data, upstream)
	var tree chatTree
	p.read("GET", "/chats/c?tree=1", token, "", &tree)
	if len(tree.Messages) != 2 || tree.text(0) != "A long plan" || tree.Messages[1].Status != "interrupted" || tree.Messages[1].Error == nil {
		t.Fatalf("the chat: %+v", tree)
	}
	type document struct {
		ID, Author, Content string
		Version             int
		Partial             bool
		MessageID           *string
	}
	var list struct{ Documents []document }
	p.read("GET", "/documents", token, "", &list)
	if len(list.Documents) != 1 {
		t.Fatalf("%d documents", len(list.Documents))
	}
	var shown struct{ Document document }
	p.read("GET", "/documents/"+list.Documents[0].ID, token, "", &shown)
	d := shown.Document
	kept := strings.Fields(d.Content)
	for i, word := range kept {
		if word != fmt.Sprintf("w%d", i) {
			t.Fatalf("word %d is %q", i, word)
		}
	}
	const each, slack = 100, 50 // words a second; half a second of them may be lost, and a slow tick's
	if lost := written - len(kept); lost > each/2+slack || len(kept) == 0 {
		t.Errorf("%d of %d words were kept", len(kept), written)
	}
	if d.Version != 1 || d.Author != "assistant" || d.MessageID == nil || !d.Partial || !list.Documents[0].Partial {
		t.Errorf("the version is %+v", d)
	}
	var found struct{ Documents []document }
	p.read("GET", "/documents?q=w3", token, "", &found) // it is over, so search knows it
	if len(found.Documents) != 1 {
		t.Error("search does not find the text that was kept")
	}
	var saved struct{ Document document }
	p.read("PUT", "/documents/"+d.ID, token, `{"content":"mine","baseVersion":1}`, &saved)
	if saved.Document.Version != 2 || saved.Document.Partial {
		t.Errorf("a save makes version %d", saved.Document.Version)
	}
}
