package handlers

import (
	"net/http"
)

// note is what the reference says of a route beyond its row.
type note struct {
	text   string
	params []param        // beside those of the path
	status int            // of success; 0 is 200
	events bool           // the answer is, or may be, an event stream
	bytes  bool           // the answer is a file
	also   map[int]string // further answers without a body
	sends  schema         // what a 200 holds where success is another status
	codes  []int          // refusals that do not follow from the row
	sample any            // an example of the body
}

// param is a parameter of a path, a query or a header.
type param struct {
	name, in, kind, text string
	required             bool
}

func (p param) schema() schema {
	if p.kind == "integer" {
		return schema{"type": "integer", "minimum": 0}
	}
	return schema{"type": "string"}
}

func query(name, kind, text string) param {
	return param{name: name, in: "query", kind: kind, text: text}
}

var (
	limitParam  = query("limit", "integer", "How many at most; 50 when it is missing, never more than 100.")
	cursorParam = query("cursor", "string", "Where to go on: the nextCursor of the answer before.")
	idempotency = param{name: "Idempotency-Key", in: "header", kind: "string",
		text: "Any text of up to 200 characters. The same key with the same body gives the same reply for 24 hours; with another body it is a 409."}
	lastEvent = param{name: "Last-Event-ID", in: "header", kind: "string", text: "The id of the last entry that was read; the stream goes on after it."}
)

var fileParams = []param{limitParam, cursorParam, query("q", "string", "Only files whose name holds this."),
	query("type", "string", "Only files of this kind."), query("sort", "string", "The order.")}

const introduction = `Everything that the pages of this server do, for programs.

**Who calls.** Send ` + "`Authorization: Bearer`" + ` with a token of ` + "`POST /auth/login`" + ` or an API key made on the page API keys (` + "`x-api-key`" + ` works too). A key for reading may call what changes nothing.

**Errors** are ` + "`application/problem+json`" + ` (RFC 9457) with a ` + "`code`" + ` for programs, a ` + "`detail`" + ` and a ` + "`hint`" + ` for people, the ` + "`field`" + ` at fault, and the ` + "`requestId`" + ` under which the server's log knows the request. What is somebody else's is a 404, like what is not there.

**Limits** count by address in windows of a minute; every answer says what is left. A 429 says in ` + "`Retry-After`" + ` when to come back.

**Replies** are streams of server-sent events in the UI message stream protocol of the npm package ai, which ` + "`useChat`" + ` reads as it is. They are kept: after a lost connection read on from ` + "`GET /streams/{id}`" + `.`

const streamExample = `id: 1
data: {"type":"start","messageId":"019bce5e-7000-7000-8000-000000000002"}

id: 2
data: {"type":"text-start","id":"0"}

id: 3
data: {"type":"text-delta","id":"0","delta":"Hello"}

id: 4
data: {"type":"text-end","id":"0"}

id: 5
data: {"type":"finish","finishReason":"stop","messageMetadata":{"model":"gpt-5","usage":{"inputTokens":12,"outputTokens":240}}}

data: [DONE]

`

var sendBody = map[string]any{"messages": []any{map[string]any{"role": "user", "content": "What is a hash map?"}}}

const sendText = "Takes text and files, the messages of a history (the last user message counts, the server knows the rest), and what `useChat` sends. " +
	"A chat that does not exist is made. The answer is an event stream, or with `Accept: application/json` the finished message; the reply goes on when its reader leaves. " +
	"`trigger` may be `regenerate-message` or `continue-message`; `parentId` edits: it names the message to follow, null for a new first one."

// notes has what is not plain from the table, by the handlers' names.
var notes = map[string]note{
	"setup":        {text: "Takes the token of the link that the server prints while it has no administrator.", status: 201, codes: []int{404, 409}},
	"authRegister": {text: "With the token of a guest the guest becomes the account and keeps everything.", status: 201, codes: []int{403, 409}},
	"authLogin":    {text: "With the token of a guest its chats and files go to the account.", codes: []int{401, 403}},
	"authGuest":    {text: "Who is signed in already stays who they are.", codes: []int{401}},
	"authLogout":   {text: "Ends the session and every token that names it."},
	"modelList":    {text: "What the server's providers offer, asked once an hour.", codes: []int{503}},
	"chatList": {text: "Pinned chats come first, then by the time of the last message.",
		params: []param{limitParam, cursorParam, query("q", "string", "Only chats whose title holds this.")}},
	"chatCreate": {text: "Makes an empty chat; `id` may be brought along. A body with text, files or messages sends: " + sendText, status: 201,
		params: []param{idempotency}, codes: []int{409}, sample: map[string]any{"title": "Plans", "visibility": "private"},
		sends: schema{eventStreamType: eventContent(), "application/json": schema{"schema": schema{"$ref": "#/components/schemas/MessageAnswer"}}}},
	"chatDeleteAll":  {text: "They can be had back for some minutes with POST /chats/restore."},
	"chatRestoreAll": {text: "deletedAt is what the deletion answered with.", codes: []int{404}, sample: map[string]any{"deletedAt": "2026-11-22T12:00:00Z"}},
	"chatShow": {text: "The shown branch, without a reply that is still being written: resume that from its stream.",
		params: []param{query("tree", "string", "1 gives every message of one's own chat, on all branches."), query("message", "string", "Shows the branch that this message is on.")}},
	"chatUpdate":    {text: "What is missing stays as it is.", codes: []int{409}, sample: map[string]any{"title": "Plans for Torino", "pinned": true}},
	"chatDelete":    {text: "It can be had back for some minutes."},
	"messageCreate": {text: sendText, params: []param{idempotency}, events: true, codes: []int{409}, sample: sendBody},
	"documentAsk": {text: "The answer is that of a message: it goes to the document's own chat, or to a new one, which the document is then in. " +
		"`action` depends on the document's kind.", params: []param{idempotency}, events: true, codes: []int{409},
		sample: map[string]any{"action": "level", "choice": "a child of ten"}},
	"chatStream": {text: "For `useChat` with `resume`. For 30 seconds after its end the reply can still be read.", events: true,
		also: map[int]string{204: "No reply is being written, or the chat is not there."}},
	"chatStop":       {text: "The model is cut off within a second; what it wrote stays."},
	"voteSet":        {codes: []int{409}, sample: map[string]any{"type": "up"}},
	"search":         {text: "All words must be there, in any order; the last may be the beginning of one.", params: []param{query("q", "string", "The words."), query("limit", "integer", "How many at most.")}},
	"streamShow":     {text: "Two readings of a reply are the same, but for comment lines.", events: true, params: []param{lastEvent, query("after", "integer", "The same as Last-Event-ID.")}},
	"fileUpload":     {text: "The type is found out from the bytes. Pictures are made anew, without what the camera noted.", status: 201},
	"fileList":       {params: fileParams},
	"fileContent":    {text: "Takes Range and If-None-Match.", bytes: true, codes: []int{416}, also: map[int]string{206: "The part that Range asked for", 304: "As it was"}},
	"fileRead":       {text: "The address comes from a file's `url` and changes when access ends.", bytes: true, codes: []int{416}, also: map[int]string{206: "The part that Range asked for", 304: "As it was"}},
	"fileThumbnail":  {text: "The address comes from a file's `thumbnailUrl`.", bytes: true, codes: []int{416}, also: map[int]string{206: "The part that Range asked for", 304: "As it was"}},
	"avatarShow":     {bytes: true, codes: []int{416}, also: map[int]string{206: "The part that Range asked for", 304: "As it was"}},
	"avatarUpdate":   {text: "A JPEG or PNG; it is cut to a square of 512 pixels."},
	"fileUpdate":     {text: "The type follows the name of a text only.", sample: map[string]any{"name": "notes.md"}},
	"fileDelete":     {params: []param{query("unsent", "string", "1 deletes the file only while no message has it.")}},
	"adminFileList":  {text: "Without their content and addresses, which are their owners' alone.", params: fileParams},
	"accountUpdate":  {sample: map[string]any{"name": "Ada"}},
	"accountDelete":  {text: "Needs the password. Chats, files and everything else go with it.", codes: []int{409}},
	"passwordUpdate": {text: "Needs the password there is. The caller's own session goes on.", sample: map[string]any{"currentPassword": "correct horse", "newPassword": "battery staple"}},
	"exportCreate": {text: "Made in the background: ask for it until its status is done, then fetch its url. The newest five are kept, for 24 hours.", status: 202, codes: []int{409},
		sample: map[string]any{"format": "json"}},
	"importCreate": {text: "Alleato's own export, ChatGPT's conversations.json or export, Open WebUI's chats. The same file twice doubles nothing.", status: 201, codes: []int{409},
		also: map[int]string{202: "It goes on in the background; ask for it at the Location."}},
	"documentList":   {params: []param{limitParam, cursorParam, query("q", "string", "Only documents that hold these words."), query("kind", "string", "Only documents of this kind.")}},
	"documentCreate": {status: 201, codes: []int{404}, sample: map[string]any{"title": "Plans", "kind": "text", "content": "# Plans"}},
	"imageCreate":    {text: "The title is the file's name.", status: 201},
	"imageReplace":   {text: "The picture is the next version; the ones before stay."},
	"documentShow": {params: []param{query("version", "integer", "An older version; the newest when it is missing."),
		query("content", "string", "0 leaves the text out: a cheap way to ask whether there is a newer version.")}},
	"documentSave": {text: "A baseVersion that is not the newest is a 409 that has both texts. An autosave takes the place of one's own autosave of the last ten minutes, if it names that as its baseVersion.", codes: []int{409},
		sample: map[string]any{"content": "# Plans for Torino", "baseVersion": 1}},
	"documentUpdate":      {sample: map[string]any{"title": "Plans for Torino"}},
	"versionList":         {codes: []int{403}, text: "Without their content.", params: []param{limitParam, cursorParam}},
	"versionRestore":      {text: "Adds a version that is a copy of the older one.", sample: map[string]any{"version": 1}},
	"documentDiff":        {codes: []int{403}, text: "Words of a text, lines of code, cells of a sheet.", params: []param{query("from", "integer", "The older version; the one before when it is missing."), query("to", "integer", "The newer version; the newest when it is missing.")}},
	"documentDownload":    {bytes: true, params: []param{query("format", "string", "docx for a text; when it is missing, the document as it is: md, csv, html, svg, mmd, the ending of a language, a picture."), query("version", "integer", "An older version; the newest when it is missing.")}},
	"documentPreview":     {text: "For a frame without rights; its own policy lets it reach nothing.", bytes: true, params: []param{query("version", "integer", "An older version; the newest when it is missing.")}},
	"suggestionList":      {codes: []int{403}},
	"suggestionCreate":    {status: 201, codes: []int{409}, sample: map[string]any{"originalText": "Torino", "suggestedText": "Turin", "description": "The English name"}},
	"suggestionUpdate":    {text: "To accept it adds a version; a suggestion that no longer fits is a 409.", codes: []int{409}, sample: map[string]any{"status": "accepted"}},
	"suggestionAcceptAll": {text: "Adds one version with all suggestions that still fit.", codes: []int{409}, sample: map[string]any{"status": "accepted"}},
	"userList":            {text: "Without guests, the newest first.", params: []param{limitParam, cursorParam, query("q", "string", "Only those whose e-mail or name holds this.")}},
	"userUpdate":          {text: "Ends the sessions and keys of whom it changes. The last administrator stays one, and stays able to sign in: 409.", codes: []int{409}, sample: map[string]any{"disabled": true}},
	"adminStats":          {text: "What there is now, and by day what came in the last thirty days of UTC. `completions` are those by /v1, at most a thousand rows."},
	"webhookCreate": {text: "The secret signs what is sent and is shown in this answer only. The address is on the public internet and goes by https, unless the operator lets webhooks go elsewhere.", status: 201, codes: []int{409},
		sample: map[string]any{"url": "https://example.com/hooks/alleato", "events": []string{"reply.finished", "document.changed"}}},
	"webhookUpdate":  {text: "What is missing stays as it is. To switch it on again takes back that it failed; to switch it off gives up what waits.", sample: map[string]any{"active": true}},
	"webhookSecret":  {text: "For 24 hours the secret before it signs as well."},
	"webhookTest":    {text: "Waits up to five seconds for what comes of it. A webhook that is switched off is a 409.", codes: []int{409}},
	"deliveryList":   {text: "The newest hundred, of 30 days at most, the newest first."},
	"deliveryRepeat": {text: "Under the same webhook-id, so that a receiver that knows it can tell. A webhook that is switched off is a 409.", codes: []int{409}},
	"keyCreate":      {text: "The secret is shown in this answer and never again. A new password, another role and disabling the account end every key.", status: 201, codes: []int{409}, sample: map[string]any{"name": "deploy script", "scope": "write", "expiresAt": "2030-01-01T00:00:00Z"}},
}

var paramTexts = map[string]string{
	"deliveryId": "The delivery's id.",
	"id":         "Its id.", "messageId": "The reply's id.", "key": "The read key of the file's address.", "name": "The file's name; it does not matter.",
}

var tagOfSegment = map[string]string{"auth": "Signing in", "setup": "Signing in", "f": "Files", "t": "Files", "avatars": "Account", "healthz": "Server", "readyz": "Server", "streams": "Replies",
	"suggestions": "Documents", "frames": "Server"}

var tagTexts = map[string]string{
	"Signing in": "Accounts, guests and sessions.", "Models": "What can answer.", "Chats": "Conversations, their messages and votes.",
	"Search": "Words in one's chats and documents.", "Replies": "The streams that replies are written to.", "Files": "Uploads and their bytes.",
	"Documents": "Texts, code, sheets and pages, their versions and the suggestions for them.", "Admin": "For administrators.",
	"Account": "Oneself: name, password, picture, sessions, keys, exports and imports.", "Server": "For those who watch the process.",
}

var headerNotes = map[string]string{
	"X-Request-Id": "The id under which the server's log knows the request.", "RateLimit-Limit": "How many requests of this kind a minute.",
	"RateLimit-Remaining": "How many are left of them.", "RateLimit-Reset": "In how many seconds the count begins anew.",
	"Retry-After": "In how many seconds to try again.", "X-Stream-Id": "The id of the reply's stream.",
	"ETag": "What the answer is, for If-None-Match.",
}

var refusalTexts = map[int]string{
	http.StatusBadRequest: "The request cannot be read.", http.StatusUnauthorized: "This needs you to be signed in.",
	http.StatusForbidden: "You may not do this.", http.StatusNotFound: "There is no such thing, or it is somebody else's.",
	http.StatusNotAcceptable: "This address has no answer in the form asked for.", http.StatusConflict: "It is in conflict with what is there.",
	http.StatusRequestEntityTooLarge: "The request is too large.", http.StatusUnsupportedMediaType: "The body, or the file, is of a type that is not taken.",
	http.StatusRequestedRangeNotSatisfiable: "The file is shorter than the range asked for.", http.StatusUnprocessableEntity: "A rule refuses the input; `field` says where.",
	http.StatusTooManyRequests: "Too many requests, or the day's messages are used up.", http.StatusInternalServerError: "Something went wrong on the server.",
	http.StatusServiceUnavailable: "The server cannot do that just now.",
}

var typeTexts = map[string]string{
	"Problem": "What went wrong, by RFC 9457.", "Chat": "A conversation.", "Message": "A node of a chat's tree of messages.",
	"Part": "A part of a message, as the UI message of the npm package ai has it: text, reasoning, file, a tool's call, data.",
	"File": "An uploaded file, a picture of a person, or an export.", "User": "An account or a guest.", "ApiKey": "A key that lets a program act as its user.",
	"Model": "A model to choose from.", "Vote": "What the owner of a chat thinks of a reply.", "SearchResult": "A chat, a message or a document that was found.",
	"Usage": "Tokens; null is unknown.", "SendInput": "A message to send.",
}

// fieldTexts are by component and field; those without a component are for every one.
var fieldTexts = map[string]string{
	".name": "The name.", ".email": "The e-mail address; null for a guest.", ".role": "What they may do.", ".size": "In bytes.", ".contentType": "Its type.", ".sha256": "Of its bytes.",
	".title": "The title.", ".visibility": "Who may read it.", ".status": "How far it is.",
	".id": "Its id.", ".createdAt": "When it was made.", ".updatedAt": "When it last changed.", ".chatId": "The chat's id.", ".messageId": "The message's id.",
	".nextCursor": "Where the next page begins; null on the last.", ".success": "Always true.", ".token": "For Authorization: Bearer; it ends with the session, after 7 days at most.",
	"Chat.title": "The title.", "Chat.visibility": "Who may read it.", "Chat.model": "The model that answers; empty is the default one.",
	"Chat.headId": "The last message of the branch that is shown.", "Chat.pinnedAt": "When it was pinned; null when it is not.", "Chat.streamId": "The stream of the reply that is being written.",
	"Message.parentId": "The message that it follows; null for a first one.", "Message.role": "Who wrote it.", "Message.parts": "What it says.", "Message.model": "The model that wrote it.",
	"Message.status": "How far it is.", "Message.error": "Why it ended badly.", "Message.usage": "Tokens.", "Message.finishedAt": "When it was complete.",
	"User.email": "Null for a guest.", "User.name": "What people call them.", "User.role": "What they may do.", "User.avatarUrl": "Their picture.",
	"File.name": "Its name.", "File.contentType": "Its type, found out from the bytes.", "File.size": "In bytes.", "File.sha256": "Of the bytes that are kept.",
	"File.url": "Where it can be read; for uploads whoever has the address may.", "File.thumbnailUrl": "A small picture of it.", "File.bucket": "What it is for.",
	"ApiKey.name": "What uses it.", "ApiKey.prefix": "How the secret begins.", "ApiKey.scope": "What it may do.", "ApiKey.expiresAt": "When it ends; null is never.",
	"ApiKey.lastUsedAt": "When it was last used, to the minute; null is never.", "KeyAnswer.secret": "The key itself. It is in this answer only.",
	"KeyInput.name": "What will use it.", "KeyInput.scope": "What it may do.", "KeyInput.expiresAt": "A time such as 2030-01-01T00:00:00Z; null is never.",
	"Problem.type": "Always about:blank.", "Problem.title": "The status in words.", "Problem.status": "The HTTP status.", "Problem.detail": "What went wrong, for people.",
	"Problem.code": "What kind of thing went wrong, for programs.", "Problem.hint": "What to do about it.", "Problem.field": "The first field at fault.",
	"Problem.errors": "Every field at fault.", "Problem.requestId": "The id under which the server's log knows the request.",
	"SendInput.text": "What is said.", "SendInput.files": "Ids of uploaded files.", "SendInput.messages": "A history; its last user message is sent.", "SendInput.message": "The message, as Vercel's template sends it.",
	"SendInput.trigger": "What to do; to submit when it is missing.", "SendInput.messageId": "The message's id to be, or the one to regenerate or continue.", "SendInput.model": "The model to answer.",
	"SendInput.parentId": "The message to follow: a string, or null for a new first one.", "SendInput.id": "The chat's id, for POST /chats.",
	"Part.type": "text, reasoning, file, step-start, tool-…, data-….", "Part.text": "Of text and reasoning; Markdown.", "Part.state": "How far the part is.", "Part.mediaType": "Of a file.",
	"Part.url": "Where a file can be read.", "Part.filename": "A file's name.", "Part.fileId": "The file's id.", "Part.toolCallId": "The tool's call.", "Part.errorText": "Why a tool failed.",
	"Part.input": "What a tool was called with: any JSON.", "Part.output": "What a tool gave: any JSON.", "Part.data": "Of a data part: any JSON.",
	"Part.providerMetadata": "What the protocol has no field for; under `alleato`, how many seconds the model reasoned.",
	"WirePart.image_url":    "An image as OpenAI has it: `{\"url\": \"data:…\"}`.", "WirePart.type": "text, file or image_url.", "WirePart.text": "Of a text part.", "WirePart.url": "A data URL, or the address of a file of ours.",
	"WirePart.filename": "A file's name.", "WirePart.name": "The same, as Vercel's template has it.", "WirePart.fileId": "The id of an uploaded file.",
	"WireMessage.role": "Who says it; the last of user counts.", "WireMessage.parts": "Text and files.", "WireMessage.id": "The message's id to be.",
	"SendInput.selectedChatModel": "The same as model, as Vercel's template has it.", "SendInput.selectedVisibilityType": "Who may read a chat that this makes.",
	"ChatPatch.title": "A new title.", "ChatPatch.visibility": "Who may read it.", "ChatPatch.model": "The model that answers from now on.", "ChatPatch.headId": "A message: the branch that it ends is shown.", "ChatPatch.pinned": "Whether it stands on top.",
	"ChatInput.title": "A title; the model finds one after the first message.", "ChatInput.visibility": "Who may read it; private when it is missing.",
	"Credentials.email": "An e-mail address.", "Credentials.password": "8 to 128 characters.", "SetupInput.token": "Of the set-up link.", "RestoreInput.deletedAt": "As the deletion answered.",
	"ChatsGone.deletedAt": "What takes it back.", "VoteInput.type": "Up or down.", "MessageError.code": "What kind of thing went wrong, for programs.", "MessageError.message": "What went wrong, for people.",
	"Usage.inputTokens": "Of what was sent to the model.", "Usage.outputTokens": "Of what it wrote.", "Model.label": "Its name for people.", "Model.provider": "Who offers it.", "Model.capabilities": "What it can do.",
	"Capabilities.tools": "Whether it may call tools.", "Capabilities.images": "Whether it sees pictures.", "Capabilities.reasoning": "Whether it thinks first.",
	"FieldError.field": "The field.", "FieldError.message": "What is wrong with it.", "SearchResult.type": "What was found.", "SearchResult.role": "Who wrote the message; null for a chat.", "SearchResult.title": "The title of the chat or document.",
	"Segment.text": "A piece of text.", "Segment.match": "Whether it is what was looked for.", "Status.status": "ok or ready.", "Status.version": "Of the program.",
	".chat": "The chat.", ".chats": "A page of chats.", ".user": "Who that is.", ".messages": "Messages, the oldest first.", ".models": "The models.", ".votes": "The votes.", ".vote": "The vote.", ".results": "What was found.",
	".file": "The file.", ".files": "A page of files.", ".usage": "How much space they take.", ".key": "The key.", ".keys": "The keys, the newest first.", "MessageAnswer.message": "The reply, as it ended.",
	"WireMessage.content": "Text, or a list of parts.", "Model.contextWindow": "In tokens.", "UsageAnswer.used": "Bytes of all files.", "UsageAnswer.quota": "Bytes that there may be; null is no limit.",
	"DocumentUsageAnswer.documents": "How many documents there are.", "DocumentUsageAnswer.maxDocuments": "How many there may be; null is no limit.",
	"DocumentUsageAnswer.used": "Bytes of all their versions.", "DocumentUsageAnswer.quota": "Bytes that there may be; null is no limit.", "DocumentsAnswer.usage": "How much all documents take.",
	"PasswordInput.currentPassword": "The one there is.", "PasswordInput.newPassword": "8 to 128 characters.", "DeleteInput.password": "The account's, so that nobody else does this.",
	".progress": "In percent.", ".error": "What went wrong, for people; null while nothing did.", ".format": "Which form the file has.", ".expiresAt": "When it ends.", ".url": "Where it can be fetched; null while it cannot.",
	".finishedAt": "When it ended; null while it goes on.", "ExportsAnswer.exports": "The newest first.", "ExportAnswer.export": "The export.", "ImportsAnswer.imports": "The newest first.", "ImportAnswer.import": "The import.",
	"AnImport.report": "What was taken and what was not; null while it goes on.", "ImportReport.left": "What was not taken, and why.", "ImportReport.updated": "Chats that got what was new.",
	"ImportReport.unchanged": "Chats that were there already.", "ImportReport.chats": "Chats that are new.", "ImportReport.messages": "Messages that are new.", "ImportReport.files": "Files that are new.",
	"ImportReport.documents": "Documents that are new.", "ImportReport.versions": "Versions of documents that are new.", "ImportLeft.what": "What it is, and why.", "ImportLeft.count": "How many.",
	"SessionsAnswer.sessions": "The newest first.", "SessionOfUser.api": "Whether it is a program's.", "SessionOfUser.current": "Whether it is this one.", "SessionOfUser.device": "The browser and system, as far as they told.",
	".document": "The document.", ".documents": "A page of documents.", ".versions": "A page of versions, the newest first.", ".suggestion": "The suggestion.", ".suggestions": "The suggestions.",
	"SendInput.documentId": "A document that the message is about; one that is in no chat comes into this one, but a private one not into a public chat.", "AskInput.action": "polish, shorten, lengthen, level, suggest, comment, log, fix, translate, error, clean, chart, redesign, simplify or repair; finish, of a version that was cut off.",
	"AskInput.choice": "Which reader, for level; which language, for translate.", "AskInput.selection": "The part of the text that alone is meant; empty is all of it.", "AskInput.error": "What the code failed with, for error.", "AskInput.model": "The model to answer.",
	".kind": "What the document is.", ".language": "Of code; of a page html, svg or mermaid, null where its text tells.", ".content": "The text.", ".version": "Its number; they only grow.", ".author": "Who wrote it.", ".autosave": "Whether it was saved by itself.", ".partial": "Whether the assistant has not written it to its end: it is writing it, or was cut off.",
	".originalText": "The words that it is about.", ".suggestedText": "What they should be.", ".description": "Why.", ".documentId": "The document's id.", "Suggestion.documentVersion": "The version that it was made on.",
	"DocumentSaveInput.baseVersion": "The version that was edited; 0 takes the newest for it.", "SuggestionsResolved.accepted": "How many were accepted.", ".occurrence": "Which one is meant where the document holds the original text several times, from 1.", ".occurrences": "The same for each suggestion, by its id.", "VersionInput.version": "Which one.",
	"DiffAnswer.diff": "What changed.", "Diff.from": "The older version.", "Diff.to": "The newer version.", "Diff.unit": "What the changes count in.", "Diff.changes": "Of a text or of code.", "Diff.rows": "Of a sheet.",
	"DiffRow.type": "What became of the row.", "DiffRow.cells": "The row's cells.", "DiffCell.type": "What became of the cell.", "DiffCell.before": "What it held.", "DiffCell.after": "What it holds.",
	"Change.type": "What became of the text.", "Change.text": "The text.", "Problem.current": "Of a save that was too late: the document as it is now.", "Problem.yours": "Of a save that was too late: the text that was not saved.",
	"SendInput.document": "Asks for a document of this kind in answer.", "ChatInput.document": "Asks for a document of this kind in answer.",
	".users": "The accounts, the newest first.", "AdminUser.disabled": "Whether they cannot sign in.", "AdminUser.lastSeenAt": "When they were last here; null is never.", "UserPatch.role": "What they may do from now on.",
	"UserPatch.disabled": "Whether they cannot sign in from now on.", ".stats": "The figures.", "Stats.users": "Accounts and guests.", "Stats.chats": "How many chats there are.", "Stats.messages": "How many messages there are.",
	"Stats.replies": "How many replies there are, by status.", "Stats.documents": "How many documents there are.", "Stats.files": "How many files there are, and how large.", "Stats.tokens": "What models wrote in chats, by day and model.",
	"Stats.completions": "What programs asked for by /v1, by day, person, key and model.", "UserStats.accounts": "Who has an account.", "UserStats.admins": "Administrators.", "UserStats.guests": "Guests who have written something.",
	"UserStats.disabled": "Accounts that cannot sign in.", "UserStats.new": "New accounts by day.", ".day": "A day of UTC.", "DayCount.count": "How many.", "FileStats.count": "How many.", "FileStats.bytes": "Their size together.",
	"TokenStats.replies": "How many replies.", ".inputTokens": "Of what was sent to the model, as far as its provider tells.", ".outputTokens": "Of what it wrote, as far as its provider tells.",
	"CompletionStats.userId": "Who.", "CompletionStats.keyName": "The API key; empty for a session's token.", "CompletionStats.calls": "How many completions.",
	"TokenStats.model": "The model; empty is unknown.", "CompletionStats.model": "The model.",
	".webhook": "The webhook.", ".webhooks": "The webhooks, the newest first.", ".events": "What it is told of: reply.finished, document.changed.", ".active": "Whether it is told of anything.",
	"Webhook.note": "Why the server has switched it off; null when it has not.", "Webhook.failingSince": "Since when nothing has come through; null when the last try did.",
	"WebhookInput.description": "What listens there.", "WebhookPatch.description": "What listens there.", "Webhook.description": "What listens there.",
	"WebhookMade.secret": "What signs, beginning with whsec_. It is in this answer only.", ".delivery": "The delivery.", ".deliveries": "The deliveries, the newest first.",
	"Delivery.webhookId": "The webhook's id.", "Tested.webhookId": "The webhook's id.", "Delivery.messageId": "The webhook-id that was sent.", "Delivery.event": "What it tells of.", "Delivery.body": "What was sent.",
	"Delivery.tries": "How often it was tried.", "Delivery.nextTryAt": "When it is tried next; null when it is over.", "Delivery.responseStatus": "The status of the last answer; null for none.",
	"Delivery.error": "Why the last try failed; null when it did not.", "Delivery.tookMs": "How long the last try took, in milliseconds.", "Delivery.response": "The first kilobyte of the last answer.",
	"Delivery.triedAt": "When it was last tried.", "Delivery.finishedAt": "When it was over.",
	"ReplyFinished.model": "The model that wrote it.", "ReplyFinished.finishReason": "Why the model ended it; length is its limit.", "ReplyFinished.error": "Why it ended badly.", "ReplyFinished.usage": "Tokens.",
	"ReplyFinished.finishedAt": "When it ended.", "DocumentChanged.changedAt": "When the version was made.",
	"ModelChoice.model": "The model that new chats begin with.",
	"AdminFile.bucket":  "What it is for.", "AdminFile.owner": "Whose it is.",
	"UsageAnswer.maxUpload": "The largest file, in bytes.", "Vote.type": "Up or down.", "SearchResult.snippet": "The text around what was found, in pieces.",
}

// fieldValues are the values that a field may have, where no rule of its type says so.
var fieldValues = map[string][]string{
	"Chat.visibility": {"private", "public"}, "Message.role": {"user", "assistant", "system"},
	"ReplyFinished.status": {"complete", "stopped", "interrupted", "failed"}, "Delivery.status": {"pending", "delivered", "failed"},
	"Message.status": {"complete", "streaming", "stopped", "interrupted", "failed"}, "User.role": {"user", "guest", "admin"},
	"File.bucket": {"uploads", "avatars", "exports"}, "ApiKey.scope": {"read", "write"}, "Vote.type": {"up", "down"}, "SearchResult.type": {"chat", "message", "document"},
	"Document.kind": {"text", "code", "sheet", "image", "html"}, "Document.visibility": {"private", "public"}, "Document.author": {"user", "assistant"},
	"Suggestion.status": {"pending", "accepted", "dismissed"}, "Diff.unit": {"word", "line", "cell"}, "Change.type": {"same", "removed", "added"},
	"DiffRow.type": {"same", "removed", "added", "changed"}, "DiffCell.type": {"same", "removed", "added", "changed"},
	"Transfer.status":  {"running", "complete", "failed"},
	"AdminFile.bucket": {"uploads", "avatars", "exports"}, "FileOwner.role": {"user", "guest", "admin"},
	"Problem.code": {"invalid", "unauthenticated", "forbidden", "not_found", "conflict", "too_large", "unsupported", "rate_limited", "unavailable", "internal"},
}

// fieldExamples are values for examples, by the name of the field.
var fieldExamples = map[string]any{
	"id": "019bce5e-7000-7000-8000-000000000001", "chatId": "019bce5e-7000-7000-8000-000000000001", "headId": "019bce5e-7000-7000-8000-000000000002",
	"messageId": "019bce5e-7000-7000-8000-000000000002", "parentId": "019bce5e-7000-7000-8000-000000000003", "email": "ada@example.com",
	"password": "correct horse battery", "name": "Ada", "title": "Plans", "model": "gpt-5", "events": []any{"reply.finished"}, "body": `{"type":"reply.finished",…}`, "response": "ok", "responseStatus": 200, "finishReason": "stop", "note": nil, "failingSince": nil, "label": "GPT-5", "provider": "OpenAI", "contextWindow": 128000,
	"avatarUrl": nil, "streamId": nil, "pinnedAt": nil, "error": nil, "nextCursor": nil, "prefix": "alk_k3vq7d", "secret": "alk_k3vq7d…", "token": "eyJhbGciOiJIUzI1NiIs…",
	"contentType": "image/png", "size": 48213, "sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08", "url": "/f/019bce5e/key/plan.png", "thumbnailUrl": "/t/019bce5e/key",
	"parts": []any{map[string]any{"type": "text", "text": "A hash map is…", "state": "done"}}, "used": 1048576, "quota": nil, "maxUpload": 26214400, "version": "1.0.0", "inputTokens": 12, "outputTokens": 240,
}
