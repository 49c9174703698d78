package ai

import (
	"cmp"
	"context"
	"errors"

	"alleato/ai/model"
	"alleato/store"
)

// MaxText is the longest message a person may send, in characters.
const MaxText = 100_000

// Triggers of a turn, as the npm package `ai` names them.
const (
	Submit     = "submit-message"
	Regenerate = "regenerate-message"
	// Continue is ours: the same message goes on from its kept text.
	Continue = "continue-message"
)

// Turn is what a person asks for: a new message, an edited one, or another answer to an old one.
type Turn struct {
	User   *store.User
	ChatID string
	// Title and Visibility apply to a chat that the turn creates; with a title none is asked for.
	Title, Visibility string
	// Model writes this reply and, unless another is asked for, the next ones.
	Model   string
	Trigger string
	// Text is the message; Submit alone takes one.
	Text string
	// Files are the ids of the sender's uploads that go with the text.
	Files []string
	// MessageID is the client's id of the message sent, or names the message to edit, regenerate or continue.
	MessageID string
	// ParentID is the message to branch from; HasParent tells null (a new first message) from absent.
	ParentID  *string
	HasParent bool
	// Document is the kind of a document that the reply is to be, whatever the model can do; "" is none.
	Document string
	// DocumentID is the document that the message is about, which comes into the chat if it is in none;
	// Action is what is asked for with it, by the name of an Action, and Choice what was chosen for that.
	DocumentID, Action, Choice string
	// IdempotencyKey makes a repeat give the same reply; RequestHash tells a repeat from another body.
	IdempotencyKey, RequestHash string
}

// Started is a reply that has begun.
type Started struct {
	Stream   *store.Stream
	Chat     *store.Chat
	Question *store.Message
	Answer   *store.Message
	NewChat  bool
	// Asked is true when the question was there before.
	Asked bool
	// Edited is true when the question has siblings: what the page shows after its parent is no longer so.
	Edited bool
	// Replaces is the reply whose place on the page this one takes; "" when it comes after all others.
	Replaces string
	// Repeated is true when the turn was a retry and its reply had begun before.
	Repeated bool
}

// Start saves the question, the empty answer and its stream in one transaction, hands the answer to
// the runner and returns. A reply that is running in the chat is stopped first, its text kept.
// Refusals are store.Errors and leave nothing behind.
func (r *Runner) Start(ctx context.Context, t Turn) (*Started, error) {
	if !r.enter() {
		return nil, store.Errorf(store.Unavailable, "The server is restarting.").WithHint("Send the message again in a moment.")
	}
	defer r.work.Done()
	if t.IdempotencyKey != "" { // a chat without an id has another one each time
		defer r.chats.lock("key " + t.User.ID + " " + t.IdempotencyKey)()
	}
	defer r.chats.lock(t.ChatID)()
	if repeated, err := r.repeat(ctx, t); repeated != nil || err != nil {
		return repeated, err
	}
	plan, err := r.plan(ctx, t)
	if err != nil {
		return nil, err
	}
	if plan.repeated != nil {
		return plan.repeated, nil
	}
	return r.begin(ctx, t, plan)
}

// enter counts a start as work that Shutdown waits for, unless it has begun.
func (r *Runner) enter() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closing {
		return false
	}
	r.work.Add(1)
	return true
}

// repeat finds the reply that an earlier request with the same idempotency key began.
func (r *Runner) repeat(ctx context.Context, t Turn) (*Started, error) {
	if t.IdempotencyKey == "" {
		return nil, nil
	}
	stream, err := r.Store.StreamByIdempotencyKey(ctx, t.User.ID, t.IdempotencyKey)
	if store.CodeOf(err) == store.NotFound {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	if stream.RequestHash == nil || *stream.RequestHash != t.RequestHash {
		return nil, store.Errorf(store.Conflict, "This Idempotency-Key was used for another message.").
			WithHint("Use a new key for each message.")
	}
	return r.started(ctx, t.User.ID, stream)
}

// started describes a reply that has begun before.
func (r *Runner) started(ctx context.Context, userID string, stream *store.Stream) (*Started, error) {
	chat, err := r.Store.Chat(ctx, userID, stream.ChatID)
	if err != nil {
		return nil, err
	}
	answer, err := r.Store.Message(ctx, stream.ChatID, stream.MessageID)
	if err != nil {
		return nil, err
	}
	s := &Started{Stream: stream, Chat: chat, Answer: answer, Repeated: true}
	if answer.ParentID != nil {
		s.Question, err = r.Store.Message(ctx, stream.ChatID, *answer.ParentID)
	}
	return s, err
}

// begin saves the turn and launches its reply. The log and the job exist before the row does: whoever
// finds the row finds a log to follow and a job to stop.
func (r *Runner) begin(ctx context.Context, t Turn, p *plan) (*Started, error) {
	info, err := r.pickModel(ctx, t.Model, p.chat.Model)
	if err != nil {
		return nil, err
	}
	if err := r.Store.CheckLimit(ctx, t.User.ID, p.chat.ID, r.limitOf(t.User)); err != nil {
		return nil, err
	}
	if err := r.stopRunning(ctx, p); err != nil {
		return nil, err
	}
	takeBack, err := r.takeFiles(ctx, t, p)
	if err != nil {
		return nil, err
	}
	history, memoryFrom, err := r.history(ctx, p, info)
	if err != nil {
		return nil, errors.Join(err, takeBack())
	}
	p.chat.Model = info.ID
	reply := r.reply(t, p, info.ID)
	reply.Answer.MemoryFrom = memoryFrom
	request := model.Request{Model: info.ID, Messages: history}
	if info.Capabilities.Tools {
		request.Tools = tools()
	}
	j, err := r.prepare(reply, request)
	if err != nil {
		return nil, errors.Join(err, takeBack())
	}
	j.document, j.title = t.document(p)
	j.about = p.about
	if err := r.Store.StartReply(ctx, reply); err != nil {
		return nil, errors.Join(err, j.discard(), takeBack())
	}
	j.launch()
	question := p.asked()
	if p.newChat && t.Title == "" {
		r.guard("title", func() { r.writeTitle(reply, cmp.Or(question.Text, reply.Chat.Title)) })
	}
	return &Started{Stream: reply.Stream, Chat: reply.Chat, Question: question, Answer: reply.Answer, NewChat: p.newChat, Asked: p.question == nil,
		Edited: p.edited, Replaces: p.replaces}, nil
}

func (r *Runner) reply(t Turn, p *plan, modelID string) *store.Reply {
	question := p.asked().ID
	answer := p.going
	if answer == nil {
		answer = &store.Message{ChatID: p.chat.ID, ID: store.NewID(), ParentID: &question, Role: "assistant",
			Parts: []store.Part{}, Model: &modelID, Status: store.StatusStreaming}
	}
	stream := &store.Stream{ID: store.NewID(), ChatID: p.chat.ID, MessageID: answer.ID, UserID: t.User.ID,
		Node: r.Node, Status: store.StatusStreaming}
	if t.IdempotencyKey != "" {
		stream.IdempotencyKey, stream.RequestHash = &t.IdempotencyKey, &t.RequestHash
	}
	documentID := ""
	if p.question != nil && p.about.document != nil {
		documentID = p.about.document.ID
	}
	return &store.Reply{User: t.User, Chat: p.chat, NewChat: p.newChat, Question: p.question, Answer: answer,
		Continue: p.going != nil, Stream: stream, Limit: r.limitOf(t.User), DocumentID: documentID}
}

// pickModel takes the model asked for, which must exist, else the chat's, else the default one: a
// chat stays usable when its model is gone.
func (r *Runner) pickModel(ctx context.Context, asked, chats string) (model.Info, error) {
	if asked != "" {
		info, err := r.Models.Find(ctx, asked)
		if errors.Is(err, model.ErrUnknownModel) {
			return info, store.Errorf(store.Invalid, "There is no model %q here.", asked).
				WithHint("Choose another one; GET /models lists them.").WithField("model")
		}
		return info, err
	}
	if chats != "" {
		if info, err := r.Models.Find(ctx, chats); err == nil {
			return info, nil
		}
	}
	return r.Models.Default(ctx)
}

// stopRunning ends the reply that is running in the chat, so that one chat has one reply at a time.
func (r *Runner) stopRunning(ctx context.Context, p *plan) error {
	if p.newChat {
		return nil
	}
	running, err := r.Store.RunningStream(ctx, p.chat.ID)
	if store.CodeOf(err) == store.NotFound {
		return nil
	}
	if err != nil {
		return err
	}
	return r.Stop(ctx, running.ID)
}
