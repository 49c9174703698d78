package handlers_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/uptrace/bun"

	"alleato/ai"
	"alleato/handlers"
	"alleato/store"
)

// owned says what a route's parameters name.
type owned int

const (
	nothing   owned = iota // no object, or only what the caller has
	aChat                  // the owner's chat, which may be public
	somebodys              // an object of the owner's that is never shared
)

// matrixRule is what the matrix must know of a route beside its row: which object it names, how to call
// it, and how it answers those who may. Who may is not said here: it follows from the row's who and from
// whose the object is.
type matrixRule struct {
	of      owned
	args    func(*objects) []string
	body    func(*objects) any
	prepare func(*matrix, *objects) // what the objects need before the call
	ok      int                     // 0 is 200
	missing int                     // 0 is 404
	ends    bool                    // the call ends the caller's session
	noKey   bool                    // a key is refused though the row does not say so
}

// objects are one of each, the owner's, made anew for a call that may destroy them.
type objects struct {
	reply        *store.Reply
	file, avatar *store.File
	key          *store.APIKey
	export       *store.Transfer
	imported     *store.Transfer
	document     *store.Document
	suggestion   *store.Suggestion
	hook         *store.Webhook
	delivery     *store.Delivery
	bystander    string // an account that nobody calls as
	deletedAt    string
	made         time.Time
}

// caller is a column of the matrix.
type caller struct {
	name      string
	anonymous bool
	guest     bool
	owns      bool
	admin     bool
	key       string // the scope of an API key, "" for a session
	enter     func(m *matrix, api bool) *person
}

type matrix struct {
	t       *testing.T
	s       *site
	owner   *store.User
	callers []caller
	// fresh are the objects that no call has changed yet, by whether the chat is public.
	fresh map[bool]*objects
}

func (m *matrix) must(err error) {
	m.t.Helper()
	if err != nil {
		m.t.Fatal(err)
	}
}

func newMatrix(t *testing.T) *matrix {
	m := &matrix{t: t, s: newSite(t, say("Fine."), func(h *handlers.Options, _ *ai.Options) { h.HookPoll = 20 * time.Millisecond })}
	var err error
	make := func(email string, role store.Role) *store.User {
		var u *store.User
		u, err = m.s.store.CreateUser(t.Context(), store.Credentials{Email: email, Password: "correct horse"}, role)
		m.must(err)
		return u
	}
	m.owner = make(ownerEmail, store.RoleUser)
	other := make("other@example.com", store.RoleUser)
	make("admin@example.com", store.RoleAdmin)
	m.callers = []caller{
		{name: "anonymous", anonymous: true, enter: func(m *matrix, _ bool) *person { return m.s.browser() }},
		{name: "guest", guest: true, enter: (*matrix).asGuest},
		{name: "other user", enter: signingIn("other@example.com")},
		{name: "owner", owns: true, enter: signingIn(ownerEmail)},
		{name: "admin", admin: true, enter: signingIn("admin@example.com")},
		{name: "other's key to read", key: "read", enter: showing(other, "read")},
		{name: "other's key to write", key: "write", enter: showing(other, "write")},
		{name: "own key to read", key: "read", owns: true, enter: showing(m.owner, "read")},
		{name: "own key to write", key: "write", owns: true, enter: showing(m.owner, "write")},
	}
	return m
}

func (m *matrix) asGuest(api bool) *person {
	if api {
		return m.s.program()
	}
	b := m.s.browser()
	b.do("POST", "/auth/guest", nil, asJSON...)
	return b
}

func signingIn(email string) func(*matrix, bool) *person {
	return func(m *matrix, api bool) *person {
		p, mount := m.s.browser(), ""
		if api {
			mount = "/api/v1"
		}
		var in session
		p.json("POST", mount+"/auth/login", map[string]any{"email": email, "password": "correct horse"}, &in)
		p.token = in.Token
		return p
	}
}

// showing is a caller with an API key; on the browser mount it is nobody.
func showing(u *store.User, scope string) func(*matrix, bool) *person {
	return func(m *matrix, _ bool) *person {
		key := &store.APIKey{Name: "matrix", Scope: scope}
		secret, err := m.s.store.CreateAPIKey(m.t.Context(), u, key)
		m.must(err)
		p := m.s.browser()
		p.token = secret
		return p
	}
}

// objects makes the owner's objects.
func (m *matrix) objects(public bool) *objects {
	m.t.Helper()
	ctx, o := m.t.Context(), &objects{made: time.Now()}
	visibility := store.Private
	if public {
		visibility = store.Public
	}
	parts := []store.Part{{Type: "text", Text: "the secret words"}}
	o.reply = &store.Reply{User: m.owner, Chat: &store.Chat{Title: "the secret title", Visibility: visibility}, NewChat: true,
		Question: &store.Message{Parts: parts}, Answer: &store.Message{}, Stream: &store.Stream{Node: "test"}}
	m.must(m.s.store.StartReply(ctx, o.reply))
	written, err := json.Marshal(parts)
	m.must(err)
	m.must(m.s.store.FinishReply(ctx, store.Finish{StreamID: o.reply.Stream.ID, ChatID: o.reply.Chat.ID, MessageID: o.reply.Answer.ID,
		Status: store.StatusComplete, PartsJSON: written, Text: "the secret words", FinishReason: "stop"}))
	_, err = m.s.store.SetVote(ctx, m.owner.ID, o.reply.Chat.ID, o.reply.Answer.ID, true)
	m.must(err)
	content := picture(4, 4)
	o.file = m.s.store.NewFile(m.owner.ID, store.Uploads, "the secret name.png", "image/png")
	o.avatar = m.s.store.NewFile(m.owner.ID, store.Avatars, "me.png", "image/png")
	for _, f := range []*store.File{o.file, o.avatar} {
		for _, key := range f.BlobKeys() {
			f.Size, err = m.s.blobs.Put(ctx, key, bytes.NewReader(content))
			m.must(err)
		}
		f.SHA256 = strings.Repeat("0", 64)
		m.must(m.s.store.CreateFile(ctx, m.owner, f, 0))
	}
	_, err = m.s.store.Writer().NewDelete().Table("api_keys").Where("user_id = ? AND name = 'object'", m.owner.ID).Exec(ctx)
	m.must(err)
	o.key = &store.APIKey{Name: "object", Scope: store.ScopeRead}
	_, err = m.s.store.CreateAPIKey(ctx, m.owner, o.key)
	m.must(err)
	transfersEnd(m, o)
	o.export, err = m.s.store.StartTransfer(ctx, m.owner.ID, store.Export, "json", "")
	m.must(err)
	m.must(m.s.store.FailTransfer(ctx, o.export.ID, "the secret reason"))
	o.imported, err = m.s.store.StartTransfer(ctx, m.owner.ID, store.Import, "", "the secret name.json")
	m.must(err)
	m.must(m.s.store.FailTransfer(ctx, o.imported.ID, "the secret reason"))
	m.document(o)
	m.webhook(o)
	bystander, err := m.s.store.CreateUser(ctx, store.Credentials{Email: store.NewID() + "@example.com", Password: "correct horse"}, store.RoleUser)
	m.must(err)
	o.bystander = bystander.ID
	return o
}

// webhook makes a webhook to this machine, where nothing may go, with a delivery in its log.
func (m *matrix) webhook(o *objects) {
	m.t.Helper()
	_, err := m.s.store.Writer().NewDelete().Table("webhooks").Where("user_id = ?", m.owner.ID).Exec(m.t.Context())
	m.must(err)
	o.hook = &store.Webhook{URL: "https://127.0.0.1/secret", Events: store.WebhookEvents()}
	m.must(m.s.store.CreateWebhook(m.t.Context(), m.owner, o.hook))
	o.delivery, err = m.s.store.TestWebhook(m.t.Context(), m.owner.ID, o.hook.ID)
	m.must(err)
	eventually(m.t, "the delivery is over", func() bool {
		d, err := m.s.store.Delivery(m.t.Context(), m.owner.ID, o.hook.ID, o.delivery.ID)
		return err == nil && d.Over()
	})
}

// document makes a document of two versions, with a suggestion.
func (m *matrix) document(o *objects) {
	m.t.Helper()
	ctx, first, second := m.t.Context(), "<p>the secret page</p>", "<p>the secret page again</p>"
	o.document = &store.Document{Title: "the secret document", Kind: store.KindHTML, Content: &first}
	m.must(m.s.store.CreateDocument(ctx, m.owner, o.document))
	_, err := m.s.store.SaveDocument(ctx, m.owner.ID, o.document.ID, store.DocumentSave{Content: second, Base: 1})
	m.must(err)
	o.suggestion = &store.Suggestion{OriginalText: "secret page", SuggestedText: "open page"}
	m.must(m.s.store.CreateSuggestion(ctx, m.owner.ID, o.document.ID, o.suggestion))
}

// print is what the database holds of the objects: a refused call leaves it as it was.
func (m *matrix) print(o *objects) string {
	var b strings.Builder
	for table, where := range map[string][2]string{
		"chats": {"id", o.reply.Chat.ID}, "messages": {"chat_id", o.reply.Chat.ID}, "votes": {"chat_id", o.reply.Chat.ID},
		"streams": {"chat_id", o.reply.Chat.ID}, "files": {"id", o.file.ID}, "api_keys": {"id", o.key.ID},
		"transfers": {"id", o.export.ID}, "documents": {"id", o.document.ID}, "document_versions": {"document_id", o.document.ID}, "suggestions": {"document_id", o.document.ID},
		"webhook_deliveries": {"webhook_id", o.hook.ID}, "users": {"id", o.bystander},
	} {
		var rows []map[string]any
		m.must(m.s.store.Writer().NewSelect().Table(table).Where("? = ?", bun.Ident(where[0]), where[1]).OrderExpr("1, 2").Scan(m.t.Context(), &rows))
		fmt.Fprintln(&b, table, rows)
	}
	lines := strings.Split(b.String(), "\n")
	slices.Sort(lines)
	return strings.Join(lines, "\n")
}

// expected is the answer's status, from the route's who and from whose the object is.
func expected(r handlers.Row, rule matrixRule, who caller, api, public bool) int {
	byKey := who.key != "" && api // the browser mount knows no keys
	nobody := who.anonymous || (who.key != "" && !api)
	writes := r.Method != "GET"
	open := rule.of == aChat && public && r.Who == "reader"
	ok, missing := max(rule.ok, 200), max(rule.missing, 404)
	if rule.missing != 0 {
		missing = rule.missing
	}
	switch {
	case byKey && (r.Who == "person" || r.SignIn || rule.noKey), byKey && who.key == "read" && writes:
		return 403
	case r.Who == "anyone":
		return ok
	case nobody && api && !open:
		return 401
	case (r.Who == "member" || r.Who == "person") && (nobody || who.guest):
		return 403
	case r.Who == "admin" && (nobody || !who.admin):
		return 403
	case rule.of == nothing, r.Who == "admin", who.owns && !nobody, open:
		return ok
	case rule.of == aChat && public && writes:
		return 403
	}
	return missing
}

// TestMatrix calls every route of the table as everybody on both mounts. What a stranger names is not
// there for them, and a call that is refused changes nothing and shows nothing.
func TestMatrix(t *testing.T) {
	m := newMatrix(t)
	cells, refused := 0, 0
	people := map[string]*person{}
	for _, r := range handlers.Routes() {
		rule, known := matrixRules[r.Name]
		if !known {
			t.Errorf("%s %s (%s) has no rule in the matrix", r.Method, r.Path, r.Name)
			continue
		}
		m.fresh = map[bool]*objects{}
		for _, api := range []bool{false, true} {
			if (api && !r.API) || (!api && !r.Site && !r.Root) {
				continue
			}
			for _, who := range m.callers {
				id := fmt.Sprint(who.name, api)
				p := people[id]
				if p == nil || rule.ends {
					p = who.enter(m, api)
				}
				if !rule.ends {
					people[id] = p
				}
				for _, public := range []bool{false, true} {
					if public && rule.of != aChat {
						continue
					}
					cells++
					if m.cell(r, rule, who, p, api, public) {
						refused++
					}
				}
				if rule.ends { // other callers may be the same account, on the other mount
					m.dropKeys()
					clear(people)
				}
			}
		}
	}
	t.Logf("%d cells, %d of them refused", cells, refused)
	if cells < 900 || refused < 300 {
		t.Errorf("only %d cells, %d of them refused", cells, refused)
	}
}

// dropKeys makes room for more keys of the callers.
func (m *matrix) dropKeys() {
	_, err := m.s.store.Writer().NewDelete().Table("api_keys").Where("name = 'matrix'").Exec(m.t.Context())
	m.must(err)
}

// cell makes one call and says whether it is one that must be refused.
func (m *matrix) cell(r handlers.Row, rule matrixRule, who caller, p *person, api, public bool) bool {
	m.t.Helper()
	o := m.fresh[public]
	if o == nil || time.Since(o.made) > 10*time.Second { // a reply can be resumed for some seconds only
		o = m.objects(public)
		if rule.prepare != nil {
			rule.prepare(m, o)
		}
		m.fresh[public] = o
	}
	path, body := pathOf(r, rule, o, api), any(nil)
	if rule.body != nil {
		body = rule.body(o)
	}
	name := fmt.Sprintf("%s %s by %s (public %v)", r.Method, path, who.name, public)
	want := expected(r, rule, who, api, public)
	before := m.print(o)
	a := p.do(r.Method, path, body, "Accept", "application/json, */*;q=0.5")
	if a.status != want {
		m.t.Errorf("%s: %d, want %d: %.300s", name, a.status, want, a.body)
	}
	isRefused := want >= 400 || want == 204
	if !isRefused && r.Method != "GET" {
		clear(m.fresh)
	}
	if isRefused {
		if strings.Contains(a.body, "secret") {
			m.t.Errorf("%s shows the object: %s", name, a.body)
		}
		if after := m.print(o); after != before {
			m.t.Errorf("%s changed the object:\n%s\n%s", name, before, after)
		}
		if want >= 400 && a.header.Get("Content-Type") != "application/problem+json" {
			m.t.Errorf("%s: refused in %s", name, a.header.Get("Content-Type"))
		}
	}
	return isRefused
}

// pathOf fills the route's parameters.
func pathOf(r handlers.Row, rule matrixRule, o *objects, api bool) string {
	var args []string
	if rule.args != nil {
		args = rule.args(o)
	}
	segments := strings.Split(r.Path, "/")
	for i, segment := range segments {
		if strings.HasPrefix(segment, ":") && len(args) > 0 {
			segments[i], args = url.PathEscape(args[0]), args[1:]
		}
	}
	if api {
		return "/api/v1" + strings.Join(segments, "/")
	}
	return strings.Join(segments, "/")
}
