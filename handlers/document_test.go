package handlers_test

import (
	"encoding/json"
	"fmt"
	"net/url"
	"strings"
	"testing"

	"alleato/store"
)

type m = map[string]any

// newDocument makes a document by the API.
func (p *person) newDocument(kind, title, content string, more ...m) store.Document {
	p.t.Helper()
	body := m{"kind": kind, "title": title, "content": content}
	for _, extra := range more {
		for k, v := range extra {
			body[k] = v
		}
	}
	var out struct{ Document store.Document }
	p.json("POST", p.mount()+"/documents", body, &out)
	return out.Document
}

// mount is where this person's calls go.
func (p *person) mount() string {
	if p.token != "" {
		return "/api/v1"
	}
	return ""
}

// TestDocumentLife: made, read, saved, compared, restored, renamed, deleted, as a program does it.
func TestDocumentLife(t *testing.T) {
	s := newSite(t, say("Hello"))
	p := s.program()
	created := p.do("POST", "/api/v1/documents", m{"kind": "text", "title": "Plan", "content": "one two\n", "userId": "x", "version": 9, "author": "assistant"}, asJSON...)
	var out struct{ Document store.Document }
	if err := json.Unmarshal([]byte(created.body), &out); err != nil || created.status != 201 || created.header.Get("Location") != "/api/v1/documents/"+out.Document.ID {
		t.Fatalf("%d %v %s", created.status, created.header, created.body)
	}
	golden(t, "document.json", pretty(t, created.body))
	path := "/api/v1/documents/" + out.Document.ID
	p.json("PUT", path, m{"content": "one three\n", "baseVersion": 1}, &out)
	if d := out.Document; d.Version != 2 || d.Text() != "one three\n" || d.Title != "Plan" {
		t.Errorf("saved %+v", d)
	}
	stale := p.do("PUT", path, m{"content": "mine", "baseVersion": 1}, asJSON...)
	var problem struct {
		Code, Field, Yours string
		Current            store.Document
	}
	if err := json.Unmarshal([]byte(stale.body), &problem); err != nil || stale.status != 409 || problem.Code != "conflict" ||
		problem.Yours != "mine" || problem.Current.Text() != "one three\n" || problem.Current.Version != 2 || problem.Field != "baseVersion" {
		t.Errorf("stale: %d %s", stale.status, stale.body)
	}
	var diff struct{ Diff store.Diff }
	p.json("GET", path+"/diff?from=1&to=2", nil, &diff)
	if got := fmt.Sprint(diff.Diff.Unit, diff.Diff.Changes); got != "word[{same one } {removed two} {added three} {same \n}]" {
		t.Errorf("diff: %s", got)
	}
	p.json("POST", path+"/restore", m{"version": 1}, &out)
	if d := out.Document; d.Version != 3 || d.Text() != "one two\n" {
		t.Errorf("restored %+v", d)
	}
	p.json("PATCH", path, m{"title": "Renamed", "visibility": "public", "kind": "code", "userId": "x"}, &out)
	if d := out.Document; d.Version != 3 || d.Title != "Renamed" || d.Visibility != "public" || d.Kind != "text" {
		t.Errorf("patched %+v", d)
	}
	var versions struct {
		Versions   []store.Document
		NextCursor *string
	}
	p.json("GET", path+"/versions?limit=2", nil, &versions)
	if len(versions.Versions) != 2 || versions.Versions[0].Version != 3 || versions.Versions[0].Content != nil || versions.NextCursor == nil {
		t.Errorf("versions %+v", versions)
	}
	if a := p.do("GET", path+"?version=2", nil, asJSON...); !strings.Contains(a.body, "one three") {
		t.Errorf("version 2: %s", a.body)
	}
	for _, bad := range []struct {
		method, path string
		body         any
		want         int
	}{
		{"POST", "/api/v1/documents", m{"kind": "pdf"}, 422},
		{"POST", "/api/v1/documents", m{}, 422},
		{"POST", "/api/v1/documents", m{"kind": "text", "content": 5}, 400},
		{"POST", "/api/v1/documents", m{"kind": "text", "content": "a\x00"}, 415},
		{"POST", "/api/v1/documents", raw("{\"kind\":\"text\",\"content\":\"\xff\xfe\"}"), 415},
		{"POST", "/api/v1/documents", m{"kind": "text", "chatId": "nobody's"}, 404},
		{"PUT", path, m{"title": "x"}, 422},
		{"PUT", path, m{"content": "x", "baseVersion": -1}, 422},
		{"PUT", path, m{"content": "x", "kind": "sheet"}, 422},
		{"GET", path + "?version=99", nil, 404},
		{"GET", path + "?version=x", nil, 400},
		{"GET", path + "/versions?cursor=x", nil, 422},
		{"GET", path + "/diff?from=99", nil, 404},
		{"POST", path + "/restore", m{"version": 99}, 404},
		{"POST", path + "/restore", m{}, 422},
		{"PATCH", path, m{"visibility": "secret"}, 422},
		{"GET", path + "/preview", nil, 404},
		{"GET", "/api/v1/documents/none", nil, 404},
		{"DELETE", "/api/v1/documents/none", nil, 404},
	} {
		if a := p.do(bad.method, bad.path, bad.body, asJSON...); a.status != bad.want {
			t.Errorf("%s %s %v: %d %s", bad.method, bad.path, bad.body, a.status, a.body)
		}
	}
	if a := p.do("DELETE", path, nil, asJSON...); a.status != 200 {
		t.Errorf("deleted: %d", a.status)
	}
	if a := p.do("GET", path, nil, asJSON...); a.status != 404 {
		t.Errorf("after its deletion: %d", a.status)
	}
}

// TestDocumentShapes: the same addresses for a browser with and without scripts.
func TestDocumentShapes(t *testing.T) {
	s := newSite(t, say("Hello"))
	b := s.browser()
	made := b.do("POST", "/documents", url.Values{"kind": {"text"}}, asPage...)
	path := strings.TrimSuffix(made.header.Get("Location"), "?edit=1")
	if made.status != 303 || !strings.HasPrefix(path, "/documents/") {
		t.Fatalf("made: %d %v", made.status, made.header)
	}
	page := b.do("GET", path+"?edit=1", nil, asPage...)
	if !strings.Contains(page.body, "<!doctype html>") || !strings.Contains(page.body, `data-testid="artifact-editor"`) || !strings.Contains(page.body, `name="baseVersion" value="1"`) {
		t.Errorf("editor: %d %.300s", page.status, page.body)
	}
	saved := b.do("POST", path, url.Values{"_method": {"PUT"}, "title": {"Plan"}, "content": {"# One\r\n\r\n<script>alert(1)</script>"}, "baseVersion": {"1"}}, asPage...)
	if saved.status != 303 || saved.header.Get("Location") != path {
		t.Errorf("saved: %d %v %s", saved.status, saved.header, saved.body)
	}
	read := b.do("GET", path, nil, asPage...)
	if !strings.Contains(read.body, ">One</h2>") || strings.Contains(read.body, "<script>alert") || !strings.Contains(read.body, "artifact-version-previous") {
		t.Errorf("read: %s", read.body)
	}
	if a := b.do("GET", path, nil, asJSON...); !strings.Contains(a.body, `"content":"# One\n\n`) {
		t.Errorf("the form's line breaks: %s", a.body)
	}
	part := b.do("GET", path, nil, asPart...)
	if strings.Contains(part.body, "<!doctype") || !strings.HasPrefix(part.body, `<section id="artifact"`) {
		t.Errorf("fragment: %.100s", part.body)
	}
	conflict := b.do("POST", path, url.Values{"_method": {"PUT"}, "content": {"Mine & yours"}, "baseVersion": {"1"}}, asPage...)
	if conflict.status != 409 || !strings.Contains(conflict.body, "Mine &amp; yours") || !strings.Contains(conflict.body, "# One") || !strings.Contains(conflict.body, `name="baseVersion" value="2"`) {
		t.Errorf("conflict: %d %s", conflict.status, conflict.body)
	}
	if a := b.do("POST", path, url.Values{"_method": {"PUT"}, "content": {"x"}, "baseVersion": {"two"}}, asPage...); a.status != 422 {
		t.Errorf("baseVersion two: %d", a.status)
	}
	for where, holds := range map[string]string{
		"/documents": `data-testid="document-card"`, "/documents?q=one": "Plan", "/documents?kind=code": "Nothing found", "/documents?q=absent": "Nothing found",
		path + "/versions": `data-testid="version-row"`, path + "/diff": "<ins>", path + "?version=1": `data-testid="artifact-restore"`, "/search?q=one": path,
	} {
		for shape, headers := range map[string][]string{"page": asPage, "part": asPart} {
			a := b.do("GET", where, nil, headers...)
			if a.status != 200 || !strings.Contains(a.body, holds) || strings.Contains(a.body, "<!doctype html>") != (shape == "page") {
				t.Errorf("%s as %s: %d, without %q in %.200s", where, shape, a.status, holds, a.body)
			}
		}
	}
	if a := b.do("POST", path+"/restore", url.Values{"version": {"1"}}, asPage...); a.status != 303 {
		t.Errorf("restore: %d", a.status)
	}
	if a := b.do("POST", path, url.Values{"_method": {"DELETE"}}, asPage...); a.status != 303 || a.header.Get("Location") != "/documents" {
		t.Errorf("delete: %d %v", a.status, a.header)
	}
	if a := b.do("GET", "/documents", nil, asPage...); strings.Contains(a.body, "document-card") {
		t.Error("the document is still listed")
	}
}

// TestDocumentSize: one of a megabyte comes through whole in a form and in JSON, one of five is refused
// with the limit, at whatever layer.
func TestDocumentSize(t *testing.T) {
	s := newSite(t, say("Hello"))
	b := s.browser()
	text := strings.Repeat("Übung macht den Meister.\n", 1<<20/26)
	d := b.newDocument("text", "Long", text)
	if a := b.do("POST", "/documents/"+d.ID, url.Values{"_method": {"PUT"}, "content": {strings.ReplaceAll(text, "\n", "\r\n")}}, asPage...); a.status != 303 {
		t.Fatalf("%d %.300s", a.status, a.body)
	}
	var out struct{ Document store.Document }
	b.json("GET", "/documents/"+d.ID, nil, &out)
	if out.Document.Text() != text || out.Document.Version != 2 {
		t.Errorf("version %d, %d bytes of %d", out.Document.Version, len(out.Document.Text()), len(text))
	}
	if a := b.do("GET", "/documents/"+d.ID, nil, asPage...); a.status != 200 {
		t.Errorf("the page of a megabyte: %d", a.status)
	}
	for _, size := range []int{5 << 20, 3 << 20} {
		for _, method := range []string{"POST", "PUT"} {
			path := "/documents"
			if method == "PUT" {
				path += "/" + d.ID
			}
			a := b.do(method, path, m{"kind": "text", "content": strings.Repeat("x", size)}, asJSON...)
			if a.status != 413 || !strings.Contains(a.body, "2 MB at most") {
				t.Errorf("%s of %d bytes: %d %s", method, size, a.status, a.body)
			}
		}
	}
}

// TestDocumentRights: a stranger's document is not there, a shared one can be read and no more.
func TestDocumentRights(t *testing.T) {
	s := newSite(t, say("Hello"))
	ada, eve := s.program(), s.program()
	nobody := &person{site: s, http: ada.http}
	d := ada.newDocument("html", "Page", "<h1>one</h1>")
	ada.json("PUT", "/api/v1/documents/"+d.ID, m{"content": "<h1>two</h1>"}, nil)
	var g struct{ Suggestion store.Suggestion }
	ada.json("POST", "/api/v1/documents/"+d.ID+"/suggestions", m{"originalText": "two", "suggestedText": "three"}, &g)
	calls := []struct {
		method, path string
		body         any
		reads        bool
	}{
		{"GET", "", nil, true}, {"GET", "/download", nil, true}, {"GET", "/preview", nil, true}, {"GET", "?version=1", nil, false},
		{"GET", "/versions", nil, false}, {"GET", "/diff", nil, false}, {"GET", "/suggestions", nil, false},
		{"PUT", "", m{"content": "x"}, false}, {"PATCH", "", m{"title": "x"}, false}, {"DELETE", "", nil, false},
		{"POST", "/restore", m{"version": 1}, false}, {"POST", "/suggestions", m{"originalText": "two"}, false}, {"PATCH", "/suggestions", m{"status": "accepted"}, false},
	}
	check := func(step string, shared bool) {
		t.Helper()
		for _, c := range calls {
			want, wantNobody := 404, 401
			switch {
			case shared && c.reads:
				want, wantNobody = 200, 200
			case shared && !strings.HasPrefix(c.path, "?"):
				want = 403
			}
			if a := eve.do(c.method, "/api/v1/documents/"+d.ID+c.path, c.body); a.status != want {
				t.Errorf("%s: a stranger's %s %s: %d, want %d", step, c.method, c.path, a.status, want)
			}
			if a := nobody.do(c.method, "/api/v1/documents/"+d.ID+c.path, c.body); a.status != wantNobody {
				t.Errorf("%s: nobody's %s %s: %d, want %d", step, c.method, c.path, a.status, wantNobody)
			}
		}
		if a := eve.do("PATCH", "/api/v1/suggestions/"+g.Suggestion.ID, m{"status": "accepted"}); a.status != 404 {
			t.Errorf("%s: a stranger accepts: %d", step, a.status)
		}
	}
	check("private", false)
	ada.json("PATCH", "/api/v1/documents/"+d.ID, m{"visibility": "public"}, nil)
	check("public", true)
	page := s.browser().do("GET", "/documents/"+d.ID, nil, asPage...)
	for _, hidden := range []string{"artifact-edit", "artifact-menu", "artifact-restore", `data-testid="suggestion"`} {
		if page.status != 200 || strings.Contains(page.body, hidden) {
			t.Errorf("a reader of the page: %d, is offered %s", page.status, hidden)
		}
	}
	ada.json("PATCH", "/api/v1/documents/"+d.ID, m{"visibility": "private"}, nil)
	check("private again", false)
}

// TestSuggestionsAPI: the three shapes of the owner's word on a suggestion.
func TestSuggestionsAPI(t *testing.T) {
	s := newSite(t, say("Hello"))
	b := s.browser()
	d := b.newDocument("text", "Plan", "A big house, a red car, a blue sky.")
	path := "/documents/" + d.ID
	suggest := func(from, to string) string {
		var out struct{ Suggestion store.Suggestion }
		b.json("POST", path+"/suggestions", m{"originalText": from, "suggestedText": to, "description": "Better."}, &out)
		return out.Suggestion.ID
	}
	golden(t, "suggestion.json", pretty(t, b.do("POST", path+"/suggestions", m{"originalText": "A big", "suggestedText": "One big", "description": "Better."}, asJSON...).body))
	big, red, blue, sky := suggest("big", "large"), suggest("red", "green"), suggest("blue", "grey"), suggest("red car", "bike")
	if a := b.do("GET", path, nil, asPage...); strings.Count(a.body, `data-testid="suggestion"`) != 5 {
		t.Errorf("the page shows %d", strings.Count(a.body, `data-testid="suggestion"`))
	}
	var done struct {
		Suggestion store.Suggestion
		Document   store.Document
	}
	b.json("PATCH", "/suggestions/"+big, m{"status": "accepted"}, &done)
	if done.Suggestion.Status != "accepted" || done.Document.Version != 2 || !strings.HasPrefix(done.Document.Text(), "A large house") {
		t.Errorf("%+v", done)
	}
	if a := b.do("POST", "/suggestions/"+red, url.Values{"_method": {"PATCH"}, "status": {"dismissed"}}, asPage...); a.status != 303 || a.header.Get("Location") != path+"#suggestions" {
		t.Errorf("dismissed: %d %v", a.status, a.header)
	}
	if a := b.do("PATCH", "/suggestions/"+blue, m{"status": "accepted"}, asPart...); a.status != 200 || !strings.Contains(a.body, "a grey sky") {
		t.Errorf("as a fragment: %d %s", a.status, a.body)
	}
	b.json("PUT", path, m{"content": "A large house, a green car, a grey sky."}, nil)
	gone := b.do("PATCH", "/suggestions/"+sky, m{"status": "accepted"}, asJSON...)
	if gone.status != 409 || !strings.Contains(gone.body, "no longer fits") {
		t.Errorf("what no longer fits: %d %s", gone.status, gone.body)
	}
	if a := b.do("GET", path, nil, asPage...); strings.Count(a.body, `data-testid="suggestion-stale"`) != 2 || !strings.Contains(a.body, "2 accepted, 1 dismissed.") {
		t.Errorf("the page: %s", a.body)
	}
	suggest("house", "home")
	var all struct {
		Accepted    int
		Suggestions []store.Suggestion
		Document    store.Document
	}
	b.json("PATCH", path+"/suggestions", m{"status": "accepted"}, &all)
	if all.Accepted != 1 || all.Document.Text() != "A large home, a green car, a grey sky." || len(all.Suggestions) != 6 {
		t.Errorf("%+v", all)
	}
	if a := b.do("PATCH", "/suggestions/none", m{"status": "accepted"}, asJSON...); a.status != 404 {
		t.Errorf("none: %d", a.status)
	}
	if a := b.do("PATCH", "/suggestions/"+sky, m{"status": "pending"}, asJSON...); a.status != 422 {
		t.Errorf("pending: %d", a.status)
	}
}

// TestDocumentDownload: each kind under its name, and nothing of it opens as a page.
func TestDocumentDownload(t *testing.T) {
	s := newSite(t, say("Hello"))
	b := s.browser()
	for _, c := range []struct{ kind, language, title, content, name string }{
		{"text", "", `A "quoted"/plan`, "# é", `filename="A -quoted--plan.md"`},
		{"code", "Python", "..", "print(1)", `filename="document.py"`},
		{"code", "befunge", "x", "print(1)", `filename="x.txt"`},
		{"sheet", "", "Zahlen ü", "a,b", `filename="Zahlen _.csv"; filename*=UTF-8''Zahlen%20%C3%BC.csv`},
		{"html", "", "Page", "<script>1</script>", `filename="Page.html"`},
		{"html", "", "Picture", "<svg></svg>", `filename="Picture.svg"`},
		{"html", "mermaid", "Flow", "my diagram", `filename="Flow.mmd"`},
	} {
		d := b.newDocument(c.kind, c.title, c.content, m{"language": c.language})
		a := b.do("GET", "/documents/"+d.ID+"/download", nil, asPage...)
		if a.status != 200 || a.body != c.content || !strings.HasPrefix(a.header.Get("Content-Disposition"), "attachment; "+c.name) ||
			a.header.Get("Content-Security-Policy") != "sandbox; default-src 'none'" || a.header.Get("X-Content-Type-Options") != "nosniff" {
			t.Errorf("%s: %d %v %s", c.title, a.status, a.header, a.body)
		}
	}
}

// TestDocumentPreview: with a policy of its own, and in a frame alone.
func TestDocumentPreview(t *testing.T) {
	s := newSite(t, say("Hello"))
	b := s.browser()
	d := b.newDocument("html", "Page", "<p>Page</p>")
	a := b.do("GET", "/documents/"+d.ID+"/preview", nil, append([]string{"Sec-Fetch-Dest", "iframe"}, asPage...)...)
	policy := a.header.Get("Content-Security-Policy")
	for _, part := range []string{"sandbox allow-scripts;", "default-src 'none'", "connect-src 'none'", "form-action 'none'", "frame-ancestors 'self'", "base-uri 'none'"} {
		if !strings.Contains(policy, part) {
			t.Errorf("the policy has no %s: %s", part, policy)
		}
	}
	// small letters may be longer than what they stand for, and shorter
	for _, before := range []string{strings.Repeat("\u023a", 500), strings.Repeat("\u212a", 500)} {
		drawn := b.newDocument("html", "Picture", "<!--"+before+"--><SVG id=one></SVG>")
		a := b.do("GET", "/documents/"+drawn.ID+"/preview", nil, append([]string{"Sec-Fetch-Dest", "iframe"}, asPage...)...)
		if a.status != 200 || !strings.HasSuffix(a.body, "<body><SVG id=one></SVG>") {
			t.Errorf("a drawing: %d %s", a.status, a.body)
		}
	}
	if strings.Contains(policy, "allow-same-origin") || a.header.Get("X-Frame-Options") != "SAMEORIGIN" || !strings.HasSuffix(a.body, "<p>Page</p>") || a.status != 200 {
		t.Errorf("%d %v %s", a.status, a.header, a.body)
	}
	for _, dest := range []string{"document", "script", "image", "object", "embed"} {
		if a := b.do("GET", "/documents/"+d.ID+"/preview", nil, append([]string{"Sec-Fetch-Dest", dest}, asPage...)...); a.status != 403 || strings.Contains(a.body, "<p>Page</p>") {
			t.Errorf("as a %s: %d", dest, a.status)
		}
	}
}
