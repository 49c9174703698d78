package static

import (
	"strings"
	"testing"
	"testing/fstest"
)

func built(t *testing.T) *Assets {
	t.Helper()
	a, err := load(fstest.MapFS{
		"manifest.json":  {Data: []byte(`{"app.js":"app-1a.js","licences.txt":"licences.txt"}`)},
		"app-1a.js":      {Data: []byte("plain")},
		"app-1a.js.gz":   {Data: []byte("zipped")},
		"app-1a.js.br":   {Data: []byte("brotli")},
		"licences.txt":   {Data: []byte("MIT")},
		".gitkeep":       {},
		"chunk-XYZ.json": {Data: []byte("{}")},
	})
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func TestFileEncoding(t *testing.T) {
	a := built(t)
	tags := map[string]string{}
	for accept, want := range map[string][2]string{
		"": {"", "plain"}, "gzip, deflate": {"gzip", "zipped"}, "gzip, deflate, br": {"br", "brotli"}, "br;q=0, gzip;q=0.5": {"gzip", "zipped"},
		"*": {"br", "brotli"}, "identity": {"", "plain"}, "br;q=nonsense": {"", "plain"}, "GZIP": {"gzip", "zipped"}, "*;q=0": {"", "plain"},
	} {
		body, contentType, encoding, etag, immutable, ok := a.File("app-1a.js", accept)
		if !ok || encoding != want[0] || string(body) != want[1] || !immutable || contentType != "text/javascript; charset=utf-8" {
			t.Errorf("%q: %q %q %q immutable %v, want %q", accept, body, encoding, contentType, immutable, want)
		}
		if before, seen := tags[etag]; seen && before != encoding {
			t.Errorf("one ETag %s for %q and %q", etag, before, encoding)
		}
		tags[etag] = encoding
	}
}

func TestFileNames(t *testing.T) {
	a := built(t)
	for _, name := range []string{"missing.js", "manifest.json", ".gitkeep", "app-1a.js.br", "../static.go", ""} {
		if _, _, _, _, _, ok := a.File(name, ""); ok {
			t.Errorf("%q is served", name)
		}
	}
	if _, _, _, _, immutable, ok := a.File("licences.txt", ""); !ok || immutable {
		t.Errorf("a name without a hash: there %v, immutable %v", ok, immutable)
	}
	if got := a.URL("app.js"); got != "app-1a.js" {
		t.Errorf("URL %q", got)
	}
	if got := a.URL("other.js"); got != "other.js" {
		t.Errorf("unknown name: %q", got)
	}
}

func TestLoadWithoutBuild(t *testing.T) {
	a, err := load(fstest.MapFS{".gitkeep": {}})
	if err != nil || a.Built() || a.URL("app.js") != "app.js" {
		t.Errorf("%v, built %v, %q", err, a.Built(), a.URL("app.js"))
	}
	if _, err := load(fstest.MapFS{"manifest.json": {Data: []byte("{")}}); err == nil {
		t.Error("a broken manifest is accepted")
	}
}

// TestLoadEmbedded looks at the real build: what pages name is there, compressed, within its size.
func TestLoadEmbedded(t *testing.T) {
	a, err := Load()
	if err != nil {
		t.Fatal(err)
	}
	if !a.Built() {
		t.Skip("the assets are not built: make build")
	}
	const most = 60 << 10
	total := 0
	for _, name := range []string{"app.js", "theme.js", "app.css", "icons.svg", "favicon.svg"} {
		body, _, encoding, _, immutable, ok := a.File(a.URL(name), "gzip")
		if !ok || encoding != "gzip" || !immutable || !strings.Contains(a.URL(name), "-") {
			t.Errorf("%s: there %v, %q, immutable %v", name, ok, encoding, immutable)
		}
		total += len(body)
		if strings.HasSuffix(name, ".js") && len(body) > most {
			t.Errorf("%s is %d bytes", name, len(body))
		}
	}
	if total > 150<<10 {
		t.Errorf("first load is %d bytes", total)
	}
}
