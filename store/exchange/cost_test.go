package exchange_test

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"
)

// TestReadCost: what a chat costs to read grows with its size and not with the square of it. Each of these
// took minutes to days when it did.
func TestReadCost(t *testing.T) {
	const size = 2 << 20
	fill := func(piece string) string { return strings.Repeat(piece, size/len(piece)) }
	texts := []map[string]string{}
	for range size / 32 {
		texts = append(texts, map[string]string{"type": "text", "text": "abcdefgh"})
	}
	openWebUI := func(content any) any {
		return []any{map[string]any{"id": "c", "chat": map[string]any{"messages": []any{map[string]any{"role": "user", "content": content}}}}}
	}
	chatGPT := func(content map[string]any, name string) any {
		message := map[string]any{"author": map[string]any{"role": "assistant"}, "content": content,
			"metadata": map[string]any{"attachments": []any{map[string]any{"id": "file-1", "name": name}}}}
		return []any{map[string]any{"conversation_id": "c", "mapping": map[string]any{"m": map[string]any{"message": message}}}}
	}
	text := func(s string) map[string]any { return map[string]any{"content_type": "text", "parts": []any{s}} }
	for name, file := range map[string]any{
		"fences":              chatGPT(map[string]any{"content_type": "code", "text": fill("`")}, "f"),
		"citations":           chatGPT(text(fill("\ue200")), "f"),
		"a long name":         chatGPT(text("Hello"), fill("n")),
		"a long wide name":    chatGPT(text("Hello"), fill("ü")),
		"details":             openWebUI(fill(`<details type="reasoning"><summary></details>`)),
		"open details":        openWebUI(fill(`<details type="reasoning">`)),
		"details, no type":    openWebUI(fill(`<details type="reasoning"`)),
		"summaries":           openWebUI(fill(`<details type="reasoning"><summary></summary>`)),
		"many pieces of text": openWebUI(texts),
	} {
		t.Run(name, func(t *testing.T) {
			content, err := json.Marshal(file)
			if err != nil {
				t.Fatal(err)
			}
			done := make(chan error, 1)
			began := time.Now()
			go func() {
				_, _, _, err := read(t, content)
				done <- err
			}()
			select {
			case err := <-done:
				if err != nil {
					t.Error(err)
				}
				t.Log(time.Since(began))
			case <-time.After(10 * time.Second):
				t.Error("reading goes on after ten seconds")
			}
		})
	}
}

// TestLongDirectory: the list of the files in an archive is in memory whole, with all that is said of each.
func TestLongDirectory(t *testing.T) {
	archive := func(files int) []byte {
		var b bytes.Buffer
		w := zip.NewWriter(&b)
		for n := range files {
			_, err := w.CreateHeader(&zip.FileHeader{Name: fmt.Sprintf("files/%d", n), Comment: strings.Repeat("c", 60_000)})
			if err != nil {
				t.Fatal(err)
			}
		}
		entry, err := w.Create("conversations.json")
		if err == nil {
			_, err = entry.Write(fixture(t, "conversations.json"))
		}
		if err = errors.Join(err, w.Close()); err != nil {
			t.Fatal(err)
		}
		return b.Bytes()
	}
	if chats, _, _, err := read(t, archive(200)); err != nil || len(chats) == 0 {
		t.Errorf("12 MB: %v", err)
	}
	if _, _, _, err := read(t, archive(400)); err == nil || !strings.Contains(err.Error(), "too long") {
		t.Errorf("24 MB: %v", err)
	}
}
