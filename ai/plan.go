package ai

import (
	"cmp"
	"context"
	"strings"
	"unicode/utf8"

	"alleato/store"
)

// plan is what a turn comes to once the database has been asked.
type plan struct {
	chat     *store.Chat
	newChat  bool
	question *store.Message // nil: the question is asked already
	parent   *store.Message // the question, when it is
	going    *store.Message // the reply that goes on, for Continue
	files    []*store.File  // of the new question
	about    about          // the document that the question is about
	edited   bool           // the question goes another way than the branch that is shown
	replaces string         // the reply whose place on the page the new one takes
	repeated *Started
}

// asked is the question that the reply answers.
func (p *plan) asked() *store.Message {
	if p.question != nil {
		return p.question
	}
	return p.parent
}

func (r *Runner) plan(ctx context.Context, t Turn) (*plan, error) {
	p := &plan{}
	if t.Trigger == Submit {
		if err := r.findFiles(ctx, t, p); err != nil {
			return nil, err
		}
	}
	if err := r.findChat(ctx, t, p); err != nil {
		return nil, err
	}
	if t.Trigger != Submit {
		return p, r.planOld(ctx, t, p)
	}
	if err := r.findAbout(ctx, t, p); err != nil {
		return nil, err
	}
	if err := checkText(t.Text); err != nil && !(len(p.files) > 0 && strings.TrimSpace(clean(t.Text)) == "") {
		return nil, err
	}
	return p, r.planQuestion(ctx, t, p)
}

// planOld is plan for a question that was asked before.
func (r *Runner) planOld(ctx context.Context, t Turn, p *plan) error {
	find := r.planOn
	if t.Trigger == Regenerate {
		find = r.planAgain
	}
	if err := find(ctx, t, p); err != nil {
		return err
	}
	return r.findAbout(ctx, t, p)
}

func checkText(text string) error {
	switch {
	case !utf8.ValidString(text):
		return store.Errorf(store.Invalid, "The message is not valid UTF-8 text.").WithField("text")
	case strings.TrimSpace(clean(text)) == "":
		return store.Errorf(store.Invalid, "The message is empty.").WithHint("Write something first.").WithField("text")
	case utf8.RuneCountInString(text) > MaxText:
		return store.Errorf(store.Invalid, "The message is longer than %d characters.", MaxText).
			WithHint("Shorten it, or send it in parts.").WithField("text")
	}
	return nil
}

// clean takes out what neither database keeps in text.
func clean(s string) string {
	return strings.ToValidUTF8(strings.ReplaceAll(s, "\x00", ""), "\uFFFD")
}

// findChat finds the sender's chat or prepares a new one.
func (r *Runner) findChat(ctx context.Context, t Turn, p *plan) (err error) {
	p.chat, err = r.Store.Chat(ctx, t.User.ID, t.ChatID)
	if err == nil || store.CodeOf(err) != store.NotFound {
		return err
	}
	if _, err := r.Store.ReadableChat(ctx, t.User.ID, t.ChatID); err == nil {
		return store.Errorf(store.Forbidden, "This chat is somebody else's: you can read it, but not write to it.").
			WithHint("Start a chat of your own.")
	}
	if t.Trigger != Submit {
		return store.Errorf(store.NotFound, "There is no such chat.")
	}
	if !store.ValidID(t.ChatID) {
		return store.Errorf(store.Invalid, "A chat id is 1 to 64 letters, digits, - and _.").WithField("id")
	}
	visibility := t.Visibility
	if visibility != "public" {
		visibility = "private"
	}
	p.newChat = true
	p.chat = &store.Chat{ID: t.ChatID, UserID: t.User.ID, Title: cmp.Or(t.Title, placeholderTitle(nameOf(t.Text, p.files))), Visibility: visibility}
	return nil
}

// nameOf is what a chat is called by that begins with a message: its text, or its first file.
func nameOf(text string, files []*store.File) string {
	if strings.TrimSpace(clean(text)) == "" && len(files) > 0 {
		return files[0].Name
	}
	return text
}

// planAgain finds the question to answer once more: the one named, or that of the reply named, or the
// last one of the shown branch.
func (r *Runner) planAgain(ctx context.Context, t Turn, p *plan) error {
	id := cmp.Or(t.MessageID, deref(p.chat.HeadID))
	for id != "" {
		m, err := r.known(ctx, p, id)
		if err != nil {
			return err
		}
		if m == nil {
			return store.Errorf(store.NotFound, "There is no such message.").WithField("messageId")
		}
		if m.Role == "user" {
			p.parent = m
			return nil
		}
		if id == deref(p.chat.HeadID) {
			p.replaces = id
		}
		id = deref(m.ParentID)
	}
	return store.Errorf(store.Invalid, "There is no message to answer again.").WithHint("Send a message first.")
}

// planOn finds the reply that was cut short, or ended at the model's limit, and is to go on, and its
// question.
func (r *Runner) planOn(ctx context.Context, t Turn, p *plan) error {
	refusal := store.Errorf(store.Conflict, "This reply cannot go on: it is complete, or no reply.").
		WithHint("Ask for more in a new message.").WithField("messageId")
	m, err := r.known(ctx, p, cmp.Or(t.MessageID, deref(p.chat.HeadID)))
	if err != nil {
		return err
	}
	if m == nil || m.Role != "assistant" || m.ParentID == nil || m.Status == store.StatusStreaming || (m.Status == store.StatusComplete && !m.AtLimit()) {
		return refusal
	}
	p.going, p.replaces = m, m.ID
	p.parent, err = r.Store.Message(ctx, p.chat.ID, *m.ParentID)
	return err
}

func deref(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

// planQuestion places the new message in the chat's tree.
func (r *Runner) planQuestion(ctx context.Context, t Turn, p *plan) error {
	q := &store.Message{ChatID: p.chat.ID, ID: store.NewID(), ParentID: p.chat.HeadID, Role: "user",
		Parts: p.parts(clean(t.Text)), Text: clean(t.Text), Status: store.StatusComplete}
	p.question = q
	defer func() { p.edited = !p.newChat && deref(q.ParentID) != deref(p.chat.HeadID) }()
	if t.HasParent {
		q.ParentID = t.ParentID
		if err := r.checkParent(ctx, p); err != nil {
			return err
		}
	}
	if t.MessageID == "" {
		return nil
	}
	if !store.ValidID(t.MessageID) {
		return store.Errorf(store.Invalid, "A message id is 1 to 64 letters, digits, - and _.").WithField("messageId")
	}
	known, err := r.known(ctx, p, t.MessageID)
	switch {
	case err != nil:
		return err
	case known == nil:
		q.ID = t.MessageID
		return nil
	case known.Role != "user":
		return store.Errorf(store.Invalid, "messageId names a reply, which cannot be sent again.").
			WithHint(`To get another reply, use trigger "regenerate-message".`).WithField("messageId")
	}
	if known.Text == q.Text {
		same, err := r.sameFiles(ctx, t.User.ID, known, p.files)
		if err != nil {
			return err
		}
		if same {
			return r.planRetry(ctx, p, known)
		}
	}
	if !t.HasParent {
		q.ParentID = known.ParentID // an edit: a sibling under an id of ours
	}
	return nil
}

func (r *Runner) checkParent(ctx context.Context, p *plan) error {
	if p.question.ParentID == nil {
		return nil
	}
	parent, err := r.known(ctx, p, *p.question.ParentID)
	if err == nil && parent == nil {
		return store.Errorf(store.Invalid, "parentId names no message of this chat.").WithField("parentId")
	}
	return err
}

// known is the chat's message of that id, or nil.
func (r *Runner) known(ctx context.Context, p *plan, id string) (*store.Message, error) {
	if p.newChat || !store.ValidID(id) {
		return nil, nil
	}
	m, err := r.Store.Message(ctx, p.chat.ID, id)
	if store.CodeOf(err) == store.NotFound {
		return nil, nil
	}
	return m, err
}

// planRetry gives the reply that the same message got before, or answers it if it got none.
func (r *Runner) planRetry(ctx context.Context, p *plan, question *store.Message) error {
	p.question, p.parent = nil, question
	stream, err := r.Store.StreamOfAnswer(ctx, p.chat.ID, question.ID)
	if store.CodeOf(err) == store.NotFound {
		return nil
	}
	if err != nil {
		return err
	}
	p.repeated, err = r.started(ctx, p.chat.UserID, stream)
	return err
}
