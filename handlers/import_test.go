package handlers_test

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"fmt"
	"net/url"
	"os"
	"strings"
	"testing"

	"alleato/ai"
	"alleato/handlers"
	"alleato/store"
)

// TestImportForeign: ChatGPT's archive and Open WebUI's file, and what is said of the rest.
func TestImportForeign(t *testing.T) {
	s := newSite(t, echo)
	a, b := s.account("ada@example.com", store.RoleUser), s.account("bob@example.com", store.RoleUser)
	chatgpt, err := os.ReadFile("../store/exchange/testdata/conversations.json")
	if err != nil {
		t.Fatal(err)
	}
	webui, err := os.ReadFile("../store/exchange/testdata/webui.json")
	if err != nil {
		t.Fatal(err)
	}
	var archive bytes.Buffer
	w := zip.NewWriter(&archive)
	for name, content := range map[string][]byte{"conversations.json": chatgpt, "file-Abc123Def456-bread.png": picture(4, 4), "chat.html": []byte("<html>")} {
		entry, err := w.Create(name)
		if err == nil {
			_, err = entry.Write(content)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	for _, p := range []*person{a, b} { // both may have the same file
		for _, want := range []store.ImportReport{{Chats: 1, Messages: 5, Files: 1}, {Unchanged: 1}} {
			got := p.bring("chatgpt.zip", archive.Bytes()).Report
			if got.Format != "chatgpt" || got.Chats != want.Chats || got.Messages != want.Messages || got.Files != want.Files || got.Unchanged != want.Unchanged || len(got.Left) != 5 {
				t.Errorf("%+v", got)
			}
		}
		for _, want := range []store.ImportReport{{Chats: 1, Messages: 4, Files: 1}, {Unchanged: 1}} {
			got := p.bring("webui.json", webui).Report
			if got.Format != "openwebui" || got.Chats != want.Chats || got.Messages != want.Messages || got.Files != want.Files || got.Unchanged != want.Unchanged {
				t.Errorf("%+v", got)
			}
		}
		if n := len(p.forest()); n != 2 {
			t.Errorf("%d chats", n)
		}
	}
	var said struct{ Message store.Message } // and a chat from elsewhere goes on
	var list struct{ Chats []store.Chat }
	a.json("GET", "/api/v1/chats", nil, &list)
	for _, c := range list.Chats {
		a.json("POST", "/api/v1/chats/"+c.ID+"/messages", map[string]any{"text": "And now?"}, &said)
		if said.Message.Status != store.StatusComplete {
			t.Errorf("%s: %+v", c.Title, said.Message)
		}
	}
}

// TestImportBroken: a file that is not whole says so and leaves nothing.
func TestImportBroken(t *testing.T) {
	s := newSite(t, echo)
	a := s.account("ada@example.com", store.RoleUser)
	chatgpt, err := os.ReadFile("../store/exchange/testdata/conversations.json")
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		content []byte
		says    string
	}{"cut.json": {chatgpt[:len(chatgpt)-200], "not whole"}, "text.json": {[]byte("hello"), "no JSON"}, "empty.json": {nil, "empty"},
		"none.json": {[]byte("[]"), "no chats"}, "zip.zip": {[]byte("PK\x03\x04 no more"), "damaged"}} {
		x := a.do("POST", "/api/v1/account/imports", named(name, c.content), asJSON...)
		if x.status != 422 || !strings.Contains(x.body, c.says) || !strings.Contains(x.body, `"field":"file"`) {
			t.Errorf("%s: %d %s", name, x.status, x.body)
		}
	}
	if n := len(a.forest()); n != 0 {
		t.Errorf("%d chats were left", n)
	}
	a.empty("refused imports")
	if x := a.do("POST", "/api/v1/account/imports", map[string]any{}, asJSON...); x.status != 415 {
		t.Errorf("no form: %d", x.status)
	}
	if x := s.program().do("POST", "/api/v1/account/imports", named("a.json", chatgpt), asJSON...); x.status != 403 {
		t.Errorf("a guest: %d", x.status)
	}
	var list struct{ Imports []anImport }
	a.json("GET", "/api/v1/account/imports", nil, &list)
	if len(list.Imports) != 5 || list.Imports[0].Status != "failed" || list.Imports[0].Error == nil {
		t.Errorf("%+v", list.Imports)
	}
	page := s.browser()
	page.do("POST", "/auth/login", url.Values{"email": {"ada@example.com"}, "password": {password}}, asPage...)
	if x := page.do("POST", "/account/imports", named("cut.json", chatgpt[:900]), asPage...); x.status != 422 || !strings.Contains(x.body, "The file is no JSON.") {
		t.Errorf("the page: %d", x.status)
	}
}

// TestImportQuota: an import brings no more text than the quota has room for, counts what is there, and says
// what it left.
func TestImportQuota(t *testing.T) {
	s := newSite(t, echo, func(_ *handlers.Options, a *ai.Options) {
		a.Limits = map[store.Role]store.Limit{store.RoleUser: {UploadBytes: 1 << 20, StorageBytes: 100 << 10}}
	})
	a := s.account("ada@example.com", store.RoleUser)
	file := func(from int) []byte {
		var chats []any
		for n := range 5 {
			message := map[string]any{"role": "user", "content": strings.Repeat("text", 10<<10)}
			chats = append(chats, map[string]any{"id": fmt.Sprint("chat", from+n), "title": fmt.Sprint("Chat ", from+n), "chat": map[string]any{"messages": []any{message}}})
		}
		content, err := json.Marshal(chats)
		if err != nil {
			t.Fatal(err)
		}
		return content
	}
	for time, want := range []struct{ chats, unchanged, left int }{{2, 0, 3}, {0, 2, 3}} {
		report := a.bring("webui.json", file(0)).Report
		if report.Chats != want.chats || report.Unchanged != want.unchanged || len(report.Left) != 1 || report.Left[0].What != "chats and versions of documents for which there is no space" || report.Left[0].Count != want.left {
			t.Errorf("time %d: %+v", time, report)
		}
	}
	if report := a.bring("other.json", file(10)).Report; report.Chats != 0 || len(a.forest()) != 2 {
		t.Errorf("another file: %+v, %d chats", report, len(a.forest()))
	}
	version := func(n int) any {
		return map[string]any{"id": "d", "version": n, "kind": "text", "title": "D", "author": "user", "content": strings.Repeat("text", 3<<10), "messageId": "\x00"}
	}
	own, err := json.Marshal(map[string]any{"documents": []any{version(1 << 40), version(1), version(2)}, "chats": []any{}})
	if err != nil {
		t.Fatal(err)
	}
	report := a.bring("own.json", append([]byte(`{"format":"alleato","version":1,`), own[bytes.IndexByte(own, '"'):]...)).Report
	if report.Documents != 1 || report.Versions != 1 || len(report.Left) != 2 {
		t.Errorf("documents: %+v", report)
	}
	if report := s.account("bob@example.com", store.RoleUser).bring("webui.json", file(0)).Report; report.Chats != 2 {
		t.Errorf("somebody else: %+v", report)
	}
}
