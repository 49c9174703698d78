package exchange

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"alleato/store"
)

func newChat(source, id string) *Chat {
	return &Chat{Source: source, ImportedChat: store.ImportedChat{ID: id}, Files: map[string]Attachment{}, Left: Tally{}}
}

// reading is one walk through the texts of an archive.
type reading struct {
	a     *Archive
	ctx   context.Context
	now   time.Time
	chat  func(*Chat) error
	left  Tally
	chats int   // read so far
	done  int64 // bytes of the texts read
	total int64
	// Tell, if any, hears how much of the texts has been read, 0 to 1.
	tell func(float64)
}

// Read calls chat with every chat of the archive, one at a time, and tell, if not nil, with how much of the
// file is behind it. What is no chat is counted. Broken JSON is an error; chats before it have been given.
func (a *Archive) Read(ctx context.Context, now time.Time, chat func(*Chat) error, tell func(float64)) (Tally, error) {
	r := &reading{a: a, ctx: ctx, now: now, chat: chat, left: Tally{}, tell: tell, total: a.size}
	if len(a.json) == 0 {
		return r.left, r.text(io.NewSectionReader(a.file, 0, a.size))
	}
	r.total = 0
	for _, entry := range a.json {
		r.total += int64(entry.UncompressedSize64)
	}
	for _, entry := range a.json {
		content, err := a.open(entry)
		if err != nil {
			return r.left, err
		}
		if err := errors.Join(r.text(content), content.Close()); err != nil {
			return r.left, err
		}
	}
	return r.left, nil
}

// window gives a text as it is read, at most so much at a time: a decoder holds what it has not taken yet.
type window struct {
	*reading
	from io.Reader
	left int64
}

func (w *window) Read(p []byte) (int, error) {
	if err := w.ctx.Err(); err != nil {
		return 0, err
	}
	if w.left <= 0 {
		return 0, refuse(fmt.Sprintf("Chat %d in the file is larger than 32 MB.", w.chats+1), "Take it out of the file and send the rest.")
	}
	n, err := w.from.Read(p[:min(int64(len(p)), w.left)])
	w.left -= int64(n)
	w.done += int64(n)
	return n, err
}

// text reads one JSON text of any of the formats.
func (r *reading) text(content io.Reader) error {
	buffered := bufio.NewReaderSize(content, 64<<10)
	if head, err := buffered.Peek(3); err == nil && bytes.Equal(head, []byte("\xef\xbb\xbf")) {
		if _, err := buffered.Discard(3); err != nil {
			return err
		}
	}
	w := &window{reading: r, from: buffered, left: maxElement}
	d := json.NewDecoder(w)
	token, err := d.Token()
	switch {
	case err != nil:
		err = r.broken(err)
	case token == json.Delim('['):
		err = r.list(d, w, r.foreign)
	case token == json.Delim('{'):
		err = r.own(d, w)
	default:
		return refuse("The file holds no chats.", taken)
	}
	if err != nil {
		return err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return refuse("There is something after the end of the chats in the file.", "Fetch the export again and send it as it is.")
	}
	return nil
}

// list reads the elements of a list whose beginning is behind, and its end.
func (r *reading) list(d *json.Decoder, w *window, element func(*json.Decoder) error) error {
	for d.More() {
		w.left = maxElement
		if err := element(d); err != nil {
			return r.broken(err)
		}
		if r.tell != nil && r.total > 0 {
			r.tell(min(float64(r.done)/float64(r.total), 1))
		}
	}
	_, err := d.Token()
	return r.broken(err)
}

// broken says where a text ends being JSON; errors of ours stay as they are.
func (r *reading) broken(err error) error {
	var own *store.Error
	if err == nil || errors.As(err, &own) || r.ctx.Err() != nil {
		return err
	}
	var syntax *json.SyntaxError
	var kind *json.UnmarshalTypeError
	if !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) && !errors.As(err, &syntax) && !errors.As(err, &kind) {
		return err
	}
	message := fmt.Sprintf("The file is not whole: it is no JSON after chat %d.", r.chats)
	if r.chats == 0 {
		message = "The file is no JSON."
	}
	return refuse(message, "Nothing was imported. Fetch the export again and send it as it is.").WithCause(err)
}

// decode reads the next value. A few bytes of JSON can make a thing of hundreds: what holds too many is
// refused before it is made.
func decode(d *json.Decoder, into any) error {
	const maxObjects, maxValues = 300_000, 5_000_000
	var raw json.RawMessage
	if err := d.Decode(&raw); err != nil {
		return err
	}
	objects, values, inString := 0, 0, false
	for i := 0; i < len(raw); i++ {
		switch c := raw[i]; {
		case c == '"':
			inString = !inString
		case inString && c == '\\':
			i++
		case inString:
		case c == '{':
			objects++
		case c == ',' || c == '[':
			values++
		}
	}
	if objects > maxObjects || values > maxValues {
		return refuse("A chat in the file has more parts than any conversation.", "Take it out of the file and send the rest.")
	}
	return json.Unmarshal(raw, into)
}

// foreign reads a chat of ChatGPT's or Open WebUI's. One whose fields are of other kinds is left out: the
// decoder has read past it.
func (r *reading) foreign(d *json.Decoder) error {
	var f foreign
	var kind *json.UnmarshalTypeError
	err := decode(d, &f)
	if err != nil && !errors.As(err, &kind) {
		return err
	}
	var c *Chat
	switch {
	case err != nil:
		r.left.add(LeftUnknown, 1)
		return nil
	case len(f.Mapping) > 0:
		c = f.fromChatGPT(r.a, r.now)
	case f.Chat != nil:
		c = f.fromWebUI(r.now)
	case f.ConversationID != "":
		r.left.add(LeftEmptyChats, 1)
		return nil
	default:
		r.left.add(LeftUnknown, 1)
		return nil
	}
	return r.give(c)
}

func (r *reading) give(c *Chat) error {
	r.chats++
	if r.a.Format == "" {
		r.a.Format = c.Source
	}
	if len(c.Messages) == 0 {
		c.Left.add(LeftEmptyChats, 1)
	}
	if c.ID == "" || len(c.ID) > 200 {
		sum := sha256.Sum256(fmt.Appendf(nil, "%s\x00%d\x00%s", c.Title, c.CreatedAt.UnixMicro(), c.HeadID))
		c.ID = hex.EncodeToString(sum[:16])
	}
	return r.chat(c)
}
