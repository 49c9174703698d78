package handlers_test

import (
	"net/url"
	"strings"
	"testing"

	"alleato/store"
)

// TestSharedDocumentTellsNothingElse: whoever has the link of a document reads its newest text and nothing
// else: not its chat, its message, its older versions, its suggestions, its owner, or their files. In all
// shapes and by all ways.
func TestSharedDocumentTellsNothingElse(t *testing.T) {
	s := withTools(t, writer)
	ada := s.account("ada@example.com", store.RoleUser)
	secret := ada.upload("private-salary.png", picture(20, 20))
	var reply struct{ Message store.Message }
	ada.json("POST", "/api/v1/chats/secret-chat-id/messages", m{"text": "create"}, &reply)
	d := ada.chatDocuments()[0]
	ada.json("PUT", "/api/v1/documents/"+d.ID, m{"content": "An older secret draft"}, nil)
	var newest struct{ Document store.Document }
	ada.json("PUT", "/api/v1/documents/"+d.ID, m{"content": "The published text", "title": "Published"}, &newest)
	for _, g := range []m{{"originalText": "published", "suggestedText": "whispered alternative", "description": "a private remark"}} {
		ada.json("POST", "/api/v1/documents/"+d.ID+"/suggestions", g, nil)
	}
	ada.json("PATCH", "/api/v1/documents/"+d.ID, m{"visibility": "public"}, nil)
	secrets := []string{"secret-chat-id", reply.Message.ID, "older secret draft", "All roads", "whispered", "private remark", "ada@", secret.ID, "private-salary"}
	var me struct{ User store.User }
	ada.json("GET", "/api/v1/auth/me", nil, &me)
	secrets = append(secrets, me.User.ID)

	nobody, eve := s.browser(), s.program()
	path := "/documents/" + d.ID
	ways := []struct {
		who    *person
		path   string
		shape  []string
		status int
	}{
		{nobody, path, asPage, 200}, {nobody, path, asPart, 200}, {nobody, path, asJSON, 200}, {nobody, path + "?edit=1", asPage, 200}, {nobody, path + "?share=1", asPage, 200},
		{nobody, path + "?print=1", asPage, 200}, {nobody, path + "?part=steps", asPart, 200}, {nobody, path + "?part=steps", asPage, 200}, {nobody, path + "/download", asPage, 200}, {nobody, path + "/download?format=docx", asPage, 200},
		{eve, "/api/v1" + path, asJSON, 200}, {eve, "/api/v1" + path + "/download?version=" + itoa(newest.Document.Version), asJSON, 200},
		{nobody, path + "?version=1", asPage, 404}, {nobody, path + "?version=2", asJSON, 404}, {nobody, path + "?print=1&version=2", asPage, 404}, {nobody, path + "/download?version=2", asPage, 404},
		{nobody, path + "/download?format=docx&version=1", asPage, 404}, {nobody, path + "/versions", asPage, 403}, {nobody, path + "/diff", asPage, 403}, {nobody, path + "/suggestions", asPage, 403},
		{eve, "/api/v1" + path + "/versions", asJSON, 403}, {eve, "/api/v1" + path + "/diff?from=1&to=2", asJSON, 403}, {eve, "/api/v1" + path + "/suggestions", asJSON, 403},
		{nobody, path + "?content=0", asJSON, 200}, {nobody, path + "?content=0&version=2", asJSON, 404}, {eve, "/api/v1" + path + "?content=0&version=1", asJSON, 404},
		{nobody, "/chats/secret-chat-id", asPage, 404}, {nobody, "/files/" + secret.ID + "/content", asPage, 404},
	}
	for _, way := range ways {
		a := way.who.do("GET", way.path, nil, way.shape...)
		if a.status != way.status {
			t.Errorf("%s: %d, want %d", way.path, a.status, way.status)
		}
		told := a.body
		if strings.Contains(way.path, "docx") && a.status == 200 {
			for name, part := range unzip(t, []byte(a.body)) {
				told += name + part
			}
		}
		for name, values := range a.header {
			told += name + strings.Join(values, " ")
		}
		for _, word := range secrets {
			if strings.Contains(told, word) && !strings.Contains(way.path, word) {
				t.Errorf("%s %v tells %q", way.path, way.shape, word)
			}
		}
		if way.status == 200 && !strings.Contains(way.path, "steps") && !strings.Contains(way.path, "content=0") && !strings.Contains(told, "published") {
			t.Errorf("%s does not show the text", way.path)
		}
	}
	for _, try := range []struct {
		method, path string
		body         any
	}{
		{"PUT", path, m{"content": "defaced"}}, {"PATCH", path, m{"title": "defaced"}}, {"DELETE", path, nil}, {"POST", path + "/restore", m{"version": 1}},
		{"POST", path + "/suggestions", m{"originalText": "published", "suggestedText": "defaced"}}, {"POST", path, url.Values{"_method": {"PUT"}, "content": {"defaced"}}},
		{"POST", path + "/image", named("x.png", picture(5, 5))},
	} {
		if a := nobody.do(try.method, try.path, try.body, asJSON...); a.status != 403 {
			t.Errorf("%s %s: %d", try.method, try.path, a.status)
		}
	}
	if now := ada.document(d.ID); now.Text() != "The published text" || now.Title != "Published" {
		t.Errorf("it is %q now", now.Text())
	}
}

// TestDocumentWithoutItsText: whoever asks whether there is a newer version gets all but the text, of the version asked
// for; a page and a download have it all the same.
func TestDocumentWithoutItsText(t *testing.T) {
	s := newSite(t, say("Hello"))
	p, b := s.program(), s.browser()
	for _, who := range []*person{p, b} {
		d := who.newDocument("text", "Plan", "one")
		path := who.mount() + "/documents/" + d.ID
		who.json("PUT", path, m{"content": "two"}, nil)
		for query, version := range map[string]int{"?content=0": 2, "?content=0&version=1": 1} {
			var out struct{ Document store.Document }
			who.json("GET", path+query, nil, &out)
			if got := out.Document; got.Version != version || got.Content != nil || got.Title != "Plan" {
				t.Errorf("%s: %+v", query, got)
			}
		}
		if a := who.do("GET", path+"/download?content=0", nil); a.body != "two" {
			t.Errorf("the download is %q", a.body)
		}
		if who == b && !strings.Contains(b.do("GET", path+"?content=0", nil, asPage...).body, "two") {
			t.Error("the page has no text")
		}
	}
	first := p.newDocument("text", "Plan", "one")
	tag := p.do("GET", "/api/v1/documents/"+first.ID+"?content=0", nil, asJSON...).header.Get("ETag")
	if a := p.do("GET", "/api/v1/documents/"+first.ID+"?content=0", nil, "If-None-Match", tag); a.status != 304 {
		t.Errorf("asked again: %d", a.status)
	}
}
