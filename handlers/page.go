package handlers

import (
	"context"
	"net/url"
	"strconv"
	"time"

	"github.com/gofiber/fiber/v2"

	"alleato/store"
	"alleato/views"
)

// sidebarPage is how many chats the sidebar loads at once.
const sidebarPage = 30

// page is what every page needs: the visitor, the sidebar's first chats, the chrome. When the chats
// cannot be had the rest is still there, beside the error.
func (s *Server) page(c *fiber.Ctx, title string) (views.Page, error) {
	p := s.part(c)
	p.Title = title
	if p.User == nil {
		p.User = store.GuestUser(store.NewID(), s.Options.Store.Now())
	}
	if !p.User.Saved {
		return p, nil
	}
	ctx, cancel := s.ctx()
	defer cancel()
	list, _, err := s.chatPage(c, ctx, store.ChatQuery{Limit: sidebarPage})
	p.Chats = list
	return p, err
}

// part is the same for a fragment, without the sidebar.
func (s *Server) part(c *fiber.Ctx) views.Page {
	ctx, cancel := context.WithTimeout(s.life, time.Second)
	defer cancel()
	if user := callOf(c).user; user != nil {
		s.withAvatar(c, user)
	}
	return views.Page{
		Theme:       oneOf(c.Cookies("theme"), "system", "light", "dark"),
		SidebarOpen: c.Cookies("sidebar") != "closed",
		User:        callOf(c).user, Links: s.link, Assets: s.Assets, AssetBase: s.base + assetPrefix,
		Markdown: s.Markdown, Demo: s.Models.Demo(ctx), Staging: s.Env == "staging", Version: s.Version,
	}
}

// oneOf gives value when it is the fallback or one of the others, else the fallback.
func oneOf(value, fallback string, others ...string) string {
	for _, o := range others {
		if value == o {
			return value
		}
	}
	return fallback
}

// chatPage is a page of the visitor's chats, grouped for the sidebar by the reader's own days.
func (s *Server) chatPage(c *fiber.Ctx, ctx context.Context, q store.ChatQuery) (views.ChatList, string, error) {
	chats, next, err := s.Options.Store.Chats(ctx, callOf(c).reader(), q)
	if err != nil {
		return views.ChatList{}, "", err
	}
	list := views.ChatList{Groups: views.GroupChats(chats, s.Options.Store.Now(), zone(c))}
	if next != "" {
		query := url.Values{"cursor": {next}, "limit": {strconv.Itoa(q.Limit)}}
		list.NextURL = s.link("chatList") + "?" + query.Encode()
	}
	return list, next, nil
}

// zone is the reader's time zone, which the page's script keeps in a cookie.
func zone(c *fiber.Ctx) *time.Location {
	name, err := url.QueryUnescape(c.Cookies("tz"))
	if err != nil || name == "" || name == "Local" || len(name) > 64 {
		return time.UTC
	}
	loc, err := time.LoadLocation(name)
	if err != nil {
		return time.UTC
	}
	return loc
}

// refusedForm shows a refused form again, in the place of target; other callers get the error as it is.
func (s *Server) refusedForm(c *fiber.Ctx, err error, target string, show func(views.Form, int) error) error {
	e, status := s.classify(c, err)
	if shape := shapeOf(c, shapePage, shapeJSON); (shape != shapePage && shape != shapePart) || status >= 500 || e.Code == store.NotFound {
		return err
	}
	if isPart(c) {
		c.Set("HX-Retarget", target) // an error's body goes nowhere unless the answer says where
		c.Set("HX-Reswap", "outerHTML")
	}
	form := views.Form{Hint: e.Hint, Fields: map[string]string{}}
	for _, field := range fieldsOf(e) {
		form.Fields[field.Field] = field.Message
	}
	if len(form.Fields) == 0 {
		form.Error = e.Message
	}
	return show(form, status)
}
