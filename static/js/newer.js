// Keeps an open document at its newest version: the other tabs of the browser tell of theirs, and a page that comes to
// the front asks. Where nothing is unsaved the newer text comes into its place; else a note says that there is one,
// and typing goes on. An older version that is looked at stays.
import { alleato } from './api.js'
import { byID, on } from './dom.js'
import { place } from './newernote.js'
import { renew } from './renew.js'
import { onTabs, tellTabs } from './tabs.js'
import { toast } from './toast.js'

const rest = 5000 // ms between two questions that nothing has given cause for
const soon = 300 // ms: who types elsewhere makes a version each second
const later = 2000 // ms before a version is looked at again that could not be put in its place

class Watch {
  #artifact; #timer; #note
  #asking = false
  #asked = Date.now()
  #told = false // by another tab
  #composing = false

  constructor(artifact) {
    this.#artifact = artifact
    artifact.addEventListener('editor:ready', () => this.#told && this.#soon())
    artifact.addEventListener('editor:gone', () => this.#gone())
    artifact.addEventListener('compositionstart', () => { this.#composing = true })
    artifact.addEventListener('compositionend', () => { this.#composing = false })
  }

  get artifact() { return this.#artifact }
  get id() { return this.#artifact.dataset.documentId }
  get version() { return Number(this.#artifact.dataset.version) }
  get head() { return Number(this.#artifact.dataset.head) }
  get due() { return this.#told || this.#note || Date.now() - this.#asked > rest }

  // follows: it shows what was the newest version, and nothing is being written or decided in its place.
  get #follows() {
    const { isConnected, editor, dataset } = this.#artifact
    return isConnected && this.version === this.head && dataset.writing === undefined && (editor || dataset.editable === undefined) &&
      !this.#artifact.querySelector('.artifact-main :is([data-testid="artifact-conflict"], #artifact-form)')
  }

  get #saver() { return this.#artifact.editor?.saver }

  get #busy() { return Boolean(this.#saver?.dirty || this.#artifact.editor?.busy?.() || this.#composing) }

  // told takes what another tab has said; without a version, that something has become of the document.
  told({ version, suggestions }) {
    if (version === undefined || version > this.version) {
      this.#told = true
      this.#soon()
    } else if (suggestions) this.#artifact.dispatchEvent(new Event('suggestions:changed'))
  }

  #soon(ms = soon) {
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => this.ask(), ms)
  }

  async ask() {
    if (this.#asking || document.hidden || !this.#follows) return
    const told = this.#told
    this.#told = false
    this.#asking = true
    this.#asked = Date.now()
    try {
      await this.#saver?.running // what is being saved here may be the newest
      const { document: doc } = await alleato.documents.get(this.id, { content: 0 })
      await this.#saver?.running
      if (this.#follows) await this.#meet(doc, told)
    } catch (error) { // without a connection: the next time
      if (error.status === 404) this.#gone()
    }
    this.#asking = false
    if (this.#told) this.#soon()
  }

  async #meet(doc, told) {
    this.#name(doc.title)
    if (doc.version <= this.version) return this.#clear()
    if (this.#busy) return this.#wait(doc, told)
    if (doc.partial || !this.#saver) return this.#renew(doc, told)
    const { document: whole } = await alleato.documents.get(this.id)
    if (!this.#follows) return
    if (this.#busy) return this.#wait(whole, told)
    if (whole.partial || (whole.language ?? '') !== (this.#artifact.editor.language?.() ?? whole.language ?? '')) return this.#renew(whole, told)
    this.#adopt(whole)
  }

  #adopt(doc) {
    const { editor } = this.#artifact
    editor.setText(doc.content, { foreign: true })
    this.#saver.adopt({ ...doc, content: editor.text() }, 'Updated')
    this.#clear()
    this.#artifact.dispatchEvent(new Event('suggestions:changed'))
  }

  async #renew(doc, told) {
    const now = await renew(this.#artifact, { newest: true, may: () => this.#follows && !this.#busy, gone: () => this.#gone() })
    if (!now) return this.#follows && this.#wait(doc, told)
    if (!now.hasAttribute('data-writing')) byID('announcer').textContent = `Version ${now.dataset.version}: ${doc.title}`
  }

  // wait leaves what is being typed alone. It goes on when nothing is unsaved any more.
  #wait(doc, told) {
    if (this.#note?.dataset.testid !== 'artifact-newer') {
      this.#clear()
      this.#note = place(this.#artifact, 'artifact-newer', `${came(doc, told)} What you have typed here is not saved.`,
        [{ name: 'artifact-newer-compare', label: 'Compare', press: () => this.#compare() }])
    }
    this.#saver?.hold(true)
    this.#look()
  }

  #look() {
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => {
      if (!this.#follows) this.#clear() // both texts are shown, or the artifact is gone
      else if (this.#busy) this.#look()
      else this.ask()
    }, later)
  }

  // compare has the save refused, whose answer shows both texts.
  async #compare() {
    await this.#saver?.save(false)
    if (!this.#follows) this.#clear()
  }

  #clear() {
    if (!this.#note) return
    this.#note.remove()
    this.#note = undefined
    this.#saver?.hold(false)
  }

  #gone() {
    if (this.#note?.dataset.testid === 'artifact-gone') return
    this.#clear()
    this.#saver?.hold(true)
    const kept = this.#saver ? [
      { name: 'artifact-gone-keep', label: 'Keep it as a new document', press: () => this.#keep() },
      { name: 'artifact-gone-drop', label: 'Let it go', press: () => this.#drop() },
    ] : []
    const text = this.#saver ? 'This document was deleted elsewhere, or you are signed out. Its text is on this page alone.' : 'This document was deleted, or is no longer shared.'
    this.#note = place(this.#artifact, 'artifact-gone', text, kept)
  }

  async #keep() {
    const { editor, dataset } = this.#artifact
    editor.commit?.()
    const buttons = this.#note.querySelectorAll('button')
    const still = (is) => { // what was typed meanwhile would be in neither document
      editor.setReadOnly(is)
      for (const button of buttons) button.disabled = is
    }
    still(true)
    try {
      const title = this.#artifact.querySelector('.artifact-bar h1').textContent
      const { document: made } = await alleato.documents.create({ title, kind: dataset.kind, content: editor.text(), language: editor.language?.() || undefined })
      this.#saver.drop()
      location.assign(new URL(made.id, new URL(dataset.url, location.href)))
    } catch (error) {
      still(false)
      toast(error.message, error.hint)
    }
  }

  #drop() {
    this.#saver.drop()
    this.#artifact.querySelector('[data-testid="artifact-close-button"]').click()
  }

  #name(title) {
    const heading = this.#artifact.querySelector('.artifact-bar h1')
    const before = heading.textContent
    if (before === title) return
    heading.textContent = title
    this.#artifact.setAttribute('aria-label', `Document: ${title}`)
    if (!this.#artifact.closest('#pane')) document.title = document.title.replace(before, () => title)
    const field = this.#artifact.querySelector('[data-rename] [name="title"]')
    if (field && field !== document.activeElement) field.value = title
  }
}

// came says where a version is from.
function came({ author, partial, version }, told) {
  if (author === 'assistant') return `The assistant ${partial ? 'is writing' : 'has written'} version ${version}.`
  return `Version ${version} was saved ${told ? 'in another tab' : 'elsewhere'}.`
}

let watch // of the artifact on the page

// seen watches an artifact that has come onto the page, and tells the other tabs which version is its newest.
export function seen(artifact) {
  if (watch?.artifact === artifact) return
  watch = new Watch(artifact)
  tellTabs('document', { id: watch.id, version: watch.head })
}

const front = () => watch?.due && watch.ask()

document.addEventListener('visibilitychange', front)
for (const event of ['focus', 'online', 'pageshow']) addEventListener(event, front)

// heard takes what this tab, or another, says of a document.
export const heard = (said) => said.id === watch?.id && watch.told(said)

onTabs('document', heard)

document.addEventListener('editor:saved', ({ detail }) => tellTabs('document', { id: detail.id, version: detail.version }))

// A page whose address names the version that it was opened at would go back to that when it is loaded again.
for (const event of ['editor:saved', 'artifact:renewed']) {
  document.addEventListener(event, ({ target }) => {
    const url = new URL(location.href)
    if (target.closest('#pane') || target.dataset.version !== target.dataset.head || !url.searchParams.has('version')) return
    url.searchParams.delete('version')
    history.replaceState(history.state, '', url)
  })
}

// A page goes when the deletion that was asked for on it is done.
let deleting
on('submit', '#artifact form', (form) => { deleting = form.elements._method?.value === 'DELETE' && watch?.id })
addEventListener('pagehide', () => deleting && tellTabs('document', { id: deleting }))
