package handlers

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/a-h/templ"
	"github.com/gofiber/fiber/v2"

	"alleato/store"
	"alleato/store/kv"
	"alleato/views"
)

// maxAgent is how much of a User-Agent is kept, in bytes.
const maxAgent = 300

// maxSessions are listed, the newest.
const maxSessions = 50

// agentOf is the request's User-Agent as far as it is kept: ASCII that prints.
func agentOf(c *fiber.Ctx) string {
	agent := strings.Map(func(r rune) rune {
		if r > unicode.MaxASCII || !unicode.IsPrint(r) {
			return -1
		}
		return r
	}, c.Get(fiber.HeaderUserAgent))
	return agent[:min(len(agent), maxAgent)]
}

// sessionOfUser is a session as its owner sees it.
type sessionOfUser struct {
	ID        string    `json:"id"`
	Device    string    `json:"device"`
	API       bool      `json:"api"`
	Current   bool      `json:"current"`
	CreatedAt time.Time `json:"createdAt"`
	ExpiresAt time.Time `json:"expiresAt"`
}

type sessionsOut struct {
	Sessions []sessionOfUser `json:"sessions"`
}

// agents and systems are looked for in this order: browsers name each other.
var (
	agents = [][2]string{{"Edg/", "Edge"}, {"EdgA/", "Edge"}, {"OPR/", "Opera"}, {"SamsungBrowser/", "Samsung Internet"}, {"Firefox/", "Firefox"},
		{"FxiOS/", "Firefox"}, {"CriOS/", "Chrome"}, {"Chrome/", "Chrome"}, {"Safari/", "Safari"}, {"curl/", "curl"},
		{"python", "Python"}, {"node", "Node.js"}, {"Go-http-client", "Go"}}
	systems = [][2]string{{"iPhone", "iPhone"}, {"iPad", "iPad"}, {"Android", "Android"}, {"Windows", "Windows"}, {"CrOS", "ChromeOS"},
		{"Mac OS X", "macOS"}, {"Linux", "Linux"}}
)

// deviceName is what people call a device of this User-Agent.
func deviceName(agent string) string {
	first := func(list [][2]string) string {
		for _, entry := range list {
			if strings.Contains(agent, entry[0]) {
				return entry[1]
			}
		}
		return ""
	}
	name, system := first(agents), first(systems)
	switch {
	case name == "" && system == "":
		return "Unknown device"
	case system == "":
		return name
	case name == "":
		return system
	}
	return name + " on " + system
}

// sessionsOf lists the user's live sessions, newest first.
func (s *Server) sessionsOf(c *fiber.Ctx, ctx context.Context, user *store.User) ([]sessionOfUser, error) {
	list := []sessionOfUser{}
	err := s.eachSession(ctx, user.ID, func(hash string, data *sessionData) error {
		if data.Version == user.SessionVersion {
			list = append(list, sessionOfUser{hash, deviceName(data.Agent), data.API, hash == callOf(c).session, data.Created, data.Expires})
		}
		return nil
	})
	slices.SortFunc(list, func(a, b sessionOfUser) int {
		if a.Current != b.Current {
			if a.Current {
				return -1
			}
			return 1
		}
		return b.CreatedAt.Compare(a.CreatedAt)
	})
	return list[:min(len(list), maxSessions)], err
}

func (s *Server) eachSession(ctx context.Context, userID string, fn func(hash string, data *sessionData) error) error {
	prefix := userSessionKey(userID, "")
	keys, err := s.KV.List(ctx, prefix)
	if err != nil {
		return err
	}
	for _, key := range keys {
		hash := strings.TrimPrefix(key, prefix)
		data, err := s.sessions.load(ctx, hash)
		if errors.Is(err, kv.ErrNotFound) || (err == nil && data.UserID != userID) {
			continue
		}
		if err == nil {
			err = fn(hash, data)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// endSessions ends the user's sessions but one ("" for none), and what is open under them.
func (s *Server) endSessions(ctx context.Context, userID, but string) error {
	err := s.eachSession(ctx, userID, func(hash string, data *sessionData) error {
		if hash == but {
			return nil
		}
		return s.sessions.end(ctx, hash, data)
	})
	s.checkStreamsOf("")
	return err
}

func (s *Server) sessionList(c *fiber.Ctx) error {
	ctx, cancel := s.ctx()
	defer cancel()
	list, err := s.sessionsOf(c, ctx, callOf(c).user)
	if err != nil {
		return err
	}
	return s.send(c, fiber.StatusOK, reply{JSON: sessionsOut{list}, Goto: s.link("accountShow") + "#sessions",
		Part: component(views.Sessions(s.part(c), s.sessionRows(c, list)))})
}

// sessionDelete ends one session; the caller's own is a sign-out.
func (s *Server) sessionDelete(c *fiber.Ctx) error {
	ctx, cancel := s.ctx()
	defer cancel()
	k, hash := callOf(c), c.Params("id")
	if hash == k.session {
		return s.authLogout(c)
	}
	data, err := s.sessions.load(ctx, hash)
	if errors.Is(err, kv.ErrNotFound) || (err == nil && data.UserID != k.user.ID) {
		return store.Errorf(store.NotFound, "There is no such session.").WithHint("It may have ended already.")
	}
	if err == nil {
		err = s.sessions.end(ctx, hash, data)
	}
	if err != nil {
		return err
	}
	s.checkStreamsOf("")
	s.audit(c, "session.end", k.user)
	return s.sessionsLeft(c, ctx)
}

// sessionDeleteAll ends all others.
func (s *Server) sessionDeleteAll(c *fiber.Ctx) error {
	ctx, cancel := s.ctx()
	defer cancel()
	if err := s.endSessions(ctx, callOf(c).user.ID, callOf(c).session); err != nil {
		return err
	}
	s.audit(c, "sessions.end", callOf(c).user)
	return s.sessionsLeft(c, ctx)
}

func (s *Server) sessionsLeft(c *fiber.Ctx, ctx context.Context) error {
	return s.send(c, fiber.StatusOK, reply{JSON: success{true}, Goto: s.link("accountShow") + "#sessions", Part: func() (_ templ.Component, err error) {
		list, err := s.sessionsOf(c, ctx, callOf(c).user)
		return views.Sessions(s.part(c), s.sessionRows(c, list)), err
	}})
}

// sessionRows are the sessions for a page.
func (s *Server) sessionRows(c *fiber.Ctx, list []sessionOfUser) []views.SessionRow {
	rows := make([]views.SessionRow, len(list))
	for i, one := range list {
		rows[i] = views.SessionRow{ID: one.ID, Device: one.Device, API: one.API, Current: one.Current}
		if !one.CreatedAt.IsZero() {
			rows[i].Since = one.CreatedAt.In(zone(c)).Format("2 January 2006, 15:04")
		}
	}
	return rows
}
