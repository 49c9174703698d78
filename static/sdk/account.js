// One's account: its sessions, keys, webhooks, exports, imports and picture.
import { nameOf, part } from './api.js'
import { AlleatoError } from './error.js'
import { pause } from './pause.js'

class Sessions {
  #api
  constructor(api) { this.#api = api }
  list(options) { return this.#api.call('GET', '/account/sessions', options) }
  delete(id, options) { return this.#api.call('DELETE', `/account/sessions/${part(id)}`, options) }

  /** Signs out everywhere else. */
  deleteAll(options) { return this.#api.call('DELETE', '/account/sessions', options) }
}

class Keys {
  #api
  constructor(api) { this.#api = api }
  list(options) { return this.#api.call('GET', '/account/keys', options) }

  /** Makes an API key; its secret is in this answer only. Keys are made by whoever signed in, not by keys. */
  create(json, options) { return this.#api.call('POST', '/account/keys', { json, ...options }) }
  delete(id, options) { return this.#api.call('DELETE', `/account/keys/${part(id)}`, options) }
}

class Webhooks {
  #api
  constructor(api) { this.#api = api }
  list(options) { return this.#api.call('GET', '/account/webhooks', options) }

  /** Makes a webhook: { url, events, description }. The secret that signs is in this answer only. */
  create(json, options) { return this.#api.call('POST', '/account/webhooks', { json, ...options }) }
  get(id, options) { return this.#call('GET', id, '', options) }
  update(id, json, options) { return this.#call('PATCH', id, '', { json, ...options }) }
  delete(id, options) { return this.#call('DELETE', id, '', options) }

  /** Gives it another secret, which is in this answer only. The one before signs as well for a day. */
  rotate(id, options) { return this.#call('POST', id, '/secret', options) }

  /** Sends a test and waits for some seconds for what comes of it. */
  test(id, options) { return this.#call('POST', id, '/test', options) }

  /** What was sent, the newest first. */
  deliveries(id, options) { return this.#call('GET', id, '/deliveries', options) }

  /** Sends a delivery again, under the id it had. */
  redeliver(id, deliveryId, options) { return this.#call('POST', id, `/deliveries/${part(deliveryId)}/redeliver`, options) }

  #call(method, id, rest, options) { return this.#api.call(method, `/account/webhooks/${part(id)}${rest}`, options) }
}

// settled asks again until an export or import has ended, more and more slowly.
async function settled(get, kind, { onProgress, signal } = {}) {
  signal ??= new AbortController().signal
  for (let wait = 100; ; wait = Math.min(wait * 1.5, 2000)) {
    const answer = await get()
    const { status, progress, error } = answer[kind]
    onProgress?.(progress)
    if (status === 'failed') throw new AlleatoError(error ?? `The ${kind} failed.`, { code: `${kind}_failed`, hint: 'Start it again.' })
    if (status !== 'running') return answer
    await pause(wait, signal)
  }
}

class Exports {
  #api
  constructor(api) { this.#api = api }
  list(options) { return this.#api.call('GET', '/account/exports', options) }
  create(json, options) { return this.#api.call('POST', '/account/exports', { json, ...options }) }
  get(id, options) { return this.#api.call('GET', `/account/exports/${part(id)}`, options) }

  /** Waits until an export can be fetched. */
  wait(id, options) { return settled(() => this.get(id, { signal: options?.signal }), 'export', options) }

  /** Waits for an export and gives its file. */
  async download(id, options) {
    const { export: { url } } = await this.wait(id, options)
    if (!url) throw new AlleatoError('The export can no longer be fetched.', { code: 'not_found', hint: 'Make a new one.' })
    // the address has the site's own name; this client may know the site by another
    const path = url.slice(url.lastIndexOf('/files/'))
    const response = await this.#api.fetch('GET', path, { headers: { Accept: '*/*' }, signal: options?.signal })
    const blob = await response.blob()
    return new File([blob], nameOf(response) ?? 'export', { type: blob.type })
  }
}

class Imports {
  #api
  constructor(api) { this.#api = api }
  list(options) { return this.#api.call('GET', '/account/imports', options) }

  /** Takes a file of chats, with { name, onProgress, signal }. A large one goes on in the background: wait() for it. */
  create(file, options) { return this.#api.send('POST', '/account/imports', file, options) }
  get(id, options) { return this.#api.call('GET', `/account/imports/${part(id)}`, options) }
  wait(id, options) { return settled(() => this.get(id, { signal: options?.signal }), 'import', options) }
}

class Avatar {
  #api
  constructor(api) { this.#api = api }

  /** Sets one's picture, a PNG or JPEG, with { name, onProgress, signal }. */
  set(file, options) { return this.#api.send('PUT', '/account/avatar', file, options) }
  remove(options) { return this.#api.call('DELETE', '/account/avatar', options) }
}

export class Account {
  #api
  constructor(api) {
    this.#api = api
    this.sessions = new Sessions(api)
    this.keys = new Keys(api)
    this.webhooks = new Webhooks(api)
    this.exports = new Exports(api)
    this.imports = new Imports(api)
    this.avatar = new Avatar(api)
  }

  get(options) { return this.#api.call('GET', '/account', options) }
  update(json, options) { return this.#api.call('PATCH', '/account', { json, ...options }) }
  changePassword(json, options) { return this.#api.call('PUT', '/account/password', { json, ...options }) }

  /** Chooses the model that new chats begin with. */
  chooseModel(model, options) { return this.#api.call('PUT', '/account/model', { json: { model }, ...options }) }

  /** Deletes the account and everything in it. */
  async delete(json, options) {
    const answer = await this.#api.call('DELETE', '/account', { json, ...options })
    this.#api.token = null
    return answer
  }
}
