package turns_test

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"testing/synctest"

	"alleato/store/turns"
)

func take(t *testing.T, q *turns.Queue, who string) func() {
	t.Helper()
	leave, err := q.Take(t.Context(), who)
	if err != nil {
		t.Fatal(err)
	}
	return leave
}

// TestFairness: who comes last with one wish is served before the many wishes of another.
func TestFairness(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := turns.New(1, 1)
		leave := take(t, q, "greedy")
		var order []string
		var wait sync.WaitGroup
		for _, who := range []string{"greedy", "greedy", "greedy", "ada", "bob"} {
			wait.Go(func() {
				leave := take(t, q, who)
				order = append(order, who)
				leave()
			})
			synctest.Wait()
		}
		leave()
		wait.Wait()
		if want := []string{"greedy", "ada", "bob", "greedy", "greedy"}; !slices.Equal(order, want) {
			t.Errorf("served: %v", order)
		}
	})
}

// TestShare: nobody holds more than their share, though places are free; others have those.
func TestShare(t *testing.T) {
	q := turns.New(3, 2)
	first, second := take(t, q, "greedy"), take(t, q, "greedy")
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := q.Take(ended, "greedy"); !errors.Is(err, turns.ErrBusy) || !errors.Is(err, context.Canceled) {
		t.Errorf("a third place: %v", err)
	}
	take(t, q, "ada")()
	first()
	first() // once more does nothing
	third := take(t, q, "greedy")
	if _, err := q.Take(ended, "greedy"); !errors.Is(err, turns.ErrBusy) {
		t.Errorf("a place given back twice counts twice: %v", err)
	}
	second()
	third()
}

// TestQueueIsBounded: what waits holds memory.
func TestQueueIsBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := turns.New(1, 1)
		leave := take(t, q, "greedy")
		ctx, cancel := context.WithCancel(t.Context())
		var wait sync.WaitGroup
		for range 32 {
			wait.Go(func() {
				if _, err := q.Take(ctx, "greedy"); !errors.Is(err, turns.ErrBusy) {
					t.Errorf("one that gave up: %v", err)
				}
			})
		}
		synctest.Wait()
		if _, err := q.Take(ctx, "greedy"); !errors.Is(err, turns.ErrBusy) || ctx.Err() != nil {
			t.Errorf("one too many: %v", err)
		}
		cancel()
		wait.Wait()
		leave()
		take(t, q, "greedy")()
	})
}
