package handlers

import (
	"context"
	"time"

	"github.com/gofiber/fiber/v2"

	"alleato/store"
)

// call is what is known of one request beside its bytes.
type call struct {
	id    string // request id
	api   bool   // on the API mount
	route *route
	user  *store.User // nil until identify, and on the API without a credential
	// session is the kv hash of the session that the credential names; "" for none.
	session string
	// key is the API key that was shown; nil for none.
	key *store.APIKey
	// expires is when the session does; it is renewed in its second half.
	expires time.Time
}

func callOf(c *fiber.Ctx) *call {
	if k, ok := c.Locals("call").(*call); ok {
		return k
	}
	k := &call{}
	c.Locals("call", k)
	return k
}

// reader is the id that decides what a caller may read: nobody's, for one without a credential.
func (k *call) reader() string {
	if k.user == nil {
		return ""
	}
	return k.user.ID
}

func (k *call) keyID() string {
	if k.key == nil {
		return ""
	}
	return k.key.ID
}

// keyName is what the owner called the API key, "" for none.
func (k *call) keyName() string {
	if k.key == nil {
		return ""
	}
	return k.key.Name
}

// timeout bounds what a request may ask of the database and the model list.
const timeout = 10 * time.Second

// ctx is the context of a request's own work: it ends with the server or after the timeout.
// fiber's UserContext is never cancelled, so it is not used.
func (s *Server) ctx() (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.WithoutCancel(s.life), timeout)
}
