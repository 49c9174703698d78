package handlers_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/chromedp/chromedp/kb"

	"alleato/store"
)

// filesWithoutScripts: everything but the dialog, by addresses and forms.
func filesWithoutScripts(t *testing.T, b *chromium, where screen) {
	p := b.visit(t, fileHouse(t), where, "/files")
	p.uploadFile("b.txt", []byte("<b>bee</b>"))
	p.uploadFile("a.png", picture(30, 20))
	must(p.scripts(false))
	p.open("/files?view=list&sort=name")
	p.lists("a.png", "b.txt")
	p.accessible()
	p.open("/files")
	if got := get[string](p, find("#file-list")+".dataset.layout"); got != "list" {
		t.Errorf("the view was not kept: %s", got)
	}
	p.click(`.segment:has(` + testid("file-type-text") + `)`)
	before := p.documents()
	p.click("#file-filter button")
	p.loaded(before)
	p.lists("b.txt")

	before = p.documents()
	p.click(fileRow(1) + " .file-open")
	p.loaded(before)
	if got := p.text(testid("file-content")); !strings.Contains(got, "<b>bee</b>") {
		t.Errorf("the preview reads %q", got)
	}
	p.accessible()
	p.click(testid("file-rename"))
	p.write(testid("file-rename-input"), kb.End+kb.Backspace+kb.Backspace+kb.Backspace+"md")
	before = p.documents()
	p.click("[data-rename-file] form button")
	p.loaded(before)
	p.until(find(testid("file-preview-name")) + ".textContent === 'b.md'")
	p.click("#file-preview-delete button") // not without a tick
	p.click("#file-preview-delete [type=checkbox]")
	before = p.documents()
	p.click("#file-preview-delete button")
	p.loaded(before)
	p.lists("a.png")

	p.give("#file-input", map[string][]byte{"new.txt": []byte("new")})
	before = p.documents()
	p.click("#file-upload button")
	p.loaded(before)
	p.lists("new.txt", "a.png")
	p.narrow()
}

// filesScroll: a hundred and thirty files come as the page is scrolled, each once, in the order asked for.
func filesScroll(t *testing.T, b *chromium) {
	s := fileHouse(t)
	p := b.visit(t, s, desktop, "/files")
	p.uploadFile("first.txt", []byte("x"))
	user, err := s.store.User(t.Context(), get[string](p, "fetch('/auth/me', {headers: {Accept: 'application/json'}}).then((r) => r.json()).then((r) => r.user.id)"))
	if err != nil {
		t.Fatal(err)
	}
	for i := range 130 {
		f := s.store.NewFile(user.ID, store.Uploads, fmt.Sprintf("file %03d.txt", i), "text/plain")
		if err := s.store.CreateFile(t.Context(), user, f, 0); err != nil {
			t.Fatal(err)
		}
	}
	p.open("/files?sort=name&q=file")
	const all = `document.querySelectorAll('[data-testid="file"]')`
	if n := get[int](p, all+".length"); n != 50 {
		t.Fatalf("%d files were there at once", n)
	}
	for range 20 {
		get[bool](p, find("#main")+".scrollTop = 1e6, true")
		if get[int](p, all+".length") == 130 {
			break
		}
		p.until(all + ".length === 130 || " + find("#main") + ".scrollTop + 1100 < " + find("#main") + ".scrollHeight")
	}
	p.until(all + ".length === 130 && !" + find(".file-more"))
	names := get[[]string](p, `[...document.querySelectorAll('[data-testid="file-name"]')].map((e) => e.textContent)`)
	for i, name := range names {
		if name != fmt.Sprintf("file %03d.txt", i) {
			t.Fatalf("file %d is %q", i, name)
		}
	}
	p.accessible()
}

// filesAdmin: an administrator finds everybody's files by owner and deletes one; others are sent away.
func filesAdmin(t *testing.T, b *chromium, where screen) {
	s := fileHouse(t)
	ada := s.account("ada@example.com", store.RoleUser)
	ada.upload("diary.txt", []byte("secret"))
	ada.upload("cat.png", picture(30, 30))
	s.program().upload("guest.md", []byte("# Guest"))
	s.account("boss@example.com", store.RoleAdmin)

	p := b.visit(t, s, where, "/admin/files")
	p.expect("403")
	p.until(shown(testid("error-page")))
	p.accessible()
	p.open("/login")
	p.fill("Email", "boss@example.com")
	p.fill("Password", password)
	p.submit("Sign in")
	loads := p.documents()
	p.openUserMenu()
	p.click(testid("user-nav-item-admin-files"))
	p.lists("guest.md", "cat.png", "diary.txt")
	p.accessible()
	p.write(testid("file-owner"), "ADA@")
	p.enter(0)
	p.lists("cat.png", "diary.txt")
	if text := p.text("#files"); !strings.Contains(text, "ada@example.com") || strings.Contains(text, "guest.md") {
		t.Errorf("by owner: %s", text)
	}
	p.click(fileRow(2) + " " + testid("file-delete"))
	p.until(find("#confirm-text") + ".textContent.includes('ada@example.com')")
	p.accessible()
	p.click(testid("confirm-ok"))
	p.lists("cat.png")
	if p.documents() != loads {
		t.Error("a page was loaded on the way")
	}
	must(p.scripts(false))
	p.open("/admin/files")
	p.lists("guest.md", "cat.png")
	p.accessible()
	p.click(fileRow(1) + " noscript details summary, " + fileRow(1) + " details summary")
	before := p.documents()
	p.click(fileRow(1) + " details button")
	p.loaded(before)
	p.lists("cat.png")
}
