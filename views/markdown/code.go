package markdown

import (
	"html"
	"regexp"
	"strings"
	"sync/atomic"

	"github.com/alecthomas/chroma/v2"
	"github.com/alecthomas/chroma/v2/lexers"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/util"
)

// Code beyond these sizes is shown without colours: chroma takes microseconds a byte.
const (
	maxCode = 64 << 10 // bytes of a block
	maxLine = 8 << 10  // bytes of one of its lines
)

// painted is the attribute of a code block that holds its coloured code.
const painted = "painted"

const figureEnd = "</code></pre></figure>\n"

// figureStart is a code block up to its code. An open one is still being written.
func figureStart(language string, open bool) string {
	class := "language-" + language
	if open {
		class += " code-open"
	}
	return `<figure class="code"><figcaption><span class="code-lang">` + language + `</span>` +
		`<button type="button" class="code-wrap" data-wrap="code">Wrap</button>` +
		`<button type="button" class="code-copy" data-copy="code">Copy</button></figcaption>` +
		`<pre class="chroma" tabindex="0"><code class="` + class + `">`
}

var languageName = regexp.MustCompile(`^[\w+#.-]{1,32}`)

// languageOf is the language that a fence's info string names, or "text".
func languageOf(info string) string {
	if name := languageName.FindString(strings.TrimLeft(info, "{. \t")); name != "" {
		return strings.ToLower(name)
	}
	return "text"
}

func languageOfNode(node ast.Node, source []byte) string {
	if fence, ok := node.(*ast.FencedCodeBlock); ok && fence.Info != nil {
		return languageOf(string(fence.Info.Segment.Value(source)))
	}
	return "text"
}

func (nodes) code(w util.BufWriter, source []byte, node ast.Node, entering bool) (ast.WalkStatus, error) {
	if !entering {
		return ast.WalkSkipChildren, nil
	}
	var body string
	if v, ok := node.AttributeString(painted); ok {
		body = v.(string)
	} else {
		body = html.EscapeString(string(node.Lines().Value(source)))
	}
	_, err := w.WriteString(figureStart(languageOfNode(node, source), false) + body + figureEnd)
	return ast.WalkSkipChildren, err
}

// paintAll colours the code blocks of a document as far as the time allows.
func (r *Renderer) paintAll(d document) {
	wait := patienceOf(r.timeout)
	for n := range blocks(d.root) {
		if k := n.Kind(); k != ast.KindFencedCodeBlock && k != ast.KindCodeBlock {
			continue
		}
		code := string(n.Lines().Value(d.source))
		if body, ok := r.paint(languageOfNode(n, d.source), code, &wait); ok {
			n.SetAttributeString(painted, body)
		}
	}
}

// paint returns code in colours; false leaves it plain. Colours are kept in the cache, so
// that the end of a stream need not paint again what was painted on the way.
func (r *Renderer) paint(language, code string, wait *patience) (string, bool) {
	if *wait <= 0 || language == "text" || len(code) > maxCode || longestLine(code) > maxLine {
		return "", false
	}
	k := keyOf("code", language, code)
	if body, ok := r.cache.get(k); ok {
		return body, true
	}
	// Always through the pool, however short the code: a lexer's regular expressions may
	// backtrack for seconds.
	body, ok := bounded(r.painters, inline+len(code), wait, func(stop *atomic.Bool) string {
		r.work.painted.Add(int64(len(code)))
		return colour(language, code, stop)
	})
	if !ok || body == "" {
		return "", false
	}
	r.cache.add(k, body)
	return body, true
}

func longestLine(code string) int {
	longest := 0
	for line := range strings.Lines(code) {
		longest = max(longest, len(line))
	}
	return longest
}

// colour returns code with its tokens in spans, "" when there is no lexer or it fails.
func colour(language, code string, stop *atomic.Bool) string {
	lexer := lexers.Get(language)
	if lexer == nil {
		return ""
	}
	tokens, err := chroma.Coalesce(lexer).Tokenise(nil, code)
	if err != nil {
		return ""
	}
	var b strings.Builder
	b.Grow(4 * len(code))
	rest := code
	for t := tokens(); t != chroma.EOF; t = tokens() {
		// A lexer that loses or adds text would make the page lie about the code.
		if !strings.HasPrefix(rest, t.Value) || stop.Load() {
			return ""
		}
		rest = rest[len(t.Value):]
		writeToken(&b, t)
	}
	if rest != "" {
		return ""
	}
	return b.String()
}

// writeToken leaves out the spans of text, names, punctuation and errors: they look like the
// code around them and would double the size of the page.
func writeToken(b *strings.Builder, t chroma.Token) {
	class := classOf(t.Type)
	switch class {
	case "", "w", "n", "nx", "p", "err":
		b.WriteString(html.EscapeString(t.Value))
	default:
		b.WriteString(`<span class="` + class + `">` + html.EscapeString(t.Value) + `</span>`)
	}
}

func classOf(t chroma.TokenType) string {
	for ; t > 0; t = t.Parent() {
		if class, ok := chroma.StandardTypes[t]; ok {
			return class
		}
	}
	return ""
}
