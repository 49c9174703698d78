package store_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/uptrace/bun"

	"alleato/store"
	"alleato/store/storetest"
)

// eachB runs a benchmark on both databases.
func eachB(b *testing.B, fn func(b *testing.B, s *store.Store)) {
	b.Run("sqlite", func(b *testing.B) { fn(b, storetest.Open(b)) })
	b.Run("postgres", func(b *testing.B) { fn(b, storetest.OpenPostgres(b)) })
}

// fill gives a user many chats in few statements.
func fill(b *testing.B, s *store.Store, chats int) *store.User {
	b.Helper()
	u := guest(s)
	must(b, s.CreateChat(ctx(b), u, &store.Chat{}))
	rows := make([]store.Chat, chats)
	for i := range rows {
		at := s.Now().Add(-time.Duration(i) * time.Minute)
		rows[i] = store.Chat{
			ID: store.NewID(), UserID: u.ID, Title: fmt.Sprint("A chat about number ", i), Visibility: store.Private, CreatedAt: at, UpdatedAt: at,
		}
	}
	for len(rows) > 0 {
		some := rows[:min(500, len(rows))]
		rows = rows[len(some):]
		must(b, s.InTx(ctx(b), func(ctx context.Context, tx bun.Tx) error {
			_, err := tx.NewInsert().Model(&some).Exec(ctx)
			return err
		}))
	}
	return u
}

func BenchmarkChatsOf10000(b *testing.B) {
	eachB(b, func(b *testing.B, s *store.Store) {
		u := fill(b, s, 10_000)
		_, second, err := s.Chats(b.Context(), u.ID, store.ChatQuery{})
		must(b, err)
		for name, q := range map[string]store.ChatQuery{
			"first": {}, "next": {Cursor: second}, "search": {Q: "number 9999"},
		} {
			b.Run(name, func(b *testing.B) {
				for b.Loop() {
					if _, _, err := s.Chats(b.Context(), u.ID, q); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	})
}

func BenchmarkBranchOf50(b *testing.B) {
	eachB(b, func(b *testing.B, s *store.Store) {
		r := start(b, s, guest(s), "hello")
		for range 24 {
			finish(b, s, r, strings.Repeat("word ", 100))
			r = next(r, strings.Repeat("word ", 100))
			must(b, s.StartReply(b.Context(), r))
		}
		b.ReportAllocs()
		for b.Loop() {
			list, err := s.Branch(b.Context(), r.Chat.ID, r.Answer.ID)
			if err != nil || len(list) != 50 {
				b.Fatal(len(list), err)
			}
		}
	})
}

func BenchmarkCheckpointOf1000(b *testing.B) {
	eachB(b, func(b *testing.B, s *store.Store) {
		u := guest(s)
		points, running := make([]store.Checkpoint, 1000), make([]string, 1000)
		for i := range points {
			r := start(b, s, u, "hello")
			points[i], running[i] = checkpoint(r, strings.Repeat("word ", 800)), r.Stream.ID
		}
		for b.Loop() {
			must(b, s.Checkpoint(b.Context(), points, running))
		}
	})
}

func BenchmarkReply(b *testing.B) {
	eachB(b, func(b *testing.B, s *store.Store) {
		r := start(b, s, guest(s), "hello")
		for b.Loop() {
			finish(b, s, r, "done")
			r = next(r, "more")
			must(b, s.StartReply(b.Context(), r))
		}
	})
}
