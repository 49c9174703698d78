package store

import (
	"strings"
	"unicode/utf8"
)

const (
	maxEmail    = 254
	minPassword = 8
	maxPassword = 128
	maxName     = 64
)

// Credentials are what a person types to register or to sign in.
type Credentials struct {
	Email    string `json:"email" form:"email" validate:"required,email,max=254"`
	Password string `json:"password" form:"password" validate:"required,min=8,max=128"`
}

// Normalize trims and lower-cases the e-mail; a password stays as typed.
func (c *Credentials) Normalize() { c.Email = normalEmail(c.Email) }

func normalEmail(email string) string {
	return strings.ToLower(strings.TrimSpace(cleanText(email)))
}

// Validate checks normalised credentials, for those that come from elsewhere
// than a bound request: a command, the environment.
func (c Credentials) Validate() error {
	var fields []FieldError
	if !plausibleEmail(c.Email) {
		fields = append(fields, FieldError{"email", "This is not an e-mail address."})
	}
	if message := passwordFault(c.Password); message != "" {
		fields = append(fields, FieldError{"password", message})
	}
	if len(fields) == 0 {
		return nil
	}
	return Errorf(Invalid, "%s", fields[0].Message).WithFields(fields...)
}

// plausibleEmail is about what can be told without sending: one @, something
// on both sides, nothing that does not print.
func plausibleEmail(s string) bool {
	name, host, found := strings.Cut(s, "@")
	return found && name != "" && host != "" && !strings.Contains(host, "@") &&
		len(s) <= maxEmail && !strings.ContainsAny(s, " \t\r\n<>,;") && s == cleanLine(s)
}

func passwordFault(password string) string {
	switch n := utf8.RuneCountInString(password); {
	case n < minPassword:
		return "The password needs at least 8 characters."
	case n > maxPassword:
		return "The password may have 128 characters at most."
	}
	return ""
}

// nameFrom makes a first name for an account: what stands before the @.
func nameFrom(email string) string {
	name, _, _ := strings.Cut(email, "@")
	return firstRunes(name, maxName)
}
