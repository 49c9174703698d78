package store

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"net/url"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/uptrace/bun"
)

// The events that a webhook may ask for, and the one that only tests it.
const (
	EventReplyFinished   = "reply.finished"
	EventDocumentChanged = "document.changed"
	EventTest            = "test"
)

// WebhookEvents are those that there are to choose from.
func WebhookEvents() []string { return []string{EventReplyFinished, EventDocumentChanged} }

const (
	// MaxWebhooks is how many a user may have.
	MaxWebhooks = 10
	// WebhookSecretPrefix is what Standard Webhooks has every secret begin with.
	WebhookSecretPrefix = "whsec_"
	// OldSecretTime is how long the secret before the present one signs as well.
	OldSecretTime         = 24 * time.Hour
	maxWebhookURL         = 2048
	maxWebhookDescription = 200
)

// Webhook is an address that is told of what happens to its user. Secret is shown once, and has to be kept:
// what is sent is signed with it.
type Webhook struct {
	bun.BaseModel `bun:"table:webhooks,alias:w"`

	ID             string     `bun:"id,pk" json:"id"`
	UserID         string     `bun:"user_id" json:"-"`
	URL            string     `bun:"url" json:"url"`
	Description    string     `bun:"description" json:"description"`
	Events         []string   `bun:"events" json:"events"`
	Active         bool       `bun:"active" json:"active"`
	Note           *string    `bun:"note" json:"note"` // why the server has switched it off
	FailingSince   *time.Time `bun:"failing_since" json:"failingSince"`
	Secret         string     `bun:"secret" json:"-"`
	OldSecret      *string    `bun:"old_secret" json:"-"`
	OldSecretUntil *time.Time `bun:"old_secret_until" json:"-"`
	Lease          *string    `bun:"lease" json:"-"`
	LeasedUntil    *time.Time `bun:"leased_until" json:"-"`
	TurnAt         time.Time  `bun:"turn_at" json:"-"`
	CreatedAt      time.Time  `bun:"created_at" json:"createdAt"`
	UpdatedAt      time.Time  `bun:"updated_at" json:"updatedAt"`
}

// WebhookPatch changes a webhook; nil leaves a field as it is.
type WebhookPatch struct {
	URL, Description *string
	Events           []string
	Active           *bool
}

// Secrets are those that sign now, the present one first.
func (w *Webhook) Secrets(now time.Time) []string {
	all := []string{w.Secret}
	if w.OldSecret != nil && w.OldSecretUntil != nil && now.Before(*w.OldSecretUntil) {
		all = append(all, *w.OldSecret)
	}
	return all
}

func errNoWebhook() *Error { return Errorf(NotFound, "There is no such webhook.") }

// ParseWebhookURL holds an address to what can be one, wherever it leads.
func ParseWebhookURL(text string) (*url.URL, error) {
	u, err := url.Parse(text)
	switch {
	case err != nil || (u.Scheme != "https" && u.Scheme != "http") || u.Hostname() == "" || u.Opaque != "":
		return nil, Errorf(Invalid, "That is not the address of a receiver.").WithHint("It begins with https:// and a host's name.").WithField("url")
	case u.User != nil:
		return nil, Errorf(Invalid, "The address may hold no name and password.").WithHint("The signature tells the receiver who sends.").WithField("url")
	case len(text) > maxWebhookURL || len(u.String()) > maxWebhookURL:
		return nil, Errorf(Invalid, "The address may have at most %d characters.", maxWebhookURL).WithField("url")
	}
	u.Fragment, u.RawFragment = "", ""
	return u, nil
}

// check holds a webhook to its rules and tidies it.
func (w *Webhook) check() error {
	u, err := ParseWebhookURL(strings.TrimSpace(w.URL))
	if err != nil {
		return err
	}
	w.URL, w.Description = u.String(), cleanLine(w.Description)
	if utf8.RuneCountInString(w.Description) > maxWebhookDescription {
		return Errorf(Invalid, "The description may have at most %d characters.", maxWebhookDescription).WithField("description")
	}
	for _, e := range w.Events {
		if !slices.Contains(WebhookEvents(), e) {
			return Errorf(Invalid, "The events must be of these: %s.", strings.Join(WebhookEvents(), ", ")).WithField("events")
		}
	}
	if len(w.Events) == 0 {
		return Errorf(Invalid, "No event is chosen.").WithField("events")
	}
	slices.Sort(w.Events)
	w.Events = slices.Compact(w.Events)
	return nil
}

func newWebhookSecret() string {
	b := make([]byte, 32)
	_, _ = rand.Read(b) // never fails; it ends the program instead
	return WebhookSecretPrefix + base64.StdEncoding.EncodeToString(b)
}

// CreateWebhook makes one for an account, with a secret. A guest gets Forbidden, who has MaxWebhooks
// already Conflict.
func (s *Store) CreateWebhook(ctx context.Context, user *User, w *Webhook) error {
	if user.Role == RoleGuest {
		return Errorf(Forbidden, "Guests have no webhooks.").WithHint("Sign up first.")
	}
	if err := w.check(); err != nil {
		return err
	}
	now := s.Now()
	w.ID, w.UserID, w.Active, w.Secret = NewID(), user.ID, true, newWebhookSecret()
	w.TurnAt, w.CreatedAt, w.UpdatedAt = now, now, now
	return s.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		// the user's row is locked first: of many at once no more than the limit are made
		err := must(errNoUser())(tx.NewUpdate().Table("users").Set("id = id").Where("id = ? AND disabled_at IS NULL", user.ID).Exec(ctx))
		if err != nil {
			return err
		}
		n, err := tx.NewSelect().Model((*Webhook)(nil)).Where("w.user_id = ?", user.ID).Count(ctx)
		if err != nil {
			return err
		}
		if n >= MaxWebhooks {
			return Errorf(Conflict, "You have %d webhooks, and there may be no more.", n).WithHint("Delete one that you no longer need.")
		}
		_, err = tx.NewInsert().Model(w).Exec(ctx)
		return err
	})
}

// Webhooks lists the user's own, newest first.
func (s *Store) Webhooks(ctx context.Context, userID string) ([]Webhook, error) {
	hooks := []Webhook{}
	err := s.read(ctx, func(ctx context.Context) error {
		return s.reader.NewSelect().Model(&hooks).Where("w.user_id = ?", userID).OrderExpr("w.created_at DESC, w.id DESC").Scan(ctx)
	})
	return hooks, err
}

// Webhook reads one of the user's own.
func (s *Store) Webhook(ctx context.Context, userID, id string) (w *Webhook, err error) {
	err = s.read(ctx, func(ctx context.Context) error {
		w, err = ownWebhook(ctx, s.reader, userID, id)
		return err
	})
	return w, err
}

func ownWebhook(ctx context.Context, db bun.IDB, userID, id string) (*Webhook, error) {
	w := new(Webhook)
	err := db.NewSelect().Model(w).Where("w.id = ? AND w.user_id = ?", cleanText(id), userID).Scan(ctx)
	if noRows(err) {
		return nil, errNoWebhook()
	}
	return w, err
}

// changeWebhook changes one of the user's own, whose row is locked meanwhile.
func (s *Store) changeWebhook(ctx context.Context, userID, id string, change func(context.Context, bun.Tx, *Webhook) error) (w *Webhook, err error) {
	err = s.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		err := must(errNoWebhook())(tx.NewUpdate().Table("webhooks").Set("id = id").Where("id = ? AND user_id = ?", cleanText(id), userID).Exec(ctx))
		if err != nil {
			return err
		}
		if w, err = ownWebhook(ctx, tx, userID, id); err != nil {
			return err
		}
		if err := change(ctx, tx, w); err != nil {
			return err
		}
		w.UpdatedAt = s.Now()
		_, err = tx.NewUpdate().Model(w).WherePK().ExcludeColumn("lease", "leased_until", "turn_at").Exec(ctx)
		return err
	})
	if err != nil {
		return nil, err
	}
	return w, nil
}

// UpdateWebhook changes one of the user's own. Who switches it on again takes back that it failed; what
// waits when it is switched off is not sent.
func (s *Store) UpdateWebhook(ctx context.Context, userID, id string, p WebhookPatch) (*Webhook, error) {
	return s.changeWebhook(ctx, userID, id, func(ctx context.Context, tx bun.Tx, w *Webhook) error {
		if p.URL != nil {
			w.URL = *p.URL
		}
		if p.Description != nil {
			w.Description = *p.Description
		}
		if p.Events != nil {
			w.Events = p.Events
		}
		if err := w.check(); err != nil {
			return err
		}
		if p.Active == nil || *p.Active == w.Active {
			return nil
		}
		w.Active, w.Note, w.FailingSince = *p.Active, nil, nil
		if w.Active {
			return nil
		}
		return s.giveUp(ctx, tx, w.ID)
	})
}

// RotateWebhookSecret gives one of the user's own another secret. The one before signs beside it for
// OldSecretTime, so that a receiver can change over.
func (s *Store) RotateWebhookSecret(ctx context.Context, userID, id string) (*Webhook, error) {
	return s.changeWebhook(ctx, userID, id, func(_ context.Context, _ bun.Tx, w *Webhook) error {
		old, until := w.Secret, s.Now().Add(OldSecretTime)
		w.Secret, w.OldSecret, w.OldSecretUntil = newWebhookSecret(), &old, &until
		return nil
	})
}

// DeleteWebhook destroys one of the user's own with its log.
func (s *Store) DeleteWebhook(ctx context.Context, userID, id string) error {
	return s.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		return must(errNoWebhook())(tx.NewDelete().Table("webhooks").Where("id = ? AND user_id = ?", cleanText(id), userID).Exec(ctx))
	})
}
