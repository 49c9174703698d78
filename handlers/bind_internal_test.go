package handlers

import (
	"errors"
	"testing"

	"alleato/store"
)

// FuzzReadJSON: whatever comes as a body is read or refused as invalid, never anything else.
func FuzzReadJSON(f *testing.F) {
	for _, seed := range []string{`{"text":"Hi"}`, `{"messages":[{"role":"user","content":[{"type":"text","text":"x"}]}]}`, `null`, `[]`, `5`,
		`{"text":5}`, `{"a":{"a":{"a":1}}}`, "{\"text\":\"\xff\"}", `{"text":"a","text":"b"}`, `{"parentId":null}`, `{"messages":null}`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		var in sendIn
		err := readJSON(body, &in)
		var e *store.Error
		if err != nil && (!errors.As(err, &e) || e.Code != store.Invalid || e.Message == "") {
			t.Fatalf("%q: %v", body, err)
		}
		if err == nil {
			if _, err := in.turn(); err != nil && store.CodeOf(err) != store.Invalid {
				t.Fatalf("%q: %v", body, err)
			}
		}
	})
}

func TestLocalPath(t *testing.T) {
	s := &Server{links: map[string]string{"home": "/"}}
	for next, want := range map[string]string{
		"/chats/x": "/chats/x", "/?a=b": "/?a=b", "": "/", "chats": "/", "//evil.example": "/", "/\\evil.example": "/", "\\\\evil": "/",
		"https://evil.example": "/", "javascript:alert(1)": "/", "/a\r\nSet-Cookie: x": "/", "/\tevil": "/", " /x": "/", "/%2f/evil": "/%2f/evil",
	} {
		if got := s.localPath(next); got != want {
			t.Errorf("localPath(%q) = %q, want %q", next, got, want)
		}
	}
}
