package script_test

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"alleato/ai/model/script"

	"github.com/google/go-cmp/cmp"
)

const question = `{"model":"m","stream":true,"messages":[{"role":"system","content":"Be brief."},{"role":"user","content":[{"type":"text","text":"look"},{"type":"image_url","image_url":{"url":"data:x"}}]}],"tools":[{"type":"function","function":{"name":"add"}}]}`

// both runs a test over a real listener and in process.
func both(t *testing.T, test func(t *testing.T, open func(h *script.Handler) (*http.Client, string))) {
	t.Run("listener", func(t *testing.T) {
		test(t, func(h *script.Handler) (*http.Client, string) {
			server := httptest.NewServer(h)
			t.Cleanup(server.Close)
			return server.Client(), server.URL
		})
	})
	t.Run("in process", func(t *testing.T) {
		test(t, func(h *script.Handler) (*http.Client, string) {
			return &http.Client{Transport: script.RoundTripper(h)}, "http://script.invalid"
		})
	})
}

func post(t *testing.T, ctx context.Context, client *http.Client, url, body string) *http.Response {
	t.Helper()
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, url+"/v1/chat/completions", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	resp, err := client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { resp.Body.Close() })
	return resp
}

func read(t *testing.T, resp *http.Response) string {
	t.Helper()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(body)
}

func TestTranscript(t *testing.T) {
	both(t, func(t *testing.T, open func(*script.Handler) (*http.Client, string)) {
		h := &script.Handler{Answer: func(r script.Request) script.Reply {
			return script.Reply{
				Header: http.Header{"X-Model": {r.Model}},
				Chunks: []script.Chunk{
					{Reasoning: "hm"}, {Text: "half \xe2"}, {Raw: `{"raw":1}`}, {Bytes: []byte(": comment\r\n\r\n")},
					{ToolIndex: 1, ToolID: "c", ToolName: "add", ToolArgs: `{"x":"` + "\n\x01" + `"}`},
				},
				Usage: &script.Usage{InputTokens: 3, OutputTokens: 4},
			}
		}}
		client, url := open(h)
		resp := post(t, t.Context(), client, url, question)
		const head = `data: {"id":"chatcmpl-script","object":"chat.completion.chunk","created":1700000000,"model":"m","choices":[`
		want := head + `{"index":0,"delta":{"role":"assistant","reasoning_content":"hm"},"finish_reason":null}]}` + "\n\n" +
			head + `{"index":0,"delta":{"content":"half ` + "\xe2" + `"},"finish_reason":null}]}` + "\n\n" +
			`data: {"raw":1}` + "\n\n: comment\r\n\r\n" +
			head + `{"index":0,"delta":{"tool_calls":[{"index":1,"type":"function","id":"c","function":{"name":"add","arguments":"{\"x\":\"\n\u0001\"}"}}]},"finish_reason":null}]}` + "\n\n" +
			head + `{"index":0,"delta":{},"finish_reason":"tool_calls"}]}` + "\n\n" +
			head + `],"usage":{"prompt_tokens":3,"completion_tokens":4,"total_tokens":7}}` + "\n\ndata: [DONE]\n\n"
		if diff := cmp.Diff(want, read(t, resp)); diff != "" {
			t.Error(diff)
		}
		if resp.Header.Get("X-Model") != "m" || resp.Header.Get("Content-Type") != "text/event-stream" {
			t.Errorf("header %v", resp.Header)
		}
		got := h.Requests()
		if len(got) != 1 || string(got[0].Body) != question || got[0].Last("user") != "look" || got[0].Last("tool") != "" {
			t.Fatalf("got %+v", got)
		}
		wantMessages := []script.Message{{Role: "system", Text: "Be brief."}, {Role: "user", Text: "look", Images: []string{"data:x"}}}
		if diff := cmp.Diff(wantMessages, got[0].Messages); diff != "" || !cmp.Equal(got[0].Tools, []string{"add"}) {
			t.Error(diff, got[0].Tools)
		}
		if e := <-h.Closed(); e.Gone || e.Sent != 5 || h.Active() != 0 {
			t.Errorf("got %+v, %d active", e, h.Active())
		}
	})
}

func TestWithoutStream(t *testing.T) {
	both(t, func(t *testing.T, open func(*script.Handler) (*http.Client, string)) {
		client, url := open(&script.Handler{Answer: func(script.Request) script.Reply {
			return script.Reply{Chunks: append([]script.Chunk{{Reasoning: "hm"}}, script.Words("a whole answer", 0)...)}
		}})
		body := read(t, post(t, t.Context(), client, url, `{"model":"m","messages":[]}`))
		if !strings.Contains(body, `"message":{"content":"a whole answer","reasoning_content":"hm","role":"assistant"}`) {
			t.Error(body)
		}
	})
}

func TestRefusalsAndRoutes(t *testing.T) {
	both(t, func(t *testing.T, open func(*script.Handler) (*http.Client, string)) {
		h := &script.Handler{Models: []string{"a"}, Answer: func(script.Request) script.Reply { return script.Fail(503) }}
		client, url := open(h)
		if resp := post(t, t.Context(), client, url, question); resp.StatusCode != 503 || !strings.Contains(read(t, resp), `"error"`) {
			t.Errorf("status %d", resp.StatusCode)
		}
		if resp := post(t, t.Context(), client, url, "no JSON"); resp.StatusCode != 400 {
			t.Errorf("status %d", resp.StatusCode)
		}
		resp, err := client.Get(url + "/models")
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		if body := read(t, resp); !strings.Contains(body, `"id":"a"`) {
			t.Error(body)
		}
		locked, lockedURL := open(&script.Handler{Key: "secret"})
		if resp := post(t, t.Context(), locked, lockedURL, question); resp.StatusCode != 401 {
			t.Errorf("status %d", resp.StatusCode)
		}
		if resp, err := client.Get(url + "/nothing"); err != nil || resp.StatusCode != 404 {
			t.Errorf("%v, %v", resp, err)
		}
	})
}

func TestCut(t *testing.T) {
	both(t, func(t *testing.T, open func(*script.Handler) (*http.Client, string)) {
		client, url := open(&script.Handler{Answer: func(script.Request) script.Reply {
			return script.Reply{Chunks: script.Words("so far", 0), Cut: true}
		}})
		body, err := io.ReadAll(post(t, t.Context(), client, url, question).Body)
		if !errors.Is(err, io.ErrUnexpectedEOF) || !strings.Contains(string(body), "far") {
			t.Errorf("%q, %v", body, err)
		}
	})
}

// A stream arrives as it is played, and ends for the script when the reader leaves.
func TestStreamsAndCancels(t *testing.T) {
	leave := map[string]func(context.CancelFunc, *http.Response){
		"cancel": func(cancel context.CancelFunc, _ *http.Response) { cancel() },
		"close":  func(_ context.CancelFunc, r *http.Response) { r.Body.Close() },
	}
	for how, leave := range leave {
		both(t, func(t *testing.T, open func(*script.Handler) (*http.Client, string)) {
			h := &script.Handler{Answer: func(script.Request) script.Reply {
				return script.Reply{Chunks: script.Words("first", 0), Stall: true}
			}}
			client, url := open(h)
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			resp := post(t, ctx, client, url, question)
			line, err := bufio.NewReader(resp.Body).ReadString('\n')
			if err != nil || !strings.Contains(line, "first") || h.Active() != 1 {
				t.Fatalf("%s: %q, %v, %d active", how, line, err, h.Active())
			}
			leave(cancel, resp)
			select {
			case e := <-h.Closed():
				if !e.Gone || e.Request.Model != "m" {
					t.Errorf("%s: %+v", how, e)
				}
			case <-time.After(time.Second):
				t.Fatalf("%s: still playing", how)
			}
			if h.Active() != 0 {
				t.Errorf("%s: %d active", how, h.Active())
			}
		})
	}
}

func TestPanicBreaksOff(t *testing.T) {
	client := &http.Client{Transport: script.RoundTripper(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		if _, err := io.WriteString(w, "so far"); err != nil {
			t.Error(err)
		}
		panic("in the handler")
	}))}
	resp, err := client.Get("http://script.invalid/")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if body, err := io.ReadAll(resp.Body); string(body) != "so far" || !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("%q, %v", body, err)
	}
}

func TestMemoryIsBounded(t *testing.T) {
	for remember, want := range map[int]int{0: 30, 10: 10, -1: 0} {
		h := &script.Handler{Remember: remember}
		client := &http.Client{Transport: script.RoundTripper(h)}
		for range 30 {
			read(t, post(t, t.Context(), client, "http://script.invalid", question))
		}
		if n := len(h.Requests()); n != want {
			t.Errorf("Remember %d keeps %d", remember, n)
		}
		if e := <-h.Closed(); remember < 0 && e.Request.Body != nil {
			t.Error("Closed keeps a body alive")
		}
	}
}

func TestWords(t *testing.T) {
	for _, text := range []string{"", "one", "a  b\n\nc ", "\n  code\n\tmore", "天地 玄黄"} {
		if got := strings.Join(script.Split(text), ""); got != text {
			t.Errorf("%q became %q", text, got)
		}
	}
	if diff := cmp.Diff([]string{"a", "  b", "\n\nc", " "}, script.Split("a  b\n\nc ")); diff != "" {
		t.Error(diff)
	}
}

func TestTicks(t *testing.T) {
	h := &script.Handler{Answer: func(script.Request) script.Reply { return script.Ticks(20, 5*time.Millisecond, "pad ") }}
	client := &http.Client{Transport: script.RoundTripper(h)}
	began := time.Now()
	body := read(t, post(t, t.Context(), client, "http://script.invalid", question))
	stamps := script.Stamps(body)
	if len(stamps) != 20 || strings.Count(body, " pad ") != 20 {
		t.Fatalf("%d stamps in %s", len(stamps), body)
	}
	for i, at := range stamps { // never early; late under load, and then not later and later
		if due := began.Add(time.Duration(i+1) * 5 * time.Millisecond); at.Before(due) {
			t.Errorf("tick %d came %v early", i, due.Sub(at))
		}
	}
}

func BenchmarkTicks(b *testing.B) {
	reply := script.Ticks(-1, 0, "some more words")
	h := &script.Handler{Answer: func(script.Request) script.Reply { return reply }}
	ctx, cancel := context.WithCancel(b.Context())
	w := &counter{header: http.Header{}, left: b.N, cancel: cancel}
	r := httptest.NewRequestWithContext(ctx, http.MethodPost, "/chat/completions", strings.NewReader(question))
	b.ReportAllocs()
	h.ServeHTTP(w, r)
}

// counter is a caller that takes b.N chunks and leaves.
type counter struct {
	header http.Header
	left   int
	cancel func()
}

func (c *counter) Header() http.Header { return c.header }
func (c *counter) WriteHeader(int)     {}
func (c *counter) Flush()              {}
func (c *counter) Write(b []byte) (int, error) {
	if c.left--; c.left <= 0 {
		c.cancel()
	}
	return len(b), nil
}
