package handlers_test

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"alleato/store"
)

// TestDownloadWord: a text as a Word document, for its owner, a program and whoever it is shared with, with
// the owner's pictures in it and nothing fetched from elsewhere.
func TestDownloadWord(t *testing.T) {
	var heard atomic.Int64
	canary := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { heard.Add(1) }))
	t.Cleanup(canary.Close)
	s := newSite(t, say("Hello"))
	ada, eve := s.program(), s.program()
	mine, hers := ada.upload("mole.png", picture(1200, 300)), eve.upload("secret.png", picture(20, 20))
	d := ada.newDocument("text", "Plan é", "# Rome\n\n![The Mole]("+mine.URL+") ![by id](/files/"+mine.ID+"/content) ![hers]("+hers.URL+") ![far]("+canary.URL+"/x.png)\n")
	ada.json("PUT", "/api/v1/documents/"+d.ID, m{"content": d.Text() + "\nsecond version\n"}, nil)
	check := func(who string, a answer, version2 bool) {
		t.Helper()
		if a.status != 200 || a.header.Get("Content-Type") != "application/vnd.openxmlformats-officedocument.wordprocessingml.document" ||
			!strings.Contains(a.header.Get("Content-Disposition"), `attachment; filename="Plan _.docx"`) || a.header.Get("Content-Security-Policy") != "sandbox; default-src 'none'" {
			t.Fatalf("%s: %d %v %.200s", who, a.status, a.header, a.body)
		}
		parts, pictures := unzip(t, []byte(a.body)), 0
		for name := range parts {
			if strings.HasPrefix(name, "word/media/") {
				pictures++
			}
		}
		document := parts["word/document.xml"]
		if pictures != 2 || !strings.Contains(document, "[hers]") || !strings.Contains(document, "[far]") || strings.Contains(document, "second") != version2 {
			t.Errorf("%s: %d pictures in %s", who, pictures, document[max(0, len(document)-500):])
		}
	}
	word := "/documents/" + d.ID + "/download?format=docx"
	check("the owner", ada.do("GET", "/api/v1"+word, nil), true)
	check("an older version", ada.do("GET", "/api/v1"+word+"&version=1", nil), false)
	if a := eve.do("GET", "/api/v1"+word, nil); a.status != 404 {
		t.Errorf("a stranger: %d", a.status)
	}
	ada.json("PATCH", "/api/v1/documents/"+d.ID, m{"visibility": "public"}, nil)
	check("a reader", s.browser().do("GET", word, nil, asPage...), true)
	if heard.Load() > 0 {
		t.Errorf("the canary heard %d requests", heard.Load())
	}
}

// TestDownloadFormats: what a kind cannot be had as is refused; pages, drawings and diagrams have their endings.
func TestDownloadFormats(t *testing.T) {
	s := newSite(t, say("Hello"))
	p := s.program()
	f := p.upload("mole.png", picture(30, 20))
	for _, c := range []struct {
		kind, content, format, name string
	}{
		{"text", "# x", "md", "T.md"}, {"text", "# x", "docx", "T.docx"}, {"text", "# x", "pdf", ""}, {"sheet", "a,b", "csv", "T.csv"}, {"sheet", "a,b", "docx", ""},
		{"code", "x", "txt", "T.txt"}, {"code", "x", "docx", ""}, {"html", "<p>x", "html", "T.html"}, {"html", "  <SVG></SVG>", "svg", "T.svg"},
		{"html", `<?xml version="1.0"?><svg/>`, "", "T.svg"}, {"html", "graph TD\n a-->b", "", "T.mmd"}, {"html", "", "", "T.html"}, {"html", "<p>x", "svg", ""},
		{"image", f.ID, "", "T.png"}, {"image", f.ID, "docx", ""},
	} {
		d := p.newDocument(c.kind, "T", c.content)
		a := p.do("GET", "/api/v1/documents/"+d.ID+"/download?format="+c.format, nil)
		switch {
		case c.name == "":
			if a.status != 422 || !strings.Contains(a.body, `"field":"format"`) {
				t.Errorf("%s as %s: %d %s", c.kind, c.format, a.status, a.body)
			}
		case a.status != 200 || !strings.Contains(a.header.Get("Content-Disposition"), `filename="`+c.name+`"`):
			t.Errorf("%s %q as %s: %d %v", c.kind, c.content, c.format, a.status, a.header)
		}
	}
}

// TestPicturesOfText: whoever reads a shared text sees the owner's pictures in it, at addresses that end when
// it is private again; other people's pictures are not shown, and one that is gone says so.
func TestPicturesOfText(t *testing.T) {
	s := newSite(t, say("Hello"))
	ada, eve := s.program(), s.program()
	mine, gone, hers := ada.upload("mole.png", picture(30, 20)), ada.upload("gone.png", picture(10, 10)), eve.upload("hers.png", picture(20, 20))
	d := ada.newDocument("text", "Plan", "![Mole]("+strings.TrimPrefix(mine.URL, s.url)+")\n\n![own](/files/"+mine.ID+"/content)\n\n![old](/files/"+gone.ID+"/content)\n\n![hers](/files/"+hers.ID+"/content)\n")
	ada.json("DELETE", "/api/v1/files/"+gone.ID, nil, nil)
	ada.json("PATCH", "/api/v1/documents/"+d.ID, m{"visibility": "public"}, nil)
	read := func() string {
		t.Helper()
		a := s.browser().do("GET", "/documents/"+d.ID, nil, asPage...)
		if a.status != 200 {
			t.Fatalf("%d", a.status)
		}
		return a.body
	}
	page := read()
	var sources []string
	for _, piece := range strings.Split(page, `<img class="picture" src="`)[1:] {
		src, _, _ := strings.Cut(piece, `"`)
		sources = append(sources, src)
	}
	if len(sources) != 2 || sources[0] != sources[1] || strings.Count(page, "not there any more") != 2 || strings.Contains(page, "/files/"+mine.ID) {
		t.Fatalf("pictures %v in %s", sources, page)
	}
	nobody := s.browser()
	if a := nobody.do("GET", sources[0], nil); a.status != 200 || !bytes.HasPrefix([]byte(a.body), []byte("\x89PNG")) {
		t.Errorf("the picture: %d", a.status)
	}
	ada.json("PATCH", "/api/v1/documents/"+d.ID, m{"visibility": "private"}, nil)
	if a := nobody.do("GET", sources[0], nil); a.status != 404 {
		t.Errorf("the picture's address is good after the text is private again: %d", a.status)
	}
	ada.json("PATCH", "/api/v1/documents/"+d.ID, m{"visibility": "public"}, nil)
	if again := read(); strings.Contains(again, sources[0]) || strings.Count(again, `<img class="picture"`) != 2 {
		t.Errorf("the text that is shared again shows %s", again)
	}
	var chat struct{ Chat store.Chat }
	ada.json("POST", "/api/v1/chats", m{"visibility": "public"}, &chat)
	inChat := ada.newDocument("text", "In a chat", "![Mole](/files/"+mine.ID+"/content)", m{"chatId": chat.Chat.ID})
	page = s.browser().do("GET", "/documents/"+inChat.ID, nil, asPage...).body
	_, rest, _ := strings.Cut(page, `<img class="picture" src="`)
	src, _, _ := strings.Cut(rest, `"`)
	if a := nobody.do("GET", src, nil); src == "" || a.status != 200 {
		t.Errorf("a picture of a public chat's text: %q %d", src, a.status)
	}
	ada.json("PATCH", "/api/v1/chats/"+chat.Chat.ID, m{"visibility": "private"}, nil)
	if a := nobody.do("GET", src, nil); a.status != 404 {
		t.Errorf("its address is good after the chat is private again: %d", a.status)
	}
}
