package handlers_test

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"alleato/static"
)

// scene is one test in a browser; each has a browser context, a server and a database of its own.
type scene func(*testing.T, *chromium)

// TestBrowser drives the pages in one Chromium. The scenes run beside each other; the browser starts
// with the first and ends with the last.
func TestBrowser(t *testing.T) {
	b := openChromium(t)
	scenes := map[string]scene{}
	for _, group := range []map[string]scene{
		replyScenes(), endingScenes(), accountScenes(), sidebarScenes(), composerScenes(), safetyScenes(), treeScenes(), fileScenes(),
		attachScenes(), commandScenes(), selfScenes(), apiScenes(), richScenes(), modelScenes(), documentScenes(), sheetScenes(), saverScenes(),
		libraryScenes(), sdkScenes(), webhookScenes(), codeScenes(), textScenes(), paneScenes(), runScenes(), newerScenes(), markScenes(), askScenes(), meanwhileScenes(),
	} {
		for name, run := range group {
			scenes[name] = run
		}
	}
	for name, run := range scenes {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			run(t, b)
		})
	}
}

// chromium is the browser of this test process.
type chromium struct {
	ctx context.Context
	axe string // the source of axe-core
}

// openChromium starts the browser, which ends with the test. What a machine lacks skips the test, and
// fails it when CI=true.
func openChromium(t *testing.T) *chromium {
	t.Helper()
	if assets, err := static.Load(); err != nil || !assets.Built() {
		lacking(t, "the assets are not built (make build)")
	}
	axe, err := os.ReadFile("../node_modules/axe-core/axe.min.js")
	if err != nil {
		lacking(t, "axe-core is not installed (make build)")
	}
	path, err := findChromium()
	if err != nil {
		lacking(t, "no Chromium is installed")
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(path), chromedp.NoSandbox, chromedp.DisableGPU,
		chromedp.Flag("disable-component-update", true), chromedp.Flag("no-proxy-server", true))
	ctx, cancel := chromedp.NewExecAllocator(context.Background(), options...)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewContext(ctx, chromedp.WithErrorf(t.Logf))
	t.Cleanup(cancel)
	if err := chromedp.Do(ctx); err != nil { // the first Do owns the browser: no deadline here
		t.Fatalf("start %s: %v", path, err)
	}
	return &chromium{ctx: ctx, axe: string(axe)}
}

func findChromium() (path string, err error) {
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		found, failed := exec.LookPath(name)
		if failed == nil {
			return found, nil
		}
		err = errors.Join(err, failed)
	}
	return "", err
}

func lacking(t *testing.T, reason string) {
	t.Helper()
	if os.Getenv("CI") == "true" {
		t.Fatal(reason)
	}
	t.Skip(reason)
}

// screen is what a visitor looks at.
type screen struct {
	width, height int64
	phone, dark   bool
}

var (
	desktop     = screen{width: 1440, height: 900}
	desktopDark = screen{width: 1440, height: 900, dark: true}
	phone       = screen{width: 390, height: 844, phone: true}
	phoneDark   = screen{width: 390, height: 844, phone: true, dark: true}
)

// patience is how long a page may take for anything: two cores and the race detector are slow.
const patience = 20 * time.Second
