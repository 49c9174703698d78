package handlers_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"alleato/ai"
	"alleato/ai/model/script"
	"alleato/handlers"
	"alleato/store"
	"alleato/store/blob"
)

func attachScenes() map[string]scene {
	scenes := map[string]scene{
		"attach/paste": pasteFiles, "attach/drop": dropFiles, "attach/draft": draftFiles, "attach/hostile": hostileNames, "attach/tabs": sentElsewhere,
	}
	for name, where := range map[string]screen{"desktop": desktop, "phone": phoneDark} {
		scenes["attach/send "+name] = func(t *testing.T, b *chromium) { attachAndSend(t, b, where) }
		scenes["attach/limits "+name] = func(t *testing.T, b *chromium) { attachLimits(t, b, where) }
		scenes["attach/failures "+name] = func(t *testing.T, b *chromium) { attachFailures(t, b, where) }
		scenes["attach/plain "+name] = func(t *testing.T, b *chromium) { attachWithoutScripts(t, b, where) }
	}
	return scenes
}

const (
	lastAsked = `article[data-role="user"]:nth-last-of-type(2)`
	chip      = `#composer [data-testid="input-attachment-preview"]`
	readyChip = chip + `[data-state="ready"]`
	notes     = `document.querySelector('#composer .composer-notes').innerText`
)

// chips waits until the composer holds so many files that have gone up, and no others.
func (p *tab) chips(n int) {
	p.t.Helper()
	p.until(fmt.Sprintf("document.querySelectorAll(%q).length === %d && document.querySelectorAll(%q).length === %[2]d", readyChip, n, chip))
}

// choose gives files to the composer's own field.
func (p *tab) choose(files map[string][]byte) {
	p.t.Helper()
	p.until(shown(testid("attachments-button")))
	p.give(testid("attachments-button")+" input", files)
}

// give puts files into a file field, as the system's dialog does.
func (p *tab) give(field string, files map[string][]byte) {
	p.t.Helper()
	dir := p.t.TempDir()
	var paths []string
	for name, content := range files {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, content, 0o600); err != nil {
			p.t.Fatal(err)
		}
		paths = append(paths, path)
	}
	p.do(chromedp.SetUploadFiles(chromedp.CSS(field), paths))
}

// transfer is the expression of a DataTransfer with files, each [name, type, content or size].
func transfer(files ...[3]any) string {
	var b strings.Builder
	b.WriteString("(() => { const data = new DataTransfer();")
	for _, f := range files {
		content := fmt.Sprintf("%q", f[2])
		if n, isSize := f[2].(int); isSize {
			content = fmt.Sprintf("new Uint8Array(%d).fill(65)", n)
		}
		fmt.Fprintf(&b, "data.items.add(new File([%s], %q, {type: %q}));", content, f[0], f[1])
	}
	b.WriteString("return data })()")
	return b.String()
}

func (p *tab) paste(data string) {
	p.t.Helper()
	get[bool](p, find("#composer-text")+".dispatchEvent(new ClipboardEvent('paste', {clipboardData: "+data+", bubbles: true, cancelable: true})), true")
}

// uploads counts the requests that went to the upload's address.
const uploads = `performance.getEntriesByType('resource').filter((e) => e.name.endsWith('/files/upload')).length`

// seeing is a site whose model sees pictures and echoes what it got of the last question.
func seeing(t *testing.T, options ...option) *site {
	s := playhouse(t, titled("Files", func(r script.Request) script.Reply {
		return script.Say(fmt.Sprintf("I see %d pictures and %s", len(r.Messages[len(r.Messages)-1].Images), strings.ReplaceAll(r.Last("user"), "\n", " ")))
	}), options...)
	s.model.Models = []string{"gpt-4o"}
	return s
}

// attachAndSend: files are chosen, one is taken out again, the others are sent, shown, opened large, and go
// along when the question is edited.
func attachAndSend(t *testing.T, b *chromium, where screen) {
	s := seeing(t)
	p := b.visit(t, s, where, "/")
	long := strings.Repeat("name,value\n", 12_000)
	p.choose(map[string][]byte{"cat.png": picture(640, 400), "dog.png": picture(90, 300), "table.csv": []byte(long), "wrong.txt": []byte("a mistake")})
	p.chips(4)
	p.accessible()
	p.click(`[aria-label="Remove: wrong.txt"]`)
	p.chips(3)
	p.until(`document.activeElement.closest('` + chip + `, textarea')`)
	user := p.userID()
	eventually(t, "the file taken out is deleted", func() bool {
		files, _, err := s.store.Files(t.Context(), user, store.FileQuery{})
		return err == nil && len(files) == 3
	})
	p.click(sendIt) // without a text
	p.finished("complete")
	p.chips(0)
	if got := p.text(replyBody); !strings.Contains(got, "I see 2 pictures") || !strings.Contains(got, `name="table.csv"`) {
		t.Errorf("the model got %q", got)
	}
	if n := get[int](p, fmt.Sprintf("document.querySelectorAll('%s [data-lightbox] img').length", lastAsked)); n != 2 {
		t.Errorf("%d pictures are shown", n)
	}
	if got := p.text(lastAsked + " " + testid("message-attachments")); !strings.Contains(got, "CSV · 129 KB") || !strings.Contains(got, "table.csv: The model sees only the first") {
		t.Errorf("the message says %q", got)
	}
	p.until(`[...document.querySelectorAll('[data-lightbox] img')].every((e) => e.complete && e.naturalWidth > 0)`)
	p.accessible()

	loads := p.documents()
	p.click(lastAsked + ` [data-name="cat.png"]`)
	p.until(shown("#lightbox[open] img") + " && " + find("#lightbox img") + ".naturalWidth === 640")
	p.accessible()
	p.press(kb.Escape)
	p.until("!" + find("#lightbox") + ".open && document.activeElement.dataset.name === 'cat.png'")
	if p.documents() != loads {
		t.Error("the picture was opened as a page")
	}
	p.editFiles()
}

// editFiles: the files of the question go along when it is edited, without the one taken out.
func (p *tab) editFiles() {
	p.t.Helper()
	p.click(testid("message-edit-button"))
	p.until(find(testid("message-editor")) + " === document.activeElement")
	p.press("Which are left?")
	p.click(lastAsked + ` [aria-label="Send dog.png along"]`)
	p.accessible()
	p.click(testid("message-editor-send-button"))
	p.until(find(replyBody) + "?.textContent.includes('I see 1 pictures and Which are left?')")
	p.finished("complete")
	if got := p.text(lastAsked + " " + testid("message-attachments")); !strings.Contains(got, "table.csv") || get[int](p, fmt.Sprintf("document.querySelectorAll('%s [data-lightbox]').length", lastAsked)) != 1 {
		p.t.Errorf("the edited question has %q", got)
	}
}

// userID is the visitor's.
func (p *tab) userID() string {
	p.t.Helper()
	return get[string](p, "fetch('/auth/me', {headers: {Accept: 'application/json'}}).then((r) => r.json()).then((body) => body.user.id)")
}

// attachLimits: what the server would refuse is told before anything is sent.
func attachLimits(t *testing.T, b *chromium, where screen) {
	s := seeing(t, func(_ *handlers.Options, a *ai.Options) {
		a.Limits = map[store.Role]store.Limit{store.RoleGuest: {UploadBytes: 1 << 20, StorageBytes: 1<<20 + 1<<19}}
	})
	p := b.visit(t, s, where, "/")
	for _, c := range []struct {
		file [3]any
		says string
	}{
		{[3]any{"setup.exe", "application/x-msdownload", "MZ\x00\x01"}, "setup.exe: Files of this type are not taken. Images"},
		{[3]any{"film.mp4", "video/mp4", "\x00\x00\x00\x18ftyp"}, "film.mp4: Files of this type are not taken."},
		{[3]any{"big.txt", "text/plain", 1<<20 + 1}, "big.txt: The file is larger than 1 MB"},
		{[3]any{"void.txt", "text/plain", ""}, "void.txt: The file is empty."},
	} {
		p.paste(transfer(c.file))
		p.until(fmt.Sprintf("%s.includes(%q)", notes, c.says))
	}
	p.accessible()
	many := make([][3]any, 12)
	for i := range many {
		many[i] = [3]any{fmt.Sprintf("n%d.txt", i), "text/plain", "text"}
	}
	if n := get[int](p, uploads); n != 0 {
		t.Errorf("%d refused files were sent", n)
	}
	p.paste(transfer(many...))
	p.chips(10)
	p.until(notes + ".includes('n10.txt: A message may have 10 files at most.') && " + notes + ".includes('n11.txt')")
	p.accessible()
	for range 10 {
		p.click(chip + ` [data-action="remove-attachment"]`)
	}
	p.chips(0)
	p.paste(transfer([3]any{"one.txt", "text/plain", 1 << 20}))
	p.chips(1)
	p.paste(transfer([3]any{"two.txt", "text/plain", 1 << 20}))
	p.until(notes + ".includes('two.txt: You have 512 KB left for files.')")
	p.paste(transfer([3]any{"small.txt", "text/plain", 1 << 18}, [3]any{"Makefile", "", "all:\n"}))
	p.chips(3) // a text is taken whatever its name
	if n := get[int](p, uploads); n != 13 {
		t.Errorf("%d files were sent, want 13", n)
	}
}

// stuck is a store of blobs that waits for its gate, or fails.
type stuck struct {
	blob.Store
	gate  atomic.Pointer[gate]
	fails atomic.Int64 // how many blobs more cannot be written
}

func (s *stuck) Put(ctx context.Context, key string, r io.Reader) (int64, error) {
	if g := s.gate.Load(); g != nil {
		<-g.opened
	}
	if s.fails.Add(-1) >= 0 {
		return 0, errors.New("injected")
	}
	return s.Store.Put(ctx, key, r)
}

// attachFailures: an upload is cancelled, one fails and is tried again; sending waits, and says so.
func attachFailures(t *testing.T, b *chromium, where screen) {
	blobs := &stuck{}
	s := seeing(t, func(h *handlers.Options, a *ai.Options) {
		blobs.Store = h.Blobs
		h.Blobs, a.Blobs = blobs, blobs
	})
	first, second := newGate(), newGate()
	release(t, first, second)
	blobs.gate.Store(first)
	p := b.visit(t, s, where, "/")
	p.expect("500")
	p.write(composer, "Look at this")
	p.paste(transfer([3]any{"slow.txt", "text/plain", "slowly"}))
	p.until(shown(testid("input-attachment-loader")))
	p.until(find("#composer .composer-status") + ".textContent === 'Uploading 1 file…'")
	p.accessible()
	p.click(sendIt)
	p.until(find("#composer .composer-status") + ".textContent.startsWith('Wait: 1 file is still going up')")
	p.click(`[aria-label="Cancel upload: slow.txt"]`)
	p.until("!" + find(chip))
	first.open()
	eventually(t, "nothing is left of the cancelled file", func() bool { return len(s.keys()) == 0 })
	if n := get[int](p, "document.querySelectorAll('article').length"); n != 0 || len(s.model.Requests()) != 0 {
		t.Errorf("%d messages after a send that had to wait", n)
	}

	blobs.gate.Store(nil)
	p.cancelHalfway(s)

	blobs.fails.Store(1)
	p.paste(transfer([3]any{"again.txt", "text/plain", "the words in it"}))
	p.until(find(chip + `[data-state="failed"]`))
	p.until(find(chip) + ".innerText.includes('Something went wrong on the server')")
	p.accessible()
	p.click(sendIt)
	p.until(find("#composer .composer-status") + ".textContent.startsWith('A file did not go up. Try again')")
	blobs.gate.Store(second)
	p.click(`[aria-label="Try again: again.txt"]`)
	p.until(find(chip + `[data-state="uploading"]`))
	second.open()
	p.chips(1)
	p.click(sendIt)
	p.finished("complete")
	if got := p.text(replyBody); !strings.Contains(got, "Look at this") || !strings.Contains(got, "the words in it") {
		t.Errorf("the model got %q", got)
	}
	if n := len(s.model.Requests()); n != 2 { // with the one for the title
		t.Errorf("%d requests to the model", n)
	}
}

// cancelHalfway: the bar shows how far a file has come, and what was cut off leaves nothing behind.
func (p *tab) cancelHalfway(s *site) {
	p.t.Helper()
	slow := func(bytes int) {
		must(call(p, "Network.emulateNetworkConditions", map[string]any{"offline": false, "latency": 0, "downloadThroughput": -1, "uploadThroughput": bytes}))
	}
	slow(100 << 10)
	p.paste(transfer([3]any{"large.txt", "text/plain", 1 << 20}))
	p.until(find(testid("input-attachment-loader")) + ".value > 0 && " + find(testid("input-attachment-loader")) + ".value < 1")
	p.click(`[aria-label="Cancel upload: large.txt"]`)
	p.until("!" + find(chip))
	time.Sleep(200 * time.Millisecond) // or the rest might go up at once, before the browser hears of the end
	slow(-1)
	if keys := s.keys(); len(keys) > 0 {
		p.t.Errorf("a file that was cut off left %v", keys)
	}
}

// attachWithoutScripts: the form takes files itself, shows what was refused, and an edit keeps them.
func attachWithoutScripts(t *testing.T, b *chromium, where screen) {
	s := seeing(t)
	p := b.visit(t, s, where, "")
	must(p.scripts(false))
	p.expect("415")
	p.open("/")
	p.accessible()
	p.write(composer, "Read this")
	p.choose(map[string][]byte{"a.txt": []byte("alpha"), "b.bin": []byte("\x00\x01")})
	before := p.documents()
	p.click(sendIt)
	p.loaded(before)
	p.until(notes + ".includes('b.bin: Files of this type are not taken.')")
	if got := get[string](p, fieldValue); got != "Read this" {
		t.Errorf("the text came back as %q", got)
	}
	p.accessible()
	kept := get[int](p, "document.querySelectorAll('#composer .attachment-keep:checked').length")
	if kept == 0 { // the refused one came first: choose the other again
		p.choose(map[string][]byte{"a.txt": []byte("alpha")})
	}
	before = p.documents()
	p.click(sendIt)
	p.loaded(before)
	p.finished("complete")
	if got := p.text(replyBody); !strings.Contains(got, "Read this") || !strings.Contains(got, "alpha") {
		t.Errorf("the model got %q", got)
	}
	p.until("!" + find(`meta[http-equiv="refresh"]`)) // the page may have been made just before the reply's end
	p.accessible()

	p.choose(map[string][]byte{"cat.png": picture(90, 90)})
	before = p.documents()
	p.click(sendIt)
	p.loaded(before)
	p.finished("complete")
	if got := p.text(replyBody); !strings.Contains(got, "I see 1 pictures") {
		t.Errorf("files alone: the model got %q", got)
	}
	p.click(lastAsked + " " + testid("message-edit-button"))
	p.write(lastAsked+" "+testid("message-editor"), "What is it?")
	before = p.documents()
	p.click(lastAsked + " " + testid("message-editor-send-button"))
	p.loaded(before)
	p.finished("complete")
	if got := p.text(replyBody); !strings.Contains(got, "I see 1 pictures and What is it?") {
		t.Errorf("edited: the model got %q", got)
	}
	p.expect("Applying inline style", "Blocked script execution") // the browser's own picture page, held by the file's policy
	before = p.documents()
	p.click(lastAsked + " [data-lightbox]")
	p.loaded(before)
	p.until("document.images.length === 1 && location.pathname.startsWith('/f/')")
}
