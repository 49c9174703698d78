package views

import (
	"strconv"
	"strings"
	"time"

	"github.com/a-h/templ"

	"alleato/store"
)

// DocumentView is a document on its page, as its reader sees it.
type DocumentView struct {
	Document    *store.Document
	ReadOnly    bool // somebody else's, shared
	Edit        bool // the editor instead of the reading view
	Suggestions []store.Suggestion
	Actions     []QuickAction
	ImageURL    string // of an image, "" when the picture is gone
	// Pictures are where the pictures of a text can be read, by the addresses that the text has; "" is one
	// that is gone.
	Pictures  map[string]string
	Problem   string // why a text was not saved
	ShareURL  string
	ShareOpen bool
	Pane      bool   // beside its chat, not on a page of its own
	StreamID  string // the reply that is writing it, where its reader may read that
	Now       time.Time
	Zone      *time.Location
}

const (
	shownRows    = 200 // of a sheet, on its page
	shownColumns = 40
)

func kindName(kind string) string {
	switch kind {
	case store.KindCode:
		return "Code"
	case store.KindSheet:
		return "Sheet"
	case store.KindImage:
		return "Image"
	case store.KindHTML:
		return "Page"
	}
	return "Text"
}

// kindLine says what a document is, in a few words.
func kindLine(d store.Document) string {
	switch {
	case d.Kind == store.KindCode && d.Language != nil:
		return "Code · " + *d.Language
	case d.Kind == store.KindHTML && d.PageType() == store.PageSVG:
		return "Page · SVG"
	case d.Kind == store.KindHTML && d.PageType() == store.PageMermaid:
		return "Page · Mermaid"
	}
	return kindName(d.Kind)
}

func authorName(d store.Document) string {
	if d.Author == store.AuthorAssistant {
		return "Assistant"
	}
	return "You"
}

func version(n int) string { return strconv.Itoa(n) }

// versionURL leads to one version; 0 is the newest.
func versionURL(p Page, id string, n int) string {
	if n == 0 {
		return p.URL("documentShow", id)
	}
	return p.URL("documentShow", id) + "?version=" + version(n)
}

// isHead: the newest version, which alone can be edited.
func (v DocumentView) isHead() bool { return v.Document.Version == v.Document.Head }

func (v DocumentView) writing() bool { return v.Document.StreamID != nil }

// isCut: nothing writes the version any more, and it is not whole.
func (v DocumentView) isCut() bool { return v.Document.Partial && !v.writing() }

func (v DocumentView) canEdit() bool {
	return !v.ReadOnly && v.isHead() && !v.writing() && v.Document.Kind != store.KindImage
}

// at is ?version for what is to be of the version shown, "" for the newest.
func (v DocumentView) at() string {
	if v.isHead() {
		return ""
	}
	return "?version=" + version(v.Document.Version)
}

func (v DocumentView) closeURL(p Page) string {
	if v.Document.ChatID != nil {
		return p.URL("chatShow", *v.Document.ChatID)
	}
	return p.URL("documentList")
}

func (v DocumentView) closeLabel() string {
	if v.Document.ChatID != nil {
		return "Back to the chat"
	}
	return "Back to all documents"
}

// picture finds a picture of the text.
func (v DocumentView) picture(address string) (src string, ours bool) {
	src, ours = v.Pictures[address]
	return src, ours
}

// menuName is for tests: the menu of a reader changes nothing.
func (v DocumentView) menuName() string {
	if v.ReadOnly {
		return "artifact-reader-menu"
	}
	return "artifact-menu"
}

func (v DocumentView) pending() (waiting []store.Suggestion) {
	for _, g := range v.Suggestions {
		if g.Status == store.SuggestionPending {
			waiting = append(waiting, g)
		}
	}
	return waiting
}

// fenced is code as Markdown, in a fence that it cannot end. Trying longer and longer fences would take
// minutes for a megabyte of backticks.
func fenced(d *store.Document) string {
	longest, run := 2, 0
	for _, c := range []byte(d.Text()) {
		if c != '`' {
			run = 0
			continue
		}
		run++
		longest = max(longest, run)
	}
	fence := strings.Repeat("`", longest+1)
	language := "text"
	if d.Kind == store.KindHTML {
		language = d.PageType()
	} else if d.Language != nil {
		language = strings.ReplaceAll(*d.Language, " ", "-")
	}
	return fence + language + "\n" + strings.TrimSuffix(d.Text(), "\n") + "\n" + fence
}

// cells are a row of a sheet as wide as the others.
func cells(row []string, columns int) []string {
	padded := make([]string, min(columns, shownColumns))
	copy(padded, row)
	return padded
}

// sheetNote says what of a sheet is not shown.
func sheetNote(s store.Sheet, rows int) string {
	var notes []string
	if s.Broken {
		notes = append(notes, "This is not quite proper CSV; it is shown as well as it can be read.")
	}
	if s.More || s.Columns > shownColumns {
		notes = append(notes, "The sheet is longer or wider than what is shown: "+strconv.Itoa(rows)+" rows and "+strconv.Itoa(shownColumns)+" columns. The download has all of it.")
	}
	return strings.Join(notes, " ")
}

// when is short: the time today, the date before.
func when(at, now time.Time, zone *time.Location) string {
	if zone == nil {
		zone = time.UTC
	}
	at, now = at.In(zone), now.In(zone)
	switch {
	case at.Year() == now.Year() && at.YearDay() == now.YearDay():
		return at.Format("15:04")
	case at.Year() == now.Year():
		return at.Format("2 Jan 15:04")
	}
	return at.Format("2 Jan 2006")
}

func machineTime(at time.Time) string { return at.UTC().Format(time.RFC3339) }

// inTextarea keeps a text that begins with a line break: the first one of a textarea is dropped.
func inTextarea(text string) string {
	if strings.HasPrefix(text, "\n") {
		return "\n" + text
	}
	return text
}

func deref(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

func versionStepName(back bool) templ.Attributes {
	if back {
		return templ.Attributes{"data-testid": "artifact-version-previous", "aria-label": "Previous version", "title": "Previous version"}
	}
	return templ.Attributes{"data-testid": "artifact-version-next", "aria-label": "Next version", "title": "Next version"}
}

// stepURL leads to a version beside the one shown; the newest has no number, so that it can be edited.
func (v DocumentView) stepURL(p Page, to int) string {
	if to == v.Document.Head {
		to = 0
	}
	return versionURL(p, v.Document.ID, to)
}
