package handlers_test

import (
	"bytes"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"

	"alleato/ai"
	"alleato/ai/model/script"
	"alleato/handlers"
)

func richScenes() map[string]scene {
	scenes := map[string]scene{"rich/maths without scripts": mathsScriptless}
	for name, where := range map[string]screen{"desktop": desktop, "phone": phoneDark} {
		scenes["rich/maths "+name] = func(t *testing.T, b *chromium) { maths(t, b, where) }
		scenes["rich/diagram "+name] = func(t *testing.T, b *chromium) { diagram(t, b, where) }
		scenes["rich/picture "+name] = func(t *testing.T, b *chromium) { remotePicture(t, b, where) }
		scenes["rich/wrap "+name] = func(t *testing.T, b *chromium) { wrapCode(t, b, where) }
	}
	return scenes
}

const formulas = "Euler: $e^{i\\pi} + 1 = 0$, or \\(a_1\\). It costs $5 and $10.\n\n$$\n\\begin{aligned}\na &= b \\\\\n+ c &= d\n\\end{aligned}\n$$\n\n" +
	"\\[ \\int_0^1 x\\,dx = \\frac12 \\]\n\n$$" + wideFormula + "$$\n\nWrong: $\\frac{1$ and $\\href{javascript:hacked=1}{x}$ and $\\includegraphics{https://evil.example/x.png}$ and " +
	"$\\def\\x{\\x\\x}\\x$.\n\nThe end.\n"

const wideFormula = "x_1 + x_2 + x_3 + x_4 + x_5 + x_6 + x_7 + x_8 + x_9 + x_{10} + x_{11} + x_{12} + x_{13} + x_{14} + x_{15} + x_{16} + x_{17} + x_{18} + x_{19} + x_{20} + x_{21} + x_{22} = \\sum_{i=1}^{22} x_i"

// maths: formulas are drawn as they come and stay drawn, prices are not formulas, and what KaTeX
// refuses stays its source.
func maths(t *testing.T, b *chromium, where screen) {
	end := newGate()
	release(t, end)
	first, rest, _ := strings.Cut(formulas, "\\[ ")
	s := playhouse(t, always(staged(stage{nil, script.Words(first, 0)}, stage{end, script.Words("\\[ "+rest, 0)})))
	p := b.visit(t, s, where, "/")
	p.ask("Show formulas")
	p.until("document.querySelectorAll('.msg-prose .katex').length === 3") // while it is being written
	if got := p.text(replyBody + " p"); !strings.Contains(got, "It costs $5 and $10.") {
		t.Errorf("the prices became %q", got)
	}
	end.open()
	p.finished("complete")
	p.until("document.querySelectorAll('.msg-prose .katex').length === 5 && document.querySelectorAll('.msg-prose .math[data-refused]').length === 4")
	if get[bool](p, "'hacked' in window || document.querySelectorAll('.msg-prose :is(a, img)').length > 0") {
		t.Error("a formula has made a link or a picture")
	}
	for _, source := range []string{`$\frac{1$`, `$\def\x{\x\x}\x$`} {
		if got := get[[]string](p, "[...document.querySelectorAll('[data-refused]')].map((e) => e.textContent)"); !strings.Contains(strings.Join(got, " "), source) {
			t.Errorf("%s is not shown as its source: %q", source, got)
		}
	}
	p.until("document.fonts.check('16px KaTeX_Main')")
	if size := get[[]float64](p, "(([e]) => [e.getBoundingClientRect().height, parseFloat(getComputedStyle(e.querySelector('.vlist')).height)])(document.querySelectorAll('.katex-display .katex-html'))"); size[0] < 30 || !(size[1] > 0) {
		t.Errorf("the formula is laid out as %v", size)
	}
	p.until("document.querySelector('.math-wide')" + map[bool]string{true: "?.tabIndex === 0", false: " === null || true"}[where.phone])
	p.accessible()
	p.reload()
	p.until("document.querySelectorAll('.msg-prose .katex').length === 5")
	p.accessible()
}

func mathsScriptless(t *testing.T, b *chromium) {
	s := playhouse(t, always(script.Say(formulas)))
	p := b.visit(t, s, phone, "/")
	p.ask("Show formulas")
	p.finished("complete")
	must(p.scripts(false))
	p.reload()
	if got := p.text(replyBody + " .math"); got != `$e^{i\pi} + 1 = 0$` {
		t.Errorf("without scripts the formula is %q", got)
	}
	p.accessible()
}

const diagrams = "One:\n\n```mermaid\nflowchart LR\n  A[Browser] -->|question| B(Alleato)\n  B --> C{Model}\n  click A \"javascript:hacked=1\"\n  C --> D[\"<img src=x onerror='parent.hacked=2'><b>bold</b>\"]\n```\n\n" +
	"Broken:\n\n```mermaid\nflowchart LR\n  A -->\n  -- nonsense [[\n```\n\nThe end.\n"

// diagram: a block of Mermaid is drawn in a frame that can do nothing else; its source is a press away,
// and what cannot be drawn stays its source.
func diagram(t *testing.T, b *chromium, where screen) {
	s := playhouse(t, always(script.Say(diagrams)))
	p := b.visit(t, s, where, "/")
	p.ask("Draw")
	p.finished("complete")
	const good, bad = "figure.code[data-diagram='drawn']", "figure.code[data-diagram='failed']"
	p.scrollInto("figure.code")
	p.until(shown(good + " iframe"))
	p.scrollInto("article figure.code:last-of-type")
	p.until(find(bad + " .diagram-note"))
	if height := get[float64](p, find(good+" iframe")+".offsetHeight"); height < 60 || height > 1600 {
		t.Errorf("the diagram is %v high", height)
	}
	if !get[bool](p, shown(bad+" pre")+" && "+find(bad+" .diagram-note")+".textContent.length > 35 && !"+find(bad+" iframe")) {
		t.Error("the broken diagram does not show its source and what is wrong with it")
	}
	frame := get[[]string](p, "(({sandbox, contentDocument, title}) => [sandbox.value, String(contentDocument), title])("+find("iframe")+")")
	if frame[0] != "allow-scripts" || frame[1] != "null" || frame[2] == "" {
		t.Errorf("the frame is %q", frame)
	}
	if get[bool](p, "'hacked' in window") {
		t.Error("the diagram ran a script of the page")
	}
	p.forged(good)
	p.accessible()
	p.click(good + " .code-toggle")
	p.until(shown("figure.code:has(iframe) pre") + " && !" + shown("figure.code iframe"))
	p.accessible()
	p.click("figure.code:has(iframe) .code-toggle")
	p.until(shown(good + " iframe"))
	get[bool](p, "document.documentElement.classList.toggle('dark'), true")
	p.until(shown(good + " iframe"))
	p.reload()
	p.scrollInto("figure.code")
	p.until(shown(good + " iframe"))
}

func (p *tab) scrollInto(selector string) {
	p.t.Helper()
	get[bool](p, find(selector)+".scrollIntoView({block: 'center', behavior: 'instant'}), true")
}

// forged: what another window says about a diagram counts for nothing.
func (p *tab) forged(good string) {
	p.t.Helper()
	before := get[float64](p, find(good+" iframe")+".offsetHeight")
	get[bool](p, `new Promise((done) => {
		const other = document.createElement('iframe')
		document.body.append(other)
		for (const data of [{height: 1500}, {error: 'forged'}, {ready: true}]) postMessage(data, '*')
		other.remove()
		setTimeout(() => done(true), 300)
	})`)
	if after := get[float64](p, find(good+" iframe")+".offsetHeight"); after != before {
		p.t.Errorf("a forged message changed the height from %v to %v", before, after)
	}
}

// gallery is a host of pictures, for the server's transport.
type gallery struct{ asked atomic.Int64 }

func (g *gallery) RoundTrip(r *http.Request) (*http.Response, error) {
	g.asked.Add(1)
	body, status := []byte("<svg xmlns='http://www.w3.org/2000/svg' onload='hacked=1'/>"), 200
	if r.URL.Path == "/good.png" {
		body = picture(320, 200)
	}
	return &http.Response{StatusCode: status, Header: http.Header{"Content-Type": {"image/png"}}, Body: io.NopCloser(bytes.NewReader(body)), Request: r}, nil
}

// remotePicture: nothing is loaded by itself; a press has the server fetch it, and a second one opens
// the original.
func remotePicture(t *testing.T, b *chromium, where screen) {
	host := &gallery{}
	s := playhouse(t, always(script.Say("Look: ![The tower](https://pictures.example/good.png)\n\nand ![](https://pictures.example/bad.svg) it is.\n")),
		func(h *handlers.Options, _ *ai.Options) { h.Outside = host })
	p := b.visit(t, s, where, "/")
	p.ask("Show a picture")
	p.finished("complete")
	if got := p.text(".image-link .image-host"); got != "Load image from pictures.example" {
		t.Errorf("the picture says %q", got)
	}
	p.accessible()
	if host.asked.Load() != 0 {
		t.Error("the picture was fetched by itself")
	}
	p.click(".image-link")
	p.until(find(".image-loaded img") + "?.naturalWidth === 320")
	if got := get[string](p, find(".image-loaded img")+".alt"); got != "The tower" {
		t.Errorf("the picture is called %q", got)
	}
	p.expect("422")
	p.click(".image-link:not(.image-loaded)")
	p.until(find(".image-error") + "?.textContent.includes('no picture')")
	if host.asked.Load() != 2 {
		t.Errorf("%d requests for two presses", host.asked.Load())
	}
	p.accessible()
}

// wrapCode: long lines scroll until a reader wants them wrapped, and that is remembered.
func wrapCode(t *testing.T, b *chromium, where screen) {
	long := "```sh\necho " + strings.Repeat("a-long-line ", 40) + "\n```\n"
	s := playhouse(t, always(script.Say(long+"\n"+long)))
	p := b.visit(t, s, where, "/")
	p.ask("Show code")
	p.finished("complete")
	const over = "[...document.querySelectorAll('figure.code pre')].every((e) => e.scrollWidth > e.clientWidth)"
	const fits = "[...document.querySelectorAll('figure.code pre')].every((e) => e.scrollWidth <= e.clientWidth)"
	p.until(over)
	p.click(".code-wrap")
	p.until(fits + " && document.querySelectorAll('.code-wrap[aria-pressed=\"true\"]').length === 2")
	p.accessible()
	p.reload()
	p.until(fits)
	p.click(".code-wrap")
	p.until(over)
	p.reload()
	p.until(over)
}
