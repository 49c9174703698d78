package handlers_test

import (
	"testing"

	"alleato/store"
)

// TestDocumentsTravel: documents go along in the archive with every version, their chat, their picture
// and their suggestions; twice doubles nothing, and what the person went on with stays the newest.
func TestDocumentsTravel(t *testing.T) {
	s := newSite(t, say("Fine."))
	a, b := s.account("ada@example.com", store.RoleUser), s.account("bob@example.com", store.RoleUser)
	a.json("POST", "/api/v1/chats/c/messages", map[string]any{"text": "Hi"}, nil)
	img := a.upload("cat.png", picture(20, 20))
	type document struct {
		store.Document
	}
	var text, image struct{ Document document }
	a.json("POST", "/api/v1/documents", map[string]any{"title": "Plans", "kind": "text", "content": "one", "chatId": "c"}, &text)
	id := text.Document.ID
	a.json("PUT", "/api/v1/documents/"+id, map[string]any{"content": "two words", "baseVersion": 1}, nil)
	a.json("PUT", "/api/v1/documents/"+id, map[string]any{"content": "three words", "baseVersion": 2}, nil)
	a.json("POST", "/api/v1/documents/"+id+"/suggestions", map[string]any{"originalText": "three", "suggestedText": "four"}, nil)
	a.json("POST", "/api/v1/documents", map[string]any{"title": "Cat", "kind": "image", "content": img.ID}, &image)
	archive := a.export("json")

	report := *b.bring("alleato.zip", archive).Report
	if report.Documents != 2 || report.Versions != 4 || report.Chats != 1 || len(report.Left) != 0 {
		t.Fatalf("first: %+v", report)
	}
	if again := *b.bring("alleato.zip", archive).Report; again.Documents != 0 || again.Versions != 0 {
		t.Errorf("again: %+v", again)
	}
	var list struct{ Documents []document }
	b.json("GET", "/api/v1/documents", nil, &list)
	if len(list.Documents) != 2 {
		t.Fatalf("%+v", list)
	}
	for _, d := range list.Documents {
		if d.ID == id || d.ID == image.Document.ID || d.Visibility != store.Private {
			t.Errorf("%+v", d)
		}
		if d.Kind == store.KindImage {
			var shown struct{ Document document }
			b.json("GET", "/api/v1/documents/"+d.ID, nil, &shown)
			if file := b.do("GET", "/api/v1/files/"+shown.Document.Text(), nil); file.status != 200 || shown.Document.Text() == img.ID {
				t.Errorf("the picture: %d %s", file.status, shown.Document.Text())
			}
			continue
		}
		if d.ChatID == nil || b.do("GET", "/api/v1/chats/"+*d.ChatID, nil).status != 200 {
			t.Errorf("its chat: %v", d.ChatID)
		}
		for version, want := range map[string]string{"1": "one", "2": "two words", "3": "three words"} {
			var shown struct{ Document document }
			b.json("GET", "/api/v1/documents/"+d.ID+"?version="+version, nil, &shown)
			if shown.Document.Text() != want {
				t.Errorf("version %s: %q", version, shown.Document.Text())
			}
		}
		var suggested struct{ Suggestions []store.Suggestion }
		b.json("GET", "/api/v1/documents/"+d.ID+"/suggestions", nil, &suggested)
		if len(suggested.Suggestions) != 1 || suggested.Suggestions[0].SuggestedText != "four" {
			t.Errorf("%+v", suggested)
		}
		b.json("PUT", "/api/v1/documents/"+d.ID, map[string]any{"content": "mine", "baseVersion": 3}, nil)
		b.bring("alleato.zip", archive)
		var mine struct{ Document document }
		b.json("GET", "/api/v1/documents/"+d.ID, nil, &mine)
		if mine.Document.Version != 4 || mine.Document.Text() != "mine" {
			t.Errorf("after going on: %+v", mine)
		}
	}
	var found struct {
		Results []struct{ DocumentID *string }
	}
	b.json("GET", "/api/v1/search?q=mine", nil, &found)
	if len(found.Results) != 1 || found.Results[0].DocumentID == nil {
		t.Errorf("search: %+v", found)
	}
	if home := *a.bring("alleato.zip", archive).Report; home.Documents != 0 || home.Versions != 0 {
		t.Errorf("back home: %+v", home)
	}
}
