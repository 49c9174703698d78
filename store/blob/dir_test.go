package blob_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"alleato/store/blob"
	"alleato/store/blob/blobtest"
)

func open(t *testing.T, dir string) *blob.Dir {
	t.Helper()
	d, err := blob.OpenDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := d.Close(); err != nil {
			t.Error(err)
		}
	})
	return d
}

func TestDir(t *testing.T) {
	blobtest.Run(t, func(t *testing.T) blob.Store { return open(t, filepath.Join(t.TempDir(), "a", "b")) })
}

// TestDirLinks: a link in the directory does not lead out of it.
func TestDirLinks(t *testing.T) {
	dir, outside := t.TempDir(), t.TempDir()
	if err := os.WriteFile(filepath.Join(outside, "secret"), []byte("s"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(outside, filepath.Join(dir, "link")); err != nil {
		t.Fatal(err)
	}
	d := open(t, dir)
	if r, err := d.Get(t.Context(), "link/secret", 0, -1); err == nil {
		r.Close()
		t.Error("read through a link")
	}
	if _, err := d.Put(t.Context(), "link/new", strings.NewReader("x")); err == nil {
		t.Error("wrote through a link")
	}
}

// TestDirAbandoned: what a crash left half written goes with the next listing.
func TestDirAbandoned(t *testing.T) {
	dir := t.TempDir()
	old := time.Now().Add(-2 * time.Hour)
	for _, name := range []string{".part-OLD", ".part-NEW"} {
		if err := os.WriteFile(filepath.Join(dir, name), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Chtimes(filepath.Join(dir, ".part-OLD"), old, old); err != nil {
		t.Fatal(err)
	}
	if err := open(t, dir).List(t.Context(), "", func(i blob.Info) error { t.Errorf("listed %s", i.Key); return nil }); err != nil {
		t.Fatal(err)
	}
	left, err := filepath.Glob(filepath.Join(dir, ".part-*"))
	if err != nil || len(left) != 1 || filepath.Base(left[0]) != ".part-NEW" {
		t.Errorf("left: %v, %v", left, err)
	}
}
