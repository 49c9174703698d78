// Package exchange owns the forms in which a person's chats leave and come: Alleato's own archive, CSV and
// Markdown out; the archive, ChatGPT's and Open WebUI's exports in. It reads and writes streams and imports
// store, for the nouns and for what it writes out; it knows no HTTP, and must not import handlers or ai.
//
// What comes in is a stranger's: only questions and answers are taken from it, as text, reasoning and files,
// with the ids, times and lengths that ours have; everything is bounded, zip archives in the number of their
// entries, in what these unpack to, and in how much smaller than that they are.
package exchange

import (
	"io"
	"time"

	"alleato/store"
)

// The formats that are read.
const (
	Alleato   = "alleato"
	ChatGPT   = "chatgpt"
	OpenWebUI = "openwebui"
)

// version is of the archive's data.json. A reader takes its own and older ones.
const version = 1

const (
	// maxElement is the largest chat in a file, in bytes of JSON: it is in memory whole.
	maxElement = 32 << 20
	// maxUnpacked is what all entries of a zip archive may be together, in bytes.
	maxUnpacked = 2 << 30
	// maxEntries are the files in a zip archive.
	maxEntries = 20_000
	// maxDirectory is what the list of its files may take, in bytes: it is in memory whole.
	maxDirectory = 16 << 20
	// maxRatio is how much larger than its packed form a large entry may be.
	maxRatio = 200
	// smallEntry is what may be packed as tightly as it likes, in bytes.
	smallEntry = 16 << 20
	// maxMessages of a chat, maxParts of a message, maxText of a part in characters.
	maxMessages = 20_000
	maxParts    = 100
	maxText     = 200_000
)

// What of a file is not taken, as the report says it to people.
const (
	LeftSystem      = "system messages and custom instructions"
	LeftTools       = "messages to and from tools"
	LeftEmpty       = "messages that hold nothing"
	LeftRecaps      = "notes of how long the model thought"
	LeftParts       = "parts of messages of a kind that is not known here"
	LeftFiles       = "attachments whose bytes are not in the file"
	LeftLost        = "messages that hang on to no other"
	LeftCut         = "texts cut at 200,000 characters"
	LeftBeyond      = "messages beyond the 20,000 that a chat may have"
	LeftEmptyChats  = "chats without a message"
	LeftUnknown     = "entries that are no chats"
	LeftFileRefused = "attachments that are not taken here, or for which there is no space"
	LeftNoSpace     = "chats and versions of documents for which there is no space"
	LeftForeign     = "chats whose id is in use"
	LeftDocuments   = "versions of documents that break a rule of this server"
	LeftDeleted     = "chats that you deleted a moment ago"
)

// Tally counts what was not taken, by the words above.
type Tally map[string]int

func (t Tally) add(what string, n int) {
	if n > 0 {
		t[what] += n
	}
}

// Chat is a chat as it comes, with the id that it has at its source.
type Chat struct {
	store.ImportedChat
	Source string // the format, under which its id is unique
	// Files are the attachments whose bytes are there, by the FileID in the messages' parts.
	Files map[string]Attachment
	Left  Tally
}

// Attachment is a file that a chat brings.
type Attachment struct {
	Name string
	Open func() (io.ReadCloser, error)
}

// when keeps a time of the source within reason; none is the fallback.
func when(t, fallback, now time.Time) time.Time {
	if t.IsZero() || t.Year() < 2000 {
		t = fallback
	}
	if t.After(now) {
		return now
	}
	return t.UTC().Truncate(time.Microsecond)
}

// seconds makes a time of a Unix time, in seconds or milliseconds: files have both.
func seconds(n float64) time.Time {
	switch {
	case n <= 0 || n > 1e14:
		return time.Time{}
	case n > 1e11:
		n /= 1000
	}
	return time.UnixMicro(int64(n * 1e6)).UTC()
}
