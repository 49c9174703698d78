package handlers_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"io"
	"mime/multipart"
	"net"
	"net/http"
	"net/textproto"
	"strings"
	"testing"
	"time"

	"alleato/ai"
	"alleato/ai/model/script"
	"alleato/handlers"
	"alleato/store"
	"alleato/store/blob"
)

// form is a multipart body.
type form struct {
	body        []byte
	contentType string
}

// fileForm is the form of an upload; disposition is what follows name="file".
func fileForm(disposition string, content []byte) form {
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	part, err := w.CreatePart(textproto.MIMEHeader{"Content-Disposition": {`form-data; name="file"` + disposition}})
	if err == nil {
		_, err = part.Write(content)
	}
	if err = errors.Join(err, w.Close()); err != nil {
		panic(err)
	}
	return form{b.Bytes(), w.FormDataContentType()}
}

func named(name string, content []byte) form { return fileForm(`; filename="`+name+`"`, content) }

func picture(w, h int) []byte {
	m := image.NewNRGBA(image.Rect(0, 0, w, h))
	for i := range m.Pix {
		m.Pix[i] = uint8(i*7 | 3)
	}
	var b bytes.Buffer
	if err := png.Encode(&b, m); err != nil {
		panic(err)
	}
	return b.Bytes()
}

// aFile is the JSON of a file.
type aFile struct {
	ID, Name, ContentType, SHA256, URL, Bucket string
	ThumbnailURL                               *string
	Size                                       int64
}

func (p *person) upload(name string, content []byte) aFile {
	p.t.Helper()
	var f aFile
	p.json("POST", "/api/v1/files/upload", named(name, content), &f)
	return f
}

// at is the path of an address of ours.
func (s *site) at(url string) string { return strings.TrimPrefix(url, s.url) }

func (s *site) keys() (keys []string) {
	if err := s.blobs.List(context.Background(), "", func(i blob.Info) error { keys = append(keys, i.Key); return nil }); err != nil {
		s.t.Fatal(err)
	}
	return keys
}

// empty asserts that nothing was left of what was refused.
func (p *person) empty(what string) {
	p.t.Helper()
	var list struct{ Files []aFile }
	p.json("GET", "/api/v1/files", nil, &list)
	if keys := p.keys(); len(keys) > 0 || len(list.Files) > 0 {
		p.t.Errorf("%s left %d rows and %v", what, len(list.Files), keys)
	}
}

func TestFileLife(t *testing.T) {
	s := newSite(t, say("x"))
	p := s.program()
	f := p.upload("Zeugnis „1“.txt", []byte("0123456789"))
	if f.Size != 10 || f.ContentType != "text/plain" || f.Bucket != "uploads" || f.ThumbnailURL != nil ||
		f.SHA256 != "84d89877f0d4041efb6bf91a16f0248f2fd573e6af05c19f96bedb9f882f7882" {
		t.Errorf("file: %+v", f)
	}
	anyone := &person{site: s, http: http.DefaultClient}
	a := anyone.do("GET", s.at(f.URL), nil)
	for name, want := range map[string]string{"X-Content-Type-Options": "nosniff", "Content-Security-Policy": "sandbox; default-src 'none'",
		"Content-Type": "text/plain; charset=utf-8", "Cache-Control": "private, no-cache", "Accept-Ranges": "bytes",
		"Content-Disposition": `attachment; filename="Zeugnis _1_.txt"; filename*=UTF-8''Zeugnis%20%E2%80%9E1%E2%80%9C.txt`} {
		if got := a.header.Get(name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	if a.status != 200 || a.body != "0123456789" {
		t.Errorf("read: %d %q", a.status, a.body)
	}
	for spec, want := range map[string][2]string{"bytes=2-4": {"206", "234"}, "bytes=-3": {"206", "789"}, "bytes=8-": {"206", "89"},
		"bytes=8-99": {"206", "89"}, "bytes=10-": {"416", ""}, "bytes=4-2": {"200", "0123456789"}, "bytes=0-1,3-4": {"200", "0123456789"}, "lines=1-2": {"200", "0123456789"}} {
		r := anyone.do("GET", s.at(f.URL), nil, "Range", spec)
		if fmt.Sprint(r.status) != want[0] || (want[1] != "" && r.body != want[1]) {
			t.Errorf("%s: %d %q", spec, r.status, r.body)
		}
	}
	if r := anyone.do("GET", s.at(f.URL), nil, "If-None-Match", a.header.Get("Etag")); r.status != 304 || r.body != "" {
		t.Errorf("not modified: %d", r.status)
	}
	if r := anyone.do("HEAD", s.at(f.URL), nil); r.status != 200 || r.header.Get("Content-Length") != "10" {
		t.Errorf("head: %d %v", r.status, r.header)
	}
	for _, path := range []string{"/files/" + f.ID, "/files/" + f.ID + "/content"} {
		if own, other, none := p.do("GET", "/api/v1"+path, nil), s.program().do("GET", "/api/v1"+path, nil), anyone.do("GET", "/api/v1"+path, nil); own.status != 200 || other.status != 404 || none.status != 401 {
			t.Errorf("%s: own %d, other %d, nobody %d", path, own.status, other.status, none.status)
		}
	}
	if r := s.program().do("DELETE", "/api/v1/files/"+f.ID, nil); r.status != 404 {
		t.Errorf("a stranger deletes: %d", r.status)
	}
	var list struct {
		Files []aFile
		Usage struct{ Used int64 }
	}
	if p.json("GET", "/api/v1/files", nil, &list); len(list.Files) != 1 || list.Usage.Used != 10 {
		t.Errorf("list: %+v", list)
	}
	p.json("DELETE", "/api/v1/files/"+f.ID, nil, nil)
	if r := anyone.do("GET", s.at(f.URL), nil); r.status != 404 {
		t.Errorf("deleted and read: %d", r.status)
	}
	p.empty("a deleted file")
}

// TestUploadRefusals: each is clear, and leaves neither row nor blob.
func TestUploadRefusals(t *testing.T) {
	s := newSite(t, say("x"), func(_ *handlers.Options, a *ai.Options) {
		a.Limits = map[store.Role]store.Limit{store.RoleGuest: {UploadBytes: 1 << 20, StorageBytes: 3 << 20}}
	})
	p := s.program()
	text := []byte("text")
	cut := named("a.txt", text)
	for name, c := range map[string]struct {
		body any
		want int
	}{
		"too large": {named("a.txt", bytes.Repeat([]byte("x"), 1<<20+1)), 413}, "much too large": {named("a.txt", bytes.Repeat([]byte("x"), 20<<20)), 413},
		"empty": {named("a.txt", nil), 422}, "type": {named("a.png", []byte("PK\x03\x04zip")), 415}, "html in a picture": {named("a.gif", []byte("GIF89a\x01\x00\x01\x00\x00\x00\x00<script>")), 415},
		"no PDF": {named("a.pdf", []byte("%PDF-1.4 <html>")), 415}, "up": {named("../a.txt", text), 422}, "back": {fileForm(`; filename*=UTF-8''a%5Cb.txt`, text), 422},
		"line": {fileForm(`; filename*=UTF-8''a%0D%0Ab.txt`, text), 422}, "turned": {named("a\u202etxt.exe", text), 422}, "nul": {fileForm(`; filename*=UTF-8''a%00b`, text), 422},
		"no name": {fileForm("", text), 422}, "dots": {named("..", text), 422}, "long": {named(strings.Repeat("x", 201), text), 422},
		"no file": {form{[]byte("--x\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n1\r\n--x--\r\n"), "multipart/form-data; boundary=x"}, 422},
		"cut off": {form{cut.body[:len(cut.body)-20], cut.contentType}, 400}, "JSON": {map[string]any{"file": "x"}, 415},
	} {
		a := p.do("POST", "/api/v1/files/upload", c.body, asJSON...)
		if a.status != c.want || !strings.Contains(a.body, `"detail":"`) {
			t.Errorf("%s: %d %s", name, a.status, a.body)
		}
	}
	p.empty("refusals")
	for i := range 4 { // the fourth does not fit
		a := p.do("POST", "/api/v1/files/upload", named("a.txt", bytes.Repeat([]byte("x"), 900<<10)), asJSON...)
		if want := map[bool]int{true: 201, false: 413}[i < 3]; a.status != want {
			t.Errorf("file %d: %d %s", i, a.status, a.body)
		}
	}
	if n := len(s.keys()); n != 3 {
		t.Errorf("%d blobs of 3 files", n)
	}
	if a := (&person{site: s, http: http.DefaultClient}).do("POST", "/api/v1/files/upload", named("a.txt", text)); a.status != 401 {
		t.Errorf("without a credential: %d", a.status)
	}
}

// TestPictures: made anew, with a thumbnail, shown and not downloaded.
func TestPictures(t *testing.T) {
	s := newSite(t, say("x"))
	p := s.program()
	f := p.upload("cat.txt", append(picture(800, 600), "<script>appended</script>"...))
	if f.ContentType != "image/png" || f.Name != "cat.png" || f.ThumbnailURL == nil {
		t.Fatalf("file: %+v", f)
	}
	a := p.do("GET", s.at(f.URL), nil)
	if strings.Contains(a.body, "appended") || !strings.HasPrefix(a.header.Get("Content-Disposition"), "inline") || a.header.Get("Content-Security-Policy") != "sandbox; default-src 'none'" {
		t.Errorf("picture: %v", a.header)
	}
	thumb := p.do("GET", s.at(*f.ThumbnailURL), nil)
	if config, kind, err := image.DecodeConfig(strings.NewReader(thumb.body)); err != nil || config.Width != 512 || kind != "png" {
		t.Errorf("thumbnail: %d %v %v", thumb.status, config, err)
	}
}

// TestSharedFiles: a public chat's files end with the sharing, and go with the chat.
func TestSharedFiles(t *testing.T) {
	s := newSite(t, say("x"))
	p := s.program()
	f := p.upload("a.txt", []byte("shared"))
	p.json("POST", "/api/v1/chats/c/messages", map[string]any{"text": "Look", "files": []string{f.ID}, "selectedVisibilityType": "public"}, nil)
	anyone := &person{site: s, http: http.DefaultClient}
	shown := func() string {
		t.Helper()
		var chat struct {
			Messages []struct {
				Parts []struct{ Type, URL, FileID, Filename string }
			}
		}
		p.json("GET", "/api/v1/chats/c", nil, &chat)
		part := chat.Messages[0].Parts[0]
		if part.Type != "file" || part.FileID != f.ID || part.Filename != "a.txt" {
			t.Fatalf("part: %+v", part)
		}
		return s.at(part.URL)
	}
	first := shown()
	if a := anyone.do("GET", first, nil); a.body != "shared" {
		t.Errorf("public: %d", a.status)
	}
	p.json("PATCH", "/api/v1/chats/c", map[string]any{"visibility": "private"}, nil)
	second := shown()
	if old, now := anyone.do("GET", first, nil), p.do("GET", second, nil); old.status != 404 || now.body != "shared" || first == second {
		t.Errorf("private again: old %d, new %d", old.status, now.status)
	}
	// in another chat it is a file of its own
	p.json("POST", "/api/v1/chats/d/messages", map[string]any{"text": "Again", "files": []string{f.ID}}, nil)
	p.json("DELETE", "/api/v1/chats/c", nil, nil)
	if a := anyone.do("GET", second, nil); a.status != 404 {
		t.Errorf("of a deleted chat: %d", a.status)
	}
	s.purge()
	if n := len(s.keys()); n != 1 {
		t.Errorf("%d blobs, want that of the other chat", n)
	}
	p.json("DELETE", "/api/v1/chats", nil, nil)
	s.purge()
	p.empty("deleted chats")
}

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

func TestAvatar(t *testing.T) {
	s := newSite(t, say("x"))
	p := &person{site: s, http: http.DefaultClient}
	var in struct {
		Token string
		User  struct{ AvatarURL *string }
	}
	p.json("POST", "/api/v1/auth/register", ada, &in)
	p.token = in.Token
	var b bytes.Buffer
	m := image.NewRGBA(image.Rect(0, 0, 900, 600))
	m.Set(1, 1, color.White)
	if err := jpeg.Encode(&b, m, nil); err != nil {
		t.Fatal(err)
	}
	p.json("PUT", "/api/v1/account/avatar", named("me.jpg", picture(30, 40)), &in)
	first := s.at(*in.User.AvatarURL)
	p.json("PUT", "/api/v1/account/avatar", named("me.jpg", b.Bytes()), &in)
	a := (&person{site: s, http: http.DefaultClient}).do("GET", s.at(*in.User.AvatarURL), nil)
	if config, kind, err := image.DecodeConfig(strings.NewReader(a.body)); err != nil || config.Width != 512 || config.Height != 512 || kind != "jpeg" {
		t.Errorf("avatar: %d %v %s %v", a.status, config, kind, err)
	}
	if a := p.do("GET", first, nil); a.status != 404 || len(s.keys()) != 1 {
		t.Errorf("the one before: %d, %v", a.status, s.keys())
	}
	for name, body := range map[string]form{"GIF": named("a.gif", []byte("GIF89a")), "text": named("a.png", []byte("x"))} {
		if a := p.do("PUT", "/api/v1/account/avatar", body); a.status != 415 {
			t.Errorf("%s: %d", name, a.status)
		}
	}
	p.json("DELETE", "/api/v1/account/avatar", nil, &in)
	if in.User.AvatarURL != nil || len(s.keys()) != 0 {
		t.Errorf("removed: %v %v", in.User.AvatarURL, s.keys())
	}
	if a := s.program().do("PUT", "/api/v1/account/avatar", named("me.png", picture(9, 9))); a.status != 403 {
		t.Errorf("guest: %d", a.status)
	}
}

// full is a store of blobs whose disk is full after some blobs and a kilobyte more.
type full struct {
	blob.Store
	on   bool
	room int
}

func (f *full) Put(ctx context.Context, key string, r io.Reader) (int64, error) {
	if f.room--; f.on && f.room < 0 {
		r = io.MultiReader(io.LimitReader(r, 1000), failing{})
	}
	return f.Store.Put(ctx, key, r)
}

type failing struct{}

func (failing) Read([]byte) (int, error) { return 0, fmt.Errorf("%w: injected", blob.ErrFull) }

// TestDiskFull: the upload fails whole, the server goes on, and works again when there is space.
func TestDiskFull(t *testing.T) {
	var disk *full
	s := newSite(t, say("x"), func(h *handlers.Options, a *ai.Options) {
		disk = &full{Store: h.Blobs, on: true}
		h.Blobs, a.Blobs = disk, disk
	})
	p := s.program()
	for room, body := range []form{named("a.txt", bytes.Repeat([]byte("x"), 1<<16)), named("a.png", picture(200, 200)), named("b.png", picture(2000, 90))} {
		disk.room = room // the blob itself, the thumbnail, what stands between them
		if a := p.do("POST", "/api/v1/files/upload", body, asJSON...); a.status != 503 || !strings.Contains(a.body, "no space left") {
			t.Errorf("full after %d blobs: %d %s", room, a.status, a.body)
		}
	}
	p.empty("a full disk")
	disk.on = false
	p.upload("a.txt", []byte("again"))
}

// TestPictureIsLeft: a disk that refuses at once ends what makes the picture's small form, before the
// picture is given up. The race detector tells.
func TestPictureIsLeft(t *testing.T) {
	s := newSite(t, say("x"), func(h *handlers.Options, _ *ai.Options) { h.Blobs = refusing{h.Blobs} })
	p := s.program()
	for range 5 {
		if a := p.do("POST", "/api/v1/files/upload", named("a.png", picture(1600, 60)), asJSON...); a.status != 503 {
			t.Errorf("%d %s", a.status, a.body)
		}
	}
	p.empty("a refusing disk")
}

// refusing takes a picture and reads nothing of what is made of it.
type refusing struct{ blob.Store }

func (f refusing) Put(ctx context.Context, key string, r io.Reader) (int64, error) {
	if strings.HasSuffix(key, "-view") || strings.HasSuffix(key, "-thumbnail") {
		return 0, blob.ErrFull
	}
	return f.Store.Put(ctx, key, r)
}

// TestSweep: a blob without a row goes once it is old enough, with its companions; what is not named as
// a file of ours stays.
func TestSweep(t *testing.T) {
	s := newSite(t, say("x"))
	p := s.program()
	p.upload("a.png", picture(30, 30))
	for _, foreign := range []string{"passwd", "uploads/readme", "photos/01/01", "uploads/aa/orphan"} {
		if _, err := s.blobs.Put(t.Context(), foreign, strings.NewReader("x")); err != nil {
			t.Fatal(err)
		}
	}
	before := len(s.keys())
	lost := s.store.NewFile("u", store.Uploads, "a", "image/png")
	for _, key := range lost.BlobKeys() {
		if _, err := s.blobs.Put(t.Context(), key, strings.NewReader("x")); err != nil {
			t.Fatal(err)
		}
	}
	for _, when := range []time.Duration{-time.Hour, time.Hour} {
		if err := s.server.SweepBlobs(t.Context(), time.Now().Add(when)); err != nil {
			t.Fatal(err)
		}
		if got := len(s.keys()); (when < 0) != (got == before+4) || got < before {
			t.Errorf("%s: %d blobs, %d before", when, got, before)
		}
	}
}

// TestSmuggling: what stands in a body is never taken for a request, however the one before it ends.
func TestSmuggling(t *testing.T) {
	s := newSite(t, say("x"))
	inner := "GET /healthz?smuggled HTTP/1.1\r\nHost: x\r\n\r\n"
	for name, head := range map[string]string{
		"401":         "POST /api/v1/files/upload HTTP/1.1\r\nContent-Type: multipart/form-data; boundary=x\r\n",
		"404":         "POST /nothing HTTP/1.1\r\n",
		"message":     "POST /chats/c/messages HTTP/1.1\r\nContent-Type: multipart/form-data; boundary=x\r\n",
		"message 401": "POST /api/v1/chats/c/messages HTTP/1.1\r\nContent-Type: multipart/form-data; boundary=x\r\n",
		"chat's form": "POST /chats HTTP/1.1\r\nContent-Type: multipart/form-data; boundary=x\r\n",
		"method":      "FOO /files/upload HTTP/1.1\r\nContent-Type: multipart/form-data; boundary=x\r\n",
		"cross-site":  "POST /files/upload HTTP/1.1\r\nContent-Type: multipart/form-data; boundary=x\r\nOrigin: http://evil.example\r\n",
		"other type":  "POST /files/upload HTTP/1.1\r\nContent-Type: application/x-www-form-urlencoded\r\n",
		"too large":   "POST /chats HTTP/1.1\r\nContent-Type: application/json\r\n",
		"compressed":  "POST /chats HTTP/1.1\r\nContent-Type: application/json\r\nContent-Encoding: gzip\r\n",
		"body on GET": "GET /models HTTP/1.1\r\n",
	} {
		for _, size := range []int{8192 + 200, 5 << 20} {
			body := strings.Repeat("A", 8192) + inner
			body += strings.Repeat("B", size-len(body))
			answers := exchange(t, s, head+"Host: "+strings.TrimPrefix(s.url, "http://")+fmt.Sprintf("\r\nContent-Length: %d\r\n\r\n", size)+body)
			if n := strings.Count(answers, "HTTP/1.1 "); n != 1 || strings.Contains(answers, `"status":"ok"`) {
				t.Errorf("%s, %d bytes: %d answers:\n%.600s", name, size, n, answers)
			}
			chunked := head + "Host: " + strings.TrimPrefix(s.url, "http://") + fmt.Sprintf("\r\nTransfer-Encoding: chunked\r\n\r\n%x\r\n%s\r\n0\r\n\r\n", size, body)
			if answers := exchange(t, s, chunked); strings.Count(answers, "HTTP/1.1 ") != 1 {
				t.Errorf("%s, chunked %d bytes:\n%.600s", name, size, answers)
			}
		}
	}
}

// TestSmugglingHuge: of a body that is too long to be read away the rest is not read as requests either.
func TestSmugglingHuge(t *testing.T) {
	s := newSite(t, say("x"))
	for name, head := range map[string]string{
		"upload": "POST /api/v1/files/upload HTTP/1.1\r\nContent-Type: multipart/form-data; boundary=x\r\n",
		"other":  "POST /chats HTTP/1.1\r\nContent-Type: application/json\r\n",
	} {
		body := strings.Repeat("A", 8192) + "GET /healthz?smuggled HTTP/1.1\r\nHost: x\r\n\r\n"
		answers := exchange(t, s, head+"Host: "+strings.TrimPrefix(s.url, "http://")+"\r\nContent-Length: 200000000\r\n\r\n"+body)
		if n := strings.Count(answers, "HTTP/1.1 "); n != 1 || !strings.Contains(answers, "Connection: close") {
			t.Errorf("%s: %d answers:\n%.600s", name, n, answers)
		}
	}
}

// exchange writes a request and reads all that comes back until the server has nothing more to say.
func exchange(t *testing.T, s *site, request string) string {
	t.Helper()
	conn, err := net.Dial("tcp", strings.TrimPrefix(s.url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	go func() { _, _ = io.WriteString(conn, request) }() // the server may hang up before the end
	var all bytes.Buffer
	r := bufio.NewReader(conn)
	for wait := 5 * time.Second; ; wait = 150 * time.Millisecond {
		if err := conn.SetReadDeadline(time.Now().Add(wait)); err != nil {
			t.Fatal(err)
		}
		b := make([]byte, 64<<10)
		n, err := r.Read(b)
		all.Write(b[:n])
		if err != nil {
			return all.String()
		}
	}
}

// TestBodyLimit: every route that is no upload takes 4 MB and answers more with a real 413.
func TestBodyLimit(t *testing.T) {
	s := newSite(t, say("x"))
	p := s.program()
	big := raw(`{"title":"` + strings.Repeat("x", 5<<20) + `"}`)
	for _, route := range [][2]string{{"POST", "/chats"}, {"POST", "/chats/c/messages"}, {"PATCH", "/chats/c"}, {"POST", "/auth/login"}, {"DELETE", "/chats/c"}} {
		if a := p.do(route[0], "/api/v1"+route[1], big, asJSON...); a.status != 413 || !strings.Contains(a.body, "too_large") {
			t.Errorf("%v: %d %.200s", route, a.status, a.body)
		}
	}
	if a := p.do("POST", "/api/v1/chats", raw(`{"x":"`+strings.Repeat("x", 4<<20-100)+`"}`), asJSON...); a.status != 201 {
		t.Errorf("just below: %d %.200s", a.status, a.body)
	}
	if a := p.do("POST", "/api/v1/chats", raw(`{}`), "Content-Encoding", "gzip", "Accept", "application/json"); a.status != 415 {
		t.Errorf("compressed: %d", a.status)
	}
}
