// Package static owns the built assets: style sheet, scripts, fonts, icons. It embeds what the
// asset build left in dist and knows each file's hashed name and compressed forms. Bytes are copied
// out of the program when they are asked for: megabytes that few pages need stay out of memory. It imports
// nothing of ours and knows no URL: the package that serves the files chooses where.
package static

import (
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"mime"
	"path"
	"strings"
)

//go:embed all:dist
var dist embed.FS

// Assets are the built files. It is safe for concurrent use.
type Assets struct {
	fsys  fs.FS
	files map[string]*file
	names map[string]string // name as written in the source -> hashed file name
}

type file struct {
	contentType string
	etag        string
	immutable   bool
	forms       map[string]string // content encoding, "" for none -> name in the build
}

// Load reads the embedded build. A program built without its assets loads too: Built says so.
func Load() (*Assets, error) {
	sub, err := fs.Sub(dist, "dist")
	if err != nil {
		return nil, fmt.Errorf("open embedded assets: %w", err)
	}
	return load(sub)
}

func load(fsys fs.FS) (*Assets, error) {
	a := &Assets{fsys: fsys, files: map[string]*file{}, names: map[string]string{}}
	manifest, err := fs.ReadFile(fsys, "manifest.json")
	if errors.Is(err, fs.ErrNotExist) {
		return a, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read asset manifest: %w", err)
	}
	if err := json.Unmarshal(manifest, &a.names); err != nil {
		return nil, fmt.Errorf("parse asset manifest: %w", err)
	}
	return a, a.listFiles()
}

func (a *Assets) listFiles() error {
	hashed := map[string]bool{}
	for name, file := range a.names {
		hashed[file] = file != name
	}
	return fs.WalkDir(a.fsys, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || strings.HasPrefix(path.Base(name), ".") || name == "manifest.json" {
			return err
		}
		return a.add(name, hashed)
	})
}

func (a *Assets) add(name string, hashed map[string]bool) (err error) {
	plain, encoding := name, ""
	switch path.Ext(name) {
	case ".gz":
		plain, encoding = strings.TrimSuffix(name, ".gz"), "gzip"
	case ".br":
		plain, encoding = strings.TrimSuffix(name, ".br"), "br"
	}
	f := a.files[plain]
	if f == nil {
		f = &file{contentType: contentType(plain), immutable: hashed[plain], forms: map[string]string{}}
		a.files[plain] = f
	}
	f.forms[encoding] = name
	if encoding == "" || f.immutable { // a large file has its compressed form alone
		f.etag, err = a.etag(plain, f.immutable)
	}
	return err
}

// contentType does not ask the operating system's table for what browsers insist on: a machine
// with an odd /etc/mime.types must not break module scripts.
func contentType(name string) string {
	switch path.Ext(name) {
	case ".js", ".mjs":
		return "text/javascript; charset=utf-8"
	case ".css":
		return "text/css; charset=utf-8"
	case ".svg":
		return "image/svg+xml"
	case ".woff2":
		return "font/woff2"
	case ".png":
		return "image/png"
	case ".wasm":
		return "application/wasm"
	case ".zip":
		return "application/zip"
	case ".json", ".map":
		return "application/json"
	case ".txt", ".ts": // the table of types takes .ts for a film
		return "text/plain; charset=utf-8"
	}
	if t := mime.TypeByExtension(path.Ext(name)); t != "" {
		return t
	}
	return "application/octet-stream"
}

// Built reports whether the asset build ran before this program was compiled.
func (a *Assets) Built() bool { return len(a.names) > 0 }

// URL gives the hashed file name of an asset ("app.css" -> "app-1a2b3c4d.css"), to be put
// behind the mount of the assets; an unknown name is returned as it is.
func (a *Assets) URL(name string) string {
	if hashed, ok := a.names[name]; ok {
		return hashed
	}
	return name
}
