package views

import (
	"strings"
	"time"

	"alleato/store"
)

// VersionsView is a page of a document's versions, newest first.
type VersionsView struct {
	ID       string
	Versions []store.Document
	Next     string
	Cursor   string // where this page begins, "" for the first
	Now      time.Time
	Zone     *time.Location
}

// DiffView is what a version changed.
type DiffView struct {
	Document *store.Document // the newer one
	Diff     store.Diff
	// Before and After are where the pictures of an image can be read; "" is one that is gone.
	Before, After string
	Now           time.Time
	Zone          *time.Location
}

// ConflictView is a save that came too late.
type ConflictView struct {
	Current *store.Document
	Yours   string
	Diff    store.Diff // from the current text to the one that was not saved
}

func (v VersionsView) title() string {
	if len(v.Versions) == 0 {
		return ""
	}
	return v.Versions[0].Title
}

// what made a version.
func madeBy(d store.Document) string {
	switch {
	case d.Author == store.AuthorAssistant:
		return "Assistant"
	case d.Autosave:
		return "You, autosaved"
	}
	return "You"
}

func (v DiffView) heading() string {
	if v.Diff.From == 0 {
		return "Version " + version(v.Diff.To) + ", the first"
	}
	return "Version " + version(v.Diff.From) + " → " + version(v.Diff.To)
}

// What stays around a change, and how much of a comparison a page shows.
const (
	aroundLines = 3
	aroundBytes = 240
	shownDiff   = 200_000 // bytes
	shownCells  = 5_000
)

// elided is a comparison as a page shows it: long stretches without a change shrink to what stands
// around the changes, and the whole is bounded.
func elided(changes []store.Change) (short []store.Change, whole bool) {
	left := shownDiff
	for i, c := range changes {
		if c.Type == store.Same {
			c.Text = around(c.Text, i > 0, i < len(changes)-1)
		}
		if len(c.Text) > left {
			c.Text = strings.ToValidUTF8(c.Text[:left], "")
			return append(short, c), false
		}
		left -= len(c.Text)
		short = append(short, c)
	}
	return short, true
}

// around keeps the lines next to what comes before and after.
func around(text string, before, after bool) string {
	lines := strings.SplitAfter(text, "\n")
	if len(lines) <= 2*aroundLines+1 && len(text) <= 4*aroundBytes {
		return text
	}
	head, tail := "", ""
	if before {
		head = strings.Join(lines[:min(aroundLines, len(lines))], "")
		head = strings.ToValidUTF8(head[:min(len(head), aroundBytes)], "")
	}
	if after {
		tail = strings.Join(lines[max(0, len(lines)-aroundLines):], "")
		tail = strings.ToValidUTF8(tail[max(0, len(tail)-aroundBytes):], "")
	}
	return strings.TrimRight(head, "\n") + "\n⋯\n" + tail
}

// sheetLine is a row of a comparison: its number in the new sheet, or in the old one where it is not in the new one
// any more. Gap says that rows without a change were left out before it.
type sheetLine struct {
	store.DiffRow
	Number int
	Gap    bool
}

// changedRows leaves out the rows without a change but the first one, which tells what the columns are, and
// bounds the rest.
func changedRows(rows []store.DiffRow) (shown []sheetLine, whole bool) {
	n, before, after, gap := 0, 0, 0, false
	for i, row := range rows {
		line := sheetLine{DiffRow: row, Gap: gap}
		if row.Type != store.Added {
			before++
			line.Number = before
		}
		if row.Type != store.Removed {
			after++
			line.Number = after
		}
		if gap = row.Type == store.Same && i > 0; gap {
			continue
		}
		if len(row.Cells) > shownColumns {
			line.Cells = row.Cells[:shownColumns]
		}
		if n += len(line.Cells); n > shownCells {
			return shown, false
		}
		shown = append(shown, line)
	}
	return shown, true
}

// unchanged: the two versions are the same text.
func unchanged(d store.Diff) bool {
	for _, c := range d.Changes {
		if c.Type != store.Same {
			return false
		}
	}
	for _, row := range d.Rows {
		if row.Type != store.Same {
			return false
		}
	}
	return true
}
