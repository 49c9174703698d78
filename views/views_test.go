package views_test

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"
	"github.com/a-h/templ"

	"alleato/static"
	"alleato/store"
	"alleato/views"
	"alleato/views/markdown"
)

func page() views.Page {
	links := func(name string, args ...string) string {
		return "/" + strings.Join(append([]string{name}, args...), "/")
	}
	return views.Page{Links: links, Assets: &static.Assets{}, AssetBase: "/assets/", Markdown: markdown.New(markdown.Options{}), SidebarOpen: true}
}

func view(messages ...store.Message) views.ChatView {
	return views.ChatView{Chat: &store.Chat{ID: "c1", Title: "Torino"}, Messages: messages, NewMessageID: "n1"}
}

func html(t *testing.T, c templ.Component) string {
	t.Helper()
	var b bytes.Buffer
	if err := c.Render(t.Context(), &b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func render(t *testing.T, c templ.Component) *goquery.Document {
	t.Helper()
	doc, err := goquery.NewDocumentFromReader(strings.NewReader(html(t, c)))
	if err != nil {
		t.Fatal(err)
	}
	return doc
}

// wants checks how often each selector matches.
func wants(t *testing.T, doc *goquery.Document, counts map[string]int) {
	t.Helper()
	for selector, want := range counts {
		if got := doc.Find(selector).Length(); got != want {
			t.Errorf("%s: %d elements, want %d", selector, got, want)
		}
	}
}

func id(testid string) string { return `[data-testid="` + testid + `"]` }

func reply(status, text string) store.Message {
	return store.Message{ChatID: "c1", ID: "a1", Role: "assistant", Status: status, Parts: []store.Part{{Type: "text", Text: text}}}
}

func question(text string) store.Message {
	return store.Message{ChatID: "c1", ID: "u1", Role: "user", Status: store.StatusComplete, Parts: []store.Part{{Type: "text", Text: text}}}
}

func TestPages(t *testing.T) {
	for name, test := range map[string]struct {
		page templ.Component
		want map[string]int
	}{
		"home": {views.HomePage(page(), views.ChatView{Chat: &store.Chat{ID: "c9"}, Greeting: true, NewMessageID: "n1", Suggestions: []string{"One", "Two"}}), map[string]int{
			id("suggested-actions") + " form": 2, id("multimodal-input"): 1, id("send-button"): 1, id("stop-button"): 1, id("sidebar"): 1,
			id("sidebar-toggle-button"): 1, id("new-chat-button"): 1, id("user-nav-button"): 1, id("user-email"): 1, "h1": 1, "#share[data-new]": 1, "#main:not([data-replying]) #messages:empty + .greeting": 1,
			`#composer[action="/messageCreate/c9"][hx-post="/messageCreate/c9"] input[name="messageId"][value="n1"]`: 1}},
		"chat":     {views.ChatPage(page(), view(question("Hi"), reply(store.StatusComplete, "Hello"))), map[string]int{"#messages > article": 2, id("message-user"): 1, id("message-assistant"): 1, "h1": 1, ".greeting": 0, "#share:not([data-new])": 1, "#main:not([data-replying])": 1}},
		"running":  {views.ChatPage(page(), view(question("Hi"), store.Message{ChatID: "c1", ID: "a1", Role: "assistant", Status: store.StatusStreaming})), map[string]int{"#main[data-replying] .composer-hint": 1, ".msg-body:empty + .typing": 1}},
		"login":    {views.LoginPage(page(), views.Form{Next: "/x"}), map[string]int{`form[method="post"][action="/authLogin"]`: 1, `input[name="next"][value="/x"]`: 1, `label[for="email"]`: 1, `#email[placeholder="user@acme.com"]`: 1, `#password[autocomplete="current-password"]`: 1, id("sidebar"): 0}},
		"register": {views.RegisterPage(page(), views.Form{}), map[string]int{`form[action="/authRegister"]`: 1, `#password[autocomplete="new-password"]`: 1}},
		"setup":    {views.SetupPage(page(), views.Form{Token: "t1"}), map[string]int{`form[action="/setup"] input[name="token"][value="t1"]`: 1}},
		"error":    {views.ErrorPage(page(), views.Failure{Status: 404, Title: "Not found", RequestID: "r1"}), map[string]int{"h1": 1, "#page": 1}},
	} {
		t.Run(name, func(t *testing.T) { wants(t, render(t, test.page), test.want) })
	}
}

// The page's policy forbids inline script and style; a single hx-on stops htmx altogether, and
// filters of hx-trigger and js: values need eval.
func TestPagesKeepThePolicy(t *testing.T) {
	running := view(question("Hi"), reply(store.StatusStreaming, "Hel"))
	running.StreamID, running.CanContinue = "s1", true
	p := page()
	p.Running, p.Demo, p.Staging = true, true, true
	p.Chats = views.ChatList{Groups: []views.ChatGroup{{Label: "Today", Chats: []store.Chat{{ID: "c1", Title: "x"}}}}, NextURL: "/chats?cursor=2"}
	for name, c := range map[string]templ.Component{
		"home": views.HomePage(p, views.ChatView{Greeting: true, Suggestions: []string{"One"}}), "chat": views.ChatPage(p, running),
		"stopped": views.ChatPage(p, view(reply(store.StatusStopped, "x"))), "login": views.LoginPage(p, views.Form{}),
		"error": views.ErrorPage(p, views.Failure{}), "toast": views.Toast(views.Failure{Title: "x"}),
	} {
		t.Run(name, func(t *testing.T) {
			render(t, c).Find("*").Each(func(_ int, e *goquery.Selection) {
				for _, a := range e.Nodes[0].Attr {
					if a.Key == "style" || strings.HasPrefix(a.Key, "on") || strings.HasPrefix(a.Key, "hx-on") || strings.HasPrefix(a.Val, "js:") || strings.HasPrefix(a.Val, "javascript:") {
						t.Errorf("<%s %s=%q>", e.Nodes[0].Data, a.Key, a.Val)
					}
					if a.Key == "hx-trigger" && strings.Contains(a.Val, "[") {
						t.Errorf("hx-trigger with a filter: %s", a.Val)
					}
				}
				if e.Is("style") || (e.Is("script") && e.AttrOr("src", "") == "") {
					t.Errorf("inline <%s>", e.Nodes[0].Data)
				}
			})
		})
	}
}

func TestPageTheme(t *testing.T) {
	for theme, dark := range map[string]int{"dark": 1, "light": 0, "system": 0, "": 0} {
		p := page()
		p.Theme = theme
		wants(t, render(t, views.HomePage(p, view())), map[string]int{"html.dark": dark})
	}
}

func TestPageRefreshesItselfOnlyWhileAReplyRuns(t *testing.T) {
	for _, running := range []bool{true, false} {
		p := page()
		p.Running = running
		got := strings.Contains(html(t, views.ChatPage(p, view())), `<noscript><meta http-equiv="refresh"`)
		if got != running {
			t.Errorf("running %v: refresh %v", running, got)
		}
	}
}

func TestFormShowsWhatWasTypedAndWhatIsWrong(t *testing.T) {
	doc := render(t, views.LoginForm(page(), views.Form{Email: "a@b", Error: "Wrong.", Hint: "Look again.", Fields: map[string]string{"email": "No address."}}))
	wants(t, doc, map[string]int{`#email[value="a@b"][aria-invalid="true"][aria-describedby="email-error"]`: 1, `#password[aria-invalid]`: 0})
	if got := strings.TrimSpace(doc.Find(`[role="alert"]`).Text()); got != "Wrong. Look again." {
		t.Errorf("alert %q", got)
	}
	if got := doc.Find("#email-error").Text(); got != "No address." {
		t.Errorf("field error %q", got)
	}
}

func TestUserMenu(t *testing.T) {
	mail := "giulia@acme.com"
	p := page()
	wants(t, render(t, views.HomePage(p, view())), map[string]int{`a[href="/loginPage"]` + id("user-nav-item-auth"): 1, `form[action="/authLogout"]`: 0})
	p.User = &store.User{ID: "u", Email: &mail, Name: "Giulia", Role: store.RoleUser, CreatedAt: time.Now()}
	doc := render(t, views.HomePage(p, view()))
	wants(t, doc, map[string]int{`form[method="post"][action="/authLogout"] ` + id("user-nav-item-auth"): 1})
	if got := doc.Find(id("user-email")).Text(); got != mail {
		t.Errorf("user %q", got)
	}
}

func TestModelPicker(t *testing.T) {
	v := view()
	v.Model = views.ModelView{ID: "b", Label: "B", All: []views.ModelOption{{ID: "a", Label: "A", Provider: "x"}, {ID: "b", Label: "B", Provider: "y"}, {ID: "c", Label: "C", Provider: "x"}}}
	doc := render(t, views.HomePage(page(), v))
	wants(t, doc, map[string]int{`select[name="model"][form="composer"] optgroup`: 2, `optgroup[label="x"] option`: 2, `option[selected][value="b"]`: 1})
	gone := v
	gone.Model.Gone, gone.Model.ID, gone.Model.Label, gone.Model.Fallback = true, "old", "", views.ModelOption{ID: "a", Label: "A"}
	doc = render(t, views.ChatPage(page(), gone))
	wants(t, doc, map[string]int{`option[selected][value=""]`: 1, id("model-gone"): 1})
	if got := doc.Find(id("model-selector") + " [data-model-name]").Text(); got != "old (not available)" {
		t.Errorf("a model that is gone is %q", got)
	}
	v.Model.All = v.Model.All[1:2]
	doc = render(t, views.HomePage(page(), v))
	wants(t, doc, map[string]int{"select": 0})
	if got := doc.Find(id("model-selector")).Text(); got != "B" {
		t.Errorf("model %q", got)
	}
}
