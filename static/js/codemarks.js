// Suggestions in code: where they are, marked by decorations that follow what is typed.
import { StateEffect, StateField } from '@codemirror/state'
import { Decoration, EditorView } from '@codemirror/view'
import { offsetOf, placeOf } from './codetext.js'
import { openCard, Places } from './suggestionplaces.js'

const put = StateEffect.define()

const marks = StateField.define({
  create: () => Decoration.none,
  update: (set, tr) => tr.effects.findLast((effect) => effect.is(put))?.value ?? set.map(tr.changes),
  provide: (field) => EditorView.decorations.from(field),
})

// at are the marks around the cursor.
function at(state) {
  const found = []
  const { head } = state.selection.main
  state.field(marks).between(head, head, (from, to, { spec }) => { if (from <= head && head < to) found.push(spec) })
  return found
}

const pressed = EditorView.domEventHandlers({
  click(evt, view) {
    const mark = evt.target.closest?.('[data-suggestion]')
    if (mark) openCard(view.dom, mark.dataset.suggestion)
  },
})

const walked = EditorView.updateListener.of(({ view, state, transactions }) => {
  if (!transactions.some((tr) => tr.isUserEvent('select'))) return
  const found = at(state)
  if (found.length && !found.some(({ current }) => current)) openCard(view.dom, found[0].id)
})

// pieces are the lines between two places, without what they are indented by.
function pieces(doc, from, to) {
  const found = []
  for (let at = from; at < to;) {
    const line = doc.lineAt(at)
    const begin = at === from ? at : line.from + line.text.search(/\S|$/)
    const end = Math.min(to, line.to)
    if (begin < end) found.push({ from: begin, to: end })
    at = line.to + 1
  }
  return found
}

// marking is the extension of an editor that is to be marked.
export const marking = [marks, pressed, walked]

export class CodeMarks extends Places {
  #view; #text

  constructor(view, text) {
    super()
    this.#view = view
    this.#text = text
  }

  read() {
    return { text: this.#text(), was: (id) => {
      const mark = this.#find(id)
      return mark && offsetOf(this.#view.state, mark.from)
    } }
  }

  draw(places, text) {
    const { doc } = this.#view.state
    const ranges = places.flatMap(({ id, from, to }) => {
      const current = id === this.current
      const attributes = { 'data-suggestion': id, ...current && { 'data-current': '' } }
      const mark = Decoration.mark({ class: 'suggestion-mark', attributes, id, current })
      return pieces(doc, placeOf(text, from), placeOf(text, to)).map((piece) => mark.range(piece.from, piece.to))
    })
    this.#view.dispatch({ effects: put.of(Decoration.set(ranges, true)) })
  }

  #find(id) {
    for (const cursor = this.#view.state.field(marks).iter(); cursor.value; cursor.next()) {
      if (cursor.value.spec.id === id) return { from: cursor.from, to: cursor.to }
    }
    return undefined
  }

  // show brings a mark into sight, and the cursor before it.
  show(id, cursor) {
    this.choose(id)
    const mark = this.#find(id)
    if (!mark) return
    this.#view.dispatch({ ...cursor && { selection: { anchor: mark.from } }, effects: EditorView.scrollIntoView(mark.from, { y: 'center' }) })
  }
}
