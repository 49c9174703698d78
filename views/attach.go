package views

import (
	"path"
	"strconv"
	"strings"

	"github.com/a-h/templ"

	"alleato/store"
)

// uploading tells the composer's script where files go and what they may be.
func uploading(p Page, r UploadRules) templ.Attributes {
	attributes := templ.Attributes{"data-max-files": number(int64(r.MaxFiles)), "data-max-bytes": r.maxFile(), "data-accept": r.accept()}
	if r.Quota > 0 { // what is left of it the page asks when it matters
		attributes["data-quota"] = r.quota()
	}
	return attributes
}

func number(n int64) string { return strconv.FormatInt(n, 10) }

// fileKind is which picture stands for a file that has none of its own.
func fileKind(part store.Part) string {
	switch {
	case strings.HasPrefix(part.MediaType, "image/"):
		return "image"
	case part.MediaType == "application/pdf":
		return "pdf"
	case part.MediaType == "text/csv":
		return "sheet"
	}
	return "text"
}

// picture is the small form of a picture, or the picture itself.
func picture(part store.Part) string {
	if part.ThumbnailURL != "" {
		return part.ThumbnailURL
	}
	return part.URL
}

// fileDetail is what a chip says below the name.
func fileDetail(part store.Part) string {
	ending := strings.ToUpper(strings.TrimPrefix(path.Ext(part.Filename), "."))
	switch {
	case part.FileID != "" && part.URL == "":
		return "Deleted"
	case part.Size == 0:
		return ending
	case ending == "" || len(ending) > 5:
		return store.Bytes(part.Size)
	}
	return ending + " · " + store.Bytes(part.Size)
}

// messageFiles are the pictures of a message, and its other files.
func messageFiles(parts []store.Part) (pictures, others []store.Part) {
	for _, part := range fileParts(parts) {
		if isImage(part) {
			pictures = append(pictures, part)
		} else {
			others = append(others, part)
		}
	}
	return pictures, others
}

// fileNotes say what of a message's files the model does not get, each thing once; of several files each
// is named.
func fileNotes(parts []store.Part) []string {
	files := fileParts(parts)
	names := map[string][]string{}
	var notes []string
	for _, part := range files {
		note := fileNote(part)
		if note == "" {
			continue
		}
		if names[note] == nil {
			notes = append(notes, note)
		}
		names[note] = append(names[note], fileName(part))
	}
	if len(files) > 1 {
		for i, note := range notes {
			notes[i] = strings.Join(names[note], ", ") + ": " + note
		}
	}
	return notes
}

// kept are the files that an edited question can take along: those that are still there.
func kept(parts []store.Part) (files []store.Part) {
	for _, part := range fileParts(parts) {
		if part.FileID != "" && part.URL != "" {
			files = append(files, part)
		}
	}
	return files
}
