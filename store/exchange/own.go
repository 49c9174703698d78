package exchange

import (
	"encoding/json"
	"io"
	"time"

	"alleato/store"
)

// Alleato's archive is a zip with data.json in it and the files' bytes under files/. data.json is
//
//	{"format":"alleato","version":1,"exportedAt","user","settings","avatar": a path or missing,
//	 "files":[{id,name,contentType,size,sha256,createdAt,path}],
//	 "chats":[{…the chat, "messages":[every one, a parent before its children], "votes":[{chatId,messageId,type}]}],
//	 "documents":[every version of each, the oldest first], "suggestions":[…]}
//
// in this order, with the nouns as the API has them. Keys that a reader does not know it passes over.

// ownFile is an entry of "files" in data.json.
type ownFile struct {
	ID          string    `json:"id"`
	Name        string    `json:"name"`
	ContentType string    `json:"contentType"`
	Size        int64     `json:"size"`
	SHA256      string    `json:"sha256"`
	CreatedAt   time.Time `json:"createdAt"`
	// Path is where the bytes are in the zip archive.
	Path string `json:"path"`
}

// ownChat is an entry of "chats" in data.json: the chat, every message of it, and the votes.
type ownChat struct {
	store.Chat
	Messages []store.Message `json:"messages"`
	Votes    []ownVote       `json:"votes"`
}

// Avatar is the picture of the person whose archive it is, after a Read.
func (a *Archive) Avatar() (Attachment, bool) {
	entry := a.entries[a.avatar]
	return Attachment{Name: baseName(a.avatar), Open: func() (io.ReadCloser, error) { return a.open(entry) }}, entry != nil
}

// maxSettings are the bytes that settings may take.
const maxSettings = 64 << 10

type ownVote struct {
	MessageID string `json:"messageId"`
	Type      string `json:"type"`
}

// own reads Alleato's data.json, whose files come before its chats.
func (r *reading) own(d *json.Decoder, w *window) error {
	isOwn := false
	for d.More() {
		w.left = maxElement
		key, err := d.Token()
		if err != nil {
			return r.broken(err)
		}
		switch {
		case key == "format":
			var format string
			if err = d.Decode(&format); err == nil && format != Alleato {
				return refuse("The file is of a format that is not known here.", taken)
			}
			isOwn = true
		case !isOwn:
			return refuse("The file is of a format that is not known here.", taken)
		case key == "version":
			var n int
			if err = d.Decode(&n); err == nil && n > version {
				return refuse("The file was made by a newer Alleato.", "Import it on a server of that version.")
			}
		case key == "settings":
			var settings json.RawMessage
			if err = d.Decode(&settings); len(settings) <= maxSettings {
				r.a.Settings = settings
			}
		case key == "avatar":
			err = d.Decode(&r.a.avatar)
		case key == "files":
			err = r.elements(d, w, r.ownFile)
		case key == "chats":
			r.a.Format = Alleato
			err = r.elements(d, w, r.ownChat)
		case key == "documents":
			err = r.elements(d, w, r.ownDocument)
		case key == "suggestions":
			err = r.elements(d, w, r.ownSuggestion)
		default:
			var other json.RawMessage
			err = d.Decode(&other)
		}
		if err != nil {
			return r.broken(err)
		}
	}
	_, err := d.Token()
	return r.broken(err)
}

// elements reads a list with its brackets.
func (r *reading) elements(d *json.Decoder, w *window, element func(*json.Decoder) error) error {
	token, err := d.Token()
	if err != nil {
		return err
	}
	if token != json.Delim('[') {
		return refuse("The file is damaged: a list is missing in it.", taken)
	}
	return r.list(d, w, element)
}

func (r *reading) ownFile(d *json.Decoder) error {
	var f ownFile
	if err := decode(d, &f); err != nil {
		return err
	}
	if len(r.a.files) < maxEntries && store.ValidID(f.ID) && len(f.Name) <= store.MaxFileName && len(f.Path) <= 100 {
		r.a.files[f.ID] = ownFile{Name: f.Name, Path: f.Path}
	}
	return nil
}

func (r *reading) ownChat(d *json.Decoder) error {
	var from ownChat
	if err := decode(d, &from); err != nil {
		return err
	}
	c := newChat(Alleato, from.ID)
	c.Title, c.Model, c.Pinned = from.Title, from.Model, from.PinnedAt != nil
	c.CreatedAt = when(from.CreatedAt, r.now, r.now)
	c.UpdatedAt = when(from.UpdatedAt, c.CreatedAt, r.now)
	c.Votes = map[string]bool{}
	for _, v := range from.Votes {
		c.Votes[v.MessageID] = v.Type == "up"
	}
	c.keepOwn(r.a, from.Messages, deref(from.HeadID), r.now)
	return r.give(c)
}

// keepOwn takes messages in the order in which they are: a parent before its children, siblings as they
// were made.
func (c *Chat) keepOwn(a *Archive, messages []store.Message, head string, now time.Time) {
	there := map[string]bool{}
	for i := range messages {
		m := messages[i]
		switch {
		case m.Role != "user" && m.Role != "assistant":
			c.Left.add(LeftSystem, 1)
			continue
		case !store.ValidID(m.ID) || there[m.ID] || (m.ParentID != nil && !there[*m.ParentID]):
			c.Left.add(LeftLost, 1)
			continue
		case len(c.Messages) == maxMessages:
			c.Left.add(LeftBeyond, 1)
			continue
		}
		for j := range m.Parts {
			if p := &m.Parts[j]; p.Type == "file" {
				c.ownAttachment(a, p.FileID)
			}
		}
		created := when(m.CreatedAt, c.CreatedAt, now)
		finished := created
		if m.FinishedAt != nil {
			finished = when(*m.FinishedAt, created, now)
		}
		parts := c.tidy(m.Parts)
		kept := store.Message{ID: m.ID, ParentID: m.ParentID, Role: m.Role, Parts: parts[:min(len(parts), maxParts)], Status: store.StatusComplete,
			Usage: m.Usage, CreatedAt: created, FinishedAt: &finished}
		// a reply that was cut off can go on here too; why one failed is text of a stranger's
		if m.Role == "assistant" && (m.Status == store.StatusStopped || m.Status == store.StatusInterrupted) {
			kept.Status = m.Status
		} else if m.Role == "assistant" && m.Status != store.StatusComplete {
			kept.Status = store.StatusInterrupted
		}
		if m.Model != nil && m.Role == "assistant" && len(*m.Model) <= 200 {
			kept.Model = m.Model
		}
		there[m.ID] = true
		c.Messages = append(c.Messages, kept)
	}
	if len(c.Messages) > 0 {
		c.HeadID = c.Messages[len(c.Messages)-1].ID
	}
	if there[head] {
		c.HeadID = head
	}
}

func (c *Chat) ownAttachment(a *Archive, id string) {
	f, known := a.files[id]
	entry := a.entries[f.Path]
	if known && entry != nil {
		a.used[id] = true
		c.Files[id] = Attachment{Name: fileName(f.Name), Open: func() (io.ReadCloser, error) { return a.open(entry) }}
	}
}

// File is a file of Alleato's own archive by its id there, after a Read.
func (a *Archive) File(id string) (Attachment, bool) {
	f, known := a.files[id]
	entry := a.entries[f.Path]
	if !known || entry == nil {
		return Attachment{}, false
	}
	return Attachment{Name: fileName(f.Name), Open: func() (io.ReadCloser, error) { return a.open(entry) }}, true
}

// Loose are the files of Alleato's own archive that no message has, after a Read.
func (a *Archive) Loose() map[string]Attachment {
	loose := map[string]Attachment{}
	for id, f := range a.files {
		if entry := a.entries[f.Path]; entry != nil && !a.used[id] {
			loose[id] = Attachment{Name: fileName(f.Name), Open: func() (io.ReadCloser, error) { return a.open(entry) }}
		}
	}
	return loose
}

func deref(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}
