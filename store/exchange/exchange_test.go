package exchange_test

import (
	"archive/zip"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"testing"
	"time"

	"alleato/store"
	"alleato/store/exchange"
)

var now = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

// read gives the chats of a file.
func read(t *testing.T, content []byte) (chats []*exchange.Chat, a *exchange.Archive, left exchange.Tally, err error) {
	t.Helper()
	a, err = exchange.Open(bytes.NewReader(content), int64(len(content)))
	if err != nil {
		return nil, nil, nil, err
	}
	left, err = a.Read(context.Background(), now, func(c *exchange.Chat) error { chats = append(chats, c); return nil }, nil)
	return chats, a, left, err
}

func fixture(t *testing.T, name string) []byte {
	t.Helper()
	content, err := os.ReadFile("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return content
}

// zipped makes an archive of names and contents in pairs.
func zipped(t *testing.T, pairs ...string) []byte {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for i := 0; i < len(pairs); i += 2 {
		entry, err := w.Create(pairs[i])
		if err == nil {
			_, err = io.WriteString(entry, pairs[i+1])
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// shape is a chat's tree in a line for each message.
func shape(c *exchange.Chat) string {
	var b strings.Builder
	for _, m := range c.Messages {
		parent := "-"
		if m.ParentID != nil {
			parent = (*m.ParentID)[len(*m.ParentID)-2:]
		}
		fmt.Fprintf(&b, "%s<%s %s", m.ID[len(m.ID)-2:], parent, m.Role)
		if m.Model != nil {
			fmt.Fprintf(&b, "(%s)", *m.Model)
		}
		for _, p := range m.Parts {
			fmt.Fprintf(&b, " %s=%q", p.Type, p.Text+p.Filename)
		}
		b.WriteString("\n")
	}
	fmt.Fprintf(&b, "head %s", c.HeadID[len(c.HeadID)-2:])
	return b.String()
}

func TestReadChatGPT(t *testing.T) {
	content := fixture(t, "conversations.json")
	for name, file := range map[string][]byte{"json": content, "bom": append([]byte("\xef\xbb\xbf"), content...),
		"zip":   zipped(t, "user.json", `{}`, "conversations.json", string(content), "file-Abc123Def456-bread.png", "PNG"),
		"split": zipped(t, "conversations-000.json", string(content), "conversations-001.json", `[]`)} {
		chats, a, _, err := read(t, file)
		if err != nil || a.Format != exchange.ChatGPT || len(chats) != 2 {
			t.Fatalf("%s: %d chats of %q, %v", name, len(chats), a.Format, err)
		}
		want := `03<- user text="What went wrong with this bread?" file="Picture" file="recipe.pdf"
04<03 assistant(gpt-4o) text="It is underproofed."
10<03 assistant(o3) reasoning="**Looking at the crumb**\n\nThe holes are uneven." text="It needs **two more hours** at 24 °C."
15<10 user text="Thank you!"
16<15 assistant(o3) text="` + "```python\\nprint('enjoy')\\n```" + `"
head 16`
		if name == "zip" {
			want = strings.Replace(want, `file="Picture"`, `file="file-Abc123Def456-bread.png"`, 1)
		}
		c := chats[0]
		if got := shape(c); got != want {
			t.Errorf("%s:\n%s\nwant\n%s", name, got, want)
		}
		if c.Title != "Bread without kneading" || !c.Pinned || c.ID != "bbb1a5f0-0000-4000-8000-000000000001" || c.UpdatedAt.Unix() != 1718449200 {
			t.Errorf("%s: %q %v %s %s", name, c.Title, c.Pinned, c.ID, c.UpdatedAt)
		}
		if c.Left[exchange.LeftSystem] != 2 || c.Left[exchange.LeftTools] != 2 || c.Left[exchange.LeftRecaps] != 1 || chats[1].Left[exchange.LeftEmptyChats] != 1 {
			t.Errorf("%s: left %v, %v", name, c.Left, chats[1].Left)
		}
		wantFiles := 0
		if name == "zip" {
			wantFiles = 1
		}
		if len(c.Files) != wantFiles || c.Left[exchange.LeftFiles] != 2-wantFiles {
			t.Errorf("%s: files %v, left %v", name, c.Files, c.Left)
		}
	}
}

func TestReadOpenWebUI(t *testing.T) {
	chats, a, _, err := read(t, fixture(t, "webui.json"))
	if err != nil || a.Format != exchange.OpenWebUI || len(chats) != 1 {
		t.Fatalf("%d chats of %q, %v", len(chats), a.Format, err)
	}
	c := chats[0]
	want := `01<- user text="How do I keep a starter?" file="Picture" file="notes.txt"
02<01 assistant(llama3.2:latest) text="Feed it daily."
03<01 assistant(deepseek-r1:8b) reasoning="It is flour & water.\nKeep it cool." text="In the **fridge**, fed weekly."
04<03 user text="Good."
head 02`
	if got := shape(c); got != want {
		t.Errorf("\n%s\nwant\n%s", got, want)
	}
	if !c.Pinned || c.Title != "🥖 Sourdough" || len(c.Files) != 1 || c.Left[exchange.LeftFiles] != 1 {
		t.Errorf("%+v %v", c.Files, c.Left)
	}
	for _, f := range c.Files {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		if b, err := io.ReadAll(r); err != nil || !bytes.HasPrefix(b, []byte("\x89PNG")) {
			t.Errorf("picture: %q %v", b, err)
		}
	}
}

// TestReadHostile: what nobody's export looks like is refused or left out, in words.
func TestReadHostile(t *testing.T) {
	message := func(role string) string {
		return `{"message":{"author":{"role":"` + role + `"},"content":{"content_type":"text","parts":["x"]}},"parent":null}`
	}
	big := strings.Repeat("x", 33<<20)
	cases := map[string]struct{ file, says string }{
		"empty":        {"", "empty"},
		"not json":     {"hello", "no JSON"},
		"a number":     {"7", "no chats"},
		"an object":    {`{"mapping":{}}`, "format that is not known"},
		"cut":          {`[{"mapping":{"a":` + message("user") + `}},{"mapping":{"b":`, "not whole: it is no JSON after chat 1"},
		"unclosed":     {`[{"mapping":{"a":` + message("user") + `}}`, "not whole"},
		"more":         {`[] []`, "after the end"},
		"newer":        {`{"format":"alleato","version":9,"chats":[]}`, "newer Alleato"},
		"huge chat":    {`[{"mapping":{},"title":"` + big + `"}]`, "larger than 32 MB"},
		"many objects": {`[{"mapping":{},"x":[` + strings.Repeat("{},", 400_000) + `{}]}]`, "more parts"},
		"deep":         {strings.Repeat("[", 100_000), "no JSON"},
	}
	for name, c := range cases {
		_, _, _, err := read(t, []byte(c.file))
		var own *store.Error
		if !errors.As(err, &own) || own.Code != store.Invalid || !strings.Contains(own.Message, c.says) {
			t.Errorf("%s: %v", name, err)
		}
	}
	chats, _, left, err := read(t, []byte(`[7, "x", {"id":1}, {}, {"conversation_id":"c1","title":"T","mapping":{
		"a":`+message("user")+`,"b":`+message("root")+`,"ring":{"message":null,"parent":"ring2"},"ring2":{"message":null,"parent":"ring"},"self":{"parent":"self"},
		"hostile id <script>":`+message("assistant")+`}}]`))
	if err != nil || len(chats) != 1 || left[exchange.LeftUnknown] != 4 {
		t.Fatalf("%d chats, left %v, %v", len(chats), left, err)
	}
	c := chats[0]
	if len(c.Messages) != 2 || c.Left[exchange.LeftTools] != 1 || c.Left[exchange.LeftLost] != 2 {
		t.Errorf("%s\nleft %v", shape(c), c.Left)
	}
	for _, m := range c.Messages {
		if !store.ValidID(m.ID) || m.Status != store.StatusComplete {
			t.Errorf("message %+v", m)
		}
	}
}

// TestReadOwnHostile: an archive says of its messages whatever it likes.
func TestReadOwnHostile(t *testing.T) {
	chats, _, _, err := read(t, []byte(`{"format":"alleato","version":1,"files":[{"id":"f","name":"../../etc/passwd","path":"files/f"}],"chats":[{"id":"c","title":"T","headId":"m3","createdAt":"2999-01-01T00:00:00Z","messages":[
		{"id":"m1","role":"user","status":"streaming","parts":[{"type":"text","text":"a"},{"type":"tool-shell","input":{}},{"type":"file","fileId":"f"},{"type":"file","fileId":"somebody-elses"}]},
		{"id":"m2","parentId":"m1","role":"assistant","status":"streaming","error":{"code":"x","message":"<b>"},"parts":[{"type":"text","text":"b"}]},
		{"id":"m2","parentId":"m1","role":"assistant","parts":[]},
		{"id":"m3","parentId":"nobody","role":"assistant","parts":[]},
		{"id":"m4","role":"system","parts":[]}]}]}`))
	if err != nil || len(chats) != 1 {
		t.Fatal(err)
	}
	c := chats[0]
	if len(c.Messages) != 2 || c.HeadID != "m2" || c.Messages[0].Status != store.StatusComplete || c.Messages[1].Status != store.StatusInterrupted ||
		c.Messages[1].Error != nil || c.CreatedAt.After(now) || c.Left[exchange.LeftLost] != 2 || c.Left[exchange.LeftSystem] != 1 || c.Left[exchange.LeftParts] != 1 {
		t.Errorf("%s %v\n%+v", shape(c), c.Left, c.Messages)
	}
	for _, p := range c.Messages[0].Parts {
		if p.FileID != "" || strings.Contains(p.Filename, "/") {
			t.Errorf("part %+v", p)
		}
	}
}

func TestZipBombs(t *testing.T) {
	bomb := zipped(t, "conversations.json", "["+strings.Repeat(" ", 17<<20)+"]")
	many := make([]string, 0, 50_000)
	for i := range 25_000 {
		many = append(many, fmt.Sprint(i), "")
	}
	lying := bytes.ReplaceAll(zipped(t, "conversations.json", "[]"), []byte("conversations.json"), []byte("conversations.jsoX"))
	for name, c := range map[string]struct {
		file []byte
		says string
	}{
		"ratio": {bomb, "suspiciously"}, "entries": {zipped(t, many...), "20,000 files"}, "no chats": {lying, "no chats"},
		"cut": {bomb[:len(bomb)/2], "damaged"}, "path": {zipped(t, "a/b/c/conversations.json", "[]"), "no chats"},
	} {
		if _, err := exchange.Open(bytes.NewReader(c.file), int64(len(c.file))); err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
