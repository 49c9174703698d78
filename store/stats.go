package store

import (
	"context"
	"time"
)

// statsDays is how far back the figures by day go, today with them.
const statsDays = 30

// Stats are what an administrator is told of a server: sums alone, and of nobody what they said.
type Stats struct {
	Users       UserStats         `json:"users"`
	Chats       int               `json:"chats"`
	Messages    int               `json:"messages"`
	Replies     map[string]int    `json:"replies"`
	Documents   int               `json:"documents"`
	Files       FileStats         `json:"files"`
	Tokens      []TokenStats      `json:"tokens"`
	Completions []CompletionStats `json:"completions"`
}

// UserStats count accounts and guests.
type UserStats struct {
	Accounts int        `json:"accounts"`
	Admins   int        `json:"admins"`
	Guests   int        `json:"guests"`
	Disabled int        `json:"disabled"`
	New      []DayCount `json:"new"`
}

// DayCount is a number of a day of UTC.
type DayCount struct {
	Day   string `bun:"day" json:"day"`
	Count int    `bun:"count" json:"count"`
}

// FileStats count files and their bytes.
type FileStats struct {
	Count int   `json:"count"`
	Bytes int64 `json:"bytes"`
}

// TokenStats are the replies of a model on a day, and their tokens as far as its provider tells.
type TokenStats struct {
	Day          string `bun:"day" json:"day"`
	Model        string `bun:"model" json:"model"`
	Replies      int    `bun:"replies" json:"replies"`
	InputTokens  int64  `bun:"input_tokens" json:"inputTokens"`
	OutputTokens int64  `bun:"output_tokens" json:"outputTokens"`
}

// CompletionStats are what a person's programs asked of a model on a day by /v1.
type CompletionStats struct {
	Day          string  `bun:"day" json:"day"`
	UserID       string  `bun:"user_id" json:"userId"`
	Email        *string `bun:"email" json:"email"`
	KeyName      string  `bun:"key_name" json:"keyName"`
	Model        string  `bun:"model" json:"model"`
	Calls        int64   `bun:"calls" json:"calls"`
	InputTokens  int64   `bun:"input_tokens" json:"inputTokens"`
	OutputTokens int64   `bun:"output_tokens" json:"outputTokens"`
}

// Stats counts what there is now, and what came in the last thirty days.
func (s *Store) Stats(ctx context.Context) (*Stats, error) {
	since := s.Now().Truncate(24*time.Hour).AddDate(0, 0, 1-statsDays)
	out := &Stats{Replies: map[string]int{}, Tokens: []TokenStats{}, Completions: []CompletionStats{}}
	err := s.read(ctx, func(ctx context.Context) error {
		if err := s.countThings(ctx, out); err != nil {
			return err
		}
		if err := s.countUsers(ctx, out, since); err != nil {
			return err
		}
		if err := s.countTokens(ctx, out, since); err != nil {
			return err
		}
		return s.reader.NewSelect().TableExpr("completion_usage AS c").Join("JOIN users AS u ON u.id = c.user_id").
			ColumnExpr("c.day, c.user_id, u.email, c.key_name, c.model, c.calls, c.input_tokens, c.output_tokens").
			Where("c.day >= ?", since.Format(time.DateOnly)).OrderExpr("c.day DESC, c.calls DESC, c.user_id, c.model, c.key_name").Limit(1000).Scan(ctx, &out.Completions)
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

func (s *Store) countThings(ctx context.Context, out *Stats) error {
	err := s.reader.NewSelect().
		ColumnExpr("(SELECT COUNT(*) FROM chats WHERE deleted_at IS NULL)").ColumnExpr("(SELECT COUNT(*) FROM documents)").
		ColumnExpr("(SELECT COUNT(*) FROM files WHERE deleted_at IS NULL)").ColumnExpr("(SELECT COALESCE(SUM(size), 0) FROM files WHERE deleted_at IS NULL)").
		Scan(ctx, &out.Chats, &out.Documents, &out.Files.Count, &out.Files.Bytes)
	if err != nil {
		return err
	}
	var groups []struct {
		Role, Status string
		Count        int
	}
	err = s.reader.NewSelect().TableExpr("messages AS m").Join("JOIN chats AS c ON c.id = m.chat_id AND c.deleted_at IS NULL").
		ColumnExpr("m.role, m.status, COUNT(*) AS count").GroupExpr("m.role, m.status").Scan(ctx, &groups)
	for _, g := range groups {
		out.Messages += g.Count
		if g.Role == "assistant" {
			out.Replies[g.Status] = g.Count
		}
	}
	return err
}

func (s *Store) countUsers(ctx context.Context, out *Stats, since time.Time) error {
	u := &out.Users
	// A deleted account is a guest's row that is disabled.
	err := s.reader.NewSelect().TableExpr("users AS u").
		ColumnExpr("COALESCE(SUM(CASE WHEN u.role <> 'guest' THEN 1 ELSE 0 END), 0)").
		ColumnExpr("COALESCE(SUM(CASE WHEN u.role = 'admin' THEN 1 ELSE 0 END), 0)").
		ColumnExpr("COALESCE(SUM(CASE WHEN u.role = 'guest' AND u.disabled_at IS NULL THEN 1 ELSE 0 END), 0)").
		ColumnExpr("COALESCE(SUM(CASE WHEN u.role <> 'guest' AND u.disabled_at IS NOT NULL THEN 1 ELSE 0 END), 0)").
		Scan(ctx, &u.Accounts, &u.Admins, &u.Guests, &u.Disabled)
	if err != nil {
		return err
	}
	day := s.dialect.day("u.created_at")
	var came []DayCount
	err = s.reader.NewSelect().TableExpr("users AS u").ColumnExpr(day+" AS day").ColumnExpr("COUNT(*) AS count").
		Where("u.role <> 'guest' AND u.created_at >= ?", since).GroupExpr(day).Scan(ctx, &came)
	counts := map[string]int{}
	for _, c := range came {
		counts[c.Day] = c.Count
	}
	for i := range statsDays {
		at := since.AddDate(0, 0, i).Format(time.DateOnly)
		u.New = append(u.New, DayCount{at, counts[at]})
	}
	return err
}

func (s *Store) countTokens(ctx context.Context, out *Stats, since time.Time) error {
	day := s.dialect.day("m.created_at")
	return s.reader.NewSelect().TableExpr("messages AS m").ColumnExpr(day+" AS day").ColumnExpr("COALESCE(m.model, '') AS model").
		ColumnExpr("COUNT(*) AS replies").ColumnExpr("COALESCE(SUM(m.input_tokens), 0) AS input_tokens").ColumnExpr("COALESCE(SUM(m.output_tokens), 0) AS output_tokens").
		Where("m.role = 'assistant' AND m.created_at >= ?", since).GroupExpr("1, 2").OrderExpr("1, 2").Scan(ctx, &out.Tokens)
}
