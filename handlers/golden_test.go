package handlers_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"testing"

	"github.com/google/go-cmp/cmp"

	"alleato/ai/model/script"
)

var update = flag.Bool("update", false, "write the golden files anew")

// Values that differ from run to run.
var (
	anID    = regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}`)
	aTime   = regexp.MustCompile(`\d{4}-\d\d-\d\dT[\d:.]+Z`)
	aToken  = regexp.MustCompile(`eyJ[\w-]+\.[\w-]+\.[\w-]+`)
	theHost = regexp.MustCompile(`"provider":"[^"]*"`)
)

// golden holds an answer to the file of that name, with ids, times and tokens made alike.
func golden(t *testing.T, name, got string) {
	t.Helper()
	got = anID.ReplaceAllString(got, "ID")
	got = aTime.ReplaceAllString(got, "TIME")
	got = aToken.ReplaceAllString(got, "TOKEN")
	got = theHost.ReplaceAllString(got, `"provider":"PROVIDER"`)
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", name, diff)
	}
}

func pretty(t *testing.T, body string) string {
	t.Helper()
	var b bytes.Buffer
	if err := json.Indent(&b, []byte(body), "", "  "); err != nil {
		t.Fatalf("%v in %s", err, body)
	}
	return b.String() + "\n"
}

// TestGoldenJSON keeps the JSON of every noun as programs know it.
func TestGoldenJSON(t *testing.T) {
	s := newSite(t, func(script.Request) script.Reply {
		return script.Reply{Chunks: []script.Chunk{{Reasoning: "Let me see."}, {Text: "Hello."}}, Usage: &script.Usage{InputTokens: 7, OutputTokens: 2}}
	})
	p := &person{site: s, http: http.DefaultClient}
	a := p.json("POST", "/api/v1/auth/register", ada, nil)
	golden(t, "session.json", pretty(t, a.body))
	var in session
	if err := json.Unmarshal([]byte(a.body), &in); err != nil {
		t.Fatal(err)
	}
	p.token = in.Token
	golden(t, "message.json", pretty(t, p.json("POST", "/api/v1/chats/c/messages", send("Hi"), nil).body))
	p.json("PATCH", "/api/v1/chats/c", map[string]any{"title": "A chat", "pinned": true}, nil)
	golden(t, "chat.json", pretty(t, p.json("GET", "/api/v1/chats/c", nil, nil).body))
	golden(t, "chats.json", pretty(t, p.json("GET", "/api/v1/chats", nil, nil).body))
	golden(t, "models.json", pretty(t, p.json("GET", "/api/v1/models", nil, nil).body))
	golden(t, "problem.json", pretty(t, p.do("PATCH", "/api/v1/chats/c", map[string]any{"title": "", "visibility": "secret"}, asJSON...).body))
}

// TestGoldenStream keeps the wire format of a reply.
func TestGoldenStream(t *testing.T) {
	s := newSite(t, say("<think>Let me ", "see.</think>", "Hello, ", "*world*"))
	p := s.program()
	p.json("POST", "/api/v1/chats", map[string]any{"id": "c"}, nil) // a chat that is there gets no title on the way
	golden(t, "stream.txt", without(p.do("POST", "/api/v1/chats/c/messages", send("Hi"), asEvents...).body))
}
