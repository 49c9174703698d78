package handlers

import (
	"cmp"
	pathlib "path"
	"regexp"
	"strings"
	"unicode"

	"github.com/gofiber/fiber/v2"

	"alleato/store"
	"alleato/views"
)

// previewPolicy is the content security policy of a page that a model wrote: it may run its own
// scripts in an origin of its own, and reach nothing. What frames it bounds where it can go.
const previewPolicy = "sandbox allow-scripts; default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; " +
	"img-src data: blob:; media-src data: blob:; font-src data:; connect-src 'none'; webrtc 'block'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'"

// A content security policy does not hold back what opens a connection without a request: preconnect and
// the look-up of a name, either of which tells a stranger what stands in the name. Browsers that know this
// header (Chromium; github.com/WICG/connection-allowlists) open none.
const (
	headerConnections = "Connection-Allowlist"
	noConnections     = "()"
)

// documentPreview is a page as the frame of ours shows it. It is not to be had outside of one: there
// nothing would keep it from leading its reader elsewhere.
func (s *Server) documentPreview(c *fiber.Ctx) error {
	ctx, cancel := s.ctx()
	defer cancel()
	d, err := s.readableDocument(c, ctx)
	if err != nil {
		return err
	}
	if d.Kind != store.KindHTML {
		return store.Errorf(store.NotFound, "A document of the kind %s has no preview.", d.Kind)
	}
	if dest := c.Get("Sec-Fetch-Dest"); dest != "" && dest != "iframe" && dest != "empty" {
		return store.Errorf(store.Forbidden, "This page is shown inside its document alone.").WithHint("Open the document.")
	}
	c.Set(fiber.HeaderXFrameOptions, "SAMEORIGIN")
	c.Set("X-DNS-Prefetch-Control", "off")
	c.Set(fiber.HeaderReferrerPolicy, "no-referrer")
	c.Set(fiber.HeaderContentType, fiber.MIMETextHTMLCharsetUTF8)
	switch d.PageType() {
	case store.PageMermaid:
		c.Set(fiber.HeaderContentSecurityPolicy, diagramPolicy)
		return s.render(c, fiber.StatusOK, component(views.DiagramDocument(s.framePage(c), d)))
	case store.PageSVG:
		c.Set(fiber.HeaderContentSecurityPolicy, picturePolicy)
		c.Set(headerConnections, noConnections)
		return c.SendString(pictureOf(d.Text()))
	}
	c.Set(fiber.HeaderContentSecurityPolicy, previewPolicy)
	c.Set(headerConnections, noConnections)
	return c.SendString(previewOf(d.Text()))
}

// picturePolicy is that of a drawing: it runs nothing.
const picturePolicy = "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data: blob:; font-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'self'"

// pictureOf is a page that shows an SVG in its middle. HTML reads it as it stands, where an image file
// with the smallest mistake in it would show nothing.
func pictureOf(text string) string {
	return "<!doctype html><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\">" +
		"<style>html,body{height:100%;margin:0}body{display:grid;place-items:center;box-sizing:border-box;padding:16px;overflow:auto}svg{max-width:100%;max-height:100%}</style><body>" +
		text[svgFrom(text):]
}

var svgTag = regexp.MustCompile(`(?i)<svg`)

// svgFrom is where a picture begins, past what may stand before it. Looked for in the text as it is: in
// small letters it may be longer.
func svgFrom(text string) int {
	if at := svgTag.FindStringIndex(text); at != nil {
		return at[0]
	}
	return 0
}

// previewOf makes a page of a piece of one.
func previewOf(text string) string {
	start := strings.ToLower(strings.TrimSpace(text[:min(len(text), 256)]))
	if strings.HasPrefix(start, "<!doctype") || strings.HasPrefix(start, "<html") {
		return text
	}
	return "<!doctype html><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\"><body>" + text
}

// extensions are the usual ends of file names, by language.
var extensions = map[string]string{
	"python": "py", "javascript": "js", "typescript": "ts", "jsx": "jsx", "tsx": "tsx", "go": "go", "golang": "go", "rust": "rs", "java": "java",
	"c": "c", "c++": "cpp", "cpp": "cpp", "c#": "cs", "csharp": "cs", "ruby": "rb", "php": "php", "swift": "swift", "kotlin": "kt",
	"scala": "scala", "r": "r", "julia": "jl", "lua": "lua", "perl": "pl", "haskell": "hs", "elixir": "ex", "shell": "sh", "bash": "sh", "sh": "sh",
	"sql": "sql", "html": "html", "css": "css", "scss": "scss", "json": "json", "yaml": "yaml", "yml": "yaml", "toml": "toml", "xml": "xml",
	"markdown": "md", "dockerfile": "dockerfile", "makefile": "mk", "powershell": "ps1", "dart": "dart", "zig": "zig", "vue": "vue", "svelte": "svelte",
}

// wordType is what a Word document is on the wire.
const wordType = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"

// fileTypeOf is the end of the name of the file that a document is as it stands, and its type.
func fileTypeOf(d *store.Document) (extension, contentType string) {
	switch d.Kind {
	case store.KindText:
		return "md", "text/markdown"
	case store.KindSheet:
		return "csv", "text/csv"
	case store.KindHTML:
		switch d.PageType() {
		case store.PageSVG:
			return "svg", "image/svg+xml"
		case store.PageMermaid:
			return "mmd", "text/plain"
		}
		return "html", "text/html"
	}
	language := ""
	if d.Language != nil {
		language = *d.Language
	}
	return cmp.Or(extensions[language], "txt"), "text/plain"
}

// documentDownload gives a document as a file, in the format asked for if its kind has that. It is an
// attachment that opens as nothing, whatever it holds.
func (s *Server) documentDownload(c *fiber.Ctx) error {
	ctx, cancel := s.ctx()
	defer cancel()
	d, err := s.readableDocument(c, ctx)
	if err != nil {
		return err
	}
	format := c.Query("format")
	if d.Kind == store.KindImage {
		if format != "" {
			return noFormat(d, format)
		}
		f, err := s.Options.Store.File(ctx, d.UserID, d.Text())
		if err != nil {
			return err
		}
		f.Name = fileNameFor(d.Title) + pathlib.Ext(f.Name)
		return s.serve(c, f, f.BlobKey, f.ContentType)
	}
	extension, contentType := fileTypeOf(d)
	content := []byte(d.Text())
	switch {
	case format == "" || format == extension:
	case format == "docx" && d.Kind == store.KindText:
		if content, err = s.wordFile(c, d); err != nil {
			return err
		}
		extension, contentType = "docx", wordType
	default:
		return noFormat(d, format)
	}
	c.Set(fiber.HeaderContentSecurityPolicy, filePolicy)
	c.Set(fiber.HeaderContentDisposition, dispositionOf("attachment", fileNameFor(d.Title)+"."+extension)) // a drawing too: it is no picture of ours
	c.Set(fiber.HeaderContentType, charset(contentType))
	return c.Send(content)
}

func noFormat(d *store.Document, format string) error {
	return store.Errorf(store.Invalid, "A document of the kind %s cannot be had as %q.", d.Kind, format).
		WithHint("Leave format out to get it as it is; a text can also be had as docx.").WithField("format")
}

// fileNameFor makes a file's name of a title.
func fileNameFor(title string) string {
	name := strings.Map(func(r rune) rune {
		if strings.ContainsRune(`/\:*?"<>|`, r) {
			return '-'
		}
		if unicode.IsControl(r) || unicode.Is(unicode.Cf, r) {
			return -1
		}
		return r
	}, title)
	if name = strings.Trim(name, ". "); name == "" {
		return "document"
	}
	return name
}
