// Documents, their versions, and the suggestions for them.
import { nameOf, part } from './api.js'

class Suggestions {
  #api
  constructor(api) { this.#api = api }
  list(documentId, options) { return this.#api.call('GET', `/documents/${part(documentId)}/suggestions`, options) }
  create(documentId, json, options) { return this.#api.call('POST', `/documents/${part(documentId)}/suggestions`, { json, ...options }) }
  accept(id, options) { return this.#resolve(id, 'accepted', options) }
  dismiss(id, options) { return this.#resolve(id, 'dismissed', options) }

  /** Accepts all that still fit, as one version. */
  acceptAll(documentId, options) {
    return this.#api.call('PATCH', `/documents/${part(documentId)}/suggestions`, { json: { status: 'accepted' }, ...options })
  }

  #resolve(id, status, options) { return this.#api.call('PATCH', `/suggestions/${part(id)}`, { json: { status }, ...options }) }
}

export class Documents {
  #api
  constructor(api) {
    this.#api = api
    this.suggestions = new Suggestions(api)
  }

  list({ signal, ...query } = {}) { return this.#api.list('/documents', 'documents', query, signal) }
  create({ signal, ...json }) { return this.#api.call('POST', '/documents', { json, signal }) }

  /** Makes an image document of a PNG, JPEG, GIF or WebP, with { name, onProgress, signal }; its title is the file's name. */
  createImage(file, options) { return this.#api.send('POST', '/documents/images', file, options) }

  /** Makes another picture the next version of an image document. */
  replaceImage(id, file, options) { return this.#api.send('POST', `/documents/${part(id)}/image`, file, options) }

  /** The newest version, or another; content: 0 leaves its text out. */
  get(id, { signal, ...query } = {}) { return this.#api.call('GET', `/documents/${part(id)}`, { query, signal }) }

  /** Saves a text as the next version. Written on another than baseVersion it is refused with a ConflictError, which has both texts. */
  save(id, json, options) { return this.#api.call('PUT', `/documents/${part(id)}`, { json, ...options }) }
  update(id, json, options) { return this.#api.call('PATCH', `/documents/${part(id)}`, { json, ...options }) }
  delete(id, options) { return this.#api.call('DELETE', `/documents/${part(id)}`, options) }
  versions(id, { signal, ...query } = {}) { return this.#api.list(`/documents/${part(id)}/versions`, 'versions', query, signal) }

  /** Makes an older version the newest again. */
  restore(id, version, options) { return this.#api.call('POST', `/documents/${part(id)}/restore`, { json: { version }, ...options }) }
  diff(id, { from, to, signal } = {}) { return this.#api.call('GET', `/documents/${part(id)}/diff`, { query: { from, to }, signal }) }

  /** Has the assistant work on it by a quick action: { action, choice, selection, … }. The reply is in the document's chat, which the first action makes. */
  ask(id, { onText, signal, ...json }) { return this.#api.reply(`/documents/${part(id)}/ask`, json, { onText, signal }) }

  /** The document as a file, under the name that it has there. */
  async download(id, { signal, ...query } = {}) {
    const response = await this.#api.fetch('GET', `/documents/${part(id)}/download`, { query, headers: { Accept: '*/*' }, signal })
    const blob = await response.blob()
    return new File([blob], nameOf(response) ?? 'document', { type: blob.type })
  }
}
