//go:build shots

package handlers_test

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"alleato/ai/model/script"
)

func TestShots(t *testing.T) {
	b := openChromium(t)
	for name, where := range map[string]screen{"1440-light": desktop, "1440-dark": desktopDark, "390-light": phone, "390-dark": phoneDark} {
		t.Run(name, func(t *testing.T) {
			g := newGate()
			s := playhouse(t, titled("How hash maps work", func(r script.Request) script.Reply {
				if r.Last("user") == "fail" {
					return script.Fail(401)
				}
				if r.Last("user") == "cut" {
					return script.Reply{Chunks: script.Words("A reply that breaks", 0), Cut: true}
				}
				think := []script.Chunk{{Reasoning: "The person wants to know about **hash maps**."}, {Reasoning: " I show code.", Delay: 1200 * time.Millisecond}}
				if r.Last("user") == "more" {
					return staged(stage{nil, think}, stage{nil, script.Words(rich[:strings.Index(rich, "\t\tif e.key")], 0)}, stage{g, script.Words("x", 0)})
				}
				return staged(stage{nil, think}, stage{nil, script.Words(rich, 0)})
			}))
			release(t, g)
			p := b.visit(t, s, where, "/")
			p.until(shown(testid("suggested-actions")))
			shot := func(n string) {
				time.Sleep(700 * time.Millisecond)
				img, err := chromedp.Run(p.ctx, chromedp.CaptureScreenshot())
				if err != nil {
					t.Fatal(err)
				}
				os.WriteFile(fmt.Sprintf("/tmp/alleato/shots/%s-%s.png", n, name), img, 0o644)
			}
			shot("home")
			p.ask("How does a hash map work? Show me an example in Go.")
			p.finished("complete")
			shot("rich-end")
			get[bool](p, find("#scroll")+".scrollTop = 0, true")
			p.click(testid("message-reasoning-toggle"))
			shot("rich-top")
			p.ask("cut")
			p.until("document.querySelectorAll('article').length === 4")
			p.finished("interrupted")
			p.ask("fail")
			p.until("document.querySelectorAll('article').length === 6")
			p.finished("failed")
			shot("ended-badly")
			p.ask("more")
			p.until(find(replyBody+" .tail") + "?.textContent.includes('func')")
			shot("running")
			if where.phone {
				p.click("header " + testid("sidebar-toggle-button"))
				shot("drawer")
			} else {
				p.hover(row(1))
				p.click(row(1) + " " + testid("chat-menu-button"))
				shot("row-menu")
				p.click(row(1) + " " + testid("chat-delete"))
				shot("confirm")
			}
			g.open()
			p.open("/login")
			shot("login")
			p.expect("404", "429|.*")
			p.open("/nothing")
			shot("error")
		})
	}
}
