package model

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/tidwall/gjson"
)

const (
	maxErrorBody  = 64 << 10
	maxDetail     = 300 // runes of the provider's own words
	sayCheckModel = "Check the model's name and the provider's address (OPENAI_BASE_URL)."
)

// secrets finds what looks like a key or token in the provider's words: some
// repeat the refused key, more or less masked.
var secrets = regexp.MustCompile(`(?i)\bbearer\s+\S+|\b(?:sk|pk|rk|gsk|xai|hf|org)[-_][\w*.…-]{6,}|\bAIza[\w-]{10,}|[\w-]*\*{3,}[\w-]*`)

// refusal makes an *Error of an answer that is not a success. It closes nothing.
func refusal(resp *http.Response, key string, now time.Time) *Error {
	// What could be read is enough: the status alone makes a message.
	body, _ := io.ReadAll(io.LimitReader(resp.Body, maxErrorBody))
	e := &Error{Status: resp.StatusCode, RetryAfter: retryAfter(resp.Header, now)}
	words, code := providerWords(gjson.ParseBytes(body), key)
	e.explain(words, code)
	return e
}

// midStreamError makes an *Error of an error object that arrives after the
// reply began with a good status.
func midStreamError(value gjson.Result, key string) *Error {
	words, code := providerWords(value, key)
	status, err := strconv.Atoi(code)
	if err != nil || status < 400 || status > 599 {
		status = 0
	}
	e := &Error{Status: status}
	e.explain(words, code)
	return e
}

// providerWords takes message and code out of the forms that error objects have.
func providerWords(v gjson.Result, key string) (message, code string) {
	if v.IsArray() { // Google wraps it
		v = v.Get("0")
	}
	inner := v.Get("error")
	switch {
	case inner.Type == gjson.String:
		message = inner.Str
	case inner.IsObject():
		v = inner
	case v.Type == gjson.String:
		message = v.Str
	}
	for _, field := range [...]string{"message", "detail", "error_msg"} {
		if m := v.Get(field); message == "" && m.Type == gjson.String {
			message = m.Str
		}
	}
	if c := v.Get("code"); c.Type == gjson.String || c.Type == gjson.Number {
		code = c.String()
	}
	return clean(hideKey(message, key)), cmp.Or(code, v.Get("type").Str)
}

// explain chooses code and message. The provider's own words are added where
// they help to put it right, and left out where they speak of keys and accounts.
func (e *Error) explain(words, code string) {
	e.detail = words
	lower := strings.ToLower(code + " " + words)
	switch {
	case e.Status == http.StatusUnauthorized || strings.Contains(lower, "invalid_api_key"):
		e.say(CodeUnauthenticated, "The model provider refused the API key. Check the key that this server is configured with.")
	case e.Status == http.StatusPaymentRequired || strings.Contains(lower, "insufficient_quota"):
		e.say(CodeQuota, "The account at the model provider has no credit left.")
	case e.Status == http.StatusForbidden:
		e.say(CodeForbidden, "The model provider does not allow this server to use the model.")
	case e.Status == http.StatusTooManyRequests || strings.Contains(lower, "rate_limit"):
		e.say(CodeRateLimited, "The model provider is getting too many requests. "+tryAgain(e.RetryAfter))
	case e.Status == http.StatusRequestEntityTooLarge, strings.Contains(lower, "context_length"), strings.Contains(lower, "context length"):
		e.say(CodeTooLarge, withWords("The conversation is too long for this model", words))
	case strings.Contains(lower, "content_filter") || strings.Contains(lower, "content_policy"):
		e.say(CodeFiltered, withWords("The model provider's content filter refused this", words))
	case e.Status == http.StatusNotFound:
		e.say(CodeNotFound, withWords("The model provider does not have this model", words)+" "+sayCheckModel)
	case e.Status >= 300 && e.Status < 400:
		e.say(CodeUnavailable, "The model provider answered with a redirect, which is not followed. Check its address (OPENAI_BASE_URL).")
	case e.Status >= 400 && e.Status < 500:
		e.say(CodeInvalid, withWords("The model provider did not accept the request", words))
	case e.Status >= 500:
		e.say(CodeUnavailable, fmt.Sprintf("The model provider has a problem (%d). %s", e.Status, tryAgain(e.RetryAfter)))
	default:
		e.say(CodeUnavailable, withWords("The model provider reported an error", words))
	}
}

func (e *Error) say(code, message string) { e.Code, e.Message = code, message }

func withWords(message, words string) string {
	if words == "" {
		return message + "."
	}
	if !strings.ContainsAny(words[len(words)-1:], ".!?…") {
		words += "."
	}
	return message + ": " + words
}

func tryAgain(after time.Duration) string {
	switch {
	case after <= 0:
		return "Try again in a moment."
	case after < 2*time.Minute:
		return fmt.Sprintf("Try again in %d seconds.", int(max(after, time.Second).Seconds()))
	case after < 2*time.Hour:
		return fmt.Sprintf("Try again in %d minutes.", int(after.Round(time.Minute).Minutes()))
	}
	return fmt.Sprintf("Try again in %d hours.", int(after.Round(time.Hour).Hours()))
}

// clean makes the provider's words fit to show: one short line of plain text,
// no markup, nothing that looks like a key.
func clean(s string) string {
	s = strings.ToValidUTF8(s, "")
	if head := strings.ToLower(s); strings.Contains(head, "<html") || strings.Contains(head, "<!doctype") || strings.Contains(head, "<body") {
		return ""
	}
	s = secrets.ReplaceAllString(oneLine(s), "…")
	if utf8.RuneCountInString(s) > maxDetail {
		s = strings.TrimSpace(string([]rune(s)[:maxDetail])) + "…"
	}
	return s
}

// oneLine folds white space, and control characters with it.
func oneLine(s string) string {
	return strings.Join(strings.FieldsFunc(s, func(r rune) bool {
		return unicode.IsSpace(r) || unicode.IsControl(r) || unicode.Is(unicode.Cf, r)
	}), " ")
}

func hideKey(s, key string) string {
	if key == "" {
		return s
	}
	return strings.ReplaceAll(s, key, "…")
}

// retryAfter reads the header's two forms, seconds and a date.
func retryAfter(h http.Header, now time.Time) time.Duration {
	value := h.Get("Retry-After")
	if seconds, err := strconv.ParseFloat(value, 64); err == nil {
		if !(seconds > 0) { // also NaN
			return 0
		}
		return time.Duration(min(seconds, 24*60*60) * float64(time.Second))
	}
	if at, err := http.ParseTime(value); err == nil {
		return max(0, at.Sub(now))
	}
	return 0
}

// unreachable makes an *Error of a failure to get any answer.
func unreachable(err error) *Error {
	e := &Error{cause: err}
	var outer *url.Error
	if errors.As(err, &outer) {
		e.cause = outer.Err // without the address, which may hold a password
	}
	var timeout net.Error
	var dns *net.DNSError
	switch {
	case errors.As(err, &timeout) && timeout.Timeout(), errors.Is(err, context.DeadlineExceeded):
		e.final = true // one connect timeout is as long as anybody should wait
		e.say(CodeUnavailable, "The model provider does not answer. Check its address (OPENAI_BASE_URL), or try again later.")
	case errors.As(err, &dns):
		e.say(CodeUnavailable, "The model provider's host name is not known. Check its address (OPENAI_BASE_URL).")
	default:
		e.say(CodeUnavailable, "The model provider cannot be reached. Check that it is running and its address (OPENAI_BASE_URL) is right.")
	}
	return e
}

func notAnAPI() *Error {
	e := &Error{Status: http.StatusOK, final: true}
	e.say(CodeUnavailable, "The model provider's address answers, but not as an OpenAI-compatible API. Check OPENAI_BASE_URL: it usually ends in /v1.")
	return e
}
