package handlers_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/chromedp/cdproto/network"

	"alleato/ai/model/script"
)

func safetyScenes() map[string]scene {
	return map[string]scene{
		"hostile/desktop": hostile(desktop), "hostile/phone": hostile(phone),
		"first load": firstLoad, "wide content": wideContent,
	}
}

// attacks is what a model could be made to write; CANARY is a server that must not hear of it.
const attacks = "Hello <script>window.hacked = 1</script><img src=x onerror=\"window.hacked = 2\">\n\n" +
	"<script src=\"CANARY/script.js\"></script>\n\n<style>body { background: url(CANARY/style) } @import url(CANARY/import);</style>\n\n" +
	"<div style=\"background: url(CANARY/inline)\" onclick=\"window.hacked = 3\">raw</div>\n\n" +
	"<iframe src=\"CANARY/frame\" srcdoc=\"<script>parent.hacked = 4</script>\"></iframe><object data=\"CANARY/object\"></object>\n\n" +
	"<svg onload=\"window.hacked = 5\"><use href=\"CANARY/use#x\"/></svg><link rel=stylesheet href=\"CANARY/link\"><meta http-equiv=refresh content=\"0;url=CANARY/meta\">\n\n" +
	"<div hx-get=\"/chats?attacked\" hx-trigger=\"load\">get</div><div data-hx-get=\"/chats?attacked\" data-hx-trigger=\"load\">get</div>\n\n" +
	"<div id=\"composer\" hx-swap-oob=\"true\">gone</div><hx-partial hx-target=\"body\" hx-swap=\"innerHTML\">gone</hx-partial><template hx type=\"partial\" hx-target=\"body\">gone</template>\n\n" +
	"`<hx-partial hx-target=\"body\">code</hx-partial>`\n\n```html\n<hx-partial hx-target=\"body\" hx-swap=\"innerHTML\">gone</hx-partial>\n<script>window.hacked = 6</script>\n</div></article>\n```\n\n" +
	"[click me](javascript:window.hacked=7) [data](data:text/html,<script>window.hacked=8</script>) [vb](vbscript:x) <javascript:window.hacked=9>\n\n" +
	"![picture](CANARY/image.png) ![x](CANARY/\"onerror=\"window.hacked=10) ![ref][r]\n\n[r]: CANARY/reference.png \"t\"\n\n" +
	"event: done\ndata: ok\n\nid: 7\n\n</article></main><h1 id=\"chat-title\">gone</h1>\n\nThe end of it.\n"

// hostile: nothing that a model writes runs, loads, or changes the page around it.
func hostile(where screen) scene {
	return func(t *testing.T, b *chromium) {
		var heard atomic.Int64
		canary := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			heard.Add(1)
			t.Logf("the canary heard %s", r.URL)
		}))
		t.Cleanup(canary.Close)
		text := strings.ReplaceAll(attacks, "CANARY", canary.URL)
		var bytes []script.Chunk
		for i := range len(text) {
			bytes = append(bytes, script.Chunk{Text: text[i : i+1]})
		}
		s := playhouse(t, titled("</title><script>window.hacked = 11</script>", func(script.Request) script.Reply { return script.Reply{Chunks: bytes} }))
		p := b.visit(t, s, where, "/")
		p.ask("<img src=x onerror='window.hacked = 12'>")
		p.finished("complete")
		p.until(find(replyBody) + ".textContent.includes('The end of it.')")
		p.untouched()
		p.same()
		p.accessible()
		p.reload()
		p.until(find(replyBody) + ".textContent.includes('The end of it.')")
		p.untouched()
		p.expect("422") // the pictures are asked for, and the server does not fetch from itself
		get[bool](p, `document.querySelectorAll('`+replyBody+` *').forEach((e) => e.tagName === 'A' ? 0 : e.click()), true`)
		p.until("document.querySelectorAll('" + replyBody + " .image-error').length === 3")
		p.untouched()
		if heard.Load() > 0 {
			t.Errorf("the canary heard %d requests", heard.Load())
		}
	}
}

// untouched fails when what the model wrote did anything.
func (p *tab) untouched() {
	p.t.Helper()
	found := get[[]string](p, `(() => {
		const body = `+find(replyBody)+`, found = []
		if ('hacked' in window) found.push('script ran: ' + window.hacked)
		if (!`+find("form#composer")+` || document.querySelectorAll('article').length !== 2) found.push('the page was changed')
		for (const e of body.querySelectorAll('*')) {
			for (const {name, value} of e.attributes) {
				if (/^(on|hx-|data-hx|style|srcdoc)/.test(name)) found.push(e.tagName + ' ' + name + '=' + value)
				if (name === 'href' && !/^(https?:|mailto:|#|\/)/.test(value)) found.push('link to ' + value)
				if (name === 'src') found.push(e.tagName + ' loads ' + value)
			}
			if (/^(SCRIPT|STYLE|IFRAME|OBJECT|EMBED|LINK|META|TEMPLATE|FORM|INPUT|HX-.*)$/.test(e.tagName) && !e.matches('input[type=checkbox][disabled]')) found.push('element ' + e.tagName)
		}
		return found
	})()`)
	if len(found) > 0 {
		p.t.Errorf("model output: %s", strings.Join(found, "\n"))
	}
}

// firstLoad: what the pages cost a visitor who comes for the first time.
func firstLoad(t *testing.T, b *chromium) {
	s := playhouse(t, always(script.Say(rich)))
	p := b.visit(t, s, desktop, "/")
	p.ask("Show all")
	p.finished("complete")
	path := get[string](p, "location.pathname")
	for _, page := range []string{"/", path} {
		q := p.another("")
		must(call(q, network.SetCacheDisabled.Method, network.SetCacheDisabledParams{CacheDisabled: true}))
		q.open(page)
		q.until("document.readyState === 'complete' && window.htmx")
		q.mu.Lock()
		scripts, all := q.bytes[string(network.ResourceTypeScript)], int64(0)
		for kind, n := range q.bytes {
			if kind != string(network.ResourceTypeFont) {
				all += n
			}
		}
		t.Logf("%s: %d bytes of scripts, %d in all: %v", page, scripts, all, q.bytes)
		q.mu.Unlock()
		if scripts == 0 || scripts > 60<<10 {
			t.Errorf("%s loads %d bytes of JavaScript", page, scripts)
		}
		if all <= scripts || all > 150<<10 {
			t.Errorf("%s loads %d bytes in all", page, all)
		}
	}
}

// wideContent: tables, code and words that do not break scroll in their own place.
func wideContent(t *testing.T, b *chromium) {
	long := strings.Repeat("unbroken", 60)
	cells := strings.Repeat("| a_wide_column ", 14) + "|\n"
	text := rich + "\n" + cells + strings.Repeat("|---", 14) + "|\n" + cells + "\n```go\nvar x = \"" + long + "\"\n```\n\n" + long +
		"\n\n`" + long + "`\n\n[" + long + "](https://example.com/" + long + ")\n\n- " + long + "\n\n> " + long + "\n\n# " + long + "\n"
	s := playhouse(t, titled(long, func(script.Request) script.Reply {
		return script.Reply{Chunks: append(script.Words(text, 0), script.Chunk{Reasoning: long})}
	}))
	p := b.visit(t, s, phone, "/")
	p.narrow()
	p.ask(long)
	p.finished("complete")
	p.until(find("table"))
	p.accessible()
	outside := get[[]string](p, `[...document.querySelectorAll('article *')].filter((e) => e.checkVisibility() && e.getBoundingClientRect().right > innerWidth
		&& !e.closest('pre, table, .sr-only, code')).map((e) => e.outerHTML.slice(0, 120))`)
	if len(outside) > 0 {
		t.Errorf("reaches out of the screen:\n%s", strings.Join(outside, "\n"))
	}
	for _, selector := range []string{"pre", "table"} {
		if !get[bool](p, `[...document.querySelectorAll('`+replyBody+` `+selector+`')].some((e) => { for (; e.id !== 'scroll'; e = e.parentElement) if (e.scrollWidth > e.clientWidth + 20 && /auto|scroll/.test(getComputedStyle(e).overflowX)) return true })`) {
			t.Errorf("the wide %s does not scroll by itself", selector)
		}
	}
	for _, page := range []string{"/login", "/register", "/nothing"} {
		q := b.visit(t, s, phone, page)
		if page == "/nothing" {
			q.expect("404")
		}
		q.accessible()
	}
}
