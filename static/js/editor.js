// The editor of a document, whatever its kind: takes the newest text, mounts the kind's own editor in the
// place of what is read, and saves.
//
// A kind's module exports create(host, { artifact, text, language, readOnly, onChange }) and answers with
// { text(), setText(text), append(delta), focus(), destroy() }, and commit() and busy() where a change may be half
// done; setText's { foreign } is for a text that nobody here has written, which nobody here takes back; onChange
// tells of what a person changed. One whose language() can be chosen has that saved, too.
import { alleato } from './api.js'
import { renew } from './renew.js'
import { Saver } from './saver.js'
import { Suggestions } from './suggestions.js'

const plain = () => import('./editorplain.js')
const kinds = {
  text: () => import('./editortext.js'), code: () => import('./editorcode.js'),
  sheet: () => import('./editorsheet.js'), html: () => import('./editorhtml.js'),
}

// open mounts the editor of an artifact's newest version as artifact.editor.
export async function open(artifact) {
  const { documentId, kind } = artifact.dataset
  if (!kinds[kind]) return
  const begun = artifact.querySelector('.artifact-main form') // without a script's editor: the person wants to write
  const [{ document: doc }] = await Promise.all([alleato.documents.get(documentId), load(kind)])
  if (typed(begun) !== undefined && Number(begun.elements.baseVersion.value) !== doc.version) return // its own button says what is newer
  if (doc.version > Number(artifact.dataset.version)) return void renew(artifact, { newest: true }) // which may be being written
  let saver
  const editor = await mount(artifact, { text: doc.content, language: doc.language ?? '', readOnly: false, onChange: () => changed(artifact, saver) })
  if (!editor) return
  saver = new Saver(artifact, editor, doc)
  const suggestions = new Suggestions(artifact, saver)
  artifact.editor = {
    ...bound(editor), saver, saved: () => saver.saved(),
    destroy: () => { suggestions.close(); saver.close(); editor.destroy(); delete artifact.editor },
  }
  artifact.addEventListener('keydown', (evt) => saveKey(evt, saver))
  suggestions.mark()
  const text = typed(begun)
  if (text !== undefined) {
    editor.setText(text)
    changed(artifact, saver)
  }
  if (begun) editor.focus()
  artifact.dispatchEvent(new CustomEvent('editor:ready', { bubbles: true }))
}

// typed is what somebody wrote into the plain form while this was loaded.
function typed(form) {
  const field = form?.elements.content
  return field && field.value !== field.defaultValue ? field.value : undefined
}

// mount puts the editor of the artifact's kind into the place of what is read. Undefined: the artifact is gone.
export async function mount(artifact, options) {
  const module = await load(artifact.dataset.kind)
  const main = artifact.querySelector('.artifact-main')
  const host = place(main, options.readOnly)
  const began = performance.now()
  const editor = await created(module, host, { artifact, ...options })
  if (!artifact.isConnected) return void editor.destroy()
  const scrolled = main.scrollTop
  if (!options.readOnly) main.removeAttribute('tabindex') // the editor takes the focus now
  if (!host.isConnected) main.replaceChildren(host)
  main.scrollTop = scrolled
  performance.measure('editor', { start: began })
  return editor
}

// place is where the editor goes: what the page has laid out for it, which stays where it is, or a new one.
function place(main, readOnly) {
  const laid = main.querySelector('[data-host]') ?? main.querySelector('template')?.content.firstElementChild
  if (laid && !readOnly) return laid
  const host = document.createElement('div')
  host.className = 'artifact-host'
  host.dataset.testid = 'artifact-content'
  return host
}

// created falls back to a plain field where a kind's editor cannot take the text: none must stay unseen.
async function created(module, host, options) {
  try {
    return await module.create(host, options)
  } catch (error) {
    console.info(error)
    host.replaceChildren()
    return (await plain()).create(host, options)
  }
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
export function bound(editor) {
  const methods = ['text', 'setText', 'append', 'focus', 'mark', 'setReadOnly', 'selection', 'language', 'showMark', 'places', 'commit', 'busy']
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
