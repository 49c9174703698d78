package views

import (
	"encoding/json"
	"strings"

	"alleato/store"
)

// The kinds of part that a page shows.
const (
	partHidden = iota
	partProse
	partReasoning
	partFile
	partTool
)

func kindOf(part store.Part) int {
	switch {
	case part.Type == "text":
		return partProse
	case part.Type == "reasoning":
		return partReasoning
	case part.Type == "file":
		return partFile
	case part.Type == "dynamic-tool", strings.HasPrefix(part.Type, "tool-"):
		return partTool
	}
	return partHidden
}

func isProse(part store.Part) bool {
	kind := kindOf(part)
	return kind == partProse || kind == partReasoning
}

// proseText is the Markdown of a part, "" for a part that has none.
func proseText(part store.Part) string {
	if !isProse(part) {
		return ""
	}
	return part.Text
}

func (p Page) render(markdown string) string {
	if p.Markdown == nil || markdown == "" {
		return ""
	}
	return p.Markdown.Render(markdown)
}

func fileParts(parts []store.Part) []store.Part {
	var files []store.Part
	for _, part := range parts {
		if kindOf(part) == partFile {
			files = append(files, part)
		}
	}
	return files
}

func isImage(part store.Part) bool {
	return strings.HasPrefix(part.MediaType, "image/") && part.URL != ""
}

func fileName(part store.Part) string {
	if part.Filename != "" {
		return part.Filename
	}
	return "Attachment"
}

// fileNote says what of a file the model does not get; "" when it gets all.
func fileNote(part store.Part) string {
	var metadata struct{ Alleato struct{ Note string } }
	if len(part.ProviderMetadata) == 0 || json.Unmarshal(part.ProviderMetadata, &metadata) != nil {
		return ""
	}
	return metadata.Alleato.Note
}
