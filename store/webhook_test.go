package store_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"alleato/store"
	"alleato/store/storetest"
)

func hook(t testing.TB, s *store.Store, u *store.User, events ...string) *store.Webhook {
	t.Helper()
	w := &store.Webhook{URL: "https://example.com/hook", Events: events}
	must(t, s.CreateWebhook(ctx(t), u, w))
	return w
}

// log reads a webhook's deliveries, the oldest first.
func log(t testing.TB, s *store.Store, w *store.Webhook) []store.Delivery {
	t.Helper()
	all, err := s.Deliveries(ctx(t), w.UserID, w.ID)
	must(t, err)
	for i, j := 0, len(all)-1; i < j; i, j = i+1, j-1 {
		all[i], all[j] = all[j], all[i]
	}
	return all
}

// body reads what a delivery says.
func body[T any](t testing.TB, d store.Delivery) (data T) {
	t.Helper()
	var e struct {
		Type      string
		Timestamp time.Time
		Data      json.RawMessage
	}
	must(t, json.Unmarshal([]byte(d.Body), &e))
	if e.Type != d.Event || e.Timestamp.IsZero() {
		t.Errorf("the body of %s is %s", d.Event, d.Body)
	}
	must(t, json.Unmarshal(e.Data, &data))
	return data
}

func TestWebhookRules(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		u, other := register(t, s, "ada"), register(t, s, "eve")
		wantCode(t, s.CreateWebhook(ctx(t), guest(s), &store.Webhook{URL: "https://example.com", Events: store.WebhookEvents()}), store.Forbidden)
		for _, url := range []string{"", "example.com", "ftp://example.com", "https://", "https://ada:pass@example.com", "https:example.com",
			"https://example.com/" + strings.Repeat("x", 2048), "javascript:alert(1)", "http://[::1"} {
			wantField(t, s.CreateWebhook(ctx(t), u, &store.Webhook{URL: url, Events: store.WebhookEvents()}), store.Invalid, "url")
		}
		wantField(t, s.CreateWebhook(ctx(t), u, &store.Webhook{URL: "https://example.com"}), store.Invalid, "events")
		wantField(t, s.CreateWebhook(ctx(t), u, &store.Webhook{URL: "https://example.com", Events: []string{"chat.read"}}), store.Invalid, "events")
		w := hook(t, s, u, store.EventReplyFinished)
		if !strings.HasPrefix(w.Secret, "whsec_") || len(w.Secret) != len("whsec_")+44 || !w.Active {
			t.Errorf("made %+v", w)
		}
		_, err := s.Webhook(ctx(t), other.ID, w.ID)
		wantCode(t, err, store.NotFound)
		_, err = s.UpdateWebhook(ctx(t), other.ID, w.ID, store.WebhookPatch{})
		wantCode(t, err, store.NotFound)
		_, err = s.RotateWebhookSecret(ctx(t), other.ID, w.ID)
		wantCode(t, err, store.NotFound)
		_, err = s.Deliveries(ctx(t), other.ID, w.ID)
		wantCode(t, err, store.NotFound)
		_, err = s.TestWebhook(ctx(t), other.ID, w.ID)
		wantCode(t, err, store.NotFound)
		wantCode(t, s.DeleteWebhook(ctx(t), other.ID, w.ID), store.NotFound)

		turned, err := s.RotateWebhookSecret(ctx(t), u.ID, w.ID)
		must(t, err)
		if got := turned.Secrets(s.Now()); len(got) != 2 || got[0] == w.Secret || got[1] != w.Secret {
			t.Errorf("secrets %q after %q", got, w.Secret)
		}
		if got := turned.Secrets(s.Now().Add(store.OldSecretTime)); len(got) != 1 {
			t.Errorf("a day later there are %d secrets", len(got))
		}
		for range store.MaxWebhooks - 1 {
			hook(t, s, u, store.EventReplyFinished)
		}
		wantCode(t, s.CreateWebhook(ctx(t), u, &store.Webhook{URL: "https://example.com", Events: store.WebhookEvents()}), store.Conflict)
		must(t, s.DeleteWebhook(ctx(t), u.ID, w.ID))
		hook(t, s, u, store.EventReplyFinished)
		must(t, s.DeleteUser(ctx(t), u.ID))
		if n := count(t, s, "webhooks"); n != 0 {
			t.Errorf("%d webhooks outlived their owner", n)
		}
	})
}

// TestReplyFinishedIsTold: every ending, in the transaction that ends the reply, and to those who asked alone.
func TestReplyFinishedIsTold(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		u, other := register(t, s, "ada"), register(t, s, "eve")
		w, deaf, foreign := hook(t, s, u, store.EventReplyFinished), hook(t, s, u, store.EventDocumentChanged), hook(t, s, other, store.EventReplyFinished)
		r := start(t, s, u, "Hello")
		finish(t, s, r, "Hi")
		tokens := 7
		stopped := start(t, s, u, "Hello")
		must(t, s.FinishReply(ctx(t), store.Finish{StreamID: stopped.Stream.ID, ChatID: stopped.Chat.ID, MessageID: stopped.Answer.ID, Status: store.StatusStopped,
			Usage: store.Usage{OutputTokens: &tokens}}))
		failed := start(t, s, u, "Hello")
		must(t, s.FinishReply(ctx(t), store.Finish{StreamID: failed.Stream.ID, ChatID: failed.Chat.ID, MessageID: failed.Answer.ID, Status: store.StatusFailed,
			Error: &store.MessageError{Code: "unavailable", Message: "No answer."}}))
		cut := start(t, s, u, "Hello")
		n, err := s.InterruptStreams(ctx(t), "", 0)
		must(t, err)
		if n != 1 {
			t.Fatalf("%d were interrupted", n)
		}
		all := log(t, s, w)
		if len(all) != 4 {
			t.Fatalf("%d were told of", len(all))
		}
		for i, want := range []*store.Reply{r, stopped, failed, cut} {
			got := body[store.ReplyFinished](t, all[i])
			status := []string{"complete", "stopped", "failed", "interrupted"}[i]
			if got.ChatID != want.Chat.ID || got.MessageID != want.Answer.ID || got.Status != status || got.FinishedAt.IsZero() {
				t.Errorf("%d: %s", i, all[i].Body)
			}
			if strings.Contains(all[i].Body, "Hello") || strings.Contains(all[i].Body, "Hi") {
				t.Errorf("the conversation is told of: %s", all[i].Body)
			}
		}
		if got := body[store.ReplyFinished](t, all[1]); got.Usage.OutputTokens == nil || *got.Usage.OutputTokens != 7 {
			t.Errorf("usage in %s", all[1].Body)
		}
		if got := body[store.ReplyFinished](t, all[2]); got.Error == nil || got.Error.Code != "unavailable" {
			t.Errorf("error in %s", all[2].Body)
		}
		// an ending that is refused is told of no second time
		wantCode(t, s.FinishReply(ctx(t), store.Finish{StreamID: r.Stream.ID, ChatID: r.Chat.ID, MessageID: r.Answer.ID, Status: store.StatusFailed}), store.Conflict)
		if a, b, c := len(log(t, s, w)), len(log(t, s, deaf)), len(log(t, s, foreign)); a != 4 || b != 0 || c != 0 {
			t.Errorf("told %d, %d, %d times", a, b, c)
		}
	})
}

// TestDocumentChangedIsTold: a version at once, autosaves when the document has been left alone, what the assistant writes at its end.
func TestDocumentChangedIsTold(t *testing.T) {
	c := newClock()
	storetest.EachAt(t, c.now, func(t *testing.T, s *store.Store) {
		u := register(t, s, "ada")
		w := hook(t, s, u, store.EventDocumentChanged)
		d := newDocument(t, s, u, store.KindText, "Plan", "one")
		d = save(t, s, d, "two", false)
		if all := log(t, s, w); len(all) != 2 || body[store.DocumentChanged](t, all[1]).Version != 2 || body[store.DocumentChanged](t, all[0]).Author != "user" {
			t.Fatalf("told %+v", all)
		}
		first := s.Now()
		for i := range 3 { // the last is all that is told of
			d = save(t, s, d, "three"+strings.Repeat("!", i), true)
			c.advance(10 * time.Second)
		}
		all := log(t, s, w)
		if len(all) != 3 {
			t.Fatalf("%d are told of", len(all))
		}
		last := body[store.DocumentChanged](t, all[2])
		if last.Version != d.Version || !last.Autosave || !all[2].DueAt.Equal(first.Add(20*time.Second+store.AutosaveQuiet)) {
			t.Errorf("waiting %+v", all[2])
		}
		if waiting, err := s.WaitingWebhooks(ctx(t), 10); err != nil || len(waiting) != 1 {
			t.Errorf("waiting %v %v", waiting, err)
		}
		for range 70 { // who goes on writing is told of in the end
			d = save(t, s, d, "more", true)
			c.advance(10 * time.Second)
		}
		if all = log(t, s, w); len(all) < 4 || len(all) > 5 {
			t.Errorf("%d are told of after twelve minutes", len(all))
		}
		d = save(t, s, d, "done", true)
		before := len(log(t, s, w))
		d = save(t, s, d, "done!", false) // takes the place of the autosave that waits
		if all = log(t, s, w); len(all) != before || all[len(all)-1].DueAt.After(s.Now()) || body[store.DocumentChanged](t, all[len(all)-1]).Autosave {
			t.Errorf("the save: %d, %+v", len(all)-before, all[len(all)-1])
		}

		r := start(t, s, u, "Write it anew")
		before = len(log(t, s, w))
		written, err := s.BeginVersion(ctx(t), u.ID, d.ID, r.Answer.ID, r.Stream.ID, "")
		must(t, err)
		if n := len(log(t, s, w)); n != before {
			t.Error("what is being written is told of")
		}
		must(t, s.EndVersion(ctx(t), store.Writing{DocumentID: d.ID, StreamID: r.Stream.ID, Version: written.Version, Content: "anew"}))
		all = log(t, s, w)
		if got := body[store.DocumentChanged](t, all[len(all)-1]); len(all) != before+1 || got.Author != "assistant" || got.Version != written.Version || got.MessageID == nil || *got.MessageID != r.Answer.ID {
			t.Errorf("the assistant's: %d more, %s", len(all)-before, all[len(all)-1].Body)
		}
		_, err = s.BeginVersion(ctx(t), u.ID, d.ID, r.Answer.ID, r.Stream.ID, "")
		must(t, err)
		finish(t, s, r, "Cut off while writing")
		if n := len(log(t, s, w)); n != before+2 {
			t.Errorf("a version that was cut off is told of %d times", n-before-1)
		}
		if _, err := s.RestoreVersion(ctx(t), u.ID, d.ID, d.Version); err != nil || len(log(t, s, w)) != before+3 {
			t.Errorf("a restored version: %v", err)
		}
	})
}
