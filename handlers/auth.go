package handlers

import (
	"strings"

	"github.com/a-h/templ"
	"github.com/gofiber/fiber/v2"

	"alleato/store"
	"alleato/views"
)

type userOut struct {
	User *store.User `json:"user"`
}

type sessionOut struct {
	User  *store.User `json:"user"`
	Token string      `json:"token"`
}

type success struct {
	Success bool `json:"success"`
}

// signInForm is the forms' body: the credentials, and where to go afterwards.
type signInForm struct {
	store.Credentials
	Next string `json:"-" form:"next" validate:"max=2000"`
}

func (s *Server) loginPage(c *fiber.Ctx) error {
	return s.formPage(c, fiber.StatusOK, "Sign in", views.Form{Next: c.Query("next")}, views.LoginPage, views.LoginForm)
}

func (s *Server) registerPage(c *fiber.Ctx) error {
	return s.formPage(c, fiber.StatusOK, "Sign up", views.Form{Next: c.Query("next")}, views.RegisterPage, views.RegisterForm)
}

type formView func(views.Page, views.Form) templ.Component

// formPage sends a form as a page or, to htmx, by itself.
func (s *Server) formPage(c *fiber.Ctx, status int, title string, f views.Form, page, part formView) error {
	return s.send(c, status, reply{
		Page: func() (templ.Component, error) {
			p, err := s.page(c, title)
			return page(p, f), err
		},
		Part: component(part(s.part(c), f)),
	})
}

func (s *Server) authRegister(c *fiber.Ctx) error {
	var in signInForm
	err := s.bind(c, &in)
	if err == nil && s.SignupClosed {
		err = store.Errorf(store.Forbidden, "Signing up is closed here.").WithHint("Ask the operator for an account.")
	}
	var user *store.User
	if err == nil {
		ctx, cancel := s.ctx()
		defer cancel()
		user, err = s.Options.Store.Register(ctx, in.Credentials, s.guest(c))
	}
	if err != nil {
		return s.formAgain(c, err, in, "Sign up", views.RegisterPage, views.RegisterForm)
	}
	s.audit(c, "register", user)
	return s.welcome(c, fiber.StatusCreated, user, in.Next)
}

func (s *Server) authLogin(c *fiber.Ctx) error {
	var in signInForm
	err := s.bind(c, &in)
	var user *store.User
	if err == nil {
		ctx, cancel := s.ctx()
		defer cancel()
		user, err = s.Options.Store.SignIn(ctx, in.Credentials, s.guest(c))
	}
	if err != nil {
		s.audit(c, "login.refused", nil)
		return s.formAgain(c, err, in, "Sign in", views.LoginPage, views.LoginForm)
	}
	s.audit(c, "login", user)
	return s.welcome(c, fiber.StatusOK, user, in.Next)
}

// guest is the guest who calls, if it is one: what it made goes to the account.
func (s *Server) guest(c *fiber.Ctx) *store.User {
	if user := callOf(c).user; user != nil && user.Role == store.RoleGuest && callOf(c).session != "" {
		return user
	}
	return nil
}

// formAgain shows a refused form with what was typed, or passes the error on where no form is shown.
func (s *Server) formAgain(c *fiber.Ctx, err error, in signInForm, title string, page, part formView) error {
	e, status := s.classify(c, err)
	if shape := shapeOf(c, shapePage, shapeJSON); (shape != shapePage && shape != shapePart) || status >= 500 {
		return err
	}
	f := views.Form{Email: in.Email, Next: in.Next, Hint: e.Hint, Fields: map[string]string{}}
	for _, field := range fieldsOf(e) {
		f.Fields[field.Field] = field.Message
	}
	if len(f.Fields) == 0 {
		f.Error = e.Message
	}
	if status == fiber.StatusUnauthorized {
		status = fiber.StatusUnprocessableEntity // a browser would look for an authentication scheme
	}
	return s.formPage(c, status, title, f, page, part)
}

// welcome starts the session of somebody who has just signed in.
func (s *Server) welcome(c *fiber.Ctx, status int, user *store.User, next string) error {
	hash, err := s.signInAs(c, user)
	if err != nil {
		return err
	}
	out := sessionOut{User: s.withAvatar(c, user)}
	if callOf(c).api {
		if out.Token, err = s.tokens.issue(user.ID, hash); err != nil {
			return err
		}
		return s.send(c, status, reply{JSON: out})
	}
	return s.send(c, status, reply{JSON: userOut{User: s.withAvatar(c, user)}, Goto: s.localPath(next)})
}

// localPath is where to go after signing in: a path of ours, never another site.
func (s *Server) localPath(next string) string {
	home := s.link("home")
	if !strings.HasPrefix(next, "/") || strings.HasPrefix(next, "//") || strings.ContainsAny(next, "\\\r\n\t\x00") {
		return home
	}
	return next
}

// authGuest gives a guest's session; who has one already stays who they are. The row comes with the
// guest's first write.
func (s *Server) authGuest(c *fiber.Ctx) error {
	k := callOf(c)
	if k.user == nil {
		k.user = store.GuestUser(store.NewID(), s.Options.Store.Now())
	}
	if k.session == "" {
		return s.welcome(c, fiber.StatusOK, k.user, "")
	}
	out := sessionOut{User: s.withAvatar(c, k.user)}
	if !k.api {
		return s.send(c, fiber.StatusOK, reply{JSON: userOut{User: s.withAvatar(c, k.user)}, Goto: s.link("home")})
	}
	var err error
	if out.Token, err = s.tokens.issue(k.user.ID, k.session); err != nil {
		return err
	}
	return s.send(c, fiber.StatusOK, reply{JSON: out})
}

func (s *Server) authLogout(c *fiber.Ctx) error {
	if callOf(c).key != nil {
		return store.Errorf(store.Forbidden, "An API key has no session to sign out of.").WithHint("To end the key, delete it on the page API keys.")
	}
	if err := s.signOut(c); err != nil {
		return err
	}
	if isPart(c) { // the whole page changes with who reads it
		c.Set("HX-Redirect", s.link("home"))
	}
	return s.send(c, fiber.StatusOK, reply{JSON: success{true}, Goto: s.link("home")})
}

func (s *Server) authMe(c *fiber.Ctx) error {
	return s.send(c, fiber.StatusOK, reply{JSON: userOut{User: s.withAvatar(c, callOf(c).user)}})
}

// audit notes who did what; a log that cannot be written does not stop the deed.
func (s *Server) audit(c *fiber.Ctx, action string, user *store.User) {
	s.auditOf(c, action, "", user)
}

// auditOf notes what it was done to as well.
func (s *Server) auditOf(c *fiber.Ctx, action, subject string, user *store.User) {
	ctx, cancel := s.ctx()
	defer cancel()
	entry := store.AuditEntry{Action: action, Subject: subject, Address: s.address(c), RequestID: callOf(c).id, At: s.Options.Store.Now()}
	if user != nil {
		entry.UserID = &user.ID
	}
	if err := s.Options.Store.Audit(ctx, entry); err != nil {
		s.Log.Error("audit entry not written", "action", action, "requestId", callOf(c).id, "error", err)
	}
}
