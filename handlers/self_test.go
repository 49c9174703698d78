package handlers_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"alleato/store"
)

// signedIn is a browser of an account.
func (s *site) signedIn(name string) *person {
	s.t.Helper()
	b := s.browser()
	form := url.Values{"email": {name + "@example.com"}, "password": {password}}
	if a := b.do("POST", "/auth/login", form, asPage...); a.status != 303 {
		if a = b.do("POST", "/auth/register", form, asPage...); a.status != 303 {
			s.t.Fatalf("sign up: %d", a.status)
		}
	}
	return b
}

// TestAccountPage: the page, the fragment and the data; a guest is told to register.
func TestAccountPage(t *testing.T) {
	s := newSite(t, say("x"))
	b := s.signedIn("ada")
	for name, c := range map[string]struct {
		headers []string
		holds   string
	}{"page": {asPage, `data-testid="account-profile"`}, "part": {asPart, `id="account"`}, "json": {asJSON, `"email":"ada@example.com"`}} {
		if a := b.do("GET", "/account", nil, c.headers...); a.status != 200 || !strings.Contains(a.body, c.holds) || (name == "page") != strings.Contains(a.body, "<html") {
			t.Errorf("%s: %d %.200s", name, a.status, a.body)
		}
	}
	if a := s.browser().do("GET", "/account", nil, asPage...); a.status != 200 || !strings.Contains(a.body, "Register to keep them") || strings.Contains(a.body, "account-password") {
		t.Errorf("guest: %d", a.status)
	}
	a := b.do("POST", "/account", url.Values{"_method": {"PATCH"}, "name": {"  Ada \x07 Lovelace "}}, asPage...)
	if a.status != 303 || a.header.Get("Location") != "/account?saved=name" {
		t.Errorf("name: %d %s", a.status, a.header.Get("Location"))
	}
	var me session
	b.json("PATCH", "/account", map[string]any{"role": "admin", "name": "Ada Lovelace", "email": "x@example.com"}, &me)
	if me.User.Name != "Ada Lovelace" || me.User.Role != store.RoleUser || *me.User.Email != "ada@example.com" {
		t.Errorf("%+v", me.User)
	}
	for body, want := range map[string]int{`{"name":""}`: 422, `{"name":" \u0007 "}`: 422, `{"name":5}`: 400, `{}`: 422} {
		if a := b.do("PATCH", "/account", raw(body), asJSON...); a.status != want || !strings.Contains(a.body, `"field":"name"`) {
			t.Errorf("%s: %d %s", body, a.status, a.body)
		}
	}
	if a := b.do("POST", "/account", url.Values{"_method": {"PATCH"}, "name": {""}}, asPage...); a.status != 422 || !strings.Contains(a.body, `id="name-error"`) {
		t.Errorf("form: %d", a.status)
	}
	if a := s.program().do("PATCH", "/api/v1/account", map[string]any{"name": "G"}, asJSON...); a.status != 403 {
		t.Errorf("guest's name: %d", a.status)
	}
}

// TestPasswordChange: it takes the old one, and ends what is open elsewhere, not here.
func TestPasswordChange(t *testing.T) {
	s := newSite(t, say("x"))
	b, other, api := s.signedIn("ada"), s.signedIn("ada"), &person{site: s, http: http.DefaultClient}
	var in session
	api.json("POST", "/api/v1/auth/login", map[string]any{"email": "ada@example.com", "password": password}, &in)
	api.token = in.Token
	const fresh = "another horse entirely"
	for body, field := range map[string]string{`{"currentPassword":"wrong horse","newPassword":"` + fresh + `"}`: "currentPassword",
		`{"currentPassword":"` + password + `","newPassword":"short"}`: "newPassword", `{"newPassword":"` + fresh + `"}`: "currentPassword"} {
		if a := b.do("PUT", "/account/password", raw(body), asJSON...); a.status != 422 || !strings.Contains(a.body, `"field":"`+field+`"`) {
			t.Errorf("%s: %d %s", body, a.status, a.body)
		}
	}
	if a := b.do("POST", "/account/password", url.Values{"_method": {"PUT"}, "currentPassword": {"wrong"}, "newPassword": {fresh}}, asPage...); a.status != 422 || !strings.Contains(a.body, "That is not your password.") {
		t.Errorf("form: %d", a.status)
	}
	b.json("PUT", "/account/password", map[string]any{"currentPassword": password, "newPassword": fresh}, nil)
	who := func(p *person, path string) string { return p.do("GET", path, nil, asJSON...).body }
	if !strings.Contains(who(b, "/auth/me"), "ada@example.com") || strings.Contains(who(other, "/auth/me"), "ada@example.com") || strings.Contains(who(api, "/api/v1/auth/me"), "ada@example.com") {
		t.Error("the wrong sessions ended")
	}
	if a := api.do("POST", "/api/v1/auth/login", map[string]any{"email": "ada@example.com", "password": password}, asJSON...); a.status != 401 {
		t.Errorf("the old password: %d", a.status)
	}
	api.json("POST", "/api/v1/auth/login", map[string]any{"email": "ada@example.com", "password": fresh}, &in)
	api.token = in.Token
	api.json("PUT", "/api/v1/account/password", map[string]any{"currentPassword": fresh, "newPassword": password}, nil)
	if !strings.Contains(who(api, "/api/v1/auth/me"), "ada@example.com") || strings.Contains(who(b, "/auth/me"), "ada@example.com") {
		t.Error("a program's own session ended, or the browser's did not")
	}
}

// TestSessions: they are listed and ended, one's own only.
func TestSessions(t *testing.T) {
	s := newSite(t, say("x"))
	b, other, eve := s.signedIn("ada"), s.signedIn("ada"), s.signedIn("eve")
	type list struct {
		Sessions []struct {
			ID, Device   string
			Current, API bool
		}
	}
	var mine, hers list
	b.json("GET", "/account/sessions", nil, &mine)
	eve.json("GET", "/account/sessions", nil, &hers)
	if len(mine.Sessions) != 2 || !mine.Sessions[0].Current || mine.Sessions[1].Current || mine.Sessions[0].Device != "Go" || len(hers.Sessions) != 1 {
		t.Fatalf("%+v %+v", mine, hers)
	}
	if a := b.do("DELETE", "/account/sessions/"+hers.Sessions[0].ID, nil, asJSON...); a.status != 404 {
		t.Errorf("somebody else's: %d", a.status)
	}
	if a := b.do("DELETE", "/account/sessions/"+mine.Sessions[1].ID, nil, asPart...); a.status != 200 || strings.Count(a.body, `data-testid="session"`) != 1 {
		t.Errorf("part: %d %s", a.status, a.body)
	}
	if a := other.do("GET", "/auth/me", nil, asJSON...); strings.Contains(a.body, "ada") {
		t.Error("the ended session goes on")
	}
	third := s.signedIn("ada")
	b.json("DELETE", "/account/sessions", nil, nil)
	if a := third.do("GET", "/auth/me", nil, asJSON...); strings.Contains(a.body, "ada") {
		t.Error("the ended session goes on")
	}
	if a := eve.do("GET", "/auth/me", nil, asJSON...); !strings.Contains(a.body, "eve") {
		t.Error("somebody else was signed out")
	}
	if a := b.do("POST", "/account/sessions/"+mine.Sessions[0].ID, url.Values{"_method": {"DELETE"}}, asPage...); a.status != 303 {
		t.Errorf("one's own: %d", a.status)
	}
	if a := b.do("GET", "/auth/me", nil, asJSON...); strings.Contains(a.body, "ada") {
		t.Error("still signed in")
	}
}

// TestAccountDelete: everything goes, blobs too, for whoever knows the password.
func TestAccountDelete(t *testing.T) {
	s := newSite(t, echo)
	b, api := s.signedIn("ada"), &person{site: s, http: http.DefaultClient}
	var in session
	api.json("POST", "/api/v1/auth/login", map[string]any{"email": "ada@example.com", "password": password}, &in)
	api.token = in.Token
	api.life()
	api.json("PUT", "/api/v1/account/avatar", named("me.png", picture(20, 10)), nil)
	api.export("csv")
	if a := b.do("POST", "/account", url.Values{"_method": {"DELETE"}, "password": {"wrong horse"}}, asPage...); a.status != 422 || !strings.Contains(a.body, "That is not your password.") {
		t.Errorf("wrong: %d", a.status)
	}
	if a := b.do("DELETE", "/account", nil, asJSON...); a.status != 422 {
		t.Errorf("none: %d", a.status)
	}
	if a := b.do("POST", "/account", url.Values{"_method": {"DELETE"}, "password": {password}}, asPage...); a.status != 303 || a.header.Get("Location") != "/" {
		t.Fatalf("delete: %d", a.status)
	}
	if keys := s.keys(); len(keys) != 0 {
		t.Errorf("blobs %v", keys)
	}
	if a := api.do("GET", "/api/v1/chats", nil, asJSON...); a.status != 401 {
		t.Errorf("the token still works: %d", a.status)
	}
	if _, err := s.store.User(t.Context(), in.User.ID); store.CodeOf(err) != store.NotFound {
		t.Errorf("the user is there: %v", err)
	}
	if a := b.do("GET", "/", nil, asPage...); a.status != 200 || strings.Contains(a.body, "ada@example.com") {
		t.Errorf("afterwards: %d", a.status)
	}
}
