package model

import (
	"errors"
	"fmt"
	"time"
)

var (
	// ErrUnknownModel is returned for a model id that is not on offer.
	ErrUnknownModel = errors.New("unknown model")
	// ErrCut is returned when a reply breaks off before its proper end.
	ErrCut = errors.New("the model's reply broke off")
	// ErrIdle is returned when the model is silent for longer than Options.Idle.
	ErrIdle = errors.New("the model fell silent")
	// ErrTooLong is returned when a reply passes Options.MaxBytes, or one line of
	// it the line limit. It is an ErrCut to errors.Is, as it too leaves a part.
	ErrTooLong = fmt.Errorf("%w: it passed the output limit", ErrCut)
)

// Codes of Error. The first ones are named as the store's error codes are.
const (
	CodeUnauthenticated = "unauthenticated" // the provider refuses the API key
	CodeForbidden       = "forbidden"       // the key may not use this model
	CodeNotFound        = "not_found"       // no such model or no such API there
	CodeRateLimited     = "rate_limited"    // too many requests; see RetryAfter
	CodeTooLarge        = "too_large"       // the conversation exceeds the model's window
	CodeInvalid         = "invalid"         // the provider rejects the request otherwise
	CodeUnavailable     = "unavailable"     // down, overloaded or not reachable
	CodeQuota           = "quota"           // the account at the provider has no credit
	CodeFiltered        = "filtered"        // the provider's content filter refuses
)

// Error is a refusal by the model's provider, or a failure to reach it.
type Error struct {
	Status     int           // HTTP status; 0 when the provider gave none
	Code       string        // one of the Code constants
	Message    string        // clear and safe to show: never a key, never a page of HTML
	RetryAfter time.Duration // what the provider asks for; 0: nothing
	cause      error         // the network error behind a failure to connect
	detail     string        // the provider's words, cleaned
	final      bool          // not worth a retry, whatever the status
}

// Error returns the message for people, and nothing else.
func (e *Error) Error() string { return e.Message }

// Unwrap gives the network error behind a failure to connect, for logs.
func (e *Error) Unwrap() error { return e.cause }
