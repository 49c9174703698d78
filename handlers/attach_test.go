package handlers_test

import (
	"bytes"
	"errors"
	"mime/multipart"
	"net/textproto"
	"net/url"
	"strings"
	"testing"

	"alleato/ai"
	"alleato/ai/model/script"
	"alleato/handlers"
	"alleato/store"
)

// messageForm is what a browser without scripts sends: fields in pairs, then files by name.
func messageForm(fields []string, names []string, contents ...[]byte) form {
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	var err error
	for i := 0; i+1 < len(fields); i += 2 {
		err = errors.Join(err, w.WriteField(fields[i], fields[i+1]))
	}
	for i, name := range names {
		part, failed := w.CreatePart(textproto.MIMEHeader{"Content-Disposition": {`form-data; name="files"; filename="` + name + `"`}})
		if failed == nil {
			_, failed = part.Write(contents[i])
		}
		err = errors.Join(err, failed)
	}
	if err = errors.Join(err, w.Close()); err != nil {
		panic(err)
	}
	return form{b.Bytes(), w.FormDataContentType()}
}

// listening is a site that notes what the model was asked.
func listening(t *testing.T, options ...option) (*site, chan script.Request) {
	asked := make(chan script.Request, 20)
	s := newSite(t, func(r script.Request) script.Reply {
		if !isTitle(r) {
			asked <- r
		}
		return saying(0, "Fine.")
	}, options...)
	return s, asked
}

// TestMessageForm: a form without scripts brings its files itself.
func TestMessageForm(t *testing.T) {
	s, asked := listening(t)
	p := s.browser()
	body := messageForm([]string{"messageId", "m1", "text", "Read these"}, []string{"a.md", "b.csv", ""}, []byte("# alpha"), []byte("x,y\n1,2\n"), nil)
	a := p.do("POST", "/chats/c/messages", body, asPage...)
	if a.status != 303 || a.header.Get("Location") != "/chats/c" {
		t.Fatalf("send: %d %s", a.status, a.body)
	}
	got := (<-asked).Last("user")
	for _, want := range []string{"Read these", "# alpha", "x,y", `name="a.md"`, `name="b.csv"`} {
		if !strings.Contains(got, want) {
			t.Errorf("the model got %q, without %q", got, want)
		}
	}
	page := p.do("GET", "/chats/c", nil, asPage...)
	if strings.Count(page.body, `class="attachment-thumb" data-kind="sheet"`) != 2 || !strings.Contains(page.body, "CSV · 8 bytes") {
		t.Errorf("the page shows no chip of the table, once in the message and once in its editor")
	}
	// the same form again is a retry, and its files are not kept twice
	before := len(s.keys())
	if a := p.do("POST", "/chats/c/messages", body, asPage...); a.status != 303 || len(s.keys()) != before {
		t.Errorf("again: %d, %d blobs, %d before", a.status, len(s.keys()), before)
	}
	// files alone
	if a := p.do("POST", "/chats/c/messages", messageForm([]string{"text", ""}, []string{"only.txt"}, []byte("alone")), asPage...); a.status != 303 {
		t.Errorf("files alone: %d %s", a.status, a.body)
	}
	if got := (<-asked).Last("user"); !strings.Contains(got, "alone") {
		t.Errorf("the model got %q", got)
	}
}

// TestMessageFormRefused: the page comes back with what was typed and what had been taken; a program is
// left nothing.
func TestMessageFormRefused(t *testing.T) {
	s, _ := listening(t, func(_ *handlers.Options, a *ai.Options) {
		a.Limits = map[store.Role]store.Limit{store.RoleGuest: {UploadBytes: 1 << 20, StorageBytes: 50 << 20}}
	})
	p := s.browser()
	text := []byte("text")
	var eleven []string
	var contents [][]byte
	for range 11 {
		eleven, contents = append(eleven, "n.txt"), append(contents, text)
	}
	for name, c := range map[string]struct {
		body   form
		status int
		says   string
		chips  int
	}{
		"type":     {messageForm([]string{"text", "my words"}, []string{"ok.txt", "bad.zip"}, text, []byte("PK\x03\x04zip")), 415, "bad.zip: Files of this type are not taken.", 1},
		"size":     {messageForm([]string{"text", "my words"}, []string{"big.txt", "ok.txt"}, bytes.Repeat([]byte("x"), 1<<20+1), text), 413, "big.txt: The file is larger than 1 MB", 0},
		"too many": {messageForm([]string{"text", "my words"}, eleven, contents...), 422, "10 files at most", 10},
		"hostile":  {messageForm([]string{"text", "my words"}, []string{"../x\u202etxt.exe"}, text), 422, "name holds characters", 0},
		"markup":   {messageForm([]string{"text", "my words"}, []string{"<img src=x onerror=alert(1)>.zip"}, []byte("PK\x03\x04")), 415, "&lt;img src=x onerror=alert(1)&gt;.zip: Files", 0},
		"nothing":  {messageForm([]string{"text", "  "}, []string{""}, nil), 422, "The message is empty.", 0},
	} {
		a := p.do("POST", "/chats/new/messages", c.body, asPage...)
		if a.status != c.status || !strings.Contains(a.body, c.says) {
			t.Errorf("%s: %d, want %d and %q in %s", name, a.status, c.status, c.says, a.body)
		}
		if n := strings.Count(a.body, `class="attachment-keep"`); n != c.chips {
			t.Errorf("%s: %d files are kept on the page, want %d", name, n, c.chips)
		}
		if name != "nothing" && !strings.Contains(a.body, ">my words</textarea>") {
			t.Errorf("%s: the text is lost", name)
		}
		if strings.Contains(a.body, "\u202e") || strings.Contains(a.body, "<img src=x") {
			t.Errorf("%s: the name is shown as it is", name)
		}
	}
	before := len(s.keys())
	a := p.do("POST", "/chats/new/messages", messageForm([]string{"text", "x"}, []string{"ok.txt", "bad.zip"}, text, []byte("PK\x03\x04")), asJSON...)
	if after := len(s.keys()); a.status != 415 || after != before {
		t.Errorf("for a program: %d, %d files left", a.status, after-before)
	}
	if a := p.do("POST", "/chats/new/messages", messageForm([]string{"text", "x"}, nil), append(asJSON, "Idempotency-Key", "k")...); a.status != 400 {
		t.Errorf("with an idempotency key: %d", a.status)
	}
	if a := p.do("POST", "/chats/new/messages", messageForm([]string{"text", strings.Repeat("x", 3<<20)}, nil), asJSON...); a.status != 413 {
		t.Errorf("a text of 3 MB: %d", a.status)
	}
}

// TestEditKeepsFiles: an edited question takes its files along, or those that are left.
func TestEditKeepsFiles(t *testing.T) {
	s, asked := listening(t)
	p := s.browser()
	p.do("GET", "/", nil, asPage...)
	p.do("POST", "/chats/c/messages", messageForm([]string{"messageId", "m1", "text", "First"}, []string{"a.txt", "b.txt"}, []byte("alpha"), []byte("beta")), asPage...)
	<-asked
	editor := p.do("GET", "/chats/c", nil, asPage...).body
	ids := submatches(editor, `class="attachment-keep" name="files" value="`, `"`)
	if len(ids) != 2 || strings.Contains(editor, `<textarea name="text" required`) {
		t.Fatalf("the editor holds %v", ids)
	}
	for _, c := range []struct {
		files []string
		want  []string
		not   string
	}{{ids, []string{"Second", "alpha", "beta"}, "First"}, {ids[1:], []string{"Second", "beta"}, "alpha"}, {nil, []string{"Second"}, "beta"}} {
		a := p.do("POST", "/chats/c/messages", url.Values{"parentId": {""}, "text": {"Second"}, "files": c.files}, asPart...)
		if a.status != 200 {
			t.Fatalf("edit: %d %s", a.status, a.body)
		}
		got := (<-asked).Last("user")
		for _, want := range c.want {
			if !strings.Contains(got, want) {
				t.Errorf("with %d files the model got %q, without %q", len(c.files), got, want)
			}
		}
		if strings.Contains(got, c.not) {
			t.Errorf("with %d files the model got %q", len(c.files), got)
		}
	}
}

// TestEditRefused: the page of a refused edit sends it to its own place.
func TestEditRefused(t *testing.T) {
	s, asked := listening(t)
	p := s.browser()
	p.do("POST", "/chats/c/messages", url.Values{"text": {"First"}}, asPage...)
	<-asked
	a := p.do("POST", "/chats/c/messages", url.Values{"parentId": {""}, "text": {" "}}, asPage...)
	if page := parse(t, a.body); a.status != 422 || page.Find(`#composer [name="parentId"][value=""]`).Length() != 1 {
		t.Errorf("%d, and the composer knows no parent", a.status)
	}
	if page := parse(t, p.do("GET", "/chats/c", nil, asPage...).body); page.Find(`#composer [name="parentId"]`).Length() != 0 {
		t.Error("a composer that goes on from the end names a parent")
	}
}

// submatches are what stands between before and after, each time.
func submatches(text, before, after string) (found []string) {
	for _, rest := range strings.Split(text, before)[1:] {
		value, _, _ := strings.Cut(rest, after)
		found = append(found, value)
	}
	return found
}

// TestQuery: an address fills the composer, and sends only for the person who entered it.
func TestQuery(t *testing.T) {
	s, asked := listening(t)
	p := s.browser()
	for name, c := range map[string]struct {
		headers []string
		send    bool
	}{
		"entered": {[]string{"Sec-Fetch-Site", "none"}, true}, "our page": {[]string{"Sec-Fetch-Site", "same-origin", "Referer", s.url + "/login"}, true},
		"a model's link": {[]string{"Sec-Fetch-Site", "same-origin"}, false}, "elsewhere": {[]string{"Sec-Fetch-Site", "cross-site"}, false},
		"a neighbour": {[]string{"Sec-Fetch-Site", "same-site", "Referer", "https://other.example"}, false}, "unsaid": {nil, false},
	} {
		a := p.do("GET", "/?query="+url.QueryEscape("What is </textarea><script>?"), nil, append(asPage, c.headers...)...)
		if a.status != 200 || !strings.Contains(a.body, "What is &lt;/textarea&gt;&lt;script&gt;?</textarea>") || strings.Contains(a.body, " data-send") != c.send {
			t.Errorf("%s: %d, sends: %v", name, a.status, strings.Contains(a.body, " data-send"))
		}
	}
	if a := p.do("GET", "/?query=%20", nil, append(asPage, "Sec-Fetch-Site", "none")...); strings.Contains(a.body, " data-send") {
		t.Error("an empty query is sent")
	}
	if a := p.do("GET", "/?query="+strings.Repeat("x", 12_000)+"%ff", nil, asPage...); a.status != 200 || !strings.Contains(a.body, strings.Repeat("x", 12_000)+"\uFFFD</textarea>") {
		t.Errorf("a long one: %d", a.status)
	}
	var list struct{ Chats []any }
	if p.json("GET", "/chats", nil, &list); len(list.Chats) != 0 || len(asked) != 0 {
		t.Error("a GET has sent something")
	}
}

// TestUnsent: a file taken out of a draft goes, one that a message has stays.
func TestUnsent(t *testing.T) {
	s := newSite(t, say("x"))
	p := s.program()
	draft, sent := p.upload("a.txt", []byte("draft")), p.upload("b.txt", []byte("sent"))
	p.json("POST", "/api/v1/chats/c/messages", map[string]any{"text": "x", "files": []string{sent.ID}}, nil)
	for id, want := range map[string]int{draft.ID: 200, sent.ID: 404} {
		if a := p.do("DELETE", "/api/v1/files/"+id+"?unsent=1", nil); a.status != want {
			t.Errorf("%s: %d, want %d", id, a.status, want)
		}
	}
	if a := p.do("GET", "/api/v1/files/"+sent.ID, nil); a.status != 200 {
		t.Errorf("the sent file: %d", a.status)
	}
}

// TestUploadLimitsOnPage: the composer knows the server's own numbers.
func TestUploadLimitsOnPage(t *testing.T) {
	s := newSite(t, say("x"), func(_ *handlers.Options, a *ai.Options) {
		a.Limits = map[store.Role]store.Limit{store.RoleGuest: {UploadBytes: 1 << 20, StorageBytes: 3 << 20}}
	})
	p := s.browser()
	p.do("GET", "/", nil, asPage...)
	page := p.do("GET", "/", nil, asPage...).body
	for _, want := range []string{`data-max-bytes="1048576"`, `data-quota="3145728"`, `data-max-files="10"`, `accept="image/png,image/jpeg,`, `.csv`} {
		if !strings.Contains(page, want) {
			t.Errorf("the page has no %s", want)
		}
	}
}
