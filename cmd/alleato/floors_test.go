package main

import (
	"go/parser"
	"go/token"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// floors says which of our packages each one may import. A package that is not listed may not exist.
var floors = map[string][]string{
	"alleato/static":              {},
	"alleato/migrations":          {},
	"alleato/store/kv":            {},
	"alleato/store/blob":          {},
	"alleato/store/turns":         {},
	"alleato/store/media":         {"alleato/store/turns"},
	"alleato/ai/model/script":     {},
	"alleato/ai/model":            {"alleato/ai/model/script"},
	"alleato/store":               {"alleato/migrations"},
	"alleato/store/exchange":      {"alleato/store"},
	"alleato/views/markdown":      {},
	"alleato/views/docx":          {"alleato/views/markdown"},
	"alleato/views":               {"alleato/store", "alleato/static", "alleato/views/markdown"},
	"alleato/ai":                  {"alleato/store", "alleato/store/kv", "alleato/store/blob", "alleato/ai/model"},
	"alleato/handlers":            {"alleato/ai", "alleato/ai/model", "alleato/views", "alleato/views/docx", "alleato/views/markdown", "alleato/store", "alleato/store/kv", "alleato/store/blob", "alleato/store/exchange", "alleato/store/media", "alleato/store/turns", "alleato/static"},
	"alleato/cmd/alleato":         {"alleato/ai", "alleato/ai/model", "alleato/handlers", "alleato/static", "alleato/store", "alleato/store/kv", "alleato/store/blob", "alleato/store/media", "alleato/views/markdown"},
	"alleato/store/storetest":     {"alleato/store"}, // tests stand outside the house
	"alleato/store/kv/kvtest":     {"alleato/store/kv"},
	"alleato/store/blob/blobtest": {"alleato/store/blob"},

	"alleato/store/media/mediatest": {},
}

func TestFloors(t *testing.T) {
	out, err := exec.Command("go", "list", "-f", "{{.ImportPath}} {{join .Imports \" \"}}", "alleato/...").Output()
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(out)) {
		fields := strings.Fields(line)
		may, known := floors[fields[0]]
		if !known {
			t.Errorf("%s is a package that the house does not know", fields[0])
			continue
		}
		for _, imported := range fields[1:] {
			if strings.HasPrefix(imported, "alleato/") && !slices.Contains(may, imported) {
				t.Errorf("%s must not import %s", fields[0], imported)
			}
		}
	}
}

// root is the top of the project, seen from this package.
const root = "../.."

// sources calls fn with every hand-written source file of the given endings.
func sources(t *testing.T, fn func(path, text string), endings ...string) {
	t.Helper()
	err := filepath.WalkDir(root, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			if name := filepath.Base(path); err == nil && path != root && (name == "node_modules" || name == "dist" || strings.HasPrefix(name, ".")) && name != ".." {
				return filepath.SkipDir
			}
			return err
		}
		if strings.HasSuffix(path, "_templ.go") || !slices.ContainsFunc(endings, func(e string) bool { return strings.HasSuffix(path, e) }) {
			return nil
		}
		text, err := os.ReadFile(path)
		fn(path, string(text))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// TestHouseRules keeps what can be kept by looking at the text.
func TestHouseRules(t *testing.T) {
	seen := 0
	sources(t, func(path, text string) {
		seen++
		name := filepath.ToSlash(path)
		if lines := strings.Count(text, "\n"); lines > 400 && !strings.HasSuffix(name, "_test.go") {
			t.Errorf("%s has %d lines: a noun is hiding in it", name, lines)
		}
		if strings.HasSuffix(name, "_test.go") || strings.Contains(name, "test/") {
			return
		}
		if strings.Contains(text, "os.Getenv") || strings.Contains(text, "os.LookupEnv") || strings.Contains(text, "os.Environ") {
			if !strings.Contains(name, "/cmd/alleato/") {
				t.Errorf("%s reads the environment", name)
			}
		}
		if strings.Contains(name, "/handlers/") && !strings.HasSuffix(name, "/send.go") {
			if strings.Contains(text, `Get("HX-`) || strings.Contains(text, `Get("Accept")`) || strings.Contains(text, ".Accepts(") {
				t.Errorf("%s reads Accept or HX-*, which send.go alone does", name)
			}
		}
		if strings.Contains(text, "func init()") {
			t.Errorf("%s does work at init", name)
		}
	}, ".go", ".templ")
	if seen < 50 {
		t.Errorf("only %d files were looked at", seen)
	}
}

// TestTemplates: nothing in the pages needs an inline script, a style attribute or eval, and none of
// them writes a path.
func TestTemplates(t *testing.T) {
	sources(t, func(path, text string) {
		for _, forbidden := range []string{"hx-on", ` style="`, "js:", "allow-same-origin", "<style", "onclick="} {
			if strings.Contains(text, forbidden) {
				t.Errorf("%s holds %q", path, forbidden)
			}
		}
	}, ".templ")
}

// TestPackageComments: every package says what it owns.
func TestPackageComments(t *testing.T) {
	for importPath := range floors {
		dir := filepath.Join(root, strings.TrimPrefix(importPath, "alleato/"))
		packages, err := parser.ParseDir(token.NewFileSet(), dir, nil, parser.ParseComments|parser.PackageClauseOnly)
		if err != nil {
			t.Error(err)
			continue
		}
		for name, p := range packages {
			if strings.HasSuffix(name, "_test") {
				continue
			}
			documented := false
			for _, f := range p.Files {
				documented = documented || f.Doc != nil
			}
			if !documented {
				t.Errorf("package %s has no comment", importPath)
			}
		}
	}
}
