// The editor of a page: its source, and beside it what it looks like. What it looks like is the newest
// version that is saved, in the frame that the page is read in: what is not saved never runs.
import { create as createCode } from './editorcode.js'

const key = 'page-view'
const narrow = 640 // px
const types = [['', 'Automatic'], ['html', 'HTML'], ['svg', 'SVG'], ['mermaid', 'Mermaid']].map(([name, label]) => ({ name, label }))

// create takes the place that the page has laid out; in any other, as while it is being written, it is
// the source alone.
export async function create(host, options) {
  const { type } = host.dataset
  const own = { ...options, label: 'Source of the page', languages: () => (type ? types : []), colouring: (name) => name || type || 'html' }
  if (!type) return createCode(host, own)
  const code = await createCode(host.querySelector('.page-source'), { ...own, bar: host.querySelector('.page-tools') })
  return new PageEditor(host, code, options.artifact)
}

class PageEditor {
  #host; #code; #artifact; #frame; #coming
  #shown // the version in the frame
  #end = new AbortController()

  constructor(host, code, artifact) {
    this.#host = host
    this.#code = code
    this.#artifact = artifact
    this.#frame = host.querySelector('iframe')
    this.#shown = artifact.dataset.version
    const { signal } = this.#end
    artifact.addEventListener('editor:saved', () => this.#look(), { signal })
    host.querySelector('.page-views').addEventListener('change', () => this.#chosen(), { signal })
    host.querySelector('[data-testid="page-refresh"]').addEventListener('click', () => this.#again(), { signal })
    split(host.querySelector('.page-divider'), signal)
    this.#show(code.text() ? kept() : this.#both())
  }

  get #view() { return this.#host.querySelector('.page-views :checked').value }

  // In a narrow place both would be too small to work in.
  #both() { return this.#host.clientWidth > narrow ? 'split' : 'source' }

  #show(view) {
    const choice = view && this.#host.querySelector(`.page-views [value="${view}"]`)
    if (choice) choice.checked = true
    this.#look()
  }

  #chosen() {
    keep(this.#view)
    this.#look()
  }

  // look has the frame show the newest version, if it is to be seen at all.
  #look() {
    const { version } = this.#artifact.dataset
    if (this.#view !== 'source' && version !== this.#shown) this.#load(version)
  }

  // The new page takes the place of the old one when it is there: nothing flickers.
  #load(version) {
    this.#shown = version
    this.#coming?.remove()
    const next = this.#coming = this.#frame.cloneNode()
    const address = new URL(next.src)
    address.searchParams.set('version', version)
    next.src = address
    next.toggleAttribute('data-coming', true)
    next.addEventListener('load', () => {
      this.#frame.remove()
      next.removeAttribute('data-coming')
      this.#frame = next
      this.#coming = undefined
    }, { once: true })
    this.#frame.after(next)
  }

  async #again() {
    await this.#artifact.editor.saved()
    this.#load(this.#artifact.dataset.version)
  }

  text() { return this.#code.text() }
  language() { return this.#code.language() }
  setText(text, options) { this.#code.setText(text, options) }
  append(delta) { this.#code.append(delta) }
  selection() { return this.#view === 'preview' ? '' : this.#code.selection() }
  setReadOnly(is) { this.#code.setReadOnly(is) }
  mark(suggestions, current) { this.#code.mark(suggestions, current) }
  places() { return this.#code.places() }

  showMark(id, cursor) {
    this.#reveal()
    this.#code.showMark(id, cursor)
  }

  focus() {
    this.#reveal()
    this.#code.focus()
  }

  // What is to be worked on must be seen.
  #reveal() { if (this.#view === 'preview') this.#show(this.#both()) }

  destroy() {
    this.#end.abort()
    this.#coming?.remove()
    this.#code.destroy()
  }
}

// split moves the line between the two, by the pointer and by the arrow keys.
function split(divider, signal) {
  const panes = divider.parentElement
  const stacked = () => getComputedStyle(panes).flexDirection === 'column'
  const set = (percent) => {
    const share = Math.round(Math.max(15, Math.min(85, percent)))
    panes.style.setProperty('--share', `${share}%`)
    divider.setAttribute('aria-valuenow', share)
  }
  divider.addEventListener('pointerdown', (evt) => {
    evt.preventDefault()
    divider.focus()
    divider.setPointerCapture(evt.pointerId)
    panes.toggleAttribute('data-dragging', true)
  }, { signal })
  divider.addEventListener('pointermove', ({ clientX, clientY }) => {
    if (!panes.hasAttribute('data-dragging')) return
    const { left, top, width, height } = panes.getBoundingClientRect()
    set(stacked() ? (clientY - top) / height * 100 : (clientX - left) / width * 100)
  }, { signal })
  for (const end of ['pointerup', 'pointercancel']) divider.addEventListener(end, () => panes.removeAttribute('data-dragging'), { signal })
  divider.addEventListener('keydown', (evt) => {
    const step = { ArrowLeft: -5, ArrowUp: -5, ArrowRight: 5, ArrowDown: 5, Home: -100, End: 100 }[evt.key]
    if (!step) return
    evt.preventDefault()
    set(Number(divider.getAttribute('aria-valuenow')) + step)
  }, { signal })
}

// Storage may be full or forbidden: a kept choice is a comfort, not a promise.
function keep(view) {
  try {
    localStorage.setItem(key, view)
  } catch {}
}

function kept() {
  try {
    return localStorage.getItem(key) ?? ''
  } catch {
    return ''
  }
}
