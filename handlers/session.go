package handlers

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"net/http"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/gorilla/securecookie"
	"github.com/gorilla/sessions"

	"alleato/store"
	"alleato/store/kv"
)

// sessionLife is how long a session lasts from its last renewal.
const sessionLife = 7 * 24 * time.Hour

// sessionData is what a session holds. A guest may have no row yet.
type sessionData struct {
	UserID  string    `json:"userId"`
	Guest   bool      `json:"guest,omitempty"`
	Version int       `json:"version"`
	Expires time.Time `json:"expires"`
	// Created is when it began, Agent what the browser or program called itself then, API on which mount.
	Created time.Time `json:"created"`
	Agent   string    `json:"agent,omitempty"`
	API     bool      `json:"api,omitempty"`
}

// sessionStore is the sessions.Store of gorilla/sessions over kv. The cookie carries a signed random
// id; kv holds the data under the hash of the id, so a copy of kv holds no live cookie. An id that
// is not known is never adopted.
type sessionStore struct {
	kv    kv.Store
	codec securecookie.Codec
	now   func() time.Time
}

const dataKey = "data" // of sessions.Session.Values

func newSessionStore(s *Server) *sessionStore {
	codec := securecookie.New(deriveKey(s.Secret, "cookie"), nil)
	codec.MaxAge(int(sessionLife.Seconds()))
	codec.SetSerializer(securecookie.NopEncoder{})
	return &sessionStore{kv: s.KV, codec: codec, now: s.Options.Store.Now}
}

// deriveKey makes keys for different uses of the one secret.
func deriveKey(secret []byte, use string) []byte {
	sum := sha256.Sum256(append([]byte("alleato "+use+"\x00"), secret...))
	return sum[:]
}

func sessionHash(id string) string {
	sum := sha256.Sum256([]byte(id))
	return hex.EncodeToString(sum[:])
}

func sessionKey(hash string) string             { return "session:" + hash }
func userSessionKey(userID, hash string) string { return "user:" + userID + ":session:" + hash }
func (st *sessionStore) load(ctx context.Context, hash string) (*sessionData, error) {
	raw, err := st.kv.Get(ctx, sessionKey(hash))
	if err != nil {
		return nil, err
	}
	data := &sessionData{}
	return data, json.Unmarshal(raw, data)
}

// Get is New: one request reads its session once.
func (st *sessionStore) Get(r *http.Request, name string) (*sessions.Session, error) {
	return st.New(r, name)
}

// New reads the session that the request's cookie names; without one, or with one that has ended,
// it is a new session with no id.
func (st *sessionStore) New(r *http.Request, name string) (*sessions.Session, error) {
	session := sessions.NewSession(st, name)
	session.IsNew = true
	session.Options = &sessions.Options{MaxAge: int(sessionLife.Seconds()), HttpOnly: true, SameSite: http.SameSiteLaxMode}
	cookie, err := r.Cookie(name)
	if err != nil {
		return session, nil
	}
	var id []byte
	if err := st.codec.Decode(name, cookie.Value, &id); err != nil {
		return session, nil // not signed by us, or too old
	}
	data, err := st.load(r.Context(), sessionHash(string(id)))
	if errors.Is(err, kv.ErrNotFound) {
		return session, nil
	}
	if err != nil {
		return session, err
	}
	session.ID, session.IsNew = string(id), false
	session.Values[dataKey] = data
	return session, nil
}

// Save writes the session and its cookie; with a negative MaxAge it ends the session.
func (st *sessionStore) Save(r *http.Request, w http.ResponseWriter, session *sessions.Session) error {
	data, _ := session.Values[dataKey].(*sessionData)
	if session.Options.MaxAge < 0 || data == nil {
		if session.ID != "" {
			if err := st.end(r.Context(), sessionHash(session.ID), data); err != nil {
				return err
			}
		}
		session.Options.MaxAge = -1
		http.SetCookie(w, sessions.NewCookie(session.Name(), "", session.Options))
		return nil
	}
	if session.ID == "" {
		session.ID = rand.Text() + rand.Text()
	}
	if err := st.put(r.Context(), sessionHash(session.ID), data); err != nil {
		return err
	}
	signed, err := st.codec.Encode(session.Name(), []byte(session.ID))
	if err != nil {
		return err
	}
	http.SetCookie(w, sessions.NewCookie(session.Name(), signed, session.Options))
	return nil
}

// put writes the data for the whole life of a session from now.
func (st *sessionStore) put(ctx context.Context, hash string, data *sessionData) error {
	data.Expires = st.now().Add(sessionLife)
	raw, err := json.Marshal(data)
	if err != nil {
		return err
	}
	if err := st.kv.Set(ctx, userSessionKey(data.UserID, hash), []byte{'1'}, sessionLife); err != nil {
		return err
	}
	return st.kv.Set(ctx, sessionKey(hash), raw, sessionLife)
}

func (st *sessionStore) end(ctx context.Context, hash string, data *sessionData) error {
	keys := []string{sessionKey(hash)}
	if data != nil {
		keys = append(keys, userSessionKey(data.UserID, hash))
	}
	return st.kv.Delete(ctx, keys...)
}

// cookieName carries the __Host- prefix where its rules (https, no path) hold: no other host or
// path can then set it.
func (s *Server) cookieName(c *fiber.Ctx) string {
	if s.isSecure(c) && s.base == "" {
		return "__Host-alleato"
	}
	return "alleato"
}

// cookieRequest is the bridge to net/http: the request's cookies and nothing else, copied.
func cookieRequest(c *fiber.Ctx, ctx context.Context) *http.Request {
	r := &http.Request{Method: http.MethodGet, Header: http.Header{"Cookie": {c.Get(fiber.HeaderCookie)}}}
	return r.WithContext(ctx)
}

// cookieWriter takes the Set-Cookie that gorilla writes over to the fiber answer.
type cookieWriter struct{ header http.Header }

func (w cookieWriter) Header() http.Header       { return w.header }
func (w cookieWriter) Write([]byte) (int, error) { return 0, http.ErrNotSupported }
func (w cookieWriter) WriteHeader(int)           {}

// signInAs starts a session of the user on this request's mount: a new id always (fixation), the old
// session ended. It returns the session's hash, which a token can name.
func (s *Server) signInAs(c *fiber.Ctx, user *store.User) (hash string, err error) {
	ctx, cancel := s.ctx()
	defer cancel()
	k := callOf(c)
	if k.session != "" {
		if err := s.sessions.end(ctx, k.session, &sessionData{UserID: k.user.ID}); err != nil {
			return "", err
		}
	}
	data := &sessionData{UserID: user.ID, Guest: user.Role == store.RoleGuest, Version: user.SessionVersion,
		Created: s.Options.Store.Now(), Agent: agentOf(c), API: k.api}
	k.user = user
	if k.api {
		k.session = sessionHash(rand.Text() + rand.Text())
		return k.session, s.sessions.put(ctx, k.session, data)
	}
	session := sessions.NewSession(s.sessions, s.cookieName(c))
	session.Values[dataKey] = data
	if err := s.saveCookie(c, ctx, session, int(sessionLife.Seconds())); err != nil {
		return "", err
	}
	k.session = sessionHash(session.ID)
	return k.session, nil
}

// saveCookie saves a session through gorilla and copies its Set-Cookie.
func (s *Server) saveCookie(c *fiber.Ctx, ctx context.Context, session *sessions.Session, maxAge int) error {
	session.Options = &sessions.Options{Path: s.base + "/", MaxAge: maxAge, HttpOnly: true,
		Secure: s.isSecure(c), SameSite: http.SameSiteLaxMode}
	w := cookieWriter{http.Header{}}
	if err := s.sessions.Save(cookieRequest(c, ctx), w, session); err != nil {
		return err
	}
	for _, cookie := range w.header["Set-Cookie"] {
		c.Response().Header.Add(fiber.HeaderSetCookie, cookie)
	}
	return nil
}

// signOut ends the session of this request, its tokens and its open streams.
func (s *Server) signOut(c *fiber.Ctx) error {
	ctx, cancel := s.ctx()
	defer cancel()
	k := callOf(c)
	if k.session != "" && k.user != nil {
		if err := s.sessions.end(ctx, k.session, &sessionData{UserID: k.user.ID}); err != nil {
			return err
		}
	}
	if k.api {
		return nil
	}
	c.Set("Clear-Site-Data", `"cache"`)
	return s.saveCookie(c, ctx, sessions.NewSession(s.sessions, s.cookieName(c)), -1)
}

// newSecret is a random value for URLs, 256 bits.
func newSecret() string {
	b := make([]byte, 32)
	_, _ = rand.Read(b) // never fails; it ends the program instead
	return base64.RawURLEncoding.EncodeToString(b)
}
