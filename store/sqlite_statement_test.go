package store_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/uptrace/bun"

	"alleato/store/storetest"
)

// A statement that is run again while its rows are being read must not end them.
func TestStatementInsideItself(t *testing.T) {
	s := storetest.Open(t)
	const query = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?) SELECT i FROM n"
	err := s.InTx(t.Context(), func(ctx context.Context, tx bun.Tx) error {
		for range 2 { // the second time it is compiled already
			rows, err := tx.Tx.QueryContext(ctx, query, 3)
			if err != nil {
				return err
			}
			defer rows.Close()
			var seen []int
			for rows.Next() {
				var outer, inner int
				if err := rows.Scan(&outer); err != nil {
					return err
				}
				if err := tx.Tx.QueryRowContext(ctx, query, 5).Scan(&inner); err != nil || inner != 1 {
					return fmt.Errorf("inner %d: %w", inner, err)
				}
				seen = append(seen, outer)
			}
			if err := rows.Close(); err != nil {
				return err
			}
			if len(seen) != 3 {
				t.Errorf("read %v, want three rows", seen)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// More statements than a connection keeps all work, the first ones again too, with other arguments.
func TestManyStatements(t *testing.T) {
	s := storetest.Open(t)
	for round := range 2 {
		for i := range 200 {
			var got int
			query := fmt.Sprintf("SELECT %d + ?", i)
			if err := s.Writer().DB.QueryRowContext(t.Context(), query, round).Scan(&got); err != nil || got != i+round {
				t.Fatalf("%s with %d: %d, %v", query, round, got, err)
			}
		}
	}
}

// A table that changes under a compiled statement is seen as it is then.
func TestStatementAfterSchemaChange(t *testing.T) {
	s := storetest.Open(t)
	db := s.Writer().DB
	count := func() (n int) {
		t.Helper()
		if err := db.QueryRowContext(t.Context(), "SELECT COUNT(*) FROM users WHERE id <> ?", "none").Scan(&n); err != nil {
			t.Fatal(err)
		}
		return n
	}
	if n := count(); n != 0 {
		t.Fatalf("%d users in a new database", n)
	}
	if _, err := db.ExecContext(t.Context(), "ALTER TABLE users ADD COLUMN shoe_size INTEGER"); err != nil {
		t.Fatal(err)
	}
	if n := count(); n != 0 {
		t.Fatalf("%d users after the change", n)
	}
}
