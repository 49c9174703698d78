package static

import (
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"io/fs"
	"strconv"
	"strings"
)

// File gives an asset by its file name in the best encoding that acceptEncoding (the request's
// Accept-Encoding) allows. immutable means that the name carries a hash of the content.
func (a *Assets) File(name, acceptEncoding string) (body []byte, contentType, encoding, etag string, immutable, ok bool) {
	f := a.files[name]
	if f == nil {
		return nil, "", "", "", false, false
	}
	etag = f.etag
	for _, candidate := range []string{"br", "gzip"} {
		if _, there := f.forms[candidate]; there && accepts(acceptEncoding, candidate) {
			encoding, etag = candidate, withEncoding(f.etag, candidate)
			break
		}
	}
	body, err := a.read(f, encoding)
	return body, f.contentType, encoding, etag, f.immutable, err == nil
}

// read gives a file in an encoding. One that is kept compressed alone is unpacked for whoever takes nothing else.
func (a *Assets) read(f *file, encoding string) ([]byte, error) {
	name, there := f.forms[encoding]
	if there {
		return fs.ReadFile(a.fsys, name)
	}
	packed, err := a.fsys.Open(f.forms["gzip"])
	if err != nil {
		return nil, err
	}
	defer packed.Close()
	plain, err := gzip.NewReader(packed)
	if err != nil {
		return nil, err
	}
	return io.ReadAll(plain)
}

// accepts reads an Accept-Encoding header: the encoding is listed, or "*" is, and not with q=0.
func accepts(header, encoding string) bool {
	any := false
	for _, item := range strings.Split(header, ",") {
		name, params, _ := strings.Cut(strings.TrimSpace(item), ";")
		name = strings.ToLower(strings.TrimSpace(name))
		if name == encoding {
			return quality(params) > 0
		}
		if name == "*" {
			any = quality(params) > 0
		}
	}
	return any
}

func quality(params string) float64 {
	_, value, found := strings.Cut(strings.ToLower(params), "q=")
	if !found {
		return 1
	}
	q, err := strconv.ParseFloat(strings.TrimSpace(value), 64)
	if err != nil {
		return 0
	}
	return q
}

// etag is the name, where that says what is in the file already.
func (a *Assets) etag(name string, hashed bool) (string, error) {
	if hashed {
		return `"` + name + `"`, nil
	}
	body, err := fs.ReadFile(a.fsys, name)
	if err != nil {
		return "", fmt.Errorf("read asset %s: %w", name, err)
	}
	sum := sha256.Sum256(body)
	return `"` + hex.EncodeToString(sum[:8]) + `"`, nil
}

// withEncoding makes the tag of a compressed form differ from the plain one's, as two
// representations of one resource must.
func withEncoding(tag, encoding string) string {
	return strings.TrimSuffix(tag, `"`) + "-" + encoding + `"`
}
