package handlers_test

import (
	"fmt"
	"strings"
	"testing"

	"alleato/store"
)

// pasteFiles: pictures and files are attached, text stays text, of an office program's copy too.
func pasteFiles(t *testing.T, b *chromium) {
	for _, where := range []screen{desktopDark, phone} {
		s := seeing(t)
		p := b.visit(t, s, where, "/")
		p.until(find("#composer-text"))
		get[bool](p, `(async () => {
			const canvas = Object.assign(document.createElement('canvas'), {width: 40, height: 30})
			const blob = await new Promise((done) => canvas.toBlob(done))
			const data = new DataTransfer()
			data.items.add(new File([blob], 'image.png', {type: 'image/png'}))
			data.setData('text/html', '<img src="x">')
			`+find("#composer-text")+`.dispatchEvent(new ClipboardEvent('paste', {clipboardData: data, bubbles: true, cancelable: true}))
			return true
		})()`)
		p.chips(1)
		p.until(find(chip+" img") + ".complete")
		prevented := get[[]bool](p, `[['text/plain', 'long text '.repeat(9000)], ['text/plain', '1\t2', 'text/html', '<table>', 'file']].map(([, text, html, , file]) => {
			const data = new DataTransfer()
			data.setData('text/plain', text)
			if (html) data.setData(html, '<table><tr><td>1<td>2</table>')
			if (file) data.items.add(new File(['x'], 'image.png', {type: 'image/png'}))
			return !`+find("#composer-text")+`.dispatchEvent(new ClipboardEvent('paste', {clipboardData: data, bubbles: true, cancelable: true}))
		})`)
		if prevented[0] || prevented[1] {
			t.Errorf("text is taken for a file: %v", prevented)
		}
		p.chips(1)
		p.accessible()
		p.click(sendIt)
		p.finished("complete")
		if got := p.text(replyBody); !strings.Contains(got, "I see 1 pictures") {
			t.Errorf("the model got %q", got)
		}
	}
}

// dragged is the expression that drags data over what matches, and perhaps drops it.
func dragged(event, selector, data string) string {
	return fmt.Sprintf("!%s.dispatchEvent(new DragEvent(%q, {dataTransfer: %s, bubbles: true, cancelable: true}))", find(selector), event, data)
}

// dropFiles: files dragged over the conversation are shown where they would go; what misses it does not
// take the page away.
func dropFiles(t *testing.T, b *chromium) {
	for _, where := range []screen{desktop, phoneDark} {
		s := seeing(t)
		p := b.visit(t, s, where, "/")
		p.until(find("#composer-text"))
		two := transfer([3]any{"a.txt", "text/plain", "alpha"}, [3]any{"b.csv", "text/csv", "x,y"})
		if !get[bool](p, dragged("dragover", "#messages", two)) {
			t.Error("files over the conversation are not taken")
		}
		p.until(shown(testid("drop-zone")))
		p.accessible()
		get[bool](p, dragged("dragover", "#sidebar", two))
		p.until("!" + shown(testid("drop-zone")))
		if !get[bool](p, dragged("drop", "#sidebar", two)) {
			t.Error("a file dropped beside the conversation replaces the page")
		}
		get[bool](p, dragged("dragover", "#messages", two))
		get[bool](p, dragged("dragleave", "#messages", two))
		p.until("!" + shown(testid("drop-zone")))
		get[bool](p, dragged("dragover", "#messages", two))
		get[bool](p, dragged("drop", "#messages", two))
		p.chips(2)
		p.until("!" + shown(testid("drop-zone")))
		if !where.phone { // where the focus would open the keyboard
			p.until("document.activeElement.id === 'composer-text'")
		}
		if get[bool](p, dragged("dragover", "#messages", "(() => { const d = new DataTransfer(); d.setData('text/plain', 'x'); return d })()")) {
			t.Error("dragged text is taken for a file")
		}
		p.ask("Both")
		p.finished("complete")
		if got := p.text(replyBody); !strings.Contains(got, "alpha") || !strings.Contains(got, "x,y") {
			t.Errorf("the model got %q", got)
		}
	}
}

// draftFiles: what is attached survives a reload, each chat has its own, what is gone is dropped.
func draftFiles(t *testing.T, b *chromium) {
	s := seeing(t)
	p := b.visit(t, s, desktop, "/")
	p.write(composer, "half a thought")
	p.paste(transfer([3]any{"a.txt", "text/plain", "alpha"}, [3]any{"b.txt", "text/plain", "beta"}))
	p.chips(2)
	p.reload()
	p.chips(2)
	p.until(fieldValue + " === 'half a thought'")
	files, _, err := s.store.Files(t.Context(), p.userID(), store.FileQuery{})
	if err != nil || len(files) != 2 {
		t.Fatal(files, err)
	}
	for _, f := range files {
		if f.Name == "a.txt" {
			if err := s.store.DeleteFile(t.Context(), f.UserID, f.ID); err != nil {
				t.Fatal(err)
			}
		}
	}
	p.expect("404")
	p.reload()
	p.chips(1)
	if got := p.text(chip); !strings.Contains(got, "b.txt") {
		t.Errorf("the draft kept %q", got)
	}
	p.click(sendIt)
	p.finished("complete")
	p.chips(0)
	p.paste(transfer([3]any{"c.txt", "text/plain", "gamma"}))
	p.chips(1)
	p.click(testid("new-chat-button"))
	p.until("location.pathname === '/'")
	p.chips(0)
	p.click(testid("sidebar-chat") + " a")
	p.until("location.pathname.startsWith('/chats/')")
	p.chips(1)
	if got := p.text(chip); !strings.Contains(got, "c.txt") {
		t.Errorf("the chat's draft has %q", got)
	}
}

// hostileNames are shown as text, and what turns text around as the mark that it is.
func hostileNames(t *testing.T, b *chromium) {
	for _, where := range []screen{desktop, phone} {
		s := seeing(t)
		p := b.visit(t, s, where, "/")
		p.expect("422")
		p.until(find("#composer-text"))
		evil := "<img src=x onerror='window.hacked=1'>.txt"
		p.paste(transfer([3]any{evil, "text/plain", "one"}, [3]any{"../../etc/passwd.txt", "text/plain", "two"},
			[3]any{"a\u202etxt.exe", "text/plain", "three"}, [3]any{"line\r\nX-Evil: 1.txt", "text/plain", "four"}, [3]any{strings.Repeat("long", 45) + ".txt", "text/plain", "five"}))
		p.until(notes + ".includes('passwd.txt: The file') && " + notes + ".includes('a\ufffdtxt.exe: The file')")
		p.until("document.querySelectorAll('" + readyChip + "').length >= 2 && !" + find(chip+`[data-state="uploading"]`))
		p.accessible()
		p.click(sendIt)
		p.finished("complete")
		if got := get[[]string](p, fmt.Sprintf("[...document.querySelectorAll('%s .attachment-name')].map((e) => e.textContent)", lastAsked)); len(got) == 0 || got[0] != evil {
			t.Errorf("the message has %q", got)
		}
		if get[bool](p, "'hacked' in window || document.body.innerText.includes('\\u202e')") {
			t.Error("a name had an effect")
		}
		p.accessible()
	}
}

// sentElsewhere: a draft that another tab has sent takes nothing away from its message.
func sentElsewhere(t *testing.T, b *chromium) {
	s := seeing(t)
	p := b.visit(t, s, desktop, "/")
	p.paste(transfer([3]any{"a.txt", "text/plain", "alpha"}))
	p.chips(1)
	q := p.another("/")
	q.chips(1)
	q.click(sendIt)
	q.finished("complete")
	p.expect("404")
	p.click(`[aria-label="Remove: a.txt"]`)
	p.chips(0)
	q.reload()
	q.until(find(lastAsked + " a.attachment[download]"))
}
