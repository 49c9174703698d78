// Package blobtest is the contract of blob.Store, for every implementation. It imports store/blob
// alone, and only tests import it.
package blobtest

import (
	"bytes"
	"context"
	"errors"
	"io"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/iotest"

	"alleato/store/blob"
)

// Run holds the stores that open gives to the contract.
func Run(t *testing.T, open func(t *testing.T) blob.Store) {
	for name, test := range map[string]func(*testing.T, blob.Store){
		"round trip": roundTrip, "ranges": ranges, "misses": misses, "keys": keys,
		"failed put": failedPut, "list": list, "at once": atOnce, "cancelled": cancelled,
	} {
		t.Run(name, func(t *testing.T) { test(t, open(t)) })
	}
}

func put(t *testing.T, s blob.Store, key, text string) {
	t.Helper()
	if n, err := s.Put(t.Context(), key, strings.NewReader(text)); err != nil || n != int64(len(text)) {
		t.Fatalf("put %s: %d, %v", key, n, err)
	}
}

func get(t *testing.T, s blob.Store, key string, offset, length int64) string {
	t.Helper()
	r, err := s.Get(t.Context(), key, offset, length)
	if err != nil {
		t.Fatalf("get %s: %v", key, err)
	}
	content, err := io.ReadAll(r)
	if err = errors.Join(err, r.Close()); err != nil {
		t.Fatalf("read %s: %v", key, err)
	}
	return string(content)
}

func roundTrip(t *testing.T, s blob.Store) {
	big := strings.Repeat("0123456789abcdef", 1<<17) // 2 MB
	for key, text := range map[string]string{"a": "", "uploads/x/y": "one", "uploads/x/y-thumb": big} {
		put(t, s, key, text)
		if got := get(t, s, key, 0, -1); got != text {
			t.Errorf("%s: %d bytes, want %d", key, len(got), len(text))
		}
		info, err := s.Stat(t.Context(), key)
		if err != nil || info.Size != int64(len(text)) || info.Key != key || info.ModTime.IsZero() {
			t.Errorf("stat %s: %+v, %v", key, info, err)
		}
	}
	put(t, s, "a", "again")
	if got := get(t, s, "a", 0, -1); got != "again" {
		t.Errorf("replaced: %q", got)
	}
	// a reader of unknown length, in pieces
	if n, err := s.Put(t.Context(), "pieces", iotest.OneByteReader(strings.NewReader("bit by bit"))); err != nil || n != 10 {
		t.Errorf("pieces: %d, %v", n, err)
	}
}

func ranges(t *testing.T, s blob.Store) {
	put(t, s, "r", "0123456789")
	for _, c := range []struct {
		offset, length int64
		want           string
	}{{0, 3, "012"}, {3, 4, "3456"}, {8, 10, "89"}, {9, -1, "9"}, {10, -1, ""}, {99, 5, ""}, {4, 0, ""}} {
		if got := get(t, s, "r", c.offset, c.length); got != c.want {
			t.Errorf("%d+%d: %q, want %q", c.offset, c.length, got, c.want)
		}
	}
}

func misses(t *testing.T, s blob.Store) {
	put(t, s, "dir/file", "x")
	for _, key := range []string{"none", "dir", "dir/none", "none/none", "dir/file/below", "", "../x", "A"} {
		if _, err := s.Get(t.Context(), key, 0, -1); !errors.Is(err, blob.ErrNotFound) {
			t.Errorf("get %q: %v", key, err)
		}
		if _, err := s.Stat(t.Context(), key); !errors.Is(err, blob.ErrNotFound) {
			t.Errorf("stat %q: %v", key, err)
		}
	}
	if err := s.Delete(t.Context(), "none", "dir/file", "dir/none"); err != nil {
		t.Errorf("delete: %v", err)
	}
	if _, err := s.Stat(t.Context(), "dir/file"); !errors.Is(err, blob.ErrNotFound) {
		t.Errorf("deleted: %v", err)
	}
}

func keys(t *testing.T, s blob.Store) {
	for _, key := range []string{"", "/", "/a", "a/", "a//b", ".", "..", "../a", "a/../b", "a/./b", "a\\b", "a\x00", "a b", "Ä", "a.txt", "%2e%2e/a", strings.Repeat("a", 201)} {
		if _, err := s.Put(t.Context(), key, strings.NewReader("x")); !errors.Is(err, blob.ErrKey) {
			t.Errorf("put %q: %v", key, err)
		}
	}
}

// failedPut: what could not be read to its end leaves the key as it was.
func failedPut(t *testing.T, s blob.Store) {
	put(t, s, "kept", "old")
	broken := errors.New("broken")
	for _, key := range []string{"kept", "new/one"} {
		r := io.MultiReader(bytes.NewReader(make([]byte, 1<<20)), iotest.ErrReader(broken))
		if _, err := s.Put(t.Context(), key, r); !errors.Is(err, broken) {
			t.Errorf("put %s: %v", key, err)
		}
	}
	if got := get(t, s, "kept", 0, -1); got != "old" {
		t.Errorf("kept is %d bytes", len(got))
	}
	if _, err := s.Stat(t.Context(), "new/one"); !errors.Is(err, blob.ErrNotFound) {
		t.Errorf("half a blob is there: %v", err)
	}
	if got := all(t, s, ""); !slices.Equal(got, []string{"kept"}) {
		t.Errorf("left over: %v", got)
	}
}

func all(t *testing.T, s blob.Store, prefix string) []string {
	t.Helper()
	var found []string
	if err := s.List(t.Context(), prefix, func(i blob.Info) error { found = append(found, i.Key); return nil }); err != nil {
		t.Fatal(err)
	}
	slices.Sort(found)
	return found
}

func list(t *testing.T, s blob.Store) {
	for _, key := range []string{"avatars/1", "uploads/1", "uploads/2"} {
		put(t, s, key, "x")
	}
	if got := all(t, s, "uploads/"); !slices.Equal(got, []string{"uploads/1", "uploads/2"}) {
		t.Errorf("uploads: %v", got)
	}
	if got := all(t, s, "none"); len(got) != 0 {
		t.Errorf("none: %v", got)
	}
	stop := errors.New("stop")
	if err := s.List(t.Context(), "", func(blob.Info) error { return stop }); !errors.Is(err, stop) {
		t.Errorf("stopped: %v", err)
	}
}

// atOnce: writers of one key leave one of their texts, never a mixture.
func atOnce(t *testing.T, s blob.Store) {
	var writers sync.WaitGroup
	for i := range 8 {
		writers.Go(func() {
			if _, err := s.Put(t.Context(), "same", strings.NewReader(strings.Repeat(string(rune('a'+i)), 100_000))); err != nil {
				t.Error(err)
			}
		})
	}
	writers.Wait()
	got := get(t, s, "same", 0, -1)
	if len(got) != 100_000 || strings.Count(got, got[:1]) != len(got) {
		t.Errorf("a mixture of %d bytes", len(got))
	}
}

func cancelled(t *testing.T, s blob.Store) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := s.Put(ctx, "late", strings.NewReader("x")); !errors.Is(err, context.Canceled) {
		t.Errorf("put: %v", err)
	}
	if got := all(t, s, ""); len(got) != 0 {
		t.Errorf("left over: %v", got)
	}
}
