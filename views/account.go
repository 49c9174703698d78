package views

import (
	"fmt"
	"strings"
	"time"

	"github.com/a-h/templ"

	"alleato/store"
)

// AccountView is what the account page shows beside its visitor.
type AccountView struct {
	Sessions         []SessionRow
	Exports, Imports []store.Transfer
	Zone             *time.Location
	Saved            string            // the section that was just changed
	Section          string            // the section whose form was refused, and why
	Error, Hint      string            // of the form as a whole
	Fields           map[string]string // field -> what is wrong with it
}

// SessionRow is a place where the visitor is signed in.
type SessionRow struct {
	ID, Device, Since string
	API, Current      bool
}

// Running says whether the page has something to wait for.
func (v AccountView) Running() bool { return anyRunning(v.Exports) || anyRunning(v.Imports) }

func anyRunning(list []store.Transfer) bool {
	for i := range list {
		if list[i].Running() {
			return true
		}
	}
	return false
}

// form is a section's form as it is shown again, or empty.
func (v AccountView) form(section string) Form {
	if v.Section != section {
		return Form{}
	}
	f := Form{Fields: v.Fields}
	if len(v.Fields) == 0 || section == "avatar" || section == "import" || section == "export" {
		f.Error, f.Hint = v.Error, v.Hint
	}
	return f
}

func (v AccountView) zone() *time.Location {
	if v.Zone == nil {
		return time.UTC
	}
	return v.Zone
}

func clock(t time.Time, zone *time.Location) string {
	if zone == nil {
		zone = time.UTC
	}
	return t.In(zone).Format("2 Jan 2006, 15:04")
}

var formatNames = map[string]string{"json": "Everything (JSON)", "csv": "Messages (CSV)", "markdown": "Chats (Markdown)",
	"alleato": "Alleato", "chatgpt": "ChatGPT", "openwebui": "Open WebUI"}

func formatName(format string) string {
	if name := formatNames[format]; name != "" {
		return name
	}
	return "A file"
}

// exportState says, in a line, how it stands with an export.
func exportState(t store.Transfer, zone *time.Location) string {
	switch {
	case t.Running():
		return fmt.Sprintf("Being written: %d %%", t.Progress)
	case t.Error != nil:
		return *t.Error
	case t.File == nil:
		return "No longer kept"
	}
	return store.Bytes(t.File.Size) + ", kept until " + clock(t.File.CreatedAt.Add(store.ExportLife), zone)
}

// importState is a line, too: what was taken.
func importState(t store.Transfer) string {
	r := t.ImportReport()
	switch {
	case t.Running():
		return fmt.Sprintf("Being read: %d %%", t.Progress)
	case t.Error != nil:
		return *t.Error
	case r == nil:
		return ""
	case r.Chats+r.Updated+r.Versions == 0 && r.Unchanged > 0:
		return fmt.Sprintf("Nothing new: %s there already.", were(r.Unchanged, "chat"))
	}
	said := []string{count(r.Chats, "new chat")}
	if r.Updated > 0 {
		said = append(said, count(r.Updated, "chat")+" brought up to date")
	}
	said = append(said, count(r.Messages, "message"))
	if r.Files > 0 {
		said = append(said, count(r.Files, "file"))
	}
	if r.Documents > 0 {
		said = append(said, count(r.Documents, "document"))
	}
	if r.Versions > 0 {
		said = append(said, count(r.Versions, "version")+" of documents")
	}
	if r.Unchanged > 0 {
		said = append(said, were(r.Unchanged, "chat")+" there already")
	}
	return strings.Join(said, ", ") + "."
}

func count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

func were(n int, noun string) string {
	if n == 1 {
		return "1 " + noun + " was"
	}
	return count(n, noun) + " were"
}

// asking makes a list ask for itself again while something in it runs; what has the focus keeps it.
func asking(url string, list []store.Transfer) templ.Attributes {
	if !anyRunning(list) {
		return nil
	}
	return templ.Attributes{"hx-get": url, "hx-trigger": "every 1s", "hx-target": "this", "hx-swap": "outerMorph"}
}
