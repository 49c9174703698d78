package handlers_test

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/browser"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"alleato/ai/model/script"
)

func selfScenes() map[string]scene {
	all := map[string]scene{"own account/without scripts": accountPlain}
	for name, where := range map[string]screen{"desktop": desktop, "phone dark": phoneDark} {
		all["own account/"+name] = accountOwn(where)
		all["picture/"+name] = accountPicture(where)
		all["export/"+name] = accountExport(where)
		all["import/"+name] = accountImport(where)
	}
	return all
}

// signUp registers in the page.
func (p *tab) signUp(email string) {
	p.t.Helper()
	p.open("/register")
	p.fill("Email", email)
	p.fill("Password", password)
	p.submit("Sign up")
}

// chooseFile puts a file into a file input, as its dialog would.
func (p *tab) chooseFile(selector string, path string) {
	p.t.Helper()
	p.do(chromedp.SetUploadFiles(chromedp.CSS(selector), []string{path}))
}

// onDisk writes a file for a dialog to choose.
func onDisk(t *testing.T, name string, content []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// accountOwn: from the user menu to the page; the name, the password, the sessions, and the end of it all.
func accountOwn(where screen) scene {
	return func(t *testing.T, b *chromium) {
		s := playhouse(t, always(script.Say("A reply.")))
		p := b.visit(t, s, where, "/account")
		p.expect("422")
		p.until(shown(testid("account-guest")))
		p.accessible()
		p.signUp("ada@example.com")
		other := s.signedIn("ada")
		if where.phone {
			p.click("header " + testid("sidebar-toggle-button"))
		}
		p.click(testid("user-nav-button"))
		p.click(testid("user-nav-item-account"))
		p.until(shown(testid("account-profile")))
		p.accessible()

		p.fill("Name", "Ada Lovelace")
		p.submit("Save")
		p.until(find(`[role="status"]`) + `?.textContent.includes('The name is saved.')`)
		p.until(`document.querySelector('[data-testid="user-nav-button"]').textContent.includes('Ada Lovelace')`)

		p.until(fmt.Sprintf("document.querySelectorAll(%q).length === 2", testid("session")))
		p.click(testid("sessions-end"))
		p.until(fmt.Sprintf("document.querySelectorAll(%q).length === 1", testid("session")))
		if a := other.do("GET", "/auth/me", nil, asJSON...); a.status != 200 || len(a.body) == 0 || strings.Contains(a.body, "ada@example.com") {
			t.Errorf("the other session goes on: %s", a.body)
		}

		p.fill("Current password", "wrong horse")
		p.fill("New password", "a brand new horse")
		p.submit("Change password")
		p.until(find("#currentPassword-error"))
		p.accessible()
		p.fill("Current password", password)
		p.fill("New password", "a brand new horse")
		p.submit("Change password")
		p.until(find(`[data-testid="account-password"] [role="status"]`))

		p.click(testid("account-delete") + " summary")
		p.fill("Your password, to be sure", "a brand new horse")
		p.accessible()
		p.submit("Delete everything")
		p.until(`location.pathname === '/'`)
		if got := p.text(testid("user-email")); got != "Guest" {
			t.Errorf("afterwards the sidebar greets %q", got)
		}
		if a := s.browser().do("POST", "/auth/login", ada, asJSON...); a.status != 401 {
			t.Errorf("the account is there: %d", a.status)
		}
	}
}

// accountPicture: a picture is cut, shown beside the name, and removed.
func accountPicture(where screen) scene {
	return func(t *testing.T, b *chromium) {
		s := playhouse(t, always(script.Say("A reply.")))
		p := b.visit(t, s, where, "/")
		p.signUp("ada@example.com")
		p.open("/account")
		p.until(find(`[data-testid="user-nav-button"] [data-testid="avatar-initials"]`))
		p.chooseFile("#avatar-file", onDisk(t, "me.png", halves(300, 100)))
		p.until(shown(testid("crop-canvas")))
		p.accessible()
		colour := func() string {
			return get[string](p, `(() => { const c = document.querySelector('[data-testid="crop-canvas"]'); return [...c.getContext('2d').getImageData(256, 256, 1, 1).data].join(',') })()`)
		}
		for range 60 { // to the left half, which is red
			p.press(kb.ArrowLeft)
		}
		if got := colour(); got != "255,0,0,255" {
			t.Errorf("on the left it shows %s", got)
		}
		get[bool](p, `(() => { const z = document.querySelector('[data-testid="crop-zoom"]'); z.value = 2; z.dispatchEvent(new Event('input', {bubbles: true})); return true })()`)
		before := p.documents()
		p.click(testid("crop-ok"))
		p.loaded(before)
		p.until(find(`[data-testid="user-nav-button"] img[data-testid="avatar"]`) + `?.naturalWidth === 512`)
		p.until(find(`#account img[data-testid="avatar"]`) + `?.complete`)
		p.accessible()
		if got := get[string](p, `(async () => { const c = new OffscreenCanvas(1, 1), x = c.getContext('2d'); x.drawImage(document.querySelector('#account img'), 0, 0, 1, 1); return [...x.getImageData(0, 0, 1, 1).data].join(',') })()`); got != "255,0,0,255" {
			t.Errorf("the saved picture is %s", got)
		}
		before = p.documents()
		p.click(testid("avatar-remove"))
		p.loaded(before)
		p.until(find(`#account [data-testid="avatar-initials"]`))
		p.chooseFile("#avatar-file", onDisk(t, "no.png", []byte("no picture")))
		p.until(find(testid("toast")) + `?.textContent.includes('cannot be read')`)
	}
}

// accountExport: an export runs and is fetched.
func accountExport(where screen) scene {
	return func(t *testing.T, b *chromium) {
		s := playhouse(t, always(script.Say("A reply.")))
		p := b.visit(t, s, where, "/")
		p.signUp("ada@example.com")
		p.ask("Keep this")
		p.finished("complete")
		p.open("/account")
		p.click(`[name="format"][value="json"]`)
		p.click(testid("export-button"))
		p.until(find(testid("export") + `[data-status="complete"] ` + testid("export-download")))
		p.accessible()
		dir := t.TempDir()
		must(call(p, browser.SetDownloadBehavior.Method, browser.SetDownloadBehaviorParams{Behavior: "allow", DownloadPath: dir,
			BrowserContextID: chromedp.FromContext(p.ctx).BrowserContextID}))
		p.click(testid("export-download"))
		var found []string
		eventually(t, "the file is on the disk", func() bool {
			found, _ = filepath.Glob(filepath.Join(dir, "alleato-json-*.zip"))
			return len(found) == 1
		})
		content, err := os.ReadFile(found[0])
		if err != nil {
			t.Fatal(err)
		}
		if entries := unzip(t, content); !strings.Contains(entries["data.json"], "Keep this") {
			t.Errorf("the archive holds %d entries", len(entries))
		}
	}
}

// accountImport: a file of ChatGPT's is taken, what is not is said, and the chat is there.
func accountImport(where screen) scene {
	return func(t *testing.T, b *chromium) {
		s := playhouse(t, always(script.Say("A reply.")))
		p := b.visit(t, s, where, "/")
		p.expect("422")
		p.signUp("ada@example.com")
		content, err := os.ReadFile("../store/exchange/testdata/conversations.json")
		if err != nil {
			t.Fatal(err)
		}
		bring := func(name string, content []byte) {
			t.Helper()
			p.open("/account")
			p.chooseFile("#import-file", onDisk(t, name, content))
			before := p.documents()
			p.click(testid("import-button"))
			p.loaded(before)
		}
		bring("conversations.json", content)
		p.until(find(testid("import")+`[data-status="complete"]`) + `.textContent.includes('1 new chat, 5 messages.')`)
		p.until(shown(testid("import-left") + " li"))
		p.accessible()
		bring("conversations.json", content)
		p.until(find(testid("import")+`[data-status="complete"]`) + `.textContent.includes('Nothing new')`)
		bring("broken.json", content[:1000])
		p.until(find(`[data-testid="account-import"] [role="alert"]`) + `.textContent.includes('The file is no JSON.')`)
		p.accessible()
		if where.phone {
			p.click("header " + testid("sidebar-toggle-button"))
		}
		p.click(chatLink)
		p.until(find(replyBody) + `?.textContent.includes('enjoy')`)
		p.until(find(testid("branch-position")))
		p.accessible()
		p.ask("And now?")
		p.finished("complete")
	}
}

// accountPlain: all of it by plain forms.
func accountPlain(t *testing.T, b *chromium) {
	s := playhouse(t, always(script.Say("A reply.")))
	p := b.visit(t, s, phone, "")
	must(p.scripts(false))
	p.signUp("ada@example.com")
	p.open("/account")
	p.chooseFile("#avatar-file", onDisk(t, "me.png", halves(100, 100)))
	p.submit("Upload")
	p.until(find(`#account img[data-testid="avatar"]`))
	before := p.documents()
	p.click(testid("export-button"))
	p.loaded(before)
	p.until(find(testid("export-download"))) // the page refreshes itself
	p.accessible()
	before = p.documents()
	p.click(testid("avatar-remove"))
	p.loaded(before)
	p.until(find(`#account [data-testid="avatar-initials"]`))
}

// halves is a picture that is red on the left and blue on the right.
func halves(w, h int) []byte {
	m := image.NewNRGBA(image.Rect(0, 0, w, h))
	for x := range w {
		for y := range h {
			c := color.NRGBA{R: 255, A: 255}
			if x >= w/2 {
				c = color.NRGBA{B: 255, A: 255}
			}
			m.SetNRGBA(x, y, c)
		}
	}
	var b bytes.Buffer
	if err := png.Encode(&b, m); err != nil {
		panic(err)
	}
	return b.Bytes()
}
