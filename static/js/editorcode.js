// The editor of code, and of a page's source: CodeMirror.
import { closeBrackets, closeBracketsKeymap } from '@codemirror/autocomplete'
import { defaultKeymap, history, historyKeymap, indentWithTab } from '@codemirror/commands'
import { bracketMatching, codeFolding, foldGutter, foldKeymap, indentOnInput, indentUnit } from '@codemirror/language'
import { highlightSelectionMatches, search, searchKeymap } from '@codemirror/search'
import { Annotation, Compartment, EditorState, Transaction } from '@codemirror/state'
import { crosshairCursor, drawSelection, dropCursor, EditorView, highlightActiveLine, highlightActiveLineGutter, highlightSpecialChars, keymap, lineNumbers, rectangularSelection } from '@codemirror/view'
import { fillBar } from './codebar.js'
import { CodeMarks, marking } from './codemarks.js'
import { adoptStyles, codeStyle } from './codestyle.js'
import { added, keep, read, replaced, usual, write } from './codetext.js'
import { difference } from './difference.js'
import { choices, support } from './languages.js'

const program = Annotation.define() // a change that no person made
const near = 80 // px from the end, within which the view follows what is added
const root = document.documentElement

// A button, so that it has a name for those who do not see it.
function folded(view, onclick) {
  const made = document.createElement('button')
  Object.assign(made, { type: 'button', className: 'cm-foldPlaceholder', textContent: '…', title: 'Unfold', onclick })
  made.setAttribute('aria-label', 'Folded code: unfold')
  return made
}

// Over a selection the browser would keep its colours in a style attribute, which our policy refuses with
// an error: what is typed there is put in its place without the browser.
function typedOver(evt, view) {
  const { state } = view
  const { from, to } = state.selection.main
  if (evt.inputType !== 'insertText' || !evt.data || from === to || view.composing || state.readOnly) return false
  const insert = () => state.update(state.replaceSelection(evt.data), { userEvent: 'input.type', scrollIntoView: true })
  if (!state.facet(EditorView.inputHandler).some((handle) => handle(view, from, to, evt.data, insert))) view.dispatch(insert())
  evt.preventDefault()
  return true
}

const basics = [
  EditorView.domEventHandlers({ beforeinput: typedOver }),
  lineNumbers(), foldGutter(), codeFolding({ placeholderDOM: folded }), highlightSpecialChars(), history(), drawSelection(), dropCursor(),
  EditorState.allowMultipleSelections.of(true), rectangularSelection(), crosshairCursor(), indentOnInput(), bracketMatching(), closeBrackets(),
  highlightActiveLine(), highlightActiveLineGutter(), highlightSelectionMatches(), search({ top: true }), codeStyle, marking,
  keymap.of([...closeBracketsKeymap, ...defaultKeymap, ...searchKeymap, ...historyKeymap, ...foldKeymap, indentWithTab]),
]

// indentOf is what most of a text's indented lines begin with: two spaces where there are none.
function indentOf(text) {
  const [first] = text.slice(0, 50_000).match(/^(\t| {2,8}(?=\S))/m) ?? ['  ']
  return first
}

const locked = (is) => [EditorState.readOnly.of(is), EditorView.editable.of(!is)]
const wrapping = (prose) => (prose || root.dataset.code === 'wrap' ? EditorView.lineWrapping : [])

const plain = {
  text: '', language: '', readOnly: false, onChange: () => {}, label: 'Code of the document',
  languages: choices, // to choose from, of the one that it has
  colouring: (name) => name, // the language that one is coloured as
  prose: false, // its lines are always wrapped
}

// create mounts the editor in a host; bar is where its controls go, a new one above it if there is none.
export async function create(host, options) {
  const { text, language, readOnly, onChange, label, languages, colouring, prose, bar = newBar(host) } = { ...plain, ...options }
  adoptStyles()
  const lang = new Compartment()
  const lock = new Compartment()
  const wrap = new Compartment()
  const start = read(text)
  let place = () => {}
  const view = new EditorView({
    state: EditorState.create({
      doc: start.doc,
      extensions: [
        basics, keep(start), lang.of(await support(colouring(language))), lock.of(locked(readOnly)), wrap.of(wrapping(prose)), indentUnit.of(indentOf(text)),
        // read-only text takes the focus too, for the keyboard to scroll it
        EditorView.contentAttributes.of({ tabindex: '0', 'data-testid': 'artifact-editor', 'aria-label': `${label}. Tab indents; Escape and then Tab leaves it.` }),
        EditorView.updateListener.of((update) => {
          if (update.selectionSet || update.docChanged) place(update.state)
          if (update.docChanged) editor.look()
          if (update.docChanged && update.transactions.some((tr) => tr.docChanged && !tr.annotation(program))) onChange()
        }),
      ],
    }),
  })
  host.append(view.dom)
  const editor = new CodeEditor(view, lock, language)
  const choose = async (name) => {
    editor.chosen = name
    onChange()
    const loaded = await support(colouring(name))
    if (editor.chosen === name) view.dispatch({ effects: lang.reconfigure(loaded) })
  }
  place = fillBar(bar, view, { list: languages(language), current: language, choose, prose, text: () => editor.text() })
  place(view.state)
  editor.watch(() => view.dispatch({ effects: wrap.reconfigure(wrapping(prose)) }))
  return editor
}

function newBar(host) {
  const bar = document.createElement('div')
  bar.className = 'code-bar'
  host.append(bar)
  return bar
}

class CodeEditor {
  #view; #lock; #observer; #frame; #marks
  #waiting = '' // what is to be added with the next frame
  #written = {} // the last text that was asked for, and of which document

  constructor(view, lock, language) {
    this.#view = view
    this.#lock = lock
    this.#marks = new CodeMarks(view, () => this.text())
    this.chosen = language
  }

  // watch tells of the choice between wrapped and long lines, which is the whole page's.
  watch(changed) {
    this.#observer = new MutationObserver(changed)
    this.#observer.observe(root, { attributeFilter: ['data-code'] })
  }

  text() {
    this.#flush(true)
    const { state } = this.#view
    if (this.#written.of !== state.doc) this.#written = { of: state.doc, text: write(state) }
    return this.#written.text
  }

  language() { return this.chosen }

  // setText changes what differs alone, so that the cursor and the undo history stay where they are.
  setText(text, { foreign = false } = {}) {
    this.#flush(true)
    const next = read(text)
    this.#view.dispatch({
      changes: difference(this.#view.state.doc.toString(), next.doc.toString()),
      effects: replaced(next), annotations: [program.of(true), Transaction.addToHistory.of(!foreign)],
    })
    this.#written = {} // it may differ by its line breaks alone
  }

  append(delta) {
    this.#waiting += delta
    this.#frame ??= requestAnimationFrame(() => this.#flush(false))
  }

  // A line break may come in two halves, so that the first one waits for the second.
  #flush(whole) {
    cancelAnimationFrame(this.#frame)
    this.#frame = undefined
    const held = !whole && this.#waiting.endsWith('\r') ? '\r' : ''
    const text = this.#waiting.slice(0, this.#waiting.length - held.length)
    this.#waiting = held
    if (!text) return
    const { state, scrollDOM } = this.#view
    const end = state.doc.length
    const follows = scrollDOM.scrollHeight - scrollDOM.scrollTop - scrollDOM.clientHeight < near
    const part = read(text, usual(state), end)
    this.#view.dispatch({ changes: { from: end, insert: part.doc }, effects: added(part), annotations: program.of(true) })
    if (follows) scrollDOM.scrollTop = scrollDOM.scrollHeight
  }

  selection() {
    const { state } = this.#view
    return state.selection.ranges.map(({ from, to }) => state.sliceDoc(from, to)).filter(Boolean).join('\n')
  }

  mark(suggestions, current) { this.#marks.set(suggestions, current) }
  showMark(id, cursor) { this.#marks.show(id, cursor) }
  places() { return this.#marks.places() }
  look() { this.#marks.look() }

  setReadOnly(is) { this.#view.dispatch({ effects: this.#lock.reconfigure(locked(is)) }) }

  focus() { this.#view.focus() }

  destroy() {
    cancelAnimationFrame(this.#frame)
    this.#observer?.disconnect()
    this.#marks.destroy()
    this.#view.destroy()
  }
}
