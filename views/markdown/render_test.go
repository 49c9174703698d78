package markdown_test

import (
	"strings"
	"sync"
	"testing"
	"time"

	"alleato/views/markdown"

	"github.com/google/go-cmp/cmp"
)

// figure is the markup of a code block.
func figure(language, code string) string {
	return `<figure class="code"><figcaption><span class="code-lang">` + language + `</span>` +
		`<button type="button" class="code-wrap" data-wrap="code">Wrap</button>` +
		`<button type="button" class="code-copy" data-copy="code">Copy</button></figcaption>` +
		`<pre class="chroma" tabindex="0"><code class="language-` + language + `">` + code + "</code></pre></figure>\n"
}

// picture is the markup of a remote image.
func picture(address, host, alt string) string {
	return `<a href="` + address + `" class="image-link" ` + out + `><span class="image-alt">Image` + alt +
		`</span> <span class="image-host">Load image from ` + host + `</span></a>`
}

const tableStart = `<div class="table-wrap" tabindex="0" role="group" aria-label="Table">` + "\n<table>\n<thead>\n<tr>\n"
const tableEnd = "</tbody>\n</table>\n</div>\n"
const out = `rel="nofollow noreferrer noopener" target="_blank"`
const in = `rel="nofollow noreferrer"`

func TestRender(t *testing.T) {
	tests := []struct{ name, markdown, html string }{
		{"nothing", "", ""},
		{"paragraphs", "a\nb\n\nc", "<p>a\nb</p>\n<p>c</p>\n"},
		{"emphasis", "*a* **b** ~~c~~ `d<e>`", "<p><em>a</em> <strong>b</strong> <del>c</del> <code>d&lt;e&gt;</code></p>\n"},
		{"line breaks", "a  \nb\\\nc", "<p>a<br>\nb<br>\nc</p>\n"},
		{"headings are one lower", "# a\n## b\n###### c\n\nd\n===", "<h2>a</h2>\n<h3>b</h3>\n<h6>c</h6>\n<h2>d</h2>\n"},
		{"line ends", "a\r\nb\rc", "<p>a\nb\nc</p>\n"},
		{"broken UTF-8", "a\xe4\xb8b\x00c", "<p>a\ufffd\ufffdbc</p>\n"},
		{"quote and rule", "> a\n\n---", "<blockquote>\n<p>a</p>\n</blockquote>\n<hr>\n"},
		{"ordered list", "3. a\n4. b", "<ol start=\"3\">\n<li>a</li>\n<li>b</li>\n</ol>\n"},
		{"task list", "- [ ] a\n- [x] b", "<ul>\n" +
			`<li><input type="checkbox" disabled="" aria-label="To do"> a</li>` + "\n" +
			`<li><input type="checkbox" checked="" disabled="" aria-label="Done"> b</li>` + "\n</ul>\n"},
		{"table", "|a|b|c|\n|:-|:-:|-:|\n|1|2<br>3|", tableStart +
			"<th align=\"left\">a</th>\n<th align=\"center\">b</th>\n<th align=\"right\">c</th>\n</tr>\n</thead>\n<tbody>\n<tr>\n" +
			"<td align=\"left\">1</td>\n<td align=\"center\">2<br>\n3</td>\n<td></td>\n</tr>\n" + tableEnd},
		{"code", "```python\ndef f():\n    return \"<hi>\"\n```", figure("python",
			`<span class="k">def</span> <span class="nf">f</span>():`+"\n"+
				`    <span class="k">return</span> <span class="s2">&#34;&lt;hi&gt;&#34;</span>`+"\n")},
		{"code without language", "```\nif x:\n```", figure("text", "if x:\n")},
		{"code of unknown language", "```Nope\nif x:\n```", figure("nope", "if x:\n")},
		{"strange language", "```{.c++ #id}\nif\n```\n\n```<b>\nx\n```", figure("c++", `<span class="k">if</span>`+"\n") + figure("text", "x\n")},
		{"indented code", "    if x:\n", figure("text", "if x:\n")},
		{"empty code", "```go\n```", figure("go", "")},
		{"unclosed code", "~~~go\nif", figure("go", `<span class="k">if</span>`+"\n")},
		{"links", "[a](https://x.org 'T') [b](/c) [d](mailto:e@f.g) [h](//i.org)", `<p><a href="https://x.org" title="T" ` + out +
			`>a</a> <a href="/c" ` + in + `>b</a> <a href="mailto:e@f.g" ` + in + `>d</a> <a href="//i.org" ` + out + ">h</a></p>\n"},
		{"autolinks", "<https://x.org> https://y.org/a?b=c&d. e@f.gh", `<p><a href="https://x.org" ` + out + `>https://x.org</a> ` +
			`<a href="https://y.org/a?b=c&amp;d" ` + out + `>https://y.org/a?b=c&amp;d</a>. <a href="mailto:e@f.gh" ` + in + ">e@f.gh</a></p>\n"},
		{"reference link", "[a][b]\n\n[b]: https://x.org", `<p><a href="https://x.org" ` + out + ">a</a></p>\n"},
		{"refused link keeps its text", "[*a*](javascript&colon;x) <vbscript:y>", "<p><em>a</em> vbscript:y</p>\n"},
		{"image", "![a *b*](https://x.org/i.png)", `<p>` + picture("https://x.org/i.png", "x.org", ": a b") + "</p>\n"},
		{"image of another host", "![](//x.org:81/i.png 'T') ![a](http://bücher.de/i.png)", `<p><a href="//x.org:81/i.png" title="T" class="image-link" ` + out +
			`><span class="image-alt">Image</span> <span class="image-host">Load image from x.org:81</span></a> ` +
			picture("http://b%C3%BCcher.de/i.png", "another site", ": a") + "</p>\n"},
		{"refused image", "![a](data:image/png;base64,x) ![](/i.png)", `<p>Image: a <a href="/i.png" class="image-link" ` + in + ">Image</a></p>\n"},
		{"image in a link", "[![a](/i.png)](https://x.org)", `<p><a href="https://x.org" ` + out + ">Image: a</a></p>\n"},
		{"HTML is text", "a <b>c</b>\n\n<div hx-get=\"/x\">\nd\n</div>", "<p>a &lt;b&gt;c&lt;/b&gt;</p>\n" +
			"<p>&lt;div hx-get=&#34;/x&#34;&gt;<br>\nd<br>\n&lt;/div&gt;</p>\n"},
		{"maths", `$a_1*b_2*c$ \(x_1\) \[y\] $$z*z*$$ costs $5 or $6, \$7, US$8 and A$`,
			`<p><span class="math">$a_1*b_2*c$</span> <span class="math">\(x_1\)</span> <span class="math-display">\[y\]</span> ` +
				`<span class="math-display">$$z*z*$$</span> costs $5 or $6, $7, US$8 and A$</p>` + "\n"},
		{"maths is text", "$<b>&$ $$<i>$$", "<p><span class=\"math\">$&lt;b&gt;&amp;$</span> <span class=\"math-display\">$$&lt;i&gt;$$</span></p>\n"},
		{"maths over lines", "\\[\na_1 \\\\\nb_1\n\\]", "<div class=\"math-display\">\\[\na_1 \\\\\nb_1\n\\]</div>\n"},
		{"maths with signs", "so\n$$\na\n= b\n+ c\n- d\n===\n$$\nand", "<p>so</p>\n<div class=\"math-display\">$$\na\n= b\n+ c\n- d\n===\n$$</div>\n<p>and</p>\n"},
		{"maths on one line", "$$x$$\n\\[ y \\]  \n$$z$$ *is*", "<div class=\"math-display\">$$x$$</div>\n<div class=\"math-display\">\\[ y \\]</div>\n" +
			"<p><span class=\"math-display\">$$z$$</span> <em>is</em></p>\n"},
		{"maths in a list", "- a\n\n  $$\n  + x\n  $$\n- b", "<ul>\n<li>\n<p>a</p>\n<div class=\"math-display\">$$\n+ x\n$$</div>\n</li>\n<li>\n<p>b</p>\n</li>\n</ul>\n"},
		{"maths without end", "$$ *a*\n- b\n\n\\[\n*c*", "<p>$$ <em>a</em>\n- b</p>\n<p>[\n<em>c</em></p>\n"},
		{"maths and more", "$$\na\n$$ then *b*", "<p><span class=\"math-display\">$$\na\n$$</span> then <em>b</em></p>\n"},
	}
	r := markdown.New(markdown.Options{})
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if diff := cmp.Diff(tt.html, r.Render(tt.markdown)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			checkSafe(t, tt.markdown, tt.html)
		})
	}
}

func TestLargeCodeIsNotColoured(t *testing.T) {
	r := markdown.New(markdown.Options{Timeout: time.Minute})
	for name, tt := range map[string]struct {
		code     string
		coloured bool
	}{
		"a block": {strings.Repeat("if a {}\n", 100), true},
		"too big": {strings.Repeat("if a {}\n", 9_000), false},
		"a line":  {"if " + strings.Repeat("a", 9_000) + " {}\n", false},
	} {
		html := r.Render("```go\n" + tt.code + "```\n")
		if got := strings.Contains(html, "<span class=\"k\">"); got != tt.coloured {
			t.Errorf("%s: coloured is %v", name, got)
		}
		if !tt.coloured && html != figure("go", tt.code) {
			t.Errorf("%s became %.200q", name, html)
		}
	}
}

func TestCacheIsBounded(t *testing.T) {
	const size = 100_000
	r := markdown.New(markdown.Options{CacheBytes: size})
	for i := range 500 {
		r.Render(strings.Repeat("x", i) + "\n\n```go\nif a {}\n```\n")
	}
	if got := r.CacheSize(); got > size || got < size/2 {
		t.Errorf("%d bytes in a cache of %d", got, size)
	}
	before := r.Parsed()
	doc := strings.Repeat("y", 500)
	first, second := r.Render(doc), r.Render(doc)
	if first != second || r.Parsed()-before != int64(len(doc)) {
		t.Errorf("%d bytes parsed to render %d bytes twice", r.Parsed()-before, len(doc))
	}
}

func TestConcurrentUse(t *testing.T) {
	docs := []string{mixed(3_000), mixed(9_000), table(5_000), list(7_000), strings.Join(own, "\n\n")}
	want := make([]string, len(docs))
	for i, doc := range docs {
		want[i] = markdown.New(markdown.Options{Timeout: time.Minute}).Render(doc)
	}
	shared := markdown.New(markdown.Options{CacheBytes: 50_000, Timeout: time.Minute})
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			for j := range 10 {
				n := (i + j) % len(docs)
				s := shared.Stream()
				for rest := docs[n]; rest != ""; rest = rest[min(len(rest), 400):] {
					s.Write(rest[:min(len(rest), 400)])
					s.Update()
				}
				if s.Finish() != want[n] || shared.Render(docs[n]) != want[n] {
					t.Errorf("document %d differs", n)
				}
			}
		})
	}
	wg.Wait()
}
