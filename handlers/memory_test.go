package handlers_test

import (
	"fmt"
	"net/url"
	"strings"
	"sync"
	"testing"

	"alleato/ai/model/script"
)

// TestMemory: of a conversation longer than the model's window (8,192 tokens here) the newest messages
// that fit are sent, beginning with a question, and the page says where that is.
func TestMemory(t *testing.T) {
	var mu sync.Mutex
	var sent []script.Message
	s := newSite(t, titled("Talk", func(r script.Request) script.Reply {
		mu.Lock()
		defer mu.Unlock()
		sent = r.Messages
		return script.Say("Noted.")
	}))
	b := s.browser()
	ask := func(i, words int) {
		t.Helper()
		text := fmt.Sprintf("Question %d. %s", i, strings.Repeat("one ", words)) // a token a word
		b.do("POST", "/chats/c/messages", url.Values{"text": {text}}, asPage...)
		b.settledReply("c")
	}
	for i := range 3 {
		ask(i, 1500)
	}
	mu.Lock()
	if len(sent) != 6 {
		t.Errorf("%d messages were sent while all fit, want 6", len(sent))
	}
	mu.Unlock()
	if page := parse(t, b.do("GET", "/chats/c", nil, asPage...).body); page.Find("#messages #memory-start").Length() != 0 {
		t.Error("the page says that something was forgotten")
	}
	ask(3, 1500)
	mu.Lock()
	if len(sent) != 6 || sent[0].Role != "system" || !strings.HasPrefix(sent[1].Text, "Question 1.") || !strings.HasPrefix(sent[5].Text, "Question 3.") {
		t.Errorf("%d messages were sent, the second %.20q", len(sent), sent[1].Text)
	}
	mu.Unlock()
	page := parse(t, b.do("GET", "/chats/c", nil, asPage...).body)
	if next := page.Find("#messages #memory-start").Next().Find(testid("message-content")).Text(); !strings.HasPrefix(next, "Question 1.") {
		t.Errorf("the page says that memory begins at %.20q", next)
	}
	ask(4, 9000) // longer than the window: sent all the same, alone
	mu.Lock()
	defer mu.Unlock()
	if len(sent) != 2 || !strings.HasPrefix(sent[1].Text, "Question 4.") {
		t.Errorf("%d messages were sent with a question that fills the window", len(sent))
	}
}
