package markdown_test

import (
	"strings"
	"testing"
	"time"

	"alleato/views/markdown"
)

// hostile are texts that make a Markdown or a code library slow, repeated to a size.
var hostile = []string{
	"![](", "![", "[", "[[]", "]", "](", "[a](b", "[a](<b", "[a](b \"", "[a][", "[][a]", "[a]", "[x](y)", "![a](b) ",
	"*a_ ", "_a*", "**a ", "a**b", "*", "a*", "***a", "~a~~b ", "a_b",
	"`a``b```", "` `` ", "`", "<a ", "<a href='", "<a\nb='", "<", "<!--", "<?", "<![CDATA[", "<!A ", "<a@b", "<http://a",
	">", "> > ", ">\n", "> a\n>> b\n", ">>>>>>>>>>>>>>>>>>>>>>>>>>>>>>>>\n\n",
	"- ", "* ", "1. ", "- a\n ", "1) ", "-\n\n", "- - - - - - - - - - - - - - - -\n\n", "1. 1. 1. 1. 1. 1. 1. 1. a\n",
	"|", "|a", "a|\n-|\n", "|a|b|\n", "a\n", "a  \n", "\\\n", "\n", " ", "\t", "#", "# a\n", "=\n", "a\n=\n", "a\n-\n", "---\n",
	"[a]: b\n", "[a]: b\n\n", "[a]: b '\n", "[a]: <\n", "[a\n", "[a]: b\n'c'\n", "[a]\n\n[a]: b\n\n",
	"```\n", "~~~\n```\n", "    a\n", "\ta\n\n", "```go\nx\n```\n", "&amp;", "&#1;", "&", "http://a.b ", "www.a.b(", "a@b.c ", "@ a ", "a.", "((",
	"$", "$a", "$$", "\\(", "\\[", "\\(\n", "$a\n", "\x00", "\r", "\xff", "\xe4", "<hx-partial>", "- [ ] ", "- [ ] a\n",
}

// TestHostileTextIsCheap takes the clock away: what bounds these is the blocks' own limits.
// goldmark alone needs 5 to 10 seconds for several of them.
func TestHostileTextIsCheap(t *testing.T) {
	r, size := markdown.New(markdown.Options{Timeout: time.Hour}), 128<<10
	if raceDetector { // it makes everything ten times slower
		size = 32 << 10
	}
	for _, piece := range append(hostile, wide()...) {
		doc := piece + strings.Repeat(piece, max(0, size-len(piece))/len(piece))
		if raceDetector {
			doc = doc[:min(len(doc), size)]
		}
		start := time.Now()
		html := r.Render(doc)
		if took := time.Since(start); took > 4*time.Second {
			t.Errorf("%d bytes of %.20q took %v", len(doc), piece, took)
		} else if took > 200*time.Millisecond {
			t.Logf("%d bytes of %.20q took %v, %d bytes of HTML", len(doc), piece, took, len(html))
		}
	}
}

// wide are the texts that are hostile as a whole rather than by repetition.
func wide() []string {
	n := 2_000
	return []string{
		strings.Repeat("|", n) + "\n" + strings.Repeat("-|", n) + "\n" + strings.Repeat("a\n", 60_000),
		strings.Repeat("- ", 10_000) + "a\n\n", strings.Repeat("> ", 10_000) + "\n\n", strings.Repeat("1. ", 10_000) + "\n\n",
		strings.Repeat("[a]: b\n", 75_000), nested(10_000), strings.Repeat("[", 10_000) + strings.Repeat("](a)", 10_000),
		strings.Repeat("*", 10_000) + "a" + strings.Repeat("*", 10_000),
		"```go\n" + strings.Repeat("\"", 60_000), "```js\n" + strings.Repeat("/(", 30_000), "```html\n" + strings.Repeat("<a ", 20_000),
		"```python\n" + strings.Repeat("f'{", 20_000), "```bash\n" + strings.Repeat("$(", 30_000), "```css\n" + strings.Repeat("{a:", 20_000),
		"```md\n" + strings.Repeat("*a_ ", 15_000), "```md\n" + strings.Repeat("[", 60_000), "```xml\n" + strings.Repeat("<![CDATA[", 7_000),
		"```sql\n" + strings.Repeat("/*", 30_000), "```c++\n" + strings.Repeat("R\"(", 20_000), "```yaml\n" + strings.Repeat("- ", 30_000),
		"```json\n" + strings.Repeat("[", 60_000), "```rust\n" + strings.Repeat("r#\"", 20_000), "```php\n" + strings.Repeat("<?php ", 10_000),
		"```go\n" + strings.Repeat("a b\n", 15_000),
	}
}

func nested(depth int) string {
	var b strings.Builder
	for i := 0; b.Len() < 128<<10 && i < depth; i++ {
		b.WriteString(strings.Repeat("  ", i) + "- a\n")
	}
	return b.String()
}

// stream feeds doc in tokens of size bytes, an update after each, and returns the bytes parsed
// on the way and the bytes of the updates.
func stream(r *markdown.Renderer, doc string, size int) (parsed, sent int) {
	before := r.Parsed()
	s := r.Stream()
	for rest := doc; rest != ""; rest = rest[min(size, len(rest)):] {
		s.Write(rest[:min(size, len(rest))])
		u, _ := s.Update()
		sent += len(u.Settled) + len(u.Code)
		if u.Tail != nil {
			sent += len(*u.Tail)
		}
	}
	s.Finish()
	return int(r.Parsed() - before), sent
}

func TestCostOfAReplyIsLinear(t *testing.T) {
	for name, shape := range shapes {
		if raceDetector && (name == "list" || name == "table" || name == "lines" || name == "paragraph") {
			continue // the counts are the same without it
		}
		t.Run(name, func(t *testing.T) {
			r := markdown.New(markdown.Options{Timeout: time.Minute})
			parsed1, sent1 := stream(r, shape(6_000), 24)
			parsed10, sent10 := stream(r, shape(60_000), 24)
			t.Logf("6 KB: %d parsed, %d sent; 60 KB: %d parsed, %d sent", parsed1, sent1, parsed10, sent10)
			if parsed10 > 12*parsed1 {
				t.Errorf("%d bytes parsed, then %d for ten times the text", parsed1, parsed10)
			}
			if sent10 > 12*sent1 {
				t.Errorf("%d bytes sent, then %d for ten times the text", sent1, sent10)
			}
		})
	}
}

// TestHostileStreamIsLinear: every definition changes what is above it, or there is but one
// block that never settles.
func TestHostileStreamIsLinear(t *testing.T) {
	for _, piece := range []string{"[a] [b]\n\n[%]: /x\n\n", "[%]: /x\n", "> "} {
		doc := func(size int) string {
			var b strings.Builder
			for i := 0; b.Len() < size; i++ {
				b.WriteString(strings.ReplaceAll(piece, "%", strings.Repeat("x", 1+i%50)+strings.Repeat("y", i/50)))
			}
			return b.String()[:size]
		}
		const size = 24_000
		parsed, _ := stream(markdown.New(markdown.Options{Timeout: time.Minute}), doc(size), 40)
		if t.Logf("%q: %d bytes parsed", piece, parsed); parsed > 200*size {
			t.Errorf("%q: %d bytes parsed for %d of text", piece, parsed, size)
		}
	}
}

func TestCodeIsColouredOnce(t *testing.T) {
	r := markdown.New(markdown.Options{Timeout: time.Minute})
	doc := mixed(20_000)
	stream(r, doc, 12)
	code := 0
	for i, part := range strings.Split(doc, "```") {
		if i%2 == 1 {
			code += len(part)
		}
	}
	if painted := int(r.Painted()); painted == 0 || painted > code {
		t.Errorf("%d bytes of code were coloured, the reply has %d", painted, code)
	}
}
