// Suggestions in the text: where they are, marked by decorations that follow what is typed.
import { Extension } from '@tiptap/core'
import { Fragment } from '@tiptap/pm/model'
import { Plugin, PluginKey, TextSelection } from '@tiptap/pm/state'
import { Decoration, DecorationSet } from '@tiptap/pm/view'
import { parse } from './textparse.js'
import { openCard, Places } from './suggestionplaces.js'

const key = new PluginKey('suggestions')
const start = '\uE000'
const end = '\uE001'

const without = (node) => {
  if (node.isText) return /[\uE000\uE001]/.test(node.text) ? node.text.replace(/[\uE000\uE001]/g, '') : node
  return node
}

// cleaned is a node without the two signs, and where they were in it.
function cleaned(node, found, at) {
  const children = []
  let pos = at
  node.forEach((child) => {
    if (child.isText) {
      const text = without(child)
      if (text === child) {
        pos += child.nodeSize
        children.push(child)
      } else {
        for (const c of child.text) {
          if (c === start) found.from = pos
          else if (c === end) found.to = pos
          else pos += c.length
        }
        if (text) children.push(child.type.schema.text(text, child.marks))
      }
    } else {
      const inner = child.isLeaf ? child : cleaned(child, found, pos + 1)
      children.push(inner)
      pos += inner.nodeSize
    }
  })
  return node.copy(Fragment.fromArray(children))
}

// inBlock finds a part of a block's source in its node: signs are put around it and the source is read
// again. Where they break the Markdown, as in the middle of ** or of a list's marker, they move inwards.
function inBlock({ node, raw }, from, to) {
  for (let i = 0; i < 24 && from + i < to; i++) {
    for (const j of [0, 1, 2, 3]) {
      const [a, b] = [from + i, to - j]
      if (a >= b) continue
      const text = raw.slice(0, a) + start + raw.slice(a, b) + end + raw.slice(b)
      const { blocks } = parse(node.type.schema, text, { tail: true })
      if (blocks.length !== 1) continue
      const found = {}
      if (cleaned(blocks[0].node, found, 1).eq(node) && found.from < found.to) return found
    }
  }
  return undefined
}

// positions are where a part of the text is in the document: [from, to], undefined for nowhere.
function positions(parts, from, to) {
  const touched = parts.filter((range) => range.from < to && from < range.to)
  if (!touched.length) return undefined
  const found = touched.map((range) => {
    const part = inBlock(range, Math.max(0, from - range.from), Math.min(range.raw.length, to - range.from))
    return part ? [range.pos + part.from, range.pos + part.to] : [range.pos, range.pos + range.node.nodeSize]
  })
  return [found[0][0], found.at(-1)[1]]
}

// around are the ids of the marks around the cursor.
const around = ({ selection: { head } }, set) => set.find(head, head).filter(({ from, to }) => from <= head && head < to).map(({ spec }) => spec.id)

export class Marks extends Places {
  #host; #editor; #ranges; #parts

  constructor(host) {
    super()
    this.#host = host
  }

  get extension() {
    const plugin = new Plugin({
      key,
      state: {
        init: () => DecorationSet.empty,
        apply: (tr, set) => tr.getMeta(key) ?? set.map(tr.mapping, tr.doc),
      },
      props: {
        decorations: (state) => key.getState(state),
        handleClick: (view, pos, evt) => this.#pressed(evt.target.closest?.('[data-suggestion]')),
      },
      view: () => ({ update: (view, before) => this.#walked(view, before) }),
    })
    return Extension.create({ name: 'suggestions', addProseMirrorPlugins: () => [plugin] })
  }

  // A press on a mark opens its card; the cursor goes there all the same.
  #pressed(mark) {
    if (mark) openCard(this.#host, mark.dataset.suggestion)
    return false
  }

  #walked({ state }, before) {
    if (state.selection.eq(before.selection) || state.doc !== before.doc) return
    const ids = around(state, key.getState(state))
    if (ids.length && !ids.includes(this.current)) openCard(this.#host, ids[0])
  }

  // mark begins to follow suggestions in an editor, whose ranges() say where its blocks are in its text.
  mark(list, current, editor, ranges) {
    this.#editor = editor
    this.#ranges = ranges
    this.set(list, current)
  }

  read() {
    const { state } = this.#editor
    const { text, parts } = this.#ranges(state.doc)
    this.#parts = parts
    return { text, was: (id) => this.#offset(parts, key.getState(state), id) }
  }

  draw(places) {
    const { state, view } = this.#editor
    const marks = places.flatMap(({ id, from, to }) => {
      const at = positions(this.#parts, from, to)
      const current = id === this.current ? { 'data-current': '' } : {}
      return at ? [Decoration.inline(at[0], at[1], { class: 'suggestion-mark', 'data-suggestion': id, ...current }, { id })] : []
    })
    view.dispatch(state.tr.setMeta(key, DecorationSet.create(state.doc, marks)).setMeta('addToHistory', false))
  }

  // offset is about where in the text a mark is now.
  #offset(parts, set, id) {
    const [mark] = set.find(undefined, undefined, (spec) => spec.id === id)
    if (!mark) return undefined
    const range = parts.findLast(({ pos }) => pos <= mark.from)
    return range && range.from + Math.min(range.raw.length, mark.from - range.pos)
  }

  // show brings a mark into sight, and the cursor before it.
  show(id, cursor) {
    this.choose(id)
    const { state, view } = this.#editor
    const [mark] = key.getState(state).find(undefined, undefined, (spec) => spec.id === id)
    if (!mark) return
    if (cursor) view.dispatch(state.tr.setSelection(TextSelection.near(state.doc.resolve(mark.from))))
    view.dom.querySelector(`[data-suggestion="${CSS.escape(id)}"]`)?.scrollIntoView({ block: 'center' })
  }
}
