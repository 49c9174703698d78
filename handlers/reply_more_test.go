package handlers_test

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"alleato/ai/model/script"
	"alleato/store"
)

// TestTitle: the placeholder comes at once, the model's title when it is written, a rename wins.
func TestTitle(t *testing.T) {
	s := newSite(t, func(r script.Request) script.Reply {
		if strings.HasPrefix(r.Last("system"), "Write a title") {
			return saying(30*time.Millisecond, `"Sea `, `Haiku"`)
		}
		return saying(20*time.Millisecond, manyWords(20)...)
	})
	p := s.program()
	a := p.do("POST", "/api/v1/chats/c/messages", send("Write a haiku about the sea"), asEvents...)
	if !strings.Contains(a.body, `{"type":"data-title","data":{"chatId":"c","title":"Sea Haiku"}}`) {
		t.Errorf("no title in %s", a.body)
	}
	var shown shownChat
	p.json("GET", "/api/v1/chats/c", nil, &shown)
	if shown.Chat.Title != "Sea Haiku" {
		t.Errorf("title %q", shown.Chat.Title)
	}
}

// TestContinue: a reply that was stopped goes on in the same message, from its kept text, under a log
// that begins with it.
func TestContinue(t *testing.T) {
	whole := strings.Join(manyWords(60), "")
	s := newSite(t, func(r script.Request) script.Reply {
		if strings.HasPrefix(r.Last("user"), "Continue") {
			rest, found := strings.CutPrefix(whole, r.Last("assistant"))
			if !found {
				return script.Say("the kept text was not sent")
			}
			return script.Say(rest)
		}
		return saying(10*time.Millisecond, manyWords(60)...)
	})
	p := s.program()
	response := p.open("POST", "/api/v1/chats/c/messages", send("Go"), asEvents...)
	defer response.Body.Close()
	time.Sleep(200 * time.Millisecond)
	p.json("POST", "/api/v1/chats/c/stop", nil, nil)
	var stopped, shown shownChat
	p.json("GET", "/api/v1/chats/c", nil, &stopped)
	a := p.do("POST", "/api/v1/chats/c/messages", map[string]any{"trigger": "continue-message"}, asEvents...)
	list := chunks(t, a.body)
	if got := textOf(list, "text"); got != whole {
		t.Errorf("the new log says %q", got)
	}
	p.json("GET", "/api/v1/chats/c?tree=1", nil, &shown)
	if len(shown.Messages) != 2 || shown.Messages[1].ID != stopped.Messages[1].ID || list[0].MessageID != stopped.Messages[1].ID {
		t.Fatalf("not the same message: %+v", shown.Messages)
	}
	if m := shown.Messages[1]; m.Status != "complete" || m.Error != nil || store.PlainText(m.Parts) != whole || len(m.Parts) != 2 {
		t.Errorf("saved %s %q", m.Status, store.PlainText(m.Parts))
	}
	if again := p.do("POST", "/api/v1/chats/c/messages", map[string]any{"trigger": "continue-message"}, asEvents...); again.status != 409 {
		t.Errorf("a complete reply went on: %d", again.status)
	}
}

// TestUnsavedEnding: a reply that ends while the database cannot be written is saved when it can.
func TestUnsavedEnding(t *testing.T) {
	t.Parallel()
	s := newSite(t, func(script.Request) script.Reply { return saying(20*time.Millisecond, manyWords(20)...) })
	p := s.program()
	response := p.open("POST", "/api/v1/chats/c/messages", send("Go"), asEvents...)
	defer response.Body.Close()
	tx, err := s.store.Writer().BeginTx(t.Context(), nil) // SQLite has one writer: nobody else writes now
	if err != nil {
		t.Fatal(err)
	}
	time.Sleep(6 * time.Second) // past the first try's own time limit
	if err := tx.Rollback(); err != nil {
		t.Fatal(err)
	}
	var shown shownChat
	eventually(t, "the reply is saved", func() bool {
		p.json("GET", "/api/v1/chats/c?tree=1", nil, &shown)
		return shown.Messages[1].Status == "complete"
	})
	if got := store.PlainText(shown.Messages[1].Parts); got != strings.Join(manyWords(20), "") {
		t.Errorf("saved %q", got)
	}
}

// TestRefusedForm: without a script a refused message comes back in its form, in a new chat and in an
// old one.
func TestRefusedForm(t *testing.T) {
	s := newSite(t, say("x"))
	b := s.browser()
	for _, chat := range []string{"fresh", "old"} {
		if chat == "old" {
			b.do("POST", "/chats/old/messages", url.Values{"text": {"Hi"}}, asPage...)
		}
		a := b.do("POST", "/chats/"+chat+"/messages", url.Values{"text": {"My long thoughts"}, "model": {"gone"}}, asPage...)
		if a.status != 422 || !strings.Contains(a.body, ">My long thoughts</textarea>") || !strings.Contains(a.body, "There is no model") {
			t.Errorf("%s: %d %.300s", chat, a.status, a.body)
		}
	}
}

// TestKeyWithoutID: one key and no chat id make one chat, however often it is sent.
func TestKeyWithoutID(t *testing.T) {
	s := newSite(t, say("Once"))
	p := s.program()
	key := append([]string{"Idempotency-Key", "k"}, asEvents...)
	first, second := p.do("POST", "/api/v1/chats", send("Hi"), key...), p.do("POST", "/api/v1/chats", send("Hi"), key...)
	if a, b := first.header.Get("X-Stream-Id"), second.header.Get("X-Stream-Id"); a != b || a == "" {
		t.Errorf("%d %q, %d %q", first.status, a, second.status, b)
	}
}
