package handlers

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/a-h/templ"
	"github.com/gofiber/fiber/v2"

	"alleato/store"
	"alleato/store/exchange"
	"alleato/views"
)

const (
	// importBytes is the largest file of chats, in bytes.
	importBytes = 256 << 20
	// importPatience is how long the answer waits for the report; after that it says where it will be.
	importPatience = 10 * time.Second
)

// anImport is an import as its owner sees it; report is null while it runs.
type anImport struct {
	*store.Transfer
	Report *store.ImportReport `json:"report"`
}

type importOut struct {
	Import anImport `json:"import"`
}

type importsOut struct {
	Imports []anImport `json:"imports"`
}

func importOf(t *store.Transfer) anImport { return anImport{t, t.ImportReport()} }

// importCreate takes a file of chats. What is wrong with the file is answered at once, and a large one goes
// on in the background.
func (s *Server) importCreate(c *fiber.Ctx) error {
	t, err := s.beginImport(c)
	if err != nil {
		return s.accountAgain(c, err, "import")
	}
	status, place := fiber.StatusCreated, "#imports"
	if t.Running() {
		status, place = fiber.StatusAccepted, ""
	}
	c.Set(fiber.HeaderLocation, s.location(c, "importShow", t.ID))
	return s.send(c, status, reply{JSON: importOut{importOf(t)}, Goto: s.link("accountShow") + place, Part: s.importsPart(c)})
}

func (s *Server) beginImport(c *fiber.Ctx) (*store.Transfer, error) {
	ctx, cancel := s.ctx()
	defer cancel()
	user, who := *callOf(c).user, s.payer(c)
	if err := s.limitTransfers(ctx, store.Import, user.ID); err != nil {
		return nil, err
	}
	if err := s.Options.Store.CheckTransfer(ctx, user.ID, store.Import); err != nil { // before 256 MB are read
		return nil, err
	}
	up, err := s.receive(c, importBytes)
	if err != nil {
		return nil, err
	}
	ctx, cancel = s.ctx() // the time for the body is not taken from the time for the file
	defer cancel()
	t, err := s.Options.Store.StartTransfer(ctx, user.ID, store.Import, "", up.name)
	if err != nil {
		return nil, errors.Join(err, up.Close())
	}
	s.audit(c, "import", &user)
	ended := s.begin(t, who, func(ctx context.Context, tell func(float64)) error {
		return errors.Join(s.importFile(ctx, &user, t, up, tell), up.Close())
	})
	select {
	case err = <-ended:
	case <-time.After(importPatience):
	case <-s.life.Done():
	}
	if err != nil {
		return nil, err
	}
	ctx, cancel = s.ctx()
	defer cancel()
	return s.Options.Store.Transfer(ctx, user.ID, store.Import, t.ID)
}

// importer takes the chats of one file.
type importer struct {
	s       *Server
	user    *store.User
	who     string // whose share of the spool the attachments take
	archive *exchange.Archive
	report  store.ImportReport
	left    exchange.Tally
	// chats and documents are what those of the archive are called here.
	chats, documents map[string]string
	room             int64 // for texts, in bytes
}

// importFile reads the file twice: whole, to see that it is, and then chat by chat into the database. So a
// broken file leaves nothing, and neither reading holds more than one chat.
func (s *Server) importFile(ctx context.Context, user *store.User, t *store.Transfer, up *spooled, tell func(float64)) error {
	archive, err := exchange.Open(up, up.size)
	if err != nil {
		return err
	}
	now := s.Options.Store.Now()
	check := func(*exchange.Chat) error { return nil }
	if _, err := archive.Read(ctx, now, check, func(share float64) { tell(share * 0.2) }); err != nil {
		return err
	}
	if archive.Format == "" {
		return store.Errorf(store.Invalid, "There are no chats in the file.").WithField("file").
			WithHint("Alleato's own export, ChatGPT's and Open WebUI's are taken.")
	}
	i := &importer{s: s, user: user, who: up.who, archive: archive, left: exchange.Tally{}, chats: map[string]string{}, documents: map[string]string{}}
	archive.Document = func(d *store.Document) error { return i.version(ctx, d) }
	archive.Suggestion = func(g *store.Suggestion) error { return i.suggestion(ctx, g) }
	if i.room, err = s.textRoom(ctx, user); err != nil {
		return err
	}
	left, err := archive.Read(ctx, now, func(c *exchange.Chat) error { return i.take(ctx, c) }, func(share float64) { tell(0.2 + share*0.8) })
	i.count(left)
	if err == nil {
		err = i.rest(ctx)
	}
	message := ""
	if err != nil && ctx.Err() == nil {
		s.Log.Error("an import stopped half way", "transfer", t.ID, "error", err)
		message = "The import stopped half way. What is there already is whole and is not doubled: start it again."
	} else if err != nil {
		return err
	}
	report, err := json.Marshal(i.summary())
	if err != nil {
		return err
	}
	return s.Options.Store.FinishImport(ctx, t.ID, archive.Format, report, message)
}

// textRoom is how much text a person may import: what the quota for files leaves. Who writes to a model is held
// to messages a day; a file could fill the disk in an hour.
func (s *Server) textRoom(ctx context.Context, user *store.User) (int64, error) {
	_, quota := s.limits(user)
	if quota <= 0 {
		return math.MaxInt64, nil
	}
	files, err := s.Options.Store.Usage(ctx, user.ID)
	if err != nil {
		return 0, err
	}
	texts, err := s.Options.Store.TextSize(ctx, user.ID)
	return quota - files - texts, err
}

func (i *importer) count(left exchange.Tally) {
	for what, n := range left {
		i.left[what] += n
	}
}

// summary is the report, the most frequent of what was left first.
func (i *importer) summary() *store.ImportReport {
	r := i.report
	r.Format, r.Left = i.archive.Format, []store.ImportLeft{}
	for what, n := range i.left {
		r.Left = append(r.Left, store.ImportLeft{What: what, Count: n})
	}
	slices.SortFunc(r.Left, func(a, b store.ImportLeft) int {
		if a.Count != b.Count {
			return b.Count - a.Count
		}
		return strings.Compare(a.What, b.What)
	})
	return &r
}

// take saves a chat under the id that it always has for this person, or what of it is new.
func (i *importer) take(ctx context.Context, c *exchange.Chat) error {
	i.count(c.Left)
	if len(c.Messages) == 0 {
		return nil
	}
	ids := make([]string, 3) // somebody may sit on the first ones
	for n := range ids {
		ids[n] = store.ImportedID(i.user.ID, c.Source, "chat"+strings.Repeat("+", n), c.ID)
	}
	original := ""
	if c.Source == exchange.Alleato {
		original = c.ID // back where it came from
	}
	target, err := i.s.Options.Store.ImportTarget(ctx, i.user.ID, original, ids...)
	switch {
	case store.CodeOf(err) == store.NotFound:
		i.left[exchange.LeftForeign]++
		return nil
	case err != nil:
		return err
	case target.Deleted:
		i.left[exchange.LeftDeleted]++
		return nil
	}
	i.chats[c.ID] = target.ID
	if i.isThere(c, target) {
		i.report.Unchanged++
		return nil
	}
	c.ImportedChat.ID = target.ID
	size := c.Size(target.Known)
	if size > i.room {
		i.left[exchange.LeftNoSpace]++
		return nil
	}
	i.room -= size
	if err := i.attach(ctx, c, target); err != nil {
		return err
	}
	added, err := i.s.Options.Store.ImportChat(ctx, i.user, &c.ImportedChat)
	i.report.Messages += added
	if store.CodeOf(err) == store.NotFound { // deleted at this very moment
		i.left[exchange.LeftDeleted]++
		return nil
	}
	if target.Known == nil {
		i.report.Chats++
	} else {
		i.report.Updated++
	}
	return err
}

func (i *importer) isThere(c *exchange.Chat, target *store.ImportTarget) bool {
	for n := range c.Messages {
		if !target.Known[c.Messages[n].ID] {
			return false
		}
	}
	return true
}

// attach makes files of ours of what the new messages have with them.
func (i *importer) attach(ctx context.Context, c *exchange.Chat, target *store.ImportTarget) error {
	for n := range c.Messages {
		m := &c.Messages[n]
		for p := range m.Parts {
			part := &m.Parts[p]
			attachment, there := c.Files[part.FileID]
			if part.Type != "file" || !there || target.Known[m.ID] {
				continue
			}
			f, err := i.file(ctx, store.ImportedID(i.user.ID, c.Source, "file", target.ID+"/"+part.FileID), target.ID, attachment)
			if err != nil {
				return err
			}
			part.FileID = ""
			if f != nil {
				part.FileID, part.Filename, part.MediaType = f.ID, f.Name, f.ContentType
			}
		}
	}
	return nil
}

// file keeps an attachment through the one function for uploads, unless an earlier import has. One that is
// refused, or for which there is no space, is nil and counted.
func (i *importer) file(ctx context.Context, id, chatID string, attachment exchange.Attachment) (*store.File, error) {
	there, err := i.s.Options.Store.FilesByID(ctx, i.user.ID, []string{id})
	if err != nil {
		return nil, err
	}
	if f := there[id]; f != nil {
		if f.ChatID == nil || *f.ChatID == chatID {
			return f, nil
		}
		return nil, nil
	}
	f, err := i.keep(ctx, id, attachment)
	if err != nil {
		return nil, i.orRefused(err)
	}
	i.report.Files++
	return f, nil
}

func (i *importer) keep(ctx context.Context, id string, attachment exchange.Attachment) (_ *store.File, err error) {
	limit, _ := i.s.limits(i.user)
	up, err := i.open(attachment, limit)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, up.Close()) }()
	return i.s.keepAs(ctx, i.user, up, id)
}

// picture takes the person's own, where there is none.
func (i *importer) picture(ctx context.Context) (err error) {
	attachment, there := i.archive.Avatar()
	if !there || i.user.AvatarFileID != nil {
		return nil
	}
	up, err := i.open(attachment, avatarBytes)
	if err == nil {
		_, err = i.s.keepAvatar(ctx, i.user, up)
		err = errors.Join(err, up.Close())
	}
	return i.orRefused(err)
}

// orRefused counts a file that is not taken; other errors stay.
func (i *importer) orRefused(err error) error {
	switch store.CodeOf(err) {
	case store.Invalid, store.Unsupported, store.TooLarge, store.Conflict:
		i.left[exchange.LeftFileRefused]++
		return nil
	}
	return err
}

// open brings an attachment to the spool.
func (i *importer) open(attachment exchange.Attachment, limit int64) (_ *spooled, err error) {
	content, err := attachment.Open()
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, content.Close()) }()
	return i.s.spool(io.Reader(content), i.who, attachment.Name, limit)
}

// rest takes the files that no message has, the picture and the settings.
func (i *importer) rest(ctx context.Context) error {
	for id, attachment := range i.archive.Loose() {
		own, err := i.s.Options.Store.FilesByID(ctx, i.user.ID, []string{id})
		if err != nil {
			return err
		}
		if own[id] != nil {
			continue
		}
		if _, err := i.file(ctx, store.ImportedID(i.user.ID, exchange.Alleato, "file", id), "", attachment); err != nil {
			return err
		}
	}
	if err := i.picture(ctx); err != nil {
		return err
	}
	from := store.User{Settings: i.archive.Settings}
	if i.user.Model() != "" || from.Model() == "" {
		return nil
	}
	return i.s.Options.Store.SetModel(ctx, i.user.ID, from.Model())
}

func (s *Server) importList(c *fiber.Ctx) error {
	ctx, cancel := s.ctx()
	defer cancel()
	list, err := s.Options.Store.Transfers(ctx, callOf(c).user.ID, store.Import)
	if err != nil {
		return err
	}
	out := importsOut{Imports: []anImport{}}
	for i := range list {
		out.Imports = append(out.Imports, importOf(&list[i]))
	}
	return s.send(c, fiber.StatusOK, reply{JSON: out, Goto: s.link("accountShow") + "#imports", Part: s.importsPart(c)})
}

func (s *Server) importShow(c *fiber.Ctx) error {
	ctx, cancel := s.ctx()
	defer cancel()
	t, err := s.Options.Store.Transfer(ctx, callOf(c).user.ID, store.Import, c.Params("id"))
	if err != nil {
		return err
	}
	return s.send(c, fiber.StatusOK, reply{JSON: importOut{importOf(t)}, Goto: s.link("accountShow") + "#imports", Part: s.importsPart(c)})
}

func (s *Server) importsPart(c *fiber.Ctx) func() (templ.Component, error) {
	return func() (templ.Component, error) {
		ctx, cancel := s.ctx()
		defer cancel()
		list, err := s.Options.Store.Transfers(ctx, callOf(c).user.ID, store.Import)
		return views.Imports(s.part(c), list, zone(c)), err
	}
}
