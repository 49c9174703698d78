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
  #refused // the error of what was written: only another text helps
  #sending // the text that is on its way
  #last // what there was when the editor went
  #deciding = false // between two texts
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
    this.#refused = undefined
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
    this.#artifact.dispatchEvent(new CustomEvent('editor:saved', { bubbles: true, detail: doc }))
  }

  // close takes the editor's last text, which has no place on the page any more: it is sent until it is saved, and
  // shown if it cannot be.
  close() {
    this.#editor.commit?.()
    clearTimeout(this.#timer)
    const unsaved = this.dirty && !this.#deciding
    if (unsaved) this.#last = { content: this.#editor.text(), language: this.#editor.language?.() }
    if (unsaved && this.#refused) this.#rescue(this.#last.content, this.#refused)
    else if (unsaved) this.save(true, isSmall(this.#last.content))
    else removeEventListener('beforeunload', this.leave)
    this.#closed = true
    removeEventListener('pagehide', this.hide)
    document.removeEventListener('visibilitychange', this.hide)
  }

  #later(ms) {
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => (this.#closed ? this.#sendLast() : this.save(true)), ms)
  }

  #sendLast() {
    const { content, language } = this.#last
    this.#running = this.#running.then(() => this.#put(content, language, true, isSmall(content)))
  }

  async #put(content, language, autosave, keepalive) {
    const same = content === this.#stored && language === this.#language
    if (this.#refused || (same && (autosave || !this.#autosaved))) return
    this.#show('Saving…')
    this.#sending = content
    try {
      const { document: saved } = await alleato.documents.save(this.#id, { content, language, baseVersion: this.#version, autosave }, { keepalive })
      this.#stored = content
      this.#language = language
      this.#autosaved = saved.autosave
      this.#delay = 0
      this.#adopt(saved)
      this.#show(!this.#closed && this.dirty ? 'Unsaved' : 'Saved')
      if (this.#last?.content === content && this.#last.language === language) this.#settled()
      this.#artifact.dispatchEvent(new CustomEvent('editor:saved', { bubbles: true, detail: saved }))
    } catch (error) {
      await this.#failed(error, content)
    } finally {
      this.#sending = undefined
    }
  }

  #settled() {
    this.#last = undefined
    removeEventListener('beforeunload', this.leave)
  }

  async #failed(error, content) {
    const again = error.code === 'unreachable' || error.status >= 500 || error.status === 429
    this.#show('Not saved', `${error.message} ${error.hint ?? ''}`)
    if (error.status === 409) return this.#conflict(error, content)
    if (again) return this.#again(error.retryAfter)
    this.#refused = error
    if (this.#closed) return this.#rescue(this.#last?.content ?? content, error)
    toast(error.message, error.hint)
  }

  #again(seconds = 0) {
    this.#delay = Math.min(slowest, Math.max(this.#delay * 2, seconds * 1000, 2 * pause))
    if (!this.#closed || this.#last) this.#later(this.#delay)
  }

  #rescue(text, error) {
    this.#settled()
    rescued(text, error)
  }

  // Both texts are shown where the editor was, or over the page that was gone to meanwhile. What was typed
  // since is in "yours"; while the two are fetched nothing can be.
  async #conflict(error, content) {
    this.#refused = error
    this.#deciding = true
    if (!this.#closed) {
      this.#editor.commit?.()
      this.#editor.setReadOnly?.(true)
    }
    const yours = this.#closed ? this.#last?.content ?? content : this.#editor.text()
    const response = await this.#bothTexts(yours)
    const html = response?.status === 409 ? await response.text().catch(() => '') : ''
    if (!html) return this.#undecided(response, yours)
    if (this.#closed) {
      this.#settled()
      return over(html)
    }
    this.#stored = this.#editor.text()
    this.#artifact.editor.destroy()
    this.#artifact.removeAttribute('data-editable')
    const main = this.#artifact.querySelector('.artifact-main')
    main.innerHTML = html
    main.querySelector('textarea')?.focus()
  }

  async #bothTexts(yours) {
    try {
      return await fetch(this.#url, { // a page's fragment, which the API does not know
        method: 'PUT', headers: { 'Content-Type': 'application/json', 'HX-Request': 'true', Accept: 'text/html' },
        body: JSON.stringify({ content: yours, baseVersion: this.#version }),
      })
    } catch {
      return undefined
    }
  }

  // Without an answer the two texts are asked for again, as with any save.
  #undecided(response, yours) {
    this.#deciding = false
    if (!this.#closed) this.#editor.setReadOnly?.(false)
    else this.#last ??= { content: yours }
    const lost = !response || response.status === 409 || response.status === 429 || response.status >= 500
    if (lost) {
      this.#refused = undefined
      return this.#again()
    }
    const error = { message: 'The document was changed meanwhile, and your text could not be saved.', hint: 'Copy it before you leave this page.' }
    if (this.#closed) return this.#rescue(yours, error)
    this.#refused = error
    toast(error.message, error.hint)
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
    this.save(true, isSmall(this.#editor.text()))
  }

  // Asked only where the browser could not send the rest by itself: one save waits for another, which knows the
  // version, and neither outlives the page together with the other.
  #leave(evt) {
    if (this.#closed) {
      if (this.#last && (this.#delay || !isSmall(this.#last.content))) evt.preventDefault()
      return
    }
    if (!this.dirty) return
    const text = this.#editor.text()
    const waits = this.#sending !== undefined && this.#sending !== text
    this.save(true, true)
    if (this.#refused || this.#delay || waits || !isSmall(text)) evt.preventDefault()
  }
}

const isSmall = (text) => new Blob([text]).size < small

// over shows what must be decided although its document is not on the page any more.
function over(html) {
  const dialog = document.createElement('dialog')
  dialog.className = 'conflict-dialog scrollbar-sm'
  dialog.setAttribute('aria-labelledby', 'conflict-title')
  dialog.innerHTML = html
  document.body.append(dialog)
  dialog.addEventListener('close', () => dialog.remove())
  dialog.showModal()
  return dialog
}

// rescued shows a text that no server takes, to be copied.
function rescued(text, { message, hint = '' }) {
  const dialog = over(`<form method="dialog" class="flex flex-col gap-4" data-testid="artifact-rescued">
    <h1 id="conflict-title" class="text-2xl font-semibold tracking-tight">Your text was not saved</h1>
    <p class="text-sm text-muted-foreground"></p>
    <textarea class="conflict-text" readonly aria-label="Your text"></textarea>
    <button class="btn">Close</button></form>`)
  dialog.querySelector('p').textContent = `${message} ${hint}`
  dialog.querySelector('textarea').value = text
}
