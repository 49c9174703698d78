package handlers_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"alleato/ai"
	"alleato/handlers"
)

func sdkScenes() map[string]scene {
	return map[string]scene{"sdk/own page": sdkOwnPage, "sdk/other site": sdkOtherSite}
}

// sdkUse does in a page what sdk.mjs does in Node, where a browser does it in its own way: uploads that tell
// how far they are, streams, aborts, the credential.
const sdkUse = `(async () => {
	const told = []
	const big = new File([new Uint8Array(3 << 20).fill(65)], 'long.txt', { type: 'text/plain' })
	const file = await alleato.files.upload(big, { onProgress: (p) => told.push(p) })
	const last = told.at(-1)
	if (file.size !== 3 << 20 || told.length < 2 || last.loaded !== last.total || last.total < 3 << 20) return 'upload: ' + JSON.stringify([file, told])
	const gone = new AbortController()
	const aborted = await alleato.files.upload(big, { signal: gone.signal, onProgress: () => gone.abort() }).catch((e) => e.name)
	if (aborted !== 'AbortError') return 'aborted upload: ' + aborted
	if ((await alleato.files.list()).files.length !== 1) return 'an aborted upload was kept'
	let text = ''
	const reply = alleato.chats.sendMessage(null, { text: 'Slowly', onText: (delta) => { text += delta } })
	for await (const chunk of reply) if (chunk.type === 'text-delta' && text.length > 30) { await reply.stop(); break }
	if (await reply.text() !== text || text.length < 30 || text.length > 500) return 'stopped: ' + text
	const { messages } = await alleato.chats.get(reply.chatId)
	if (messages[1].status !== 'stopped' || messages[1].parts.at(-1).text !== text) return 'kept: ' + JSON.stringify(messages)
	return 'fine'
})()`

// sdkOwnPage: on a page of ours the cookie is the credential, and no script sees a token.
func sdkOwnPage(t *testing.T, b *chromium) {
	s := playhouse(t, clientAnswer)
	p := b.visit(t, s, desktop, "/login")
	p.expect("422")
	got := get[string](p, `(async () => {
		const { Alleato } = await import('/sdk/alleato.js')
		window.alleato = new Alleato({ session: true })
		const bad = await alleato.auth.register({ email: 'nobody', password: 'x' }).catch((e) => e)
		if (bad.status !== 422 || bad.errors.map((e) => e.field).join() !== 'email,password' || !bad.hint && !bad.message) return 'refusal: ' + JSON.stringify(bad)
		const answer = await alleato.auth.register({ email: 'ann@example.com', password: 'correct horse battery' })
		return [answer.user.email, alleato.token, (await alleato.auth.me()).user.email].join()
	})()`)
	if got != "ann@example.com,,ann@example.com" {
		t.Fatalf("session: %s", got)
	}
	p.useSDK()
	p.open("/")
	p.until(find(testid("user-email")) + "?.textContent.includes('ann@example.com')")
}

// sdkOtherSite: the page of another origin that is on the list, with a token; the SDK knows from its own
// address where the site is.
func sdkOtherSite(t *testing.T, b *chromium) {
	other := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		fmt.Fprint(w, `<!doctype html><html lang="en"><title>Elsewhere</title><link rel="icon" href="data:,"><h1>Elsewhere</h1>`)
	}))
	t.Cleanup(other.Close)
	s := playhouse(t, clientAnswer, func(h *handlers.Options, _ *ai.Options) { h.CORSOrigins = []string{other.URL} })
	p := b.visitAt(t, other.URL, desktop, "/")
	p.expect("request to another host: " + s.url)
	got := get[string](p, strings.ReplaceAll(`(async () => {
		const { Alleato } = await import('SITE/sdk/alleato.js')
		window.alleato = new Alleato()
		await alleato.auth.guest()
		return typeof alleato.token + (await alleato.auth.me()).user.role + document.cookie
	})()`, "SITE", s.url))
	if got != "stringguest" {
		t.Fatalf("token: %s", got)
	}
	p.useSDK()
}

// useSDK plays sdkUse over a line that is slow enough for an upload to have a middle.
func (p *tab) useSDK() {
	p.t.Helper()
	must(call(p, "Network.emulateNetworkConditions", map[string]any{
		"offline": false, "latency": 0, "downloadThroughput": -1, "uploadThroughput": 8 << 20}))
	if got := get[string](p, sdkUse); got != "fine" {
		p.t.Error(got)
	}
}
