package markdown_test

import (
	"fmt"
	"strings"
	"testing"

	"alleato/views/markdown"
)

func goCode(size int) string {
	var b strings.Builder
	for i := 0; b.Len() < size; i++ {
		fmt.Fprintf(&b, "// f%d does \"nothing\".\nfunc f%d(a int, b []string) (map[string]int, error) {\n\tif a > %d {\n\t\treturn nil, fmt.Errorf(\"x: %%d\", a)\n\t}\n\tfor i, s := range b {\n\t\tm[s] += i * 2\n\t}\n\treturn m, nil\n}\n\n", i, i, i)
	}
	return b.String()[:size]
}

// mixed is about what a model answers: prose, lists, tables, half of it code.
func mixed(size int) string {
	var b strings.Builder
	for i := 0; b.Len() < size; i++ {
		fmt.Fprintf(&b, "## Part %d\n\nSome **bold** prose with `code`, a [link](https://example.org/%d) and more words to fill\nthe line, as models do. It goes on for a while.\n\n- one thing\n- another *thing*\n  - below it\n\n", i, i)
		b.WriteString("```go\n" + goCode(600) + "\n```\n\n")
		if i%3 == 0 {
			b.WriteString("| a | b | c |\n|:--|:-:|--:|\n| 1 | 2 | 3 |\n| 4 | 5 | 6 |\n\n")
		}
	}
	return b.String()[:size]
}

func fence(size int) string { return "```go\n" + goCode(size) + "\n```\n" }

func list(size int) string {
	return strings.Repeat("- an item with **bold** words and `code`\n", size/41)
}

func table(size int) string {
	return "| a | b | c |\n|---|---|---|\n" + strings.Repeat("| one | **two** | `three` |\n", size/27)
}

func paragraph(size int) string {
	return strings.Repeat("words of *prose* with `code` and on and on, ", size/44)
}

// lines is one paragraph of many lines.
func lines(size int) string { return strings.ReplaceAll(paragraph(size), ", ", ",\n") }

func prose(size int) string { return strings.ReplaceAll(paragraph(size), ", ", ".\n\n") }

var shapes = map[string]func(size int) string{
	"mixed": mixed, "fence": fence, "list": list, "table": table,
	"paragraph": paragraph, "lines": lines, "prose": prose,
}

func BenchmarkRender(b *testing.B) {
	for name, shape := range shapes {
		doc := shape(20_000)
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				markdown.New(markdown.Options{}).Render(doc)
			}
		})
	}
}

// BenchmarkUpdate is the cost of one update of 10 bytes in a reply of 20 KB.
func BenchmarkUpdate(b *testing.B) {
	for name, shape := range shapes {
		doc := shape(20_000)
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			sent := 0
			for i := 0; i < b.N; {
				b.StopTimer()
				s := markdown.New(markdown.Options{}).Stream()
				b.StartTimer()
				for at := 0; at+10 <= len(doc) && i < b.N; at, i = at+10, i+1 {
					s.Write(doc[at : at+10])
					u, _ := s.Update()
					sent += len(u.Settled) + len(u.Code)
					if u.Tail != nil {
						sent += len(*u.Tail)
					}
				}
			}
			b.ReportMetric(float64(sent)/float64(b.N), "sent-B/op")
		})
	}
}
