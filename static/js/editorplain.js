// A plain field, for a kind whose own editor could not be loaded, and for the source of a text.
import { difference } from './difference.js'
import { touch } from './dom.js'
import { Places } from './suggestionplaces.js'

const near = 80 // px from the end: who is there follows the text
const every = 120 // ms between two changes of a growing text: a browser lays out all of a field again for each

export function create(host, { text, readOnly, onChange }) {
  const field = document.createElement('textarea')
  Object.assign(field, { value: text, readOnly, spellcheck: true })
  field.dataset.testid = 'artifact-editor'
  field.setAttribute('aria-label', 'Text of the document')
  const marks = new Words(field)
  field.addEventListener('input', () => {
    onChange()
    marks.look()
  })
  host.append(field)
  let waiting = ''
  let timer
  const flush = () => {
    timer = undefined
    grow(field, waiting)
    waiting = ''
  }
  return {
    text: () => field.value + waiting,
    setText: (text) => {
      waiting = ''
      const { from, to, insert } = difference(field.value, text)
      field.setRangeText(insert, from, to, 'preserve')
    },
    append: (delta) => {
      waiting += delta
      timer ??= setTimeout(flush, every)
    },
    setReadOnly: (is) => { field.readOnly = is },
    focus: () => field.focus(),
    selection: () => field.value.slice(field.selectionStart, field.selectionEnd),
    mark: (suggestions, current) => marks.set(suggestions, current),
    showMark: (id, cursor) => marks.show(id, cursor),
    places: () => marks.places(),
    destroy: () => {
      clearTimeout(timer)
      marks.destroy()
      field.remove()
    },
  }
}

function grow(field, delta) {
  const follows = field.scrollHeight - field.scrollTop - field.clientHeight < near
  field.setRangeText(delta, field.value.length, field.value.length)
  if (follows) field.scrollTop = field.scrollHeight
}

// Words are the suggestions of a field, in which nothing can be marked: the one that is shown is selected.
class Words extends Places {
  #field
  #last = new Map() // a suggestion's id -> where it was

  constructor(field) {
    super()
    this.#field = field
  }

  read() { return { text: this.#field.value, was: (id) => this.#last.get(id) } }

  draw(places) { this.#last = new Map(places.map(({ id, from }) => [id, from])) }

  show(id, cursor) {
    this.choose(id)
    const place = this.places().find((one) => one.id === id)
    if (!place) return
    if (cursor) this.#field.setSelectionRange(place.from, place.to)
    if (cursor && !touch()) this.#field.focus({ preventScroll: true }) // or the selection is not seen
    this.#field.scrollTop = depth(this.#field, place.from) - this.#field.clientHeight / 2
  }
}

// depth is how far down a place of a field's text is: as high as a field of the same width that ends there.
function depth(field, at) {
  const copy = field.cloneNode()
  copy.value = field.value.slice(0, at)
  Object.assign(copy.style, { position: 'absolute', visibility: 'hidden', width: `${field.offsetWidth}px`, minHeight: '0', height: '0' })
  field.after(copy)
  const { scrollHeight } = copy
  copy.remove()
  return scrollHeight
}
