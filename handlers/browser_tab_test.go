package handlers_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// tab is a page in the browser. It fails its test for whatever goes wrong on the page: errors and
// warnings in the console, uncaught exceptions, violations of the policy, requests to other hosts.
type tab struct {
	t          *testing.T
	ctx        context.Context
	screen     screen
	origin     string
	axe        string
	scriptless bool // the page's own scripts are off

	mu       sync.Mutex
	problems []string
	loads    int               // documents requested
	kinds    map[string]string // request id -> kind of resource
	bytes    map[string]int64  // kind of resource -> bytes received, compressed
	expected []*regexp.Regexp  // problems that the test provokes
}

// visit opens a tab of a visitor without a session, and a page of the site in it.
func (b *chromium) visit(t *testing.T, s *site, where screen, path string) *tab {
	t.Helper()
	return b.visitAt(t, s.url, where, path)
}

func (b *chromium) visitAt(t *testing.T, origin string, where screen, path string) *tab {
	t.Helper()
	ctx, cancel := chromedp.NewContext(b.ctx, chromedp.WithNewBrowserContext())
	t.Cleanup(cancel)
	return newTab(t, ctx, b.axe, origin, where, path)
}

// another opens a second tab of the same visitor.
func (p *tab) another(path string) *tab {
	p.t.Helper()
	ctx, cancel := chromedp.NewContext(p.ctx)
	p.t.Cleanup(cancel)
	return newTab(p.t, ctx, p.axe, p.origin, p.screen, path)
}

// tells makes the page tell its violations to the console, which the tab reads.
const tells = `addEventListener('securitypolicyviolation', (e) =>
	console.error('policy violated: ' + e.violatedDirective + ' ' + e.blockedURI + ' ' + e.sample))`

func newTab(t *testing.T, ctx context.Context, axe, origin string, where screen, path string) *tab {
	t.Helper()
	p := &tab{t: t, ctx: ctx, screen: where, origin: origin, axe: axe, kinds: map[string]string{}, bytes: map[string]int64{}}
	if err := chromedp.Do(ctx); err != nil { // the first Do owns the tab: no deadline here
		t.Fatal(err)
	}
	scheme := "light"
	if where.dark {
		scheme = "dark"
	}
	viewport := chromedp.EmulateViewport(where.width, where.height)
	if where.phone {
		viewport = chromedp.EmulateViewport(where.width, where.height, chromedp.EmulateMobile, chromedp.EmulateTouch)
	}
	p.do(viewport)
	must(call(p, emulation.SetFocusEmulationEnabled.Method, emulation.SetFocusEmulationEnabledParams{Enabled: true}))
	must(call(p, emulation.SetEmulatedMedia.Method, emulation.SetEmulatedMediaParams{
		Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}}}))
	must(call(p, page.AddScriptToEvaluateOnNewDocument.Method, page.AddScriptToEvaluateOnNewDocumentParams{Source: tells}))
	if err := chromedp.Listen(ctx, p.hear); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.complain)
	if path != "" {
		p.open(path)
	}
	return p
}

// call sends a command to the tab whose answer does not matter.
func call(p *tab, method string, params any) (*tab, error) {
	return p, chromedp.FromContext(p.ctx).Target.Call(p.ctx, method, params, nil)
}

func must(p *tab, err error) {
	p.t.Helper()
	if err != nil {
		p.t.Fatal(err)
	}
}

// hear runs in the loop that reads the browser's messages.
func (p *tab) hear(event any) {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch e := event.(type) {
	case *runtime.EventConsoleAPICalled:
		if e.Type == "error" || e.Type == "warning" || e.Type == "assert" {
			var words []string
			for _, a := range e.Args {
				words = append(words, strings.Trim(string(a.Value), `"`)+a.Description)
			}
			p.problems = append(p.problems, "console: "+strings.Join(words, " "))
		}
	case *runtime.EventExceptionThrown:
		text := e.ExceptionDetails.Text
		if x := e.ExceptionDetails.Exception; x != nil {
			text += " " + x.Description
		}
		p.problems = append(p.problems, "exception: "+text)
	case *log.EventEntryAdded:
		if e.Entry.Level == "error" || e.Entry.Level == "warning" {
			p.problems = append(p.problems, "log: "+e.Entry.Text+" "+e.Entry.URL)
		}
	case *network.EventRequestWillBeSent:
		p.kinds[string(e.RequestID)] = string(e.Type)
		if e.Type == network.ResourceTypeDocument {
			p.loads++
		}
		if u, err := url.Parse(e.Request.URL); err != nil || (u.Scheme != "data" && u.Scheme != "blob" && u.Scheme+"://"+u.Host != p.origin) {
			p.problems = append(p.problems, "request to another host: "+e.Request.URL)
		}
	case *network.EventLoadingFinished:
		p.bytes[p.kinds[string(e.RequestID)]] += int64(e.EncodedDataLength)
	}
}

// expect allows problems that the test provokes; each pattern must then occur.
func (p *tab) expect(patterns ...string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, pattern := range patterns {
		p.expected = append(p.expected, regexp.MustCompile(pattern))
	}
}

// complain fails the test for the problems that it did not expect, and for expected ones that it did
// not see.
func (p *tab) complain() {
	p.mu.Lock()
	defer p.mu.Unlock()
	seen := map[int]bool{}
	for _, problem := range p.problems {
		known := false
		for i, pattern := range p.expected {
			if pattern.MatchString(problem) {
				known, seen[i] = true, true
			}
		}
		if !known {
			p.t.Errorf("on the page: %s", problem)
		}
	}
	for i, pattern := range p.expected {
		if !seen[i] && !p.t.Failed() {
			p.t.Errorf("never on the page: %s", pattern)
		}
	}
}

func (p *tab) do(steps ...chromedp.Action[chromedp.Void]) {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, patience)
	defer cancel()
	if err := chromedp.Do(ctx, steps...); err != nil {
		p.t.Fatal(err)
	}
}

// open loads a page of the site; it returns when the document has loaded.
func (p *tab) open(path string) { p.t.Helper(); p.do(chromedp.Navigate(p.origin + path)) }

func (p *tab) reload() { p.t.Helper(); p.do(chromedp.Reload()) }

func (p *tab) documents() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.loads
}

// try evaluates an expression, which may be a promise.
func try[T any](p *tab, expression string) (T, error) {
	ctx, cancel := context.WithTimeout(p.ctx, patience)
	defer cancel()
	return chromedp.Run(ctx, chromedp.Evaluate[T](expression, chromedp.EvalAwaitPromise))
}

// get evaluates an expression that must succeed.
func get[T any](p *tab, expression string) T {
	p.t.Helper()
	value, err := try[T](p, expression)
	if err != nil {
		p.t.Fatalf("%v in %s", err, expression)
	}
	return value
}

// until waits for an expression to become true; a page that is just being replaced is asked again.
func (p *tab) until(expression string) {
	p.t.Helper()
	var err error
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(15 * time.Millisecond) {
		var yes bool
		if yes, err = try[bool](p, "Boolean("+expression+")"); yes {
			return
		}
	}
	p.t.Fatalf("never came true: %s (%v)\n%s", expression, err, p.describe())
}

// describe is the page's text, for a failure's message.
func (p *tab) describe() string {
	text, err := try[string](p, `location.href + '\n' + document.body.innerText + '\n' + JSON.stringify(document.querySelector('#composer-text')?.value) + '\n' + ([...document.querySelectorAll('[data-testid="message-content"]')].at(-1)?.innerHTML ?? '')`)
	if err != nil {
		return err.Error()
	}
	if len(text) > 4000 {
		text = text[:4000] + "…"
	}
	return text
}

// testid is the selector of a test hook.
func testid(name string) string { return `[data-testid="` + name + `"]` }

// find is the expression of the first element that a selector matches.
func find(selector string) string {
	quoted, _ := json.Marshal(selector) // a string always marshals
	return "document.querySelector(" + string(quoted) + ")"
}

func (p *tab) text(selector string) string {
	p.t.Helper()
	return get[string](p, find(selector)+"?.textContent ?? ''")
}

// shown is the expression for: the element can be seen.
func shown(selector string) string {
	return fmt.Sprintf("%[1]s?.checkVisibility({visibilityProperty: true, opacityProperty: true})", find(selector))
}
