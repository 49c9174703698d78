package handlers_test

import (
	"fmt"
	"log/slog"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp/kb"

	"alleato/ai"
	"alleato/ai/model"
	"alleato/ai/model/script"
	"alleato/handlers"
)

func modelScenes() map[string]scene {
	scenes := map[string]scene{"models/without scripts": modelsScriptless}
	for name, where := range map[string]screen{"desktop": desktop, "phone": phoneDark} {
		scenes["models/choose "+name] = func(t *testing.T, b *chromium) { chooseModel(t, b, where) }
		scenes["models/gone "+name] = func(t *testing.T, b *chromium) { modelIsGone(t, b, where) }
	}
	return scenes
}

// providers is a site with hundreds of models of two providers.
func providers(t *testing.T) *site {
	t.Helper()
	answer := titled("Talk", func(r script.Request) script.Reply { return script.Say("I am " + r.Model) })
	many := []string{"gpt-4o", "o3", "plain"}
	for i := range 300 {
		many = append(many, fmt.Sprintf("model-%03d", i))
	}
	var endpoints []model.Endpoint
	for _, models := range [][]string{many, {"gemini-2.5-pro", "llama"}} {
		upstream := httptest.NewServer(&script.Handler{Models: models, Answer: answer})
		t.Cleanup(upstream.Close)
		endpoints = append(endpoints, model.Endpoint{BaseURL: upstream.URL + "/v1", APIKey: "key"})
	}
	all := model.NewCatalogue(model.Options{Endpoints: endpoints, Idle: time.Minute, Now: time.Now, Log: slog.New(slog.DiscardHandler)})
	t.Cleanup(func() { _ = all.Close() })
	return newSite(t, answer, func(h *handlers.Options, a *ai.Options) { h.Models, a.Models = all, all })
}

const (
	pickerButton = `[data-testid="model-selector"]`
	visibleItems = `[...document.querySelectorAll('#model-picker .model-item')].filter((e) => e.checkVisibility())`
)

// chooseModel: found by a word, chosen by key or press, and kept at once: for the chat, and for the
// next new one.
func chooseModel(t *testing.T, b *chromium, where screen) {
	p := b.visit(t, providers(t), where, "/")
	p.click(pickerButton)
	p.until(find("#model-picker") + "?.open && " + visibleItems + ".length === 305")
	p.until("document.querySelectorAll('#model-picker [role=\"group\"]').length === 2")
	p.accessible()
	if got := p.text(testid("model-selector-item-o3")); strings.TrimSpace(got) != "o3, sees images, uses tools, reasons" {
		t.Errorf("o3 is read as %q", got)
	}
	p.press(kb.ArrowDown)
	p.press(kb.Escape)
	p.until("!" + find("#model-picker") + ".open && document.activeElement.id === 'model-button'")
	p.click(pickerButton)
	p.until(find("#model-picker") + ".open")
	p.click("#model-picker input")
	p.press("gpt 4o")
	p.until(visibleItems + ".length === 1")
	p.accessible()
	p.enter(0)
	p.until("!" + find("#model-picker") + ".open && " + find(pickerButton) + ".textContent.includes('gpt-4o')")
	p.until("fetch('/', {headers: {Accept: 'text/html'}}).then((r) => r.text()).then((html) => /<option value=\"gpt-4o\" selected/.test(html))")
	p.ask("Who?")
	p.until(find(replyBody) + "?.textContent.includes('I am gpt-4o')")
	p.finished("complete")
	p.click(pickerButton)
	p.click(testid("model-selector-item-model-007"))
	p.until(find(pickerButton) + ".textContent.includes('model-007')")
	p.until("fetch(location.pathname, {headers: {Accept: 'application/json'}}).then((r) => r.json()).then(({chat}) => chat.model === 'model-007')")
	p.reload()
	p.until(find(pickerButton) + ".textContent.includes('model-007')")
	p.ask("And now?")
	p.until(find(replyBody) + "?.textContent.includes('I am model-007')")
	p.finished("complete")
	p.open("/")
	p.until(find(pickerButton) + ".textContent.includes('model-007')")
	p.click(pickerButton)
	p.until(find(testid("model-selector-item-model-007")) + "?.ariaSelected === 'true'")
	p.press("nothing like it")
	p.until(shown("#model-picker [data-none]"))
	p.accessible()
}

// modelIsGone: the chat says so and goes on with another model; nothing is lost.
func modelIsGone(t *testing.T, b *chromium, where screen) {
	p := b.visit(t, providers(t), where, "/")
	p.ask("Who?")
	p.finished("complete")
	get[bool](p, `fetch(location.pathname, {method: 'PATCH', headers: {'Content-Type': 'application/json', Accept: 'application/json'}, body: '{"model":"vanished"}'}).then((r) => r.ok)`)
	p.reload()
	p.until(shown(testid("model-gone")) + " && " + find(pickerButton) + ".textContent.includes('vanished (not available)')")
	p.accessible()
	p.ask("Are you there?")
	p.until(find(replyBody) + "?.textContent.includes('I am gpt-4o')")
	p.finished("complete")
	p.until("!" + find(testid("model-gone")) + " && " + find(pickerButton) + ".textContent.includes('gpt-4o')")
	p.accessible()
}

// modelsScriptless: the select of the form is there instead of the button.
func modelsScriptless(t *testing.T, b *chromium) {
	p := b.visit(t, providers(t), phone, "")
	must(p.scripts(false))
	p.open("/")
	p.until(shown("select[name=model]") + " && !" + shown(pickerButton))
	get[bool](p, find("select[name=model]")+".value = 'plain', "+find(composer)+".value = 'Who?', true")
	p.click(sendIt)
	p.until("location.pathname.startsWith('/chats/')")
	p.until("document.body.textContent.includes('I am plain')")
	p.accessible()
}
