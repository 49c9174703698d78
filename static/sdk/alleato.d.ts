// The types of alleato.js: what its classes do, and below that the types of the API, which are made from the
// document that the server has at /openapi.json. Absent values are null, not missing; times are ISO 8601 in UTC.

export type ReplyMetadata = NonNullable<Extract<Chunk, { type: 'finish' }>['messageMetadata']>

export type ErrorCode =
  | Problem['code']
  /** The server did not answer, or something else did. */
  | 'unreachable'
  /** The reply ended in an error; `text` is what was written. */
  | 'reply_failed'
  /** An export or import that was waited for did not work. */
  | 'export_failed' | 'import_failed'

/** What the server refused, or how it could not be reached. */
export class AlleatoError extends Error {
  readonly code: ErrorCode
  /** What to do about it; may be empty. */
  readonly hint: string
  /** The HTTP status; 0 without an answer. */
  readonly status: number
  /** The first field that was refused; empty for none. */
  readonly field: string
  readonly errors: FieldError[]
  /** The request's id in the server's log. */
  readonly requestId: string
  /** Seconds until it is worth asking again; 0 if the server does not say. */
  readonly retryAfter: number
  /** With `reply_failed`: what was written so far. */
  readonly text?: string
}

/** A document was changed meanwhile: what was to be saved is not, and both texts are here. */
export class ConflictError extends AlleatoError {
  /** The document as it is now. */
  readonly current: StoredDocument
  /** The text that was not saved. */
  readonly yours: string
}

export interface Abortable { signal?: AbortSignal }

export interface Reading extends Abortable {
  /** Is told each new piece of text, and the text so far. */
  onText?: (delta: string, text: string) => void
}

/** A message to send: its text, the ids of files that were uploaded, what is to answer, and how. */
export type Outgoing = Partial<Pick<SendInput, 'text' | 'files' | 'model' | 'document'>> & {
  /** An id of your own for the message; the id of a message that was sent makes this an edit of it. */
  messageId?: string
  /** The message to answer to; null begins the chat anew. Absent: the end of the branch that is shown. */
  parentId?: string | null
}

/** A reply as it is written; it connects again by itself. Each iteration begins at the first chunk. */
export class Reply implements AsyncIterable<Chunk> {
  private constructor()
  readonly chatId: string | null
  /** Known when started() is. */
  readonly streamId: string | null
  readonly messageId: string | null
  /** Of the finished reply. */
  readonly metadata: ReplyMetadata | null
  [Symbol.asyncIterator](): AsyncGenerator<Chunk, void, void>
  /** Waits for the end and gives the whole text. */
  text(): Promise<string>
  /** Waits until the server has taken the message; gives the stream's id. */
  started(): Promise<string | null>
  /** Ends the reply for good; what is written so far is kept. */
  stop(): Promise<void>
}

/** What is listed: await it for one page, or iterate over it for everything, page after page. */
export class Listing<Page, Item> implements PromiseLike<Page>, AsyncIterable<Item> {
  private constructor()
  then: Promise<Page>['then']
  catch: Promise<Page>['catch']
  finally: Promise<Page>['finally']
  [Symbol.asyncIterator](): AsyncGenerator<Item, void, void>
}

/** How many a page has, and where it begins. */
export interface Paging extends Abortable { limit?: number; cursor?: string | null }
export interface Sending extends Abortable {
  /** The file's name, for what has none. */
  name?: string
  /** Is told how many bytes are sent; where there is no XMLHttpRequest, at the start and at the end only. */
  onProgress?: (progress: { loaded: number; total: number }) => void
}
export interface Waiting extends Abortable {
  /** Is told how far it is, in percent. */
  onProgress?: (percent: number) => void
}
export interface Keeping extends Abortable {
  /** Lets the request end although its page goes. */
  keepalive?: boolean
}
export type Bytes = Blob | ArrayBuffer | ArrayBufferView

export interface Options {
  /** The root of the site; where the SDK was loaded from, if that is a site. */
  baseURL?: string | URL
  token?: string | null
  apiKey?: string | null
  /** For the site's own pages: the cookie's session instead of a token. */
  session?: boolean
  /** How often a stream connects again without getting anything new. */
  retries?: number
  /** Milliseconds without a sign of life after which a connection counts as dead. */
  silence?: number
}

/** A client of one site. It makes no request by itself. */
export class Alleato {
  constructor(options?: Options)

  /** The token that signing in gave, to be kept for the next time. */
  token: string | null

  readonly auth: Auth
  readonly chats: Chats
  readonly streams: Streams
  readonly documents: Documents
  readonly files: Files
  readonly models: Models
  readonly account: Account

  /** Looks for words in chats, messages and documents. */
  search(q: string, options?: { limit?: number } & Abortable): Promise<SearchAnswer>
}

/** Who calls. What gives a token keeps it for the calls that follow. */
export interface Auth {
  register(credentials: Credentials, options?: Abortable): Promise<SessionAnswer>
  login(credentials: Credentials, options?: Abortable): Promise<SessionAnswer>
  guest(options?: Abortable): Promise<SessionAnswer>
  logout(options?: Abortable): Promise<Success>
  me(options?: Abortable): Promise<UserAnswer>
}

export interface Chats {
  list(options?: Paging & { q?: string }): Listing<ChatsAnswer, Chat>
  create(chat?: Pick<ChatInput, 'id' | 'title' | 'visibility' | 'model'> & Abortable): Promise<ChatAnswer>
  /** The shown branch, or with `tree` all messages. A reply in progress is left out: see resume(). */
  get(id: string, options?: { tree?: boolean } & Abortable): Promise<ChatShown>
  update(id: string, change: ChatPatch, options?: Abortable): Promise<ChatAnswer>
  delete(id: string, options?: Abortable): Promise<Success>
  /** Takes back, for some minutes, that a chat was deleted. */
  restore(id: string, options?: Abortable): Promise<ChatAnswer>
  deleteAll(options?: Abortable): Promise<ChatsGone>
  /** Takes back that all were deleted; deletedAt is what deleteAll() answered. */
  restoreAll(deletedAt: string, options?: Abortable): Promise<Success>
  /** Ends the reply being written. */
  stop(id: string, options?: Abortable): Promise<Success>
  votes(id: string, options?: Abortable): Promise<VotesAnswer>
  vote(id: string, messageId: string, type: Vote['type'], options?: Abortable): Promise<VoteAnswer>
  vote(id: string, messageId: string, type: null, options?: Abortable): Promise<Success>
  /** Sends a message. A chat that does not exist is made; without an id, under a new one. */
  sendMessage(id: string | null | undefined, message: string | (Outgoing & Reading), options?: Reading): Reply
  /** Writes a reply anew, beside the old one: the one named, else the last. */
  regenerate(id: string, options?: { messageId?: string; model?: string } & Reading): Reply
  /** Goes on with a reply that was stopped or broke off. */
  continue(id: string, options?: { messageId?: string } & Reading): Reply
  /** The reply being written, from its start; null when there is none. */
  resume(id: string, options?: Reading): Promise<Reply | null>
}

export interface Streams {
  /** A reply by its stream's id, from its start or after a number. */
  get(id: string, options?: { after?: number } & Reading): Reply
  stop(id: string, options?: Abortable): Promise<Success>
}

export interface Documents {
  readonly suggestions: Suggestions
  list(options?: Paging & { q?: string; kind?: StoredDocument['kind'] }): Listing<DocumentsAnswer, StoredDocument>
  create(document: DocumentInput & Abortable): Promise<DocumentAnswer>
  /** Makes an image document of a PNG, JPEG, GIF or WebP; its title is the file's name. */
  createImage(file: Bytes, options?: Sending): Promise<DocumentAnswer>
  /** Makes another picture the next version of an image document. */
  replaceImage(id: string, file: Bytes, options?: Sending): Promise<DocumentAnswer>
  /** The newest version, or another; content: 0 leaves its text out. */
  get(id: string, options?: { version?: number; content?: 0 } & Abortable): Promise<DocumentAnswer>
  /** Saves a text as the next version. Written on another than baseVersion it is refused with a ConflictError, which has both texts. */
  save(id: string, version: DocumentSaveInput, options?: Keeping): Promise<DocumentAnswer>
  /** Renames or shares it. */
  update(id: string, change: DocumentPatch, options?: Abortable): Promise<DocumentAnswer>
  delete(id: string, options?: Abortable): Promise<Success>
  /** Its versions, the newest first, without their content. */
  versions(id: string, options?: Paging): Listing<VersionsAnswer, StoredDocument>
  /** Makes an older version the newest again. */
  restore(id: string, version: number, options?: Abortable): Promise<DocumentAnswer>
  /** What changed: to the newest, if `to` is missing, from the one before, if `from` is. */
  diff(id: string, options?: { from?: number; to?: number } & Abortable): Promise<DiffAnswer>
  /** Has the assistant work on it by a quick action. The reply is in the document's chat, which the first action makes; the Reply's own chatId is null. */
  ask(id: string, action: AskInput & Reading): Reply
  /** The document as a file, under the name that it has there. */
  download(id: string, options?: { version?: number; format?: string } & Abortable): Promise<File>
}

export interface Suggestions {
  list(documentId: string, options?: Abortable): Promise<SuggestionsAnswer>
  create(documentId: string, suggestion: SuggestionInput, options?: Abortable): Promise<SuggestionAnswer>
  accept(id: string, options?: Abortable): Promise<SuggestionResolved>
  dismiss(id: string, options?: Abortable): Promise<SuggestionResolved>
  /** Accepts all that still fit, as one version. */
  acceptAll(documentId: string, options?: Abortable): Promise<SuggestionsResolved>
}

export interface Files {
  upload(file: Bytes, options?: Sending): Promise<FileCreated>
  list(options?: Paging & { q?: string; type?: string; sort?: string }): Listing<FilesAnswer, StoredFile>
  get(id: string, options?: Abortable): Promise<FileAnswer>
  update(id: string, change: FilePatch, options?: Abortable): Promise<FileAnswer>
  /** Deletes a file; with `unsent` only while no message has it. */
  delete(id: string, options?: { unsent?: boolean } & Keeping): Promise<Success>
  content(id: string, options?: Abortable): Promise<Blob>
}

export interface Models {
  list(options?: Abortable): Promise<ModelsAnswer>
}

export interface Account {
  readonly sessions: Sessions
  readonly keys: Keys
  readonly webhooks: Webhooks
  readonly exports: Exports
  readonly imports: Imports
  readonly avatar: Avatar
  get(options?: Abortable): Promise<UserAnswer>
  update(change: NameInput, options?: Abortable): Promise<UserAnswer>
  changePassword(passwords: PasswordInput, options?: Abortable): Promise<UserAnswer>
  /** Chooses the model that new chats begin with. */
  chooseModel(model: string, options?: Abortable): Promise<Success>
  /** Deletes the account and everything in it. */
  delete(confirmation: DeleteInput, options?: Abortable): Promise<Success>
}

/** Where one is signed in. */
export interface Sessions {
  list(options?: Abortable): Promise<SessionsAnswer>
  delete(id: string, options?: Abortable): Promise<Success>
  /** Signs out everywhere else. */
  deleteAll(options?: Abortable): Promise<Success>
}

export interface Keys {
  list(options?: Abortable): Promise<KeysAnswer>
  /** Makes an API key; its secret is in this answer only. Keys are made by whoever signed in, not by keys. */
  create(key: KeyInput, options?: Abortable): Promise<KeyAnswer>
  delete(id: string, options?: Abortable): Promise<Success>
}

/** What is told of events, under a secret that signs. Only whoever signed in may call these, no key. */
export interface Webhooks {
  list(options?: Abortable): Promise<WebhooksAnswer>
  /** Makes a webhook; its secret is in this answer only. */
  create(webhook: WebhookInput, options?: Abortable): Promise<WebhookMade>
  get(id: string, options?: Abortable): Promise<WebhookAnswer>
  /** Changes it, or switches it on or off. */
  update(id: string, change: WebhookPatch, options?: Abortable): Promise<WebhookAnswer>
  delete(id: string, options?: Abortable): Promise<Success>
  /** Gives it another secret, which is in this answer only. The one before signs as well for a day. */
  rotate(id: string, options?: Abortable): Promise<WebhookMade>
  /** Sends a test and waits for some seconds for what comes of it. */
  test(id: string, options?: Abortable): Promise<DeliveryAnswer>
  /** What was sent, the newest first. */
  deliveries(id: string, options?: Abortable): Promise<DeliveriesAnswer>
  /** Sends a delivery again, under the id it had. */
  redeliver(id: string, deliveryId: string, options?: Abortable): Promise<DeliveryAnswer>
}

export interface Exports {
  list(options?: Abortable): Promise<ExportsAnswer>
  create(what: ExportInput, options?: Abortable): Promise<ExportAnswer>
  get(id: string, options?: Abortable): Promise<ExportAnswer>
  /** Waits until an export can be fetched. */
  wait(id: string, options?: Waiting): Promise<ExportAnswer>
  /** Waits for an export and gives its file. */
  download(id: string, options?: Waiting): Promise<File>
}

export interface Imports {
  list(options?: Abortable): Promise<ImportsAnswer>
  /** Takes a file of chats. A large one goes on in the background: wait() for it. */
  create(file: Bytes, options?: Sending): Promise<ImportAnswer>
  get(id: string, options?: Abortable): Promise<ImportAnswer>
  /** Waits for the report. */
  wait(id: string, options?: Waiting): Promise<ImportAnswer>
}

export interface Avatar {
  /** Sets one's picture, a PNG or JPEG. */
  set(file: Bytes, options?: Sending): Promise<UserAnswer>
  remove(options?: Abortable): Promise<UserAnswer>
}

// The types of the API, made from its document: go test ./handlers -run TestSDKTypes -update

export interface AdminFile {
  /** What it is for. */
  bucket: 'uploads' | 'avatars' | 'exports'
  /** Its type. */
  contentType: string
  /** When it was made. */
  createdAt: string
  /** Its id. */
  id: string
  /** The name. */
  name: string
  /** Whose it is. */
  owner: FileOwner
  /** Of its bytes. */
  sha256: string
  /** In bytes. */
  size: number
}

export interface AdminFilesAnswer {
  /** A page of files. */
  files: AdminFile[]
  /** Where the next page begins; null on the last. */
  nextCursor: string | null
}

export interface AdminUser {
  /** When it was made. */
  createdAt: string
  /** Whether they cannot sign in. */
  disabled: boolean
  /** The e-mail address; null for a guest. */
  email: string | null
  /** Its id. */
  id: string
  /** When they were last here; null is never. */
  lastSeenAt: string | null
  /** The name. */
  name: string
  /** What they may do. */
  role: string
}

export interface AdminUserAnswer {
  /** Who that is. */
  user: AdminUser
}

export interface AnExport {
  /** When it was made. */
  createdAt: string
  /** What went wrong, for people; null while nothing did. */
  error: string | null
  /** When it ends. */
  expiresAt: string | null
  /** When it ended; null while it goes on. */
  finishedAt: string | null
  /** Which form the file has. */
  format: string
  /** Its id. */
  id: string
  /** In percent. */
  progress: number
  /** In bytes. */
  size: number | null
  /** How far it is. */
  status: 'running' | 'complete' | 'failed'
  /** Where it can be fetched; null while it cannot. */
  url: string | null
}

export interface AnImport {
  /** When it was made. */
  createdAt: string
  /** What went wrong, for people; null while nothing did. */
  error: string | null
  /** When it ended; null while it goes on. */
  finishedAt: string | null
  /** Which form the file has. */
  format: string
  /** Its id. */
  id: string
  /** In percent. */
  progress: number
  /** What was taken and what was not; null while it goes on. */
  report: ImportReport | null
  /** How far it is. */
  status: 'running' | 'complete' | 'failed'
}

/** A key that lets a program act as its user. */
export interface ApiKey {
  /** When it was made. */
  createdAt: string
  /** When it ends; null is never. */
  expiresAt: string | null
  /** Its id. */
  id: string
  /** When it was last used, to the minute; null is never. */
  lastUsedAt: string | null
  /** What uses it. */
  name: string
  /** How the secret begins. */
  prefix: string
  /** What it may do. */
  scope: 'read' | 'write'
}

export interface AskInput {
  /** polish, shorten, lengthen, level, suggest, comment, log, fix, translate, error, clean, chart, redesign, simplify or repair; finish, of a version that was cut off. */
  action: string
  /** Which reader, for level; which language, for translate. */
  choice?: string
  /** What the code failed with, for error. */
  error?: string
  /** The model to answer. */
  model?: string
  /** The part of the text that alone is meant; empty is all of it. */
  selection?: string
}

export interface Capabilities {
  /** Whether it sees pictures. */
  images: boolean
  /** Whether it thinks first. */
  reasoning: boolean
  /** Whether it may call tools. */
  tools: boolean
}

export interface Change {
  /** What became of the text. */
  type: 'same' | 'removed' | 'added'
  /** The text. */
  text: string
}

/** A conversation. */
export interface Chat {
  /** When it was made. */
  createdAt: string
  /** The last message of the branch that is shown. */
  headId: string | null
  /** Its id. */
  id: string
  /** The model that answers; empty is the default one. */
  model: string
  /** When it was pinned; null when it is not. */
  pinnedAt: string | null
  /** The stream of the reply that is being written. */
  streamId: string | null
  /** The title. */
  title: string
  /** When it last changed. */
  updatedAt: string
  /** Who may read it. */
  visibility: 'private' | 'public'
}

export interface ChatAnswer {
  /** The chat. */
  chat: Chat
}

export interface ChatInput {
  /** Asks for a document of this kind in answer. */
  document?: 'text' | 'code' | 'sheet' | 'html'
  /** A document that the message is about; one that is in no chat comes into this one, but a private one not into a public chat. */
  documentId?: string
  /** Ids of uploaded files. */
  files?: string[]
  /** The chat's id, for POST /chats. */
  id?: string
  /** The message, as Vercel's template sends it. */
  message?: WireMessage | null
  /** The message's id to be, or the one to regenerate or continue. */
  messageId?: string
  /** A history; its last user message is sent. */
  messages?: WireMessage[]
  /** The model to answer. */
  model?: string
  /** The message to follow: a string, or null for a new first one. */
  parentId?: unknown
  /** The same as model, as Vercel's template has it. */
  selectedChatModel?: string
  /** Who may read a chat that this makes. */
  selectedVisibilityType?: 'private' | 'public'
  /** What is said. */
  text?: string
  /** A title; the model finds one after the first message. */
  title?: string
  /** What to do; to submit when it is missing. */
  trigger?: 'submit-message' | 'regenerate-message' | 'continue-message'
  /** Who may read it; private when it is missing. */
  visibility?: 'private' | 'public'
}

export interface ChatPatch {
  /** A message: the branch that it ends is shown. */
  headId?: string | null
  /** The model that answers from now on. */
  model?: string | null
  /** Whether it stands on top. */
  pinned?: boolean | null
  /** A new title. */
  title?: string | null
  /** Who may read it. */
  visibility?: 'private' | 'public' | null
}

export interface ChatShown {
  /** The chat. */
  chat: Chat
  /** Messages, the oldest first. */
  messages: Message[]
}

export interface ChatsAnswer {
  /** A page of chats. */
  chats: Chat[]
  /** Where the next page begins; null on the last. */
  nextCursor: string | null
}

export interface ChatsGone {
  /** What takes it back. */
  deletedAt: string
  /** Always true. */
  success: boolean
}

export interface CompletionStats {
  /** How many completions. */
  calls: number
  /** A day of UTC. */
  day: string
  /** The e-mail address; null for a guest. */
  email: string | null
  /** Of what was sent to the model, as far as its provider tells. */
  inputTokens: number
  /** The API key; empty for a session's token. */
  keyName: string
  /** The model. */
  model: string
  /** Of what it wrote, as far as its provider tells. */
  outputTokens: number
  /** Who. */
  userId: string
}

export interface Credentials {
  /** An e-mail address. */
  email: string
  /** 8 to 128 characters. */
  password: string
}

export interface DayCount {
  /** How many. */
  count: number
  /** A day of UTC. */
  day: string
}

export interface DeleteInput {
  /** The account's, so that nobody else does this. */
  password: string
}

export interface DeliveriesAnswer {
  /** The deliveries, the newest first. */
  deliveries: Delivery[]
}

export interface Delivery {
  /** What was sent. */
  body: string
  /** When it was made. */
  createdAt: string
  /** Why the last try failed; null when it did not. */
  error: string | null
  /** What it tells of. */
  event: string
  /** When it was over. */
  finishedAt: string | null
  /** Its id. */
  id: string
  /** The webhook-id that was sent. */
  messageId: string
  /** When it is tried next; null when it is over. */
  nextTryAt: string | null
  /** The first kilobyte of the last answer. */
  response: string | null
  /** The status of the last answer; null for none. */
  responseStatus: number | null
  /** How far it is. */
  status: 'pending' | 'delivered' | 'failed'
  /** How long the last try took, in milliseconds. */
  tookMs: number | null
  /** When it was last tried. */
  triedAt: string | null
  /** How often it was tried. */
  tries: number
  /** The webhook's id. */
  webhookId: string
}

export interface DeliveryAnswer {
  /** The delivery. */
  delivery: Delivery
}

export interface Diff {
  /** Of a text or of code. */
  changes: Change[]
  /** The older version. */
  from: number
  /** Of a sheet. */
  rows: DiffRow[]
  /** The newer version. */
  to: number
  /** What the changes count in. */
  unit: 'word' | 'line' | 'cell'
}

export interface DiffAnswer {
  /** What changed. */
  diff: Diff
}

export interface DiffCell {
  /** What became of the cell. */
  type: 'same' | 'removed' | 'added' | 'changed'
  /** What it holds. */
  after: string
  /** What it held. */
  before: string
}

export interface DiffRow {
  /** What became of the row. */
  type: 'same' | 'removed' | 'added' | 'changed'
  /** The row's cells. */
  cells: DiffCell[]
}

export interface StoredDocument {
  /** Who wrote it. */
  author: 'user' | 'assistant'
  /** Whether it was saved by itself. */
  autosave: boolean
  /** The chat's id. */
  chatId: string | null
  /** The text. */
  content: string | null
  /** When it was made. */
  createdAt: string
  /** Its id. */
  id: string
  /** What the document is. */
  kind: 'text' | 'code' | 'sheet' | 'image' | 'html'
  /** Of code; of a page html, svg or mermaid, null where its text tells. */
  language: string | null
  /** The message's id. */
  messageId: string | null
  /** Whether the assistant has not written it to its end: it is writing it, or was cut off. */
  partial: boolean
  /** The title. */
  title: string
  /** When it last changed. */
  updatedAt: string
  /** Its number; they only grow. */
  version: number
  /** Who may read it. */
  visibility: 'private' | 'public'
}

export interface DocumentAnswer {
  /** The document. */
  document: StoredDocument
}

export interface DocumentChanged {
  /** Who wrote it. */
  author: string
  /** Whether it was saved by itself. */
  autosave: boolean
  /** When the version was made. */
  changedAt: string
  /** The chat's id. */
  chatId: string | null
  /** The document's id. */
  documentId: string
  /** What the document is. */
  kind: string
  /** The message's id. */
  messageId: string | null
  /** Its number; they only grow. */
  version: number
}

export interface DocumentInput {
  /** The chat's id. */
  chatId?: string | null
  /** The text. */
  content?: string
  /** What the document is. */
  kind: 'text' | 'code' | 'sheet' | 'image' | 'html'
  /** Of code; of a page html, svg or mermaid, null where its text tells. */
  language?: string | null
  /** The title. */
  title?: string
  /** Who may read it. */
  visibility?: 'private' | 'public'
}

export interface DocumentPatch {
  /** The title. */
  title?: string | null
  /** Who may read it. */
  visibility?: 'private' | 'public' | null
}

export interface DocumentSaveInput {
  /** Whether it was saved by itself. */
  autosave?: boolean
  /** The version that was edited; 0 takes the newest for it. */
  baseVersion?: number
  /** The text. */
  content: string
  /** What the document is. */
  kind?: 'text' | 'code' | 'sheet' | 'image' | 'html'
  /** Of code; of a page html, svg or mermaid, null where its text tells. */
  language?: string | null
  /** The title. */
  title?: string | null
}

export interface DocumentUsageAnswer {
  /** How many documents there are. */
  documents: number
  /** How many there may be; null is no limit. */
  maxDocuments: number | null
  /** Bytes that there may be; null is no limit. */
  quota: number | null
  /** Bytes of all their versions. */
  used: number
}

export interface DocumentsAnswer {
  /** A page of documents. */
  documents: StoredDocument[]
  /** Where the next page begins; null on the last. */
  nextCursor: string | null
  /** How much all documents take. */
  usage: DocumentUsageAnswer
}

export interface ExportAnswer {
  /** The export. */
  export: AnExport
}

export interface ExportInput {
  /** Which form the file has. */
  format: 'json' | 'csv' | 'markdown'
}

export interface ExportsAnswer {
  /** The newest first. */
  exports: AnExport[]
}

export interface FieldError {
  /** The field. */
  field: string
  /** What is wrong with it. */
  message: string
}

/** An uploaded file, a picture of a person, or an export. */
export interface StoredFile {
  /** What it is for. */
  bucket: 'uploads' | 'avatars' | 'exports'
  /** Its type, found out from the bytes. */
  contentType: string
  /** When it was made. */
  createdAt: string
  /** Its id. */
  id: string
  /** Its name. */
  name: string
  /** Of the bytes that are kept. */
  sha256: string
  /** In bytes. */
  size: number
  /** A small picture of it. */
  thumbnailUrl: string | null
  /** Where it can be read; for uploads whoever has the address may. */
  url: string
}

export interface FileAnswer {
  /** The file. */
  file: StoredFile
}

export interface FileCreated {
  /** What it is for. */
  bucket: 'uploads' | 'avatars' | 'exports'
  /** Its type, found out from the bytes. */
  contentType: string
  /** When it was made. */
  createdAt: string
  /** The file. */
  file: StoredFile
  /** Its id. */
  id: string
  /** Its name. */
  name: string
  /** Of the bytes that are kept. */
  sha256: string
  /** In bytes. */
  size: number
  /** A small picture of it. */
  thumbnailUrl: string | null
  /** Where it can be read; for uploads whoever has the address may. */
  url: string
}

export interface FileOwner {
  /** The e-mail address; null for a guest. */
  email: string | null
  /** Its id. */
  id: string
  /** What they may do. */
  role: 'user' | 'guest' | 'admin'
}

export interface FilePatch {
  /** The name. */
  name: string
}

export interface FileStats {
  /** Their size together. */
  bytes: number
  /** How many. */
  count: number
}

export interface FilesAnswer {
  /** A page of files. */
  files: StoredFile[]
  /** Where the next page begins; null on the last. */
  nextCursor: string | null
  /** How much space they take. */
  usage: UsageAnswer
}

export interface ImportAnswer {
  /** The import. */
  import: AnImport
}

export interface ImportLeft {
  /** How many. */
  count: number
  /** What it is, and why. */
  what: string
}

export interface ImportReport {
  /** Chats that are new. */
  chats: number
  /** Documents that are new. */
  documents: number
  /** Files that are new. */
  files: number
  /** Which form the file has. */
  format: string
  /** What was not taken, and why. */
  left: ImportLeft[]
  /** Messages that are new. */
  messages: number
  /** Chats that were there already. */
  unchanged: number
  /** Chats that got what was new. */
  updated: number
  /** Versions of documents that are new. */
  versions: number
}

export interface ImportsAnswer {
  /** The newest first. */
  imports: AnImport[]
}

export interface KeyAnswer {
  /** The key. */
  key: ApiKey
  /** The key itself. It is in this answer only. */
  secret: string
}

export interface KeyInput {
  /** A time such as 2030-01-01T00:00:00Z; null is never. */
  expiresAt?: string | null
  /** What will use it. */
  name: string
  /** What it may do. */
  scope: 'read' | 'write'
}

export interface KeysAnswer {
  /** The keys, the newest first. */
  keys: ApiKey[]
}

/** A node of a chat's tree of messages. */
export interface Message {
  /** The chat's id. */
  chatId: string
  /** When it was made. */
  createdAt: string
  /** Why it ended badly. */
  error: MessageError | null
  /** When it was complete. */
  finishedAt: string | null
  /** Its id. */
  id: string
  /** The model that wrote it. */
  model: string | null
  /** The message that it follows; null for a first one. */
  parentId: string | null
  /** What it says. */
  parts: Part[]
  /** Who wrote it. */
  role: 'user' | 'assistant' | 'system'
  /** How far it is. */
  status: 'complete' | 'streaming' | 'stopped' | 'interrupted' | 'failed'
  /** Tokens. */
  usage: Usage
}

export interface MessageAnswer {
  /** The reply, as it ended. */
  message: Message
}

export interface MessageError {
  /** What kind of thing went wrong, for programs. */
  code: string
  /** What went wrong, for people. */
  message: string
}

/** A model to choose from. */
export interface Model {
  /** What it can do. */
  capabilities: Capabilities
  /** In tokens. */
  contextWindow: number
  /** Its id. */
  id: string
  /** Its name for people. */
  label: string
  /** Who offers it. */
  provider: string
}

export interface ModelChoice {
  /** The model that new chats begin with. */
  model: string
}

export interface ModelsAnswer {
  /** The models. */
  models: Model[]
}

export interface NameInput {
  /** The name. */
  name: string
}

/** A part of a message, as the UI message of the npm package ai has it: text, reasoning, file, a tool's call, data. */
export type Part =
  | { type: 'text'; providerMetadata?: Record<string, unknown>; state?: 'streaming' | 'done'; text: string }
  | { type: 'reasoning'; providerMetadata?: Record<string, unknown>; state?: 'streaming' | 'done'; text: string }
  | { type: 'file'; fileId?: string; filename?: string; mediaType: string; providerMetadata?: Record<string, unknown>; url?: string }
  | { type: 'step-start' }
  | { type: `tool-${string}`; errorText?: string; input?: unknown; output?: unknown; state: 'input-streaming' | 'input-available' | 'output-available' | 'output-error'; toolCallId: string }
  | { type: `data-${string}`; data: unknown; id?: string }

export interface PasswordInput {
  /** The one there is. */
  currentPassword: string
  /** 8 to 128 characters. */
  newPassword: string
}

/** What went wrong, by RFC 9457. */
export interface Problem {
  /** Always about:blank. */
  type: string
  /** What kind of thing went wrong, for programs. */
  code: 'invalid' | 'unauthenticated' | 'forbidden' | 'not_found' | 'conflict' | 'too_large' | 'unsupported' | 'rate_limited' | 'unavailable' | 'internal'
  /** Of a save that was too late: the document as it is now. */
  current?: StoredDocument
  /** What went wrong, for people. */
  detail: string
  /** Every field at fault. */
  errors?: FieldError[]
  /** The first field at fault. */
  field?: string
  /** What to do about it. */
  hint?: string
  /** The id under which the server's log knows the request. */
  requestId: string
  /** The HTTP status. */
  status: number
  /** The status in words. */
  title: string
  /** Of a save that was too late: the text that was not saved. */
  yours?: string
}

export interface ReplyFinished {
  /** The chat's id. */
  chatId: string
  /** Why it ended badly. */
  error: MessageError | null
  /** Why the model ended it; length is its limit. */
  finishReason: string | null
  /** When it ended. */
  finishedAt: string
  /** The message's id. */
  messageId: string
  /** The model that wrote it. */
  model: string | null
  /** How far it is. */
  status: 'complete' | 'stopped' | 'interrupted' | 'failed'
  /** Tokens. */
  usage: Usage
}

export interface RestoreInput {
  /** As the deletion answered. */
  deletedAt: string
}

export interface SearchAnswer {
  /** What was found. */
  results: SearchResult[]
}

/** A chat, a message or a document that was found. */
export interface SearchResult {
  /** What was found. */
  type: 'chat' | 'message' | 'document'
  /** The chat's id. */
  chatId: string | null
  /** When it was made. */
  createdAt: string
  /** The document's id. */
  documentId: string | null
  /** The message's id. */
  messageId: string | null
  /** Who wrote the message; null for a chat. */
  role: string | null
  /** The text around what was found, in pieces. */
  snippet: Segment[]
  /** The title of the chat or document. */
  title: string
}

export interface Segment {
  /** Whether it is what was looked for. */
  match: boolean
  /** A piece of text. */
  text: string
}

/** A message to send. */
export interface SendInput {
  /** Asks for a document of this kind in answer. */
  document?: 'text' | 'code' | 'sheet' | 'html'
  /** A document that the message is about; one that is in no chat comes into this one, but a private one not into a public chat. */
  documentId?: string
  /** Ids of uploaded files. */
  files?: string[]
  /** The chat's id, for POST /chats. */
  id?: string
  /** The message, as Vercel's template sends it. */
  message?: WireMessage | null
  /** The message's id to be, or the one to regenerate or continue. */
  messageId?: string
  /** A history; its last user message is sent. */
  messages?: WireMessage[]
  /** The model to answer. */
  model?: string
  /** The message to follow: a string, or null for a new first one. */
  parentId?: unknown
  /** The same as model, as Vercel's template has it. */
  selectedChatModel?: string
  /** Who may read a chat that this makes. */
  selectedVisibilityType?: 'private' | 'public'
  /** What is said. */
  text?: string
  /** What to do; to submit when it is missing. */
  trigger?: 'submit-message' | 'regenerate-message' | 'continue-message'
}

export interface SessionAnswer {
  /** For Authorization: Bearer; it ends with the session, after 7 days at most. */
  token: string
  /** Who that is. */
  user: User
}

export interface SessionOfUser {
  /** Whether it is a program's. */
  api: boolean
  /** When it was made. */
  createdAt: string
  /** Whether it is this one. */
  current: boolean
  /** The browser and system, as far as they told. */
  device: string
  /** When it ends. */
  expiresAt: string
  /** Its id. */
  id: string
}

export interface SessionsAnswer {
  /** The newest first. */
  sessions: SessionOfUser[]
}

export interface SetupInput {
  /** An e-mail address. */
  email: string
  /** 8 to 128 characters. */
  password: string
  /** Of the set-up link. */
  token: string
}

export interface Stats {
  /** How many chats there are. */
  chats: number
  /** What programs asked for by /v1, by day, person, key and model. */
  completions: CompletionStats[]
  /** How many documents there are. */
  documents: number
  /** How many files there are, and how large. */
  files: FileStats
  /** How many messages there are. */
  messages: number
  /** How many replies there are, by status. */
  replies: Record<string, number>
  /** What models wrote in chats, by day and model. */
  tokens: TokenStats[]
  /** Accounts and guests. */
  users: UserStats
}

export interface StatsAnswer {
  /** The figures. */
  stats: Stats
}

export interface Status {
  /** ok or ready. */
  status: string
  /** Of the program. */
  version: string
}

/** An entry of a reply's stream. The last line of data is [DONE], which is not JSON. */
export type Chunk =
  | { type: 'start'; messageId: string }
  | { type: 'start-step' }
  | { type: 'finish-step' }
  | { type: 'abort' }
  | { type: 'text-start'; id: string }
  | { type: 'text-delta'; delta: string; id: string }
  | { type: 'text-end'; id: string; providerMetadata?: Record<string, unknown> }
  | { type: 'reasoning-start'; id: string }
  | { type: 'reasoning-delta'; delta: string; id: string }
  | { type: 'reasoning-end'; id: string; providerMetadata?: Record<string, unknown> }
  | { type: 'tool-input-start'; toolCallId: string; toolName: string }
  | { type: 'tool-input-delta'; inputTextDelta: string; toolCallId: string }
  | { type: 'tool-input-available'; input: unknown; toolCallId: string; toolName: string }
  | { type: 'tool-input-error'; errorText: string; input: unknown; toolCallId: string; toolName: string }
  | { type: 'tool-output-available'; output: unknown; toolCallId: string }
  | { type: 'tool-output-error'; errorText: string; toolCallId: string }
  | { type: 'data-title'; data: { chatId: string; title: string } }
  | { type: 'data-document'; data: { id: string; kind: string; title: string; version: number }; id?: string }
  | { type: 'data-document-delta'; data: { delta: string; id: string }; transient?: boolean }
  | { type: 'error'; errorText: string }
  | { type: 'finish'; finishReason: 'stop' | 'length' | 'content-filter' | 'tool-calls' | 'error' | 'other'; messageMetadata?: { model: string; usage: Usage } }

export interface Success {
  /** Always true. */
  success: boolean
}

export interface Suggestion {
  /** Why. */
  description: string
  /** The document's id. */
  documentId: string
  /** The version that it was made on. */
  documentVersion: number
  /** Its id. */
  id: string
  /** The words that it is about. */
  originalText: string
  /** How far it is. */
  status: 'pending' | 'accepted' | 'dismissed'
  /** What they should be. */
  suggestedText: string
}

export interface SuggestionAnswer {
  /** The suggestion. */
  suggestion: Suggestion
}

export interface SuggestionInput {
  /** Why. */
  description?: string
  /** The words that it is about. */
  originalText: string
  /** What they should be. */
  suggestedText?: string
}

export interface SuggestionPatch {
  /** Which one is meant where the document holds the original text several times, from 1. */
  occurrence?: number
  /** How far it is. */
  status: 'accepted' | 'dismissed'
}

export interface SuggestionResolved {
  /** The document. */
  document: StoredDocument
  /** The suggestion. */
  suggestion: Suggestion
}

export interface SuggestionsAnswer {
  /** The suggestions. */
  suggestions: Suggestion[]
}

export interface SuggestionsPatch {
  /** The same for each suggestion, by its id. */
  occurrences?: Record<string, number>
  /** How far it is. */
  status: 'accepted'
}

export interface SuggestionsResolved {
  /** How many were accepted. */
  accepted: number
  /** The document. */
  document: StoredDocument
  /** The suggestions. */
  suggestions: Suggestion[]
}

export interface Tested {
  /** The webhook's id. */
  webhookId: string
}

export interface TokenStats {
  /** A day of UTC. */
  day: string
  /** Of what was sent to the model, as far as its provider tells. */
  inputTokens: number
  /** The model; empty is unknown. */
  model: string
  /** Of what it wrote, as far as its provider tells. */
  outputTokens: number
  /** How many replies. */
  replies: number
}

/** Tokens; null is unknown. */
export interface Usage {
  /** Of what was sent to the model. */
  inputTokens: number | null
  /** Of what it wrote. */
  outputTokens: number | null
}

export interface UsageAnswer {
  /** The largest file, in bytes. */
  maxUpload: number
  /** Bytes that there may be; null is no limit. */
  quota: number | null
  /** Bytes of all files. */
  used: number
}

/** An account or a guest. */
export interface User {
  /** Their picture. */
  avatarUrl: string | null
  /** When it was made. */
  createdAt: string
  /** Null for a guest. */
  email: string | null
  /** Its id. */
  id: string
  /** What people call them. */
  name: string
  /** What they may do. */
  role: 'user' | 'guest' | 'admin'
}

export interface UserAnswer {
  /** Who that is. */
  user: User
}

export interface UserPatch {
  /** Whether they cannot sign in from now on. */
  disabled?: boolean | null
  /** What they may do from now on. */
  role?: 'user' | 'admin' | null
}

export interface UserStats {
  /** Who has an account. */
  accounts: number
  /** Administrators. */
  admins: number
  /** Accounts that cannot sign in. */
  disabled: number
  /** Guests who have written something. */
  guests: number
  /** New accounts by day. */
  new: DayCount[]
}

export interface UsersAnswer {
  /** Where the next page begins; null on the last. */
  nextCursor: string | null
  /** The accounts, the newest first. */
  users: AdminUser[]
}

export interface VersionInput {
  /** Which one. */
  version: number
}

export interface VersionsAnswer {
  /** Where the next page begins; null on the last. */
  nextCursor: string | null
  /** A page of versions, the newest first. */
  versions: StoredDocument[]
}

/** What the owner of a chat thinks of a reply. */
export interface Vote {
  /** Up or down. */
  type: 'up' | 'down'
  /** The chat's id. */
  chatId: string
  /** The message's id. */
  messageId: string
}

export interface VoteAnswer {
  /** The vote. */
  vote: Vote
}

export interface VoteInput {
  /** Up or down. */
  type: 'up' | 'down'
}

export interface VotesAnswer {
  /** The votes. */
  votes: Vote[]
}

export interface Webhook {
  /** Whether it is told of anything. */
  active: boolean
  /** When it was made. */
  createdAt: string
  /** What listens there. */
  description: string
  /** What it is told of: reply.finished, document.changed. */
  events: string[]
  /** Since when nothing has come through; null when the last try did. */
  failingSince: string | null
  /** Its id. */
  id: string
  /** Why the server has switched it off; null when it has not. */
  note: string | null
  /** When it last changed. */
  updatedAt: string
  /** Where it can be fetched; null while it cannot. */
  url: string
}

export interface WebhookAnswer {
  /** The webhook. */
  webhook: Webhook
}

export interface WebhookInput {
  /** What listens there. */
  description?: string
  /** What it is told of: reply.finished, document.changed. */
  events: string[]
  /** Where it can be fetched; null while it cannot. */
  url: string
}

export interface WebhookMade {
  /** What signs, beginning with whsec_. It is in this answer only. */
  secret: string
  /** The webhook. */
  webhook: Webhook
}

export interface WebhookPatch {
  /** Whether it is told of anything. */
  active?: boolean | null
  /** What listens there. */
  description?: string | null
  /** What it is told of: reply.finished, document.changed. */
  events?: string[]
  /** Where it can be fetched; null while it cannot. */
  url?: string | null
}

export interface WebhooksAnswer {
  /** The webhooks, the newest first. */
  webhooks: Webhook[]
}

export interface WireMessage {
  /** Text, or a list of parts. */
  content?: unknown
  /** The message's id to be. */
  id?: string
  /** Text and files. */
  parts?: WirePart[]
  /** Who says it; the last of user counts. */
  role?: string
}

export interface WirePart {
  /** text, file or image_url. */
  type?: string
  /** The id of an uploaded file. */
  fileId?: string
  /** A file's name. */
  filename?: string
  /** An image as OpenAI has it: `{"url": "data:…"}`. */
  image_url?: unknown
  /** The same, as Vercel's template has it. */
  name?: string
  /** Of a text part. */
  text?: string
  /** A data URL, or the address of a file of ours. */
  url?: string
}
