package handlers

import (
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/gofiber/fiber/v2"

	"alleato/store"
)

// access says who may call a route. A stranger's object is a 404 on every one of them.
type access int

const (
	// anyone may call; the answer does not depend on who does.
	anyone access = iota
	// visitor is anyone on the browser mount (an unsaved guest at least); the API needs a credential.
	visitor
	// reader is visitor, and without a credential whoever reads a public chat on either mount.
	reader
	// admin is an administrator. To everybody else these routes are forbidden (403), not missing: that
	// they exist is no secret, the API's description lists them. Without a credential the API says 401.
	admin
	// member is somebody with an account: a visitor who is no guest.
	member
	// person is a member by session or token. An API key may not call, so that one that leaked cannot
	// make others or lock its owner out.
	person
)

// mounts says where a route lives.
type mounts int

const (
	onSite mounts = 1 << iota // at the root, for browsers
	onAPI                     // under /api/v1, for programs
	atRoot                    // outside the path of the public URL, for those who watch the process
	onDoor                    // under /v1, for programs that speak OpenAI's protocol
	onBoth = onSite | onAPI
)

// rate is the bucket that a route's calls are counted in.
type rate int

const (
	unlimited rate = iota
	reads
	writes
	signIn
	// What costs more than a row counts in a bucket of its own: a message that a model answers, the bytes of a file, an
	// export or import of everything.
	sends
	uploads
	exports
)

// route is a row of the one table from which the router, the who-may check and the matrix test come.
type route struct {
	method, path string
	name         string
	handle       func(*Server, *fiber.Ctx) error
	who          access
	where        mounts
	rate         rate
	body, answer any
	summary      string
}

// writes says whether the route may change something, which a key for reading must not.
func (r *route) writes() bool { return r.method != http.MethodGet && r.method != http.MethodHead }

// needsAccount says whether guests are turned away.
func (r *route) needsAccount() bool { return r.who == member || r.who == person }

// makesCredentials says whether what the route answers, or ends, lets somebody in.
func (r *route) makesCredentials() bool { return r.who == person || r.rate == signIn }

// upload is the body of a route that reads it as a stream: multipart/form-data with a field `file`.
type upload struct{}

const (
	apiPrefix   = "/api/v1"
	doorPrefix  = "/v1"
	assetPrefix = "/assets/"
	// documentPrefix begins the addresses of documents, whose bodies are the largest that are no upload.
	documentPrefix = "/documents"
)

// filePrefixes are what the addresses of files begin with; the id comes next.
var filePrefixes = []string{"/f/", "/t/", "/files/"}

// routes is the only place where a path is written. Static paths come before those with parameters.
func routes() []route {
	get, post, put, patch, del := http.MethodGet, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete
	return []route{
		{get, "/healthz", "health", (*Server).health, anyone, atRoot, unlimited, nil, status{}, "Whether the process answers"},
		{get, "/readyz", "ready", (*Server).ready, anyone, atRoot, unlimited, nil, status{}, "Whether requests should be sent here"},
		{get, "/openapi.json", "openAPI", (*Server).openAPI, anyone, onSite, reads, nil, nil, "The API in OpenAPI 3.1"},
		{get, "/docs", "docs", (*Server).docs, visitor, onSite, reads, nil, nil, "The reference of the API"},
		{get, "/assets/:file", "asset", (*Server).asset, anyone, onSite, unlimited, nil, nil, "A file of the pages"},
		{get, "/frames/diagram", "diagramFrame", (*Server).diagramFrame, anyone, onSite, unlimited, nil, nil, "What draws a diagram, inside a frame"},
		{get, "/frames/run", "runFrame", (*Server).runFrame, anyone, onSite, unlimited, nil, nil, "What runs code, inside a frame"},
		{get, "/favicon.ico", "favicon", (*Server).favicon, anyone, onSite, unlimited, nil, nil, "The icon"},
		{get, "/sdk/alleato.js", "sdk", (*Server).sdk, anyone, onSite, unlimited, nil, nil, "The SDK, an ES module for browsers and Node"},
		{get, "/sdk/alleato.d.ts", "sdkTypes", (*Server).sdk, anyone, onSite, unlimited, nil, nil, "The SDK's types"},

		{get, "/", "home", (*Server).home, visitor, onSite, reads, nil, nil, "The page of a new chat"},
		{get, "/login", "loginPage", (*Server).loginPage, visitor, onSite, reads, nil, nil, "The sign-in page"},
		{get, "/register", "registerPage", (*Server).registerPage, visitor, onSite, reads, nil, nil, "The sign-up page"},
		{get, "/setup", "setupPage", (*Server).setupPage, visitor, onSite, reads, nil, nil, "The page that makes the first admin"},
		{post, "/setup", "setup", (*Server).setup, visitor, onSite, signIn, setupIn{}, sessionOut{}, "Make the first admin"},

		{post, "/auth/register", "authRegister", (*Server).authRegister, anyone, onBoth, signIn, store.Credentials{}, sessionOut{}, "Register"},
		{post, "/auth/login", "authLogin", (*Server).authLogin, anyone, onBoth, signIn, store.Credentials{}, sessionOut{}, "Sign in"},
		{post, "/auth/guest", "authGuest", (*Server).authGuest, anyone, onBoth, signIn, nil, sessionOut{}, "Become a guest"},
		{post, "/auth/logout", "authLogout", (*Server).authLogout, anyone, onBoth, writes, nil, success{}, "Sign out"},
		{get, "/auth/me", "authMe", (*Server).authMe, visitor, onBoth, reads, nil, userOut{}, "Who am I"},

		{get, "/models", "modelList", (*Server).modelList, visitor, onBoth, reads, nil, modelsOut{}, "The models to choose from"},
		{put, "/account/model", "modelChoose", (*Server).modelChoose, visitor, onBoth, writes, modelChoice{}, success{}, "Choose the model that my new chats begin with"},

		{get, "/chats", "chatList", (*Server).chatList, visitor, onBoth, reads, nil, chatsOut{}, "My chats, newest first"},
		{post, "/chats", "chatCreate", (*Server).chatCreate, visitor, onBoth, writes, chatIn{}, chatOut{}, "Make an empty chat, or send its first message"},
		{del, "/chats", "chatDeleteAll", (*Server).chatDeleteAll, visitor, onBoth, writes, nil, chatsGone{}, "Delete all my chats"},
		{post, "/chats/restore", "chatRestoreAll", (*Server).chatRestoreAll, visitor, onBoth, writes, restoreIn{}, success{}, "Take back that all my chats were deleted"},
		{get, "/chats/:id", "chatShow", (*Server).chatShow, reader, onBoth, reads, nil, chatShown{}, "A chat and its messages"},
		{patch, "/chats/:id", "chatUpdate", (*Server).chatUpdate, visitor, onBoth, writes, chatPatch{}, chatOut{}, "Rename, pin or share a chat, or show another of its branches"},
		{del, "/chats/:id", "chatDelete", (*Server).chatDelete, visitor, onBoth, writes, nil, success{}, "Delete a chat"},
		{post, "/chats/:id/messages", "messageCreate", (*Server).messageCreate, visitor, onBoth, sends, sendIn{}, messageOut{}, "Send a message and read the reply as it is written"},
		{get, "/chats/:id/stream", "chatStream", (*Server).chatStream, reader, onBoth, reads, nil, nil, "The reply being written in a chat, from its start"},
		{post, "/chats/:id/stop", "chatStop", (*Server).chatStop, visitor, onBoth, writes, nil, success{}, "Stop the reply being written, keep what is there"},

		{post, "/chats/:id/restore", "chatRestore", (*Server).chatRestore, visitor, onBoth, writes, nil, chatOut{}, "Take back that a chat was deleted, for some minutes"},
		{get, "/chats/:id/votes", "voteList", (*Server).voteList, visitor, onBoth, reads, nil, votesOut{}, "My votes in a chat"},
		{http.MethodPut, "/chats/:id/messages/:messageId/vote", "voteSet", (*Server).voteSet, visitor, onBoth, writes, voteIn{}, voteOut{}, "Vote on a reply, or change the vote"},
		{del, "/chats/:id/messages/:messageId/vote", "voteDelete", (*Server).voteDelete, visitor, onBoth, writes, nil, success{}, "Withdraw a vote"},

		{get, "/chats/:id/messages/:messageId/image", "messageImage", (*Server).messageImage, reader, onSite, writes, nil, nil, "A picture of another host that a reply points to"},
		{get, "/documents", "documentList", (*Server).documentList, visitor, onBoth, reads, nil, documentsOut{}, "My documents, the last changed first"},
		{post, "/documents", "documentCreate", (*Server).documentCreate, visitor, onBoth, writes, documentIn{}, documentOut{}, "Make a document"},
		{post, "/documents/images", "imageCreate", (*Server).imageCreate, visitor, onBoth, uploads, upload{}, documentOut{}, "Make an image document: multipart, field file"},
		{post, "/documents/:id/image", "imageReplace", (*Server).imageReplace, visitor, onBoth, uploads, upload{}, documentOut{}, "Give an image document another picture: multipart, field file"},
		{get, "/documents/:id", "documentShow", (*Server).documentShow, reader, onBoth, reads, nil, documentOut{}, "A document, or one of its versions"},
		{put, "/documents/:id", "documentSave", (*Server).documentSave, visitor, onBoth, writes, documentSaveIn{}, documentOut{}, "Save a text as the next version"},
		{patch, "/documents/:id", "documentUpdate", (*Server).documentUpdate, visitor, onBoth, writes, documentPatch{}, documentOut{}, "Rename or share a document"},
		{del, "/documents/:id", "documentDelete", (*Server).documentDelete, visitor, onBoth, writes, nil, success{}, "Delete a document with all of its versions"},
		{get, "/documents/:id/versions", "versionList", (*Server).versionList, visitor, onBoth, reads, nil, versionsOut{}, "The versions of a document, newest first"},
		{post, "/documents/:id/restore", "versionRestore", (*Server).versionRestore, visitor, onBoth, writes, versionIn{}, documentOut{}, "Make an older version the newest again"},
		{get, "/documents/:id/diff", "documentDiff", (*Server).documentDiff, visitor, onBoth, reads, nil, diffOut{}, "What changed between two versions"},
		{get, "/documents/:id/download", "documentDownload", (*Server).documentDownload, reader, onBoth, reads, nil, nil, "A document as a file"},
		{get, "/documents/:id/preview", "documentPreview", (*Server).documentPreview, reader, onBoth, reads, nil, nil, "An html document as a page, in a frame of its own"},
		{post, "/documents/:id/ask", "documentAsk", (*Server).documentAsk, visitor, onBoth, sends, askIn{}, messageOut{}, "Have the assistant work on a document, by one of its quick actions"},
		{get, "/documents/:id/suggestions", "suggestionList", (*Server).suggestionList, visitor, onBoth, reads, nil, suggestionsOut{}, "The suggestions for a document"},
		{post, "/documents/:id/suggestions", "suggestionCreate", (*Server).suggestionCreate, visitor, onBoth, writes, suggestionIn{}, suggestionOut{}, "Suggest a change of a document"},
		{patch, "/documents/:id/suggestions", "suggestionAcceptAll", (*Server).suggestionAcceptAll, visitor, onBoth, writes, suggestionsPatch{}, suggestionsResolved{}, "Accept all suggestions that still fit"},
		{patch, "/suggestions/:id", "suggestionUpdate", (*Server).suggestionUpdate, visitor, onBoth, writes, suggestionPatch{}, suggestionResolved{}, "Accept or dismiss a suggestion"},

		{get, "/search", "search", (*Server).search, visitor, onBoth, reads, nil, searchOut{}, "Look for words in my chats"},

		{get, "/streams/:id", "streamShow", (*Server).streamShow, reader, onBoth, reads, nil, nil, "A reply, from its start or after a number"},
		{del, "/streams/:id", "streamStop", (*Server).streamStop, visitor, onBoth, writes, nil, success{}, "Stop a reply, keep what is there"},

		{post, "/files/upload", "fileUpload", (*Server).fileUpload, visitor, onBoth, uploads, upload{}, fileCreated{}, "Upload a file: multipart, field file"},
		{get, "/files", "fileList", (*Server).fileList, visitor, onBoth, reads, nil, filesOut{}, "My files, and how much they take: q, type, sort, limit, cursor"},
		{get, "/files/:id", "fileShow", (*Server).fileShow, visitor, onBoth, reads, nil, fileOut{}, "What is known of a file"},
		{get, "/files/:id/content", "fileContent", (*Server).fileContent, visitor, onBoth, reads, nil, nil, "The bytes of a file of mine"},
		{patch, "/files/:id", "fileUpdate", (*Server).fileUpdate, visitor, onBoth, writes, filePatch{}, fileOut{}, "Rename a file"},
		{del, "/files/:id", "fileDelete", (*Server).fileDelete, visitor, onBoth, writes, nil, success{}, "Delete a file"},
		{get, "/admin", "adminHome", (*Server).adminStats, admin, onSite, reads, nil, nil, "The page of the server's figures"},
		{get, "/admin/stats", "adminStats", (*Server).adminStats, admin, onBoth, reads, nil, statsOut{}, "The server's figures"},
		{get, "/admin/users", "userList", (*Server).userList, admin, onBoth, reads, nil, usersOut{}, "Everybody who has an account: q, limit, cursor"},
		{patch, "/admin/users/:id", "userUpdate", (*Server).userUpdate, admin, onBoth, writes, userPatch{}, adminUserOut{}, "Change somebody's role, or disable their account"},
		{get, "/admin/files", "adminFileList", (*Server).adminFileList, admin, onBoth, reads, nil, adminFilesOut{}, "Everybody's files: owner, q, type, sort, limit, cursor"},
		{del, "/admin/files/:id", "adminFileDelete", (*Server).adminFileDelete, admin, onBoth, writes, nil, success{}, "Delete anybody's file"},
		{get, "/f/:id/:key/:name?", "fileRead", (*Server).fileRead, anyone, onBoth, reads, nil, nil, "The bytes of an upload, for whoever has the URL"},
		{get, "/t/:id/:key", "fileThumbnail", (*Server).fileThumbnail, anyone, onBoth, reads, nil, nil, "An uploaded picture, small, for whoever has the URL"},
		{get, "/avatars/:id", "avatarShow", (*Server).avatarShow, anyone, onBoth, reads, nil, nil, "Somebody's picture"},
		{get, "/account", "accountShow", (*Server).accountShow, visitor, onBoth, reads, nil, userOut{}, "My account"},
		{patch, "/account", "accountUpdate", (*Server).accountUpdate, member, onBoth, writes, nameIn{}, userOut{}, "Change my name"},
		{del, "/account", "accountDelete", (*Server).accountDelete, person, onBoth, signIn, deleteIn{}, success{}, "Delete my account and everything in it"},
		{put, "/account/password", "passwordUpdate", (*Server).passwordUpdate, person, onBoth, signIn, passwordIn{}, userOut{}, "Change my password; my other sessions end"},
		{get, "/account/sessions", "sessionList", (*Server).sessionList, person, onBoth, reads, nil, sessionsOut{}, "Where I am signed in"},
		{del, "/account/sessions", "sessionDeleteAll", (*Server).sessionDeleteAll, person, onBoth, writes, nil, success{}, "Sign out everywhere else"},
		{del, "/account/sessions/:id", "sessionDelete", (*Server).sessionDelete, person, onBoth, writes, nil, success{}, "Sign out somewhere"},
		{get, "/account/keys", "keyList", (*Server).keyList, person, onBoth, reads, nil, keysOut{}, "My API keys"},
		{post, "/account/keys", "keyCreate", (*Server).keyCreate, person, onBoth, writes, keyIn{}, keyOut{}, "Make an API key; its secret is in this answer only"},
		{del, "/account/keys/:id", "keyDelete", (*Server).keyDelete, person, onBoth, writes, nil, success{}, "Revoke an API key"},
		{get, "/account/webhooks", "webhookList", (*Server).webhookList, person, onBoth, reads, nil, webhooksOut{}, "My webhooks"},
		{post, "/account/webhooks", "webhookCreate", (*Server).webhookCreate, person, onBoth, writes, webhookIn{}, webhookMade{}, "Make a webhook; its secret is in this answer only"},
		{get, "/account/webhooks/:id", "webhookShow", (*Server).webhookShow, person, onBoth, reads, nil, webhookOut{}, "A webhook"},
		{patch, "/account/webhooks/:id", "webhookUpdate", (*Server).webhookUpdate, person, onBoth, writes, webhookPatch{}, webhookOut{}, "Change a webhook, or switch it on or off"},
		{del, "/account/webhooks/:id", "webhookDelete", (*Server).webhookDelete, person, onBoth, writes, nil, success{}, "Delete a webhook and its log"},
		{post, "/account/webhooks/:id/secret", "webhookSecret", (*Server).webhookSecret, person, onBoth, writes, nil, webhookMade{}, "Give a webhook another secret"},
		{post, "/account/webhooks/:id/test", "webhookTest", (*Server).webhookTest, person, onBoth, writes, nil, deliveryOut{}, "Send a test to a webhook"},
		{get, "/account/webhooks/:id/deliveries", "deliveryList", (*Server).deliveryList, person, onBoth, reads, nil, deliveriesOut{}, "What was sent to a webhook, and what came of it"},
		{post, "/account/webhooks/:id/deliveries/:deliveryId/redeliver", "deliveryRepeat", (*Server).deliveryRepeat, person, onBoth, writes, nil, deliveryOut{}, "Send a delivery again"},
		{get, "/account/exports", "exportList", (*Server).exportList, member, onBoth, reads, nil, exportsOut{}, "My exports of the last day"},
		{post, "/account/exports", "exportCreate", (*Server).exportCreate, member, onBoth, exports, exportIn{}, exportOut{}, "Export what I have"},
		{get, "/account/exports/:id", "exportShow", (*Server).exportShow, member, onBoth, reads, nil, exportOut{}, "How far an export is, and where it can be fetched"},
		{get, "/account/imports", "importList", (*Server).importList, member, onBoth, reads, nil, importsOut{}, "My imports"},
		{post, "/account/imports", "importCreate", (*Server).importCreate, member, onBoth, exports, upload{}, importOut{}, "Import chats: multipart, field file"},
		{get, "/account/imports/:id", "importShow", (*Server).importShow, member, onBoth, reads, nil, importOut{}, "What of a file was taken and what was not"},
		{put, "/account/avatar", "avatarUpdate", (*Server).avatarUpdate, member, onBoth, uploads, upload{}, userOut{}, "Set my picture: multipart, field file"},
		{post, "/account/avatar", "avatarCreate", (*Server).avatarUpdate, member, onSite, uploads, upload{}, userOut{}, "Set my picture, from a plain form"},
		{del, "/account/avatar", "avatarDelete", (*Server).avatarDelete, member, onBoth, writes, nil, userOut{}, "Remove my picture"},

		{get, "/models", "completionModels", (*Server).completionModels, visitor, onDoor, reads, nil, nil, "The models, as OpenAI lists them"},
		{get, "/models/+", "completionModel", (*Server).completionModel, visitor, onDoor, reads, nil, nil, "A model, as OpenAI has it; its name may hold slashes"},
		{post, "/chat/completions", "completionCreate", (*Server).completionCreate, visitor, onDoor, sends, completionIn{}, nil, "A completion, as OpenAI has it"},
	}
}

// mount registers the table on both mounts, and what every request passes through before it.
func (s *Server) mount() {
	s.app.Use(s.formMethod, s.requestID, s.recover, s.accessLog, s.securityHeaders, s.checkBody, s.guardRequest)
	if len(s.CORSOrigins) > 0 {
		s.app.Use(s.base+apiPrefix, s.corsHandler(apiHeaders))
		s.app.Use(s.base+doorPrefix, s.corsHandler("")) // any: its clients send many of their own
	}
	for _, r := range routes() {
		if r.where&onAPI != 0 {
			s.add(s.base+apiPrefix+r.path, r, true)
		}
		s.streamed(r)
		if r.where&onSite != 0 {
			s.links[r.name] = s.base + r.path
			s.add(s.base+r.path, r, false)
		}
		if r.where&onDoor != 0 {
			s.add(s.base+doorPrefix+r.path, r, true)
		}
		if r.where&atRoot != 0 {
			s.add(r.path, r, false)
		}
	}
	if s.base != "" { // the cookie's path ends in a slash, so a page at the bare path would not know anybody
		s.app.Get(s.base, func(c *fiber.Ctx) error { return c.Redirect(s.base+"/", fiber.StatusMovedPermanently) })
	}
}

// isDoor says whether a request came in by OpenAI's protocol, to a route or beside one.
func (s *Server) isDoor(c *fiber.Ctx) bool { return strings.HasPrefix(c.Path(), s.base+doorPrefix+"/") }

func (s *Server) add(path string, r route, api bool) {
	s.app.Add(r.method, path, s.onMount(&r, api), s.rateLimit(r.rate), s.identify(&r), s.sameSite, s.run(r))
	if r.method == http.MethodGet {
		s.app.Add(http.MethodHead, path, s.onMount(&r, api), s.rateLimit(r.rate), s.identify(&r), s.run(r))
	}
}

func (s *Server) run(r route) fiber.Handler {
	return func(c *fiber.Ctx) error { return r.handle(s, c) }
}

// fillPattern puts args in the place of a pattern's parameters.
func fillPattern(pattern string, args []string) string {
	segments := strings.Split(pattern, "/")
	for i, segment := range segments {
		if strings.HasPrefix(segment, ":") && len(args) > 0 {
			segments[i], args = url.PathEscape(args[0]), args[1:]
		}
	}
	return strings.Join(segments, "/")
}

// fitsPattern says whether a path is one of the pattern's.
func fitsPattern(pattern, path string) bool {
	want, got := strings.Split(pattern, "/"), strings.Split(path, "/")
	return slices.EqualFunc(want, got, func(w, g string) bool { return w == g || (strings.HasPrefix(w, ":") && g != "") })
}

func trimSlash(path string) string { return strings.TrimRight(path, "/") }
