// The SDK of Alleato: an ES module without dependencies, for browsers and for Node 20 or newer.
//
//   import { Alleato } from 'https://chat.example.com/sdk/alleato.js'
//   const alleato = new Alleato({ apiKey: 'alk_…' })
//   for await (const chunk of alleato.chats.sendMessage(chatId, { text: 'Hello' })) console.log(chunk)
//
// Methods answer with the bodies of the API as they are: `{ chat }`, `{ chats, nextCursor }`. What goes
// wrong is thrown as an AlleatoError; what is aborted throws the signal's reason.

import { API } from './api.js'
import { Reply } from './reply.js'

export { AlleatoError } from './error.js'
export { Reply }

const part = encodeURIComponent

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
  list({ limit, cursor, q, signal } = {}) { return this.#api.call('GET', '/chats', { query: { limit, cursor, q }, signal }) }
  create({ signal, ...json } = {}) { return this.#api.call('POST', '/chats', { json, signal }) }
  get(id, { tree, signal } = {}) { return this.#api.call('GET', `/chats/${part(id)}`, { query: { tree: tree ? 1 : undefined }, signal }) }
  update(id, json, options) { return this.#api.call('PATCH', `/chats/${part(id)}`, { json, ...options }) }
  delete(id, options) { return this.#api.call('DELETE', `/chats/${part(id)}`, options) }
  restore(id, options) { return this.#api.call('POST', `/chats/${part(id)}/restore`, options) }
  deleteAll(options) { return this.#api.call('DELETE', '/chats', options) }
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
  list({ limit, cursor, signal } = {}) { return this.#api.call('GET', '/files', { query: { limit, cursor }, signal }) }
  get(id, options) { return this.#api.call('GET', `/files/${part(id)}`, options) }
  delete(id, options) { return this.#api.call('DELETE', `/files/${part(id)}`, options) }

  /** The bytes, as a Blob. */
  async content(id, options) {
    return (await this.#api.fetch('GET', `/files/${part(id)}/content`, { headers: { Accept: '*/*' }, ...options })).blob()
  }
}

class Documents {
  #api
  constructor(api) { this.#api = api }
  get(id, { version, signal } = {}) { return this.#api.call('GET', `/documents/${part(id)}`, { query: { version }, signal }) }

  /** Saves a text as the next version. When baseVersion is not the newest the error has both texts, as current and yours. */
  save(id, json, options) { return this.#api.call('PUT', `/documents/${part(id)}`, { json, ...options }) }
}

class Models {
  #api
  constructor(api) { this.#api = api }
  list(options) { return this.#api.call('GET', '/models', options) }
}

class Account {
  #api
  constructor(api) { this.#api = api }

  /** Sets one's picture, a PNG or JPEG, with { onProgress, signal }; null takes it away. */
  avatar(file, options) {
    return file === null ? this.#api.call('DELETE', '/account/avatar', options) : this.#api.send('PUT', '/account/avatar', file, options)
  }

  keys(options) { return this.#api.call('GET', '/account/keys', options) }

  /** Makes an API key; its secret is in this answer only. Keys are made by whoever signed in, not by keys. */
  createKey(key, options) { return this.#api.call('POST', '/account/keys', { json: key, ...options }) }
  deleteKey(id, options) { return this.#api.call('DELETE', `/account/keys/${part(id)}`, options) }
}

/** A client of one site. It makes no request by itself. */
export class Alleato {
  #api
  constructor(options = {}) {
    const api = this.#api = new API(options)
    this.auth = new Auth(api)
    this.chats = new Chats(api)
    this.streams = new Streams(api)
    this.files = new Files(api)
    this.documents = new Documents(api)
    this.models = new Models(api)
    this.account = new Account(api)
  }

  /** The token that signing in gave, to be kept for the next time; null for none. */
  get token() { return this.#api.token }
  set token(token) { this.#api.token = token }

  /** Looks for words in chats and messages. */
  search(q, options) { return this.#api.call('GET', '/search', { query: { q }, ...options }) }
}
