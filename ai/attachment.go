package ai

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"alleato/ai/model"
	"alleato/store"
	"alleato/store/blob"
)

// Bounds of what attachments add to a conversation.
const (
	// MaxFiles is how many files a message may have.
	MaxFiles = 10
	// maxFileText is the most text of one file that a model gets, in bytes.
	maxFileText = 100_000
	// maxText is the most text of all files of a conversation, newest first. A model with a small
	// window gets less: half its window, at about four bytes a token.
	maxText = 300_000
	// maxImages is how many pictures of a conversation a model gets, the newest.
	maxImages = 8
	// maxImageBytes is the largest picture that a model gets.
	maxImageBytes = 8 << 20
)

// findFiles reads the files that a turn names. One that is not the sender's is not there.
func (r *Runner) findFiles(ctx context.Context, t Turn, p *plan) error {
	if len(t.Files) == 0 {
		return nil
	}
	ids := slices.Compact(slices.Clone(t.Files))
	if len(ids) > MaxFiles {
		return store.Errorf(store.Invalid, "A message may have %d files at most.", MaxFiles).WithField("files")
	}
	found, err := r.Store.FilesByID(ctx, t.User.ID, ids)
	if err != nil {
		return err
	}
	for _, id := range ids {
		f := found[id]
		if f == nil || f.Bucket != store.Uploads {
			return store.Errorf(store.NotFound, "There is no such file.").WithField("files")
		}
		if !slices.Contains(p.files, f) {
			p.files = append(p.files, f)
		}
	}
	return nil
}

// fileParts are the parts of a message for its files; where they can be read is said when they are shown.
func fileParts(files []*store.File) []store.Part {
	var parts []store.Part
	for _, f := range files {
		parts = append(parts, store.Part{Type: "file", MediaType: f.ContentType, Filename: f.Name, FileID: f.ID})
	}
	return parts
}

// parts are those of the new question: what it is about, its files and its text.
func (p *plan) parts(text string) []store.Part {
	return slices.Concat(p.about.parts(), fileParts(p.files), textParts(text))
}

// sameFiles: a retry brings the same bytes, perhaps under other ids.
func (r *Runner) sameFiles(ctx context.Context, userID string, known *store.Message, files []*store.File) (bool, error) {
	ids := store.FileIDs(*known)
	if len(ids) != len(files) {
		return false, nil
	}
	before, err := r.Store.FilesByID(ctx, userID, ids)
	for i, id := range ids {
		if before[id] == nil || before[id].SHA256 != files[i].SHA256 {
			return false, err
		}
	}
	return true, err
}

// takeFiles makes copies of the files that belong to other chats: a file lives and dies with its chat,
// and is shared with it. undo takes the copies back.
func (r *Runner) takeFiles(ctx context.Context, t Turn, p *plan) (undo func() error, err error) {
	var copies []string
	undo = func() (all error) {
		for _, id := range copies {
			all = errors.Join(all, r.Store.DeleteFile(context.WithoutCancel(ctx), t.User.ID, id))
		}
		return all
	}
	if p.question == nil {
		return undo, nil
	}
	for i, f := range p.files {
		if f.ChatID == nil || *f.ChatID == p.chat.ID {
			continue
		}
		c := r.Store.NewFile(t.User.ID, f.Bucket, f.Name, f.ContentType)
		c.Size, c.SHA256 = f.Size, f.SHA256
		err := r.copyBlobs(ctx, f, c)
		if err == nil {
			err = r.Store.CreateFile(ctx, t.User, c, r.Limits[t.User.Role].StorageBytes)
		}
		if err != nil {
			return undo, errors.Join(err, r.Blobs.Delete(context.WithoutCancel(ctx), c.BlobKeys()...), undo())
		}
		copies = append(copies, c.ID)
		p.files[i] = c
	}
	p.question.Parts = p.parts(p.question.Text)
	return undo, nil
}

func (r *Runner) copyBlobs(ctx context.Context, from, to *store.File) error {
	targets := to.BlobKeys()
	for i, key := range from.BlobKeys() {
		content, err := r.Blobs.Get(ctx, key, 0, -1)
		if errors.Is(err, blob.ErrNotFound) && i > 0 {
			continue
		}
		if err == nil {
			_, err = r.Blobs.Put(ctx, targets[i], content)
			err = errors.Join(err, content.Close())
		}
		if err != nil {
			return unreadable(err)
		}
	}
	return nil
}

func unreadable(err error) error {
	return store.Errorf(store.Unavailable, "A file cannot be read just now.").WithHint("Try again in a moment.").WithCause(err)
}

func textParts(text string) []store.Part {
	if text == "" {
		return nil
	}
	return []store.Part{{Type: "text", Text: text}}
}

// attacher puts the files of a conversation into what the model gets, within bounds.
type attacher struct {
	r      *Runner
	model  model.Info
	files  map[string]*store.File
	text   int // bytes left
	images int // pictures left
}

func (r *Runner) newAttacher(ctx context.Context, userID string, info model.Info, messages []store.Message, mine []*store.File) (*attacher, error) {
	a := &attacher{r: r, model: info, text: maxText, images: maxImages}
	if window := info.ContextWindow * 2; window > 0 {
		a.text = min(a.text, window)
	}
	if r.Blobs == nil {
		return a, nil
	}
	var err error
	if a.files, err = r.Store.FilesByID(ctx, userID, store.FileIDs(messages...)); err != nil {
		return nil, err
	}
	for _, f := range mine { // this turn's, which are being saved only now
		a.files[f.ID] = f
	}
	return a, nil
}

// attach adds the files of one message to its text and pictures. What the model does not get of a file
// is noted in the file's part, for the page.
func (a *attacher) attach(ctx context.Context, parts []store.Part, out *model.Message) error {
	for i := range parts {
		p := &parts[i]
		if p.Type != "file" || p.FileID == "" {
			continue
		}
		f := a.files[p.FileID]
		if f == nil {
			out.Text = joined(out.Text, fmt.Sprintf("[The file %s was attached here and has been deleted since.]", quoted(p.Filename)))
			continue
		}
		note, err := a.file(ctx, f, out)
		if err != nil {
			return err
		}
		if note != "" {
			p.ProviderMetadata = noteJSON(note)
		}
	}
	return nil
}

func (a *attacher) file(ctx context.Context, f *store.File, out *model.Message) (note string, err error) {
	if f.IsImage() {
		return a.image(ctx, f, out)
	}
	key := f.BlobKey
	if f.ContentType == "application/pdf" {
		key = f.TextKey()
	}
	info, err := a.r.Blobs.Stat(ctx, key)
	if errors.Is(err, blob.ErrNotFound) || (err == nil && info.Size == 0) {
		out.Text = joined(out.Text, fmt.Sprintf("[The file %s is attached, but holds no text that can be read.]", quoted(f.Name)))
		return "The model does not see this file: there is no text in it that can be read.", nil
	}
	if err != nil {
		return "", unreadable(err)
	}
	text, err := a.read(ctx, key, min(info.Size, maxFileText, int64(a.text)))
	if err != nil {
		return "", unreadable(err)
	}
	a.text -= len(text)
	if text == "" && info.Size > 0 {
		out.Text = joined(out.Text, fmt.Sprintf("[The file %s is attached, but there was no room left for its text.]", quoted(f.Name)))
		return "The model does not see this file: the other text left no room for it.", nil
	}
	block := "<attachment name=" + quoted(f.Name) + ">\n" + strings.ReplaceAll(text, "</attachment", "< /attachment") + "\n</attachment>"
	if int64(len(text)) < info.Size {
		cut := fmt.Sprintf("%s of its %s of text", store.Bytes(int64(len(text))), store.Bytes(info.Size))
		block += "\n[Only the first " + cut + " are shown.]"
		note = "The model sees only the first " + cut + "."
	}
	out.Text = joined(out.Text, block)
	return note, nil
}

// read gives the first n bytes of a text, whole characters.
func (a *attacher) read(ctx context.Context, key string, n int64) (text string, err error) {
	content, err := a.r.Blobs.Get(ctx, key, 0, n)
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, content.Close()) }()
	b, err := io.ReadAll(content)
	for range utf8.UTFMax - 1 { // the cut may go through a character
		if last, width := utf8.DecodeLastRune(b); last == utf8.RuneError && width == 1 {
			b = b[:len(b)-1]
		}
	}
	return clean(string(b)), err
}

func (a *attacher) image(ctx context.Context, f *store.File, out *model.Message) (note string, err error) {
	if !a.model.Capabilities.Images {
		out.Text = joined(out.Text, fmt.Sprintf("[The picture %s is attached, but you cannot see pictures.]", quoted(f.Name)))
		return "This model does not see pictures.", nil
	}
	if a.images == 0 {
		out.Text = joined(out.Text, fmt.Sprintf("[The picture %s was attached here and is no longer shown to you.]", quoted(f.Name)))
		return fmt.Sprintf("The model sees the newest %d pictures, and not this one.", maxImages), nil
	}
	contentType := "image/jpeg"
	content, err := a.r.Blobs.Get(ctx, f.ViewKey(), 0, maxImageBytes)
	if errors.Is(err, blob.ErrNotFound) { // it is small enough as it is
		contentType = f.ContentType
		content, err = a.r.Blobs.Get(ctx, f.BlobKey, 0, maxImageBytes)
	}
	if err != nil {
		return "", unreadable(err)
	}
	b, err := io.ReadAll(content)
	if err = errors.Join(err, content.Close()); err != nil {
		return "", unreadable(err)
	}
	a.images--
	out.Images = append(out.Images, "data:"+contentType+";base64,"+base64.StdEncoding.EncodeToString(b))
	return "", nil
}

func joined(text, more string) string {
	if text == "" {
		return more
	}
	return text + "\n\n" + more
}

// quoted is a name that cannot end the attribute it stands in.
func quoted(name string) string {
	return `"` + strings.NewReplacer(`"`, "'", "<", "(", ">", ")", "\n", " ").Replace(name) + `"`
}

// noteJSON keeps a note for people where the protocol has a place for it.
func noteJSON(note string) json.RawMessage {
	b, err := json.Marshal(map[string]map[string]string{"alleato": {"note": note}})
	if err != nil {
		return nil // cannot happen: two strings
	}
	return b
}
