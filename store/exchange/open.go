package exchange

import (
	"archive/zip"
	"bytes"
	"errors"
	"io"
	"math"
	"path"
	"regexp"
	"slices"
	"strings"
	"unicode"

	"alleato/store"
)

// Archive is a file of chats that came, a JSON text or a zip archive around it. It reads from the file each
// time that it is asked.
type Archive struct {
	file   io.ReaderAt
	size   int64
	json   []*zip.File          // the texts in a zip archive; none: the file is the text itself
	assets map[string]*zip.File // pictures by the id in their names
	// Format is known after the first Read.
	Format string
	// Settings are those of the person whose archive it is, for Alleato's own; known after the first Read.
	Settings []byte
	// Document and Suggestion, if any, are called by Read with the versions of documents and the suggestions
	// of Alleato's own archive, after its chats.
	Document   func(*store.Document) error
	Suggestion func(*store.Suggestion) error

	avatar  string
	files   map[string]ownFile // of Alleato's own
	used    map[string]bool
	entries map[string]*zip.File
}

func refuse(message, hint string) *store.Error {
	return store.Errorf(store.Invalid, "%s", message).WithHint(hint).WithField("file")
}

const taken = "Alleato's own export, ChatGPT's (the zip, or its conversations.json) and Open WebUI's are taken."

// Open looks at what a file is.
func Open(file io.ReaderAt, size int64) (*Archive, error) {
	a := &Archive{file: file, size: size, assets: map[string]*zip.File{}, entries: map[string]*zip.File{}, files: map[string]ownFile{}, used: map[string]bool{}}
	head := make([]byte, 4)
	if n, err := file.ReadAt(head, 0); err != nil && !(errors.Is(err, io.EOF) && n > 0) {
		return nil, refuse("The file is empty.", taken)
	}
	if !bytes.HasPrefix(head, []byte("PK")) {
		return a, nil
	}
	return a, a.openZip()
}

// chatFile is the name of a text of chats; newer files of ChatGPT have several.
var chatFile = regexp.MustCompile(`^conversations(-\d{1,6})?\.json$`)

// assetID is how ChatGPT begins the name of a file.
var assetID = regexp.MustCompile(`^file[-_][A-Za-z0-9]{4,64}`)

func (a *Archive) openZip() error {
	if err := a.checkDirectory(); err != nil {
		return err
	}
	directory := &directoryReader{a.file, maxDirectory}
	archive, err := zip.NewReader(directory, a.size)
	directory.left = math.MaxInt64
	var own *store.Error
	if errors.As(err, &own) {
		return own
	}
	if err != nil {
		return refuse("The zip archive is damaged.", "Fetch the export again and send it as it is.").WithCause(err)
	}
	var total uint64
	for _, entry := range archive.File {
		if total += entry.UncompressedSize64; total > maxUnpacked {
			return refuse("The zip archive unpacks to more than 2 GB.", "Send its conversations.json alone.")
		}
		if entry.UncompressedSize64 > smallEntry && entry.UncompressedSize64/max(entry.CompressedSize64, 1) > maxRatio {
			return refuse("The zip archive unpacks to suspiciously much.", "Send its conversations.json alone.")
		}
		a.index(entry)
	}
	slices.SortFunc(a.json, func(x, y *zip.File) int { return strings.Compare(x.Name, y.Name) })
	if own := a.entries["data.json"]; own != nil {
		a.json = []*zip.File{own}
	}
	if len(a.json) == 0 {
		return refuse("There are no chats in the zip archive.", taken)
	}
	return nil
}

// directoryReader ends the reading of a directory whose names and remarks are longer than any archive's.
type directoryReader struct {
	io.ReaderAt
	left int64
}

// ReadAt is part of io.ReaderAt.
func (d *directoryReader) ReadAt(p []byte, at int64) (int, error) {
	if d.left -= int64(len(p)); d.left < 0 {
		return 0, refuse("The zip archive's list of files is too long.", "Send its conversations.json alone.")
	}
	return d.ReaderAt.ReadAt(p, at)
}

func (a *Archive) index(entry *zip.File) {
	name := baseName(entry.Name)
	if entry.Name == "data.json" || strings.HasPrefix(entry.Name, "files/") {
		a.entries[entry.Name] = entry
	}
	if chatFile.MatchString(name) && strings.Count(entry.Name, "/") <= 1 {
		a.json = append(a.json, entry)
	}
	if id := assetID.FindString(name); id != "" {
		a.assets[id] = entry
	}
}

// checkDirectory counts the entries before the library makes something of each: their number in the
// archive's end can be a lie.
func (a *Archive) checkDirectory() error {
	const mark = "PK\x01\x02"
	buffer, kept, entries := make([]byte, 1<<20), 0, 0
	for r := io.NewSectionReader(a.file, 0, a.size); ; {
		n, err := r.Read(buffer[kept:])
		if entries += bytes.Count(buffer[:kept+n], []byte(mark)); entries > maxEntries {
			return refuse("The zip archive has more than 20,000 files.", "Send its conversations.json alone.")
		}
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		// a mark may lie across two pieces; a whole one must not be counted twice
		tail := buffer[max(kept+n-len(mark)+1, 0) : kept+n]
		kept = copy(buffer, tail)
	}
}

// open reads an entry and ends with an error where it is longer than it says.
func (a *Archive) open(entry *zip.File) (io.ReadCloser, error) {
	r, err := entry.Open()
	if err != nil {
		return nil, refuse("The zip archive is damaged.", "Fetch the export again and send it as it is.").WithCause(err)
	}
	return &bounded{r, int64(entry.UncompressedSize64)}, nil
}

type bounded struct {
	io.ReadCloser
	left int64
}

func (b *bounded) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	if b.left -= int64(n); b.left < 0 {
		return 0, refuse("The zip archive is damaged: a file in it is longer than it says.", taken)
	}
	if err != nil && !errors.Is(err, io.EOF) {
		err = refuse("The zip archive is damaged.", "Fetch the export again and send it as it is.").WithCause(err)
	}
	return n, err
}

func baseName(name string) string { return path.Base(strings.ReplaceAll(name, `\`, "/")) }

// fileName makes a name of ours of one of theirs.
func fileName(name string) string {
	name = strings.Map(func(c rune) rune {
		if unicode.IsControl(c) || unicode.Is(unicode.Cf, c) || c == '\u2028' || c == '\u2029' || c == unicode.ReplacementChar {
			return -1
		}
		return c
	}, strings.ToValidUTF8(baseName(name), ""))
	if longest := store.MaxFileName - 16; len(name) > longest {
		name = strings.ToValidUTF8(name[:longest], "") // the cut may go through a character
	}
	if strings.Trim(name, ". /") == "" {
		return "Attachment"
	}
	return name
}

// mediaType keeps what looks like one.
var mediaTypes = regexp.MustCompile(`^[a-z]{1,20}/[a-z0-9.+-]{1,60}$`)

func mediaType(s string) string {
	if mediaTypes.MatchString(s) {
		return s
	}
	return "application/octet-stream"
}
