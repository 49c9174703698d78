package store

import (
	"context"
	"encoding/json"

	"github.com/uptrace/bun"
)

// settings are what a person chose once and for all; the column holds them as
// JSON, and keeps the fields that this version does not know.
type settings struct {
	Model string `json:"model"`
}

// Model is the model that the user last chose, "" for none.
func (u *User) Model() string {
	var s settings
	if len(u.Settings) == 0 || json.Unmarshal(u.Settings, &s) != nil {
		return ""
	}
	return s.Model
}

// SetModel keeps the model that a user chose, for their new chats.
func (s *Store) SetModel(ctx context.Context, userID, model string) error {
	return s.InTx(ctx, func(ctx context.Context, tx bun.Tx) error { return setModel(ctx, tx, userID, model) })
}

// ChooseModel is SetModel for somebody who may be a guest without a row.
func (s *Store) ChooseModel(ctx context.Context, u *User, model string) error {
	return s.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		if err := s.SaveGuest(ctx, tx, u); err != nil {
			return err
		}
		return setModel(ctx, tx, u.ID, model)
	})
}

func setModel(ctx context.Context, tx bun.Tx, userID, model string) error {
	u := new(User)
	if err := tx.NewSelect().Model(u).Where("u.id = ?", userID).Scan(ctx); err != nil {
		return err
	}
	all := map[string]json.RawMessage{}
	if len(u.Settings) > 0 {
		if err := json.Unmarshal(u.Settings, &all); err != nil {
			return err
		}
	}
	name, err := json.Marshal(firstRunes(cleanText(model), maxModel))
	if err != nil {
		return err
	}
	all["model"] = name
	text, err := json.Marshal(all)
	if err != nil {
		return err
	}
	return must(errNoUser())(tx.NewUpdate().Table("users").Set("settings = ?", string(text)).Where("id = ?", userID).Exec(ctx))
}
