package handlers

import (
	"github.com/a-h/templ"
	"github.com/gofiber/fiber/v2"

	"alleato/store"
	"alleato/views"
)

type voteIn struct {
	Type string `json:"type" form:"type" validate:"required,oneof=up down"`
}

type voteOut struct {
	Vote *store.Vote `json:"vote"`
}

type votesOut struct {
	Votes []store.Vote `json:"votes"`
}

func (s *Server) voteList(c *fiber.Ctx) error {
	ctx, cancel := s.ctx()
	defer cancel()
	chat, err := s.Options.Store.Chat(ctx, callOf(c).user.ID, c.Params("id")) // votes are not shared with the chat
	if err != nil {
		return err
	}
	votes, err := s.Options.Store.Votes(ctx, chat.UserID, chat.ID)
	if err != nil {
		return err
	}
	return s.send(c, fiber.StatusOK, reply{JSON: votesOut{votes}})
}

func (s *Server) voteSet(c *fiber.Ctx) error {
	var in voteIn
	if err := s.bind(c, &in); err != nil {
		return err
	}
	ctx, cancel := s.ctx()
	defer cancel()
	chat, err := s.ownChat(c, ctx, c.Params("id"))
	if err != nil {
		return err
	}
	vote, err := s.Options.Store.SetVote(ctx, chat.UserID, chat.ID, c.Params("messageId"), in.Type == "up")
	if err != nil {
		return err
	}
	return s.voted(c, voteOut{vote}, chat.ID, map[string]bool{vote.MessageID: vote.IsUpvoted})
}

func (s *Server) voteDelete(c *fiber.Ctx) error {
	ctx, cancel := s.ctx()
	defer cancel()
	chat, err := s.ownChat(c, ctx, c.Params("id"))
	if err != nil {
		return err
	}
	if err := s.Options.Store.DeleteVote(ctx, chat.UserID, chat.ID, c.Params("messageId")); err != nil {
		return err
	}
	return s.voted(c, success{true}, chat.ID, nil)
}

// voted answers a change of a vote: the page gets the two buttons as they are now.
func (s *Server) voted(c *fiber.Ctx, json any, chatID string, votes map[string]bool) error {
	message := store.Message{ChatID: chatID, ID: c.Params("messageId")}
	return s.send(c, fiber.StatusOK, reply{JSON: json, Goto: s.link("chatShow", chatID) + "#m-" + message.ID,
		Part: func() (templ.Component, error) {
			return views.VoteButtons(s.part(c), message, views.ChatView{Votes: votes}), nil
		}})
}
