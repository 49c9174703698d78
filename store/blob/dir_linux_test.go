package blob_test

import (
	"errors"
	"strings"
	"syscall"
	"testing"

	"alleato/store/blob"
)

// TestDirFull: a disk without space is told as such, and takes blobs again once there is space.
func TestDirFull(t *testing.T) {
	dir := t.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=1m"); err != nil {
		t.Skipf("a small file system cannot be mounted here: %v", err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(dir, syscall.MNT_DETACH); err != nil {
			t.Error(err)
		}
	})
	d := open(t, dir)
	if _, err := d.Put(t.Context(), "big", strings.NewReader(strings.Repeat("x", 2<<20))); !errors.Is(err, blob.ErrFull) {
		t.Errorf("put on a full disk: %v", err)
	}
	if _, err := d.Put(t.Context(), "small", strings.NewReader("x")); err != nil {
		t.Errorf("put afterwards: %v", err)
	}
	if _, err := d.Stat(t.Context(), "big"); !errors.Is(err, blob.ErrNotFound) {
		t.Errorf("half a blob is there: %v", err)
	}
}
