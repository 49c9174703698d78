package handlers_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"alleato/store"
)

// account is a program of a new account of that role.
func (s *site) account(email string, role store.Role) *person {
	s.t.Helper()
	p := &person{site: s, http: &http.Client{Timeout: time.Minute}}
	in := session{}
	p.json("POST", "/api/v1/auth/register", map[string]any{"email": email, "password": password}, &in)
	if role != store.RoleUser {
		if err := s.store.SetRole(s.t.Context(), in.User.ID, role); err != nil {
			s.t.Fatal(err)
		}
		p.json("POST", "/api/v1/auth/login", map[string]any{"email": email, "password": password}, &in) // the role ended the session
	}
	p.token = in.Token
	return p
}

type adminList struct {
	Files []struct {
		aFile
		Owner struct {
			ID, Role string
			Email    *string
		}
	}
	NextCursor *string
}

// TestAdminFiles: an administrator sees whose files there are, not what is in them, and can delete them.
func TestAdminFiles(t *testing.T) {
	s := newSite(t, say("x"))
	boss, ada, guest := s.account("boss@example.com", store.RoleAdmin), s.account("ada@example.com", store.RoleUser), s.program()
	f := ada.upload("diary.txt", []byte("secret"))
	ada.upload("cat.png", picture(9, 9))
	guest.upload("g.md", []byte("# G"))
	var list adminList
	answer := boss.json("GET", "/api/v1/admin/files?owner=ADA&sort=name", nil, &list)
	if len(list.Files) != 2 || list.Files[1].Name != "diary.txt" || *list.Files[1].Owner.Email != "ada@example.com" || list.Files[1].Owner.Role != "user" {
		t.Errorf("list: %s", answer.body)
	}
	for _, secret := range []string{"url", "thumbnail", "readKey", "blobKey", "/f/", "/t/", "password"} {
		if strings.Contains(answer.body, secret) {
			t.Errorf("the list holds %q: %s", secret, answer.body)
		}
	}
	var pages []string
	for cursor := ""; len(pages) < 5; {
		var page adminList
		boss.json("GET", "/api/v1/admin/files?limit=1&sort=owner&cursor="+cursor, nil, &page)
		pages = append(pages, page.Files[0].Name)
		if page.NextCursor == nil {
			break
		}
		cursor = *page.NextCursor
	}
	if got := strings.Join(pages, " "); got != "g.md diary.txt cat.png" && got != "g.md cat.png diary.txt" {
		t.Errorf("by owner: %s", got)
	}
	// on the routes of one's own an administrator is a stranger like any other
	for _, path := range []string{"/files/" + f.ID, "/files/" + f.ID + "/content"} {
		if a := boss.do("GET", "/api/v1"+path, nil, asJSON...); a.status != 404 {
			t.Errorf("%s: %d", path, a.status)
		}
	}
	boss.json("DELETE", "/api/v1/admin/files/"+f.ID, nil, nil)
	if a := boss.do("DELETE", "/api/v1/admin/files/"+f.ID, nil, asJSON...); a.status != 404 {
		t.Errorf("deleted twice: %d", a.status)
	}
	if a := ada.do("GET", s.at(f.URL), nil); a.status != 404 || len(s.keys()) != 3 { // the picture, its thumbnail, the guest's
		t.Errorf("after the deletion: %d, %v", a.status, s.keys())
	}
	var lines []store.AuditEntry
	if err := s.store.Writer().NewSelect().Model(&lines).Where("action = 'file.delete'").Scan(t.Context()); err != nil {
		t.Fatal(err)
	}
	if len(lines) != 1 || !strings.HasPrefix(lines[0].Subject, "file "+f.ID+" of user ") || lines[0].Address == "" || lines[0].RequestID == "" {
		t.Errorf("audit: %+v", lines)
	}
}

// TestAdminOnly: the routes of administrators are forbidden to everybody else, in every shape, and do
// nothing for them.
func TestAdminOnly(t *testing.T) {
	s := newSite(t, say("x"))
	ada, guest := s.account("ada@example.com", store.RoleUser), s.program()
	f := ada.upload("a.txt", []byte("a"))
	nobody := &person{site: s, http: http.DefaultClient}
	for who, c := range map[string]struct {
		p    *person
		base string
		want int
	}{"user": {ada, "/api/v1", 403}, "guest": {guest, "/api/v1", 403}, "nobody": {nobody, "/api/v1", 401}, "visitor": {s.browser(), "", 403}} {
		for _, route := range [][2]string{{"GET", "/admin/files"}, {"DELETE", "/admin/files/" + f.ID}, {"DELETE", "/admin/files/none"}} {
			if a := c.p.do(route[0], c.base+route[1], nil, asJSON...); a.status != c.want || strings.Contains(a.body, "a.txt") {
				t.Errorf("%s %v: %d %s", who, route, a.status, a.body)
			}
		}
	}
	if page := s.browser().do("GET", "/admin/files", nil, asPage...); page.status != 403 || !strings.Contains(page.body, "administrators") {
		t.Errorf("a visitor's page: %d", page.status)
	}
	if part := s.browser().do("GET", "/admin/files", nil, asPart...); part.status != 403 || part.header.Get("HX-Retarget") != "#toasts" {
		t.Errorf("a visitor's part: %d", part.status)
	}
	if len(s.keys()) != 1 {
		t.Error("somebody else's deletion had an effect")
	}
}

// TestDemotedAdmin: a role that was taken away ends at once.
func TestDemotedAdmin(t *testing.T) {
	s := newSite(t, say("x"))
	boss := s.account("boss@example.com", store.RoleAdmin)
	s.account("chief@example.com", store.RoleAdmin)
	var in session
	boss.json("GET", "/api/v1/auth/me", nil, &in)
	boss.json("GET", "/api/v1/admin/files", nil, nil)
	if err := s.store.SetRole(t.Context(), in.User.ID, store.RoleUser); err != nil {
		t.Fatal(err)
	}
	if a := boss.do("GET", "/api/v1/admin/files", nil, asJSON...); a.status != 401 {
		t.Errorf("after the demotion: %d", a.status)
	}
}
