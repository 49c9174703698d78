// A text as CodeMirror has it and as it was: CodeMirror knows lines alone, and would join all of them by
// the same line break. Breaks that differ from the text's usual one are kept, each at its place.
import { RangeSet, RangeValue, StateEffect, StateField, Text } from '@codemirror/state'

class Break extends RangeValue {
  constructor(text) { super(); this.text = text }
  eq(other) { return other.text === this.text }
}
Break.prototype.startSide = 1 // what is typed beside it is not part of it, and it goes when it is deleted
Break.prototype.endSide = -1

const any = /\r\n?|\n/g

function mostUsed(text) {
  const counts = { '\n': 0, '\r\n': 0, '\r': 0 }
  for (const [found] of text.matchAll(any)) counts[found]++
  return Object.keys(counts).reduce((best, each) => (counts[each] > counts[best] ? each : best))
}

// read takes a text apart; at is where in the document it begins.
export function read(text, usual = mostUsed(text), at = 0) {
  if (usual === '\n' && !text.includes('\r')) return { doc: Text.of(text.split('\n')), usual, odd: [] }
  const lines = []
  const odd = []
  let from = 0
  for (const { 0: found, index } of text.matchAll(any)) {
    lines.push(text.slice(from, index))
    at += index - from
    if (found !== usual) odd.push(new Break(found).range(at, at + 1))
    at++
    from = index + found.length
  }
  lines.push(text.slice(from))
  return { doc: Text.of(lines), usual, odd }
}

const reset = StateEffect.define() // { usual, odd } of a text that takes another's place
const more = StateEffect.define() // odd breaks of what is added

const breaks = StateField.define({
  create: () => ({ usual: '\n', odd: RangeSet.empty }),
  update(value, tr) {
    if (tr.docChanged && value.odd.size) value = { ...value, odd: value.odd.map(tr.changes) }
    for (const effect of tr.effects) {
      if (effect.is(reset)) value = { usual: effect.value.usual, odd: RangeSet.of(effect.value.odd) }
      if (effect.is(more) && effect.value.length) value = { ...value, odd: value.odd.update({ add: effect.value }) }
    }
    return value
  },
})

// keep is the extension of an editor that is to write the breaks it has read.
export const keep = (text) => breaks.init(() => ({ usual: text.usual, odd: RangeSet.of(text.odd) }))

// replaced and added are what goes with a change of the whole text, and with one at its end.
export const replaced = (text) => reset.of(text)
export const added = (text) => more.of(text.odd)

// usual is the line break that most of a text's lines end with.
export const usual = (state) => state.field(breaks).usual

// write gives the text back, each line break as it was read; a new one is as most are.
export function write(state) {
  const { usual, odd } = state.field(breaks)
  let text = ''
  let from = 0
  odd.between(0, state.doc.length, (at, to, found) => {
    text += state.doc.sliceString(from, at, usual) + found.text
    from = to
  })
  return text + state.doc.sliceString(from, state.doc.length, usual)
}

// offsetOf is where a place of the document is in its text.
export function offsetOf(state, place) {
  const { usual, odd } = state.field(breaks)
  let offset = place + (state.doc.lineAt(place).number - 1) * (usual.length - 1)
  odd.between(0, place, (at, to, found) => { if (at < place) offset += found.text.length - usual.length })
  return offset
}

// placeOf is where an offset of a text is in the document that was read from it.
export const placeOf = (text, offset) => offset - (text.slice(0, offset).match(/\r\n/g)?.length ?? 0)
