package store

import (
	"regexp"
	"slices"
	"strings"
)

// What a document of the kind html may be, which is its language; without one it is told by its text.
const (
	PageHTML    = "html"
	PageSVG     = "svg"
	PageMermaid = "mermaid"
)

var pageTypes = []string{PageHTML, PageSVG, PageMermaid}

var (
	// svgStart is what may stand before the picture: a declaration, a type, comments.
	svgStart = regexp.MustCompile(`(?is)^\s*(?:<\?xml[^>]*\?>\s*)?(?:(?:<!--.*?-->|<!doctype svg[^>\[]*(?:\[[^\]]*\])?>)\s*)*<svg[\s/>]`)

	// mermaidStart is the first word of each of its diagrams; settings and comments may stand before it.
	mermaidStart = regexp.MustCompile(`^\s*(?:---\n(?s:.*?)\n---\s*|%%[^\n]*\n\s*)*(?:graph|flowchart|sequenceDiagram|classDiagram|stateDiagram|erDiagram|` +
		`gantt|pie|journey|gitGraph|mindmap|timeline|quadrantChart|requirementDiagram|C4(?:Context|Container|Component|Dynamic|Deployment)|` +
		`sankey|xychart|block|packet|kanban|architecture|radar|treemap|zenuml)(?:-elk|-v2|-beta)?(?:[\s:;{]|$)`)
)

// pageStart is how much of a text is looked at to tell what it is.
const pageStart = 4096

// PageType says what a document of the kind html is: PageHTML, PageSVG or PageMermaid.
func (d *Document) PageType() string {
	start := d.Text()[:min(len(d.Text()), pageStart)]
	switch {
	case d.Language != nil && slices.Contains(pageTypes, *d.Language):
		return *d.Language
	case svgStart.MatchString(start):
		return PageSVG
	case mermaidStart.MatchString(start):
		return PageMermaid
	}
	return PageHTML
}

// pageLanguage is the language of a document of the kind html as it is kept.
func pageLanguage(name string) (*string, error) {
	if name = strings.ToLower(strings.TrimSpace(name)); !slices.Contains(pageTypes, name) {
		return nil, Errorf(Invalid, "The language of a page is html, svg or mermaid.").WithField("language")
	}
	return &name, nil
}
