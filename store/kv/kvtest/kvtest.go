// Package kvtest is the contract of kv.Store as a test that each store passes.
// It imports kv and nothing else of ours.
package kvtest

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"alleato/store/kv"
)

const (
	short    = 100 * time.Millisecond // a lifetime that ends within the test
	long     = time.Hour
	patience = 5 * time.Second
	parallel = 50
)

// Run checks the contract on stores that open makes, one for each part. Keys
// carry the test's name: a store may be shared.
func Run(t *testing.T, open func(t *testing.T) kv.Store) {
	for name, fn := range map[string]func(*testing.T, kv.Store){
		"Values": values, "Expiry": expiry, "List": list, "Take": take,
		"Incr": incr, "IncrWindow": incrWindow, "Log": log, "LogMissing": logMissing,
		"LogAfter": logAfter, "LogEnd": logEnd, "LogRace": logRace, "LogSlow": logSlow,
	} {
		t.Run(name, func(t *testing.T) { fn(t, open(t)) })
	}
}

func ctx(t *testing.T) context.Context {
	t.Helper()
	c, cancel := context.WithTimeout(t.Context(), time.Minute)
	t.Cleanup(cancel)
	return c
}

func key(t *testing.T, name string) string { return t.Name() + ":" + name }

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func wantValue(t *testing.T, s kv.Store, key, want string) {
	t.Helper()
	got, err := s.Get(ctx(t), key)
	check(t, err)
	if string(got) != want {
		t.Fatalf("%s = %q, want %q", key, got, want)
	}
}

func wantNone(t *testing.T, s kv.Store, key string) {
	t.Helper()
	if got, err := s.Get(ctx(t), key); !errors.Is(err, kv.ErrNotFound) {
		t.Fatalf("%s = %q, %v, want ErrNotFound", key, got, err)
	}
}

// eventually waits for what time brings.
func eventually(t *testing.T, what string, is func() bool) {
	t.Helper()
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(short / 10) {
		if is() {
			return
		}
	}
	t.Fatalf("not within %v: %s", patience, what)
}

func values(t *testing.T, s kv.Store) {
	a, b := key(t, "a"), key(t, "b'\"%_")
	wantNone(t, s, a)
	check(t, s.Set(ctx(t), a, []byte("one"), long))
	check(t, s.Set(ctx(t), b, []byte("\x00\xff'\n"), 0))
	wantValue(t, s, a, "one")
	wantValue(t, s, b, "\x00\xff'\n")
	check(t, s.Set(ctx(t), a, nil, 0))
	wantValue(t, s, a, "")
	check(t, s.Delete(ctx(t), a, b, key(t, "never there")))
	wantNone(t, s, a)
	wantNone(t, s, b)
	check(t, s.Delete(ctx(t)))
}

func expiry(t *testing.T, s kv.Store) {
	ends, stays := key(t, "ends"), key(t, "stays")
	check(t, s.Set(ctx(t), ends, []byte("x"), short))
	check(t, s.Set(ctx(t), stays, []byte("x"), short))
	check(t, s.Set(ctx(t), stays, []byte("y"), long)) // the later lifetime counts
	eventually(t, "the value expires", func() bool {
		_, err := s.Get(ctx(t), ends)
		return errors.Is(err, kv.ErrNotFound)
	})
	if _, err := s.Take(ctx(t), ends); !errors.Is(err, kv.ErrNotFound) {
		t.Errorf("Take of an expired value: %v, want ErrNotFound", err)
	}
	wantValue(t, s, stays, "y")
	got, err := s.List(ctx(t), key(t, ""))
	check(t, err)
	if diff := cmp.Diff([]string{stays}, got); diff != "" {
		t.Errorf("live keys (-want +got):\n%s", diff)
	}
}

func list(t *testing.T, s kv.Store) {
	for _, name := range []string{"u_1:b", "u_1:a", "u_1:é", "u_1:", "uX1:c", "u_10", "U_1:d"} {
		check(t, s.Set(ctx(t), key(t, name), []byte("x"), long))
	}
	got, err := s.List(ctx(t), key(t, "u_1:"))
	check(t, err)
	want := []string{key(t, "u_1:"), key(t, "u_1:a"), key(t, "u_1:b"), key(t, "u_1:é")}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	got, err = s.List(ctx(t), key(t, "nobody"))
	check(t, err)
	if len(got) != 0 {
		t.Errorf("keys of an empty prefix: %q", got)
	}
}

// together runs fn in many goroutines at once.
func together(fn func(i int)) {
	var wg sync.WaitGroup
	start := make(chan struct{})
	for i := range parallel {
		wg.Go(func() {
			<-start
			fn(i)
		})
	}
	close(start)
	wg.Wait()
}

func take(t *testing.T, s kv.Store) {
	k, c := key(t, "once"), ctx(t)
	check(t, s.Set(c, k, []byte("token"), long))
	var mu sync.Mutex
	var got []string
	together(func(int) {
		v, err := s.Take(c, k)
		if errors.Is(err, kv.ErrNotFound) {
			return
		}
		mu.Lock()
		defer mu.Unlock()
		got = append(got, fmt.Sprint(string(v), err))
	})
	if diff := cmp.Diff([]string{"token<nil>"}, got); diff != "" {
		t.Errorf("of %d takers (-want +got):\n%s", parallel, diff)
	}
	wantNone(t, s, k)
}

func incr(t *testing.T, s kv.Store) {
	const each = 20
	k, c := key(t, "n"), ctx(t)
	var mu sync.Mutex
	seen, resets := map[int64]int{}, map[time.Time]int{}
	together(func(int) {
		for range each {
			n, reset, err := s.Incr(c, k, 1, long)
			mu.Lock()
			if err != nil {
				t.Error(err)
			}
			seen[n]++
			resets[reset.Truncate(time.Second)]++
			mu.Unlock()
		}
	})
	if len(seen) != parallel*each || seen[parallel*each] != 1 {
		t.Errorf("%d different counts of %d", len(seen), parallel*each)
	}
	if len(resets) > 2 { // two: a second may pass between
		t.Errorf("the window moved: %v", resets)
	}
	if n, _, err := s.Incr(c, k, -3, long); err != nil || n != parallel*each-3 {
		t.Errorf("by -3: %d, %v", n, err)
	}
}

func incrWindow(t *testing.T, s kv.Store) {
	k := key(t, "n")
	first, reset, err := s.Incr(ctx(t), k, 5, short)
	check(t, err)
	if first != 5 || time.Until(reset) > short || time.Until(reset) < -patience {
		t.Fatalf("first: %d until %v", first, reset)
	}
	eventually(t, "the window ends", func() bool {
		n, _, err := s.Incr(ctx(t), k, 1, long)
		check(t, err)
		return n == 1
	})
}

// text is what a cursor gives from one Take.
func text(t *testing.T, c kv.Cursor) (first int64, joined string, ended bool) {
	t.Helper()
	first, entries, ended, err := c.Take()
	check(t, err)
	words := make([]string, len(entries))
	for i := range entries {
		words[i] = string(entries[i])
	}
	return first, strings.Join(words, " "), ended
}

// await collects until want is there, woken as a reader would be.
func await(t *testing.T, c kv.Cursor, first int64, want string, ended bool) {
	t.Helper()
	var got []string
	var start int64
	timeout := time.After(patience)
	for {
		select {
		case <-c.Wake():
		case <-timeout:
			t.Fatalf("got %q from %d, want %q from %d, ended %v", got, start, want, first, ended)
		}
		n, words, end := text(t, c)
		if words != "" {
			if len(got) == 0 {
				start = n
			}
			got = append(got, words)
		}
		if strings.Join(got, " ") == want && end == ended && (want == "" || start == first) {
			return
		}
	}
}

func follow(t *testing.T, s kv.Store, log string, after int64) kv.Cursor {
	t.Helper()
	c, err := s.Follow(ctx(t), log, after)
	check(t, err)
	t.Cleanup(c.Close)
	return c
}

func add(t *testing.T, s kv.Store, log string, words ...string) {
	t.Helper()
	entries := make([][]byte, len(words))
	for i := range words {
		entries[i] = []byte(words[i])
	}
	check(t, s.Append(ctx(t), log, entries...))
}
