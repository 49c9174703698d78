package handlers_test

import (
	"encoding/base64"
	"strings"
	"testing"

	"alleato/ai/model/script"
)

// TestAttachments: what the model gets of a message's files, and what the page says of it.
func TestAttachments(t *testing.T) {
	seen := make(chan script.Request, 20)
	s := newSite(t, func(r script.Request) script.Reply {
		if r.Messages[0].Text != "" && strings.HasPrefix(r.Messages[0].Text, "You are") {
			seen <- r
		}
		return saying(0, "Fine.")
	})
	s.model.Models = []string{"fast", "gpt-4o"}
	p := s.program()
	data := func(kind string, b []byte) string {
		return "data:" + kind + ";base64," + base64.StdEncoding.EncodeToString(b)
	}
	long := strings.Repeat("line of text\n", 10_000)
	text, img := p.upload("notes.md", []byte(long)), p.upload("p.png", picture(20, 20))
	send := func(chat string, body map[string]any) (script.Message, answer) {
		t.Helper()
		p.json("POST", "/api/v1/chats/"+chat+"/messages", body, nil)
		r := <-seen
		return r.Messages[len(r.Messages)-1], p.do("GET", "/api/v1/chats/"+chat, nil)
	}
	m, shown := send("a", map[string]any{"model": "gpt-4o", "text": "Read", "files": []string{text.ID, img.ID}})
	if !strings.HasPrefix(m.Text, "Read\n\n<attachment name=\"notes.md\">\nline of text") || len(m.Text) > 101_000 || !strings.Contains(m.Text, "[Only the first") || len(m.Images) != 1 || !strings.HasPrefix(m.Images[0], "data:image/png;base64,") {
		t.Errorf("model got %d bytes, %d pictures: %.200s", len(m.Text), len(m.Images), m.Text)
	}
	if !strings.Contains(shown.body, "The model sees only the first") {
		t.Errorf("nothing said of the cut: %.600s", shown.body)
	}
	if page := p.do("GET", "/chats/a", nil, asPage...); page.status != 404 {
		t.Errorf("a program's chat for a browser: %d", page.status)
	}
	m, shown = send("b", map[string]any{"model": "fast", "messages": []any{map[string]any{"role": "user", "parts": []any{
		map[string]any{"type": "text", "text": "See"}, map[string]any{"type": "file", "mediaType": "image/png", "url": data("image/png", picture(9, 9)), "filename": "d.png"},
		map[string]any{"type": "file", "url": text.URL}}}}})
	if len(m.Images) != 0 || !strings.Contains(m.Text, `"d.png" is attached, but you cannot see`) || !strings.Contains(shown.body, "does not see pictures") || !strings.Contains(m.Text, "notes.md") {
		t.Errorf("a blind model got %.300s", m.Text)
	}
	m, _ = send("c", map[string]any{"files": []string{img.ID}, "model": "gpt-4o"})
	if len(m.Images) != 1 {
		t.Errorf("files alone: %+v", m)
	}
	stranger := s.program().upload("s.txt", []byte("secret"))
	before := len(s.keys())
	for name, c := range map[string]struct {
		part any
		want int
	}{
		"foreign id": {map[string]any{"type": "file", "fileId": stranger.ID}, 404}, "foreign URL of ours": {map[string]any{"type": "file", "url": stranger.URL}, 404},
		"other host": {map[string]any{"type": "file", "url": "//example.com/files/" + text.ID}, 422}, "other site": {map[string]any{"type": "file", "url": "https://example.com/f/x/y"}, 422}, "file system": {map[string]any{"type": "file", "url": "file:///etc/passwd"}, 422},
		"image_url": {map[string]any{"type": "image_url", "image_url": map[string]any{"url": "http://169.254.169.254/"}}, 422}, "nothing": {map[string]any{"type": "file"}, 422},
		"bad data": {map[string]any{"type": "file", "url": "data:image/png;base64,%%%"}, 422}, "zip": {map[string]any{"type": "file", "url": data("image/png", []byte("PK\x03\x04"))}, 415},
	} {
		a := p.do("POST", "/api/v1/chats/e/messages", map[string]any{"message": map[string]any{"role": "user", "parts": []any{
			map[string]any{"type": "file", "url": data("text/plain", []byte("made first"))}, c.part}}}, asJSON...)
		if a.status != c.want {
			t.Errorf("%s: %d %s", name, a.status, a.body)
		}
	}
	kept := map[string]any{"message": map[string]any{"role": "user", "parts": []any{map[string]any{"type": "file", "url": data("text/plain", []byte("made first"))}}}}
	if a := p.do("POST", "/api/v1/chats/e/messages", kept, "Accept", "application/json", "Idempotency-Key", strings.Repeat("k", 201)); a.status != 400 {
		t.Errorf("a long key: %d", a.status)
	}
	if a := p.do("POST", "/api/v1/chats/e/messages", map[string]any{"text": "x", "files": []string{stranger.ID}}, asJSON...); a.status != 404 {
		t.Errorf("foreign file: %d", a.status)
	}
	if after := len(s.keys()); after != before {
		t.Errorf("refused messages left %d blobs", after-before)
	}
	if a := p.do("GET", "/api/v1/chats/e", nil); a.status != 404 {
		t.Errorf("a refused message left a chat: %d", a.status)
	}
}

// TestAttachmentPage: the page shows pictures and chips, and a retry is no second file.
func TestAttachmentPage(t *testing.T) {
	s := newSite(t, say("x"))
	p := s.browser()
	p.do("GET", "/", nil, asPage...)
	var f aFile
	p.json("POST", "/files/upload", named("cat.png", picture(30, 30)), &f)
	body := map[string]any{"text": "", "messageId": "m1", "files": []string{f.ID}}
	p.json("POST", "/chats/c/messages", body, nil)
	p.json("POST", "/chats/c/messages", body, nil)
	page := p.do("GET", "/chats/c", nil, asPage...)
	if strings.Count(page.body, `data-testid="message-user"`) != 1 || !strings.Contains(page.body, `href="`+f.URL+`" data-lightbox`) || !strings.Contains(page.body, `src="`+*f.ThumbnailURL+`"`) || !strings.Contains(page.body, "cat.png") {
		t.Errorf("page: %d, %s in it", page.status, f.URL)
	}
	retry := map[string]any{"messages": []any{map[string]any{"id": "m2", "role": "user", "parts": []any{map[string]any{"type": "file", "url": "data:text/plain,hello", "filename": "h.txt"}}}}}
	p.json("POST", "/chats/c/messages", retry, nil)
	before := len(s.keys())
	p.json("POST", "/chats/c/messages", retry, nil)
	if after := len(s.keys()); after != before {
		t.Errorf("a retry made %d blobs", after-before)
	}
}
