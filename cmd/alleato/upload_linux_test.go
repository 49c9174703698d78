package main

import (
	"net/http"
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

// TestUploadToFullDisk: where files, uploads and database share a disk that is too small for an upload, it
// fails whole, and the server takes the next one.
func TestUploadToFullDisk(t *testing.T) {
	data := t.TempDir()
	if err := syscall.Mount("tmpfs", data, "tmpfs", 0, "size=24m"); err != nil {
		t.Skipf("a small file system cannot be mounted here: %v", err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(data, syscall.MNT_DETACH); err != nil {
			t.Error(err)
		}
	})
	p := start(t, data)
	token := p.guest()
	for size, want := range map[int]int{13 << 20: http.StatusServiceUnavailable, 40 << 20: http.StatusServiceUnavailable} {
		if status, err := p.pour("/files/upload", token, "text", size, false); status != want {
			t.Errorf("%d MB: %d, %v", size>>20, status, err)
		}
	}
	left, err := filepath.Glob(filepath.Join(data, "files", "*", "*", "*"))
	if spooled, spoolErr := os.ReadDir(filepath.Join(data, "tmp")); err != nil || spoolErr != nil || len(left)+len(spooled) > 0 {
		t.Errorf("left: %v %v (%v, %v)", left, spooled, err, spoolErr)
	}
	if status, err := p.pour("/files/upload", token, "text", 1<<20, false); status != http.StatusCreated {
		t.Errorf("afterwards: %d, %v", status, err)
	}
	if len(p.done) > 0 {
		t.Error("the server has ended")
	}
}
