package ai

import (
	"context"
	"errors"
	"fmt"
	"io"
	"runtime/debug"
	"sync"
	"time"

	"alleato/ai/model"
	"alleato/store"
)

// job is one reply being written.
type job struct {
	r       *Runner
	stream  *store.Stream
	message string // id
	request model.Request
	// document is the kind of a document that the person asked for by a command, title what they said.
	document, title string
	about           about        // what the question is about
	calls           int          // of tools, so far
	spent           *model.Usage // by the tools' own model calls; nil while there was none that was counted
	cancel          context.CancelCauseFunc
	ctx             context.Context
	done            chan struct{}

	mu    sync.Mutex
	draft *draft
	dirty bool // the draft has grown since it was last saved
	// writing is the document that a tool is writing at this moment.
	writing *writing
	ended   bool // the log takes no more chunks
}

// ending is the state in which a reply ends.
type ending struct {
	status, finishReason string
	failure              *store.MessageError
	usage                store.Usage
}

// prepare makes the job of a reply and begins its log.
func (r *Runner) prepare(reply *store.Reply, request model.Request) (*job, error) {
	j := &job{
		r: r, stream: reply.Stream, message: reply.Answer.ID, request: request,
		done: make(chan struct{}), draft: newDraft(r.Store.Now),
	}
	first := [][]byte{startChunk(j.message), startStepChunk()}
	if reply.Continue {
		first = append(first, j.draft.resume(reply.Answer.Parts)...)
	}
	timed, stopTimer := context.WithTimeout(r.base, r.Total)
	ctx, cancel := context.WithCancelCause(timed)
	j.ctx, j.cancel = ctx, func(cause error) { cancel(cause); stopTimer() }
	if err := j.append(first...); err != nil {
		j.cancel(err)
		return nil, err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.jobs[j.stream.ID] = j
	return j, nil
}

// discard takes back a job whose reply could not be saved.
func (j *job) discard() error {
	defer close(j.done)
	j.leave()
	return j.r.KV.End(context.WithoutCancel(j.ctx), j.stream.ID)
}

// launch writes the reply in a goroutine of its own.
func (j *job) launch() {
	j.r.guard("reply", func() {
		defer close(j.done)
		defer j.leave()
		j.finish(j.write())
	})
}

func (j *job) leave() {
	j.cancel(nil)
	j.r.mu.Lock()
	delete(j.r.jobs, j.stream.ID)
	j.r.mu.Unlock()
}

// append adds chunks to the log, for every reader at once.
func (j *job) append(chunks ...[]byte) error {
	return j.r.KV.Append(context.WithoutCancel(j.ctx), j.stream.ID, chunks...)
}

// write runs the model calls. A panic in it fails this reply and no other.
func (j *job) write() (end ending) {
	defer func() {
		if p := recover(); p != nil {
			j.r.Log.Error("panic in a reply", "stream", j.stream.ID, "panic", p, "stack", string(debug.Stack()))
			end = failed("internal", "Something went wrong while writing this reply. Try again.")
		}
	}()
	end = j.steps()
	if j.spent != nil {
		end.addUsage(*j.spent)
	}
	return end
}

// spend counts what a tool's own model call took, as the provider reports it: it is the reply's too.
func (j *job) spend(u *model.Usage) {
	if u == nil || *u == (model.Usage{}) {
		return
	}
	if j.spent == nil {
		j.spent = new(model.Usage)
	}
	j.spent.InputTokens += u.InputTokens
	j.spent.OutputTokens += u.OutputTokens
}

func (j *job) take(delta model.Delta) error {
	if delta.Reasoning == "" && delta.Text == "" {
		return nil
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	var chunks [][]byte
	if delta.Reasoning != "" {
		chunks = j.draft.add("reasoning", clean(delta.Reasoning))
	}
	if delta.Text != "" {
		chunks = append(chunks, j.draft.add("text", clean(delta.Text))...)
	}
	j.dirty = true
	return j.append(chunks...)
}

func failed(code, message string) ending {
	return ending{status: store.StatusFailed, failure: &store.MessageError{Code: code, Message: message}}
}

// endingOf says in which state an error leaves the reply: a refusal of the model is a failure, a
// stream that breaks off or falls silent is an interruption, and either keeps the text so far.
func (j *job) endingOf(err error, end ending) ending {
	var refusal *model.Error
	cause := context.Cause(j.ctx)
	interrupted := func(code, message string) ending {
		end.status, end.failure = store.StatusInterrupted, &store.MessageError{Code: code, Message: message}
		return end
	}
	switch {
	case errors.Is(err, io.EOF):
		return j.complete(end)
	case errors.Is(cause, errStopped):
		end.status = store.StatusStopped
		return end
	case errors.Is(cause, errShutdown):
		return interrupted("interrupted", "The server was restarted while this reply was being written. What was written is kept.")
	case errors.Is(cause, context.DeadlineExceeded):
		return interrupted("time_limit", fmt.Sprintf("The reply was cut off after %s, the longest a reply may take. What was written is kept.", j.r.Total))
	case errors.As(err, &refusal):
		end.status, end.failure = store.StatusFailed, &store.MessageError{Code: refusal.Code, Message: refusal.Message}
		return end
	case errors.Is(err, model.ErrIdle):
		return interrupted("model_silent", "The model fell silent, so the reply was cut off. What was written is kept.")
	case errors.Is(err, model.ErrTooLong):
		return interrupted("output_limit", "The reply grew past the longest that is kept, so it was cut off. What was written is kept.")
	case errors.Is(err, model.ErrCut):
		return interrupted("model_cut", "The connection to the model broke off. What was written is kept.")
	}
	j.r.Log.Error("a reply ended in an unknown error", "stream", j.stream.ID, "error", err)
	return interrupted("internal", "Something went wrong while writing this reply. What was written is kept.")
}

func (j *job) complete(end ending) ending {
	j.mu.Lock()
	empty := j.draft.open == nil && len(j.draft.parts) == 1
	j.mu.Unlock()
	if empty {
		return failed("empty", "The model sent an empty reply. Try again, or choose another model.")
	}
	end.status = store.StatusComplete
	return end
}

// finish saves the reply, then ends its log: a reader that sees the end finds the saved message.
// The database is spoken to without the lock, so that a slow one holds up this reply alone.
func (j *job) finish(end ending) {
	if err := j.endDocument("", true); err != nil { // left by a panic: else it has ended before
		j.r.Log.Error("a document that was being written could not be saved", "stream", j.stream.ID, "error", err)
	}
	last, final := j.seal(end)
	switch err := j.save(final); {
	case store.CodeOf(err) == store.NotFound: // the chat was deleted meanwhile
	case err != nil:
		j.r.Log.Error("a finished reply could not be saved", "stream", j.stream.ID, "error", err)
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	j.ended = true
	metadata := metadataOf(j.request.Model, end.usage)
	if err := j.append(append(last, endChunks(end.status, end.finishReason, end.failure, metadata)...)...); err != nil {
		j.r.Log.Error("a reply's log could not be ended", "stream", j.stream.ID, "error", err)
	}
	if err := j.r.KV.End(context.WithoutCancel(j.ctx), j.stream.ID); err != nil {
		j.r.Log.Error("a reply's log could not be closed", "stream", j.stream.ID, "error", err)
	}
}

// seal closes the draft and returns its last chunks and what is to be saved.
func (j *job) seal(end ending) (last [][]byte, final store.Finish) {
	j.mu.Lock()
	defer j.mu.Unlock()
	last = append(j.draft.close(), j.draft.endCalls()...)
	j.dirty = false
	return last, store.Finish{
		StreamID: j.stream.ID, ChatID: j.stream.ChatID, MessageID: j.message, Status: end.status,
		PartsJSON: j.draft.json(), Text: j.draft.text(), Error: end.failure, Usage: end.usage, FinishReason: end.finishReason,
	}
}

// save tries until the database takes the reply, for one that is locked, full or away must not lose
// it: the job stays, and with it the log and the text. Only a shutdown gives up, after some tries more.
func (j *job) save(f store.Finish) error {
	return j.persist(func(ctx context.Context) error { return j.r.Store.FinishReply(ctx, f) })
}

// persist is save for anything that must not be lost.
func (j *job) persist(save func(context.Context) error) error {
	const patience = 3 // tries after the server has begun to go
	wait := 100 * time.Millisecond
	for last := 0; ; {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(j.ctx), 5*time.Second)
		err := save(ctx)
		cancel()
		if store.CodeOf(err) != store.Unavailable {
			return err
		}
		if j.r.base.Err() != nil {
			if last++; last > patience {
				return err
			}
		}
		j.r.Log.Warn("what was written could not be saved yet", "stream", j.stream.ID, "error", err)
		select {
		case <-time.After(wait):
		case <-j.r.base.Done():
			time.Sleep(100 * time.Millisecond)
		}
		wait = min(2*wait, 5*time.Second)
	}
}

// announceTitle tells the readers of a running reply that its chat has a title.
func (j *job) announceTitle(title string) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.ended {
		return nil
	}
	return j.append(titleChunk(j.stream.ChatID, title))
}
