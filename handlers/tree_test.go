package handlers_test

import (
	"context"
	"io"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"

	"alleato/ai/model/script"
	"alleato/store"
)

func echo(r script.Request) script.Reply { return script.Say("You said " + r.Last("user")) }

func parse(t *testing.T, body string) *goquery.Document {
	t.Helper()
	doc, err := goquery.NewDocumentFromReader(strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	return doc
}

// contents are the texts of the messages of a page or a fragment.
func contents(doc *goquery.Document) string {
	return strings.Join(doc.Find(testid("message-content")).Map(func(_ int, e *goquery.Selection) string { return strings.TrimSpace(e.Text()) }), " | ")
}

// settledReply waits until no reply runs in the chat.
func (p *person) settledReply(chat string) {
	p.t.Helper()
	eventually(p.t, "the reply ends", func() bool {
		_, err := p.store.RunningStream(p.t.Context(), chat)
		return store.CodeOf(err) == store.NotFound
	})
}

// TestBranches: a question is edited and the versions are walked, by a plain form and by htmx.
func TestBranches(t *testing.T) {
	s := newSite(t, echo)
	b := s.browser()
	b.do("POST", "/chats/c/messages", url.Values{"text": {"one"}}, asPage...)
	b.settledReply("c")
	doc := parse(t, b.do("GET", "/chats/c", nil, asPage...).body)
	if doc.Find(testid("branch-position")).Length() != 0 || doc.Find(testid("message-editor")).Text() != "one" {
		t.Errorf("before an edit: %s", contents(doc))
	}
	a := b.do("POST", "/chats/c/messages", url.Values{"text": {"uno"}, "parentId": {""}}, asPart...)
	if a.status != 200 || a.header.Get("HX-Retarget") != "#messages" || a.header.Get("HX-Reswap") != "innerHTML" {
		t.Fatalf("edited: %d %v %s", a.status, a.header, a.body)
	}
	doc = parse(t, a.body)
	if got := doc.Find(testid("branch-position")).Text(); got != "2/2" || !strings.HasPrefix(contents(doc), "uno") {
		t.Errorf("edited: position %q in %s", got, a.body)
	}
	b.settledReply("c")
	previous := doc.Find(testid("branch-previous"))
	old := previous.SiblingsFiltered(`[name="headId"]`).AttrOr("value", "")
	part := b.do("PATCH", "/chats/c", url.Values{"headId": {old}}, asPart...)
	if got := contents(parse(t, part.body)); got != "one | You said one" {
		t.Errorf("the first version by htmx: %q", got)
	}
	var shown shownChat
	b.json("GET", "/chats/c", nil, &shown)
	if *shown.Chat.HeadID != shown.Messages[1].ID || store.PlainText(shown.Messages[1].Parts) != "You said one" {
		t.Errorf("the head is not the end of the branch: %+v", shown)
	}
	next := parse(t, part.body).Find(testid("branch-next")).SiblingsFiltered(`[name="headId"]`).AttrOr("value", "")
	form := b.do("POST", "/chats/c", url.Values{"_method": {"PATCH"}, "headId": {next}}, asPage...)
	if form.status != 303 || form.header.Get("Location") != "/chats/c#m-"+next {
		t.Errorf("by a form: %d %s", form.status, form.header.Get("Location"))
	}
	if got := contents(parse(t, b.do("GET", "/chats/c", nil, asPage...).body)); got != "uno | You said uno" {
		t.Errorf("the second version by a form: %q", got)
	}
	// a link to a message of the other branch shows it, and moves nothing
	linked := parse(t, b.do("GET", "/chats/c?message="+old, nil, asPage...).body)
	if got := contents(linked); got != "one | You said one" || linked.Find(`#composer [name="parentId"]`).Length() != 1 {
		t.Errorf("by a link: %q", got)
	}
	if got := contents(parse(t, b.do("GET", "/chats/c", nil, asPage...).body)); got != "uno | You said uno" {
		t.Errorf("a GET moved the head: %q", got)
	}
}

// TestContinueAfterTheLimit: a reply that the model ended at its limit goes on in the same message.
func TestContinueAfterTheLimit(t *testing.T) {
	s := newSite(t, func(r script.Request) script.Reply {
		if strings.HasPrefix(r.Last("user"), "Continue") {
			return script.Say(" and its end.")
		}
		return script.Reply{Chunks: []script.Chunk{{Text: "The beginning"}}, FinishReason: "length"}
	})
	b := s.browser()
	b.do("POST", "/chats/c/messages", url.Values{"text": {"Go"}}, asPage...)
	b.settledReply("c")
	doc := parse(t, b.do("GET", "/chats/c", nil, asPage...).body)
	if doc.Find(testid("message-continue")).Length() != 1 {
		t.Fatal("no button to continue")
	}
	b.do("POST", "/chats/c/messages", url.Values{"trigger": {"continue-message"}}, asPage...)
	b.settledReply("c")
	doc = parse(t, b.do("GET", "/chats/c", nil, asPage...).body)
	if got := contents(doc); got != "Go | The beginning and its end." || doc.Find(testid("message-continue")).Length() != 0 {
		t.Errorf("continued: %q", got)
	}
	if a := b.do("POST", "/chats/c/messages", url.Values{"trigger": {"continue-message"}}, asJSON...); a.status != 409 {
		t.Errorf("a complete reply went on: %d", a.status)
	}
}

// TestVote: given, changed and withdrawn, in the three shapes; the owner's alone.
func TestVote(t *testing.T) {
	s := newSite(t, echo)
	b := s.browser()
	b.do("POST", "/chats/c/messages", url.Values{"text": {"one"}}, asPage...)
	b.settledReply("c")
	var shown shownChat
	b.json("GET", "/chats/c", nil, &shown)
	id := shown.Messages[1].ID
	vote := "/chats/c/messages/" + id + "/vote"
	if a := b.json("PUT", vote, map[string]string{"type": "up"}, nil); a.body != `{"vote":{"chatId":"c","messageId":"`+id+`","type":"up"}}` {
		t.Errorf("JSON %s", a.body)
	}
	part := parse(t, b.do("PUT", vote, url.Values{"type": {"down"}}, asPart...).body)
	if part.Find(testid("message-downvote")+`[aria-pressed="true"]`).Length() != 1 || part.Find(testid("message-upvote")+`[aria-pressed="false"]`).Length() != 1 {
		t.Error("the fragment shows another vote")
	}
	page := parse(t, b.do("GET", "/chats/c", nil, asPage...).body)
	if page.Find(testid("message-downvote")+`[aria-pressed="true"]`).Length() != 1 {
		t.Error("the page shows another vote")
	}
	if a := b.json("GET", "/chats/c/votes", nil, nil); !strings.Contains(a.body, `"type":"down"`) {
		t.Errorf("votes %s", a.body)
	}
	if a := b.do("POST", vote, url.Values{"_method": {"DELETE"}}, asPage...); a.status != 303 || a.header.Get("Location") != "/chats/c#m-"+id {
		t.Errorf("by a form: %d %s", a.status, a.header.Get("Location"))
	}
	if a := b.json("GET", "/chats/c/votes", nil, nil); a.body != `{"votes":[]}` {
		t.Errorf("withdrawn: %s", a.body)
	}
	for body, want := range map[string]int{`{}`: 422, `{"type":"maybe"}`: 422, `{"type":1}`: 400} {
		if a := b.do("PUT", vote, raw(body), asJSON...); a.status != want {
			t.Errorf("%s: %d, want %d", body, a.status, want)
		}
	}
	b.json("PATCH", "/chats/c", map[string]string{"visibility": "public"}, nil)
	for _, method := range []string{"PUT", "DELETE"} {
		if a := s.browser().do(method, vote, map[string]string{"type": "up"}, asJSON...); a.status != 403 {
			t.Errorf("a reader's %s: %d", method, a.status)
		}
	}
	if a := s.browser().do("GET", "/chats/c/votes", nil, asJSON...); a.status != 404 {
		t.Errorf("a reader sees the votes: %d", a.status)
	}
}

// TestSharing: a reader follows a running reply of a public chat, sees none of what else there is, and is
// cut off within a second when it is private again.
func TestSharing(t *testing.T) {
	s := newSite(t, endless)
	owner, reader := s.program(), s.program()
	stream := owner.open("POST", "/api/v1/chats/c/messages", map[string]any{"text": "a secret draft", "selectedVisibilityType": "public"}, asEvents...)
	stream.Body.Close()
	owner.json("POST", "/api/v1/chats/c/stop", nil, nil)
	hidden := stream.Header.Get("X-Stream-Id")
	edited := owner.open("POST", "/api/v1/chats/c/messages", map[string]any{"text": "what is shared", "parentId": nil}, asEvents...)
	edited.Body.Close()
	// the title is the first question's until the model's comes, and is shared: a person's own stands for it
	owner.json("PATCH", "/api/v1/chats/c", map[string]string{"title": "Shared"}, nil)
	if a := reader.json("GET", "/api/v1/chats/c?tree=1", nil, nil); strings.Contains(a.body, "secret") || !strings.Contains(a.body, "what is shared") {
		t.Errorf("the reader gets %s", a.body)
	}
	if a := reader.do("GET", "/api/v1/streams/"+hidden, nil); a.status != 404 {
		t.Errorf("the stream of the hidden branch: %d", a.status)
	}
	for _, headers := range [][]string{asEvents, asPart} {
		who := reader
		path := "/api/v1/streams/"
		if headers[1] != asEvents[1] {
			who, path = s.browser(), "/streams/"
		}
		watched := who.open("GET", path+edited.Header.Get("X-Stream-Id"), nil, headers...)
		if _, err := io.ReadFull(watched.Body, make([]byte, 500)); err != nil {
			t.Fatal("not live: ", err)
		}
		owner.json("PATCH", "/api/v1/chats/c", map[string]string{"visibility": "private"}, nil)
		ended := make(chan struct{})
		go func() { defer close(ended); _, _ = io.Copy(io.Discard, watched.Body) }()
		select {
		case <-ended:
		case <-time.After(time.Second):
			t.Error("the reader's stream goes on after the chat is private")
		}
		watched.Body.Close()
		if a := who.do("GET", path[:len(path)-len("streams/")]+"chats/c", nil, asJSON...); a.status != 404 {
			t.Errorf("the chat: %d", a.status)
		}
		owner.json("PATCH", "/api/v1/chats/c", map[string]string{"visibility": "public"}, nil)
	}
	if n := s.runner.Running(); n != 1 {
		t.Errorf("%d replies run: the owner's goes on", n)
	}
}

// TestShareMenu: it is open after a change, with the link when anybody may read.
func TestShareMenu(t *testing.T) {
	s := newSite(t, echo)
	b := s.browser()
	b.do("POST", "/chats/c/messages", url.Values{"text": {"one"}}, asPage...)
	part := parse(t, b.do("PATCH", "/chats/c", url.Values{"visibility": {"public"}}, asPart...).body)
	if got := part.Find("details#share[open] "+testid("share-link")).AttrOr("value", ""); got != s.url+"/chats/c" {
		t.Errorf("link %q", got)
	}
	form := b.do("POST", "/chats/c", url.Values{"_method": {"PATCH"}, "visibility": {"private"}}, asPage...)
	if form.status != 303 || form.header.Get("Location") != "/chats/c?share=1" {
		t.Errorf("by a form: %d %v", form.status, form.header)
	}
	page := parse(t, b.do("GET", "/chats/c?share=1", nil, asPage...).body)
	if page.Find("details#share[open]").Length() != 1 || page.Find(testid("share-link")).Length() != 0 {
		t.Error("the menu of a private chat is closed, or gives a link")
	}
}

// TestDeleteUndo: one chat and all of them come back, by htmx, form and API.
func TestDeleteUndo(t *testing.T) {
	s := newSite(t, echo)
	b := s.browser()
	for _, id := range []string{"a", "b"} {
		b.do("POST", "/chats/"+id+"/messages", url.Values{"text": {"one"}}, asPage...)
		b.settledReply(id)
	}
	is := func(step string, a, z int) {
		t.Helper()
		for id, want := range map[string]int{"a": a, "b": z} {
			if got := b.do("GET", "/chats/"+id, nil, asJSON...).status; got != want {
				t.Errorf("%s: chat %s is %d, want %d", step, id, got, want)
			}
		}
	}
	toast := parse(t, b.do("DELETE", "/chats/a", nil, asPart...).body)
	is("deleted", 404, 200)
	if got := toast.Find("form").AttrOr("hx-post", ""); got != "/chats/a/restore" {
		t.Fatalf("the toast undoes by %q", got)
	}
	if a := s.browser().do("POST", "/chats/a/restore", nil, asJSON...); a.status != 404 {
		t.Errorf("a stranger restores: %d", a.status)
	}
	b.json("POST", "/chats/a/restore", nil, nil)
	is("restored", 200, 200)
	gone := b.do("POST", "/chats", url.Values{"_method": {"DELETE"}}, asPage...)
	is("all deleted", 404, 404)
	home := parse(t, b.do("GET", gone.header.Get("Location"), nil, asPage...).body)
	field := home.Find(`#toasts form[action="/chats/restore"] [name="deletedAt"]`).AttrOr("value", "")
	if a := b.do("POST", "/chats/restore", url.Values{"deletedAt": {field}}, asPage...); a.status != 303 {
		t.Fatalf("undo all: %d %s", a.status, a.body)
	}
	is("all restored", 200, 200)
	for at, want := range map[string]int{"yesterday": 422, "": 422, "2026-01-01T00:00:00Z": 404} {
		if a := b.do("POST", "/chats/restore", url.Values{"deletedAt": {at}}, asJSON...); a.status != want {
			t.Errorf("deletedAt %q: %d, want %d", at, a.status, want)
		}
	}
}

// purge destroys the deleted chats, and their files, as if the time to have them back were over.
func (s *site) purge() {
	s.t.Helper()
	_, err := s.store.Writer().NewUpdate().Table("chats").Set("deleted_at = ?", s.store.Now().Add(-store.UndoTime)).
		Where("deleted_at IS NOT NULL").Exec(s.t.Context())
	if err == nil {
		_, err = s.store.PurgeChats(s.t.Context())
	}
	if err != nil {
		s.t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(s.t.Context(), 300*time.Millisecond)
	defer cancel()
	s.server.Housekeep(ctx)
}

// TestSearchPage: the same results as page, fragment and JSON; what was said is never markup.
func TestSearchPage(t *testing.T) {
	s := newSite(t, titled("Talk", func(script.Request) script.Reply {
		return script.Say("A reply about **Torino** with <b onclick=x>bold</b> things")
	}))
	b := s.browser()
	b.do("POST", "/chats/c/messages", url.Values{"text": {"Torino, please"}}, asPage...)
	b.settledReply("c")
	var out struct{ Results []store.Result }
	b.json("GET", "/search?q=torino+bold", nil, &out)
	if len(out.Results) != 1 || out.Results[0].Type != "message" || *out.Results[0].Role != "assistant" {
		t.Fatalf("found %+v", out.Results)
	}
	for name, headers := range map[string][]string{"page": asPage, "part": asPart} {
		a := b.do("GET", "/search?q=torino+bold", nil, headers...)
		doc := parse(t, a.body)
		if doc.Find(testid("search-result")).Length() != 1 || doc.Find("mark").Length() != 2 || doc.Find("[onclick]").Length() != 0 {
			t.Errorf("%s: %s", name, a.body)
		}
		link := doc.Find(testid("search-result")).AttrOr("href", "")
		if got := contents(parse(t, b.do("GET", link[:strings.Index(link, "#")], nil, asPage...).body)); !strings.Contains(got, "Torino") {
			t.Errorf("%s leads to %q", link, got)
		}
	}
	if a := s.browser().json("GET", "/search?q=torino", nil, nil); a.body != `{"results":[]}` {
		t.Errorf("somebody else finds %s", a.body)
	}
	if a := s.browser().do("GET", "/search", nil, asPage...); a.status != 200 || !strings.Contains(a.body, `data-testid="search-input"`) {
		t.Errorf("an empty search: %d", a.status)
	}
}

// TestModelChoiceIsKept: a new chat begins with the model that its person last chose, another's does not.
func TestModelChoiceIsKept(t *testing.T) {
	s := newSite(t, titled("Talk", echo))
	b := s.browser()
	chosen := func(p *person, path string) string {
		return parse(t, p.do("GET", path, nil, asPage...).body).Find("select[name=model] option[selected]").AttrOr("value", "")
	}
	if got := chosen(b, "/"); got != "fast" {
		t.Fatalf("the first model is %q", got)
	}
	b.do("POST", "/chats/c/messages", url.Values{"text": {"one"}, "model": {"smart"}}, asPage...)
	b.settledReply("c")
	if home, chat, other := chosen(b, "/"), chosen(b, "/chats/c"), chosen(s.browser(), "/"); home != "smart" || chat != "smart" || other != "fast" {
		t.Errorf("new chat %q, the chat %q, somebody else %q", home, chat, other)
	}
}

// TestSharingAudit: that a chat became readable for others is noted, once, and that it is no longer.
func TestSharingAudit(t *testing.T) {
	s := newSite(t, echo)
	p := s.program()
	p.json("POST", "/api/v1/chats", map[string]string{"id": "a", "visibility": "public"}, nil)
	p.json("POST", "/api/v1/chats/b/messages", map[string]string{"text": "x", "selectedVisibilityType": "public"}, nil)
	for _, visibility := range []string{"private", "private", "public"} {
		p.json("PATCH", "/api/v1/chats/a", map[string]string{"visibility": visibility}, nil)
	}
	p.json("PATCH", "/api/v1/chats/a", map[string]string{"title": "x"}, nil)
	var got []string
	err := s.store.Reader().NewSelect().Table("audit").ColumnExpr("action || ' ' || subject").Where("subject <> ''").OrderExpr("id").Scan(t.Context(), &got)
	if want := "share a,share b,unshare a,share a"; err != nil || strings.Join(got, ",") != want {
		t.Errorf("audit: %v, %v", got, err)
	}
}
