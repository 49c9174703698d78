// The editor of a document, whatever its kind: takes the newest text, mounts the kind's own editor in the
// place of what is read, and saves.
//
// A kind's module exports create(host, { text, language, readOnly, onChange }) and answers with
// { text(), setText(text), append(delta), focus(), destroy() }; onChange tells of what a person changed.
// One whose language() can be chosen has that saved, too.
import { alleato } from './api.js'
import { Saver } from './saver.js'

const plain = () => import('./editorplain.js')
const kinds = { text: plain, code: () => import('./editorcode.js'), sheet: () => import('./editorsheet.js'), html: () => import('./editorhtml.js') }

// open mounts the editor of an artifact's newest version as artifact.editor.
export async function open(artifact) {
  const { documentId, kind } = artifact.dataset
  if (!kinds[kind]) return
  const main = artifact.querySelector('.artifact-main')
  const begun = Boolean(main.querySelector('form')) // without a script's editor: the person wants to write
  const [{ document: doc }, module] = await Promise.all([alleato.documents.get(documentId), load(kind)])
  if (!artifact.isConnected) return
  const host = place(main)
  let saver
  const began = performance.now()
  const editor = await module.create(host, { artifact, text: doc.content, language: doc.language ?? '', readOnly: false, onChange: () => changed(artifact, saver) })
  const scrolled = main.scrollTop
  main.removeAttribute('tabindex') // the editor takes the focus now
  if (!host.isConnected) main.replaceChildren(host)
  main.scrollTop = scrolled
  saver = new Saver(artifact, editor, doc)
  artifact.editor = { ...bound(editor), saved: () => saver.saved(), destroy: () => { saver.close(); editor.destroy(); delete artifact.editor } }
  artifact.addEventListener('keydown', (evt) => saveKey(evt, saver))
  if (begun) editor.focus()
  performance.measure('editor', { start: began })
  artifact.dispatchEvent(new CustomEvent('editor:ready', { bubbles: true }))
}

// place is where the editor goes: what the page has laid out for it, which stays where it is, or a new one.
function place(main) {
  const laid = main.querySelector('[data-host]') ?? main.querySelector('template')?.content.firstElementChild
  if (laid) return laid
  const host = document.createElement('div')
  host.className = 'artifact-host'
  host.dataset.testid = 'artifact-content'
  return host
}

// load falls back to a plain field where a kind's editor cannot be fetched.
async function load(kind) {
  try {
    return await kinds[kind]()
  } catch {
    return plain()
  }
}

// bound makes an object of an editor's methods that can be taken apart.
function bound(editor) {
  const methods = ['text', 'setText', 'append', 'focus', 'mark', 'setReadOnly', 'selection', 'language']
  return Object.fromEntries(methods.filter((name) => editor[name]).map((name) => [name, editor[name].bind(editor)]))
}

function changed(artifact, saver) {
  saver.changed()
  artifact.dispatchEvent(new CustomEvent('editor:change', { bubbles: true }))
}

function saveKey(evt, saver) {
  if (evt.key.toLowerCase() !== 's' || !(evt.ctrlKey || evt.metaKey) || evt.altKey || evt.shiftKey) return
  evt.preventDefault()
  saver.save(false)
}
