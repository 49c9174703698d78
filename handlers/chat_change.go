package handlers

import (
	"context"
	"time"

	"github.com/a-h/templ"
	"github.com/gofiber/fiber/v2"

	"alleato/store"
	"alleato/views"
)

// chatsGone is the answer to deleting all chats; deletedAt is what takes it back.
type chatsGone struct {
	Success   bool      `json:"success"`
	DeletedAt time.Time `json:"deletedAt"`
}

type restoreIn struct {
	DeletedAt string `json:"deletedAt" form:"deletedAt" validate:"required,max=40"`
}

func (s *Server) chatUpdate(c *fiber.Ctx) error {
	var in chatPatch
	if err := s.bind(c, &in); err != nil {
		return err
	}
	if in.HeadID != nil && !store.ValidID(*in.HeadID) {
		return store.Errorf(store.Invalid, "headId names no message of this chat.").WithField("headId")
	}
	ctx, cancel := s.ctx()
	defer cancel()
	was, err := s.ownChat(c, ctx, c.Params("id"))
	if err != nil {
		return err
	}
	chat, err := s.Options.Store.UpdateChat(ctx, callOf(c).user.ID, c.Params("id"), store.ChatPatch{
		Title: in.Title, Visibility: in.Visibility, Model: in.Model, HeadID: in.HeadID, Pinned: in.Pinned})
	if err != nil {
		return err
	}
	if chat.Visibility != was.Visibility {
		s.auditSharing(c, chat)
	}
	if chat.Visibility == store.Private {
		s.checkStreamsOf(chat.ID)
	}
	if in.Model != nil {
		s.rememberModel(c, ctx, *in.Model)
	}
	return s.send(c, fiber.StatusOK, reply{JSON: chatOut{chat}, Goto: s.changed(in, chat),
		Part: func() (templ.Component, error) { return s.changedPart(c, ctx, in, chat) }})
}

// changed is where a plain form goes on: to the sibling that was asked for, the open sharing menu, or
// just the chat.
func (s *Server) changed(in chatPatch, chat *store.Chat) string {
	url := s.link("chatShow", chat.ID)
	switch {
	case in.HeadID != nil:
		return url + "#m-" + *in.HeadID
	case in.Visibility != nil:
		return url + "?share=1"
	}
	return url
}

// changedPart is what the change changes on the page: the conversation, the sharing menu, the row.
func (s *Server) changedPart(c *fiber.Ctx, ctx context.Context, in chatPatch, chat *store.Chat) (templ.Component, error) {
	page := s.part(c)
	if currentPath(c) == s.link("chatShow", chat.ID) {
		page.ChatID = chat.ID
	}
	switch {
	case in.HeadID != nil:
		return s.conversation(c, ctx, chat)
	case in.Visibility != nil:
		view, err := s.viewOf(c, ctx, chat)
		view.ShareOpen = true
		return views.ShareMenu(page, view), err
	}
	return views.SidebarChat(page, *chat), nil
}

// conversation is the messages of the chat's branch, as they stand.
func (s *Server) conversation(c *fiber.Ctx, ctx context.Context, chat *store.Chat) (templ.Component, error) {
	view, err := s.viewOf(c, ctx, chat)
	if err != nil {
		return nil, err
	}
	messages, err := s.messages(ctx, chat, *chat.HeadID, false)
	if err != nil {
		return nil, err
	}
	if err := s.showParts(c, ctx, chat.UserID, messages); err != nil {
		return nil, err
	}
	view.Show(messages)
	page := s.part(c)
	page.ChatID = chat.ID
	return views.Conversation(page, view), nil
}

// chatDelete deletes, and offers to take it back: to a script's page as a toast, to others on the start
// page.
func (s *Server) chatDelete(c *fiber.Ctx) error {
	ctx, cancel := s.ctx()
	defer cancel()
	chat, err := s.ownChat(c, ctx, c.Params("id"))
	if err != nil {
		return err
	}
	if err := s.Options.Store.DeleteChat(ctx, chat.UserID, chat.ID); err != nil {
		return err
	}
	if err := s.Runner.StopChat(ctx, chat.ID); err != nil { // only now, when none can begin in it any more
		return err
	}
	s.checkStreamsOf(chat.ID)
	return s.deleted(c, success{true}, s.undoChat(chat.ID), "?deleted="+chat.ID)
}

func (s *Server) chatDeleteAll(c *fiber.Ctx) error {
	ctx, cancel := s.ctx()
	defer cancel()
	_, at, err := s.Options.Store.DeleteChats(ctx, callOf(c).user.ID)
	if err != nil {
		return err
	}
	// Only now, when none can begin in them any more.
	if err := s.Runner.StopUser(ctx, callOf(c).user.ID); err != nil {
		return err
	}
	s.checkStreamsOf("")
	return s.deleted(c, chatsGone{true, at}, s.undoAll(at), "?deletedAt="+at.Format(time.RFC3339Nano))
}

func (s *Server) deleted(c *fiber.Ctx, json any, undo views.Undo, query string) error {
	if isPart(c) {
		c.Set("HX-Retarget", "#toasts")
		c.Set("HX-Reswap", "beforeend")
	}
	return s.send(c, fiber.StatusOK, reply{JSON: json, Goto: s.link("home") + query, Part: component(views.UndoToast(undo))})
}

func (s *Server) undoChat(id string) views.Undo {
	return views.Undo{Title: "Chat deleted", Action: s.link("chatRestore", id)}
}

func (s *Server) undoAll(at time.Time) views.Undo {
	return views.Undo{Title: "All chats deleted", Action: s.link("chatRestoreAll"), DeletedAt: at.Format(time.RFC3339Nano)}
}

// undoOf is what the start page offers to take back, as the redirect after a deletion names it.
func (s *Server) undoOf(c *fiber.Ctx) *views.Undo {
	if id := c.Query("deleted"); store.ValidID(id) {
		undo := s.undoChat(id)
		return &undo
	}
	if at, err := time.Parse(time.RFC3339Nano, c.Query("deletedAt")); err == nil {
		undo := s.undoAll(at)
		return &undo
	}
	return nil
}

func (s *Server) chatRestore(c *fiber.Ctx) error {
	ctx, cancel := s.ctx()
	defer cancel()
	chat, err := s.Options.Store.RestoreChat(ctx, callOf(c).user.ID, c.Params("id"))
	if err != nil {
		return err
	}
	return s.send(c, fiber.StatusOK, reply{JSON: chatOut{chat}, Goto: s.link("chatShow", chat.ID), Part: nothing})
}

func (s *Server) chatRestoreAll(c *fiber.Ctx) error {
	var in restoreIn
	if err := s.bind(c, &in); err != nil {
		return err
	}
	at, err := time.Parse(time.RFC3339Nano, in.DeletedAt)
	if err != nil {
		return store.Errorf(store.Invalid, "deletedAt must be the time that the deletion answered with.").WithField("deletedAt")
	}
	ctx, cancel := s.ctx()
	defer cancel()
	n, err := s.Options.Store.RestoreChats(ctx, callOf(c).user.ID, at)
	if err != nil {
		return err
	}
	if n == 0 {
		return store.Errorf(store.NotFound, "There is nothing to restore any more.")
	}
	return s.send(c, fiber.StatusOK, reply{JSON: success{true}, Goto: s.link("home"), Part: nothing})
}
