package exchange_test

import (
	"bytes"
	"context"
	"errors"
	"os"
	"testing"
	"time"
	"unicode/utf8"

	"alleato/store"
	"alleato/store/exchange"
)

// FuzzRead: whatever a file holds, what is taken of it is a tree of messages as ours are, and what is wrong
// with it is said.
func FuzzRead(f *testing.F) {
	for _, name := range []string{"conversations.json", "webui.json"} {
		content, err := os.ReadFile("testdata/" + name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(content)
	}
	f.Add([]byte(`{"format":"alleato","version":1,"files":[{"id":"f","path":"files/f"}],"chats":[{"id":"c","headId":"m","messages":[{"id":"m","role":"user","parts":[{"type":"file","fileId":"f"}]}],"votes":[{}]}]}`))
	f.Add([]byte("PK\x05\x06" + string(make([]byte, 18))))
	f.Fuzz(func(t *testing.T, content []byte) {
		a, err := exchange.Open(bytes.NewReader(content), int64(len(content)))
		if err == nil {
			_, err = a.Read(context.Background(), now, func(c *exchange.Chat) error { judge(t, c); return nil }, nil)
		}
		var own *store.Error
		if err != nil && !errors.As(err, &own) {
			t.Errorf("not an error for people: %v", err)
		}
	})
}

func judge(t *testing.T, c *exchange.Chat) {
	t.Helper()
	there := map[string]bool{}
	if c.ID == "" || c.CreatedAt.After(now) || c.UpdatedAt.Before(time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)) {
		t.Errorf("chat %q of %s to %s", c.ID, c.CreatedAt, c.UpdatedAt)
	}
	for _, m := range c.Messages {
		if !store.ValidID(m.ID) || there[m.ID] || (m.ParentID != nil && !there[*m.ParentID]) || (m.Role != "user" && m.Role != "assistant") || m.Error != nil ||
			m.Status == store.StatusStreaming || m.Status == store.StatusFailed || m.CreatedAt.After(now) || len(m.Parts) > 100 {
			t.Errorf("message %+v", m)
		}
		for _, p := range m.Parts {
			if _, known := c.Files[p.FileID]; p.FileID != "" && !known {
				t.Errorf("a file of somebody's: %q", p.FileID)
			}
			if p.Type == "file" && (!utf8.ValidString(p.Filename) || store.CheckFileName(p.Filename) != nil) {
				t.Errorf("file name %q", p.Filename)
			}
		}
		there[m.ID] = true
	}
	if len(c.Messages) > 0 && !there[c.HeadID] {
		t.Errorf("the head %q is no message", c.HeadID)
	}
}
