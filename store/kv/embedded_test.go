package kv_test

import (
	"errors"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"alleato/store"
	"alleato/store/kv"
	"alleato/store/kv/kvtest"
	"alleato/store/storetest"
)

func TestMain(m *testing.M) { storetest.Main(m) }

func open(t testing.TB, s *store.Store, o kv.Options) *kv.Embedded {
	t.Helper()
	o.Writer, o.Reader = s.Writer(), s.Reader()
	e := kv.NewEmbedded(o)
	t.Cleanup(func() {
		if err := e.Close(); err != nil {
			t.Error(err)
		}
	})
	return e
}

func TestEmbedded(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		kvtest.Run(t, func(t *testing.T) kv.Store { return open(t, s, kv.Options{}) })
	})
}

// clock is a time that only the test moves.
type clock struct{ at atomic.Int64 }

func (c *clock) now() time.Time          { return time.Unix(0, c.at.Load()) }
func (c *clock) advance(d time.Duration) { c.at.Add(int64(d)) }

func TestLogLeavesAfterKeep(t *testing.T) {
	c := new(clock)
	c.at.Store(time.Now().UnixNano())
	e := open(t, storetest.Open(t), kv.Options{Now: c.now})
	must(t, e.Append(t.Context(), "log", []byte("a")))
	must(t, e.End(t.Context(), "log"))
	c.advance(59 * time.Second)
	cur, err := e.Follow(t.Context(), "log", 0)
	must(t, err)
	defer cur.Close()
	c.advance(time.Second)
	if _, err := e.Follow(t.Context(), "log", 0); !errors.Is(err, kv.ErrNotFound) {
		t.Errorf("Follow 60 s after the end: %v, want ErrNotFound", err)
	}
	if _, entries, ended, err := cur.Take(); len(entries) != 1 || !ended || err != nil {
		t.Errorf("who reads already reads on: %d entries, %v, %v", len(entries), ended, err)
	}
	must(t, e.Append(t.Context(), "log", []byte("b")))
	again, err := e.Follow(t.Context(), "log", 0)
	must(t, err)
	defer again.Close()
	if first, entries, _, _ := again.Take(); first != 1 || len(entries) != 1 || string(entries[0]) != "b" {
		t.Errorf("a log of the same name begins anew: %d %q", first, entries)
	}
}

func TestSweepFreesExpired(t *testing.T) {
	e := open(t, storetest.Open(t), kv.Options{Keep: 20 * time.Millisecond})
	_, _, err := e.Incr(t.Context(), "n", 1, time.Millisecond)
	must(t, err)
	must(t, e.End(t.Context(), "log"))
	if counters, logs := e.Held(); counters != 1 || logs != 1 {
		t.Fatalf("held at first: %d, %d", counters, logs)
	}
	for end := time.Now().Add(5 * time.Second); ; time.Sleep(5 * time.Millisecond) {
		counters, logs := e.Held()
		if counters+logs == 0 {
			return
		}
		if time.Now().After(end) {
			t.Fatalf("still held: %d counters, %d logs", counters, logs)
		}
	}
}

func TestSweepDeletesExpiredValues(t *testing.T) {
	c := new(clock)
	c.at.Store(time.Now().UnixNano())
	s := storetest.Open(t)
	e := open(t, s, kv.Options{Now: c.now})
	must(t, e.Set(t.Context(), "ends", []byte("x"), time.Second))
	must(t, e.Set(t.Context(), "stays", []byte("x"), 0))
	c.advance(time.Second)
	e.Sweep()
	var keys []string
	must(t, s.Reader().NewSelect().Table("kv").Column("key").Scan(t.Context(), &keys))
	if fmt.Sprint(keys) != "[stays]" {
		t.Errorf("rows: %q", keys)
	}
}

// TestReadersCannotWriteIntoTheLog: what one appends to its entries must not
// land where the log puts its next.
func TestReadersCannotWriteIntoTheLog(t *testing.T) {
	e := open(t, storetest.Open(t), kv.Options{})
	take := func() [][]byte {
		cur, err := e.Follow(t.Context(), "log", 0)
		must(t, err)
		defer cur.Close()
		_, entries, _, err := cur.Take()
		must(t, err)
		return entries
	}
	must(t, e.Append(t.Context(), "log", []byte("a"), []byte("b"), []byte("c")))
	must(t, e.Append(t.Context(), "log", []byte("d"))) // now there is room behind
	before := take()
	must(t, e.Append(t.Context(), "log", []byte("e")))
	_ = append(before, []byte("mine"))
	if got := fmt.Sprintf("%s", take()); got != "[a b c d e]" {
		t.Errorf("the log is %s", got)
	}
}

// TestAppendAllocates: what an entry costs must not grow with its readers.
func TestAppendAllocates(t *testing.T) {
	e := open(t, storetest.Open(t), kv.Options{})
	entry := []byte("x")
	must(t, e.Append(t.Context(), "log", entry))
	for range 10 {
		cur, err := e.Follow(t.Context(), "log", 0)
		must(t, err)
		defer cur.Close()
	}
	got := testing.AllocsPerRun(1000, func() {
		if err := e.Append(t.Context(), "log", entry); err != nil {
			t.Fatal(err)
		}
	})
	if got > 1 { // the slice of the call itself
		t.Errorf("%v allocations for an entry with 10 readers", got)
	}
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func BenchmarkAppend(b *testing.B) {
	e := open(b, storetest.Open(b), kv.Options{})
	entry := []byte(`{"type":"text-delta","id":"1","delta":"word "}`)
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		name := store.NewID()
		must(b, e.Append(b.Context(), name, entry))
		var readers [3]kv.Cursor
		for i := range readers {
			c, err := e.Follow(b.Context(), name, 0)
			must(b, err)
			readers[i] = c
		}
		for n := 0; pb.Next(); n++ {
			must(b, e.Append(b.Context(), name, entry))
			if n%4 == 0 {
				for _, c := range readers {
					if _, _, _, err := c.Take(); err != nil {
						b.Fatal(err)
					}
				}
			}
		}
	})
}
