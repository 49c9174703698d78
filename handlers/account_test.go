package handlers_test

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"alleato/store"
)

var ada = map[string]any{"email": "Ada@Example.com ", "password": "correct horse"}

type session struct {
	User  store.User
	Token string
}

// TestAccountShapes: the same handlers answer a program, a form and htmx.
func TestAccountShapes(t *testing.T) {
	s := newSite(t, say("x"))
	p := &person{site: s, http: http.DefaultClient}
	var in session
	if a := p.json("POST", "/api/v1/auth/register", ada, &in); a.status != 201 || *in.User.Email != "ada@example.com" || in.Token == "" {
		t.Errorf("register: %d %s", a.status, a.body)
	}
	p.token = in.Token
	var me session
	p.json("GET", "/api/v1/auth/me", nil, &me)
	if me.User.ID != in.User.ID || me.User.Role != store.RoleUser {
		t.Errorf("me: %+v", me.User)
	}
	form := url.Values{"email": {"ada@example.com"}, "password": {"correct horse"}, "next": {"/chats/x"}}
	b := s.browser()
	a := b.do("POST", "/auth/login", form, asPage...)
	if a.status != 303 || a.header.Get("Location") != "/chats/x" {
		t.Errorf("form: %d to %q", a.status, a.header.Get("Location"))
	}
	cookie := a.header.Get("Set-Cookie")
	for _, want := range []string{"HttpOnly", "SameSite=Lax", "Path=/"} {
		if !strings.Contains(cookie, want) {
			t.Errorf("cookie %q lacks %s", cookie, want)
		}
	}
	if page := b.do("GET", "/", nil, asPage...); !strings.Contains(page.body, "ada@example.com") {
		t.Error("the page does not know who signed in")
	}
	if part := s.browser().do("POST", "/auth/login", form, asPart...); part.status != 200 || part.header.Get("HX-Location")+part.header.Get("HX-Redirect") == "" {
		t.Errorf("htmx: %d %v", part.status, part.header)
	}
}

// TestAccountRefusals: a refused form comes back with what was typed, a program gets a problem that
// names the field, and nobody learns which e-mails exist.
func TestAccountRefusals(t *testing.T) {
	s := newSite(t, say("x"))
	p := &person{site: s, http: http.DefaultClient}
	p.json("POST", "/api/v1/auth/register", ada, nil)
	cases := []struct {
		path  string
		body  any
		want  int
		holds string
	}{
		{"/api/v1/auth/register", map[string]any{"email": "no", "password": "long enough"}, 422, `"field":"email"`},
		{"/api/v1/auth/register", map[string]any{"email": "b@example.com", "password": "short"}, 422, `"field":"password"`},
		{"/api/v1/auth/register", map[string]any{}, 422, `"errors":[{"field":"email"`},
		{"/api/v1/auth/register", ada, 409, `"field":"email"`},
		{"/api/v1/auth/login", map[string]any{"email": "ada@example.com", "password": "wrong horse"}, 401, `"code":"unauthenticated"`},
		{"/api/v1/auth/login", map[string]any{"email": "nobody@example.com", "password": "wrong horse"}, 401, `"code":"unauthenticated"`},
		{"/api/v1/auth/login", raw(`[]`), 400, `"code":"invalid"`},
		{"/api/v1/auth/login", raw(`{"email":`), 400, `"code":"invalid"`},
		{"/api/v1/auth/login", raw(`{"email":5}`), 400, `"field":"email"`},
		{"/api/v1/auth/login", raw(strings.Repeat(`{"a":`, 10000)), 400, `"code":"invalid"`},
	}
	for _, c := range cases {
		a := p.do("POST", c.path, c.body, asJSON...)
		if a.status != c.want || !strings.Contains(a.body, c.holds) || a.header.Get("Content-Type") != "application/problem+json" {
			t.Errorf("%s %v: %d %s", c.path, c.body, a.status, a.body)
		}
	}
	form := url.Values{"email": {"ada@example.com"}, "password": {"wrong horse"}}
	a := s.browser().do("POST", "/auth/login", form, asPage...)
	if a.status != 422 || !strings.Contains(a.body, `value="ada@example.com"`) || strings.Contains(a.body, "wrong horse") {
		t.Errorf("form: %d", a.status)
	}
	if plain := p.do("POST", "/api/v1/auth/login", url.Values{}, "Content-Type", "text/plain"); plain.status != 415 {
		t.Errorf("text/plain: %d", plain.status)
	}
}

// TestMassAssignment: fields that a caller has no say in have no effect.
func TestMassAssignment(t *testing.T) {
	s := newSite(t, say("x"))
	p := &person{site: s, http: http.DefaultClient}
	var in session
	p.json("POST", "/api/v1/auth/register", map[string]any{"email": "eve@example.com", "password": "long enough", "role": "admin", "id": "mine", "userId": "x"}, &in)
	if in.User.Role != store.RoleUser || in.User.ID == "mine" {
		t.Errorf("%+v", in.User)
	}
	p.token = in.Token
	var out struct{ Chat store.Chat }
	p.json("POST", "/api/v1/chats", map[string]any{"id": "c", "userId": "somebody", "user_id": "somebody", "createdAt": "2000-01-01T00:00:00Z"}, &out)
	chat, err := s.store.Chat(context.Background(), in.User.ID, "c")
	if err != nil || chat.CreatedAt.Year() == 2000 {
		t.Errorf("%+v %v", chat, err)
	}
}

// TestGuestKeepsEverything: a visitor has no row until the first write, and what it wrote goes with
// it when it registers or signs in.
func TestGuestKeepsEverything(t *testing.T) {
	s := newSite(t, say("Hello"))
	for _, how := range []string{"register", "login"} {
		t.Run(how, func(t *testing.T) {
			email := how + "@example.com"
			if how == "login" {
				if _, err := s.store.CreateUser(context.Background(), store.Credentials{Email: email, Password: "long enough"}, store.RoleUser); err != nil {
					t.Fatal(err)
				}
			}
			b := s.browser()
			if a := b.do("GET", "/", nil, asPage...); a.header.Get("Set-Cookie") != "" {
				t.Error("looking makes a session")
			}
			chat := "chat-" + how
			if a := b.do("POST", "/chats/"+chat+"/messages", url.Values{"text": {"Hi"}}, asPage...); a.status != 303 || a.header.Get("Location") != "/chats/"+chat {
				t.Fatalf("send: %d %s", a.status, a.body)
			}
			a := b.do("POST", "/auth/"+how, url.Values{"email": {email}, "password": {"long enough"}}, asPage...)
			if a.status != 303 {
				t.Fatalf("%s: %d %s", how, a.status, a.body)
			}
			page := b.do("GET", "/chats/"+chat, nil, asPage...)
			if page.status != 200 || !strings.Contains(page.body, email) || strings.Contains(page.body, "Not signed in") {
				t.Errorf("the chat is not the account's: %d", page.status)
			}
		})
	}
}

// TestSignOutEndsEverything: cookie and token of a session that has ended are worth nothing.
func TestSignOutEndsEverything(t *testing.T) {
	s := newSite(t, say("x"))
	p := s.program()
	p.json("POST", "/api/v1/auth/logout", nil, nil)
	if a := p.do("GET", "/api/v1/auth/me", nil); a.status != 401 {
		t.Errorf("token after logout: %d", a.status)
	}
	b := s.browser()
	b.do("POST", "/auth/register", url.Values{"email": {"bo@example.com"}, "password": {"long enough"}}, asPage...)
	u, err := url.Parse(s.url)
	if err != nil {
		t.Fatal(err)
	}
	old := b.http.Jar.Cookies(u)
	b.do("POST", "/auth/logout", url.Values{}, asPage...)
	b.http.Jar.SetCookies(u, old)
	if page := b.do("GET", "/", nil, asPage...); strings.Contains(page.body, "bo@example.com") {
		t.Error("the old cookie still signs in")
	}
}

// TestSessionIsNotAdopted: a cookie that somebody chose is never taken on, and signing in changes it.
func TestSessionIsNotAdopted(t *testing.T) {
	s := newSite(t, say("x"))
	b := s.browser()
	b.do("POST", "/chats/c/messages", url.Values{"text": {"Hi"}}, asPage...)
	u, err := url.Parse(s.url)
	if err != nil {
		t.Fatal(err)
	}
	guest := b.http.Jar.Cookies(u)[0].Value
	b.do("POST", "/auth/register", url.Values{"email": {"cy@example.com"}, "password": {"long enough"}}, asPage...)
	if after := b.http.Jar.Cookies(u)[0].Value; after == guest {
		t.Error("the session id survived signing in")
	}
	forged := s.browser()
	forged.http.Jar.SetCookies(u, []*http.Cookie{{Name: "alleato", Value: "chosen", Path: "/"}})
	a := forged.do("POST", "/auth/login", url.Values{"email": {"cy@example.com"}, "password": {"long enough"}}, asPage...)
	if a.status != 303 || forged.http.Jar.Cookies(u)[0].Value == "chosen" {
		t.Errorf("%d, cookie %v", a.status, forged.http.Jar.Cookies(u))
	}
}

// TestPasswordChangeEndsSessions: cookie, token and an open stream end within five seconds or so.
func TestPasswordChangeEndsSessions(t *testing.T) {
	s := newSite(t, endless)
	p := &person{site: s, http: http.DefaultClient}
	var in session
	p.json("POST", "/api/v1/auth/register", ada, &in)
	p.token = in.Token
	stream := p.open("POST", "/api/v1/chats/c/messages", send("Go"), asEvents...)
	defer stream.Body.Close()
	if err := s.store.SetPassword(context.Background(), in.User.ID, "another horse"); err != nil {
		t.Fatal(err)
	}
	if a := p.do("GET", "/api/v1/auth/me", nil); a.status != 401 {
		t.Errorf("token after the change: %d", a.status)
	}
	body := make([]byte, 1<<16)
	for {
		if _, err := stream.Body.Read(body); err != nil {
			return // cut: the test's own time limit is the five seconds' guard
		}
	}
}

// TestSetup: the link makes one admin, once.
func TestSetup(t *testing.T) {
	s := newSite(t, say("x"))
	link, err := s.server.SetupLink(context.Background(), s.url)
	if err != nil || !strings.HasPrefix(link, s.url+"/setup?token=") {
		t.Fatalf("%q %v", link, err)
	}
	token := link[strings.Index(link, "=")+1:]
	b := s.browser()
	if page := b.do("GET", strings.TrimPrefix(link, s.url), nil, asPage...); page.status != 200 || !strings.Contains(page.body, token) {
		t.Errorf("page: %d", page.status)
	}
	form := func(password string) url.Values {
		return url.Values{"token": {token}, "email": {"root@example.com"}, "password": {password}}
	}
	if a := b.do("POST", "/setup", form("short"), asPage...); a.status != 422 || !strings.Contains(a.body, token) {
		t.Errorf("short password: %d", a.status)
	}
	if a := b.do("POST", "/setup", form("long enough"), asPage...); a.status != 303 {
		t.Errorf("setup: %d %s", a.status, a.body)
	}
	if a := s.browser().do("POST", "/setup", form("long enough"), asPage...); a.status < 400 {
		t.Errorf("a second use: %d", a.status)
	}
	if again, err := s.server.SetupLink(context.Background(), s.url); err != nil || again != "" {
		t.Errorf("a link although there is an admin: %q %v", again, err)
	}
	if page := b.do("GET", "/setup?token=guess", nil, asPage...); page.status != 404 {
		t.Errorf("a guessed token: %d", page.status)
	}
}

// TestGuestTokenDies: the token of a guest is not the account's that the guest becomes.
func TestGuestTokenDies(t *testing.T) {
	s := newSite(t, say("x"))
	guest := s.program()
	guest.do("POST", "/api/v1/chats/c/messages", send("Hi"), asEvents...)
	other := &person{site: s, http: http.DefaultClient, token: guest.token}
	guest.json("POST", "/api/v1/auth/register", ada, nil)
	if a := other.do("GET", "/api/v1/auth/me", nil); a.status != 401 {
		t.Errorf("the guest's token: %d %s", a.status, a.body)
	}
}
