// Saves a document while it is written: a second after the last change, when the page is left, and as a
// version of its own by Ctrl+S. A save that comes too late shows both texts; what cannot be saved is
// tried again and never thrown away.
import { alleato } from './api.js'
import { toast } from './toast.js'

const pause = 1000 // ms after the last change
const slowest = 30_000 // ms between two tries
const small = 60_000 // bytes that a browser still sends for a page that is gone

export class Saver {
  #artifact; #editor; #id; #version; #stored; #timer; #delay = 0; #autosaved
  #running = Promise.resolve()
  #refused = false // by what was written: only another text helps
  #closed = false

  constructor(artifact, editor, { id, version, autosave }) {
    Object.assign(this, { leave: (evt) => this.#leave(evt), hide: () => this.#hide() })
    this.#artifact = artifact
    this.#editor = editor
    this.#id = id
    this.#version = version
    this.#stored = editor.text() // an editor may write the same text in another way: that is no change
    this.#autosaved = autosave
    addEventListener('beforeunload', this.leave)
    addEventListener('pagehide', this.hide)
    document.addEventListener('visibilitychange', this.hide)
    this.#adopt({ version })
    this.#show('')
  }

  get dirty() { return this.#editor.text() !== this.#stored }

  changed() {
    this.#refused = false
    this.#show('Unsaved')
    this.#later(pause)
  }

  // save writes what there is; it resolves when that is done or refused.
  save(autosave, keepalive = false) {
    clearTimeout(this.#timer)
    this.#running = this.#running.then(() => this.#put(autosave, keepalive))
    return this.#running
  }

  saved() { return this.save(true) }

  // adopt takes over a version that was made elsewhere and is in the editor by now.
  adopt(doc) {
    this.#stored = doc.content
    this.#autosaved = doc.autosave
    this.#adopt(doc)
    if (this.dirty) this.changed()
    else this.#show('Saved')
  }

  close() {
    if (this.dirty) this.save(true)
    this.#closed = true
    clearTimeout(this.#timer)
    removeEventListener('beforeunload', this.leave)
    removeEventListener('pagehide', this.hide)
    document.removeEventListener('visibilitychange', this.hide)
  }

  #later(ms) {
    clearTimeout(this.#timer)
    if (!this.#closed) this.#timer = setTimeout(() => this.save(true), ms)
  }

  async #put(autosave, keepalive) {
    const content = this.#editor.text()
    if (this.#refused || (content === this.#stored && (autosave || !this.#autosaved))) return
    this.#show('Saving…')
    try {
      const { document: saved } = await alleato.documents.save(this.#id, { content, baseVersion: this.#version, autosave }, { keepalive })
      this.#stored = content
      this.#autosaved = saved.autosave
      this.#delay = 0
      this.#adopt(saved)
      this.#show(this.dirty ? 'Unsaved' : 'Saved')
      this.#artifact.dispatchEvent(new CustomEvent('editor:saved', { bubbles: true, detail: saved }))
    } catch (error) {
      await this.#failed(error, content)
    }
  }

  async #failed(error, content) {
    const again = error.code === 'unreachable' || error.status >= 500 || error.status === 429
    this.#show('Not saved', `${error.message} ${error.hint ?? ''}`)
    if (error.status === 409) return this.#conflict(content)
    this.#refused = !again
    if (!again) return toast(error.message, error.hint)
    this.#delay = Math.min(slowest, Math.max(this.#delay * 2, (error.retryAfter ?? 0) * 1000, 2 * pause))
    this.#later(this.#delay)
  }

  // Both texts are shown where the editor was; what was typed meanwhile is in "yours".
  async #conflict(content) {
    this.#refused = true
    if (this.#closed) return toast('Not saved: the document was changed meanwhile', 'Your text could not be put beside it.')
    const yours = this.#editor.text() || content
    this.#stored = this.#editor.text()
    this.close()
    const main = this.#artifact.querySelector('.artifact-main')
    const response = await fetch(this.#artifact.dataset.url, { // a page's fragment, which the API does not know
      method: 'PUT', headers: { 'Content-Type': 'application/json', 'HX-Request': 'true', Accept: 'text/html' },
      body: JSON.stringify({ content: yours, baseVersion: this.#version }),
    })
    if (response.status !== 409) return location.reload() // the other change is gone again, and yours is saved
    this.#editor.destroy()
    delete this.#artifact.editor
    this.#artifact.removeAttribute('data-editable')
    main.innerHTML = await response.text()
    main.querySelector('textarea')?.focus()
  }

  // adopt shows the version that was saved as the one that is open.
  #adopt({ version, updatedAt }) {
    const fresh = version !== this.#version
    this.#version = version
    const { dataset } = this.#artifact
    dataset.version = dataset.head = version
    this.#artifact.querySelector('[data-testid="artifact-version"]').textContent = `v${version}`
    if (fresh && updatedAt) this.#artifact.querySelector('[data-version-steps]')?.dispatchEvent(new Event('saved'))
  }

  #show(state, title = '') {
    const place = this.#artifact.querySelector('[data-testid="artifact-saved"]')
    if (!place) return
    place.textContent = state
    place.title = title
    place.dataset.state = state
  }

  #hide() {
    if (document.visibilityState !== 'hidden' || !this.dirty) return
    this.save(true, new Blob([this.#editor.text()]).size < small)
  }

  // Asked only where the browser could not send the rest by itself.
  #leave(evt) {
    if (!this.dirty) return
    this.save(true, true)
    if (this.#refused || this.#delay || new Blob([this.#editor.text()]).size >= small) evt.preventDefault()
  }
}
