// The types of alleato.js. Absent values are null, not missing; times are ISO 8601 in UTC.

export interface User { id: string; email: string | null; name: string; role: 'guest' | 'user' | 'admin'; avatarUrl: string | null; createdAt: string }

export interface Chat {
  id: string; title: string; visibility: 'private' | 'public'; model: string
  /** The last message of the branch that is shown. */
  headId: string | null
  pinnedAt: string | null
  /** The reply in progress. */
  streamId: string | null
  createdAt: string; updatedAt: string
}

/** A part of a message, as the UI message stream has it. */
export type Part =
  | { type: 'text'; text: string; state?: 'streaming' | 'done' }
  | { type: 'reasoning'; text: string; state?: 'streaming' | 'done'; providerMetadata?: Record<string, unknown> }
  | { type: 'file'; url: string; mediaType: string; filename?: string; fileId?: string }
  | { type: 'step-start' }
  | { type: `tool-${string}`; toolCallId: string; state: string; input?: unknown; output?: unknown; errorText?: string }
  | { type: `data-${string}`; id?: string; data: unknown }

export interface Usage { inputTokens: number | null; outputTokens: number | null }

export interface Message {
  id: string; chatId: string; parentId: string | null; role: 'user' | 'assistant' | 'system'; parts: Part[]; model: string | null
  status: 'complete' | 'streaming' | 'stopped' | 'interrupted' | 'failed'
  error: { code: string; message: string } | null
  usage: Usage; createdAt: string; finishedAt: string | null
}

export interface Vote { chatId: string; messageId: string; type: 'up' | 'down' }

export interface StoredFile {
  id: string; name: string; contentType: string; size: number; sha256: string; url: string; thumbnailUrl: string | null
  bucket: 'uploads' | 'avatars' | 'exports'; createdAt: string
}

export interface StoredDocument {
  id: string; version: number; kind: 'text' | 'code' | 'sheet' | 'image' | 'html'; language: string | null
  visibility: 'private' | 'public'; title: string
  /** Null in lists. */
  content: string | null
  author: 'user' | 'assistant'; autosave: boolean; chatId: string | null
  /** The reply that wrote the version. */
  messageId: string | null
  createdAt: string; updatedAt: string
}

export interface Model {
  id: string; label: string; provider: string; contextWindow: number
  capabilities: { tools: boolean; images: boolean; reasoning: boolean }
}

export interface SearchResult {
  type: 'chat' | 'message' | 'document'; chatId: string | null; documentId: string | null; messageId: string | null; role: 'user' | 'assistant' | null; title: string
  /** The text around what was found, in segments. */
  snippet: { text: string; match: boolean }[]
  createdAt: string
}

export interface ApiKey {
  id: string; name: string
  /** How the secret begins. */
  prefix: string
  scope: 'read' | 'write'; expiresAt: string | null; lastUsedAt: string | null; createdAt: string
}

/** A chunk of the UI message stream, protocol v1 of the npm package `ai`. */
export type Chunk =
  | { type: 'start'; messageId?: string; messageMetadata?: unknown }
  | { type: 'start-step' } | { type: 'finish-step' } | { type: 'abort' }
  | { type: 'text-start' | 'text-end' | 'reasoning-start' | 'reasoning-end'; id: string; providerMetadata?: Record<string, unknown> }
  | { type: 'text-delta' | 'reasoning-delta'; id: string; delta: string }
  | { type: 'tool-input-start'; toolCallId: string; toolName: string }
  | { type: 'tool-input-delta'; toolCallId: string; inputTextDelta: string }
  | { type: 'tool-input-available'; toolCallId: string; toolName: string; input: unknown }
  | { type: 'tool-output-available'; toolCallId: string; output: unknown }
  | { type: 'tool-output-error'; toolCallId: string; errorText: string }
  | { type: 'file'; url: string; mediaType: string }
  | { type: 'data-title'; data: { chatId: string; title: string } }
  | { type: `data-${string}`; id?: string; data: unknown; transient?: boolean }
  | { type: 'error'; errorText: string }
  | { type: 'finish'; finishReason?: string; messageMetadata?: ReplyMetadata }

export interface ReplyMetadata { model: string; usage: Usage }

export type ErrorCode =
  | 'invalid' | 'unauthenticated' | 'forbidden' | 'not_found' | 'conflict' | 'too_large' | 'unsupported'
  | 'rate_limited' | 'unavailable' | 'internal'
  /** The server did not answer, or something else did. */
  | 'unreachable'
  /** The reply ended in an error; `text` is what was written. */
  | 'reply_failed'

/** What the server refused, or how it could not be reached. */
export class AlleatoError extends Error {
  readonly code: ErrorCode
  /** What to do about it; may be empty. */
  readonly hint: string
  /** The HTTP status; 0 without an answer. */
  readonly status: number
  /** The first field that was refused; empty for none. */
  readonly field: string
  readonly errors: { field: string; message: string }[]
  /** Of a document that was changed meanwhile: as it is now, and the content that was not saved. */
  readonly current?: StoredDocument
  readonly yours?: string
  /** The request's id in the server's log. */
  readonly requestId: string
  /** Seconds until it is worth asking again; 0 if the server does not say. */
  readonly retryAfter: number
  /** With `reply_failed`: what was written so far. */
  readonly text?: string
}

export interface Abortable { signal?: AbortSignal }

export interface Reading extends Abortable {
  /** Is told each new piece of text, and the text so far. */
  onText?: (delta: string, text: string) => void
}

export interface Outgoing {
  text?: string
  /** Ids of files that were uploaded. */
  files?: string[]
  model?: string
  /** An id of your own for the message; the id of a message that was sent makes this an edit of it. */
  messageId?: string
  /** The message to answer to; null begins the chat anew. Absent: the end of the branch that is shown. */
  parentId?: string | null
}

/** A reply as it is written; it connects again by itself. Each iteration begins at the first chunk. */
export class Reply implements AsyncIterable<Chunk> {
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

export interface Credentials { email: string; password: string }
export interface Success { success: true }
export interface Page extends Abortable { limit?: number; cursor?: string | null }
export interface Sending extends Abortable {
  /** The file's name, for what has none. */
  name?: string
  /** Is told how many bytes are sent; where there is no XMLHttpRequest, at the start and at the end only. */
  onProgress?: (progress: { loaded: number; total: number }) => void
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

  readonly auth: {
    register(credentials: Credentials, options?: Abortable): Promise<{ user: User; token: string }>
    login(credentials: Credentials, options?: Abortable): Promise<{ user: User; token: string }>
    guest(options?: Abortable): Promise<{ user: User; token: string }>
    logout(options?: Abortable): Promise<Success>
    me(options?: Abortable): Promise<{ user: User }>
  }

  readonly chats: {
    list(options?: Page & { q?: string }): Promise<{ chats: Chat[]; nextCursor: string | null }>
    create(chat?: { id?: string; title?: string; visibility?: Chat['visibility']; model?: string } & Abortable): Promise<{ chat: Chat }>
    /** The shown branch, or with `tree` all messages. A reply in progress is left out: see resume(). */
    get(id: string, options?: { tree?: boolean } & Abortable): Promise<{ chat: Chat; messages: Message[] }>
    update(id: string, change: { title?: string; visibility?: Chat['visibility']; pinned?: boolean; model?: string; headId?: string }, options?: Abortable): Promise<{ chat: Chat }>
    delete(id: string, options?: Abortable): Promise<Success>
    /** Takes back, for some minutes, that a chat was deleted. */
    restore(id: string, options?: Abortable): Promise<{ chat: Chat }>
    deleteAll(options?: Abortable): Promise<Success>
    /** Ends the reply being written. */
    stop(id: string, options?: Abortable): Promise<Success>
    votes(id: string, options?: Abortable): Promise<{ votes: Vote[] }>
    vote(id: string, messageId: string, type: 'up' | 'down', options?: Abortable): Promise<{ vote: Vote }>
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

  readonly streams: {
    /** A reply by its stream's id, from its start or after a number. */
    get(id: string, options?: { after?: number } & Reading): Reply
    stop(id: string, options?: Abortable): Promise<Success>
  }

  readonly files: {
    upload(file: Bytes, options?: Sending): Promise<StoredFile & { file: StoredFile }>
    list(options?: Page): Promise<{ files: StoredFile[]; nextCursor: string | null; usage: { used: number; quota: number | null; maxUpload: number } }>
    get(id: string, options?: Abortable): Promise<{ file: StoredFile }>
    delete(id: string, options?: Abortable): Promise<Success>
    content(id: string, options?: Abortable): Promise<Blob>
  }

  readonly documents: {
    get(id: string, options?: { version?: number } & Abortable): Promise<{ document: StoredDocument }>
    /** Saves a text as the next version. When baseVersion is not the newest the error has both texts, as current and yours. */
    save(id: string, json: { content: string; title?: string; language?: string; baseVersion?: number; autosave?: boolean }, options?: Abortable): Promise<{ document: StoredDocument }>
  }

  readonly models: { list(options?: Abortable): Promise<{ models: Model[] }> }

  readonly account: {
    /** Sets one's picture, a PNG or JPEG; null takes it away. */
    avatar(file: Bytes | null, options?: Sending): Promise<{ user: User }>
    keys(options?: Abortable): Promise<{ keys: ApiKey[] }>
    /** Makes an API key; its secret is in this answer only. Keys are made by whoever signed in, not by keys. */
    createKey(key: { name: string; scope: ApiKey['scope']; expiresAt?: string | null }, options?: Abortable): Promise<{ key: ApiKey; secret: string }>
    deleteKey(id: string, options?: Abortable): Promise<Success>
  }

  /** Looks for words in chats and messages. */
  search(q: string, options?: Abortable): Promise<{ results: SearchResult[] }>
}
