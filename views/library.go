package views

import (
	"net/url"
	"regexp"
	"strconv"
	"time"

	"alleato/store"
)

// LibraryView is a page of one's documents.
type LibraryView struct {
	Documents []store.Document
	Query     store.DocumentQuery
	Next      string // cursor, "" on the last page
	Usage     store.DocumentUsage
	// Thumbnails are the small forms of pictures, by the ids of their documents.
	Thumbnails map[string]string
	Now        time.Time
	Zone       *time.Location
}

// kinds are the kinds that can be made from scratch; an image begins as an upload.
var kinds = []string{store.KindText, store.KindCode, store.KindSheet, store.KindHTML}

// pictureTypes are what a dialog offers for an image; what a file is, its bytes decide.
const pictureTypes = "image/png,image/jpeg,image/gif,image/webp"

func bytesOf(n int64) string { return strconv.FormatInt(n, 10) }

func usageText(u store.DocumentUsage) string {
	if u.Quota <= 0 {
		return store.Bytes(u.Used) + " used"
	}
	return store.Bytes(u.Used) + " of " + store.Bytes(u.Quota) + " used"
}

// url is the library with another kind, or further on.
func (v LibraryView) url(p Page, kind, cursor string) string {
	query := url.Values{}
	for name, value := range map[string]string{"q": v.Query.Q, "kind": kind, "cursor": cursor} {
		if value != "" {
			query.Set(name, value)
		}
	}
	if len(query) == 0 {
		return p.URL("documentList")
	}
	return p.URL("documentList") + "?" + query.Encode()
}

// marks are what Markdown writes before a line or around words, and the empty lines between.
var marks = regexp.MustCompile(`(?m)^ {0,3}(#{1,6}|>) |\*\*|\n(?:\s*\n)+`)

// previewText is the beginning of a document on its card. Of a text it is the words.
func previewText(d store.Document) string {
	if d.Kind != store.KindText {
		return d.Preview
	}
	return marks.ReplaceAllStringFunc(d.Preview, func(mark string) string {
		if mark[0] == '\n' {
			return "\n"
		}
		return ""
	})
}

// The card of a sheet has room for so many of its first rows and columns.
const previewedRows, previewedColumns = 4, 4

// previewRows are the first cells of a sheet; none of any other document.
func previewRows(d store.Document) [][]string {
	if d.Kind != store.KindSheet {
		return nil
	}
	s := store.ParseSheet(d.Preview, previewedRows)
	rows := make([][]string, len(s.Rows))
	for i := range rows {
		rows[i] = cells(s.Rows[i], s.Columns)
		rows[i] = rows[i][:min(len(rows[i]), previewedColumns)]
	}
	return rows
}
