package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"alleato/ai/model/script"
)

// These tests run the built program as a process, the way an operator does.

var build = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "alleato-test-")
	builtIn = dir
	if err != nil {
		return "", err
	}
	path := filepath.Join(dir, "alleato")
	out, err := exec.Command("go", "build", "-o", path, ".").CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("%w: %s", err, out)
	}
	return path, nil
})

// builtIn is the directory of the built program; "" when no test needed it.
var builtIn string

// TestMain takes the built program away again.
func TestMain(m *testing.M) {
	playRole() // a party of the bench ends here
	code := m.Run()
	if err := os.RemoveAll(builtIn); err != nil {
		fmt.Fprintln(os.Stderr, err)
	}
	os.Exit(code)
}

// process is a running alleato.
type process struct {
	t    *testing.T
	cmd  *exec.Cmd
	url  string
	log  *bytes.Buffer
	done chan error
}

// freeAddr is an address that nobody listens on just now.
func freeAddr(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// start runs the program on a data directory and waits until it is ready.
func start(t *testing.T, data string, env ...string) *process {
	t.Helper()
	path, err := build()
	if err != nil {
		t.Fatal(err)
	}
	addr := freeAddr(t)
	p := &process{t: t, url: "http://" + addr, log: &bytes.Buffer{}, done: make(chan error, 1)}
	p.cmd = exec.Command(path, "serve")
	p.cmd.Env = append([]string{"PATH=" + os.Getenv("PATH"), "HOME=" + t.TempDir(), "ALLEATO_ADDR=" + addr, "ALLEATO_DATA=" + data,
		"ALLEATO_RATE_LIMITS=off", "ALLEATO_ENTITLEMENTS=off", "ALLEATO_LOG=warn"}, env...)
	p.cmd.Stderr = p.log
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() { p.done <- p.cmd.Wait() }()
	t.Cleanup(func() { _ = p.cmd.Process.Kill() })
	for range 500 {
		if r, err := http.Get(p.url + "/readyz"); err == nil {
			r.Body.Close()
			if r.StatusCode == http.StatusOK {
				return p
			}
		}
		select {
		case err := <-p.done:
			t.Fatalf("did not start: %v\n%s", err, p.log)
		case <-time.After(20 * time.Millisecond):
		}
	}
	t.Fatalf("never ready:\n%s", p.log)
	return nil
}

// exit waits for the process to end by itself.
func (p *process) exit(within time.Duration) error {
	p.t.Helper()
	select {
	case err := <-p.done:
		return err
	case <-time.After(within):
		p.t.Fatalf("still running after %s:\n%s", within, p.log)
		return nil
	}
}

func (p *process) call(method, path, token string, body string) (*http.Response, error) {
	request, err := http.NewRequest(method, p.url+"/api/v1"+path, strings.NewReader(body))
	if err != nil {
		return nil, err
	}
	request.Header.Set("Authorization", "Bearer "+token)
	if body != "" {
		request.Header.Set("Content-Type", "application/json")
	}
	return http.DefaultClient.Do(request)
}

// read sends a request that must succeed and reads its JSON.
func (p *process) read(method, path, token, body string, out any) {
	p.t.Helper()
	response, err := p.call(method, path, token, body)
	if err != nil {
		p.t.Fatal(err)
	}
	defer response.Body.Close()
	content, err := io.ReadAll(response.Body)
	if err == nil && response.StatusCode >= 300 {
		err = errors.New(response.Status)
	}
	if err == nil {
		err = json.Unmarshal(content, out)
	}
	if err != nil {
		p.t.Fatalf("%s %s: %v: %s", method, path, err, content)
	}
}

func (p *process) guest() string {
	p.t.Helper()
	var out struct{ Token string }
	p.read("POST", "/auth/guest", "", "", &out)
	return out.Token
}

type chatTree struct {
	Messages []struct {
		Role, Status string
		Parts        []struct{ Type, Text string }
		Error        *struct{ Code, Message string }
	}
}

func (c chatTree) text(message int) string {
	for _, part := range c.Messages[message].Parts {
		if part.Type == "text" {
			return part.Text
		}
	}
	return ""
}

// paced is a model that writes numbered words, one every few milliseconds, n of them.
func paced(t *testing.T, n int, delay time.Duration) string {
	t.Helper()
	h := &script.Handler{Answer: func(r script.Request) script.Reply {
		if strings.HasPrefix(r.Last("system"), "Write a title") {
			return script.Say("A title")
		}
		return script.Reply{Next: func(i int) (script.Chunk, bool) {
			return script.Chunk{Text: fmt.Sprintf("w%d ", i), Delay: delay}, n < 0 || i < n
		}}
	}}
	server := httptest.NewServer(h)
	t.Cleanup(func() { server.CloseClientConnections(); server.Close() })
	return "OPENAI_BASE_URL=" + server.URL + "/v1"
}

// TestKill: after kill -9 in mid-reply the question is there, the partial reply is at most half a
// second old and marked interrupted, and nothing is streaming for ever.
func TestKill(t *testing.T) {
	data, upstream := t.TempDir(), paced(t, -1, 10*time.Millisecond)
	p := start(t, data, upstream)
	token := p.guest()
	response, err := p.call("POST", "/chats/c/messages", token, `{"text":"Tell me"}`)
	if err != nil {
		t.Fatal(err)
	}
	seen := readFor(response.Body, 2*time.Second)
	if err := p.cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	<-p.done
	written := strings.Count(seen, `"text-delta"`)

	p = start(t, data, upstream)
	var tree chatTree
	p.read("GET", "/chats/c?tree=1", token, "", &tree)
	if len(tree.Messages) != 2 || tree.text(0) != "Tell me" {
		t.Fatalf("the question: %+v", tree)
	}
	kept := strings.Fields(tree.text(1))
	if m := tree.Messages[1]; m.Status != "interrupted" || m.Error == nil || m.Error.Message == "" {
		t.Errorf("the reply is %s, error %+v", m.Status, m.Error)
	}
	const each, slack = 100, 50 // words a second; half a second of them may be lost, and a slow tick's
	if lost := written - len(kept); lost > each/2+slack || len(kept) == 0 {
		t.Errorf("%d of %d words were kept", len(kept), written)
	}
	for i, word := range kept {
		if word != fmt.Sprintf("w%d", i) {
			t.Fatalf("word %d is %q", i, word)
		}
	}
	var chats struct{ Chats []struct{ StreamID *string } }
	p.read("GET", "/chats", token, "", &chats)
	if len(chats.Chats) != 1 || chats.Chats[0].StreamID != nil {
		t.Errorf("still streaming: %+v", chats)
	}
	replay, err := p.call("GET", "/chats/c/stream", token, "")
	if err != nil {
		t.Fatal(err)
	}
	defer replay.Body.Close()
	if body, err := io.ReadAll(replay.Body); err != nil || !strings.Contains(string(body), `"finishReason":"error"`) {
		t.Errorf("a program that resumes: %v %s", err, body)
	}
}

// readFor reads what comes within a time.
func readFor(body io.ReadCloser, d time.Duration) string {
	time.AfterFunc(d, func() { body.Close() })
	content, _ := io.ReadAll(body) // ends in the close above
	return string(content)
}

// TestTerminate: with 50 replies running, SIGTERM ends the process by itself within the grace time,
// and every reply is whole or marked. Those that can end in the grace do.
func TestTerminate(t *testing.T) {
	for _, c := range []struct {
		name  string
		words int
		want  string
	}{{"short replies end", 150, "complete"}, {"endless ones are marked", -1, "interrupted"}} {
		t.Run(c.name, func(t *testing.T) {
			data, upstream := t.TempDir(), paced(t, c.words, 20*time.Millisecond)
			grace := map[bool]string{true: "ALLEATO_SHUTDOWN_GRACE=20s", false: "ALLEATO_SHUTDOWN_GRACE=2s"}[c.words > 0]
			p := start(t, data, upstream, grace)
			token := p.guest()
			var wait sync.WaitGroup
			var mu sync.Mutex
			ends := map[int]string{}
			for i := range 50 {
				response, err := p.call("POST", fmt.Sprintf("/chats/c%d/messages", i), token, `{"text":"Tell me"}`)
				if err != nil {
					t.Fatal(err)
				}
				wait.Go(func() {
					defer response.Body.Close()
					body, err := io.ReadAll(response.Body)
					mu.Lock()
					defer mu.Unlock()
					ends[i] = string(body)
					if err != nil {
						ends[i] = err.Error()
					}
				})
			}
			if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
				t.Fatal(err)
			}
			if err := p.exit(25 * time.Second); err != nil {
				t.Errorf("exit: %v\n%s", err, p.log)
			}
			wait.Wait()
			for i, body := range ends {
				if !strings.HasSuffix(body, "data: [DONE]\n\n") || !strings.Contains(body, `"type":"finish"`) {
					t.Errorf("reply %d was not ended on the wire: …%s", i, body[max(0, len(body)-200):])
				}
			}
			p = start(t, data, upstream)
			for i := range 50 {
				var tree chatTree
				p.read("GET", fmt.Sprintf("/chats/c%d?tree=1", i), token, "", &tree)
				if len(tree.Messages) != 2 || tree.Messages[1].Status != c.want {
					t.Errorf("reply %d: %+v", i, tree.Messages)
				}
				if c.words > 0 && len(strings.Fields(tree.text(1))) != c.words {
					t.Errorf("reply %d has %d words", i, len(strings.Fields(tree.text(1))))
				}
			}
		})
	}
}

// TestSecondServer: two servers on one SQLite file are refused, a user command is not.
func TestSecondServer(t *testing.T) {
	data := t.TempDir()
	start(t, data)
	err := run(t.Context(), []string{"serve", "--data", data, "--addr", freeAddr(t)}, nil, strings.NewReader(""), io.Discard, io.Discard)
	if err == nil {
		t.Error("a second server started on the same database")
	}
	out := &bytes.Buffer{}
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	err = run(ctx, []string{"user", "create", "--email", "Root@Example.com", "--admin", "--password-stdin", "--data", data}, nil,
		strings.NewReader("long enough\n"), out, io.Discard)
	if err != nil || !strings.Contains(out.String(), "root@example.com admin") {
		t.Errorf("%v: %s", err, out)
	}
}
