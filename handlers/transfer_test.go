package handlers_test

import (
	"archive/zip"
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"alleato/ai"
	"alleato/handlers"
	"alleato/store"
	"alleato/store/storetest"
)

type anExport struct {
	ID, Format, Status string
	Progress           int
	URL, Error         *string
	Size               *int64
	ExpiresAt          *time.Time
}

// export makes an export and fetches it.
func (p *person) export(format string) []byte {
	p.t.Helper()
	var out struct{ Export anExport }
	a := p.json("POST", "/api/v1/account/exports", map[string]any{"format": format}, &out)
	if a.status != 202 || out.Export.ID == "" || out.Export.Format != format || a.header.Get("Location") != "/api/v1/account/exports/"+out.Export.ID {
		p.t.Fatalf("%d %s to %q", a.status, a.body, a.header.Get("Location"))
	}
	eventually(p.t, "the export is written", func() bool {
		p.json("GET", "/api/v1/account/exports/"+out.Export.ID, nil, &out)
		return out.Export.Status != "running"
	})
	if out.Export.Status != "complete" || out.Export.Progress != 100 || out.Export.URL == nil {
		p.t.Fatalf("%+v %v", out.Export, out.Export.Error)
	}
	file := p.do("GET", p.at(*out.Export.URL), nil)
	if file.status != 200 || int64(len(file.body)) != *out.Export.Size || !strings.Contains(file.header.Get("Content-Disposition"), "attachment") {
		p.t.Fatalf("fetch: %d, %d bytes of %d", file.status, len(file.body), *out.Export.Size)
	}
	return []byte(file.body)
}

type anImport struct {
	ID, Format, Status string
	Error              *string
	Report             *store.ImportReport
}

func (p *person) bring(name string, content []byte) anImport {
	p.t.Helper()
	var out struct{ Import anImport }
	a := p.json("POST", "/api/v1/account/imports", named(name, content), &out)
	if a.status == 202 {
		eventually(p.t, "the import ends", func() bool {
			p.json("GET", "/api/v1/account/imports/"+out.Import.ID, nil, &out)
			return out.Import.Status != "running"
		})
	}
	if out.Import.Status != "complete" || out.Import.Report == nil {
		p.t.Fatalf("%d %s", a.status, a.body)
	}
	return out.Import
}

// life makes chats with everything in them: branches, votes, a stopped reply, files, a pinned chat.
func (p *person) life() {
	p.t.Helper()
	photo := p.upload("photo.png", picture(8, 8))
	p.upload("loose.txt", []byte("on its own"))
	var out struct{ Message store.Message }
	send := func(chat string, body map[string]any) store.Message {
		p.json("POST", "/api/v1/chats/"+chat+"/messages", body, &out)
		return out.Message
	}
	first := send("one", map[string]any{"text": "=2+5 \"quoted\", with a photo", "files": []string{photo.ID}})
	send("one", map[string]any{"trigger": "regenerate-message", "messageId": first.ID})
	second := send("one", map[string]any{"text": "A second question"})
	send("one", map[string]any{"messages": []any{map[string]any{"role": "user", "content": "Another second"}}, "parentId": first.ID})
	p.json("PUT", "/api/v1/chats/one/messages/"+second.ID+"/vote", map[string]any{"type": "up"}, nil)
	p.json("PATCH", "/api/v1/chats/one", map[string]any{"headId": second.ID, "pinned": true, "title": "The first chat"}, nil)
	send("two", map[string]any{"text": "Hello"})
	p.json("PATCH", "/api/v1/chats/two", map[string]any{"title": "=HYPERLINK(1)"}, nil)
	send("gone", map[string]any{"text": "Deleted"})
	p.json("DELETE", "/api/v1/chats/gone", nil, nil)
}

// forest describes all chats of a person, without what an import may change: ids of chats and of files.
func (p *person) forest() map[string]any {
	p.t.Helper()
	var list struct{ Chats []store.Chat }
	p.json("GET", "/api/v1/chats", nil, &list)
	all := map[string]any{}
	for _, c := range list.Chats {
		var shown struct {
			Chat     store.Chat
			Messages []store.Message
		}
		p.json("GET", "/api/v1/chats/"+c.ID+"?tree=1", nil, &shown)
		var votes struct {
			Votes []struct{ MessageID, Type string }
		}
		p.json("GET", "/api/v1/chats/"+c.ID+"/votes", nil, &votes)
		for i := range shown.Messages {
			shown.Messages[i].ChatID = ""
			for j := range shown.Messages[i].Parts {
				part := &shown.Messages[i].Parts[j]
				if part.Type == "file" {
					file := p.do("GET", p.at(part.URL), nil)
					part.URL = fmt.Sprint(file.status, " ", len(file.body))
					part.FileID = ""
				}
				part.State = ""
			}
		}
		all[c.Title] = map[string]any{"head": c.HeadID, "pinned": c.PinnedAt != nil, "model": c.Model, "messages": shown.Messages, "votes": votes.Votes, "visibility": c.Visibility}
	}
	return all
}

// TestRoundTrip: what one person exports another imports: the same trees, once.
func TestRoundTrip(t *testing.T) {
	s := newSite(t, echo)
	a, b := s.account("ada@example.com", store.RoleUser), s.account("bob@example.com", store.RoleUser)
	a.life()
	a.json("PUT", "/api/v1/account/avatar", named("me.png", halves(30, 30)), nil)
	archive := a.export("json")
	first := b.bring("alleato.zip", archive)
	if first.Format != "alleato" || first.Report.Chats != 2 || first.Report.Messages != 9 || first.Report.Files != 2 || len(first.Report.Left) != 0 {
		t.Errorf("%+v", first.Report)
	}
	if diff := cmp.Diff(a.forest(), b.forest()); diff != "" {
		t.Errorf("the trees differ (-exported +imported):\n%s", diff)
	}
	var me session
	b.json("GET", "/api/v1/auth/me", nil, &me)
	if me.User.AvatarURL == nil || b.do("GET", b.at(*me.User.AvatarURL), nil).status != 200 {
		t.Errorf("the picture did not come: %+v", me.User)
	}
	again := b.bring("alleato.zip", archive)
	if again.Report.Chats+again.Report.Updated+again.Report.Messages+again.Report.Files != 0 || again.Report.Unchanged != 2 {
		t.Errorf("again: %+v", again.Report)
	}
	if own := a.bring("alleato.zip", archive); own.Report.Unchanged != 2 || own.Report.Files != 0 {
		t.Errorf("back home: %+v", own.Report)
	}
	var files struct{ Files []aFile }
	b.json("GET", "/api/v1/files", nil, &files)
	if len(files.Files) != 2 {
		t.Errorf("files: %+v", files.Files)
	}
	// what the person has done since stays
	var list struct{ Chats []store.Chat }
	b.json("GET", "/api/v1/chats", nil, &list)
	var said struct{ Message store.Message }
	b.json("POST", "/api/v1/chats/"+list.Chats[0].ID+"/messages", map[string]any{"text": "I go on here"}, &said)
	b.json("PATCH", "/api/v1/chats/"+list.Chats[0].ID, map[string]any{"title": "Mine now"}, nil)
	b.bring("alleato.zip", archive)
	chat, err := s.store.Chat(t.Context(), userOf(b), list.Chats[0].ID)
	if err != nil || chat.Title != "Mine now" || *chat.HeadID != said.Message.ID {
		t.Errorf("%+v %v", chat, err)
	}
}

func userOf(p *person) string {
	var me session
	p.json("GET", "/api/v1/auth/me", nil, &me)
	return me.User.ID
}

// TestExportForms: the table keeps spreadsheets from reading formulas, the texts are of the shown branch.
func TestExportForms(t *testing.T) {
	s := newSite(t, echo)
	a := s.account("ada@example.com", store.RoleUser)
	a.life()
	table := a.export("csv")
	rows, err := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(table, []byte("\ufeff")))).ReadAll()
	if err != nil || len(rows) != 10 {
		t.Fatalf("%d rows, %v", len(rows), err)
	}
	titles := map[string]bool{}
	for _, row := range rows[1:] {
		titles[row[1]] = true
		for _, cell := range row {
			if strings.IndexAny(cell, "=+-@\t\r\n") == 0 {
				t.Errorf("a spreadsheet would run %q", cell)
			}
		}
	}
	if !titles["'=HYPERLINK(1)"] || !strings.Contains(string(table), `"'=2+5 ""quoted"", with a photo"`) {
		t.Errorf("titles %v", titles)
	}
	texts := unzip(t, a.export("markdown"))
	if len(texts) != 2 {
		t.Errorf("%d texts", len(texts))
	}
	for name, text := range texts {
		if strings.Contains(name, "The first chat") && (!strings.HasPrefix(text, "# The first chat\n") || !strings.Contains(text, "[Attachment: photo.png]") ||
			strings.Count(text, "\n## ") != 4 || strings.Contains(text, "Another second")) {
			t.Errorf("%s:\n%s", name, text)
		}
	}
	var data struct {
		Format string
		User   struct{ Email string }
		Files  []struct{ Name, Path string }
		Chats  []struct{ Title string }
	}
	entries := unzip(t, a.export("json"))
	if err := json.Unmarshal([]byte(entries["data.json"]), &data); err != nil || data.Format != "alleato" || data.User.Email != "ada@example.com" || len(data.Chats) != 2 || len(data.Files) != 2 {
		t.Errorf("%+v %v", data, err)
	}
	for _, f := range data.Files {
		if entries[f.Path] == "" {
			t.Errorf("%s is not at %s", f.Name, f.Path)
		}
	}
	if strings.Contains(entries["data.json"], "argon2") || strings.Contains(entries["data.json"], "readKey") {
		t.Error("the archive holds secrets")
	}
}

func unzip(t *testing.T, content []byte) map[string]string {
	t.Helper()
	r, err := zip.NewReader(bytes.NewReader(content), int64(len(content)))
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]string{}
	for _, f := range r.File {
		content, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		b, err := io.ReadAll(content)
		if err != nil {
			t.Fatal(err)
		}
		all[f.Name] = string(b)
	}
	return all
}

// TestExportIsOwners: nobody else reads an export, it ends after a day, and its blob with it.
func TestExportIsOwners(t *testing.T) {
	var mu sync.Mutex
	at := time.Now()
	now := func() time.Time { mu.Lock(); defer mu.Unlock(); return at }
	s := newSiteOn(t, storetest.OpenAt(t, now), echo)
	a, b, guest := s.account("ada@example.com", store.RoleUser), s.account("bob@example.com", store.RoleUser), s.program()
	a.export("json")
	var list struct{ Exports []anExport }
	a.json("GET", "/api/v1/account/exports", nil, &list)
	if len(list.Exports) != 1 || list.Exports[0].ExpiresAt == nil {
		t.Fatalf("%+v", list.Exports)
	}
	one := list.Exports[0]
	for name, p := range map[string]*person{"other": b, "guest": guest} {
		want := map[string]int{"other": 404, "guest": 403}[name] // guests have none at all
		if x := p.do("GET", "/api/v1/account/exports/"+one.ID, nil, asJSON...); x.status != want {
			t.Errorf("%s sees the export: %d", name, x.status)
		}
		if x := p.do("GET", p.at(*one.URL), nil); x.status != 404 {
			t.Errorf("%s fetches it: %d", name, x.status)
		}
	}
	if x := guest.do("POST", "/api/v1/account/exports", map[string]any{"format": "json"}, asJSON...); x.status != 403 {
		t.Errorf("a guest exports: %d", x.status)
	}
	for body, want := range map[string]int{`{"format":"exe"}`: 422, `{}`: 422, `{"format":7}`: 400} {
		if x := a.do("POST", "/api/v1/account/exports", raw(body), asJSON...); x.status != want {
			t.Errorf("%s: %d %s", body, x.status, x.body)
		}
	}
	if len(s.keys()) != 1 {
		t.Errorf("blobs %v", s.keys())
	}
	mu.Lock()
	at = at.Add(25 * time.Hour)
	mu.Unlock()
	if err := s.server.SweepTransfers(t.Context()); err != nil {
		t.Fatal(err)
	}
	a.json("GET", "/api/v1/account/exports/"+one.ID, nil, &struct{ Export *anExport }{&one})
	if one.URL != nil && *one.URL != "" || len(s.keys()) != 0 {
		t.Errorf("a day later: %v, blobs %v", one.URL, s.keys())
	}
}

// TestTransferLimits: one at a time, not too many in an hour, and each is written down.
func TestTransferLimits(t *testing.T) {
	s := newSite(t, echo, func(h *handlers.Options, _ *ai.Options) { h.Rates = &handlers.Rates{} })
	a := s.account("ada@example.com", store.RoleUser)
	if _, err := s.store.StartTransfer(t.Context(), userOf(a), store.Export, "json", ""); err != nil {
		t.Fatal(err)
	}
	if x := a.do("POST", "/api/v1/account/exports", map[string]any{"format": "csv"}, asJSON...); x.status != 409 {
		t.Errorf("a second at once: %d %s", x.status, x.body)
	}
	b := s.account("bob@example.com", store.RoleUser)
	refused := 0
	for range 25 {
		x := b.do("POST", "/api/v1/account/imports", named("x.json", []byte("no")), asJSON...)
		if x.status == 429 && x.header.Get("Retry-After") != "" {
			refused++
		}
	}
	if refused != 5 {
		t.Errorf("%d of 25 were refused", refused)
	}
	var n int
	if err := s.store.Reader().NewSelect().Table("audit").ColumnExpr("COUNT(*)").Where("action = 'import' AND user_id = ?", userOf(b)).Scan(t.Context(), &n); err != nil || n != 20 {
		t.Errorf("%d audit entries, %v", n, err)
	}
}
