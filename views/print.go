package views

import (
	"net/url"

	"alleato/store"
)

const (
	printedRows  = 5_000   // of a sheet, on paper
	printedCells = 100_000 // which a wide sheet fills earlier
)

// printedSheet is as much of a sheet as a browser lays out for paper, and how many rows that may be.
func printedSheet(text string) (s store.Sheet, rows int) {
	rows = printedRows
	s = store.ParseSheet(text, rows)
	if wide := min(s.Columns, shownColumns); wide*len(s.Rows) > printedCells {
		rows = printedCells / wide
		s = store.ParseSheet(text, rows)
	}
	return s, rows
}

// number is the version shown, 0 for the newest.
func (v DocumentView) number() int {
	if v.isHead() {
		return 0
	}
	return v.Document.Version
}

func (v DocumentView) outURL(base string, query url.Values) string {
	if n := v.number(); n != 0 {
		query.Set("version", version(n))
	}
	return base + "?" + query.Encode()
}

func (v DocumentView) downloadURL(p Page, format string) string {
	return v.outURL(p.URL("documentDownload", v.Document.ID), url.Values{"format": {format}})
}

func (v DocumentView) printURL(p Page, source bool) string {
	query := url.Values{"print": {"1"}}
	if source {
		query.Set("source", "1")
	}
	return v.outURL(p.URL("documentShow", v.Document.ID), query)
}
