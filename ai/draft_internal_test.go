package ai

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"alleato/store"
)

func testDraft() (*draft, func(time.Duration)) {
	now := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	return newDraft(func() time.Time { return now }), func(d time.Duration) { now = now.Add(d) }
}

// TestDraftJSON: at every moment the JSON kept ready says what the parts say, hostile text included.
func TestDraftJSON(t *testing.T) {
	d, advance := testDraft()
	steps := []struct{ kind, delta string }{
		{"reasoning", "Let me "}, {"reasoning", "see \"it\"\n"}, {"text", "a\\b"}, {"text", "<script>\u2028é🙂\t\x01"}, {"reasoning", "more"}, {"text", "end"},
	}
	said := map[string]string{}
	for i, step := range steps {
		d.add(step.kind, step.delta)
		said[step.kind] += step.delta
		advance(1500 * time.Millisecond)
		var parts []store.Part
		if err := json.Unmarshal(d.json(), &parts); err != nil {
			t.Fatalf("after step %d: %v in %s", i, err, d.json())
		}
		got := map[string]string{}
		for _, p := range parts {
			if p.Type != "step-start" {
				got[p.Type] += p.Text
			}
		}
		if diff := cmp.Diff(said, got); diff != "" {
			t.Errorf("after step %d (-said +kept):\n%s", i, diff)
		}
	}
	d.seal()
	var parts []store.Part
	if err := json.Unmarshal(d.json(), &parts); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(d.parts, parts); diff != "" {
		t.Errorf("the sealed parts (-kept +encoded):\n%s", diff)
	}
	if got := string(parts[1].ProviderMetadata); got != `{"alleato":{"seconds":3}}` {
		t.Errorf("time of reasoning: %s", got)
	}
}

// TestDraftChunks: every delta lies between the start and the end of its part, under an id of its own.
func TestDraftChunks(t *testing.T) {
	d, _ := testDraft()
	var got []string
	for _, step := range []struct{ kind, delta string }{{"reasoning", "r"}, {"text", "t"}, {"text", "u"}} {
		for _, c := range d.add(step.kind, step.delta) {
			got = append(got, string(c))
		}
	}
	got = append(got, string(d.seal()))
	want := []string{
		`{"type":"reasoning-start","id":"p1"}`, `{"type":"reasoning-delta","id":"p1","delta":"r"}`,
		`{"type":"reasoning-end","id":"p1","providerMetadata":{"alleato":{"seconds":0}}}`,
		`{"type":"text-start","id":"p2"}`, `{"type":"text-delta","id":"p2","delta":"t"}`, `{"type":"text-delta","id":"p2","delta":"u"}`,
		`{"type":"text-end","id":"p2"}`,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestDraftResume: a draft that begins with kept parts goes on in the same text.
func TestDraftResume(t *testing.T) {
	first, _ := testDraft()
	first.add("reasoning", "hm")
	first.add("text", "Half a sen")
	var kept []store.Part
	if err := json.Unmarshal(first.json(), &kept); err != nil {
		t.Fatal(err)
	}
	d, _ := testDraft()
	chunks := d.resume(kept)
	d.add("text", "tence")
	d.seal()
	if len(d.parts) != 3 || d.parts[2].Text != "Half a sentence" {
		t.Errorf("%+v", d.parts)
	}
	if last := string(chunks[len(chunks)-1]); last != `{"type":"text-delta","id":"p2","delta":"Half a sen"}` {
		t.Errorf("the new log begins with … %s", last)
	}
}

// TestReplay: a rebuilt log says what the message says, and how it ended.
func TestReplay(t *testing.T) {
	by, tokens := "fast", 7
	m := &store.Message{ID: "m1", Model: &by, Usage: store.Usage{OutputTokens: &tokens}, Status: store.StatusInterrupted, Error: &store.MessageError{Code: "model_cut", Message: "It broke off."},
		Parts: []store.Part{{Type: "step-start"}, {Type: "text", Text: "Half"}}}
	var got []string
	for _, c := range replay(m) {
		got = append(got, string(c))
	}
	want := []string{
		`{"type":"start","messageId":"m1"}`, `{"type":"start-step"}`, `{"type":"text-start","id":"p1"}`,
		`{"type":"text-delta","id":"p1","delta":"Half"}`, `{"type":"text-end","id":"p1"}`, `{"type":"finish-step"}`,
		`{"type":"error","errorText":"It broke off."}`,
		`{"type":"finish","finishReason":"error","messageMetadata":{"model":"fast","usage":{"inputTokens":null,"outputTokens":7}}}`,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestTitles(t *testing.T) {
	for answer, want := range map[string]string{
		`"Sea Haiku"`: "Sea Haiku", "Title: Hash maps\nand more": "Hash maps", "**Trip to Torino**.": "Trip to Torino", " \n": "",
		strings.Repeat("x", 100): strings.Repeat("x", 79) + "…",
	} {
		if got := tidyTitle(answer); got != want {
			t.Errorf("tidyTitle(%q) = %q, want %q", answer, got, want)
		}
	}
	for question, want := range map[string]string{
		"Hi\n  there": "Hi there", "": "New chat", "a\u202eb\x00c": "abc", strings.Repeat("é", 70): strings.Repeat("é", 59) + "…", "👩‍💻 code": "👩‍💻 code",
	} {
		if got := placeholderTitle(question); got != want {
			t.Errorf("placeholderTitle(%q) = %q, want %q", question, got, want)
		}
	}
}

func FuzzQuoted(f *testing.F) {
	for _, seed := range []string{"", "plain", "a\"b\\c\n", "é🙂", "\xff\xc3", "\u2028</script>"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		var back string
		if err := json.Unmarshal(appendQuoted(nil, s), &back); err != nil {
			t.Fatalf("%q: %v", s, err)
		}
		if want := strings.ToValidUTF8(s, "\uFFFD"); len([]rune(back)) < len([]rune(want)) || (s == want && back != s) {
			t.Errorf("%q came back as %q", s, back)
		}
	})
}
