package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"testing"
)

// resident reads a figure of the process's memory, in bytes: VmRSS now, VmHWM at its highest.
func (p *process) resident(figure string) int {
	p.t.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.cmd.Process.Pid))
	if err != nil {
		p.t.Skipf("no figures of a process's memory here: %v", err)
	}
	found := regexp.MustCompile(figure + `:\s+(\d+) kB`).FindSubmatch(status)
	if found == nil {
		p.t.Fatalf("no %s in %s", figure, status)
	}
	n, err := strconv.Atoi(string(found[1]))
	if err != nil {
		p.t.Fatal(err)
	}
	return n << 10
}

// pour uploads size bytes that begin with head, as they are made, and gives the answer's status.
func (p *process) pour(path, token, head string, size int, chunked bool) (int, error) {
	start := new(bytes.Buffer)
	form := multipart.NewWriter(start)
	if _, err := form.CreateFormFile("file", "a.bin"); err != nil {
		return 0, err
	}
	start.WriteString(head)
	end := "\r\n--" + form.Boundary() + "--\r\n"
	body := io.MultiReader(start, io.LimitReader(endless{}, int64(size)), bytes.NewReader([]byte(end)))
	length := int64(start.Len() + size + len(end))
	request, err := http.NewRequest(http.MethodPost, p.url+"/api/v1"+path, body)
	if err != nil {
		return 0, err
	}
	if !chunked {
		request.ContentLength = length
	}
	request.Header.Set("Content-Type", form.FormDataContentType())
	request.Header.Set("Authorization", "Bearer "+token)
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return 0, err
	}
	_, err = io.Copy(io.Discard, response.Body)
	return response.StatusCode, errors.Join(err, response.Body.Close())
}

type endless struct{}

func (endless) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = 'x'
	}
	return len(p), nil
}

// TestRefusedUploads: 100 MB of what is refused, in whatever way, is answered and never in memory, and
// leaves nothing on the disk.
func TestRefusedUploads(t *testing.T) {
	data := t.TempDir()
	p := start(t, data)
	token := p.guest()
	if status, err := p.pour("/files/upload", token, "warm", 1000, false); status != http.StatusCreated {
		t.Fatalf("a good one: %d, %v", status, err)
	}
	before := p.resident("VmRSS")
	const much = 100 << 20
	for _, c := range []struct {
		name, path, token, head string
		size, want              int
	}{
		{"type", "/files/upload", token, "PK\x03\x04", much - 100, http.StatusUnsupportedMediaType},
		{"size", "/files/upload", token, "text", much + 10, http.StatusRequestEntityTooLarge},
		{"nobody", "/files/upload", "none", "text", much, http.StatusUnauthorized},
		{"no upload", "/chats", token, "text", much, http.StatusRequestEntityTooLarge},
		{"message", "/chats/c/messages", token, "text", much, http.StatusUnprocessableEntity},
		{"no picture", "/files/upload", token, "\x89PNG\r\n\x1a\n", much - 100, http.StatusUnsupportedMediaType},
		{"no PDF", "/files/upload", token, "%PDF-1.4\n", much - 100, http.StatusUnsupportedMediaType},
	} {
		for _, chunked := range []bool{false, true} {
			if status, err := p.pour(c.path, c.token, c.head, c.size, chunked); status != c.want {
				t.Errorf("%s, chunked %v: %d, %v", c.name, chunked, status, err)
			}
		}
	}
	if grown := p.resident("VmHWM") - before; grown > 32<<20 {
		t.Errorf("resident memory grew by %d MB at its highest", grown>>20)
	} else {
		t.Logf("resident memory grew by %d MB at its highest", grown>>20)
	}
	var left []string
	for _, dir := range []string{"files", "tmp"} {
		err := filepath.WalkDir(filepath.Join(data, dir), func(path string, entry os.DirEntry, err error) error {
			if err == nil && !entry.IsDir() {
				left = append(left, path)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if len(left) != 1 {
		t.Errorf("left on the disk beside the good one: %v", left)
	}
}
