package handlers_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"io"
	"mime/multipart"
	"net/http"
	"net/textproto"
	"strings"
	"testing"
	"time"

	"alleato/ai"
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
