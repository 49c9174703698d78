// Package handlers owns HTTP: the route table, sessions, what every request passes through, and one
// file of handlers per noun. A handler binds its input, asks the store or ai, and ends in one send.
//
// Paths are written in routes.go only; Accept and HX-* are read in send.go only; errors become
// answers in errors.go only. It must not import cmd.
package handlers

import (
	"context"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/go-playground/validator/v10"
	"github.com/gofiber/fiber/v2"
	"github.com/gorilla/sessions"

	"alleato/ai"
	"alleato/ai/model"
	"alleato/static"
	"alleato/store"
	"alleato/store/blob"
	"alleato/store/kv"
	"alleato/store/media"
	"alleato/store/turns"
	"alleato/views"
	"alleato/views/markdown"
)

// Options configures a Server. All pointers are required.
type Options struct {
	Store    *store.Store
	KV       kv.Store
	Runner   *ai.Runner
	Models   *model.Catalogue
	Assets   *static.Assets
	Markdown *markdown.Renderer
	// Blobs are the bytes of files.
	Blobs blob.Store
	// Spool is the directory where an upload waits while it is looked at; empty is the system's.
	Spool string
	Log   *slog.Logger
	// Secret signs cookies and tokens; at least 32 bytes.
	Secret []byte
	// PublicURL is where people reach the server; empty means: as the request says. Its path, if
	// any, is where everything lives.
	PublicURL string
	// TrustedProxies may set X-Forwarded-*.
	TrustedProxies []netip.Prefix
	// CORSOrigins may call the API from pages of their own.
	CORSOrigins []string
	// SignupClosed refuses registrations.
	SignupClosed bool
	// Env is production, staging or development.
	Env string
	// Rates are the requests a minute and address; nil means no limits.
	Rates *Rates
	// Version of the program, as pages and /healthz say it.
	Version string
	// Heartbeat is how often an idle event stream says that it is alive; 0 means 15 s.
	Heartbeat time.Duration
	// Outside reaches the hosts of pictures that models point to; nil means: public addresses only.
	Outside http.RoundTripper
	// HookPrivate are the places beyond the public internet that webhooks may go to.
	HookPrivate PrivateHosts
	// HookResolver finds the hosts of webhooks; nil is the system's.
	HookResolver *net.Resolver
	// HookPoll is how often what webhooks are to be told is looked for; 0 means a second.
	HookPoll time.Duration
}

// Rates are requests a minute, by address, for the kinds of endpoints; 0 means no limit.
type Rates struct{ Reads, Writes, SignIn, Send, Upload, Export int }

// Server answers HTTP. Make one with New.
type Server struct {
	Options
	app      *fiber.App
	base     string // path under which everything lives: "" or "/chat"
	sessions *sessionStore
	tokens   *tokens
	rules    *validator.Validate
	// crossOrigin knows the public origin, which a proxy may hide from the Host header.
	crossOrigin *http.CrossOriginProtection
	feeds       feeds
	images      *media.Images
	pictures    *turns.Queue  // places of remote pictures on their way
	words       chan struct{} // the place of a Word document in the making
	documents   *media.Documents
	// uploads are the routes that read their body themselves, as "METHOD path".
	uploads  map[string]bool
	links    map[string]string // handler name -> pattern, base included
	draining atomic.Bool
	streams  sync.WaitGroup
	// background are the goroutines that run as long as the server does.
	background sync.WaitGroup
	pulse      pulse
	// api and document, in OpenAPI, are made when they are first asked for.
	api      func() *api
	document func() ([]byte, error)
	// transfers are the places for exports and imports at work.
	transfers *turns.Queue
	room      spoolSpace
	courier   courier
	life      context.Context // ends when event streams must
	end       context.CancelFunc
}

var _ sessions.Store = (*sessionStore)(nil)

// New builds the server and its routes.
func New(o Options) (*Server, error) {
	if o.Heartbeat == 0 {
		o.Heartbeat = 15 * time.Second
	}
	if o.HookPoll == 0 {
		o.HookPoll = hookPoll
	}
	s := &Server{Options: o, links: map[string]string{}, uploads: map[string]bool{}, rules: newRules(),
		images: media.NewImages(1), documents: media.NewDocuments(2), transfers: turns.New(transfersAtOnce, 1), crossOrigin: http.NewCrossOriginProtection()}
	s.pictures, s.words = turns.New(picturesAtOnce, picturesEach), make(chan struct{}, 1)
	s.room.held = map[string]int64{}
	s.courier = courier{wake: make(chan struct{}, 1), busy: map[string]string{}}
	if s.Outside == nil {
		s.Outside = newOutside(outsidePorts, nil)
	}
	if o.PublicURL != "" {
		u, err := url.Parse(o.PublicURL)
		if err != nil {
			return nil, err
		}
		s.base = trimSlash(u.Path)
		if err := s.crossOrigin.AddTrustedOrigin(u.Scheme + "://" + u.Host); err != nil {
			return nil, err
		}
	}
	s.life, s.end = context.WithCancel(context.Background())
	s.feeds.init(s)
	s.sessions = newSessionStore(s)
	s.tokens = &tokens{secret: o.Secret, now: o.Store.Now}
	s.app = fiber.New(fiber.Config{
		Immutable:             true, // strings of a request outlive it (traps of fasthttp's buffers)
		ReadTimeout:           30 * time.Second,
		IdleTimeout:           60 * time.Second,
		WriteTimeout:          10 * time.Minute, // of a whole answer; event streams set a deadline for each flush instead
		BodyLimit:             maxBody,
		ReadBufferSize:        16 << 10,
		DisableStartupMessage: true,
		// With a path the bare one redirects to the one with a slash; and DELETE /chats/ of a client that
		// lost the id must not be DELETE /chats, which deletes them all.
		StrictRouting: true,
		ErrorHandler:  s.fail,
		ServerHeader:  "",
		// Uploads are read as they come. Every other body is read, and bounded, before its handler.
		StreamRequestBody: true, DisablePreParseMultipartForm: true,
	})
	s.mount()
	s.api = sync.OnceValue(newAPI)
	s.document = sync.OnceValues(func() ([]byte, error) { return s.api().document(s.base, s.Version, s.about()) })
	s.app.Server().Handler = s.guardBody(s.app.Server().Handler)
	s.app.Server().KeepHijackedConns = true // event streams close their own
	s.every(s.Heartbeat, "heartbeats of streams", s.pulse.beat)
	s.every(validEvery, "rights of streams", s.checkStreams)
	s.every(transferSweep, "exports and imports", s.sweepTransfers)
	s.runCourier()
	return s, nil
}

// App is the fiber application, for listening and for tests.
func (s *Server) App() *fiber.App { return s.app }

// Drain makes /readyz say no; requests are still answered.
func (s *Server) Drain() { s.draining.Store(true) }

// Shutdown ends the event streams, lets the requests in flight finish until ctx ends, and returns.
func (s *Server) Shutdown(ctx context.Context) error {
	s.end()
	err := s.app.ShutdownWithContext(ctx)
	ended := make(chan struct{})
	go func() { // ends with the last stream, whose flush has a deadline
		defer close(ended)
		s.streams.Wait()
		s.feeds.wait()
		s.background.Wait()
	}()
	select {
	case <-ended:
	case <-ctx.Done(): // a reader that does not read keeps its stream for some seconds more
	}
	return err
}

// link gives the URL of a route on the browser mount by its handler's name; args fill its parameters
// in order. An unknown name is a mistake in a template and panics: the tests render every page.
func (s *Server) link(name string, args ...string) string {
	pattern, ok := s.links[name]
	if !ok {
		panic("no route is called " + name)
	}
	return fillPattern(pattern, args)
}

// location is a route's URL on the mount that the request came in by.
func (s *Server) location(c *fiber.Ctx, name string, args ...string) string {
	url := s.link(name, args...)
	if callOf(c).api {
		return s.base + apiPrefix + strings.TrimPrefix(url, s.base)
	}
	return url
}

var _ views.Links = (*Server)(nil).link
