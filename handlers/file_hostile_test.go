package handlers_test

import (
	"encoding/base64"
	"image/gif"
	"image/png"
	"net/url"
	"os"
	"strings"
	"testing"

	"alleato/ai"
	"alleato/ai/model/script"
	"alleato/handlers"
	"alleato/store/media/mediatest"
)

// clean asserts that of what was refused nothing is left anywhere: no row, deleted or not, no blob, and
// nothing where uploads wait.
func (s *site) clean(what, spool string) {
	s.t.Helper()
	rows, err := s.store.Writer().NewSelect().Table("files").Count(s.t.Context())
	if err != nil {
		s.t.Fatal(err)
	}
	waiting, err := os.ReadDir(spool)
	if err != nil {
		s.t.Fatal(err)
	}
	if keys := s.keys(); rows > 0 || len(keys) > 0 || len(waiting) > 0 {
		s.t.Errorf("%s left %d rows, %v, %v", what, rows, keys, waiting)
	}
}

// TestHostileFiles: what is made to do harm is refused in words, each time whole, and the server goes on.
func TestHostileFiles(t *testing.T) {
	spool := t.TempDir()
	s := newSite(t, say("x"), func(h *handlers.Options, _ *ai.Options) { h.Spool = spool })
	p := s.program()
	for name, c := range map[string]struct {
		file   string
		bytes  []byte
		want   int
		detail string
	}{
		"a PNG of 30,000 by 30,000": {"a.png", mediatest.PNGHeader(30_000, 30_000), 413, "25 million pixels"},
		"a PNG of 2³¹ by 2³¹":       {"a.png", mediatest.PNGHeader(1<<31-1, 1<<31-1), 415, "damaged"},
		"a GIF of 10,000 frames":    {"a.gif", mediatest.GIFBomb(10_000), 413, "25 million pixels"},
		"a PDF that unpacks":        {"a.pdf", mediatest.PDFBomb(400), 413, "takes too much to read"},
		"a moving WebP":             {"a.webp", mediatest.MovingWebP(), 415, "Moving WebP"},
		"GIF and script":            {"a.gif", []byte("GIF89a/*<script>alert(1)</script>*/=1"), 413, ""},
		"PDF and HTML":              {"a.pdf", []byte("%PDF-1.7\n<html><script>alert(1)</script>"), 415, "damaged"},
		"PDF and more":              {"a.pdf", append(mediatest.PDFText("Hello"), "<script>alert(1)</script>"...), 415, "damaged"},
		"JPEG and PHP":              {"a.jpg", []byte("\xff\xd8\xff\xe0<?php system('id'); ?>"), 415, "damaged"},
		"WAV and HTML":              {"a.wav", []byte("RIFF\x00\x00\x00\x00WAVE<script>alert(1)</script>"), 415, "not taken"},
		"zip":                       {"a.docx", []byte("PK\x03\x04\x14\x00\x06\x00"), 415, "not taken"},
		"gzip":                      {"a.svgz", []byte("\x1f\x8b\x08\x00"), 415, "not taken"},
		"program":                   {"a.txt", []byte("\x7fELF\x02\x01\x01\x00"), 415, "not taken"},
		"UTF-16":                    {"a.html", []byte("\xff\xfe<\x00s\x00c\x00r\x00i\x00p\x00t\x00>\x00"), 415, "not taken"},
	} {
		a := p.do("POST", "/api/v1/files/upload", named(c.file, c.bytes), asJSON...)
		if a.status != c.want || !strings.Contains(a.body, c.detail) || !strings.Contains(a.body, `"hint":"`) {
			t.Errorf("%s: %d %s", name, a.status, a.body)
		}
		s.clean(name, spool)
	}
	if f := p.upload("a.txt", []byte("The server goes on.")); f.ID == "" {
		t.Error("a good file after the bad ones")
	}
}

// TestPolyglots: what is two things at once is only the one that we made of it, and never a page.
func TestPolyglots(t *testing.T) {
	s := newSite(t, say("x"))
	p := s.program()
	script := "<script>alert(1)</script>"
	for name, c := range map[string]struct {
		bytes             []byte
		saved, is         string
		disposition, gone string
	}{
		"p.html":  {append(mediatest.PNG(9, 9), "PK\x03\x04"+script...), "p.png", "image/png", "inline", "script"},
		"m.svg":   {[]byte(`<svg xmlns="http://www.w3.org/2000/svg">` + script + `</svg>`), "m.svg.txt", "text/plain; charset=utf-8", "attachment", ""},
		"h.html":  {[]byte("<!doctype html>" + script), "h.html", "text/plain; charset=utf-8", "attachment", ""},
		"x.xhtml": {[]byte(`<?xml version="1.0"?><html xmlns="http://www.w3.org/1999/xhtml">` + script + `</html>`), "x.xhtml.txt", "text/plain; charset=utf-8", "attachment", ""},
		"d.pdf":   {mediatest.PDFText(script), "d.pdf", "application/pdf", "attachment", ""},
		"g.gif":   {append(mediatest.MovingGIF(2), script...), "g.gif", "image/gif", "inline", "script"},
	} {
		f := p.upload(name, c.bytes)
		if f.Name != c.saved {
			t.Errorf("%s was saved as %s", name, f.Name)
		}
		for _, path := range []string{s.at(f.URL), "/api/v1/files/" + f.ID + "/content"} {
			a := p.do("GET", path, nil)
			h := a.header
			if a.status != 200 || h.Get("Content-Type") != c.is || !strings.HasPrefix(h.Get("Content-Disposition"), c.disposition) ||
				h.Get("X-Content-Type-Options") != "nosniff" || h.Get("Content-Security-Policy") != "sandbox; default-src 'none'" {
				t.Errorf("%s at %s: %d %v", name, path, a.status, h)
			}
			if c.gone != "" && strings.Contains(a.body, c.gone) {
				t.Errorf("%s still holds %q", name, c.gone)
			}
		}
	}
}

// TestMovingPictures: a GIF goes on moving, of a moving PNG the first picture is kept.
func TestMovingPictures(t *testing.T) {
	s := newSite(t, say("x"))
	p := s.program()
	f := p.upload("m.gif", mediatest.MovingGIF(3))
	if g, err := gif.DecodeAll(strings.NewReader(p.do("GET", s.at(f.URL), nil).body)); err != nil || len(g.Image) != 3 {
		t.Errorf("GIF: %v", err)
	}
	if thumb := p.do("GET", s.at(*f.ThumbnailURL), nil); thumb.header.Get("Content-Type") != "image/png" {
		t.Errorf("its thumbnail: %v", thumb.header)
	}
	f = p.upload("m.apng", mediatest.APNG(9, 9))
	a := p.do("GET", s.at(f.URL), nil)
	if _, err := png.Decode(strings.NewReader(a.body)); err != nil || strings.Contains(a.body, "fdAT") || f.Name != "m.png" {
		t.Errorf("APNG as %s: %v", f.Name, err)
	}
}

// TestSwollenPDF: a PDF of which much text comes is kept, its text only up to a bound, and the model gets
// still less and is told so.
func TestSwollenPDF(t *testing.T) {
	got := make(chan string, 10)
	s := newSite(t, func(r script.Request) script.Reply {
		if strings.HasPrefix(r.Messages[0].Text, "You are") {
			got <- r.Last("user")
		}
		return saying(0, "Fine.")
	})
	p := s.program()
	much := mediatest.PDF([]byte("BT /F1 12 Tf 50 700 Td ("+strings.Repeat("word ", 1<<20)+") Tj ET"), 2) // 5 MB in a few kilobytes
	if len(much) > 20<<10 {
		t.Fatalf("the PDF has %d bytes", len(much))
	}
	f := p.upload("much.pdf", much)
	for _, key := range s.keys() {
		if info, err := s.blobs.Stat(t.Context(), key); err != nil || info.Size > 1<<20 {
			t.Errorf("%s has %d bytes, %v", key, info.Size, err)
		}
	}
	p.json("POST", "/api/v1/chats/c/messages", map[string]any{"text": "How much?", "files": []string{f.ID}}, nil)
	if text := <-got; len(text) > 101_000 || !strings.Contains(text, "word word") || !strings.Contains(text, "[Only the first") {
		t.Errorf("the model got %d bytes: %.100q", len(text), text)
	}
	if a := p.do("GET", "/api/v1/chats/c", nil); !strings.Contains(a.body, "The model sees only the first") {
		t.Error("nothing is said of the cut")
	}
	// the bomb as a data URL in a message: refused, and neither chat nor file is left
	before := len(s.keys())
	a := p.do("POST", "/api/v1/chats/d/messages", map[string]any{"messages": []any{map[string]any{"role": "user", "parts": []any{
		map[string]any{"type": "text", "text": "Read"}, map[string]any{"type": "file", "filename": "b.pdf",
			"url": "data:application/pdf;base64," + base64.StdEncoding.EncodeToString(mediatest.PDFBomb(400))}}}}}, asJSON...)
	if a.status != 413 || !strings.Contains(a.body, "takes too much to read") {
		t.Errorf("the bomb in a message: %d %s", a.status, a.body)
	}
	if chat := p.do("GET", "/api/v1/chats/d", nil); chat.status != 404 || len(s.keys()) != before {
		t.Errorf("it left a chat (%d) or blobs (%v)", chat.status, s.keys())
	}
}

// TestHostileNames: a name shows itself as what it is, on the page and to the browser that saves it.
func TestHostileNames(t *testing.T) {
	s := newSite(t, say("x"))
	b := s.browser()
	const name = `"><img src=x onerror=alert(1)>%s%n'{{.}}.txt`
	var f aFile
	b.json("POST", "/files/upload", fileForm(`; filename*=UTF-8''`+strings.ReplaceAll(url.QueryEscape(name), "+", "%20"), []byte("<b>bold</b>")), &f)
	if f.Name != name {
		t.Fatalf("saved as %q", f.Name)
	}
	for _, path := range []string{"/files", "/files/" + f.ID} {
		for _, shape := range [][]string{asPage, asPart} {
			a := b.do("GET", path, nil, shape...)
			if a.status != 200 || strings.Contains(a.body, "<img src=x") || strings.Contains(a.body, "<b>bold") || !strings.Contains(a.body, "&lt;img src=x onerror=alert(1)&gt;") {
				t.Errorf("%s: %d %.300s", path, a.status, a.body)
			}
		}
	}
	for what, bad := range map[string]string{"up": "../x.txt", "line": "a\r\nSet-Cookie: x=1", "turned": "a\u202etxt.exe", "hidden": "a\u200bb.txt", "tag": "a\U000e0041.txt", "empty": " ", "dots": "..", "back": `a\b`, "long": strings.Repeat("ü", 101)} {
		a := b.do("PATCH", "/files/"+f.ID, map[string]any{"name": bad}, asJSON...)
		if a.status != 422 || !strings.Contains(a.body, `"field":"name"`) {
			t.Errorf("renamed %s: %d %s", what, a.status, a.body)
		}
	}
	disposition := b.do("GET", f.URL, nil).header.Get("Content-Disposition")
	if want := `attachment; filename="_><img src=x onerror=alert(1)>_s_n'{{.}}.txt"; filename*=UTF-8''`; !strings.HasPrefix(disposition, want) {
		t.Errorf("Content-Disposition: %s", disposition)
	}
}
