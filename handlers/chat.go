package handlers

import (
	"cmp"
	"context"
	"strconv"
	"strings"

	"github.com/a-h/templ"
	"github.com/gofiber/fiber/v2"

	"alleato/ai"
	"alleato/store"
	"alleato/views"
)

type chatOut struct {
	Chat *store.Chat `json:"chat"`
}

type chatsOut struct {
	Chats      []store.Chat `json:"chats"`
	NextCursor *string      `json:"nextCursor"`
}

type chatShown struct {
	Chat     *store.Chat     `json:"chat"`
	Messages []store.Message `json:"messages"`
}

// chatIn makes an empty chat; with message or messages it is a send, as the npm client's transport
// does when it is pointed at /chats.
type chatIn struct {
	sendIn
	Title      string `json:"title" form:"title" validate:"max=200"`
	Visibility string `json:"visibility" form:"visibility" validate:"omitempty,oneof=private public"`
}

type chatPatch struct {
	Title      *string `json:"title" form:"title" validate:"omitempty,min=1,max=200"`
	Visibility *string `json:"visibility" form:"visibility" validate:"omitempty,oneof=private public"`
	Model      *string `json:"model" form:"model" validate:"omitempty,max=200"`
	HeadID     *string `json:"headId" form:"headId" validate:"omitempty,max=64"`
	Pinned     *bool   `json:"pinned" form:"pinned"`
}

var suggestions = []string{
	"What can you do?",
	"Explain how a hash map works, with code",
	"Plan a weekend in Torino as a table",
	"Write a haiku about the sea",
}

func (s *Server) home(c *fiber.Ctx) error {
	return s.send(c, fiber.StatusOK, reply{Page: func() (templ.Component, error) {
		page, err := s.page(c, "")
		if err != nil {
			return nil, err
		}
		ctx, cancel := s.ctx()
		defer cancel()
		page.Undo = s.undoOf(c)
		view := s.newChat(c, ctx)
		view.Draft, view.SendAtOnce = asked(c)
		return views.HomePage(page, view), nil
	}})
}

// asked is the text that ?query= brings for a new chat, and whether the page may send it by itself. A page
// elsewhere may put words into a person's mouth, but not send them: only an address that the person
// entered or keeps does, or a link of our own pages. Links that a model wrote carry no Referer, and
// where the browser does not say where a visit comes from (plain http) nothing is sent either.
func asked(c *fiber.Ctx) (text string, send bool) {
	text = firstRunes(strings.ToValidUTF8(c.Query("query"), "\uFFFD"), ai.MaxText)
	from := c.Get("Sec-Fetch-Site")
	return text, strings.TrimSpace(text) != "" && (from == "none" || (from == "same-origin" && c.Get(fiber.HeaderReferer) != ""))
}

func firstRunes(s string, n int) string {
	if runes := []rune(s); len(runes) > n {
		return string(runes[:n])
	}
	return s
}

// newChat is a chat that its first message will make.
func (s *Server) newChat(c *fiber.Ctx, ctx context.Context) views.ChatView {
	return views.ChatView{
		Chat:  &store.Chat{ID: store.NewID(), Visibility: "private"},
		Model: s.newModelView(ctx, cmp.Or(c.Query("model"), callOf(c).user.Model())), NewMessageID: store.NewID(),
		Greeting: true, Suggestions: suggestions, Uploads: s.uploadRules(callOf(c).user),
	}
}

func (s *Server) chatList(c *fiber.Ctx) error {
	limit, err := queryInt(c, "limit", 0)
	if err != nil {
		return err
	}
	ctx, cancel := s.ctx()
	defer cancel()
	q := store.ChatQuery{Limit: limit, Cursor: c.Query("cursor"), Q: c.Query("q")}
	if isPart(c) {
		return s.sidebar(c, ctx, q)
	}
	chats, next, err := s.Options.Store.Chats(ctx, callOf(c).reader(), q)
	if err != nil {
		return err
	}
	out := chatsOut{Chats: chats}
	if chats == nil {
		out.Chats = []store.Chat{}
	}
	if next != "" {
		out.NextCursor = &next
	}
	return s.send(c, fiber.StatusOK, reply{JSON: out, Page: func() (templ.Component, error) { return s.olderPage(c, ctx, q) }})
}

// olderPage is the start page with a further page of chats in its sidebar, where no script loads it.
func (s *Server) olderPage(c *fiber.Ctx, ctx context.Context, q store.ChatQuery) (templ.Component, error) {
	page, err := s.page(c, "")
	if err != nil {
		return nil, err
	}
	page.Chats, _, err = s.chatPage(c, ctx, q)
	return views.HomePage(page, s.newChat(c, ctx)), err
}

func (s *Server) sidebar(c *fiber.Ctx, ctx context.Context, q store.ChatQuery) error {
	if q.Limit == 0 {
		q.Limit = sidebarPage
	}
	list, _, err := s.chatPage(c, ctx, q)
	if err != nil {
		return err
	}
	page := s.part(c)
	page.ChatID = c.Query("chat")
	return s.send(c, fiber.StatusOK, reply{Part: component(views.SidebarChats(page, list))})
}

func queryInt(c *fiber.Ctx, name string, fallback int) (int, error) {
	text := c.Query(name)
	if text == "" {
		return fallback, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 0 {
		return 0, malformed(name + " must be a whole number, 0 or more.")
	}
	return n, nil
}

func (s *Server) chatCreate(c *fiber.Ctx) error {
	var in chatIn
	if err := s.bind(c, &in); err != nil {
		return err
	}
	if in.Message != nil || len(in.Messages) > 0 || in.Text != "" || len(in.Files) > 0 || in.Trigger != "" {
		if err := s.countRate(c, sends); err != nil { // as by the route of a chat's messages
			return err
		}
		in.sendIn.title, in.SelectedVisibilityType = in.Title, cmp.Or(in.SelectedVisibilityType, in.Visibility)
		return s.sendMessage(c, in.ID, in.sendIn)
	}
	if in.ID == "" {
		in.ID = store.NewID()
	}
	if !store.ValidID(in.ID) {
		return store.Errorf(store.Invalid, "A chat id is 1 to 64 letters, digits, - and _.").WithField("id")
	}
	ctx, cancel := s.ctx()
	defer cancel()
	chat := &store.Chat{ID: in.ID, UserID: callOf(c).user.ID, Title: in.Title, Visibility: in.Visibility, Model: in.Model}
	if chat.Title == "" {
		chat.Title = "New chat"
	}
	if chat.Visibility == "" {
		chat.Visibility = "private"
	}
	if err := s.keepGuest(c); err != nil {
		return err
	}
	if err := s.Options.Store.CreateChat(ctx, callOf(c).user, chat); err != nil {
		return err
	}
	if chat.Visibility == store.Public {
		s.auditSharing(c, chat)
	}
	c.Set(fiber.HeaderLocation, s.location(c, "chatShow", chat.ID))
	return s.send(c, fiber.StatusCreated, reply{JSON: chatOut{chat}, Goto: s.link("chatShow", chat.ID)})
}

// readable is the chat if the caller may read it. Without a credential the API says so instead of
// hiding the chat.
func (s *Server) readable(c *fiber.Ctx, ctx context.Context, id string) (*store.Chat, error) {
	chat, err := s.Options.Store.ReadableChat(ctx, callOf(c).reader(), id)
	if store.CodeOf(err) == store.NotFound && callOf(c).user == nil {
		return nil, unauthenticated()
	}
	return chat, err
}

// ownChat is the caller's chat; somebody's public one can be seen, so writing to it is forbidden
// rather than hidden.
func (s *Server) ownChat(c *fiber.Ctx, ctx context.Context, id string) (*store.Chat, error) {
	chat, err := s.Options.Store.Chat(ctx, callOf(c).user.ID, id)
	if store.CodeOf(err) != store.NotFound {
		return chat, err
	}
	if _, err := s.Options.Store.ReadableChat(ctx, callOf(c).user.ID, id); err == nil {
		return nil, store.Errorf(store.Forbidden, "This chat is somebody else's: you can read it, but not change it.")
	}
	return nil, err
}

func (s *Server) chatShow(c *fiber.Ctx) error {
	ctx, cancel := s.ctx()
	defer cancel()
	chat, err := s.readable(c, ctx, c.Params("id"))
	if err != nil {
		return err
	}
	// What its owner wrote and then took another way is not part of what they share.
	tree := c.Query("tree") == "1" && chat.UserID == callOf(c).reader()
	at, err := s.branchAt(c, ctx, chat)
	if err != nil {
		return err
	}
	messages, err := s.messages(ctx, chat, at, tree)
	if err != nil {
		return err
	}
	if err := s.showParts(c, ctx, chat.UserID, messages); err != nil {
		return err
	}
	return s.send(c, fiber.StatusOK, reply{
		JSON: chatShown{Chat: chat, Messages: settled(messages, tree)},
		Page: func() (templ.Component, error) { return s.chatView(c, ctx, chat, at, messages) },
	})
}

// branchAt is the end of the branch to show: the chat's head, or, when ?message names one of the owner's
// that is on another branch, the newest branch through it. It moves no head: a GET changes nothing.
func (s *Server) branchAt(c *fiber.Ctx, ctx context.Context, chat *store.Chat) (string, error) {
	head := ""
	if chat.HeadID != nil {
		head = *chat.HeadID
	}
	id := c.Query("message")
	if id == "" || head == "" || chat.UserID != callOf(c).reader() {
		return head, nil
	}
	if shown, err := s.Options.Store.InBranch(ctx, chat.ID, head, id); err != nil || shown {
		return head, err
	}
	return s.Options.Store.Leaf(ctx, chat.ID, id)
}

func (s *Server) messages(ctx context.Context, chat *store.Chat, head string, tree bool) ([]store.Message, error) {
	if tree {
		return s.Options.Store.Messages(ctx, chat.ID)
	}
	return s.Options.Store.Branch(ctx, chat.ID, head)
}

// settled leaves out the reply in progress: a program resumes that from its stream.
func settled(messages []store.Message, tree bool) []store.Message {
	kept := make([]store.Message, 0, len(messages))
	for _, m := range messages {
		if tree || m.Status != store.StatusStreaming {
			kept = append(kept, m)
		}
	}
	return kept
}

func (s *Server) chatView(c *fiber.Ctx, ctx context.Context, chat *store.Chat, at string, messages []store.Message) (templ.Component, error) {
	page, err := s.page(c, chat.Title)
	if err != nil {
		return nil, err
	}
	page.ChatID, page.Running = chat.ID, chat.StreamID != nil
	view, err := s.viewOf(c, ctx, chat)
	if err != nil {
		return nil, err
	}
	view.Show(messages)
	if !view.ReadOnly {
		view.Uploads = s.uploadRules(callOf(c).user)
	}
	view.ShareOpen = c.Query("share") == "1"
	if chat.HeadID != nil && at != *chat.HeadID {
		view.ParentID = at // what is written here goes on from here
	}
	if view.Pane, err = s.besideChat(c, ctx, chat); err != nil {
		return nil, err
	}
	return views.ChatPage(page, view), nil
}

// viewOf is a chat as its reader sees it, without its messages.
func (s *Server) viewOf(c *fiber.Ctx, ctx context.Context, chat *store.Chat) (views.ChatView, error) {
	view := views.ChatView{Chat: chat, ReadOnly: chat.UserID != callOf(c).reader(), CanContinue: true,
		Model: s.modelView(ctx, chat.Model), NewMessageID: store.NewID(), ShareURL: s.publicOrigin(c) + s.link("chatShow", chat.ID)}
	if chat.StreamID != nil {
		view.StreamID = *chat.StreamID
	}
	return view, s.addMarks(ctx, &view)
}

// addMarks adds what stands beside the messages of one's own chat: votes, and the ways not taken.
func (s *Server) addMarks(ctx context.Context, view *views.ChatView) (err error) {
	if view.ReadOnly {
		return nil
	}
	if view.Forks, err = s.Options.Store.Forks(ctx, view.Chat.ID); err != nil {
		return err
	}
	votes, err := s.Options.Store.Votes(ctx, view.Chat.UserID, view.Chat.ID)
	view.Votes = make(map[string]bool, len(votes))
	for _, v := range votes {
		view.Votes[v.MessageID] = v.IsUpvoted
	}
	return err
}
