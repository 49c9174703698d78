package handlers

import (
	"context"

	"github.com/gofiber/fiber/v2"

	"alleato/store"
)

// mayWatch hides from the readers of a public chat what is written on a branch that is not shown.
func (s *Server) mayWatch(c *fiber.Ctx, ctx context.Context, chat *store.Chat, stream *store.Stream) error {
	if chat.UserID == callOf(c).reader() || (chat.HeadID != nil && *chat.HeadID == stream.MessageID) {
		return nil
	}
	shown := false
	if chat.HeadID != nil {
		var err error
		if shown, err = s.Options.Store.InBranch(ctx, chat.ID, *chat.HeadID, stream.MessageID); err != nil {
			return err
		}
	}
	if !shown {
		return store.Errorf(store.NotFound, "There is no such reply.")
	}
	return nil
}

// auditSharing notes that a chat can be read by anyone with the link from now on, or no longer.
func (s *Server) auditSharing(c *fiber.Ctx, chat *store.Chat) {
	action := "share"
	if chat.Visibility == store.Private {
		action = "unshare"
	}
	s.auditOf(c, action, chat.ID, callOf(c).user)
}
