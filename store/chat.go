package store

import (
	"context"
	"errors"
	"slices"
	"time"
	"unicode/utf8"

	"github.com/uptrace/bun"
)

const (
	maxTitle = 200
	maxModel = 200
)

// Who may read a chat.
const (
	Private = "private"
	Public  = "public"
)

// Chat is a conversation. StreamID is the reply in progress, HeadID the last
// message of the branch that is shown.
type Chat struct {
	bun.BaseModel `bun:"table:chats,alias:c"`

	ID         string     `bun:"id,pk" json:"id"`
	UserID     string     `bun:"user_id" json:"-"`
	Title      string     `bun:"title" json:"title"`
	Visibility string     `bun:"visibility" json:"visibility"`
	Model      string     `bun:"model" json:"model"`
	HeadID     *string    `bun:"head_id" json:"headId"`
	PinnedAt   *time.Time `bun:"pinned_at" json:"pinnedAt"`
	StreamID   *string    `bun:"stream_id,scanonly" json:"streamId"`
	DeletedAt  *time.Time `bun:"deleted_at" json:"-"` // deleted, and still to be had back
	CreatedAt  time.Time  `bun:"created_at" json:"createdAt"`
	UpdatedAt  time.Time  `bun:"updated_at" json:"updatedAt"`
}

func errNoChat() *Error { return Errorf(NotFound, "There is no such chat.") }

// running is the reply in progress, for each chat that a query finds.
const running = `(SELECT s.id FROM streams AS s WHERE s.chat_id = c.id AND s.status = 'streaming'
	ORDER BY s.created_at DESC, s.id DESC LIMIT 1) AS stream_id`

// selectChats leaves out the deleted ones, which RestoreChat alone may see. Every page reads chats: the
// arguments are bound, so that the statement is compiled once.
const selectChats = `SELECT c.id, c.user_id, c.title, c.visibility, c.model, c.head_id, c.pinned_at, c.created_at, c.updated_at, ` + running + `
	FROM chats AS c WHERE c.deleted_at IS NULL AND `

// queryChats reads the chats that the rest of a query, from its conditions on, finds.
func (s *Store) queryChats(ctx context.Context, db querier, rest string, args ...any) (list []Chat, err error) {
	rows, err := db.QueryContext(ctx, s.dialect.bind(selectChats+rest), args...)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var c Chat
		err := rows.Scan(&c.ID, &c.UserID, &c.Title, &c.Visibility, &c.Model, &c.HeadID, &c.PinnedAt, &c.CreatedAt, &c.UpdatedAt, &c.StreamID)
		if err != nil {
			return nil, err
		}
		list = append(list, c)
	}
	return list, rows.Err()
}

// Chat reads one of the user's own.
func (s *Store) Chat(ctx context.Context, userID, id string) (*Chat, error) {
	return s.chat(ctx, s.reader.DB, "c.id = ? AND c.user_id = ?", cleanText(id), userID)
}

const mayRead = "(c.user_id = ? OR c.visibility = 'public')"

// ReadableChat reads one of the user's own, or anybody's public one.
func (s *Store) ReadableChat(ctx context.Context, userID, id string) (*Chat, error) {
	return s.chat(ctx, s.reader.DB, "c.id = ? AND "+mayRead, cleanText(id), userID)
}

// ReadableChats says which of the chats ReadableChat would give the user.
func (s *Store) ReadableChats(ctx context.Context, userID string, ids []string) (map[string]bool, error) {
	readable := make(map[string]bool, len(ids))
	for batch := range slices.Chunk(ids, 500) {
		var found []string
		err := s.read(ctx, func(ctx context.Context) error {
			return s.reader.NewSelect().TableExpr("chats AS c").Column("c.id").Where("c.id IN (?)", bun.In(batch)).
				Where("c.deleted_at IS NULL").Where(mayRead, userID).Scan(ctx, &found)
		})
		if err != nil {
			return nil, err
		}
		for _, id := range found {
			readable[id] = true
		}
	}
	return readable, nil
}

func (s *Store) chat(ctx context.Context, db querier, where string, args ...any) (*Chat, error) {
	var list []Chat
	err := s.read(ctx, func(ctx context.Context) (err error) {
		list, err = s.queryChats(ctx, db, where, args...)
		return err
	})
	if err != nil {
		return nil, err
	}
	if len(list) == 0 {
		return nil, errNoChat()
	}
	return &list[0], nil
}

// CreateChat saves a chat for user, and a guest's row if it is their first
// write. It fills in what is empty: id, title, visibility, times. An id in use
// is NotFound when it is somebody else's and Conflict when it is user's own.
func (s *Store) CreateChat(ctx context.Context, user *User, c *Chat) error {
	if err := prepareChat(user, c, s.Now()); err != nil {
		return err
	}
	err := s.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		if err := s.SaveGuest(ctx, tx, user); err != nil {
			return err
		}
		return insertChat(ctx, tx, c)
	})
	if CodeOf(err) == Conflict {
		err = s.orChatElsewhere(ctx, c, err)
	}
	if err == nil {
		user.saved()
	}
	return err
}

func prepareChat(user *User, c *Chat, now time.Time) error {
	c.UserID, c.CreatedAt, c.UpdatedAt = user.ID, now, now
	if c.ID == "" {
		c.ID = NewID()
	}
	if c.Visibility == "" {
		c.Visibility = Private
	}
	if c.Title = cleanLine(c.Title); c.Title == "" {
		c.Title = "New chat"
	}
	c.Model = cleanText(c.Model)
	if !ValidID(c.ID) {
		return Errorf(Invalid, "An id is 1 to 64 letters, digits, - or _.").WithField("id")
	}
	return checkChat(c.Title, c.Visibility, c.Model)
}

func checkChat(title, visibility, model string) error {
	switch {
	case title == "":
		return Errorf(Invalid, "A chat needs a title.").WithField("title")
	case utf8.RuneCountInString(title) > maxTitle:
		return Errorf(Invalid, "A title may have 200 characters at most.").WithField("title")
	case visibility != Private && visibility != Public:
		return Errorf(Invalid, "A chat is private or public.").WithField("visibility")
	case len(model) > maxModel:
		return Errorf(Invalid, "This is not the name of a model.").WithField("model")
	}
	return nil
}

func insertChat(ctx context.Context, tx bun.Tx, c *Chat) error {
	_, err := tx.NewInsert().Model(c).Exec(ctx)
	return err
}

// orChatElsewhere answers for an id in use, once the transaction is over:
// that a stranger has it must look as if nobody had it.
func (s *Store) orChatElsewhere(ctx context.Context, c *Chat, conflict error) error {
	var owner string
	var deleted *time.Time
	err := s.read(ctx, func(ctx context.Context) error {
		return s.writer.NewSelect().Table("chats").Column("user_id", "deleted_at").Where("id = ?", c.ID).Scan(ctx, &owner, &deleted)
	})
	switch {
	case CodeOf(err) == NotFound:
		return conflict
	case err != nil:
		return err
	case owner != c.UserID:
		return errNoChat().WithCause(conflict)
	case deleted != nil:
		return Errorf(Conflict, "This chat was deleted a short while ago.").
			WithHint("Undo that, or begin a new chat.").WithField("id").WithCause(conflict)
	}
	return Errorf(Conflict, "You have a chat with this id already.").WithField("id").WithCause(conflict)
}
