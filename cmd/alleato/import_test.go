package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"strings"
	"testing"
	"time"
)

// conversations writes a file of ChatGPT's: n chats of twenty messages of 5 KB.
func conversations(w io.Writer, n int) error {
	text, err := json.Marshal(strings.Repeat("Flour, water, salt and time. ", 175))
	if err != nil {
		return err
	}
	for i := range n {
		separator := ","
		if i == 0 {
			separator = "["
		}
		fmt.Fprintf(w, `%s{"id":"c%d","conversation_id":"c%d","title":"Bread %d","create_time":1718445600.5,"update_time":1718449200.5,"current_node":"n20","mapping":{"n0":{"id":"n0","message":null,"parent":null,"children":["n1"]}`, separator, i, i, i)
		for m := 1; m <= 20; m++ {
			role := []string{"assistant", "user"}[m%2]
			fmt.Fprintf(w, `,"n%d":{"id":"n%d","parent":"n%d","children":["n%d"],"message":{"id":"n%d","author":{"role":"%s"},"create_time":%d.5,"content":{"content_type":"text","parts":[%s]},"metadata":{},"recipient":"all"}}`,
				m, m, m-1, m+1, m, role, 1718445600+m, text)
		}
		if _, err := io.WriteString(w, "}}"); err != nil {
			return err
		}
	}
	_, err = io.WriteString(w, "]")
	return err
}

// bring imports a file as it is made.
func (p *process) bring(token string, write func(io.Writer) error, out any) error {
	r, w := io.Pipe()
	form := multipart.NewWriter(w)
	go func() {
		part, err := form.CreateFormFile("file", "conversations.json")
		if err == nil {
			err = errors.Join(write(part), form.Close())
		}
		w.CloseWithError(err)
	}()
	request, err := http.NewRequest(http.MethodPost, p.url+"/api/v1/account/imports", r)
	if err != nil {
		return err
	}
	request.Header.Set("Content-Type", form.FormDataContentType())
	request.Header.Set("Authorization", "Bearer "+token)
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	content, err := io.ReadAll(response.Body)
	if err = errors.Join(err, response.Body.Close()); err != nil {
		return err
	}
	if response.StatusCode >= 300 {
		return fmt.Errorf("%d %s", response.StatusCode, content)
	}
	return json.Unmarshal(content, out)
}

type importState struct {
	Import struct {
		ID, Status string
		Error      *string
		Report     *struct{ Chats, Updated, Unchanged, Messages int }
	}
}

func (p *process) member() string {
	var in struct{ Token string }
	p.read("POST", "/auth/register", "", `{"email":"ada@example.com","password":"correct horse"}`, &in)
	return in.Token
}

// await asks for an import until it has ended.
func (p *process) await(token string, s *importState) {
	p.t.Helper()
	for end := time.Now().Add(3 * time.Minute); s.Import.Status == "running"; time.Sleep(100 * time.Millisecond) {
		if time.Now().After(end) {
			p.t.Fatal("the import does not end")
		}
		p.read("GET", "/account/imports/"+s.Import.ID, token, "", s)
	}
}

// TestLargeImport: a file of 50 MB comes in without being in memory. The server is killed meanwhile: what is
// there is whole, the import is said to have been cut off, and done again it brings the rest, once.
func TestLargeImport(t *testing.T) {
	data := t.TempDir()
	p := start(t, data)
	token := p.member()
	const chats = 500
	var size int
	if err := conversations(counter{&size}, chats); err != nil || size < 50<<20 {
		t.Fatalf("a file of %d MB, %v", size>>20, err)
	}
	var small importState // what anything takes
	if err := p.bring(token, func(w io.Writer) error { return conversations(w, 1) }, &small); err != nil {
		t.Fatal(err)
	}
	before := p.resident("VmRSS")
	failed := make(chan error, 1)
	go func() {
		var s importState
		failed <- p.bring(token, func(w io.Writer) error { return conversations(w, chats) }, &s)
	}()
	var list struct{ Chats []struct{ ID string } }
	for end := time.Now().Add(time.Minute); len(list.Chats) < 60 && time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		p.read("GET", "/chats?limit=100", token, "", &list)
	}
	grown := p.resident("VmHWM") - before
	if err := p.cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	<-p.done
	<-failed
	if len(list.Chats) < 60 || len(list.Chats) >= chats {
		t.Fatalf("killed after %d chats", len(list.Chats))
	}

	p = start(t, data)
	var imports struct {
		Imports []struct {
			Status string
			Error  *string
		}
	}
	p.read("GET", "/account/imports", token, "", &imports)
	if one := imports.Imports[0]; one.Status != "failed" || one.Error == nil || !strings.Contains(*one.Error, "server stopped") {
		t.Errorf("after the kill: %+v", imports.Imports)
	}
	before = p.resident("VmRSS")
	for time := range 2 {
		var s importState
		if err := p.bring(token, func(w io.Writer) error { return conversations(w, chats) }, &s); err != nil {
			t.Fatal(err)
		}
		p.await(token, &s)
		r := s.Import.Report
		if s.Import.Status != "complete" || r.Chats+r.Unchanged+r.Updated != chats || r.Updated > 1 || (time == 1 && r.Unchanged != chats) {
			t.Errorf("time %d: %+v %v", time, r, s.Import.Error)
		}
	}
	grown = max(grown, p.resident("VmHWM")-before)
	if t.Logf("a file of %d MB took %d MB of memory at its highest", size>>20, grown>>20); grown > 64<<20 {
		t.Errorf("resident memory grew by %d MB at its highest", grown>>20)
	}
}

type counter struct{ n *int }

// Write counts.
func (c counter) Write(p []byte) (int, error) {
	*c.n += len(p)
	return len(p), nil
}
