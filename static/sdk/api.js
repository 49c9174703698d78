// Requests: where they go, who makes them, and what comes of a refused one.
import { AlleatoError, refusal, unreachable } from './error.js'
import { Listing } from './listing.js'
import { Reply } from './reply.js'

export const part = encodeURIComponent

// A browser refuses a request that may outlive its page with a body of more than 64 KB.
const keepaliveBytes = 60_000

// A UUID. crypto.randomUUID is missing on plain http away from localhost.
export function newID() {
  const bytes = crypto.getRandomValues(new Uint8Array(16))
  bytes[6] = (bytes[6] & 0x0f) | 0x40
  bytes[8] = (bytes[8] & 0x3f) | 0x80
  return Array.from(bytes, (b) => b.toString(16).padStart(2, '0')).join('').replace(/(.{8})(.{4})(.{4})(.{4})(.{12})/, '$1-$2-$3-$4-$5')
}

// nameOf is the name of the file that an answer is.
export function nameOf(response) {
  const said = response.headers.get('content-disposition') ?? ''
  const encoded = said.match(/filename\*=UTF-8''([^;]+)/i)?.[1]
  return encoded ? decodeURIComponent(encoded) : said.match(/filename="?([^";]+)/i)?.[1]
}

// Served by a site, the SDK belongs to that site; the scripts of the pages lie one folder down as well.
function ownSite() {
  if (/^https?:/.test(import.meta.url)) return new URL('..', import.meta.url)
  throw new TypeError('new Alleato() needs a baseURL here: the root of the site, such as https://chat.example.com')
}

// read is the body of an answer; a proxy's page in its place is none.
function read(text) {
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw new AlleatoError('The answer is not from Alleato.', { code: 'unreachable', hint: 'Check the baseURL.', cause })
  }
}

// API makes requests; the groups of methods share one.
export class API {
  constructor({ baseURL, token = null, apiKey = null, session = false, retries = 6, silence = 45_000 }) {
    this.root = (baseURL ?? ownSite()).toString().replace(/\/+$/, '') + (session ? '' : '/api/v1')
    Object.assign(this, { token, apiKey, session, retries, silence })
  }

  headers(more) {
    const credential = this.token ?? this.apiKey
    return { Accept: 'application/json', ...!this.session && credential && { Authorization: `Bearer ${credential}` }, ...more }
  }

  url(path, query = {}) {
    const given = Object.entries(query).filter(([, value]) => value !== undefined && value !== null)
    return this.root + path + (given.length ? '?' + new URLSearchParams(given) : '')
  }

  async fetch(method, path, { query, body, headers, signal, keepalive = false } = {}) {
    let response
    try {
      response = await fetch(this.url(path, query), {
        method, body, signal, keepalive, headers: this.headers(headers), credentials: this.session ? 'same-origin' : 'omit', cache: 'no-store',
      })
    } catch (error) {
      signal?.throwIfAborted()
      throw unreachable(error)
    }
    if (response.ok) return response
    throw refusal(response.status, (name) => response.headers.get(name), await response.text().catch(() => ''))
  }

  async call(method, path, { json, headers, ...rest } = {}) {
    if (json !== undefined) {
      headers = { 'Content-Type': 'application/json', ...headers }
      rest.body = JSON.stringify(json)
      rest.keepalive &&= new Blob([rest.body]).size < keepaliveBytes
    }
    const response = await this.fetch(method, path, { headers, ...rest })
    return read(await response.text())
  }

  list(path, name, query, signal) {
    return new Listing((cursor = query.cursor) => this.call('GET', path, { query: { ...query, cursor }, signal }), name)
  }

  // send puts a file into a form. Only XMLHttpRequest tells how far it is.
  async send(method, path, file, { name, onProgress, signal } = {}) {
    const body = new FormData()
    const blob = file instanceof Blob ? file : new Blob([file])
    body.append('file', blob, name ?? file.name ?? 'file')
    if (typeof XMLHttpRequest === 'undefined') {
      const total = blob.size
      onProgress?.({ loaded: 0, total })
      const answer = await this.call(method, path, { body, signal })
      onProgress?.({ loaded: total, total })
      return answer
    }
    signal?.throwIfAborted()
    return new Promise((resolve, reject) => {
      const request = new XMLHttpRequest()
      const stop = () => { request.abort(); reject(signal.reason) }
      request.open(method, this.url(path))
      for (const [key, value] of Object.entries(this.headers())) request.setRequestHeader(key, value)
      request.upload.onprogress = ({ loaded, total }) => onProgress?.({ loaded, total })
      request.onerror = () => reject(unreachable())
      request.onload = () => {
        if (request.status >= 300) reject(refusal(request.status, (key) => request.getResponseHeader(key), request.responseText))
        else try { resolve(read(request.responseText)) } catch (error) { reject(error) }
      }
      request.onloadend = () => signal?.removeEventListener('abort', stop)
      signal?.addEventListener('abort', stop, { once: true })
      request.send(body)
    })
  }

  // write sends a message and gives its reply.
  write(chatId, { onText, signal, ...message }) {
    chatId ??= newID()
    return this.reply(`/chats/${part(chatId)}/messages`, message, { chatId, onText, signal })
  }

  // reply asks for one. The key makes a repeat after a lost answer harmless.
  reply(path, message, options) {
    const body = JSON.stringify(message)
    const headers = { 'Content-Type': 'application/json', Accept: 'text/event-stream', 'Idempotency-Key': newID() }
    const open = (signal) => this.fetch('POST', path, { body, headers, signal })
    return new Reply(this, { ...options, open })
  }
}
