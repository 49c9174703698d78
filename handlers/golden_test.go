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
	"alleato/store"
)

var update = flag.Bool("update", false, "write the golden files anew")

// Values that differ from run to run.
var (
	anID    = regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}`)
	aTime   = regexp.MustCompile(`\d{4}-\d\d-\d\dT[\d:.]+Z`)
	aToken  = regexp.MustCompile(`eyJ[\w-]+\.[\w-]+\.[\w-]+`)
	theHost = regexp.MustCompile(`"provider":"[^"]*"`)
	origin  = regexp.MustCompile(`http://127\.0\.0\.1:\d+`)
	readKey = regexp.MustCompile(`(/[ft]/ID/)[a-z2-7]{26}`)
)

// golden holds an answer to the file of that name, with ids, times and tokens made alike.
func golden(t *testing.T, name, got string) {
	t.Helper()
	got = anID.ReplaceAllString(got, "ID")
	got = aTime.ReplaceAllString(got, "TIME")
	got = aToken.ReplaceAllString(got, "TOKEN")
	got = theHost.ReplaceAllString(got, `"provider":"PROVIDER"`)
	got = readKey.ReplaceAllString(origin.ReplaceAllString(got, "ORIGIN"), "${1}KEY")
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

// TestGoldenFiles keeps the JSON of files and votes, and what administrators are told of files.
func TestGoldenFiles(t *testing.T) {
	s := newSite(t, say("Hello."))
	p, boss := s.account("ada@example.com", store.RoleUser), s.account("boss@example.com", store.RoleAdmin)
	golden(t, "file_created.json", pretty(t, p.json("POST", "/api/v1/files/upload", named("notes.md", []byte("# Notes\n")), nil).body))
	f := p.upload("dot.png", picture(1, 1))
	golden(t, "file.json", pretty(t, p.json("GET", "/api/v1/files/"+f.ID, nil, nil).body))
	golden(t, "files.json", pretty(t, p.json("GET", "/api/v1/files?sort=name", nil, nil).body))
	golden(t, "admin_files.json", pretty(t, boss.json("GET", "/api/v1/admin/files?sort=name", nil, nil).body))
	golden(t, "file_problem.json", pretty(t, p.do("POST", "/api/v1/files/upload", named("a.txt", nil), asJSON...).body))

	p.json("POST", "/api/v1/chats/c/messages", send("Hi"), nil)
	var shown struct{ Messages []struct{ ID, Role string } }
	p.json("GET", "/api/v1/chats/c", nil, &shown)
	golden(t, "vote.json", pretty(t, p.json("PUT", "/api/v1/chats/c/messages/"+shown.Messages[1].ID+"/vote", map[string]any{"type": "up"}, nil).body))
	golden(t, "votes.json", pretty(t, p.json("GET", "/api/v1/chats/c/votes", nil, nil).body))
}

// TestGoldenStream keeps the wire format of a reply.
func TestGoldenStream(t *testing.T) {
	s := newSite(t, say("<think>Let me ", "see.</think>", "Hello, ", "*world*"))
	p := s.program()
	p.json("POST", "/api/v1/chats", map[string]any{"id": "c"}, nil) // a chat that is there gets no title on the way
	golden(t, "stream.txt", without(p.do("POST", "/api/v1/chats/c/messages", send("Hi"), asEvents...).body))
}
