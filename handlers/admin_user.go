package handlers

import (
	"net/url"
	"strconv"
	"time"

	"github.com/a-h/templ"
	"github.com/gofiber/fiber/v2"

	"alleato/store"
	"alleato/views"
)

// adminUser is an account as administrators see it.
type adminUser struct {
	ID         string     `json:"id"`
	Email      *string    `json:"email"`
	Name       string     `json:"name"`
	Role       store.Role `json:"role"`
	Disabled   bool       `json:"disabled"`
	CreatedAt  time.Time  `json:"createdAt"`
	LastSeenAt *time.Time `json:"lastSeenAt"`
}

type usersOut struct {
	Users      []adminUser `json:"users"`
	NextCursor *string     `json:"nextCursor"`
}

type adminUserOut struct {
	User adminUser `json:"user"`
}

type userPatch struct {
	Role     *string `json:"role" form:"role" validate:"omitempty,oneof=user admin"`
	Disabled *bool   `json:"disabled" form:"disabled"`
}

func toAdminUser(u *store.User) adminUser {
	return adminUser{u.ID, u.Email, u.Name, u.Role, u.DisabledAt != nil, u.CreatedAt, u.LastSeenAt}
}

func (s *Server) userList(c *fiber.Ctx) error {
	ctx, cancel := s.ctx()
	defer cancel()
	q := c.Query("q")
	limit, err := strconv.Atoi(c.Query("limit", "0"))
	if err != nil || limit < 0 {
		return store.Errorf(store.Invalid, "The limit must be a number.").WithField("limit")
	}
	users, next, err := s.Options.Store.FindUsers(ctx, q, limit, c.Query("cursor"))
	if err != nil {
		return err
	}
	out, view := usersOut{Users: []adminUser{}}, views.UsersView{Users: users, Query: q, Zone: zone(c)}
	for i := range users {
		out.Users = append(out.Users, toAdminUser(&users[i]))
	}
	if next != "" {
		out.NextCursor = &next
		view.Next = s.link("userList") + "?" + url.Values{"q": {q}, "cursor": {next}}.Encode()
	}
	return s.send(c, fiber.StatusOK, reply{JSON: out,
		Page: s.pageOf(c, "Users", func(p views.Page) templ.Component { return views.UsersPage(p, view) })})
}

// userUpdate ends the sessions, keys and open streams of whom it changes.
func (s *Server) userUpdate(c *fiber.Ctx) error {
	ctx, cancel := s.ctx()
	defer cancel()
	var in userPatch
	if err := s.bind(c, &in); err != nil {
		return err
	}
	patch := store.UserPatch{Disabled: in.Disabled}
	if in.Role != nil {
		role := store.Role(*in.Role)
		patch.Role = &role
	}
	u, err := s.Options.Store.UpdateUser(ctx, c.Params("id"), patch, store.AuditEntry{UserID: &callOf(c).user.ID, Action: "user.update",
		Address: s.address(c), RequestID: callOf(c).id})
	if err != nil {
		return err
	}
	s.checkStreamsOf("") // what they read ends
	return s.send(c, fiber.StatusOK, reply{JSON: adminUserOut{toAdminUser(u)}, Goto: s.link("userList"),
		Part: func() (templ.Component, error) {
			return views.UserRow(s.part(c), views.UsersView{Zone: zone(c)}, *u), nil
		}})
}
