package handlers_test

import (
	"fmt"
	"strings"
	"testing"

	"alleato/ai"
	"alleato/handlers"
	"alleato/store"
)

// TestImageDocument: made of an upload and replaced by one, by a program and a plain form; what is no picture
// leaves nothing behind.
func TestImageDocument(t *testing.T) {
	s := newSite(t, say("Hello"), func(_ *handlers.Options, a *ai.Options) {
		a.Limits = map[store.Role]store.Limit{store.RoleGuest: {UploadBytes: 200 << 10, StorageBytes: 1 << 20}}
	})
	p, eve := s.program(), s.program()
	var out struct{ Document store.Document }
	a := p.json("POST", "/api/v1/documents/images", named("The Mole.png", picture(40, 20)), &out)
	d := out.Document
	if a.status != 201 || d.Kind != "image" || d.Title != "The Mole" || d.Version != 1 || !strings.HasSuffix(a.header.Get("Location"), "/documents/"+d.ID) {
		t.Errorf("%d %v %+v", a.status, a.header, d)
	}
	path := "/api/v1/documents/" + d.ID
	var replaced struct{ Document store.Document }
	p.json("POST", path+"/image", named("b.png", picture(10, 10)), &replaced)
	if now := replaced.Document; now.Version != 2 || now.Text() == d.Text() || now.Title != "The Mole" {
		t.Errorf("replaced: %+v", now)
	}
	files := func() int {
		var list struct{ Files []store.File }
		p.json("GET", "/api/v1/files", nil, &list)
		return len(list.Files)
	}
	if n := files(); n != 2 {
		t.Errorf("%d files", n)
	}
	for name, c := range map[string]struct {
		path   string
		body   any
		status int
	}{
		"a text": {"/api/v1/documents/images", named("a.txt", []byte("words")), 415}, "a text over a picture": {path + "/image", named("a.txt", []byte("words")), 415},
		"broken": {"/api/v1/documents/images", named("a.png", []byte("\x89PNG\r\n\x1a\nno")), 415}, "no file": {path + "/image", m{}, 415},
		"too long": {"/api/v1/documents/images", named("a.png", append(picture(10, 10), make([]byte, 300<<10)...)), 413},
	} {
		if a := p.do("POST", c.path, c.body, asJSON...); a.status != c.status && !(c.status == 415 && a.status == 422) {
			t.Errorf("%s: %d %s", name, a.status, a.body)
		}
	}
	if n := files(); n != 2 {
		t.Errorf("%d files after what was refused", n)
	}
	if a := eve.do("POST", path+"/image", named("b.png", picture(10, 10)), asJSON...); a.status != 404 {
		t.Errorf("a stranger: %d", a.status)
	}
	text := p.newDocument("text", "T", "x")
	if a := p.do("POST", "/api/v1/documents/"+text.ID+"/image", named("b.png", picture(10, 10)), asJSON...); a.status != 422 {
		t.Errorf("a text: %d", a.status)
	}
	b := s.browser()
	made := b.do("POST", "/documents/images", named("Form.png", picture(10, 10)), asPage...)
	if made.status != 303 || !strings.HasPrefix(made.header.Get("Location"), "/documents/") {
		t.Fatalf("a form: %d %v", made.status, made.header)
	}
	page := b.do("GET", made.header.Get("Location"), nil, asPage...).body
	if !strings.Contains(page, `alt="Form"`) || !strings.Contains(page, `data-zoom`) {
		t.Errorf("its page: %s", page)
	}
	if a := p.do("GET", path+"/download?version=1", nil); a.status != 200 || a.header.Get("Content-Type") != "image/png" || !strings.Contains(a.header.Get("Content-Disposition"), "The Mole.png") {
		t.Errorf("the download: %d %v", a.status, a.header)
	}
}

// TestVersionsPage: a long list of versions comes page by page, and the assistant's lead to their message.
func TestVersionsPage(t *testing.T) {
	s := withTools(t, writer)
	p := s.program()
	reply := p.says("create")
	d := p.chatDocuments()[0]
	for i := range 120 {
		p.json("PUT", "/api/v1/documents/"+d.ID, m{"content": fmt.Sprint("text ", i)}, nil)
	}
	path, seen, pages := "/documents/"+d.ID+"/versions", 0, 0
	b := &person{site: s, http: p.http, token: p.token}
	for path != "" {
		a := b.do("GET", "/api/v1"+path, nil, asJSON...)
		if a.status != 200 {
			t.Fatalf("%s: %d", path, a.status)
		}
		pages++
		seen += strings.Count(a.body, `"version":`)
		_, next, more := strings.Cut(a.body, `"nextCursor":"`)
		path = ""
		if more {
			cursor, _, _ := strings.Cut(next, `"`)
			path = "/documents/" + d.ID + "/versions?cursor=" + cursor
		}
		if !more && !strings.Contains(a.body, `"messageId":"`+reply.ID+`"`) {
			t.Errorf("the first version does not name its message: %s", a.body)
		}
	}
	if seen != 121 || pages != 3 {
		t.Errorf("%d versions on %d pages", seen, pages)
	}
}
