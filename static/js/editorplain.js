// A plain field, for a kind whose own editor could not be loaded.
import { difference } from './difference.js'

const near = 80 // px from the end: who is there follows the text
const every = 120 // ms between two changes of a growing text: a browser lays out all of a field again for each

export function create(host, { text, readOnly, onChange }) {
  const field = document.createElement('textarea')
  Object.assign(field, { value: text, readOnly, spellcheck: true })
  field.dataset.testid = 'artifact-editor'
  field.setAttribute('aria-label', 'Text of the document')
  field.addEventListener('input', onChange)
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
    destroy: () => {
      clearTimeout(timer)
      field.remove()
    },
  }
}

function grow(field, delta) {
  const follows = field.scrollHeight - field.scrollTop - field.clientHeight < near
  field.setRangeText(delta, field.value.length, field.value.length)
  if (follows) field.scrollTop = field.scrollHeight
}
