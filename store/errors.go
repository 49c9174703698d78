package store

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// Code says what kind of failure an error is; the HTTP status follows from it.
type Code string

// The codes. Whatever is not one of ours is Internal.
const (
	Invalid         Code = "invalid"
	Unauthenticated Code = "unauthenticated"
	Forbidden       Code = "forbidden"
	NotFound        Code = "not_found"
	Conflict        Code = "conflict"
	TooLarge        Code = "too_large"
	Unsupported     Code = "unsupported"
	RateLimited     Code = "rate_limited"
	Unavailable     Code = "unavailable"
	Internal        Code = "internal"
)

// FieldError says what is wrong with one field of the input.
type FieldError struct {
	Field   string `json:"field"`
	Message string `json:"message"`
}

// Error is a failure that may be shown: Message and Hint are written for
// people, the cause is for the log only.
type Error struct {
	Code       Code
	Message    string
	Hint       string
	Field      string
	Fields     []FieldError
	RetryAfter time.Duration
	cause      error
}

// Errorf makes an error for people. To keep a cause, use WithCause: %w in the
// format would put the cause's text before the reader's eyes.
func Errorf(code Code, format string, args ...any) *Error {
	return &Error{Code: code, Message: fmt.Sprintf(format, args...)}
}

// Error is the message and, for the log, the cause.
func (e *Error) Error() string {
	if e.cause == nil {
		return e.Message
	}
	return e.Message + ": " + e.cause.Error()
}

// Unwrap gives the cause.
func (e *Error) Unwrap() error { return e.cause }

// WithHint returns a copy that also says what to do next.
func (e *Error) WithHint(hint string) *Error {
	c := *e
	c.Hint = hint
	return &c
}

// WithField returns a copy that names the field at fault.
func (e *Error) WithField(field string) *Error {
	c := *e
	c.Field = field
	return &c
}

// WithCause returns a copy that keeps err for the log.
func (e *Error) WithCause(err error) *Error {
	c := *e
	c.cause = err
	return &c
}

// WithFields returns a copy that lists every field at fault; the first becomes
// Field when none is set.
func (e *Error) WithFields(fields ...FieldError) *Error {
	c := *e
	c.Fields = fields
	if c.Field == "" && len(fields) > 0 {
		c.Field = fields[0].Field
	}
	return &c
}

// WithRetryAfter returns a copy that says how long to wait before another try.
func (e *Error) WithRetryAfter(d time.Duration) *Error {
	c := *e
	c.RetryAfter = d
	return &c
}

// CodeOf is the code of err: "" for nil, Unavailable for a deadline that
// passed, Internal for anything that is not ours.
func CodeOf(err error) Code {
	var e *Error
	switch {
	case err == nil:
		return ""
	case errors.As(err, &e):
		return e.Code
	case errors.Is(err, context.DeadlineExceeded):
		return Unavailable
	default:
		return Internal
	}
}
