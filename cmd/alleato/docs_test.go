package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

// step is a block of commands of a page in docs, and what must be in its output.
type step struct {
	line     int
	commands string
	output   []string
}

// stepsOf reads the blocks of a page: sh is run, a text after it is held against the output.
func stepsOf(page string) (steps []step) {
	var block []string
	fence := ""
	for i, line := range strings.Split(page, "\n") {
		switch kind, found := strings.CutPrefix(line, "```"); {
		case !found:
			block = append(block, line)
		case fence == "":
			fence, block = kind, nil
			if kind == "" {
				fence = "plain"
			}
		default:
			if fence == "sh" {
				steps = append(steps, step{line: i - len(block), commands: strings.Join(block, "\n")})
			}
			if fence == "text" {
				steps[len(steps)-1].output = block
			}
			fence = ""
		}
	}
	return steps
}

// TestDocs runs every command of docs as a newcomer does: a page from its top to its bottom in one shell, in an
// empty directory with the program alone. start.md promises five minutes; no page may take two.
func TestDocs(t *testing.T) {
	pages, err := filepath.Glob(filepath.Join(root, "docs", "*.md"))
	if err != nil || len(pages) < 5 {
		t.Fatalf("%v %v", pages, err)
	}
	for _, path := range pages {
		t.Run(strings.TrimSuffix(filepath.Base(path), ".md"), func(t *testing.T) {
			t.Parallel()
			text, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			runPage(t, string(text))
		})
	}
}

func runPage(t *testing.T, page string) {
	tools := docTools(t)
	addr, dir := freeAddr(t), t.TempDir()
	program, err := build()
	if err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(filepath.Join(dir, "bin"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(program, filepath.Join(dir, "bin", "alleato")); err != nil {
		t.Fatal(err)
	}
	steps := stepsOf(page)
	var shell strings.Builder
	shell.WriteString("set -euo pipefail\ntrap 'kill $(jobs -p) 2>/dev/null || true' EXIT\n")
	if !strings.Contains(page, "./bin/alleato serve") { // the page takes it for running
		fmt.Fprintf(&shell, "./bin/alleato serve &\ncurl -s --retry 20 --retry-connrefused http://%s/readyz\n", addr)
	}
	for i, s := range steps {
		fmt.Fprintf(&shell, "echo; echo '@@@ %d'\n%s\n", i, strings.ReplaceAll(s.commands, "127.0.0.1:3000", addr))
	}
	shell.WriteString("echo; echo '@@@ end'\n")
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, "bash", "-c", shell.String())
	cmd.Dir, cmd.WaitDelay = dir, 5*time.Second
	cmd.Env = []string{"PATH=" + tools + ":" + os.Getenv("PATH"), "HOME=" + dir, "TMPDIR=" + dir, "ALLEATO_ADDR=" + addr,
		"ALLEATO_DATA=" + filepath.Join(dir, "data"), "ALLEATO_LOG=error", "ALLEATO_SHUTDOWN_GRACE=1s"}
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out[max(0, len(out)-3000):])
	}
	for i, s := range steps {
		_, said, _ := strings.Cut(string(out), fmt.Sprintf("\n@@@ %d\n", i))
		said, _, _ = strings.Cut(said, "\n@@@ ")
		s.check(t, said)
	}
}

// check finds the expected lines in the output, in their order; others may stand between.
func (s step) check(t *testing.T, said string) {
	t.Helper()
	lines := strings.Split(strings.ReplaceAll(said, "\r", ""), "\n")
	for _, want := range s.output {
		pattern := regexp.MustCompile("^" + strings.ReplaceAll(regexp.QuoteMeta(want), "…", ".*") + "$")
		for len(lines) > 0 && !pattern.MatchString(lines[0]) {
			lines = lines[1:]
		}
		if len(lines) == 0 {
			t.Errorf("line %d: %q is not in the output:\n%s", s.line, want, said)
			return
		}
	}
}

// lacking skips a test for what this machine does not have, and fails it where everything has to be there.
func lacking(t *testing.T, reason string) {
	t.Helper()
	if os.Getenv("CI") == "true" {
		t.Fatal(reason)
	}
	t.Skip(reason)
}

// docTools are what must not be run for real inside of a test: building this very program, of which make
// says what it would do, and fetching packages, which are taken from those that are installed.
func docTools(t *testing.T) string {
	t.Helper()
	for _, name := range []string{"bash", "curl", "node", "make"} {
		if _, err := exec.LookPath(name); err != nil {
			lacking(t, name+" is not installed")
		}
	}
	top, err := filepath.Abs(root)
	if err != nil {
		t.Fatal(err)
	}
	modules := filepath.Join(top, "node_modules")
	if _, err := os.Stat(filepath.Join(modules, "openai")); err != nil {
		lacking(t, "the npm packages are not installed (npm ci --ignore-scripts)")
	}
	if _, err := os.Stat(filepath.Join(top, "static", "dist", "alleato.js")); err != nil {
		lacking(t, "the assets are not built (make build)")
	}
	dir := t.TempDir()
	realMake, err := exec.LookPath("make")
	if err != nil {
		t.Fatal(err)
	}
	scripts := map[string]string{
		"make": fmt.Sprintf("exec %s -n -C '%s' \"$@\" >/dev/null", realMake, top),
		"npm": fmt.Sprintf(`[ "$1" = install ] && mkdir -p node_modules
name=${2%%@*} major=${2#*@}
for folder in "$name$major" "$name"; do
  version=$(sed -n 's/^ *"version": "\([0-9]*\)\..*/\1/p' "%[1]s/$folder/package.json" 2>/dev/null | head -n 1)
  if [ "$version" = "$major" ]; then exec ln -s "%[1]s/$folder" "node_modules/$name"; fi
done
echo "no $2 is installed" >&2; exit 1`, modules),
	}
	for name, body := range scripts {
		if err := os.WriteFile(filepath.Join(dir, name), []byte("#!/bin/bash\n"+body+"\n"), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}
