package store_test

import (
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"alleato/store"
	"alleato/store/storetest"
)

// try takes a turn, and gives its next delivery the outcome.
func try(t testing.TB, s *store.Store, w *store.Webhook, o store.Outcome) {
	t.Helper()
	turn, err := s.TakeTurn(ctx(t), w.ID)
	must(t, err)
	d, err := s.NextDelivery(ctx(t), turn)
	must(t, err)
	must(t, s.FinishTry(ctx(t), turn, d, o))
	must(t, s.EndTurn(ctx(t), turn))
}

// due says whether something is to be delivered to the webhook now.
func due(t testing.TB, s *store.Store, w *store.Webhook) bool {
	t.Helper()
	all, err := s.WaitingWebhooks(ctx(t), 100)
	must(t, err)
	for _, one := range all {
		if one.ID == w.ID {
			return true
		}
	}
	return false
}

// TestRetries: a delivery that fails is tried again, each time later, for about a day.
func TestRetries(t *testing.T) {
	c := newClock()
	storetest.EachAt(t, c.now, func(t *testing.T, s *store.Store) {
		u := register(t, s, "ada")
		w := hook(t, s, u, store.EventReplyFinished)
		finish(t, s, start(t, s, u, "Hello"), "Hi")
		begun, before := s.Now(), time.Duration(0)
		for i := range store.MaxTries() {
			if !due(t, s, w) {
				t.Fatalf("try %d is not due", i+1)
			}
			try(t, s, w, store.Outcome{Code: 500, Fault: "It answered 500.", Answer: strings.Repeat("é", 2000), Took: 30 * time.Millisecond})
			d := log(t, s, w)[0]
			if d.Tries != i+1 || *d.Code != 500 || *d.Fault != "It answered 500." || *d.TookMS != 30 || len(*d.Answer) > 1026 || d.TriedAt == nil {
				t.Fatalf("after try %d: %+v", i+1, d)
			}
			if i == store.MaxTries()-1 {
				break
			}
			if d.Status != store.DeliveryPending || due(t, s, w) {
				t.Fatalf("after try %d: %s", i+1, d.Status)
			}
			pause := d.NextTryAt.Sub(s.Now())
			if pause < 4*time.Second || pause*5 < before*3 { // never much shorter than the one before
				t.Errorf("pause %s after %s", pause, before)
			}
			c.advance(pause - time.Millisecond)
			if due(t, s, w) {
				t.Errorf("try %d is too early", i+2)
			}
			c.advance(time.Millisecond)
			before = pause
		}
		if took := s.Now().Sub(begun); took < 18*time.Hour || took > 30*time.Hour {
			t.Errorf("given up after %s", took)
		}
		if d := log(t, s, w)[0]; d.Status != store.DeliveryFailed || d.FinishedAt == nil || d.NextTryAt != nil || due(t, s, w) {
			t.Errorf("at the end: %+v", d)
		}

		again, err := s.Redeliver(ctx(t), u.ID, w.ID, log(t, s, w)[0].ID)
		must(t, err)
		first := log(t, s, w)[0]
		if again.MessageID != first.MessageID || again.ID == first.ID || again.Body != first.Body {
			t.Errorf("sent again: %+v after %+v", again, first)
		}
		try(t, s, w, store.Outcome{Code: 204})
		if d := log(t, s, w)[1]; d.Status != store.DeliveryDelivered || d.Fault != nil || d.FinishedAt == nil {
			t.Errorf("delivered: %+v", d)
		}
		if got, err := s.Webhook(ctx(t), u.ID, w.ID); err != nil || !got.Active || got.FailingSince != nil {
			t.Errorf("after success: %+v %v", got, err)
		}
	})
}

// TestOneServerDelivers: of many that look, one has the turn; a dead one's ends, and what it says later counts for nothing.
func TestOneServerDelivers(t *testing.T) {
	c := newClock()
	storetest.EachAt(t, c.now, func(t *testing.T, s *store.Store) {
		u := register(t, s, "ada")
		w := hook(t, s, u, store.EventReplyFinished)
		finish(t, s, start(t, s, u, "Hello"), "Hi")
		var got atomic.Pointer[store.Turn]
		var wg sync.WaitGroup
		var n atomic.Int64
		for range 8 {
			wg.Go(func() {
				turn, err := s.TakeTurn(t.Context(), w.ID)
				if err == nil {
					n.Add(1)
					got.Store(turn)
				} else if store.CodeOf(err) != store.Conflict {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if n.Load() != 1 || due(t, s, w) {
			t.Fatalf("%d have the turn", n.Load())
		}
		c.advance(2 * time.Minute) // it died
		if !due(t, s, w) {
			t.Fatal("the turn does not end")
		}
		d, err := s.NextDelivery(ctx(t), got.Load())
		must(t, err)
		try(t, s, w, store.Outcome{Code: 200})
		wantCode(t, s.FinishTry(ctx(t), got.Load(), d, store.Outcome{Fault: "late"}), store.Conflict)
		if all := log(t, s, w); len(all) != 1 || all[0].Status != store.DeliveryDelivered {
			t.Errorf("%+v", all)
		}
	})
}

// TestChangedInTurn: what is left of a turn goes to the address that the owner has put there meanwhile.
func TestChangedInTurn(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		u := register(t, s, "ada")
		w := hook(t, s, u, store.EventReplyFinished)
		finish(t, s, start(t, s, u, "Hello"), "Hi")
		turn, err := s.TakeTurn(ctx(t), w.ID)
		must(t, err)
		_, err = s.UpdateWebhook(ctx(t), u.ID, w.ID, store.WebhookPatch{URL: ptr("https://other.example/hook")})
		must(t, err)
		if _, err := s.NextDelivery(ctx(t), turn); err != nil || turn.URL != "https://other.example/hook" {
			t.Errorf("it goes to %s, %v", turn.URL, err)
		}
		must(t, s.DeleteWebhook(ctx(t), u.ID, w.ID))
		_, err = s.NextDelivery(ctx(t), turn)
		wantCode(t, err, store.NotFound)
	})
}

// TestSwitchedOff: by 410 at once, by days of failure with a note; what waits then is given up, and the owner can begin anew.
func TestSwitchedOff(t *testing.T) {
	c := newClock()
	storetest.EachAt(t, c.now, func(t *testing.T, s *store.Store) {
		u := register(t, s, "ada")
		gone, broken := hook(t, s, u, store.EventReplyFinished), hook(t, s, u, store.EventReplyFinished)
		finish(t, s, start(t, s, u, "Hello"), "Hi")
		finish(t, s, start(t, s, u, "Hello"), "Hi")
		try(t, s, gone, store.Outcome{Code: 410, Fault: "It answered 410."})
		off, err := s.Webhook(ctx(t), u.ID, gone.ID)
		must(t, err)
		if off.Active || off.Note == nil || !strings.Contains(*off.Note, "410") || due(t, s, gone) {
			t.Errorf("gone: %+v", off)
		}
		for _, d := range log(t, s, gone) {
			if d.Status != store.DeliveryFailed {
				t.Errorf("still %s", d.Status)
			}
		}
		_, err = s.TestWebhook(ctx(t), u.ID, gone.ID)
		wantCode(t, err, store.Conflict)
		yes := true
		on, err := s.UpdateWebhook(ctx(t), u.ID, gone.ID, store.WebhookPatch{Active: &yes})
		must(t, err)
		if !on.Active || on.Note != nil {
			t.Errorf("on again: %+v", on)
		}

		for days := 0; ; days++ {
			got, err := s.Webhook(ctx(t), u.ID, broken.ID)
			must(t, err)
			if !got.Active {
				if days < 3 || days > 4 || got.Note == nil || !strings.Contains(*got.Note, "3 days") || !strings.Contains(*got.Note, "No answer.") {
					t.Errorf("after %d days: %v", days, got.Note)
				}
				break
			}
			if days > 5 {
				t.Fatal("it is never switched off")
			}
			finish(t, s, start(t, s, u, "Hello"), "Hi")
			try(t, s, broken, store.Outcome{Fault: "No answer."})
			c.advance(24 * time.Hour)
		}
		_, err = s.TestWebhook(ctx(t), u.ID, gone.ID) // a failed test is not what switches it off
		must(t, err)
		test := log(t, s, gone)
		finish(t, s, start(t, s, u, "Hello"), "Hi")
		for due(t, s, gone) {
			try(t, s, gone, store.Outcome{Code: 200})
		}
		if len(test) == 0 {
			t.Error("nothing was tested")
		}
		must(t, s.DisableUser(ctx(t), u.ID))
		if _, err := s.UpdateWebhook(ctx(t), u.ID, broken.ID, store.WebhookPatch{Active: &yes}); err != nil || due(t, s, broken) || due(t, s, gone) {
			t.Errorf("a disabled account's: %v", err)
		}
	})
}

// TestLogIsSwept: the last hundred of each, a month at most; what is behind without hope is switched off.
func TestLogIsSwept(t *testing.T) {
	c := newClock()
	storetest.EachAt(t, c.now, func(t *testing.T, s *store.Store) {
		u := register(t, s, "ada")
		w, behind := hook(t, s, u, store.EventReplyFinished), hook(t, s, u, store.EventDocumentChanged)
		fill := func(of *store.Webhook, status string, n int) {
			rows := make([]store.Delivery, n)
			for i := range rows {
				rows[i] = store.Delivery{ID: store.NewID(), WebhookID: of.ID, MessageID: "m", Event: "test", Body: "{}", Status: status, DueAt: s.Now(), CreatedAt: s.Now()}
			}
			_, err := s.Writer().NewInsert().Model(&rows).Exec(ctx(t))
			must(t, err)
		}
		fill(w, store.DeliveryDelivered, 130)
		fill(w, store.DeliveryPending, 10)
		fill(behind, store.DeliveryPending, 5001)
		must(t, s.SweepDeliveries(ctx(t)))
		if n := count(t, s, "webhook_deliveries"); n != 210 {
			t.Errorf("%d are kept", n)
		}
		if got, err := s.Webhook(ctx(t), u.ID, behind.ID); err != nil || got.Active || got.Note == nil {
			t.Errorf("behind: %+v %v", got, err)
		}
		c.advance(31 * 24 * time.Hour)
		must(t, s.SweepDeliveries(ctx(t)))
		if n := count(t, s, "webhook_deliveries"); n != 0 {
			t.Errorf("%d are kept for ever", n)
		}
	})
}
