package markdown_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"net/url"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"alleato/views/markdown"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// allowed are the attributes that each element may carry, with their values. It is written
// apart from the policy, to find its mistakes.
var allowed = map[string]map[string]string{
	"p": {}, "br": {}, "hr": {}, "h2": {}, "h3": {}, "h4": {}, "h5": {}, "h6": {}, "blockquote": {},
	"ul": {}, "ol": {"start": `\d{1,9}`}, "li": {}, "em": {}, "strong": {}, "del": {},
	"table": {}, "thead": {}, "tbody": {}, "tr": {}, "th": {"align": "left|right|center"}, "td": {"align": "left|right|center"},
	"figure": {"class": "code"}, "figcaption": {},
	"span":   {"class": `code-lang|math|math-display|image-alt|image-host|[a-z]{1,3}|[a-z]{1,2}[0-9]`},
	"button": {"type": "button", "class": "code-copy|code-wrap", "data-copy": "code", "data-wrap": "code"},
	"pre":    {"class": "chroma|plain|pending", "tabindex": "0"},
	"code":   {"class": `code-open|language-[\w+#.-]{1,32}( code-open)?`},
	"div":    {"class": "table-wrap|math-display", "tabindex": "0", "role": "group", "aria-label": "Table"},
	"input":  {"type": "checkbox", "checked": "", "disabled": "", "aria-label": "Done|To do"},
	"a":      {"href": `[^\s<>"]*`, "title": `[\s\S]*`, "rel": `nofollow noreferrer( noopener)?`, "target": "_blank", "class": "image-link"},
}

// checkSafe fails unless a browser finds nothing in the HTML but what allowed names.
func checkSafe(t testing.TB, source, out string) {
	t.Helper()
	if i := strings.Index(strings.ToLower(out), "<hx"); i >= 0 || strings.Contains(out, "<!--") {
		t.Fatalf("%q became %q", source, out)
	}
	body := &html.Node{Type: html.ElementNode, Data: "body", DataAtom: atom.Body}
	nodes, err := html.ParseFragment(strings.NewReader(out), body)
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range nodes {
		checkNode(t, source, n)
	}
}

func checkNode(t testing.TB, source string, n *html.Node) {
	t.Helper()
	if n.Type == html.ElementNode {
		attributes, ok := allowed[n.Data]
		if !ok {
			t.Fatalf("%q became a <%s>", source, n.Data)
		}
		for _, a := range n.Attr {
			pattern, ok := attributes[a.Key]
			if !ok || !regexp.MustCompile(`^(`+pattern+`)$`).MatchString(a.Val) {
				t.Fatalf("%q became a <%s> with %s=%q", source, n.Data, a.Key, a.Val)
			}
		}
		if n.Data == "a" {
			checkLink(t, source, n)
		}
	}
	for c := range n.ChildNodes() {
		checkNode(t, source, c)
	}
}

func checkLink(t testing.TB, source string, n *html.Node) {
	t.Helper()
	attr := map[string]string{}
	for _, a := range n.Attr {
		attr[a.Key] = a.Val
	}
	u, err := url.Parse(attr["href"])
	if err != nil || !slices.Contains([]string{"", "http", "https", "mailto"}, u.Scheme) {
		t.Fatalf("%q became a link to %q", source, attr["href"])
	}
	if u.Host != "" && (attr["rel"] != "nofollow noreferrer noopener" || attr["target"] != "_blank") {
		t.Fatalf("%q became a link to %q with rel %q, target %q", source, attr["href"], attr["rel"], attr["target"])
	}
	if !strings.Contains(attr["rel"], "nofollow noreferrer") {
		t.Fatalf("%q became a link to %q with rel %q", source, attr["href"], attr["rel"])
	}
}

// schemes are addresses that run code, or are some trick to hide that.
var schemes = []string{
	"javascript:alert(1)", "JaVaScRiPt:alert(1)", "java\tscript:alert(1)", "java\nscript:alert(1)", " javascript:alert(1)",
	"\x01javascript:alert(1)", "javascript&colon;alert(1)", "javascript&#58;alert(1)", "javascript&#x3a;alert(1)",
	"&#106;avascript:alert(1)", "&#x6A;&#x61;vascript:alert(1)", "java&Tab;script:alert(1)", "java&NewLine;script:alert(1)",
	"javascript\\:alert(1)", "&amp;#106;avascript:alert(1)", "javascript%3Aalert(1)", "%6Aavascript:alert(1)",
	"vbscript:msgbox(1)", "VBSCRIPT&colon;msgbox(1)", "data:text/html,<script>alert(1)</script>",
	"data:image/svg+xml;base64,PHN2Zz4=", "data:image/png;base64,AAAA", "DATA:,x", "file:///etc/passwd", "blob:https://x/y",
	"feed:javascript:alert(1)", "jar:javascript:alert(1)", "view-source:javascript:alert(1)", "about:blank", "ftp://x.org",
	"jav&#x0A;ascript:alert(1)", "ｊavascript:alert(1)", "java\u00adscript:alert(1)", "\u2028javascript:alert(1)", "x:y", "hx-get:/x",
}

func TestRefusedAddresses(t *testing.T) {
	r := markdown.New(markdown.Options{})
	for _, s := range schemes {
		for _, form := range []string{
			"[x](%)", "[x](<%>)", "[x](% \"t\")", "<%>", "![x](%)", "![x](<%>)", "[![x](%)](%)", "[x]\n\n[x]: %\n", "[x]\n\n[x]: <%> 'javascript:'\n",
			"![x][y]\n\n[y]: %\n", "see % here", "<a href=\"%\">x</a>", "<img src=% onerror=alert(1)>", "| [x](%) |\n|---|\n", "- [x](<%>)",
		} {
			source := strings.ReplaceAll(form, "%", s)
			checkSafe(t, source, r.Render(source))
		}
	}
}

func TestAttributesAndTagsNeverPass(t *testing.T) {
	r := markdown.New(markdown.Options{})
	for _, source := range []string{
		`<script>alert(1)</script>`, `<img src=x onerror=alert(1)>`, `<svg/onload=alert(1)>`, `<math><mtext></math>`, `<style>@import 'x'</style>`,
		`<iframe srcdoc="<script>x</script>">`, `<form action=/x><input name=y></form>`, `<base href=//evil>`, `<meta http-equiv=refresh content=0>`,
		`<div hx-get="/x" hx-trigger=load>a</div>`, `<b data-hx-get="/x">a</b>`, `<hx-partial hx-target="body">x</hx-partial>`,
		"`<hx-partial>`", "```html\n<hx-partial hx-target=\"#m\">x</hx-partial>\n```", "```<hx-partial>\nx\n```", "    <hx-partial>x</hx-partial>",
		`[x](/y "<hx-partial>")`, `![<hx-partial>](/y)`, `[<hx-partial>](/<hx-partial>)`, `| <hx-partial> |` + "\n|---|\n", `# <hx-partial>`,
		`<hx-partial@x.org>`, `https://x.org/<hx-partial>`, `$<hx-partial>$`, `\(<hx-partial>\)`, "$$\n<hx-partial>\n$$", "&lt;hx-partial&gt;",
		"# a {#id .class onclick=x}", "```js {onclick=x}\ny\n```", "```\"onclick=x\ny\n```", "```a\"b\nx\n```", "[x](/y \"\\\" onclick=\\\"x\")",
		`[x](/y"onclick="alert(1))`, `![" onerror="x](/y)`, "<!-- <script>x</script> -->", "<!-->\n<script>x</script>", "<![CDATA[<script>x</script>]]>",
		"<?php <script>x</script> ?>", "<p style=\"color:red\" class=x id=y>a</p>", "a<br onclick=x>b", "a<BR/>b", "[a](b){style=x}",
		"<noscript><p title=\"</noscript><img src=x onerror=alert(1)>\">", "<select><option><style></option></select><img src=x>",
		"- [ ] <input onfocus=x autofocus>", "<a href=\"javascript:x\">y</a>", "<details open ontoggle=x>", "\u212A<\u017Fcript>x</\u017Fcript>",
	} {
		checkSafe(t, source, r.Render(source))
	}
}

// TestBluemondaysCases runs the strings of bluemonday's own tests through the renderer.
func TestBluemondaysCases(t *testing.T) {
	dir, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "github.com/microcosm-cc/bluemonday").Output()
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(strings.TrimSpace(string(dir)), "sanitize_test.go")
	source, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	r, cases := markdown.New(markdown.Options{}), 0
	ast.Inspect(source, func(n ast.Node) bool {
		literal, ok := n.(*ast.BasicLit)
		if !ok || literal.Kind != token.STRING {
			return true
		}
		s, err := strconv.Unquote(literal.Value)
		if err != nil {
			t.Fatal(err)
		}
		cases++
		for _, form := range []string{"%", "a % b", "> %", "- %", "[x](<%>)", "[x](/ '%')", "`%`", "```html\n%\n```", "| % |\n|---|", "![%](%)"} {
			doc := strings.ReplaceAll(form, "%", s)
			checkSafe(t, doc, r.Render(doc))
		}
		return true
	})
	if cases < 500 {
		t.Errorf("only %d cases", cases)
	}
}
