package main

import (
	"bytes"
	"encoding/json"
	"io"
	"mime/multipart"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"alleato/store/media/mediatest"
)

// give uploads a file and tells what the server says of it.
func (p *process) give(token, name string, content []byte) (status int, id, detail string) {
	p.t.Helper()
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	part, err := form.CreateFormFile("file", name)
	if err == nil {
		_, err = part.Write(content)
	}
	if err == nil {
		err = form.Close()
	}
	if err != nil {
		p.t.Fatal(err)
	}
	request, err := http.NewRequest(http.MethodPost, p.url+"/api/v1/files/upload", &body)
	if err != nil {
		p.t.Fatal(err)
	}
	request.Header.Set("Content-Type", form.FormDataContentType())
	request.Header.Set("Authorization", "Bearer "+token)
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		p.t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	var out struct{ ID, Detail string }
	if err == nil {
		err = json.Unmarshal(text, &out)
	}
	if err != nil {
		p.t.Fatalf("%v in %s", err, text)
	}
	return response.StatusCode, out.ID, out.Detail
}

// TestHostileFiles: bombs in pictures and PDFs are refused by the program itself, its memory stays flat,
// nothing is left on the disk, and it goes on.
func TestHostileFiles(t *testing.T) {
	data := t.TempDir()
	p := start(t, data)
	token := p.guest()
	if status, _, detail := p.give(token, "warm.pdf", mediatest.PDFText("Hello")); status != http.StatusCreated {
		t.Fatalf("a good one: %d %s", status, detail)
	}
	before := p.resident("VmRSS")
	for round := range 2 {
		for name, content := range map[string][]byte{"bomb.pdf": mediatest.PDFBomb(400), "huge.png": mediatest.PNGHeader(30_000, 30_000), "bomb.gif": mediatest.GIFBomb(10_000)} {
			status, _, detail := p.give(token, name, content)
			if status != http.StatusRequestEntityTooLarge || detail == "" {
				t.Errorf("round %d: %s of %d bytes: %d %s", round, name, len(content), status, detail)
			}
		}
	}
	// much text in a small file: kept up to a bound, and the model is told less still
	status, id, detail := p.give(token, "much.pdf", mediatest.PDF([]byte("BT ("+strings.Repeat("word ", 4<<20)+") Tj ET"), 2))
	if status != http.StatusCreated {
		t.Errorf("20 MB of text: %d %s", status, detail)
	}
	grown := p.resident("VmHWM") - before
	if grown > 32<<20 {
		t.Errorf("resident memory grew by %d MB at its highest", grown>>20)
	}
	t.Logf("resident memory grew by %d MB at its highest", grown>>20)
	var file struct{ File struct{ Name string } }
	if p.read(http.MethodGet, "/files/"+id, token, "", &file); file.File.Name != "much.pdf" {
		t.Errorf("the server does not go on: %+v", file)
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
	if len(left) != 4 { // the two good ones and their texts
		t.Errorf("on the disk: %v", left)
	}
}
