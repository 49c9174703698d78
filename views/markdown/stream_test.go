package markdown_test

import (
	"encoding/json"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"alleato/views/markdown"

	"github.com/google/go-cmp/cmp"
)

// viewer holds what a page shows after the updates it got.
type viewer struct{ settled, tail string }

func (v *viewer) apply(t testing.TB, u markdown.Update) {
	t.Helper()
	if u.Reset {
		v.settled = ""
	}
	v.settled += u.Settled
	if u.Tail != nil {
		v.tail = *u.Tail
	}
	if u.Code == "" {
		return
	}
	open := strings.LastIndex(v.tail, "code-open")
	if open < 0 {
		t.Fatalf("text %q for an open code block, but the tail is %q", u.Code, v.tail)
	}
	end := open + strings.Index(v.tail[open:], "</code>")
	v.tail = v.tail[:end] + u.Code + v.tail[end:]
}

// play feeds doc in small pieces to a stream and checks what readers hold at each update. It
// says whether what was settled is the beginning of the whole.
func play(t testing.TB, r *markdown.Renderer, doc string, rng *rand.Rand) (steady bool) {
	t.Helper()
	s := r.Stream()
	var first viewer
	late := make([]*viewer, 0, 4)
	for rest := doc; rest != ""; {
		n := min(len(rest), 1+rng.IntN(8))
		s.Write(rest[:n])
		rest = rest[n:]
		if rng.IntN(3) == 0 && rest != "" {
			continue
		}
		u, changed := s.Update()
		if !changed && (u != markdown.Update{}) {
			t.Fatalf("an update says nothing changed: %+v", u)
		}
		for _, v := range append(late, &first) {
			v.apply(t, u)
		}
		settled, tail := s.Snapshot()
		for _, v := range append(late, &first) {
			if *v != (viewer{settled, tail}) {
				t.Fatalf("%q: a reader holds\n%+v\na late one gets\n%+v", doc, *v, viewer{settled, tail})
			}
		}
		if len(late) < cap(late) && rng.IntN(10) == 0 {
			late = append(late, &viewer{settled, tail})
		}
	}
	got, want := s.Finish(), markdown.New(markdown.Options{}).Render(doc)
	if got != want {
		t.Fatalf("%q: streamed and at once differ (-at once +streamed):\n%s", doc, cmp.Diff(want, got))
	}
	checkSafe(t, doc, got)
	checkSafe(t, doc, first.settled)
	return strings.HasPrefix(want, first.settled)
}

// pieces are Markdown to make documents of: the examples of the CommonMark specification,
// which come with goldmark, and what it has not.
func pieces(t testing.TB) []string {
	t.Helper()
	dir, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "github.com/yuin/goldmark").Output()
	if err != nil {
		t.Fatalf("where is goldmark: %v", err)
	}
	data, err := os.ReadFile(filepath.Join(strings.TrimSpace(string(dir)), "_test", "spec.json"))
	if err != nil {
		t.Fatal(err)
	}
	var examples []struct{ Markdown string }
	if err := json.Unmarshal(data, &examples); err != nil {
		t.Fatal(err)
	}
	if len(examples) < 600 {
		t.Fatalf("only %d examples", len(examples))
	}
	all := append([]string(nil), own...)
	for _, e := range examples {
		all = append(all, e.Markdown)
	}
	return all
}

var own = []string{
	"| a | b |\n|:--|--:|\n| 1 | 2 |\n| `x\\|y` | **z** |\n",
	"para\n| a | b |\n|---|---|\n| 1 |\n",
	"a | b\n- | -\n1 | 2\n",
	"- [ ] open\n- [x] done\n  - [ ] deep\n",
	"1. one\n\n   ```go\n   func f() {}\n   ```\n2. two\n",
	"```go\nfunc main() {\n\tfmt.Println(\"hé, 世界\")\n}\n```\n",
	"```\nno language\n\n``\n~~~\n```\n",
	"  ~~~~ python title\n  x = 1\n    y = 2\n z\n  ~~~~  \n",
	"````md\n```go\n```\n````\n",
	"```js\nnever closed\n",
	"> quote\n> ```sh\n> ls\n> ```\nlazy\n",
	"<div>\n\n*in*\n\n</div>\n", "<!-- open\n\nstill -->\n", "<script>\nalert(1)\n</script>\n", "<pre>\n\nx\n",
	"Heading\n=======\n", "Heading\n---\n", "# H1\n## H2\n###### H6\n", "***\n", "- a\n*\n", "- a\n**b**\n",
	"[foo]: /url \"title\"\n", "[foo]: /url\n'multi\nline'\n", "see [foo] and [bar][foo]\n", "[bar]: <https://x.org>\n    [baz]: /z\n",
	"![image](https://x.org/i.png)\n", "www.example.org and https://x.org/a_b_c.\n",
	"$a_1 * b_2$ and \\(x\\)\n", "\\[\n\\int_0^1 x\\,dx\n\\]\n", "$$\na\n$$\n",
	"émoji 😀 und 世界\n", "a\r\nb\rc\n", "half \xe4\xb8 bytes \xff\n", "nul \x00 here\n",
	"    indented\n\n    more\n", "line  \nbreak\\\nagain\n", "\n\n\n", "   \n", "text", "* ", "`", "**", "|", "<hx-partial>x</hx-partial>\n",
}

// document joins random pieces.
func document(all []string, rng *rand.Rand) string {
	var b strings.Builder
	for range 1 + rng.IntN(7) {
		source := all
		if rng.IntN(3) == 0 {
			source = own
		}
		b.WriteString(source[rng.IntN(len(source))])
		b.WriteString([]string{"", "\n", "\n", "\n\n"}[rng.IntN(4)])
	}
	return b.String()
}

func TestStreamEqualsRender(t *testing.T) {
	all := pieces(t)
	rng := rand.New(rand.NewPCG(1, 2))
	r := markdown.New(markdown.Options{})
	for _, piece := range all {
		play(t, r, piece, rng)
	}
	documents, unsteady := 0, 0
	for end := time.Now().Add(3 * time.Second); time.Now().Before(end); documents++ {
		doc := document(all, rng)
		// Words at the end settle all before them, so that definitions have had their effect.
		if doc += "\n\nlast\n"; !play(t, r, doc, rng) {
			unsteady++
			t.Logf("what was settled of %q is not the beginning of the whole", doc)
		}
	}
	if documents < 100 || unsteady > documents/200 {
		t.Errorf("settled blocks of %d in %d documents were not final", unsteady, documents)
	}
}

func FuzzStream(f *testing.F) {
	for i, piece := range pieces(f) {
		f.Add(piece, uint64(i))
	}
	rng := rand.New(rand.NewPCG(3, 4))
	for i := range 50 {
		f.Add(document(own, rng), uint64(i))
	}
	r := markdown.New(markdown.Options{})
	f.Fuzz(func(t *testing.T, doc string, seed uint64) {
		if len(doc) < 20_000 {
			play(t, r, doc, rand.New(rand.NewPCG(seed, seed)))
		}
	})
}
