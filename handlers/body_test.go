package handlers_test

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net"
	"strings"
	"testing"
	"time"
)

// TestSmuggling: what stands in a body is never taken for a request, however the one before it ends.
func TestSmuggling(t *testing.T) {
	s := newSite(t, say("x"))
	inner := "GET /healthz?smuggled HTTP/1.1\r\nHost: x\r\n\r\n"
	for name, head := range map[string]string{
		"401":         "POST /api/v1/files/upload HTTP/1.1\r\nContent-Type: multipart/form-data; boundary=x\r\n",
		"404":         "POST /nothing HTTP/1.1\r\n",
		"message":     "POST /chats/c/messages HTTP/1.1\r\nContent-Type: multipart/form-data; boundary=x\r\n",
		"message 401": "POST /api/v1/chats/c/messages HTTP/1.1\r\nContent-Type: multipart/form-data; boundary=x\r\n",
		"chat's form": "POST /chats HTTP/1.1\r\nContent-Type: multipart/form-data; boundary=x\r\n",
		"method":      "FOO /files/upload HTTP/1.1\r\nContent-Type: multipart/form-data; boundary=x\r\n",
		"cross-site":  "POST /files/upload HTTP/1.1\r\nContent-Type: multipart/form-data; boundary=x\r\nOrigin: http://evil.example\r\n",
		"other type":  "POST /files/upload HTTP/1.1\r\nContent-Type: application/x-www-form-urlencoded\r\n",
		"too large":   "POST /chats HTTP/1.1\r\nContent-Type: application/json\r\n",
		"compressed":  "POST /chats HTTP/1.1\r\nContent-Type: application/json\r\nContent-Encoding: gzip\r\n",
		"body on GET": "GET /models HTTP/1.1\r\n",
	} {
		for _, size := range []int{8192 + 200, 5 << 20} {
			body := strings.Repeat("A", 8192) + inner
			body += strings.Repeat("B", size-len(body))
			answers := exchange(t, s, head+"Host: "+strings.TrimPrefix(s.url, "http://")+fmt.Sprintf("\r\nContent-Length: %d\r\n\r\n", size)+body)
			if n := strings.Count(answers, "HTTP/1.1 "); n != 1 || strings.Contains(answers, `"status":"ok"`) {
				t.Errorf("%s, %d bytes: %d answers:\n%.600s", name, size, n, answers)
			}
			chunked := head + "Host: " + strings.TrimPrefix(s.url, "http://") + fmt.Sprintf("\r\nTransfer-Encoding: chunked\r\n\r\n%x\r\n%s\r\n0\r\n\r\n", size, body)
			if answers := exchange(t, s, chunked); strings.Count(answers, "HTTP/1.1 ") != 1 {
				t.Errorf("%s, chunked %d bytes:\n%.600s", name, size, answers)
			}
		}
	}
}

// TestSmugglingHuge: of a body that is too long to be read away the rest is not read as requests either.
func TestSmugglingHuge(t *testing.T) {
	s := newSite(t, say("x"))
	for name, head := range map[string]string{
		"upload": "POST /api/v1/files/upload HTTP/1.1\r\nContent-Type: multipart/form-data; boundary=x\r\n",
		"other":  "POST /chats HTTP/1.1\r\nContent-Type: application/json\r\n",
	} {
		body := strings.Repeat("A", 8192) + "GET /healthz?smuggled HTTP/1.1\r\nHost: x\r\n\r\n"
		answers := exchange(t, s, head+"Host: "+strings.TrimPrefix(s.url, "http://")+"\r\nContent-Length: 200000000\r\n\r\n"+body)
		if n := strings.Count(answers, "HTTP/1.1 "); n != 1 || !strings.Contains(answers, "Connection: close") {
			t.Errorf("%s: %d answers:\n%.600s", name, n, answers)
		}
	}
}

// exchange writes a request and reads all that comes back until the server has nothing more to say.
func exchange(t *testing.T, s *site, request string) string {
	t.Helper()
	conn, err := net.Dial("tcp", strings.TrimPrefix(s.url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	go func() { _, _ = io.WriteString(conn, request) }() // the server may hang up before the end
	var all bytes.Buffer
	r := bufio.NewReader(conn)
	for wait := 5 * time.Second; ; wait = 150 * time.Millisecond {
		if err := conn.SetReadDeadline(time.Now().Add(wait)); err != nil {
			t.Fatal(err)
		}
		b := make([]byte, 64<<10)
		n, err := r.Read(b)
		all.Write(b[:n])
		if err != nil {
			return all.String()
		}
	}
}

// TestBodyLimit: every route that is no upload takes 4 MB and answers more with a real 413.
func TestBodyLimit(t *testing.T) {
	s := newSite(t, say("x"))
	p := s.program()
	big := raw(`{"title":"` + strings.Repeat("x", 5<<20) + `"}`)
	for _, route := range [][2]string{{"POST", "/chats"}, {"POST", "/chats/c/messages"}, {"PATCH", "/chats/c"}, {"POST", "/auth/login"}, {"DELETE", "/chats/c"}} {
		if a := p.do(route[0], "/api/v1"+route[1], big, asJSON...); a.status != 413 || !strings.Contains(a.body, "too_large") {
			t.Errorf("%v: %d %.200s", route, a.status, a.body)
		}
	}
	if a := p.do("POST", "/api/v1/chats", raw(`{"x":"`+strings.Repeat("x", 4<<20-100)+`"}`), asJSON...); a.status != 201 {
		t.Errorf("just below: %d %.200s", a.status, a.body)
	}
	if a := p.do("POST", "/api/v1/chats", raw(`{}`), "Content-Encoding", "gzip", "Accept", "application/json"); a.status != 415 {
		t.Errorf("compressed: %d", a.status)
	}
}
