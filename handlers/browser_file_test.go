package handlers_test

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"strings"
	"testing"

	"github.com/chromedp/chromedp/kb"

	"alleato/ai"
	"alleato/ai/model/script"
	"alleato/handlers"
	"alleato/store"
)

func fileScenes() map[string]scene {
	scenes := map[string]scene{"files/scroll": filesScroll}
	for name, where := range map[string]screen{"desktop": desktop, "phone": phoneDark} {
		scenes["files/look "+name] = func(t *testing.T, b *chromium) { filesLook(t, b, where) }
		scenes["files/change "+name] = func(t *testing.T, b *chromium) { filesChange(t, b, where) }
		scenes["files/upload "+name] = func(t *testing.T, b *chromium) { filesUpload(t, b, where) }
		scenes["files/no scripts "+name] = func(t *testing.T, b *chromium) { filesWithoutScripts(t, b, where) }
		scenes["files/admin "+name] = func(t *testing.T, b *chromium) { filesAdmin(t, b, where) }
	}
	return scenes
}

// fileHouse is a site whose guests may upload 200 KB at once and 1 MB in all.
func fileHouse(t *testing.T) *site {
	return playhouse(t, always(script.Say("A reply.")), func(_ *handlers.Options, a *ai.Options) {
		a.Limits = map[store.Role]store.Limit{store.RoleGuest: {UploadBytes: 200 << 10, StorageBytes: 1 << 20}}
	})
}

// uploadFile puts a file into the visitor's files, behind the page's back, and gives its id.
func (p *tab) uploadFile(name string, content []byte) string {
	p.t.Helper()
	return get[string](p, fmt.Sprintf(`(async () => {
		const body = new FormData()
		body.append('file', new Blob([Uint8Array.from(atob(%q), (c) => c.charCodeAt(0))]), %q)
		const answer = await (await fetch('/files/upload', {method: 'POST', body, headers: {Accept: 'application/json'}})).json()
		return answer.id ?? answer.detail
	})()`, base64.StdEncoding.EncodeToString(content), name))
}

// lists waits until the page lists the files of these names, in this order.
func (p *tab) lists(names ...string) {
	p.t.Helper()
	p.until(fmt.Sprintf(`[...document.querySelectorAll('[data-testid="file-name"]')].map((e) => e.textContent).join() === %q`, strings.Join(names, ",")))
}

// fileRow is the selector of a file by its place, from 1.
func fileRow(n int) string { return fmt.Sprintf(`%s:nth-of-type(%d)`, testid("file"), n) }

const openDialog = `document.querySelector('#file-dialog').open`

// filesLook: grid and list, kept over a reload; filter, order and search without loading a page; previews
// of a picture and of texts, which stay texts.
func filesLook(t *testing.T, b *chromium, where screen) {
	p := b.visit(t, fileHouse(t), where, "/files")
	p.until(shown(testid("files-empty")))
	p.accessible()
	p.uploadFile("b.html", []byte("<script>document.title = 'ran'</script><b>bold</b>"))
	p.uploadFile("c.png", picture(300, 200))
	p.uploadFile("a.pdf", aPDF("Total: 42 euros"))
	p.uploadFile("d.log", bytes.Repeat([]byte("a line of a log\n"), 10_000))
	p.reload()
	p.lists("d.log", "a.pdf", "c.png", "b.html")
	p.until(find(".file-thumb img") + ".complete && " + find(".file-thumb img") + ".naturalWidth === 300")
	p.accessible()

	loads := p.documents()
	p.click(`.segment:has(` + testid("file-view-list") + `)`)
	p.until(find("#file-list") + ".dataset.layout === 'list'")
	p.accessible()
	p.reload()
	p.until(find("#file-list") + ".dataset.layout === 'list' && " + find(testid("file-view-list")) + ".checked")
	if p.documents() != loads+1 {
		t.Error("the other view loaded a page")
	}
	loads = p.documents()
	p.click(`.segment:has(` + testid("file-type-image") + `)`)
	p.lists("c.png")
	p.until("new URLSearchParams(location.search).get('type') === 'image'")
	p.click(`.segment:has(` + testid("file-type-") + `)`)
	p.lists("d.log", "a.pdf", "c.png", "b.html")
	get[bool](p, fmt.Sprintf(`(() => { const s = %s; s.value = 'name'; s.dispatchEvent(new Event('change', {bubbles: true})); return true })()`, find(testid("file-sort"))))
	p.lists("a.pdf", "b.html", "c.png", "d.log")
	p.write(testid("file-search"), "zz")
	p.until(shown(testid("files-empty")))
	p.accessible()
	if got := get[string](p, "document.activeElement.id"); got != "file-query" {
		t.Errorf("after a search the focus is on %q", got)
	}
	p.press(kb.Backspace + kb.Backspace + "B.")
	p.lists("b.html")
	p.reload() // the address says all of it
	p.lists("b.html")
	p.open("/files?sort=name")
	loads = p.documents()

	for i, has := range []string{"Total: 42 euros", "<script>document.title = 'ran'</script><b>bold</b>", "", "The first 64 KB of 156 KB"} {
		p.click(fileRow(i+1) + " .file-open")
		p.until(openDialog)
		p.until(shown(testid("file-preview-name")))
		if get[bool](p, "Boolean("+shown("form#file-preview-delete")+")") {
			t.Error("what is for those without scripts shows")
		}
		if got := p.text(testid("file-content")); !strings.Contains(got, has) {
			t.Errorf("preview %d reads %.200q", i, got)
		}
		if i == 2 {
			p.until(find("#file-preview img") + ".naturalWidth === 300")
		}
		p.accessible()
		p.press(kb.Escape)
		p.until("!" + openDialog)
		if got := get[string](p, "document.activeElement.closest('.file-item')?.id ?? document.activeElement.tagName"); got != get[string](p, find(fileRow(i+1))+".id") {
			t.Errorf("after preview %d the focus is on %q", i, got)
		}
	}
	if title := get[string](p, "document.title"); title != "Files · Alleato" || p.documents() != loads {
		t.Errorf("a preview did something: %q, %d pages", title, p.documents()-loads)
	}
}

// filesChange: rename in the menu and in the preview, delete one and several, the link to the chat.
func filesChange(t *testing.T, b *chromium, where screen) {
	p := b.visit(t, fileHouse(t), where, "/files")
	for _, name := range []string{"e.txt", "d.txt", "c.txt", "b.txt", "a.txt"} {
		p.uploadFile(name, []byte("12345"))
	}
	id := p.uploadFile("used.txt", []byte("12345"))
	get[bool](p, fmt.Sprintf(`fetch('/chats/c/messages', {method: 'POST', headers: {'Content-Type': 'application/json', Accept: 'application/json'},
		body: JSON.stringify({text: 'Look', files: [%q]})}).then((r) => r.ok)`, id))
	p.open("/files?sort=name")
	p.lists("a.txt", "b.txt", "c.txt", "d.txt", "e.txt", "used.txt")
	loads := p.documents()

	p.hover(fileRow(1))
	p.click(fileRow(1) + " " + testid("file-menu-button"))
	p.click(fileRow(1) + " " + testid("file-rename"))
	p.until("document.activeElement.name === 'name'")
	p.accessible()
	p.press("first\r") // in place of the name, before its ending
	p.lists("first.txt", "b.txt", "c.txt", "d.txt", "e.txt", "used.txt")

	p.click(fileRow(2) + " .file-open")
	p.until(openDialog)
	p.click("#file-dialog " + testid("file-rename"))
	p.until("document.activeElement.name === 'name'")
	p.press("second\r")
	p.until(find(testid("file-preview-name")) + ".textContent === 'second.txt'")
	p.accessible()
	p.click("#file-dialog " + testid("file-rename"))
	p.until("document.activeElement.name === 'name'")
	p.expect("422")
	p.press("a/b\r")
	p.until(find(testid("toast")) + "?.textContent.includes('may not have')")
	p.press(kb.Escape)
	p.until("!" + openDialog)
	p.lists("first.txt", "second.txt", "c.txt", "d.txt", "e.txt", "used.txt")

	p.hover(fileRow(3))
	p.click(fileRow(3) + " " + testid("file-menu-button"))
	p.click(fileRow(3) + " " + testid("file-delete"))
	p.until(find("#confirm") + ".open && " + find("#confirm-title") + ".textContent === 'Delete this file?'")
	p.accessible()
	p.press(kb.Escape)
	p.until("!" + find("#confirm") + ".open")
	p.lists("first.txt", "second.txt", "c.txt", "d.txt", "e.txt", "used.txt")
	p.hover(fileRow(3))
	p.click(fileRow(3) + " " + testid("file-menu-button"))
	p.click(fileRow(3) + " " + testid("file-delete"))
	p.click(testid("confirm-ok"))
	p.lists("first.txt", "second.txt", "d.txt", "e.txt", "used.txt")
	p.until(find(testid("file-usage")) + ".textContent.includes('25 bytes of 1 MB used')")

	p.click(fileRow(2) + " .file-open")
	p.until(openDialog)
	p.click(testid("file-preview-delete"))
	p.click(testid("confirm-ok"))
	p.until("!" + openDialog)
	p.lists("first.txt", "d.txt", "e.txt", "used.txt")

	for n := 1; n <= 3; n++ {
		p.hover(fileRow(n))
		p.click(fileRow(n) + " .file-pick")
	}
	p.until(find("#file-bulk") + ".textContent.includes('3 files chosen') && " + shown("#file-bulk"))
	p.accessible()
	p.click(testid("files-delete"))
	p.until(find("#confirm-title") + ".textContent === 'Delete 3 files?'")
	p.click(testid("confirm-ok"))
	p.lists("used.txt")
	p.until("!" + shown("#file-bulk"))
	if p.documents() != loads {
		t.Error("a page was loaded on the way")
	}
	p.click(testid("file-chat"))
	p.until("location.pathname === '/chats/c' && " + find(testid("message-attachments")))
	p.openUserMenu()
	p.accessible()
	p.click(testid("user-nav-item-files"))
	p.lists("used.txt")
	if p.documents() != loads {
		t.Error("the links loaded a page")
	}
}

// openUserMenu opens the menu, on a phone in its drawer.
func (p *tab) openUserMenu() {
	p.t.Helper()
	if p.screen.phone {
		p.click("header " + testid("sidebar-toggle-button"))
	}
	p.click(testid("user-nav-button"))
	p.until(shown(testid("user-nav-menu")))
}

// filesUpload: by the button and by dropping; what does not fit is said before it is sent, what the
// server refuses after; the list and the usage follow.
func filesUpload(t *testing.T, b *chromium, where screen) {
	p := b.visit(t, fileHouse(t), where, "/files")
	loads := p.documents()
	p.give("#file-input", map[string][]byte{"one.txt": []byte("one")})
	p.lists("one.txt")
	p.until("!" + find(testid("file-progress")))
	p.until(find("meter") + ".value === 3")

	p.give("#file-input", map[string][]byte{"big.txt": bytes.Repeat([]byte("x"), 300<<10)})
	p.until(find(testid("file-progress")) + "?.textContent.includes('Larger than 200 KB')")
	p.accessible()
	p.click(`[data-action="end-upload"]`)
	p.until("!" + find(testid("file-progress")))

	p.expect("415")
	p.give("#file-input", map[string][]byte{"zip.txt": []byte("PK\x03\x04")})
	p.until(find(testid("file-progress")) + "?.textContent.includes('Files of this type are not taken.')")
	p.until(find(testid("file-progress") + ` [role="alert"]`))
	p.accessible()
	p.click(`[data-action="end-upload"]`)

	get[bool](p, `(() => {
		const data = new DataTransfer()
		for (const name of ['two.txt', 'three.txt']) data.items.add(new File(['dropped'], name))
		const send = (kind) => document.querySelector('#main').dispatchEvent(new DragEvent(kind, {dataTransfer: data, bubbles: true, cancelable: true}))
		send('dragover')
		const shows = document.querySelector('#main').hasAttribute('data-dragging')
		send('drop')
		return shows && !document.querySelector('#main').hasAttribute('data-dragging')
	})() || (() => { throw new Error('the page does not show where to drop') })()`)
	p.lists("three.txt", "two.txt", "one.txt")
	p.until(find("#announcer") + ".textContent === '2 files uploaded'")
	p.until(find(testid("file-usage")) + ".textContent.includes('17 bytes of 1 MB used')")
	p.accessible()
	if p.documents() != loads {
		t.Error("an upload loaded a page")
	}

	// an upload that is on its way is called off
	must(call(p, "Network.emulateNetworkConditions", map[string]any{"offline": false, "latency": 0, "downloadThroughput": -1, "uploadThroughput": 20 << 10}))
	p.give("#file-input", map[string][]byte{"slow.txt": bytes.Repeat([]byte("x"), 150<<10)})
	p.until(find(testid("file-progress")+" progress") + "?.value > 0")
	p.accessible()
	p.click(`[data-action="end-upload"]`)
	p.until("!" + find(testid("file-progress")))
	p.lists("three.txt", "two.txt", "one.txt")
}
