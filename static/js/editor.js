// The editor of a document, whatever its kind: takes the newest text, mounts the kind's own editor in the
// place of what is read, and saves.
//
// A kind's module exports create(host, { text, language, readOnly, onChange }) and answers with
// { text(), setText(text), append(delta), focus(), destroy() }; onChange tells of what a person changed.
import { alleato } from './api.js'
import { Saver } from './saver.js'
import { Suggestions } from './suggestions.js'

const plain = () => import('./editorplain.js')
const kinds = { text: () => import('./editortext.js'), code: plain, sheet: () => import('./editorsheet.js') }

// open mounts the editor of an artifact's newest version as artifact.editor.
export async function open(artifact) {
  const { documentId, kind } = artifact.dataset
  if (!kinds[kind]) return
  const main = artifact.querySelector('.artifact-main')
  const begun = Boolean(main.querySelector('form')) // without a script's editor: the person wants to write
  const [{ document: doc }, module] = await Promise.all([alleato.documents.get(documentId), load(kind)])
  if (!artifact.isConnected) return
  const host = document.createElement('div')
  host.className = 'artifact-host'
  host.dataset.testid = 'artifact-content'
  let saver
  const editor = await module.create(host, { text: doc.content, language: doc.language, readOnly: false, onChange: () => changed(artifact, saver) })
  const scrolled = main.scrollTop
  main.removeAttribute('tabindex') // the editor takes the focus now
  main.replaceChildren(host)
  main.scrollTop = scrolled
  saver = new Saver(artifact, editor, doc)
  const suggestions = new Suggestions(artifact, saver)
  artifact.editor = {
    ...bound(editor), saved: () => saver.saved(),
    destroy: () => { suggestions.close(); saver.close(); editor.destroy(); delete artifact.editor },
  }
  artifact.addEventListener('keydown', (evt) => saveKey(evt, saver))
  suggestions.mark()
  if (begun) editor.focus()
  artifact.dispatchEvent(new CustomEvent('editor:ready', { bubbles: true }))
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
  const methods = ['text', 'setText', 'append', 'focus', 'mark', 'setReadOnly', 'selection', 'showMark', 'place']
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
