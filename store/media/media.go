// Package media owns what uploaded bytes are: their type, which the bytes decide and never the name,
// images made anew without what cameras write into them, and the text of documents. It knows no
// nouns and no HTTP and imports nothing of ours.
package media

import (
	"bytes"
	"errors"
	"io"
	"path"
	"slices"
	"strings"
	"unicode/utf8"
)

// The types that are taken.
const (
	PNG      = "image/png"
	JPEG     = "image/jpeg"
	GIF      = "image/gif"
	WebP     = "image/webp"
	PDF      = "application/pdf"
	Text     = "text/plain"
	Markdown = "text/markdown"
	CSV      = "text/csv"
)

// What is wrong with a file that is not taken.
var (
	ErrEmpty     = errors.New("media: the file is empty")
	ErrType      = errors.New("media: not a type that is taken")
	ErrDamaged   = errors.New("media: the file is damaged")
	ErrTooLarge  = errors.New("media: the picture takes too much memory")
	ErrMoving    = errors.New("media: a moving picture of a type that is taken still only")
	ErrTooCostly = errors.New("media: reading the file takes too much time or memory")
)

// signatures are how the files of a type begin; WebP has its name further in.
var signatures = []struct{ prefix, contentType string }{
	{"\x89PNG\r\n\x1a\n", PNG}, {"\xff\xd8\xff", JPEG}, {"GIF87a", GIF}, {"GIF89a", GIF}, {"%PDF-", PDF},
}

// Detect gives the type of a file by its bytes; of a text the name's ending says whether it is
// Markdown or CSV. It reads a text to its end, in pieces.
func Detect(r io.ReaderAt, size int64, name string) (string, error) {
	if size == 0 {
		return "", ErrEmpty
	}
	head := make([]byte, min(size, 16))
	if _, err := r.ReadAt(head, 0); err != nil && !errors.Is(err, io.EOF) {
		return "", err
	}
	for _, s := range signatures {
		if bytes.HasPrefix(head, []byte(s.prefix)) {
			return s.contentType, nil
		}
	}
	if len(head) >= 12 && string(head[:4]) == "RIFF" && string(head[8:12]) == "WEBP" {
		return WebP, nil
	}
	if err := checkText(io.NewSectionReader(r, 0, size)); err != nil {
		return "", err
	}
	return textType(name), nil
}

// IsImage reports whether it is a picture that is made anew.
func IsImage(contentType string) bool { return strings.HasPrefix(contentType, "image/") }

// checkText refuses what is not text: broken UTF-8, and control characters that no text has.
func checkText(r io.Reader) error {
	buffer, kept := make([]byte, 64<<10), 0
	for {
		n, err := r.Read(buffer[kept:])
		text := buffer[:kept+n]
		for len(text) > 0 && (err != nil || utf8.FullRune(text)) {
			c, width := utf8.DecodeRune(text)
			if (c == utf8.RuneError && width == 1) || (c < ' ' && !strings.ContainsRune("\t\n\r\f\x1b", c)) || c == 0x7f {
				return ErrType
			}
			text = text[width:]
		}
		kept = copy(buffer, text)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

func textType(name string) string {
	switch strings.ToLower(path.Ext(name)) {
	case ".md", ".markdown":
		return Markdown
	case ".csv", ".tsv":
		return CSV
	}
	return Text
}

// endings are those under which a type is given back; a text may have the ending of its language.
var endings = map[string][]string{PNG: {".png"}, JPEG: {".jpg", ".jpeg"}, GIF: {".gif"}, PDF: {".pdf"},
	Markdown: {".md", ".markdown"}, CSV: {".csv", ".tsv"},
	Text: strings.Fields(".txt .text .log .json .jsonl .yaml .yml .toml .ini .conf .xml .sql .go .py .rb .rs .c .h .cc .cpp .hpp " +
		".cs .java .kt .swift .scala .php .pl .lua .r .jl .hs .ml .ex .exs .erl .clj .dart .zig .js .mjs .cjs .ts .jsx .tsx .vue " +
		".css .scss .less .html .htm .sh .bash .zsh .ps1 .tex .rst .org .adoc .diff .patch .tf .proto .graphql .ipynb .srt .vtt .ics"),
}

// Accepted are the types and endings that a page may offer to choose, in the form of an accept
// attribute. It is a help for people: what a file is, its bytes decide.
func Accepted() []string {
	all := []string{PNG, JPEG, GIF, WebP, PDF, Markdown, CSV, Text}
	list := slices.Clone(all)
	for _, contentType := range all { // systems know few kinds of text as text
		list = append(list, endings[contentType]...)
	}
	return list
}

// Name gives a file's name an ending that fits what it is, so that nobody is handed a text as a
// program or a picture as a page.
func Name(name, contentType string) string {
	fitting := endings[contentType]
	ending := strings.ToLower(path.Ext(name))
	for _, e := range fitting {
		if e == ending {
			return name
		}
	}
	if IsImage(contentType) {
		name = strings.TrimSuffix(name, path.Ext(name))
	}
	return name + fitting[0]
}

// Renamed is what a file of contentType is called, and what it is, under another name: of a text the
// name says which kind it is, everything else stays what it is and keeps a fitting ending.
func Renamed(name, contentType string) (fitting, newType string) {
	switch contentType {
	case Text, Markdown, CSV:
		contentType = textType(name)
	}
	return Name(name, contentType), contentType
}
