package handlers_test

import (
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"alleato/store"
)

type foundUsers struct {
	Users []struct {
		ID, Email, Name string
		Role            store.Role
		Disabled        bool
	}
	NextCursor *string
}

// TestAdminUsers: found by what they are called, page by page; changed with all that follows; the last administrator stays.
func TestAdminUsers(t *testing.T) {
	s := newSite(t, say("x"))
	root := s.account("root@example.com", store.RoleAdmin)
	ada, user := s.member("ada@example.com")
	for i := range 3 {
		s.member(fmt.Sprintf("p%%%d@example.com", i))
	}
	var all foundUsers
	root.json("GET", "/api/v1/admin/users?limit=2", nil, &all)
	if len(all.Users) != 2 || all.NextCursor == nil {
		t.Fatalf("%+v", all)
	}
	var rest foundUsers
	root.json("GET", "/api/v1/admin/users?cursor="+url.QueryEscape(*all.NextCursor), nil, &rest)
	if len(rest.Users) != 3 || rest.NextCursor != nil {
		t.Errorf("the second page: %+v", rest)
	}
	for q, want := range map[string]int{"ADA@": 1, "p%": 3, "%": 3, "nobody": 0, "": 5} {
		var found foundUsers
		root.json("GET", "/api/v1/admin/users?q="+url.QueryEscape(q), nil, &found)
		if len(found.Users) != want {
			t.Errorf("%q finds %d", q, len(found.Users))
		}
	}
	path := "/api/v1/admin/users/" + user.ID
	for body, want := range map[string]int{`{"role":"guest"}`: 422, `{"role":"owner"}`: 422, `{"disabled":"yes"}`: 400, `{}`: 200} {
		if a := root.do("PATCH", path, raw(body), asJSON...); a.status != want {
			t.Errorf("%s: %d %s", body, a.status, a.body)
		}
	}
	if a := ada.do("GET", "/api/v1/auth/me", nil, asJSON...); a.status != 200 {
		t.Errorf("what changes nothing ends a session: %d", a.status)
	}
	root.json("PATCH", path, map[string]any{"disabled": true}, nil)
	if a := ada.do("GET", "/api/v1/auth/me", nil, asJSON...); a.status != 401 {
		t.Errorf("a disabled account: %d", a.status)
	}
	root.json("PATCH", path, map[string]any{"disabled": false, "role": "admin"}, nil)
	in := session{}
	ada.token = ""
	ada.json("POST", "/api/v1/auth/login", map[string]any{"email": "ada@example.com", "password": password}, &in)
	ada.token = in.Token
	if a := ada.do("GET", "/api/v1/admin/stats", nil, asJSON...); a.status != 200 {
		t.Errorf("a new administrator: %d %s", a.status, a.body)
	}
	var me struct{ User store.User }
	root.json("GET", "/api/v1/auth/me", nil, &me)
	ada.json("PATCH", "/api/v1/admin/users/"+me.User.ID, map[string]any{"role": "user"}, nil)
	for _, body := range []string{`{"role":"user"}`, `{"disabled":true}`} {
		if a := ada.do("PATCH", path, raw(body), asJSON...); a.status != 409 || !strings.Contains(a.body, "last administrator") {
			t.Errorf("the last one, %s: %d %s", body, a.status, a.body)
		}
	}
	n, err := s.store.Writer().NewSelect().Table("audit").Where("action = 'user.update'").Count(t.Context())
	if err != nil || n != 3 {
		t.Errorf("%d changes are written down: %v", n, err)
	}
}

// TestAdminStats: the figures count what a chat and what a program takes, and name the key.
func TestAdminStats(t *testing.T) {
	s := newSite(t, clientAnswer)
	root := s.account("root@example.com", store.RoleAdmin)
	ada, _ := s.member("ada@example.com")
	key, _ := ada.key("write")
	ada.do("POST", "/api/v1/chats/a-chat/messages", send("Count"), asEvents...)
	ask := map[string]any{"model": "smart", "messages": []any{map[string]any{"role": "user", "content": "Count"}}}
	key.do("POST", "/v1/chat/completions", ask, asJSON...)
	ask["stream"], ask["stream_options"] = true, map[string]any{"include_usage": true}
	if a := key.do("POST", "/v1/chat/completions", ask, asEvents...); a.status != 200 || !strings.Contains(a.body, "[DONE]") {
		t.Fatalf("%d %s", a.status, a.body)
	}
	var out struct{ Stats store.Stats }
	eventually(t, "both completions are counted", func() bool {
		root.json("GET", "/api/v1/admin/stats", nil, &out)
		return len(out.Stats.Completions) == 1 && out.Stats.Completions[0].Calls == 2
	})
	c := out.Stats.Completions[0]
	if c.KeyName != "write key" || c.Model != "smart" || *c.Email != "ada@example.com" || c.InputTokens != 24 || c.OutputTokens != 68 || c.Day != time.Now().UTC().Format(time.DateOnly) {
		t.Errorf("%+v", c)
	}
	if v := out.Stats; v.Users.Accounts != 2 || v.Users.Admins != 1 || v.Chats != 1 || v.Messages != 2 || v.Replies["complete"] != 1 || len(v.Tokens) != 1 || v.Tokens[0].OutputTokens != 34 {
		t.Errorf("%+v", v)
	}
	if a := ada.do("GET", "/api/v1/admin/stats", nil, asJSON...); a.status != 403 {
		t.Errorf("for everybody: %d", a.status)
	}
}
