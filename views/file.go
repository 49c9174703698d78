package views

import (
	"net/url"
	"path"
	"strings"
	"time"

	"github.com/a-h/templ"

	"alleato/store"
)

// How a page shows files.
const (
	FilesGrid = "grid"
	FilesList = "list"
)

// FilesView is a page of files, one's own or everybody's, and what they were looked for by.
type FilesView struct {
	Files   []store.File
	NextURL string // loads the next page, "" when there is none
	Query   store.FileQuery
	Layout  string
	Rules   UploadRules
	Zone    *time.Location
}

// FileView is one file. Excerpt is the beginning of its text, TextSize how long that is, in bytes.
type FileView struct {
	File     *store.File
	Excerpt  string
	TextSize int64
	Zone     *time.Location
}

// narrowed reports whether files may be missing for what was asked.
func (v FilesView) narrowed() bool {
	return v.Query.Q != "" || v.Query.Kind != "" || v.Query.Owner != "" || v.Query.Cursor != ""
}

type option struct{ value, label string }

func fileKinds() []option {
	labels := map[string]string{store.FileImage: "Images", store.FilePDF: "PDF", store.FileText: "Text", store.FileTable: "Tables", store.FileCode: "Code"}
	options := []option{{"", "All"}}
	for _, kind := range store.FileKinds() {
		options = append(options, option{kind, labels[kind]})
	}
	return options
}

func fileSorts(admin bool) []option {
	labels := map[string]string{"newest": "Newest first", "oldest": "Oldest first", "name": "By name", "size": "Largest first", "owner": "By owner"}
	var options []option
	for _, sort := range store.FileSorts() {
		if sort != "owner" || admin {
			options = append(options, option{sort, labels[sort]})
		}
	}
	return options
}

// fileFormat is what people call the type: the ending, mostly.
func fileFormat(f *store.File) string {
	if ending := strings.TrimPrefix(path.Ext(f.Name), "."); ending != "" && len(ending) <= 6 {
		return strings.ToUpper(ending)
	}
	return "File"
}

func inZone(at time.Time, zone *time.Location) time.Time {
	if zone == nil {
		zone = time.UTC
	}
	return at.In(zone)
}

func isoTime(at time.Time) string { return at.UTC().Format(time.RFC3339) }

func fileID(f *store.File) string { return "file-" + f.ID }

// excerptNote says how much of the text is shown, "" when all of it is.
func (v FileView) excerptNote() string {
	if int64(len(v.Excerpt)) >= v.TextSize {
		return ""
	}
	return "The first " + store.Bytes(int64(len(v.Excerpt))) + " of " + store.Bytes(v.TextSize) + " of text. Download the file to see the rest."
}

// fileOwner is how an administrator knows the owner.
func fileOwner(f *store.File) string {
	if f.OwnerEmail == nil {
		return "Guest " + f.UserID
	}
	return *f.OwnerEmail
}

// ownerURL narrows everybody's files to those of this one's owner.
func ownerURL(p Page, f *store.File) string {
	owner := f.UserID
	if f.OwnerEmail != nil {
		owner = *f.OwnerEmail
	}
	return p.URL("adminFileList") + "?" + url.Values{"owner": {owner}}.Encode()
}

// deleting are the attributes of the button that deletes a file once that was confirmed.
func deleting(url string, f *store.File, title, text string) templ.Attributes {
	return templ.Attributes{"hx-delete": url, "hx-swap": "none", "hx-confirm": "“" + f.Name + "” " + text, "data-confirm-title": title}
}
