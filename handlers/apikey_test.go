package handlers_test

import (
	"context"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"alleato/store"
)

// member is a program of an account's own, and who that is.
func (s *site) member(email string) (*person, *store.User) {
	s.t.Helper()
	p := s.account(email, store.RoleUser)
	var me struct{ User store.User }
	p.json("GET", "/api/v1/auth/me", nil, &me)
	return p, &me.User
}

type madeKey struct {
	Key    store.APIKey
	Secret string
}

// key makes an API key and a program that shows it.
func (p *person) key(scope string) (*person, madeKey) {
	p.t.Helper()
	var out madeKey
	if a := p.json("POST", "/api/v1/account/keys", map[string]any{"name": scope + " key", "scope": scope}, &out); a.status != 201 {
		p.t.Fatalf("%d %s", a.status, a.body)
	}
	return &person{site: p.site, http: p.http, token: out.Secret}, out
}

// TestAPIKeyCarriers: a key works as a bearer and as x-api-key, on the API alone, and never from a URL
// or a cookie.
func TestAPIKeyCarriers(t *testing.T) {
	s := newSite(t, say("x"))
	owner, user := s.member("ada@example.com")
	_, made := owner.key("write")
	other, _ := s.member("eve@example.com")
	_, others := other.key("write")
	nobody := &person{site: s, http: http.DefaultClient}
	cases := map[string]struct {
		path    string
		headers []string
		want    int
	}{
		"bearer":               {"/api/v1/auth/me", []string{"Authorization", "Bearer " + made.Secret}, 200},
		"lower case":           {"/api/v1/auth/me", []string{"Authorization", "bearer  " + made.Secret + " "}, 200},
		"x-api-key":            {"/api/v1/auth/me", []string{"X-Api-Key", made.Secret}, 200},
		"token as x-api-key":   {"/api/v1/auth/me", []string{"X-Api-Key", owner.token}, 200},
		"both, the same":       {"/api/v1/auth/me", []string{"X-Api-Key", made.Secret, "Authorization", "Bearer " + made.Secret}, 200},
		"both, different":      {"/api/v1/auth/me", []string{"X-Api-Key", made.Secret, "Authorization", "Bearer " + others.Secret}, 401},
		"basic beside the key": {"/api/v1/auth/me", []string{"X-Api-Key", made.Secret, "Authorization", "Basic eDp5"}, 200},
		"basic":                {"/api/v1/auth/me", []string{"Authorization", "Basic " + made.Secret}, 401},
		"in the URL":           {"/api/v1/auth/me?api_key=" + made.Secret + "&token=" + made.Secret, nil, 401},
		"in a cookie":          {"/api/v1/auth/me", []string{"Cookie", "alleato=" + made.Secret}, 401},
		"not a key":            {"/api/v1/auth/me", []string{"X-Api-Key", made.Secret[:len(made.Secret)-1]}, 401},
		"the hash":             {"/api/v1/auth/me", []string{"X-Api-Key", "alk_" + made.Key.ID}, 401},
	}
	for name, c := range cases {
		a := nobody.do("GET", c.path, nil, append(c.headers, asJSON...)...)
		if a.status != c.want || (c.want == 200) != strings.Contains(a.body, user.ID) {
			t.Errorf("%s: %d %s", name, a.status, a.body)
		}
	}
	if a := nobody.do("GET", "/auth/me", nil, append(asJSON, "X-Api-Key", made.Secret, "Authorization", "Bearer "+made.Secret)...); strings.Contains(a.body, user.ID) {
		t.Errorf("the browser mount takes a key: %s", a.body)
	}
}

// TestAPIKeyScope: a key for reading reads; whatever else it tries is a 403 that says what to do, and
// changes nothing. No key lets anybody further in.
func TestAPIKeyScope(t *testing.T) {
	s := newSite(t, say("x"))
	owner, user := s.member("ada@example.com")
	owner.json("POST", "/api/v1/chats", map[string]any{"id": "c", "title": "Mine"}, nil)
	reader, _ := owner.key("read")
	writer, made := owner.key("write")
	if a := reader.do("GET", "/api/v1/chats/c", nil, asJSON...); a.status != 200 {
		t.Errorf("read: %d %s", a.status, a.body)
	}
	for method, path := range map[string]string{"PATCH": "/chats/c", "DELETE": "/chats/c", "POST": "/chats/c/messages", "PUT": "/account/avatar"} {
		a := reader.do(method, "/api/v1"+path, map[string]any{"title": "Taken", "text": "x"}, asJSON...)
		if a.status != 403 || !strings.Contains(a.body, `"hint":"Use a key with the scope write."`) {
			t.Errorf("%s %s: %d %s", method, path, a.status, a.body)
		}
	}
	if chat, err := s.store.Chat(t.Context(), user.ID, "c"); err != nil || chat.Title != "Mine" {
		t.Errorf("%+v %v", chat, err)
	}
	writer.json("PATCH", "/api/v1/chats/c", map[string]any{"title": "Renamed"}, nil)
	for _, c := range []struct{ method, path string }{{"GET", "/account/keys"}, {"POST", "/account/keys"}, {"DELETE", "/account/keys/" + made.Key.ID},
		{"POST", "/auth/guest"}, {"POST", "/auth/login"}, {"POST", "/auth/register"}, {"POST", "/auth/logout"}} {
		a := writer.do(c.method, "/api/v1"+c.path, map[string]any{"name": "x", "scope": "write", "email": "ada@example.com", "password": "correct horse"}, asJSON...)
		if a.status != 403 || strings.Contains(a.body, "token\":\"") || strings.Contains(a.body, "alk_") {
			t.Errorf("%s %s by key: %d %s", c.method, c.path, a.status, a.body)
		}
	}
}

// TestAPIKeyPage: made and revoked by plain forms and by htmx; the secret is shown once; a guest is led
// to the sign-in form.
func TestAPIKeyPage(t *testing.T) {
	s := newSite(t, say("x"))
	b := s.browser()
	if a := b.do("GET", "/account/keys", nil, asPage...); a.status != 303 || a.header.Get("Location") != "/login?next=%2Faccount%2Fkeys" {
		t.Errorf("a guest: %d %s", a.status, a.header.Get("Location"))
	}
	b.do("POST", "/auth/register", url.Values{"email": {"ada@example.com"}, "password": {"correct horse"}}, asPage...)
	end := parse(t, b.do("GET", "/account/keys", nil, asPage...).body).Find(`select[name="expiresAt"] option`).First().AttrOr("value", "")
	a := b.do("POST", "/account/keys", url.Values{"name": {"<b>script"}, "scope": {"read"}, "expiresAt": {end}}, asPage...)
	secret := parse(t, a.body).Find(testid("key-secret")).AttrOr("value", "")
	if a.status != 201 || !strings.HasPrefix(secret, "alk_") || a.header.Get("Cache-Control") != "no-store" {
		t.Fatalf("made by a form: %d %s", a.status, a.body)
	}
	page := b.do("GET", "/account/keys", nil, asPage...)
	row := parse(t, page.body).Find(testid("key-row"))
	if strings.Contains(page.body, secret) || !strings.Contains(row.Text(), "<b>script") || !strings.Contains(row.Text(), "expires ") || !strings.Contains(row.Text(), "never used") {
		t.Errorf("the list: %s", row.Text())
	}
	(&person{site: s, http: http.DefaultClient, token: secret}).json("GET", "/api/v1/auth/me", nil, nil)
	row = parse(t, b.do("GET", "/account/keys", nil, asPage...).body).Find(testid("key-row"))
	if !strings.Contains(row.Text(), "used just now") {
		t.Errorf("after a use: %s", row.Text())
	}
	refused := b.do("POST", "/account/keys", url.Values{"name": {""}, "scope": {"write"}}, asPart...)
	if refused.status != 422 || refused.header.Get("HX-Retarget") != "#keys" || parse(t, refused.body).Find("#name-error").Text() == "" ||
		parse(t, refused.body).Find(`option[value="write"][selected]`).Length() != 1 {
		t.Errorf("refused: %d %v %s", refused.status, refused.header, refused.body)
	}
	if part := b.do("POST", "/account/keys", url.Values{"name": {"two"}, "scope": {"write"}, "expiresAt": {""}}, asPart...); parse(t, part.body).Find(testid("key-row")).Length() != 2 || strings.Contains(part.body, "<html") {
		t.Errorf("made by htmx: %s", part.body)
	}
	for _, how := range [][]string{asPage, asPart} {
		form := parse(t, b.do("GET", "/account/keys", nil, asPage...).body).Find(testid("key-row") + " form").First()
		if gone := b.do("POST", form.AttrOr("action", ""), url.Values{"_method": {"DELETE"}}, how...); gone.status != 303 && gone.status != 200 {
			t.Errorf("delete: %d %s", gone.status, gone.body)
		}
	}
	if a := (&person{site: s, http: http.DefaultClient, token: secret}).do("GET", "/api/v1/auth/me", nil, asJSON...); a.status != 401 {
		t.Errorf("a revoked key: %d", a.status)
	}
}

// TestAPIKeyRefusals: a program learns which field is wrong.
func TestAPIKeyRefusals(t *testing.T) {
	s := newSite(t, say("x"))
	owner, _ := s.member("ada@example.com")
	for field, body := range map[string]map[string]any{
		"name": {"name": " ", "scope": "read"}, "scope": {"name": "x", "scope": "admin"},
		"expiresAt": {"name": "x", "scope": "read", "expiresAt": "tomorrow"},
	} {
		if a := owner.do("POST", "/api/v1/account/keys", body, asJSON...); a.status != 422 || !strings.Contains(a.body, `"field":"`+field+`"`) {
			t.Errorf("%s: %d %s", field, a.status, a.body)
		}
	}
	var out madeKey
	a := owner.json("POST", "/api/v1/account/keys", map[string]any{"name": "x", "scope": "read", "expiresAt": "2999-01-02T03:04:05+02:00", "userId": "x", "id": "mine", "hash": "x", "lastUsedAt": "2000-01-01T00:00:00Z"}, &out)
	if out.Key.ID == "mine" || out.Key.LastUsedAt != nil || !strings.Contains(a.body, `"expiresAt":"2999-01-02T01:04:05Z"`) || strings.Contains(a.body, "hash") {
		t.Errorf("%s", a.body)
	}
	if guest := s.program().do("POST", "/api/v1/account/keys", map[string]any{"name": "x", "scope": "read"}, asJSON...); guest.status != 403 {
		t.Errorf("a guest: %d %s", guest.status, guest.body)
	}
}

// TestAPIKeyEnds: what ends a key ends its calls at once, and the streams that it has open within
// seconds.
func TestAPIKeyEnds(t *testing.T) {
	s := newSite(t, endless)
	owner, user := s.member("ada@example.com")
	ends := map[string]func(madeKey) error{
		"delete":   func(k madeKey) error { owner.json("DELETE", "/api/v1/account/keys/"+k.Key.ID, nil, nil); return nil },
		"password": func(madeKey) error { return s.store.SetPassword(context.Background(), user.ID, "another horse") },
		"disable":  func(madeKey) error { return s.store.DisableUser(context.Background(), user.ID) },
	}
	for _, name := range []string{"delete", "password", "disable"} {
		if name != "delete" { // the password ended the owner's own token
			var in session
			p := &person{site: s, http: http.DefaultClient}
			now := map[string]string{"password": password, "disable": "another horse"}[name]
			p.json("POST", "/api/v1/auth/login", map[string]any{"email": "ada@example.com", "password": now}, &in)
			owner.token = in.Token
		}
		writer, made := owner.key("write")
		response := writer.open("POST", "/api/v1/chats/"+name+"/messages", send("Go"), asEvents...)
		if response.StatusCode != 200 {
			t.Fatalf("%s: %d", name, response.StatusCode)
		}
		if err := ends[name](made); err != nil {
			t.Fatal(err)
		}
		if a := writer.do("GET", "/api/v1/auth/me", nil, asJSON...); a.status != 401 {
			t.Errorf("%s: the key works still: %d", name, a.status)
		}
		ended := make(chan struct{})
		go func() { defer close(ended); _, _ = io.Copy(io.Discard, response.Body) }()
		select {
		case <-ended:
		case <-time.After(8 * time.Second):
			t.Errorf("%s: the open stream goes on", name)
		}
		response.Body.Close()
	}
}

// TestAPIKeyAudit: making, first use and deletion are noted, each once, and never the secret.
func TestAPIKeyAudit(t *testing.T) {
	s := newSite(t, say("x"))
	owner, user := s.member("ada@example.com")
	reader, made := owner.key("read")
	for range 3 {
		reader.json("GET", "/api/v1/auth/me", nil, nil)
	}
	owner.json("DELETE", "/api/v1/account/keys/"+made.Key.ID, nil, nil)
	var entries []store.AuditEntry
	err := s.store.Reader().NewSelect().Model(&entries).Where("user_id = ? AND action LIKE 'key.%'", user.ID).OrderExpr("created_at, id").Scan(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var actions []string
	for _, e := range entries {
		actions = append(actions, e.Action)
		if e.Subject != made.Key.ID || e.Address == "" || strings.Contains(e.Subject+e.Action, made.Secret[4:]) {
			t.Errorf("%+v", e)
		}
	}
	if got := strings.Join(actions, " "); got != "key.create key.first_use key.delete" {
		t.Errorf("audit: %s", got)
	}
}
