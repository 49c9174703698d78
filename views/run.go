package views

import "alleato/store"

// runnable are the languages that a browser can run, by the names that documents give them.
var runnable = map[string]string{
	"python": "python", "py": "python", "python3": "python",
	"javascript": "javascript", "js": "javascript", "mjs": "javascript",
}

// runs is what runs the document's code, "" where nothing does.
func (v DocumentView) runs() string {
	if v.Document.Kind != store.KindCode || v.writing() {
		return ""
	}
	return runnable[deref(v.Document.Language)]
}
