package handlers

import (
	"time"

	"github.com/golang-jwt/jwt/v5"
)

// tokens makes and reads the JWTs of the API. A token names a session and is worth no more than it:
// what ends the session ends the token.
type tokens struct {
	secret []byte
	now    func() time.Time
}

const audience = "alleato"

type claims struct {
	jwt.RegisteredClaims
	SessionID string `json:"sid"`
}

func (t *tokens) key() []byte { return deriveKey(t.secret, "jwt") }

// issue signs a token for the session of that hash.
func (t *tokens) issue(userID, sessionHash string) (string, error) {
	now := t.now()
	return jwt.NewWithClaims(jwt.SigningMethodHS256, claims{
		RegisteredClaims: jwt.RegisteredClaims{Subject: userID, Audience: jwt.ClaimStrings{audience},
			IssuedAt: jwt.NewNumericDate(now), ExpiresAt: jwt.NewNumericDate(now.Add(sessionLife))},
		SessionID: sessionHash,
	}).SignedString(t.key())
}

// read checks signature, algorithm, audience and expiry, and gives the subject and the session.
func (t *tokens) read(token string) (userID, sessionHash string, err error) {
	var c claims
	_, err = jwt.ParseWithClaims(token, &c, func(*jwt.Token) (any, error) { return t.key(), nil },
		jwt.WithValidMethods([]string{jwt.SigningMethodHS256.Alg()}), jwt.WithExpirationRequired(),
		jwt.WithAudience(audience), jwt.WithTimeFunc(t.now))
	return c.Subject, c.SessionID, err
}
