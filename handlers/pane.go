package handlers

import (
	"context"
	"strconv"

	"github.com/a-h/templ"
	"github.com/gofiber/fiber/v2"

	"alleato/store"
	"alleato/views"
)

// inPane: a fragment is asked for by the pane beside a chat.
func inPane(c *fiber.Ctx) bool { return c.Query("pane") == "1" }

// goneFromPane is what the pane shows of a document that was deleted, which is how it learns to close. Elsewhere
// the browser goes to another page.
func goneFromPane(c *fiber.Ctx) func() (templ.Component, error) {
	if inPane(c) {
		return nothing
	}
	return nil
}

// besideChat is the document that ?document names, at ?version, if it is one of the chat's and the caller
// may read it. An address that names another is still the chat's: it shows the chat alone, and the newest
// version in the place of one that is not there.
func (s *Server) besideChat(c *fiber.Ctx, ctx context.Context, chat *store.Chat) (*views.DocumentView, error) {
	id := c.Query("document")
	if id == "" {
		return nil, nil
	}
	version, err := strconv.Atoi(c.Query("version"))
	if err != nil || version < 0 {
		version = 0
	}
	d, err := s.Options.Store.ReadableDocument(ctx, callOf(c).reader(), id, version)
	if store.CodeOf(err) == store.NotFound && version != 0 {
		d, err = s.Options.Store.ReadableDocument(ctx, callOf(c).reader(), id, 0)
	}
	if store.CodeOf(err) == store.NotFound || (err == nil && (d.ChatID == nil || *d.ChatID != chat.ID)) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	view, err := s.documentView(c, ctx, d)
	view.Pane, view.Edit, view.ShareOpen = true, false, false // ?share is the chat's
	return &view, err
}

// addStream names the reply that is writing the document to those who may read it.
func (s *Server) addStream(c *fiber.Ctx, ctx context.Context, v *views.DocumentView) error {
	if v.Document.StreamID == nil || v.Document.ChatID == nil {
		return nil
	}
	chat, err := s.Options.Store.ReadableChat(ctx, callOf(c).reader(), *v.Document.ChatID)
	if err == nil {
		var stream *store.Stream
		if stream, err = s.Options.Store.Stream(ctx, *v.Document.StreamID); err == nil {
			if err = s.mayWatch(c, ctx, chat, stream); err == nil {
				v.StreamID = stream.ID
			}
		}
	}
	if store.CodeOf(err) == store.NotFound {
		return nil
	}
	return err
}
