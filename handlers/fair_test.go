package handlers_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"alleato/ai"
	"alleato/ai/model/script"
	"alleato/handlers"
	"alleato/store"
)

// TestSlowPicturesAreOnesOwn: somebody whose pictures never come keeps nobody else from theirs, and is told
// to come again.
func TestSlowPicturesAreOnesOwn(t *testing.T) {
	held := make(chan struct{})
	outside := &hosts{answer: func(r *http.Request) (int, []byte) {
		if strings.Contains(r.URL.Path, "slow") {
			<-held
		}
		return 200, picture(30, 20)
	}}
	text := "![a](https://pictures.example/slow) ![b](https://pictures.example/good.png)"
	s := newSite(t, titled("Talk", func(script.Request) script.Reply { return script.Say(text) }), func(h *handlers.Options, _ *ai.Options) { h.Outside = outside })
	greedy, ada := s.signedIn("greedy"), s.signedIn("ada")
	var message [2]string
	for i, p := range []*person{greedy, ada} {
		var out struct{ Message store.Message }
		p.json("POST", fmt.Sprint("/chats/c", i, "/messages"), map[string]any{"text": "Hi"}, &out)
		message[i] = out.Message.ID
	}
	address := func(who int, path string) string {
		return fmt.Sprint("/chats/c", who, "/messages/", message[who], "/image?url=", url.QueryEscape("https://pictures.example"+path))
	}
	done := make(chan answer, 12)
	for range cap(done) {
		go func() {
			response := greedy.open("GET", address(0, "/slow"), nil, asJSON...)
			defer response.Body.Close()
			body, err := io.ReadAll(response.Body)
			if err != nil {
				t.Error(err)
			}
			done <- answer{response.StatusCode, response.Header, string(body)}
		}()
	}
	eventually(t, "the slow hosts are asked", func() bool { return outside.asked.Load() == 2 })
	begun := time.Now()
	if got := ada.do("GET", address(1, "/good.png"), nil, asJSON...); got.status != 200 || time.Since(begun) > 3*time.Second {
		t.Errorf("the other: %d after %v %s", got.status, time.Since(begun), got.body)
	}
	for range cap(done) - 2 {
		if got := <-done; got.status != 503 || got.header.Get("Retry-After") == "" {
			t.Errorf("who waits in vain: %d %s", got.status, got.body)
		}
	}
	close(held)
	<-done
	<-done
	if asked := outside.asked.Load(); asked > 4 {
		t.Errorf("%d hosts were asked", asked)
	}
}

// TestSecondImportIsNotRead: it is refused before its body is received.
func TestSecondImportIsNotRead(t *testing.T) {
	s := newSite(t, echo)
	p := s.account("ada@example.com", store.RoleUser)
	var me session
	p.json("GET", "/api/v1/auth/me", nil, &me)
	if _, err := s.store.StartTransfer(t.Context(), me.User.ID, store.Import, "", "chats.json"); err != nil {
		t.Fatal(err)
	}
	conn, err := net.Dial("tcp", strings.TrimPrefix(s.url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(10 * time.Second)); err != nil {
		t.Fatal(err)
	}
	// the answer is to come while the file has only begun: the server itself waits for 8 KB, and for no more
	form := "--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"chats.json\"\r\n\r\n"
	_, err = fmt.Fprintf(conn, "POST /api/v1/account/imports HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %s\r\nContent-Length: %d\r\n"+
		"Content-Type: multipart/form-data; boundary=x\r\n\r\n%s%s", p.token, 200<<20, form, strings.Repeat("[", 8<<10-len(form)))
	if err != nil {
		t.Fatal(err)
	}
	response, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	if response.StatusCode != 409 {
		t.Errorf("%d", response.StatusCode)
	}
}

// TestGuestsOfAnAddress: a new guest for every upload does not fill the disk.
func TestGuestsOfAnAddress(t *testing.T) {
	s := newSite(t, echo, func(h *handlers.Options, a *ai.Options) {
		h.Rates = &handlers.Rates{Reads: 1000, Writes: 1000, SignIn: 1000}
		a.Limits = map[store.Role]store.Limit{store.RoleGuest: {UploadBytes: 1 << 10, StorageBytes: 1 << 10}}
	})
	file := []byte(strings.Repeat("x", 1000))
	kept := 0
	var last answer
	for range 12 {
		if last = s.program().do("POST", "/api/v1/files/upload", named("a.txt", file), asJSON...); last.status == 201 {
			kept++
		}
	}
	if kept != 10 || last.status != 429 || last.header.Get("Retry-After") == "" || !strings.Contains(last.body, "Sign in") {
		t.Errorf("%d kept, then %d %s", kept, last.status, last.body)
	}
	if got := s.account("ada@example.com", store.RoleUser).do("POST", "/api/v1/files/upload", named("a.txt", file), asJSON...); got.status != 201 {
		t.Errorf("a person there: %d %s", got.status, got.body)
	}
}
