package kvtest

import (
	"encoding/binary"
	"errors"
	"sync"
	"testing"
	"time"

	"alleato/store/kv"
)

func log(t *testing.T, s kv.Store) {
	name := key(t, "log")
	add(t, s, name, "a", "b")
	one := follow(t, s, name, 0)
	await(t, one, 1, "a b", false)
	add(t, s, name, "c")
	await(t, one, 3, "c", false)
	two := follow(t, s, name, 0)
	await(t, two, 1, "a b c", false)
	if _, words, _ := text(t, one); words != "" {
		t.Errorf("nothing is new, yet Take gave %q", words)
	}
	two.Close()
	two.Close()
	add(t, s, name, "d", "e")
	await(t, one, 4, "d e", false)
}

func logMissing(t *testing.T, s kv.Store) {
	if _, err := s.Follow(ctx(t), key(t, "none"), 0); !errors.Is(err, kv.ErrNotFound) {
		t.Errorf("Follow of no log: %v, want ErrNotFound", err)
	}
}

func logAfter(t *testing.T, s kv.Store) {
	name := key(t, "log")
	add(t, s, name, "a", "b", "c")
	await(t, follow(t, s, name, 2), 3, "c", false)
	await(t, follow(t, s, name, -1), 1, "a b c", false)
	level := follow(t, s, name, 3)
	ahead := follow(t, s, name, 4)
	await(t, level, 0, "", false)
	await(t, ahead, 0, "", false)
	add(t, s, name, "d", "e")
	await(t, level, 4, "d e", false)
	await(t, ahead, 5, "e", false)
}

func logEnd(t *testing.T, s kv.Store) {
	name, empty := key(t, "log"), key(t, "empty")
	add(t, s, name, "a")
	early := follow(t, s, name, 0)
	await(t, early, 1, "a", false)
	check(t, s.End(ctx(t), name))
	check(t, s.End(ctx(t), name))
	await(t, early, 0, "", true)
	await(t, follow(t, s, name, 0), 1, "a", true)
	if err := s.Append(ctx(t), name, []byte("b")); !errors.Is(err, kv.ErrEnded) {
		t.Errorf("Append after End: %v, want ErrEnded", err)
	}
	check(t, s.End(ctx(t), empty))
	await(t, follow(t, s, empty, 0), 0, "", true)
}

// logRace: readers that join in the middle, at any number, see each entry
// once and in order.
func logRace(t *testing.T, s kv.Store) {
	const total = 5000
	name, c := key(t, "log"), ctx(t)
	check(t, s.Append(c, name, number(1)))
	var wg sync.WaitGroup
	for reader := range 20 {
		wg.Go(func() {
			time.Sleep(time.Duration(reader) * time.Millisecond / 2)
			after := int64(reader * 7)
			cur, err := s.Follow(c, name, after)
			if err != nil {
				t.Error(err)
				return
			}
			defer cur.Close()
			drain(t, cur, after, total)
		})
	}
	for n := uint64(2); n <= total; {
		batch := [][]byte{}
		for range n % 4 {
			if n+uint64(len(batch)) <= total {
				batch = append(batch, number(n+uint64(len(batch))))
			}
		}
		if len(batch) == 0 {
			batch = append(batch, number(n))
		}
		n += uint64(len(batch))
		if err := s.Append(c, name, batch...); err != nil {
			t.Error(err)
			break
		}
		if n%100 < 4 {
			time.Sleep(50 * time.Microsecond) // lets the readers overtake
		}
	}
	if err := s.End(c, name); err != nil {
		t.Error(err)
	}
	wg.Wait()
}

func number(n uint64) []byte { return binary.BigEndian.AppendUint64(nil, n) }

// drain reads to the end; each entry holds its own number.
func drain(t *testing.T, c kv.Cursor, after, total int64) {
	next := after + 1
	timeout := time.After(6 * patience)
	for {
		select {
		case <-c.Wake():
		case <-timeout:
			t.Errorf("after %d: no end, at %d", after, next)
			return
		}
		first, entries, ended, err := c.Take()
		if err != nil {
			t.Error(err)
			return
		}
		if len(entries) > 0 && first != next {
			t.Errorf("after %d: entries from %d, want %d", after, first, next)
			return
		}
		for _, e := range entries {
			if got := int64(binary.BigEndian.Uint64(e)); got != next {
				t.Errorf("after %d: entry %d holds %d", after, next, got)
				return
			}
			next++
		}
		if ended {
			if next != total+1 {
				t.Errorf("after %d: ended before %d of %d", after, next, total)
			}
			return
		}
	}
}

// logSlow: a reader that never reads holds nobody up.
func logSlow(t *testing.T, s kv.Store) {
	name := key(t, "log")
	add(t, s, name, "a")
	slow := follow(t, s, name, 0)
	for range 1000 {
		add(t, s, name, "b")
	}
	check(t, s.End(ctx(t), name))
	first, entries, ended, err := slow.Take()
	if err != nil || first != 1 || len(entries) != 1001 || !ended {
		t.Errorf("the slow reader then gets %d entries from %d, ended %v, %v", len(entries), first, ended, err)
	}
}
