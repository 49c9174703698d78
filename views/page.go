// Package views owns the HTML of Alleato: templ components that take nouns and write pages,
// fragments and the parts of a streamed reply. It reads the types of store, the names of static
// and the renderer of views/markdown; it must not import handlers or ai, and asks nothing of a
// database.
package views

import (
	"slices"

	"alleato/static"
	"alleato/store"
	"alleato/views/markdown"
)

// Links gives the path of a route by its handler's name and arguments:
// Links("chatShow", id) is "/chats/ID".
type Links func(name string, args ...string) string

// Page is what every page needs beside its own content.
type Page struct {
	Title       string // without the product's name; "" for the start page
	Description string
	Theme       string // "light", "dark" or "system"
	SidebarOpen bool   // on wide screens; on a phone the sidebar starts closed
	User        *store.User
	Links       Links
	Assets      *static.Assets
	AssetBase   string // where assets are mounted, with a slash at its end
	Markdown    *markdown.Renderer
	Chats       ChatList
	ChatID      string // the chat shown, "" when none
	Running     bool   // a reply runs: without JavaScript the page refreshes itself
	Undo        *Undo  // a deletion to take back, where no script said so
	Demo        bool   // the built-in demo model is what answers
	Staging     bool
	Version     string
}

// URL gives the path of a route by its handler's name.
func (p Page) URL(name string, args ...string) string {
	if p.Links == nil {
		return ""
	}
	return p.Links(name, args...)
}

// Asset gives the address of a built file by its source name.
func (p Page) Asset(name string) string {
	if p.Assets == nil {
		return p.AssetBase + name
	}
	return p.AssetBase + p.Assets.URL(name)
}

// SignedIn reports whether the visitor has an account.
func (p Page) SignedIn() bool { return p.User != nil && p.User.Role != store.RoleGuest }

// Form is a form as it is shown again after a refusal, or empty.
type Form struct {
	Email  string
	Token  string            // of the set-up link
	Error  string            // what is wrong with the form as a whole
	Hint   string            // what to do about it
	Fields map[string]string // field -> what is wrong with it
	Next   string            // where to go afterwards
}

// Failure is an error as people see it.
type Failure struct {
	Status    int
	Title     string
	Message   string
	Hint      string
	RequestID string
}

// ChatView is one chat on its page. A chat that does not exist yet has an id all the same: the
// first message creates it.
type ChatView struct {
	Chat             *store.Chat
	Messages         []store.Message
	ReadOnly         bool // somebody else's public chat
	CanContinue      bool // the server takes continue-message: a reply cut short offers it
	Model            ModelView
	NewMessageID     string // the id that the next message from the composer will have
	RunningMessageID string // the reply in progress, "" when none
	StreamID         string // its stream
	Greeting         bool
	Suggestions      []string
	Forks            map[string][]string // message id -> all of its siblings, in order, itself included
	Votes            map[string]bool     // message id -> up
	MemoryFrom       string              // where the model's memory begins, "" for the start
	ParentID         string              // what the composer's message follows, "" for the chat's head
	FromStart        bool                // the composer's message is another first one
	ShareURL         string
	ShareOpen        bool
	Draft            string       // what was typed, when a send without JavaScript was refused, or is asked for by the address
	SendAtOnce       bool         // the page sends the draft by itself
	Attached         []store.Part // files that go with the draft
	Uploads          UploadRules
	Refusal          string        // why it was refused
	Pane             *DocumentView // the document beside it, nil for none
}

func (v ChatView) chatID() string {
	if v.Chat == nil {
		return ""
	}
	return v.Chat.ID
}

// replying says whether a reply is being written.
func (v ChatView) replying() bool {
	return slices.ContainsFunc(v.Messages, func(m store.Message) bool { return m.Status == store.StatusStreaming })
}

// streamOf gives the stream that m is being written by, "" when it has ended.
func (v ChatView) streamOf(m store.Message) string {
	if m.Status != store.StatusStreaming || (v.RunningMessageID != "" && v.RunningMessageID != m.ID) {
		return ""
	}
	return v.StreamID
}
