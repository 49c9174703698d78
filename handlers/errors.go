package handlers

import (
	"errors"
	"math"
	"net/http"
	"strconv"

	"github.com/a-h/templ"
	"github.com/gofiber/fiber/v2"
	"github.com/valyala/fasthttp"

	"alleato/store"
	"alleato/store/kv"
	"alleato/views"
)

// statusOf is the one table from error codes to HTTP statuses.
var statusOf = map[store.Code]int{
	store.Invalid:         http.StatusUnprocessableEntity,
	store.Unauthenticated: http.StatusUnauthorized,
	store.Forbidden:       http.StatusForbidden,
	store.NotFound:        http.StatusNotFound,
	store.Conflict:        http.StatusConflict,
	store.TooLarge:        http.StatusRequestEntityTooLarge,
	store.Unsupported:     http.StatusUnsupportedMediaType,
	store.RateLimited:     http.StatusTooManyRequests,
	store.Unavailable:     http.StatusServiceUnavailable,
	store.Internal:        http.StatusInternalServerError,
}

// refusal is a store.Error that is answered with another status than its code's.
type refusal struct {
	cause  *store.Error
	status int
}

// Error is the text of the refusal.
func (r *refusal) Error() string { return r.cause.Error() }

// Unwrap gives the refusal without its status.
func (r *refusal) Unwrap() error { return r.cause }

// malformed is input that cannot be read at all: 400, where a rule's refusal is 422.
func malformed(message string) error {
	return &refusal{store.Errorf(store.Invalid, "%s", message), http.StatusBadRequest}
}

func notAcceptable() error {
	return &refusal{store.Errorf(store.Unsupported, "This address has no answer in the form asked for.").
		WithHint("Accept application/json or text/html."), http.StatusNotAcceptable}
}

// problem is an error for programs: RFC 9457.
type problem struct {
	Type      string             `json:"type"`
	Title     string             `json:"title"`
	Status    int                `json:"status"`
	Detail    string             `json:"detail"`
	Code      store.Code         `json:"code"`
	Hint      string             `json:"hint,omitempty"`
	Field     string             `json:"field,omitempty"`
	Errors    []store.FieldError `json:"errors,omitempty"`
	RequestID string             `json:"requestId"`
	// Of a document that was changed meanwhile: as it is now, and the content that was not saved.
	Current *store.Document `json:"current,omitempty"`
	Yours   *string         `json:"yours,omitempty"`
}

// fail is fiber's error handler and the only writer of error answers.
func (s *Server) fail(c *fiber.Ctx, err error) error {
	if callOf(c).id == "" { // refused by the server, before any middleware
		s.identifyCall(c)
		s.setSafeHeaders(c)
	}
	e, status := s.classify(c, err)
	if status >= http.StatusInternalServerError {
		s.Log.Error("request failed", "requestId", callOf(c).id, "method", c.Method(), "path", c.Path(), "error", err)
	}
	c.Vary(varies...)
	c.Set(fiber.HeaderCacheControl, "no-store")
	if e.RetryAfter > 0 {
		c.Set(fiber.HeaderRetryAfter, strconv.Itoa(int(math.Ceil(e.RetryAfter.Seconds()))))
	}
	if s.isDoor(c) {
		return s.failOpenAI(c, e, status)
	}
	switch shapeOf(c, shapePage, shapeJSON) {
	case shapePart:
		// htmx swaps errors too: the toast goes to its own place and the page stays as it is.
		c.Set("HX-Retarget", "#toasts")
		c.Set("HX-Reswap", "beforeend")
		return s.render(c, status, component(views.Toast(failure(c, e, status))))
	case shapePage:
		return s.render(c, status, func() (templ.Component, error) { return s.errorPage(c, e, status) })
	}
	p := problem{
		Type: "about:blank", Title: http.StatusText(status), Status: status, Detail: e.Message, Code: e.Code,
		Hint: e.Hint, Field: e.Field, Errors: fieldsOf(e), RequestID: callOf(c).id,
	}
	if stale := (*store.StaleError)(nil); errors.As(err, &stale) {
		p.Current, p.Yours = stale.Current, &stale.Yours
	}
	return s.sendJSON(c, status, p, "application/problem+json")
}

func fieldsOf(e *store.Error) []store.FieldError {
	if len(e.Fields) == 0 && e.Field != "" {
		return []store.FieldError{{Field: e.Field, Message: e.Message}}
	}
	return e.Fields
}

// classify turns any error into one of ours and its status; what is not ours is internal, and says
// nothing but the request's id.
func (s *Server) classify(c *fiber.Ctx, err error) (*store.Error, int) {
	var own *refusal
	if errors.As(err, &own) {
		return own.cause, own.status
	}
	var e *store.Error
	if errors.As(err, &e) && e.Code != store.Internal {
		return e, statusOf[e.Code]
	}
	var fe *fiber.Error
	if errors.As(err, &fe) {
		return fromFiber(fe)
	}
	if errors.Is(err, fasthttp.ErrBodyTooLarge) {
		return fromFiber(fiber.ErrRequestEntityTooLarge)
	}
	if code := store.CodeOf(err); code == store.Unavailable || errors.Is(err, kv.ErrUnavailable) {
		return store.Errorf(store.Unavailable, "The server could not do that just now.").WithHint("Try again in a moment."),
			http.StatusServiceUnavailable
	}
	return store.Errorf(store.Internal, "Something went wrong on the server. Its log knows this request as %s.", callOf(c).id).
		WithHint("Try again; if it goes on, tell the operator the request's id."), http.StatusInternalServerError
}

// fromFiber gives the router's and the server's own refusals our words.
func fromFiber(fe *fiber.Error) (*store.Error, int) {
	switch fe.Code {
	case http.StatusNotFound:
		return store.Errorf(store.NotFound, "There is nothing here.").WithHint("Check the address."), fe.Code
	case http.StatusMethodNotAllowed:
		return store.Errorf(store.Unsupported, "This address does not take that method.").WithHint("Check the method."), fe.Code
	case http.StatusRequestEntityTooLarge:
		return store.Errorf(store.TooLarge, "The request is larger than 4 MB.").WithHint("Send less at once."), fe.Code
	case http.StatusRequestHeaderFieldsTooLarge:
		return store.Errorf(store.TooLarge, "The request's headers are too large.").WithHint("Delete this site's cookies."), fe.Code
	}
	if fe.Code >= http.StatusInternalServerError {
		return store.Errorf(store.Internal, "Something went wrong on the server.").WithHint("Try again."), fe.Code
	}
	return store.Errorf(store.Invalid, "The request could not be read."), fe.Code
}

func failure(c *fiber.Ctx, e *store.Error, status int) views.Failure {
	return views.Failure{Status: status, Title: http.StatusText(status), Message: e.Message, Hint: e.Hint, RequestID: callOf(c).id}
}

// errorPage is the page of an error; when even the visitor is not known, it is a bare one.
func (s *Server) errorPage(c *fiber.Ctx, e *store.Error, status int) (templ.Component, error) {
	page, err := s.page(c, http.StatusText(status))
	if err != nil {
		s.Log.Warn("error page without a sidebar", "requestId", callOf(c).id, "error", err)
	}
	return views.ErrorPage(page, failure(c, e, status)), nil
}
