package handlers

import (
	"bytes"
	"context"
	"strconv"
	"time"

	"github.com/gofiber/fiber/v2"

	"alleato/store"
	"alleato/store/kv"
	"alleato/views"
)

// replayWindow is how long after its end a chat's stream still answers with the reply: a page that
// loaded its history just before the end must not miss it.
const replayWindow = 30 * time.Second

// chatStream resumes the reply in progress. Nothing to resume is a 204 for programs (anything else
// is an error to useChat), and an empty stream that ends for htmx (which would repeat on a 204).
func (s *Server) chatStream(c *fiber.Ctx) error {
	ctx, cancel := s.ctx()
	defer cancel()
	chat, err := s.readable(c, ctx, c.Params("id"))
	if err == nil {
		var stream *store.Stream
		if stream, err = s.resumable(c, ctx, chat); err == nil {
			return s.sendStream(c, stream, 0)
		}
	}
	if store.CodeOf(err) != store.NotFound {
		return err
	}
	if isHTMX(c) {
		return s.stream(c, permit{}, func(e *eventStream) error { return e.done() })
	}
	return c.SendStatus(fiber.StatusNoContent)
}

func (s *Server) resumable(c *fiber.Ctx, ctx context.Context, chat *store.Chat) (*store.Stream, error) {
	stream, err := s.Options.Store.LastStream(ctx, chat.ID)
	if err == nil {
		err = s.mayWatch(c, ctx, chat, stream)
	}
	if err != nil {
		return nil, err
	}
	if stream.FinishedAt != nil && s.Options.Store.Now().Sub(*stream.FinishedAt) > replayWindow {
		return nil, store.Errorf(store.NotFound, "No reply is being written in this chat.")
	}
	return stream, nil
}

// streamShow reads a reply from its start, or after the number in Last-Event-ID or ?after.
func (s *Server) streamShow(c *fiber.Ctx) error {
	after, err := afterOf(c)
	if err != nil {
		return err
	}
	ctx, cancel := s.ctx()
	defer cancel()
	stream, err := s.Options.Store.Stream(ctx, c.Params("id"))
	if err == nil {
		var chat *store.Chat
		if chat, err = s.readable(c, ctx, stream.ChatID); err == nil {
			err = s.mayWatch(c, ctx, chat, stream)
		}
	}
	if err != nil && isHTMX(c) {
		// any other answer would make the page ask again for ever
		gone := failureEvent(store.Errorf(store.CodeOf(err), "This reply cannot be read any more.").WithHint("Reload the page."))
		return s.stream(c, permit{}, func(e *eventStream) error { e.raw(gone); return e.done() })
	}
	if store.CodeOf(err) == store.NotFound && callOf(c).user == nil && callOf(c).api {
		return unauthenticated()
	}
	if err != nil {
		return err
	}
	return s.sendStream(c, stream, after)
}

func afterOf(c *fiber.Ctx) (int64, error) {
	text := c.Get("Last-Event-ID")
	if text == "" {
		text = c.Query("after")
	}
	if text == "" {
		return 0, nil
	}
	after, err := strconv.ParseInt(text, 10, 64)
	if err != nil || after < 0 {
		return 0, malformed("after must be a whole number, 0 or more.")
	}
	return after, nil
}

// sendStream answers with a reply as it is written: chunks for programs, HTML frames for htmx.
func (s *Server) sendStream(c *fiber.Ctx, stream *store.Stream, after int64) error {
	c.Set("X-Stream-Id", stream.ID)
	if c.Method() == fiber.MethodHead {
		return nil
	}
	may := permit{callOf(c).session, callOf(c).keyID(), callOf(c).reader(), stream.ChatID}
	if isHTMX(c) {
		return s.sendFrames(c, stream, may)
	}
	cursor, err := s.Runner.Follow(s.life, stream, after)
	if err != nil {
		return err
	}
	return s.stream(c, may, func(e *eventStream) error { return s.follow(e, cursor) })
}

// sendFrames shows a reply as HTML: what is there so far, then frame by frame what comes, then the
// finished message as this viewer sees it.
func (s *Server) sendFrames(c *fiber.Ctx, stream *store.Stream, may permit) error {
	page := s.part(c)
	final := s.finalFrame(c, page, stream)
	return s.stream(c, may, func(e *eventStream) error {
		feed, wake, err := s.feeds.join(stream, func(ctx context.Context) (kv.Cursor, error) { return s.Runner.Follow(ctx, stream, 0) })
		if err != nil {
			return err
		}
		defer s.feeds.leave(stream.ID, feed, wake)
		if err := watch(e, feed, wake); err != nil {
			return err
		}
		frame, err := final()
		if err != nil {
			return err
		}
		e.raw(frame)
		return e.done()
	})
}

// watch writes a feed's events until it ends.
func watch(e *eventStream, f *feed, wake chan struct{}) error {
	position := -1
	for {
		events, next, ended := f.since(position)
		position = next
		e.raw(events)
		if len(events) > 0 {
			if err := e.flush(); err != nil {
				return err
			}
		}
		if ended {
			return e.ctx.Err()
		}
		if err := e.wait(wake); err != nil {
			return err
		}
	}
}

// finalFrame gives the finished message for one viewer; it is called after the reply's end and uses
// nothing of c then.
func (s *Server) finalFrame(c *fiber.Ctx, page views.Page, stream *store.Stream) func() ([]byte, error) {
	reader := callOf(c).reader()
	return func() ([]byte, error) {
		ctx, cancel := s.ctx()
		defer cancel()
		chat, err := s.Options.Store.ReadableChat(ctx, reader, stream.ChatID)
		if err != nil {
			return nil, err
		}
		message, err := s.Options.Store.Message(ctx, stream.ChatID, stream.MessageID)
		if err == nil {
			err = s.showCut(ctx, chat.UserID, []store.Message{*message})
		}
		if err != nil {
			return nil, err
		}
		view := views.ChatView{Chat: chat, ReadOnly: chat.UserID != reader, CanContinue: true}
		if err := s.addMarks(ctx, &view); err != nil {
			return nil, err
		}
		var frame bytes.Buffer
		write(&frame, views.FrameFinal(message.ID, views.AssistantMessage(page, *message, view)))
		return frameEvent("", frame.String()), nil
	}
}

func failureEvent(e *store.Error) []byte {
	var frame bytes.Buffer
	write(&frame, views.FrameToast(views.Failure{Status: statusOf[e.Code], Message: e.Message, Hint: e.Hint}))
	return frameEvent("", frame.String())
}

// done tells htmx that the stream has ended for good; without it htmx connects again.
func (e *eventStream) done() error {
	e.raw(frameEvent("done", "ok"))
	return e.flush()
}

func (s *Server) chatStop(c *fiber.Ctx) error {
	ctx, cancel := s.ctx()
	defer cancel()
	chat, err := s.ownChat(c, ctx, c.Params("id"))
	if err != nil {
		return err
	}
	if chat.StreamID != nil {
		if err := s.Runner.Stop(ctx, *chat.StreamID); err != nil {
			return err
		}
	}
	return s.stopped(c, chat.ID)
}

func (s *Server) streamStop(c *fiber.Ctx) error {
	ctx, cancel := s.ctx()
	defer cancel()
	stream, err := s.Options.Store.Stream(ctx, c.Params("id"))
	if err != nil {
		return err
	}
	if _, err := s.ownChat(c, ctx, stream.ChatID); err != nil {
		return err
	}
	if err := s.Runner.Stop(ctx, stream.ID); err != nil {
		return err
	}
	return s.stopped(c, stream.ChatID)
}

// stopped answers a stop. The page has nothing to swap: its stream brings the stopped message.
func (s *Server) stopped(c *fiber.Ctx, chatID string) error {
	return s.send(c, fiber.StatusOK, reply{JSON: success{true}, Goto: s.link("chatShow", chatID), Part: nothing})
}
