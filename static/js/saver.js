// Saves a document while it is written: a second after the last change, when the page is left, and as a
// version of its own by Ctrl+S. A save that comes too late shows both texts; what cannot be saved is
// tried again and never thrown away.
import { alleato } from './api.js'
import { toast } from './toast.js'

const pause = 1000 // ms after the last change
const slowest = 30_000 // ms between two tries
const small = 60_000 // bytes that a browser still sends for a page that is gone

export class Saver {
  #artifact; #editor; #url; #id; #version; #stored; #language; #timer; #delay = 0; #autosaved
  #running = Promise.resolve()
  #refused = false // by what was written: only another text helps
  #closed = false

  constructor(artifact, editor, { id, version, autosave }) {
    Object.assign(this, { leave: (evt) => this.#leave(evt), hide: () => this.#hide() })
    this.#artifact = artifact
    this.#editor = editor
    this.#id = id
    this.#url = artifact.dataset.url
    this.#version = version
    this.#stored = editor.text() // an editor may write the same text in another way: that is no change
    this.#language = editor.language?.()
    this.#autosaved = autosave
    addEventListener('beforeunload', this.leave)
    addEventListener('pagehide', this.hide)
    document.addEventListener('visibilitychange', this.hide)
    this.#adopt({ version })
    this.#show('')
  }

  get dirty() { return this.#editor.text() !== this.#stored || this.#editor.language?.() !== this.#language }

  changed() {
    this.#refused = false
    this.#show('Unsaved')
    this.#later(pause)
  }

  // save writes what there is now: the editor may be gone when its turn comes. It resolves when that is
  // done or refused.
  save(autosave, keepalive = false) {
    clearTimeout(this.#timer)
    this.#editor.commit?.()
    const content = this.#editor.text()
    const language = this.#editor.language?.()
    this.#running = this.#running.then(() => this.#put(content, language, autosave, keepalive))
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
    this.#editor.commit?.()
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

  async #put(content, language, autosave, keepalive) {
    const same = content === this.#stored && language === this.#language
    if (this.#refused || (same && (autosave || !this.#autosaved))) return
    this.#show('Saving…')
    try {
      const { document: saved } = await alleato.documents.save(this.#id, { content, language, baseVersion: this.#version, autosave }, { keepalive })
      this.#stored = content
      this.#language = language
      this.#autosaved = saved.autosave
      this.#delay = 0
      this.#adopt(saved)
      this.#show(!this.#closed && this.dirty ? 'Unsaved' : 'Saved')
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

  // Both texts are shown where the editor was, or over the page that was gone to meanwhile. What was typed
  // since is in "yours".
  async #conflict(content) {
    this.#refused = true
    const yours = this.#closed ? content : this.#editor.text()
    const response = await fetch(this.#url, { // a page's fragment, which the API does not know
      method: 'PUT', headers: { 'Content-Type': 'application/json', 'HX-Request': 'true', Accept: 'text/html' },
      body: JSON.stringify({ content: yours, baseVersion: this.#version }),
    })
    if (response.status !== 409) return toast(response.ok ? 'Saved' : 'Not saved', response.ok ? '' : 'Copy your text before you leave this page.')
    const html = await response.text()
    if (this.#closed) return over(html)
    this.#stored = this.#editor.text()
    this.#artifact.editor.destroy()
    this.#artifact.removeAttribute('data-editable')
    const main = this.#artifact.querySelector('.artifact-main')
    main.innerHTML = html
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
    this.#editor.commit?.()
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

// over shows what must be decided although its document is not on the page any more.
function over(html) {
  const dialog = document.createElement('dialog')
  dialog.className = 'conflict-dialog scrollbar-sm'
  dialog.setAttribute('aria-labelledby', 'conflict-title')
  dialog.innerHTML = html
  document.body.append(dialog)
  dialog.addEventListener('close', () => dialog.remove())
  dialog.showModal()
}
