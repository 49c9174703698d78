package handlers_test

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"alleato/ai/model/script"
)

// clientAnswer is the model behind the tests with foreign clients: it does what it is asked for.
func clientAnswer(r script.Request) script.Reply {
	if strings.HasPrefix(r.Messages[0].Text, "Write a title") {
		return saying(0, "A count of ", "tokens")
	}
	pictures := 0
	for _, m := range r.Messages {
		pictures += len(m.Images)
	}
	switch r.Last("user") {
	case "Think":
		return script.Reply{Chunks: []script.Chunk{{Reasoning: "Let me "}, {Reasoning: "see."}, {Text: "Done."}}}
	case "Look":
		if pictures == 1 {
			return saying(0, "I see 1 picture.")
		}
		return saying(0, fmt.Sprintf("I see %d pictures.", pictures))
	case "Count": // late enough for the title to come first
		return script.Reply{Chunks: []script.Chunk{{Text: "One", Delay: 1500 * time.Millisecond}, {Text: " two", Delay: 1500 * time.Millisecond}}, Usage: &script.Usage{InputTokens: 12, OutputTokens: 34}}
	case "Fail":
		return script.Fail(500)
	case "Slowly":
		return saying(75*time.Millisecond, manyWords(80)...)
	}
	return saying(0, "Grüße, ", "Welt ✓")
}

// breaking is clientAnswer, but for a question whose first answer breaks off.
func breaking() func(script.Request) script.Reply {
	broken := once(script.Reply{Chunks: []script.Chunk{{Text: "Half a sen"}}, Cut: true}, saying(0, "A whole sentence."))
	return func(r script.Request) script.Reply {
		if r.Last("user") != "Break off" || strings.HasPrefix(r.Messages[0].Text, "Write a title") {
			return clientAnswer(r)
		}
		return broken(r)
	}
}

// once is an answer that is another the first time.
func once(first, later script.Reply) func(script.Request) script.Reply {
	token := make(chan struct{}, 1)
	token <- struct{}{}
	return func(script.Request) script.Reply {
		select {
		case <-token:
			return first
		default:
			return later
		}
	}
}

// writing is the answer of a model with tools, under the name of one; it writes the document "Slow" slowly.
func writing(answer func(script.Request) script.Reply) func(script.Request) script.Reply {
	return func(r script.Request) script.Reply {
		switch {
		case r.Model != "qwen3-tools":
			return answer(r)
		case r.Last("user") == "slowly" && strings.HasPrefix(system(r), "Write the document"):
			return saying(75*time.Millisecond, manyWords(40)...)
		case r.Last("user") == "slowly" && len(r.Tools) > 0 && r.Messages[len(r.Messages)-1].Role == "user":
			return calling("createDocument", m{"title": "Slow", "kind": "text"})
		}
		return writer(r)
	}
}

// TestClientAI runs the unmodified npm package `ai`, the newest release of each of its majors, against
// a listening server.
func TestClientAI(t *testing.T) {
	for _, major := range []string{"5", "6", "7"} {
		t.Run(major, func(t *testing.T) {
			t.Parallel()
			needPackage(t, "ai"+major)
			s := newSite(t, writing(breaking()))
			s.model.Models = []string{"fast", "smart", "gpt-4o", "qwen3-tools"}
			runNode(t, "ai.mjs", []string{major, s.url, s.program().token}, "transport", "send", "reasoning", "files", "metadata",
				"error", "refusal", "stop", "leave", "resume", "reconnect", "nothing to resume", "regenerate", "edit",
				"tools", "tool errors", "tool history", "tool stopped", "tool resumed")
		})
	}
}

// needPackage skips a test that needs an npm package where it is not installed.
func needPackage(t *testing.T, name string) {
	t.Helper()
	if _, err := os.Stat(filepath.Join("..", "node_modules", name, "package.json")); err != nil {
		lacking(t, "the npm package "+name+" is not installed (npm ci --ignore-scripts)")
	}
}

// runNode runs a script of testdata/clients, which must report each scenario as played.
func runNode(t *testing.T, file string, args []string, scenarios ...string) {
	t.Helper()
	node, err := exec.LookPath("node")
	if err != nil {
		lacking(t, "Node is not installed")
	}
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
	defer cancel()
	out, err := exec.CommandContext(ctx, node, append([]string{filepath.Join("testdata", "clients", file)}, args...)...).CombinedOutput()
	if err != nil {
		t.Errorf("%s: %v\n%s", file, err, out)
	}
	for _, name := range scenarios {
		if !strings.Contains("\n"+string(out), "\nok "+name+"\n") {
			t.Errorf("%s did not play %q:\n%s", file, name, out)
		}
	}
}
