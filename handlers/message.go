package handlers

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"strings"

	"github.com/a-h/templ"
	"github.com/gofiber/fiber/v2"

	"alleato/ai"
	"alleato/store"
	"alleato/views"
)

// sendIn takes a message in all the forms it comes in: by hand, from the page's form, from useChat
// and its transport, from Vercel's template. Of a history the last user message alone is taken: the
// database is the truth.
type sendIn struct {
	ID                     string          `json:"id" validate:"max=64"`
	Text                   string          `json:"text" form:"text"`
	Files                  []string        `json:"files" form:"files"`
	Document               string          `json:"document" form:"document" validate:"omitempty,oneof=text code sheet html"`
	DocumentID             string          `json:"documentId" form:"documentId" validate:"max=64"`
	Messages               []wireMessage   `json:"messages"`
	Message                *wireMessage    `json:"message"`
	Trigger                string          `json:"trigger" form:"trigger" validate:"omitempty,oneof=submit-message regenerate-message continue-message"`
	MessageID              string          `json:"messageId" form:"messageId" validate:"max=64"`
	Model                  string          `json:"model" form:"model" validate:"max=200"`
	SelectedChatModel      string          `json:"selectedChatModel" validate:"max=200"`
	SelectedVisibilityType string          `json:"selectedVisibilityType" validate:"omitempty,oneof=private public"`
	ParentID               json.RawMessage `json:"parentId"`
	ParentField            *string         `json:"-" form:"parentId"`
	title                  string          // of POST /chats
	action, choice         string          // of POST /documents/:id/ask
	uploaded               []string        // the files that came in the form itself
}

// wireMessage is a message as clients send it; content is text or a list of parts.
type wireMessage struct {
	ID      string          `json:"id"`
	Role    string          `json:"role"`
	Content json.RawMessage `json:"content"`
	Parts   []wirePart      `json:"parts"`
}

type wirePart struct {
	Type     string          `json:"type"`
	Text     string          `json:"text"`
	URL      string          `json:"url"`
	Filename string          `json:"filename"`
	Name     string          `json:"name"`
	FileID   string          `json:"fileId"`
	ImageURL json.RawMessage `json:"image_url"`
}

type messageOut struct {
	Message *store.Message `json:"message"`
}

func (s *Server) messageCreate(c *fiber.Ctx) error {
	var in sendIn
	err := s.bindMessage(c, &in)
	if err == nil {
		err = s.sendMessage(c, c.Params("id"), in)
	}
	if err != nil {
		return s.sendAgain(c, err, in)
	}
	return nil
}

// turn makes of the body what the runner takes.
func (in *sendIn) turn() (ai.Turn, error) {
	t := ai.Turn{Trigger: in.Trigger, Text: in.Text, Document: in.Document, DocumentID: in.DocumentID, Action: in.action, Choice: in.choice, MessageID: in.MessageID, Model: in.Model,
		Title: in.title, Visibility: in.SelectedVisibilityType}
	if t.Trigger == "" {
		t.Trigger = ai.Submit
	}
	if t.Model == "" {
		t.Model = in.SelectedChatModel
	}
	if last := in.lastQuestion(); last != nil {
		text, err := last.text()
		if err != nil {
			return t, err
		}
		if t.Text == "" {
			t.Text = text
		}
		if t.MessageID == "" {
			t.MessageID = last.ID
		}
	}
	return t, in.parent(&t)
}

func (in *sendIn) lastQuestion() *wireMessage {
	if in.Message != nil {
		return in.Message
	}
	for i := len(in.Messages) - 1; i >= 0; i-- {
		if in.Messages[i].Role == "user" {
			return &in.Messages[i]
		}
	}
	return nil
}

func (in *sendIn) parent(t *ai.Turn) error {
	if in.ParentField != nil {
		if t.HasParent = true; *in.ParentField != "" { // a form has no null
			t.ParentID = in.ParentField
		}
		return nil
	}
	if len(in.ParentID) == 0 {
		return nil
	}
	t.HasParent = true
	if err := json.Unmarshal(in.ParentID, &t.ParentID); err != nil {
		return store.Errorf(store.Invalid, "parentId must be a message's id, or null.").WithField("parentId")
	}
	return nil
}

// read gives the parts of a message, or of its content.
func (m *wireMessage) read() ([]wirePart, error) {
	parts := m.Parts
	if content := bytes.TrimSpace(m.Content); len(content) > 0 && !bytes.Equal(content, []byte("null")) {
		var text string
		if err := json.Unmarshal(content, &text); err == nil {
			// the npm client sends both, and files are in the parts alone
			return append([]wirePart{{Type: "text", Text: text}}, attachments(parts)...), nil
		}
		if err := json.Unmarshal(content, &parts); err != nil {
			return nil, store.Errorf(store.Invalid, "The message's content must be text or a list of parts.").WithField("content")
		}
	}
	return parts, nil
}

// text joins the text of a message's parts.
func (m *wireMessage) text() (string, error) {
	parts, err := m.read()
	var texts []string
	for _, p := range parts {
		if p.Type == "text" {
			texts = append(texts, p.Text)
		}
	}
	return strings.Join(texts, "\n"), err
}

// sendMessage starts the reply and answers in the form asked for: the event stream, the finished
// message, the two bubbles, or the chat's page.
func (s *Server) sendMessage(c *fiber.Ctx, chatID string, in sendIn) error {
	turn, err := in.turn()
	if err != nil {
		return err
	}
	if key := c.Get("Idempotency-Key"); key != "" {
		if len(key) > 200 {
			return malformed("The Idempotency-Key is longer than 200 characters.")
		}
		turn.IdempotencyKey, turn.RequestHash = key, requestHash(chatID, c.Request().Body())
	}
	if err := s.keepGuest(c); err != nil {
		return err
	}
	ctx, cancel := s.uploadCtx() // a data URL may bring a picture that takes its time
	defer cancel()
	turn.ChatID, turn.User = chatID, callOf(c).user
	files, err := s.attach(c, ctx, &in)
	if err != nil {
		return err
	}
	turn.Files = files.ids
	if turn.ChatID == "" {
		turn.ChatID = store.NewID()
	}
	started, err := s.Runner.Start(ctx, turn)
	if err != nil || started.Repeated {
		err = errors.Join(err, s.takeBack(ctx, turn.User, files.made))
	}
	if err == nil && started.Repeated {
		err = s.takeBack(ctx, turn.User, in.uploaded)
	}
	if err != nil {
		return err
	}
	s.rememberModel(c, ctx, turn.Model)
	if started.NewChat && started.Chat.Visibility == store.Public {
		s.auditSharing(c, started.Chat)
	}
	c.Set("X-Stream-Id", started.Stream.ID)
	switch shapeOf(c, shapeEvents, shapePage, shapeJSON) {
	case shapePart:
		return s.sendBubbles(c, ctx, started)
	case shapePage:
		return c.Redirect(s.link("chatShow", started.Chat.ID)+in.beside(), fiber.StatusSeeOther)
	case shapeJSON:
		return s.sendFinished(c, started)
	}
	return s.sendStream(c, started.Stream, 0)
}

// beside has the chat shown with the document that an action is about beside it.
func (in *sendIn) beside() string {
	if in.action == "" {
		return ""
	}
	return "?document=" + in.DocumentID
}

func requestHash(chatID string, body []byte) string {
	sum := sha256.Sum256(append([]byte(chatID+"\x00"), body...))
	return hex.EncodeToString(sum[:])
}

// sendBubbles gives the page what to append. Another answer, or one that goes on, takes the place of
// the old one where nothing comes after that; else the page shows the new branch from its start.
func (s *Server) sendBubbles(c *fiber.Ctx, ctx context.Context, started *ai.Started) error {
	chat := started.Chat
	if started.Repeated || (started.Replaces == "" && started.Asked) {
		c.Set("HX-Location", s.link("chatShow", chat.ID))
		return c.SendStatus(fiber.StatusOK)
	}
	if started.Edited {
		c.Set("HX-Retarget", "#messages")
		c.Set("HX-Reswap", "innerHTML")
		return s.send(c, fiber.StatusOK, reply{Part: func() (templ.Component, error) {
			chat.StreamID = &started.Stream.ID
			return s.conversation(c, ctx, chat)
		}})
	}
	if started.Question != nil {
		if err := s.showParts(c, ctx, chat.UserID, []store.Message{*started.Question}); err != nil {
			return err
		}
	}
	view, err := s.viewOf(c, ctx, chat)
	if err != nil {
		return err
	}
	view.StreamID, view.RunningMessageID = started.Stream.ID, started.Answer.ID
	page := s.part(c)
	page.ChatID = chat.ID
	if started.Replaces != "" {
		c.Set("HX-Retarget", "#m-"+started.Replaces)
		c.Set("HX-Reswap", "outerHTML")
		return s.send(c, fiber.StatusOK, reply{Part: component(views.AssistantMessage(page, *started.Answer, view))})
	}
	if started.NewChat {
		c.Set("HX-Push-Url", s.link("chatShow", chat.ID))
	}
	return s.send(c, fiber.StatusOK, reply{Part: component(views.Bubbles(page, *started.Question, *started.Answer, view))})
}

// sendFinished waits for the reply's end and gives the message with its status.
func (s *Server) sendFinished(c *fiber.Ctx, started *ai.Started) error {
	cursor, err := s.Runner.Follow(s.life, started.Stream, 0)
	if err != nil {
		return err
	}
	defer cursor.Close()
	for {
		if _, _, ended, err := cursor.Take(); err != nil || ended {
			break
		}
		select {
		case <-s.life.Done():
			return store.Errorf(store.Unavailable, "The server is restarting.").WithHint("The reply so far is kept in the chat.")
		case <-cursor.Wake():
		}
	}
	ctx, cancel := s.ctx()
	defer cancel()
	message, err := s.Options.Store.Message(ctx, started.Stream.ChatID, started.Stream.MessageID)
	if err != nil {
		return err
	}
	return s.send(c, fiber.StatusOK, reply{JSON: messageOut{message}})
}
