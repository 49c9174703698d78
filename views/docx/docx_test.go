package docx_test

import (
	"archive/zip"
	"bytes"
	"encoding/xml"
	"errors"
	"image"
	"image/png"
	"io"
	"os"
	"regexp"
	"runtime"
	"strings"
	"testing"
	"time"

	"alleato/views/docx"
	"alleato/views/markdown"
)

// parts unpacks a document; each of its parts must be XML that can be read to its end.
func parts(t *testing.T, file []byte) map[string]string {
	t.Helper()
	archive, err := zip.NewReader(bytes.NewReader(file), int64(len(file)))
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]string{}
	for _, f := range archive.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		content, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		all[f.Name] = string(content)
		if strings.HasSuffix(f.Name, ".xml") || strings.HasSuffix(f.Name, ".rels") {
			for d := xml.NewDecoder(bytes.NewReader(content)); ; {
				if _, err := d.Token(); errors.Is(err, io.EOF) {
					break
				} else if err != nil {
					t.Fatalf("%s: %v", f.Name, err)
				}
			}
		}
	}
	return all
}

func written(t *testing.T, src string, o docx.Options) map[string]string {
	t.Helper()
	var file bytes.Buffer
	if err := docx.Write(&file, markdown.New(markdown.Options{}), src, o); err != nil {
		t.Fatal(err)
	}
	if path := os.Getenv("DOCX_OUT"); path != "" { // to be opened by a person
		if err := os.WriteFile(path, file.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return parts(t, file.Bytes())
}

var (
	paragraphs = regexp.MustCompile(`(?s)<w:p>.*?</w:p>|<w:p [^>]*>.*?</w:p>`)
	tags       = regexp.MustCompile(`<[^>]*>`)
)

// paragraph finds the one that holds a text.
func paragraph(t *testing.T, document, text string) string {
	t.Helper()
	for _, p := range paragraphs.FindAllString(document, -1) {
		if strings.Contains(tags.ReplaceAllString(p, ""), text) {
			return p
		}
	}
	t.Errorf("no paragraph holds %q", text)
	return ""
}

const sample = "# Where to go\n\nSee the **Mole** *first*, ~~never~~ `soon`, at [its page](https://example.com/mole?a=1&b=2) or [here](/documents/x), [bad](javascript:alert(1)).  \nA new line & <b>tag</b>.\n\n" +
	"## A list\n\n1. one\n2. two\n   - inner\n     1. deepest\n3. three\n\nFrom five:\n\n5. five\n6. six\n\n- [x] done\n- [ ] open\n\n> Quoted **text**\n> - in a list\n\n" +
	"```python\ndef f(x):\n\treturn x < 2\n```\n\n---\n\n| City | Visits | Note |\n|:--|--:|:-:|\n| Torino | 12 | `a` |\n| Roma & co | 7 |\n\n" +
	"![The Mole](/f/known/key/mole.png) and ![Far away](https://canary.example/x.png) and ![gone](/f/unknown/key)\n\nA formula $a < b$ and\n\n$$\nx^2\n$$\n\n<div>HTML</div>\n\nLast \x0b\x1b words &amp; more.\n"

// TestDocument: everything of Markdown is in the file, as Word has it.
func TestDocument(t *testing.T) {
	var picture bytes.Buffer
	if err := png.Encode(&picture, image.NewNRGBA(image.Rect(0, 0, 960, 480))); err != nil {
		t.Fatal(err)
	}
	var asked []string
	all := written(t, sample, docx.Options{Title: `Plan <1> & "2"`, At: time.Unix(1_700_000_000, 0), Dir: t.TempDir(), Picture: func(address string) []byte {
		asked = append(asked, address)
		if strings.HasPrefix(address, "/f/known/") {
			return picture.Bytes()
		}
		return nil
	}})
	document := all["word/document.xml"]
	for text, want := range map[string][]string{
		"Where to go": {`"Heading1"`}, "A list": {`"Heading2"`}, "See the": {"<w:b ", "<w:i ", "<w:strike ", "Courier New", "<w:hyperlink ", "<w:br"},
		"two": {"<w:numPr>", `<w:ilvl w:val="0"`}, "inner": {"<w:numPr>", `<w:ilvl w:val="1"`}, "deepest": {`<w:ilvl w:val="2"`}, "5.": {"five", "<w:ind "},
		"☑ done": {"<w:ind "}, "☐ open": {"<w:ind "}, "Quoted": {`"Quote"`, "<w:b "}, "def f(x):": {"Courier New", "    return x &lt; 2", "<w:br", `w:fill="F4F4F5"`},
		"City": {"<w:b "}, "12": {`<w:jc w:val="right"`}, "Roma &amp; co": {"<w:jc "}, "Far away": {"[Far away]", "<w:drawing>", "The Mole"}, "A formula": {"$a &lt; b$"}, "x^2": {"$$"},
		"HTML": {"&lt;div&gt;HTML&lt;/div&gt;"}, "Last": {"words &amp;", " more."},
	} {
		p := paragraph(t, document, text)
		for _, w := range want {
			if !strings.Contains(p, w) {
				t.Errorf("%q lacks %s: %s", text, w, p)
			}
		}
	}
	relations := all["word/_rels/document.xml.rels"]
	if !strings.Contains(relations, "https://example.com/mole?a=1&amp;b=2") || strings.Contains(relations, "javascript") || strings.Contains(relations, "/documents/x") {
		t.Errorf("the links are %s", relations)
	}
	if strings.Contains(relations, `canary.example`) && !strings.Contains(relations, `TargetMode="External"`) {
		t.Error("a picture is to be loaded from elsewhere")
	}
	pictures := 0
	for name := range all {
		if strings.HasPrefix(name, "word/media/") {
			pictures++
		}
	}
	if pictures != 1 || len(asked) != 3 {
		t.Errorf("%d pictures; asked for %v", pictures, asked)
	}
	if strings.Count(document, "<w:tr>")+strings.Count(document, "<w:tr ") != 3 {
		t.Error("the table has not three rows")
	}
	if core := all["docProps/core.xml"]; !strings.Contains(core, "Plan &lt;1&gt; &amp; &#34;2&#34;") || !strings.Contains(core, "2023-11-14T") || strings.Contains(core, "godocx") {
		t.Errorf("the file is described as %s", core)
	}
}

// TestNumbers: a second list begins at 1 again.
func TestNumbers(t *testing.T) {
	document := written(t, "1. a one\n2. b two\n\ntext\n\n1. c three\n", docx.Options{})["word/document.xml"]
	number := regexp.MustCompile(`<w:numId w:val="(\d+)"`)
	first, second := number.FindString(paragraph(t, document, "b two")), number.FindString(paragraph(t, document, "c three"))
	if first == "" || first == second || first != number.FindString(paragraph(t, document, "a one")) {
		t.Errorf("the lists count as %s and %s", first, second)
	}
}

// TestHostile: what is made to be costly ends soon, takes a bounded space, and loses no word.
func TestHostile(t *testing.T) {
	const mega = 1 << 20
	deep := strings.Repeat("> ", 2000) + "word\n"
	for name, src := range map[string]string{
		"brackets":  strings.Repeat("[", mega),
		"links":     strings.Repeat("[a](https://b.c) ", mega/17),
		"emphasis":  strings.Repeat("*a* ", mega/4),
		"stars":     strings.Repeat("*a **b ", mega/7),
		"quotes":    strings.Repeat(deep, 200),
		"lists":     strings.Repeat("1. a\n\ntext\n\n", mega/12),
		"nested":    strings.Repeat("- ", 10_000) + "word\n",
		"lines":     strings.Repeat("\n\nx", mega/3),
		"line ends": strings.Repeat("\n", 2*mega),
		"code":      "```\n" + strings.Repeat("x\n", mega/2),
		"table":     "|" + strings.Repeat("a|", 50) + "\n|" + strings.Repeat("-|", 50) + "\n" + strings.Repeat("|b|\n", mega/8),
		"wide":      "|" + strings.Repeat("a|", 5000) + "\n|" + strings.Repeat("-|", 5000) + "\n",
		"entities":  strings.Repeat("&#1;&#65534;&amp;", mega/17),
		"controls":  strings.Repeat("a\x1b[0m\f", mega/7),
		"pictures":  strings.Repeat("![a](/f/x) ", mega/11),
	} {
		t.Run(name, func(t *testing.T) {
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			begin := time.Now()
			var file bytes.Buffer
			if err := docx.Write(&file, markdown.New(markdown.Options{}), src, docx.Options{Picture: func(string) []byte { return nil }}); err != nil {
				t.Fatal(err)
			}
			took := time.Since(begin)
			runtime.ReadMemStats(&after)
			parts(t, file.Bytes())
			allocated := (after.TotalAlloc - before.TotalAlloc) >> 20
			t.Logf("%s, %d MB allocated, %d KB written", took.Round(time.Millisecond), allocated, file.Len()>>10)
			if took > 10*time.Second || file.Len() > 8*mega || allocated > 1024 {
				t.Errorf("%s, %d MB allocated, %d KB written", took, allocated, file.Len()>>10)
			}
		})
	}
}

// TestNoWordIsLost: beyond the bounds the text goes on, plain.
func TestNoWordIsLost(t *testing.T) {
	src := strings.Repeat("*a* `b` c\n\n", 30_000) + "the very last word\n"
	document := written(t, src, docx.Options{})["word/document.xml"]
	text := tags.ReplaceAllString(document, "")
	if n := strings.Count(text, "b"); n != 30_000 || !strings.Contains(text, "the very last word") {
		t.Errorf("%d of 30000 words are there", n)
	}
}
