package handlers_test

import (
	"net/url"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"

	"alleato/ai"
	"alleato/handlers"
	"alleato/store"
	"alleato/store/media/mediatest"
)

// fileNames are the names on a page of files, in order.
func fileNames(t *testing.T, body string) string {
	t.Helper()
	return strings.Join(parse(t, body).Find(testid("file-name")).Map(func(_ int, e *goquery.Selection) string { return e.Text() }), " ")
}

// TestFilesPage: one address, three answers; what it asks for is what is listed, without scripts too.
func TestFilesPage(t *testing.T) {
	s := newSite(t, say("x"), func(_ *handlers.Options, a *ai.Options) {
		a.Limits = map[store.Role]store.Limit{store.RoleGuest: {UploadBytes: 1 << 20, StorageBytes: 2 << 20}}
	})
	b := s.browser()
	if page := b.do("GET", "/files", nil, asPage...); page.status != 200 || parse(t, page.body).Find(testid("files-empty")).Length() != 1 {
		t.Fatalf("a visitor's page: %d", page.status)
	}
	for _, f := range []struct {
		name    string
		content []byte
	}{{"b.md", []byte("# Bee")}, {"c.png", picture(40, 20)}, {"a.go", []byte("package a\n")}, {"d.csv", []byte("1,2,3,4,5,6,7,8,9,10,11,12\n")}} {
		b.json("POST", "/files/upload", named(f.name, f.content), nil)
	}
	s.program().upload("stranger.txt", []byte("secret"))
	for query, want := range map[string]string{"": "d.csv a.go c.png b.md", "?sort=oldest": "b.md c.png a.go d.csv", "?sort=name": "a.go b.md c.png d.csv",
		"?type=image": "c.png", "?type=code": "a.go", "?type=text": "b.md", "?type=table&q=D.": "d.csv", "?q=zzz": "", "?q=.&sort=name&limit=2": "a.go b.md"} {
		page, part := b.do("GET", "/files"+query, nil, asPage...), b.do("GET", "/files"+query, nil, asPart...)
		if got := fileNames(t, page.body); got != want || fileNames(t, part.body) != want {
			t.Errorf("%q: page %s, part %s, want %s", query, got, fileNames(t, part.body), want)
		}
		var list struct{ Files []aFile }
		b.json("GET", "/files"+query, nil, &list)
		var names []string
		for _, f := range list.Files {
			names = append(names, f.Name)
		}
		if got := strings.Join(names, " "); got != want {
			t.Errorf("%q as JSON: %s, want %s", query, got, want)
		}
	}
	first := parse(t, b.do("GET", "/files?limit=3&sort=name&q=.", nil, asPage...).body)
	more, _ := first.Find(".file-more a").Attr("href")
	second := b.do("GET", more, nil, asPart...)
	if fileNames(t, second.body) != "d.csv" || strings.Contains(second.body, "file-more") || strings.Contains(second.body, "file-list") {
		t.Errorf("%s: %s", more, second.body)
	}
	if page := b.do("GET", more, nil, asPage...); fileNames(t, page.body) != "d.csv" {
		t.Errorf("the second page without scripts: %s", fileNames(t, page.body))
	}
	meter := first.Find("meter")
	if max, _ := meter.Attr("max"); max != "2097152" || !strings.Contains(first.Find(testid("file-usage")).Text(), "of 2 MB used") {
		t.Errorf("usage: %s", first.Find(testid("file-usage")).Text())
	}
	if accept, _ := first.Find(testid("file-input")).Attr("accept"); !strings.Contains(accept, "image/png,") || !strings.Contains(accept, ".go,") {
		t.Errorf("accept: %s", accept)
	}
	for _, bad := range []string{"?type=exe", "?sort=owner", "?sort=x", "?cursor=x"} {
		if a := b.do("GET", "/files"+bad, nil, asJSON...); a.status != 422 {
			t.Errorf("%s: %d", bad, a.status)
		}
	}
}

// TestFileLayout: grid or list is kept once it was asked for.
func TestFileLayout(t *testing.T) {
	s := newSite(t, say("x"))
	b := s.browser()
	b.json("POST", "/files/upload", named("a.txt", []byte("a")), nil)
	for _, step := range [][2]string{{"", "grid"}, {"?view=list", "list"}, {"", "list"}, {"?view=nonsense", "list"}, {"?view=grid", "grid"}, {"", "grid"}} {
		a := b.do("GET", "/files"+step[0], nil, asPage...)
		if got, _ := parse(t, a.body).Find("#file-list").Attr("data-layout"); got != step[1] {
			t.Errorf("%q shows a %s, want %s", step[0], got, step[1])
		}
	}
}

// TestFilePreview: pictures as pictures, the beginning of texts as text, never as what they say they are.
func TestFilePreview(t *testing.T) {
	s := newSite(t, say("x"))
	b := s.browser()
	for name, c := range map[string]struct {
		content    []byte
		has, hasnt string
	}{
		"p.png":  {picture(30, 30), `<img src="/f/`, "<pre"},
		"h.html": {[]byte("<script>alert(1)</script>"), "&lt;script&gt;alert(1)&lt;/script&gt;", "<script>alert"},
		"m.md":   {[]byte("# Title\n[x](javascript:alert(1))"), "# Title", "href=\"javascript"},
		"d.pdf":  {mediatest.PDFText("Total: 42 euros"), "Total: 42 euros", "<embed"},
		"e.pdf":  {mediatest.PDF([]byte("0 0 m"), 1), "nothing to show", "<pre"},
		"l.log":  {[]byte(strings.Repeat("ü", 100_000)), "The first 64 KB of 195 KB of text.", strings.Repeat("ü", 40_000)},
	} {
		var f aFile
		b.json("POST", "/files/upload", named(name, c.content), &f)
		for shape, headers := range map[string][]string{"page": asPage, "part": asPart} {
			a := b.do("GET", "/files/"+f.ID, nil, headers...)
			if a.status != 200 || !strings.Contains(a.body, c.has) || strings.Contains(a.body, c.hasnt) || strings.Contains(a.body, "\ufffd") {
				t.Errorf("%s as %s: %d, %d bytes", name, shape, a.status, len(a.body))
			}
		}
		if a := s.browser().do("GET", "/files/"+f.ID, nil, asPage...); a.status != 404 {
			t.Errorf("a stranger sees %s: %d", name, a.status)
		}
	}
}

// TestFileRename: what a file is called follows what it is; its old address goes on.
func TestFileRename(t *testing.T) {
	s := newSite(t, say("x"))
	b := s.browser()
	var text, image struct{ File aFile }
	b.json("POST", "/files/upload", named("a.txt", []byte("# Hi")), &text)
	b.json("POST", "/files/upload", named("a.png", picture(9, 9)), &image)
	for _, c := range []struct {
		f              aFile
		to, name, kind string
	}{{text.File, "b.md", "b.md", "text/markdown"}, {text.File, " c.exe ", "c.exe.txt", "text/plain"}, {text.File, "d.csv", "d.csv", "text/csv"},
		{image.File, "e.html", "e.png", "image/png"}, {image.File, "f", "f.png", "image/png"}} {
		var out struct{ File aFile }
		b.json("PATCH", "/files/"+c.f.ID, map[string]any{"name": c.to, "bucket": "avatars", "userId": "x"}, &out)
		if out.File.Name != c.name || out.File.ContentType != c.kind || out.File.Bucket != "uploads" {
			t.Errorf("%q became %+v", c.to, out.File)
		}
	}
	if a := b.do("GET", text.File.URL, nil); a.status != 200 || a.header.Get("Content-Type") != "text/csv; charset=utf-8" {
		t.Errorf("its first address: %d %v", a.status, a.header)
	}
	form := url.Values{"_method": {"PATCH"}, "name": {"plain.csv"}}
	if a := b.do("POST", "/files/"+text.File.ID, form, asPage...); a.status != 303 || a.header.Get("Location") != "/files/"+text.File.ID {
		t.Errorf("a plain form: %d to %s", a.status, a.header.Get("Location"))
	}
	part := b.do("PATCH", "/files/"+text.File.ID, url.Values{"name": {"part.csv"}}, asPart...)
	if !strings.Contains(part.body, `hx-target="#file-`+text.File.ID+`"`) || !strings.Contains(part.body, `hx-target="#file-preview"`) || !strings.Contains(part.body, "part.csv") {
		t.Errorf("htmx: %s", part.body)
	}
	for name, body := range map[string]any{"none": map[string]any{}, "empty": map[string]any{"name": ""}, "number": raw(`{"name":1}`)} {
		if a := b.do("PATCH", "/files/"+text.File.ID, body, asJSON...); a.status != 422 && a.status != 400 {
			t.Errorf("%s: %d", name, a.status)
		}
	}
	if a := s.program().do("PATCH", "/api/v1/files/"+text.File.ID, map[string]any{"name": "mine.txt"}, asJSON...); a.status != 404 {
		t.Errorf("a stranger renames: %d", a.status)
	}
}

// TestFileForms: upload and deletion by plain forms lead back to the list; htmx gets what has changed.
func TestFileForms(t *testing.T) {
	s := newSite(t, say("x"))
	b := s.browser()
	if a := b.do("POST", "/files/upload", named("a.txt", []byte("12345")), asPage...); a.status != 303 || a.header.Get("Location") != "/files" {
		t.Fatalf("upload: %d to %s", a.status, a.header.Get("Location"))
	}
	b.json("POST", "/files/upload", named("b.txt", []byte("12345")), nil)
	var list struct{ Files []aFile }
	b.json("GET", "/files", nil, &list)
	if a := b.do("POST", "/files/"+list.Files[0].ID, url.Values{"_method": {"DELETE"}}, asPage...); a.status != 303 || a.header.Get("Location") != "/files" {
		t.Errorf("delete: %d to %s", a.status, a.header.Get("Location"))
	}
	part := b.do("DELETE", "/files/"+list.Files[1].ID, nil, asPart...)
	if !strings.Contains(part.body, `hx-target="#file-`+list.Files[1].ID+`" hx-swap="delete"`) || !strings.Contains(part.body, "0 bytes used") {
		t.Errorf("htmx: %s", part.body)
	}
	if page := b.do("GET", "/files", nil, asPage...); fileNames(t, page.body) != "" || len(s.keys()) != 0 {
		t.Errorf("left: %s, %v", fileNames(t, page.body), s.keys())
	}
}

// TestFileInChat: the list says in which chat a file is used.
func TestFileInChat(t *testing.T) {
	s := newSite(t, say("x"))
	b := s.browser()
	var f aFile
	b.json("POST", "/files/upload", named("a.txt", []byte("a")), &f)
	b.json("POST", "/chats/c/messages", map[string]any{"text": "Look", "files": []string{f.ID}}, nil)
	b.json("PATCH", "/chats/c", map[string]any{"title": "A chat of files"}, nil)
	for _, path := range []string{"/files", "/files/" + f.ID} {
		link := parse(t, b.do("GET", path, nil, asPage...).body).Find(testid("file-chat"))
		if href, _ := link.Attr("href"); href != "/chats/c" || !strings.Contains(link.Text(), "A chat of files") {
			t.Errorf("%s: %q %q", path, href, link.Text())
		}
	}
	b.json("DELETE", "/chats/c", nil, nil)
	if page := b.do("GET", "/files", nil, asPage...); fileNames(t, page.body) != "" {
		t.Errorf("of a deleted chat: %s", fileNames(t, page.body))
	}
}
