package store

import (
	"context"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/uptrace/bun"
)

const (
	// turnTime is how long a server that falls silent keeps others from a webhook; one try takes far less.
	turnTime = time.Minute
	// failureTime is for how long nothing may come through before a webhook is switched off.
	failureTime = 3 * 24 * time.Hour
	maxAnswer   = 1 << 10
)

// retries are the pauses between the tries of a delivery, a day in all; each is made up to a fifth shorter or longer,
// so that what failed together does not come again together.
func retries() []time.Duration {
	return []time.Duration{5 * time.Second, 30 * time.Second, 2 * time.Minute, 10 * time.Minute, 30 * time.Minute,
		time.Hour, 2 * time.Hour, 4 * time.Hour, 8 * time.Hour, 8 * time.Hour}
}

// MaxTries is how often a delivery is tried.
func MaxTries() int { return len(retries()) + 1 }

// Turn is a server's right to deliver to a webhook, which no other server has meanwhile.
type Turn struct {
	Webhook
	token string
}

// Waiting is a webhook with something to deliver.
type Waiting struct{ ID, UserID string }

// WaitingWebhooks are those that something is due for and that nobody delivers to just now. Whose last turn is the
// longest ago comes first.
func (s *Store) WaitingWebhooks(ctx context.Context, limit int) (all []Waiting, err error) {
	now := s.Now()
	err = s.read(ctx, func(ctx context.Context) error {
		return s.reader.NewSelect().TableExpr("webhooks AS w").Column("w.id", "w.user_id").
			Join("JOIN users AS u ON u.id = w.user_id AND u.disabled_at IS NULL AND u.role <> 'guest'").
			Where("w.active AND (w.leased_until IS NULL OR w.leased_until < ?)", now).
			Where("w.id IN (SELECT d.webhook_id FROM webhook_deliveries AS d WHERE d.status = 'pending' AND d.due_at <= ?)", now).
			OrderExpr("w.turn_at, w.id").Limit(int64(limit)).Scan(ctx, &all)
	})
	return all, err
}

// TakeTurn begins to deliver to a webhook. Of several servers one gets it, the others Conflict.
func (s *Store) TakeTurn(ctx context.Context, hookID string) (*Turn, error) {
	now, t := s.Now(), &Turn{token: NewID()}
	err := s.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		err := must(Errorf(Conflict, "Somebody else delivers to this webhook."))(tx.NewUpdate().Table("webhooks").
			Set("lease = ?", t.token).Set("leased_until = ?", now.Add(turnTime)).Set("turn_at = ?", now).
			Where("id = ? AND active AND (leased_until IS NULL OR leased_until < ?)", hookID, now).Exec(ctx))
		if err != nil {
			return err
		}
		return tx.NewSelect().Model(&t.Webhook).Where("w.id = ?", hookID).Scan(ctx)
	})
	if err != nil {
		return nil, err
	}
	return t, nil
}

// EndTurn lets others deliver to the webhook.
func (s *Store) EndTurn(ctx context.Context, t *Turn) error {
	return s.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		_, err := tx.NewUpdate().Table("webhooks").Set("lease = NULL").Set("leased_until = NULL").
			Where("id = ? AND lease = ?", t.ID, t.token).Exec(ctx)
		return err
	})
}

// NextDelivery is the oldest that is due for the turn's webhook; NotFound when there is none. The webhook is read
// again: since the last one its owner may have changed the address, or switched it off.
func (s *Store) NextDelivery(ctx context.Context, t *Turn) (*Delivery, error) {
	d := new(Delivery)
	err := s.read(ctx, func(ctx context.Context) error {
		if err := s.reader.NewSelect().Model(&t.Webhook).Where("w.id = ? AND w.active", t.ID).Scan(ctx); err != nil {
			return err
		}
		return s.reader.NewSelect().Model(d).Where("d.webhook_id = ? AND d.status = 'pending' AND d.due_at <= ?", t.ID, s.Now()).
			OrderExpr("d.due_at, d.id").Limit(1).Scan(ctx)
	})
	if CodeOf(err) == NotFound {
		return nil, errNoDelivery()
	}
	return d, err
}

// Outcome is what came of a try: the status of an answer, 0 for none, and why it is a failure, "" for none.
type Outcome struct {
	Code          int
	Fault, Answer string
	Took          time.Duration
}

// gone is the answer of a receiver that wants no more, by Standard Webhooks.
const gone = 410

// FinishTry notes what came of a try, and when the next one is. It is Conflict when the turn has been lost, and leaves
// everything as it is when the delivery has ended meanwhile.
func (s *Store) FinishTry(ctx context.Context, t *Turn, d *Delivery, o Outcome) error {
	now := s.Now()
	return s.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		err := must(Errorf(Conflict, "Somebody else delivers to this webhook."))(tx.NewUpdate().Table("webhooks").
			Set("leased_until = ?", now.Add(turnTime)).Where("id = ? AND lease = ?", t.ID, t.token).Exec(ctx))
		if err != nil {
			return err
		}
		d.judge(o, now)
		n, err := affected(tx.NewUpdate().Model(d).Column("status", "tries", "due_at", "code", "fault", "took_ms", "answer", "tried_at", "finished_at").
			WherePK().Where("d.status = 'pending'").Exec(ctx))
		if err != nil || n == 0 {
			return err
		}
		return s.judgeWebhook(ctx, tx, t, d, o, now)
	})
}

// judge fills in what came of a try.
func (d *Delivery) judge(o Outcome, now time.Time) {
	took := int(o.Took.Milliseconds())
	answer := firstBytes(o.Answer, maxAnswer)
	d.Tries, d.TriedAt, d.TookMS, d.Answer, d.Code, d.Fault = d.Tries+1, &now, &took, &answer, nil, nil
	if o.Code != 0 {
		d.Code = &o.Code
	}
	pauses := retries()
	switch {
	case o.Fault == "":
		d.Status, d.FinishedAt = DeliveryDelivered, &now
		return
	case o.Code == gone, d.Event == EventTest, d.Tries > len(pauses):
		d.Status, d.FinishedAt = DeliveryFailed, &now
	default:
		pause := pauses[d.Tries-1]
		d.DueAt = now.Add(pause*4/5 + time.Duration(rand.Int64N(int64(pause*2/5)))) // between 0.8 and 1.2 of it
	}
	d.Fault = &o.Fault
}

// firstBytes cuts a text after n bytes, between characters.
func firstBytes(text string, n int) string {
	return cleanText(text[:min(n, len(text))])
}

// judgeWebhook notes whether anything comes through. A receiver that wants no more, and one that has not answered for
// long, is told of nothing any more.
func (s *Store) judgeWebhook(ctx context.Context, tx bun.Tx, t *Turn, d *Delivery, o Outcome, now time.Time) error {
	if o.Fault == "" {
		_, err := tx.NewUpdate().Table("webhooks").Set("failing_since = NULL").Where("id = ? AND failing_since IS NOT NULL", t.ID).Exec(ctx)
		return err
	}
	if o.Code == gone {
		return s.switchOff(ctx, tx, t.ID, "The receiver answered 410 Gone: it wants no more.")
	}
	if d.Event == EventTest {
		return nil
	}
	var since time.Time
	err := tx.NewUpdate().Table("webhooks").Set("failing_since = COALESCE(failing_since, ?)", now).Where("id = ?", t.ID).
		Returning("failing_since").Scan(ctx, &since)
	if err != nil || now.Sub(since) < failureTime {
		return err
	}
	return s.switchOff(ctx, tx, t.ID, fmt.Sprintf("Nothing has come through for %d days. The last try: %s", int(failureTime.Hours()/24), o.Fault))
}

func (s *Store) switchOff(ctx context.Context, tx bun.Tx, hookID, note string) error {
	_, err := tx.NewUpdate().Table("webhooks").Set("active = FALSE").Set("note = ?", cleanText(note)).Set("updated_at = ?", s.Now()).
		Where("id = ?", hookID).Exec(ctx)
	if err != nil {
		return err
	}
	return s.giveUp(ctx, tx, hookID)
}
