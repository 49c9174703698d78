// The SDK of Alleato: an ES module without dependencies, for browsers and for Node 20 or newer.
//
//   import { Alleato } from 'https://chat.example.com/sdk/alleato.js'
//   const alleato = new Alleato({ apiKey: 'alk_…' })
//   for await (const chunk of alleato.chats.sendMessage(chatId, { text: 'Hello' })) console.log(chunk)
//
// Methods answer with the bodies of the API as they are: `{ chat }`, `{ chats, nextCursor }`. What goes
// wrong is thrown as an AlleatoError; what is aborted throws the signal's reason.

import { Account } from './account.js'
import { API, part } from './api.js'
import { Documents } from './documents.js'
import { Reply } from './reply.js'

export { AlleatoError, ConflictError } from './error.js'
export { Listing } from './listing.js'
export { Reply }

class Auth {
  #api
  constructor(api) { this.#api = api }
  register(credentials, options) { return this.#enter('register', credentials, options) }
  login(credentials, options) { return this.#enter('login', credentials, options) }
  guest(options) { return this.#enter('guest', undefined, options) }
  me(options) { return this.#api.call('GET', '/auth/me', options) }

  async logout(options) {
    const answer = await this.#api.call('POST', '/auth/logout', options)
    this.#api.token = null
    return answer
  }

  async #enter(how, json, options) {
    const answer = await this.#api.call('POST', `/auth/${how}`, { json, ...options })
    if (answer.token) this.#api.token = answer.token
    return answer
  }
}

class Chats {
  #api
  constructor(api) { this.#api = api }
  list({ signal, ...query } = {}) { return this.#api.list('/chats', 'chats', query, signal) }
  create({ signal, ...json } = {}) { return this.#api.call('POST', '/chats', { json, signal }) }
  get(id, { tree, signal } = {}) { return this.#api.call('GET', `/chats/${part(id)}`, { query: { tree: tree ? 1 : undefined }, signal }) }
  update(id, json, options) { return this.#api.call('PATCH', `/chats/${part(id)}`, { json, ...options }) }
  delete(id, options) { return this.#api.call('DELETE', `/chats/${part(id)}`, options) }
  restore(id, options) { return this.#api.call('POST', `/chats/${part(id)}/restore`, options) }
  deleteAll(options) { return this.#api.call('DELETE', '/chats', options) }

  /** Takes back that all were deleted; deletedAt is what deleteAll() answered. */
  restoreAll(deletedAt, options) { return this.#api.call('POST', '/chats/restore', { json: { deletedAt }, ...options }) }
  stop(id, options) { return this.#api.call('POST', `/chats/${part(id)}/stop`, options) }
  votes(id, options) { return this.#api.call('GET', `/chats/${part(id)}/votes`, options) }

  /** Votes 'up' or 'down' on a reply; null withdraws the vote. */
  vote(id, messageId, type, options) {
    const path = `/chats/${part(id)}/messages/${part(messageId)}/vote`
    return type === null ? this.#api.call('DELETE', path, options) : this.#api.call('PUT', path, { json: { type }, ...options })
  }

  /** Sends a message: its text, or { text, files, model, … }. A chat that does not exist is made; without an id, under a new one. */
  sendMessage(id, message, options = {}) {
    return this.#api.write(id, { ...typeof message === 'string' ? { text: message } : message, ...options })
  }

  /** Writes a reply anew, beside the old one: the one named, else the last. */
  regenerate(id, { messageId, model, ...options } = {}) {
    return this.#api.write(id, { trigger: 'regenerate-message', messageId, model, ...options })
  }

  /** Goes on with a reply that was stopped or broke off. */
  continue(id, { messageId, ...options } = {}) {
    return this.#api.write(id, { trigger: 'continue-message', messageId, ...options })
  }

  /** The reply being written in a chat, from its start; null when there is none. */
  async resume(id, options = {}) {
    const open = (signal) => this.#api.fetch('GET', `/chats/${part(id)}/stream`, { headers: { Accept: 'text/event-stream' }, signal })
    const reply = new Reply(this.#api, { ...options, chatId: id, open })
    return await reply.started() ? reply : null
  }
}

class Streams {
  #api
  constructor(api) { this.#api = api }

  /** A reply by its stream's id, from its start or after a number. */
  get(id, options) { return new Reply(this.#api, { ...options, streamId: id }) }

  stop(id, options) { return this.#api.call('DELETE', `/streams/${part(id)}`, options) }
}

class Files {
  #api
  constructor(api) { this.#api = api }

  /** Uploads a File, a Blob or bytes (which want a name), with { name, onProgress, signal }. */
  upload(file, options) { return this.#api.send('POST', '/files/upload', file, options) }
  list({ signal, ...query } = {}) { return this.#api.list('/files', 'files', query, signal) }
  get(id, options) { return this.#api.call('GET', `/files/${part(id)}`, options) }
  update(id, json, options) { return this.#api.call('PATCH', `/files/${part(id)}`, { json, ...options }) }

  /** Deletes a file; with { unsent: true } only while no message has it. */
  delete(id, { unsent, ...options } = {}) {
    return this.#api.call('DELETE', `/files/${part(id)}`, { query: { unsent: unsent ? 1 : undefined }, ...options })
  }

  /** The bytes, as a Blob. */
  async content(id, options) {
    return (await this.#api.fetch('GET', `/files/${part(id)}/content`, { headers: { Accept: '*/*' }, ...options })).blob()
  }
}

class Models {
  #api
  constructor(api) { this.#api = api }
  list(options) { return this.#api.call('GET', '/models', options) }
}

/** A client of one site. It makes no request by itself. */
export class Alleato {
  #api
  constructor(options = {}) {
    const api = this.#api = new API(options)
    this.auth = new Auth(api)
    this.chats = new Chats(api)
    this.streams = new Streams(api)
    this.documents = new Documents(api)
    this.files = new Files(api)
    this.models = new Models(api)
    this.account = new Account(api)
  }

  /** The token that signing in gave, to be kept for the next time; null for none. */
  get token() { return this.#api.token }
  set token(token) { this.#api.token = token }

  /** Looks for words in chats, messages and documents. */
  search(q, { limit, signal } = {}) { return this.#api.call('GET', '/search', { query: { q, limit }, signal }) }
}
