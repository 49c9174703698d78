package store

import (
	"context"
	"fmt"
	"time"

	"github.com/uptrace/bun"
)

// The states of a delivery.
const (
	DeliveryPending   = "pending"
	DeliveryDelivered = "delivered"
	DeliveryFailed    = "failed"
)

const (
	// KeptDeliveries are those of a webhook that are kept in its log, for DeliveryAge at most.
	KeptDeliveries = 100
	// DeliveryAge is how old what is in a log may be.
	DeliveryAge = 30 * 24 * time.Hour
	// maxWaiting is how many may wait for a webhook: what is behind by more is switched off.
	maxWaiting = 5000
)

// Delivery is an event on its way to a webhook, or one that has been: what was sent, and what came back.
type Delivery struct {
	bun.BaseModel `bun:"table:webhook_deliveries,alias:d"`

	ID         string     `bun:"id,pk" json:"id"`
	WebhookID  string     `bun:"webhook_id" json:"webhookId"`
	MessageID  string     `bun:"message_id" json:"messageId"` // the webhook-id that is sent
	Event      string     `bun:"event" json:"event"`
	Subject    *string    `bun:"subject" json:"-"`
	Body       string     `bun:"body" json:"body"`
	Status     string     `bun:"status" json:"status"`
	Tries      int        `bun:"tries" json:"tries"`
	DueAt      time.Time  `bun:"due_at" json:"-"`
	NextTryAt  *time.Time `bun:"-" json:"nextTryAt"` // of one that is pending
	Code       *int       `bun:"code" json:"responseStatus"`
	Fault      *string    `bun:"fault" json:"error"` // why the last try failed
	TookMS     *int       `bun:"took_ms" json:"tookMs"`
	Answer     *string    `bun:"answer" json:"response"` // its beginning
	CreatedAt  time.Time  `bun:"created_at" json:"createdAt"`
	TriedAt    *time.Time `bun:"tried_at" json:"triedAt"`
	FinishedAt *time.Time `bun:"finished_at" json:"finishedAt"`
}

// Over says whether the delivery will not be tried again.
func (d *Delivery) Over() bool { return d.Status != DeliveryPending }

func errNoDelivery() *Error { return Errorf(NotFound, "There is no such delivery.") }

const ownDelivery = "d.webhook_id = ? AND EXISTS (SELECT 1 FROM webhooks AS w WHERE w.id = d.webhook_id AND w.user_id = ?)"

// Deliveries lists the log of one of the user's own webhooks, newest first: KeptDeliveries at most.
func (s *Store) Deliveries(ctx context.Context, userID, hookID string) ([]Delivery, error) {
	all := []Delivery{}
	err := s.read(ctx, func(ctx context.Context) error {
		if _, err := ownWebhook(ctx, s.reader, userID, hookID); err != nil {
			return err
		}
		return s.reader.NewSelect().Model(&all).Where(ownDelivery, cleanText(hookID), userID).
			OrderExpr("d.created_at DESC, d.id DESC").Limit(KeptDeliveries).Scan(ctx)
	})
	for i := range all {
		all[i].next()
	}
	return all, err
}

// Delivery reads one of the log of one of the user's own webhooks.
func (s *Store) Delivery(ctx context.Context, userID, hookID, id string) (*Delivery, error) {
	d := new(Delivery)
	err := s.read(ctx, func(ctx context.Context) error { return s.delivery(ctx, s.reader, d, userID, hookID, id) })
	if err != nil {
		return nil, err
	}
	return d, nil
}

func (s *Store) delivery(ctx context.Context, db bun.IDB, d *Delivery, userID, hookID, id string) error {
	err := db.NewSelect().Model(d).Where("d.id = ?", cleanText(id)).Where(ownDelivery, cleanText(hookID), userID).Scan(ctx)
	if noRows(err) {
		return errNoDelivery()
	}
	d.next()
	return err
}

func (d *Delivery) next() {
	if !d.Over() {
		at := d.DueAt
		d.NextTryAt = &at
	}
}

// TestWebhook sends something to one of the user's own, which is not tried twice.
func (s *Store) TestWebhook(ctx context.Context, userID, hookID string) (*Delivery, error) {
	return s.sendNow(ctx, userID, hookID, func(ctx context.Context, tx bun.Tx, d *Delivery) error {
		d.Event = EventTest
		return insertDelivery(ctx, tx, d, d.CreatedAt, Tested{hookID})
	})
}

// Redeliver sends again what was sent before, under the same webhook-id: a receiver that knows it already can tell.
func (s *Store) Redeliver(ctx context.Context, userID, hookID, id string) (*Delivery, error) {
	return s.sendNow(ctx, userID, hookID, func(ctx context.Context, tx bun.Tx, d *Delivery) error {
		var before Delivery
		if err := s.delivery(ctx, tx, &before, userID, hookID, id); err != nil {
			return err
		}
		d.ID, d.MessageID, d.Event, d.Body, d.Status = NewID(), before.MessageID, before.Event, before.Body, DeliveryPending
		_, err := tx.NewInsert().Model(d).Exec(ctx)
		return err
	})
}

func (s *Store) sendNow(ctx context.Context, userID, hookID string, insert func(context.Context, bun.Tx, *Delivery) error) (*Delivery, error) {
	now := s.Now()
	d := &Delivery{WebhookID: hookID, DueAt: now, CreatedAt: now}
	err := s.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		w, err := ownWebhook(ctx, tx, userID, hookID)
		if err != nil {
			return err
		}
		if !w.Active {
			return Errorf(Conflict, "The webhook is switched off.").WithHint("Switch it on first.")
		}
		return insert(ctx, tx, d)
	})
	if err != nil {
		return nil, err
	}
	d.next()
	return d, nil
}

// giveUp ends what waits for a webhook that is switched off.
func (s *Store) giveUp(ctx context.Context, tx bun.Tx, hookID string) error {
	_, err := tx.NewUpdate().Table("webhook_deliveries").Set("status = 'failed'").Set("fault = COALESCE(fault, ?)", "The webhook was switched off.").
		Set("finished_at = ?", s.Now()).Where("webhook_id = ? AND status = 'pending'", hookID).Exec(ctx)
	return err
}

// SweepDeliveries takes away what is too old for the logs, or too much, and switches off the webhooks that are hopelessly
// behind.
func (s *Store) SweepDeliveries(ctx context.Context) error {
	var behind []string
	err := s.read(ctx, func(ctx context.Context) error {
		return s.reader.NewSelect().Table("webhook_deliveries").Column("webhook_id").Where("status = 'pending'").
			Group("webhook_id").Having("COUNT(*) > ?", maxWaiting).Scan(ctx, &behind)
	})
	if err != nil {
		return err
	}
	for _, hook := range behind {
		err := s.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
			return s.switchOff(ctx, tx, hook, fmt.Sprintf("More than %d deliveries were waiting.", maxWaiting))
		})
		if err != nil {
			return err
		}
	}
	return s.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		_, err := tx.NewDelete().Table("webhook_deliveries").Where("created_at < ?", s.Now().Add(-DeliveryAge)).Exec(ctx)
		if err != nil {
			return err
		}
		_, err = tx.NewDelete().Table("webhook_deliveries").Where(`id IN (SELECT id FROM (SELECT id, status, ROW_NUMBER() OVER
			(PARTITION BY webhook_id ORDER BY created_at DESC, id DESC) AS place FROM webhook_deliveries WHERE status <> 'pending') AS log
			WHERE place > ?)`, KeptDeliveries).Exec(ctx)
		return err
	})
}
