package views_test

import (
	"strings"
	"testing"
	"time"

	"github.com/a-h/templ"

	"alleato/store"
	"alleato/views"
	"alleato/views/markdown"
)

// TestKept: whatever changes in a chat or its messages, the page from memory is the page that is made anew.
func TestKept(t *testing.T) {
	id, other, now, tokens := "one", "two", time.Now(), 7
	question := store.Message{ID: "q", ChatID: "c", Role: "user", Status: store.StatusComplete, Parts: []store.Part{{Type: "text", Text: "Hi"}}}
	answer := store.Message{ID: "a", ChatID: "c", ParentID: &id, Role: "assistant", Status: store.StatusComplete, Parts: []store.Part{{Type: "text", Text: "Hello"}}}
	chat := store.Chat{ID: "c", Title: "A chat"}
	type page struct {
		p    views.Page
		v    views.ChatView
		chat store.Chat
		q, a store.Message
	}
	render := func(r *markdown.Renderer, s page) string {
		s.p.Markdown = r
		s.p.Links = func(name string, args ...string) string { return "/" + name + "/" + strings.Join(args, "/") }
		s.v.Chat = &s.chat
		s.v.Show([]store.Message{s.q, s.a})
		var b strings.Builder
		list := views.ChatList{Groups: []views.ChatGroup{{Label: "Today", Chats: []store.Chat{s.chat}}}}
		for _, c := range []templ.Component{views.Conversation(s.p, s.v), views.SidebarChats(s.p, list)} {
			if err := c.Render(t.Context(), &b); err != nil {
				t.Fatal(err)
			}
		}
		return b.String()
	}
	memory := markdown.New(markdown.Options{})
	base := page{q: question, a: answer, chat: chat, v: views.ChatView{CanContinue: true}}
	first := render(memory, base)
	if again := render(memory, base); again != first || first == "" {
		t.Error("the second page differs")
	}
	for name, change := range map[string]func(*page){
		"read only": func(s *page) { s.v.ReadOnly = true }, "no continue": func(s *page) { s.v.CanContinue, s.a.Status = false, store.StatusStopped },
		"upvote": func(s *page) { s.v.Votes = map[string]bool{"a": true} }, "downvote": func(s *page) { s.v.Votes = map[string]bool{"a": false} },
		"fork": func(s *page) { s.v.Forks = map[string][]string{"a": {"a", "b"}} }, "other fork": func(s *page) { s.v.Forks = map[string][]string{"a": {"b", "a"}} },
		"three": func(s *page) { s.v.Forks = map[string][]string{"a": {"b", "a", "d"}} }, "of the question": func(s *page) { s.v.Forks = map[string][]string{"q": {"x", "q"}} },
		"stopped": func(s *page) { s.a.Status = store.StatusStopped }, "at limit": func(s *page) { s.a.FinishReason = "length" },
		"failed": func(s *page) { s.a.Status, s.a.Error = store.StatusFailed, &store.MessageError{Message: "no"} },
		"model":  func(s *page) { s.a.Model = &other }, "usage": func(s *page) { s.a.Usage = store.Usage{InputTokens: &tokens, OutputTokens: &tokens} },
		"text": func(s *page) { s.q.Parts = []store.Part{{Type: "text", Text: "Ho"}} }, "no text": func(s *page) { s.a.Parts = nil },
		"file": func(s *page) {
			s.q.Parts = append([]store.Part{{Type: "file", Filename: "x.txt", FileID: "f", URL: "/f"}}, s.q.Parts...)
		},
		"parent": func(s *page) { s.q.ParentID = &other }, "chat": func(s *page) { s.q.ChatID, s.a.ChatID = "d", "d" }, "id": func(s *page) { s.q.ID, s.a.ID = "q2", "a2" },
		"title": func(s *page) { s.chat.Title = "Another" }, "pinned": func(s *page) { s.chat.PinnedAt = &now }, "running": func(s *page) { s.chat.StreamID = &id },
		"shown": func(s *page) { s.p.ChatID = "c" }, "row": func(s *page) { s.chat.ID = "e" }, "role": func(s *page) { s.a.Role = "user" },
	} {
		changed := base
		change(&changed)
		got, want := render(memory, changed), render(markdown.New(markdown.Options{}), changed)
		if got != want {
			t.Errorf("%s: the page from memory differs from a new one", name)
		}
		if got == first {
			t.Errorf("%s: nothing changed: this tests nothing", name)
		}
	}
}
