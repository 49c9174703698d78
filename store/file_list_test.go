package store_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"alleato/store"
	"alleato/store/storetest"
)

// keep saves a file of a type.
func keep(t *testing.T, s *store.Store, u *store.User, name, contentType string, size int64) *store.File {
	t.Helper()
	f := s.NewFile(u.ID, store.Uploads, name, contentType)
	f.Size, f.SHA256 = size, name
	must(t, s.CreateFile(ctx(t), u, f, 0))
	return f
}

// walk reads a whole list in small pages.
func walk(t *testing.T, list func(store.FileQuery) ([]store.File, string, error), q store.FileQuery) (names []string) {
	t.Helper()
	for range 50 {
		files, next, err := list(q)
		must(t, err)
		if len(files) > q.Limit {
			t.Fatalf("a page of %d files, want %d at most", len(files), q.Limit)
		}
		for _, f := range files {
			names = append(names, f.Name)
		}
		if q.Cursor = next; next == "" {
			return names
		}
	}
	t.Fatal("the pages do not end")
	return nil
}

// TestFileOrders: every order, in pages, leaves nothing out and repeats nothing, ties included.
func TestFileOrders(t *testing.T) {
	c := newClock()
	storetest.EachAt(t, c.now, func(t *testing.T, s *store.Store) {
		u := guest(s)
		for i, name := range []string{"b.txt", "A.txt", "c.txt", "a.txt", "B.txt", "Ü.txt", "c.txt"} {
			keep(t, s, u, name, "text/plain", int64(i/2*100)) // sizes in pairs
			if i%3 == 0 {
				c.advance(time.Second) // times in threes
			}
		}
		keep(t, s, guest(s), "stranger.txt", "text/plain", 1)
		list := func(q store.FileQuery) ([]store.File, string, error) { return s.Files(ctx(t), u.ID, q) }
		for sort, want := range map[string]string{
			"newest": "c.txt Ü.txt B.txt a.txt c.txt A.txt b.txt", "": "c.txt Ü.txt B.txt a.txt c.txt A.txt b.txt",
			"oldest": "b.txt A.txt c.txt a.txt B.txt Ü.txt c.txt", "size": "c.txt Ü.txt B.txt a.txt c.txt A.txt b.txt",
		} {
			for limit := 1; limit < 4; limit++ {
				if got := strings.Join(walk(t, list, store.FileQuery{Sort: sort, Limit: limit}), " "); got != want {
					t.Errorf("%q by %d: %s, want %s", sort, limit, got, want)
				}
			}
		}
		byName := walk(t, list, store.FileQuery{Sort: "name", Limit: 2})
		if got := strings.ToLower(strings.Join(byName[:6], " ")); got != "a.txt a.txt b.txt b.txt c.txt c.txt" && !strings.HasPrefix(got, "a.txt a.txt b.txt b.txt c.txt") || len(byName) != 7 {
			t.Errorf("by name: %v", byName)
		}
	})
}

// TestFileKinds: what is asked for by kind and name is found, and Kind says the same of each.
func TestFileKinds(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		u := guest(s)
		for name, contentType := range map[string]string{"p.png": "image/png", "j.jpg": "image/jpeg", "d.pdf": "application/pdf", "n.md": "text/markdown",
			"N.TXT": "text/plain", "l.log": "text/plain", "t.csv": "text/csv", "m.go": "text/plain", "x.json": "text/plain", "e.bin": "application/octet-stream"} {
			keep(t, s, u, name, contentType, 1)
		}
		list := func(q store.FileQuery) ([]store.File, string, error) { return s.Files(ctx(t), u.ID, q) }
		for kind, want := range map[string]string{"image": "j.jpg p.png", "pdf": "d.pdf", "text": "N.TXT l.log n.md", "table": "t.csv", "code": "m.go x.json"} {
			got := walk(t, list, store.FileQuery{Kind: kind, Limit: 2})
			slices.Sort(got)
			if strings.Join(got, " ") != want {
				t.Errorf("%s: %v, want %s", kind, got, want)
			}
		}
		files, _, err := s.Files(ctx(t), u.ID, store.FileQuery{})
		must(t, err)
		for _, f := range files {
			alike, _, err := s.Files(ctx(t), u.ID, store.FileQuery{Kind: f.Kind(), Q: f.Name})
			if must(t, err); len(alike) != 1 {
				t.Errorf("%s is %q and not found as such", f.Name, f.Kind())
			}
		}
		keep(t, s, u, "100%_Zeugnis É.txt", "text/plain", 1)
		for q, want := range map[string]int{"zeugnis": 1, "é": 1, "%": 1, "_": 1, "0%_z": 1, ".": 11, "none": 0, "  ": 11, "\x00": 11, strings.Repeat("x", 5000): 0} {
			if got := walk(t, list, store.FileQuery{Q: q, Limit: 20}); len(got) != want {
				t.Errorf("%.20q finds %v", q, got)
			}
		}
	})
}

// TestFileQueryRefusals: what cannot be asked for is refused, and a cursor is of its own order only.
func TestFileQueryRefusals(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		u := guest(s)
		for i := range 3 {
			keep(t, s, u, fmt.Sprint(i), "text/plain", 1)
		}
		_, next, err := s.Files(ctx(t), u.ID, store.FileQuery{Limit: 1, Sort: "name"})
		must(t, err)
		for field, q := range map[string]store.FileQuery{"sort": {Sort: "created_at; --"}, "type": {Kind: "exe"}, "cursor": {Cursor: next, Sort: "size"}} {
			_, _, err := s.Files(ctx(t), u.ID, q)
			wantField(t, err, store.Invalid, field)
		}
		for _, cursor := range []string{"x", "e30", "bnVsbA", "eyJvIjoibmV3ZXN0IiwibiI6LTEsImkiOiJhIn0", next + "AAAA"} {
			_, _, err := s.Files(ctx(t), u.ID, store.FileQuery{Cursor: cursor})
			wantField(t, err, store.Invalid, "cursor")
		}
		_, _, err = s.Files(ctx(t), u.ID, store.FileQuery{Sort: "owner"})
		wantField(t, err, store.Invalid, "sort")
	})
}

// TestAllFiles: an administrator's list knows the owners, and can be narrowed to one.
func TestAllFiles(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ada, bob, anon := register(t, s, "ada"), register(t, s, "bob"), guest(s)
		keep(t, s, ada, "a1", "text/plain", 1)
		keep(t, s, bob, "b1", "text/plain", 2)
		keep(t, s, ada, "a2", "image/png", 3)
		keep(t, s, anon, "g1", "text/plain", 4)
		list := func(q store.FileQuery) ([]store.File, string, error) { return s.AllFiles(ctx(t), q) }
		for want, q := range map[string]store.FileQuery{"g1 a2 b1 a1": {}, "g1 a1 a2 b1": {Sort: "owner"}, "a2 a1": {Owner: "ADA@"}, "b1": {Owner: bob.ID},
			"g1": {Owner: anon.ID}, "a2": {Owner: "ada", Kind: "image"}, "": {Owner: "%"}, "a1": {Q: "A1"}} {
			q.Limit = 1
			if got := strings.Join(walk(t, list, q), " "); got != want {
				t.Errorf("%+v: %s, want %s", q, got, want)
			}
		}
		files, _, err := list(store.FileQuery{Owner: "ada"})
		must(t, err)
		if f := files[0]; f.OwnerEmail == nil || *f.OwnerEmail != "ada@acme.com" || f.OwnerRole != store.RoleUser {
			t.Errorf("owner: %+v", f)
		}
	})
}

// TestFileListFollowsChats: a file says where it is used; while its chat is deleted it is not listed.
func TestFileListFollowsChats(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		u := guest(s)
		f := keep(t, s, u, "a", "text/plain", 1)
		r := newReply(u, "About a file")
		r.Question.Parts = append(r.Question.Parts, store.Part{Type: "file", FileID: f.ID})
		must(t, s.StartReply(ctx(t), r))
		listed := func() (titles []string) {
			files, _, err := s.Files(ctx(t), u.ID, store.FileQuery{})
			must(t, err)
			for _, f := range files {
				titles = append(titles, f.ChatTitle)
			}
			return titles
		}
		if diff := cmp.Diff([]string{"About a file"}, listed()); diff != "" {
			t.Errorf("attached (-want +got):\n%s", diff)
		}
		must(t, s.DeleteChat(ctx(t), u.ID, r.Chat.ID))
		if got := listed(); len(got) != 0 {
			t.Errorf("of a deleted chat: %v", got)
		}
		_, err := s.RestoreChat(ctx(t), u.ID, r.Chat.ID)
		must(t, err)
		if got := listed(); len(got) != 1 {
			t.Errorf("of a restored chat: %v", got)
		}
	})
}

// TestRenameFile: the owner's uploads alone, under a name that may be.
func TestRenameFile(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		u := guest(s)
		f := keep(t, s, u, "a.txt", "text/plain", 1)
		fit := func(name, contentType string) (string, string) { return name + ".md", contentType + "2" }
		got, err := s.RenameFile(ctx(t), u.ID, f.ID, " b ", fit)
		must(t, err)
		if got.Name != "b.md" || got.ContentType != "text/plain2" || got.ReadKey != f.ReadKey || !got.CreatedAt.Equal(f.CreatedAt) {
			t.Errorf("renamed: %+v", got)
		}
		for _, name := range []string{"", "../x", "a\r\nb", "a\u202eb", " ", "..", strings.Repeat("x", 201), strings.Repeat("x", 199)} {
			_, err := s.RenameFile(ctx(t), u.ID, f.ID, name, fit)
			wantField(t, err, store.Invalid, "name")
		}
		if again, err := s.File(ctx(t), u.ID, f.ID); err != nil || again.Name != "b.md" || again.ContentType != "text/plain2" {
			t.Errorf("after the refusals: %+v %v", again, err)
		}
		_, err = s.RenameFile(ctx(t), guest(s).ID, f.ID, "mine", fit)
		wantCode(t, err, store.NotFound)
		export := s.NewFile(u.ID, store.Exports, "e.json", "application/json")
		must(t, s.CreateFile(ctx(t), u, export, 0))
		_, err = s.RenameFile(ctx(t), u.ID, export.ID, "mine", fit)
		wantField(t, err, store.Invalid, "name")
	})
}

// TestDeleteAnyFile: the deletion and its line in the audit come together; a person's picture is
// taken off the person.
func TestDeleteAnyFile(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ada, boss := register(t, s, "ada"), register(t, s, "boss")
		f := keep(t, s, ada, "a", "text/plain", 1)
		by := store.AuditEntry{UserID: &boss.ID, Action: "file.delete", Address: "::1", RequestID: "r"}
		must(t, s.DeleteAnyFile(ctx(t), f.ID, by))
		wantCode(t, s.DeleteAnyFile(ctx(t), f.ID, by), store.NotFound)
		if _, err := s.File(ctx(t), ada.ID, f.ID); store.CodeOf(err) != store.NotFound {
			t.Errorf("still there: %v", err)
		}
		var lines []store.AuditEntry
		must(t, s.Writer().NewSelect().Model(&lines).Scan(ctx(t)))
		if len(lines) != 1 || lines[0].Subject != "file "+f.ID+" of user "+ada.ID || *lines[0].UserID != boss.ID || lines[0].Action != "file.delete" {
			t.Errorf("audit: %+v", lines)
		}
		face := s.NewFile(ada.ID, store.Avatars, "me.png", "image/png")
		must(t, s.SetAvatar(ctx(t), ada.ID, face))
		must(t, s.DeleteAnyFile(ctx(t), face.ID, by))
		if u, err := s.User(ctx(t), ada.ID); err != nil || u.AvatarFileID != nil {
			t.Errorf("the picture is still the person's: %+v %v", u, err)
		}
	})
}
