package store

import (
	"context"

	"github.com/uptrace/bun"
)

// CompletionUse is what a program asked of a model by itself, without a chat: KeyName is the API key that it showed, ""
// for a session's token.
type CompletionUse struct {
	UserID, KeyName, Model    string
	InputTokens, OutputTokens int
}

// CountUse adds a completion to the day's sums.
func (s *Store) CountUse(ctx context.Context, use CompletionUse) error {
	return s.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		_, err := tx.Tx.ExecContext(ctx, s.dialect.bind(`INSERT INTO completion_usage (user_id, key_name, model, day, calls, input_tokens, output_tokens)
			VALUES (?, ?, ?, ?, 1, ?, ?) ON CONFLICT (user_id, day, model, key_name) DO UPDATE SET calls = completion_usage.calls + 1,
			input_tokens = completion_usage.input_tokens + excluded.input_tokens, output_tokens = completion_usage.output_tokens + excluded.output_tokens`),
			use.UserID, firstRunes(cleanText(use.KeyName), maxKeyName), firstRunes(cleanText(use.Model), maxModel), s.day(), max(use.InputTokens, 0), max(use.OutputTokens, 0))
		return err
	})
}
