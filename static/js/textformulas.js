// Formulas in the editor of texts are drawn, as they are while reading; where the cursor is, their source shows.
import { Extension } from '@tiptap/core'
import { Plugin, PluginKey, Selection, TextSelection } from '@tiptap/pm/state'
import { Decoration, DecorationSet } from '@tiptap/pm/view'
import { formula } from './maths.js'

const key = new PluginKey('formulas')
const most = 500 // formulas that are drawn: each is laid out, and looked at with each key. Further ones show their source
const inline = /\$\$.+?\$\$|\$(?:\\.|[^$\\])+\$|\\\(.+?\\\)|\\\[.+?\\\]/gs
const isDisplay = (source) => /^(\$\$|\\\[)/.test(source)
const isBlock = ({ type, attrs }) => type.name === 'source' && attrs.what === 'formula'
const isRaw = ({ isText, marks }) => isText && marks.some(({ type }) => type.name === 'raw')

const known = new WeakMap() // a block of the text -> its formulas, at their places in it

function formulasIn(block) {
  if (!known.has(block)) known.set(block, find(block))
  return known.get(block)
}

function find(block) {
  const list = []
  const look = (node, pos) => {
    if (isBlock(node) && node.childCount) list.push({ from: pos + 1, to: pos + 1 + node.content.size, source: node.textContent })
    else if (isRaw(node)) list.push(...inText(node.text, pos))
  }
  look(block, 0)
  block.descendants((node, pos) => look(node, pos + 1))
  return list
}

// What stands inside a tag of HTML is no formula.
const inText = (text, pos) => [...text.matchAll(inline)].filter(({ index }) => text.lastIndexOf('<', index) <= text.lastIndexOf('>', index))
  .map(({ index, 0: source }) => ({ from: pos + index, to: pos + index + source.length, source }))

// box is a formula as it is drawn; one that KaTeX refuses shows its source and says why.
function box(source) {
  const made = document.createElement('span')
  made.className = isDisplay(source) ? 'editor-formula editor-formula-display' : 'editor-formula'
  made.contentEditable = 'false'
  made.setAttribute('role', 'math')
  made.setAttribute('aria-label', source)
  made.textContent = source
  formula(source.trim(), isDisplay(source)).then((result) => {
    made.toggleAttribute('data-refused', result instanceof Error)
    if (result instanceof Error) made.title = result.message
    else made.replaceChildren(...result.childNodes)
  }, () => {}) // the network is gone: its source says as much
  return made
}

function widget(source, from) {
  return Decoration.widget(from, (view, place) => {
    const made = box(source)
    made.addEventListener('mousedown', (evt) => {
      if (!view.editable) return
      evt.preventDefault()
      view.dispatch(view.state.tr.setSelection(TextSelection.create(view.state.doc, place() + 1)))
      view.focus()
    })
    return made
  }, { side: -1, key: source, ignoreSelection: true })
}

// decorate draws all formulas but those that the selection touches while the text has the focus.
function decorate({ doc, selection }, focused) {
  const all = []
  doc.forEach((block, pos) => {
    for (const { from, to, source } of formulasIn(block)) {
      const [start, end] = [pos + from, pos + to]
      if (all.length === 2 * most || (focused && selection.from <= end && selection.to >= start)) continue
      all.push(Decoration.inline(start, end, { class: 'editor-formula-source' }), widget(source, start))
    }
  })
  return { focused, set: all.length ? DecorationSet.create(doc, all) : DecorationSet.empty }
}

const ways = { ArrowUp: ['up', -1], ArrowLeft: ['left', -1], ArrowDown: ['down', 1], ArrowRight: ['right', 1] }

// The arrows lead into a block whose source is out of sight.
function walk(view, evt) {
  const way = ways[evt.key]
  const { selection: { empty, $head }, doc, tr } = view.state
  if (!way || !empty || evt.shiftKey || evt.ctrlKey || evt.metaKey || evt.altKey || !$head.depth || !view.endOfTextblock(way[0])) return false
  const next = Selection.findFrom(doc.resolve(way[1] < 0 ? $head.before() : $head.after()), way[1], true)
  if (!next || !isBlock(next.$head.parent)) return false
  view.dispatch(tr.setSelection(next).scrollIntoView())
  return true
}

const focus = (is) => (view) => {
  view.dispatch(view.state.tr.setMeta(key, is))
  return false
}

const closed = /(?<![\p{L}\p{N}$\\])\$[^\s$](?:[^$\n]*[^\s$\\])?\$$/u

// typed makes a formula of what was typed when it is closed. What a program wrote has been read as Markdown.
function typed(all, before, { selection: { empty, $head }, doc, schema, tr }) {
  if (!empty || !$head.parent.inlineContent || $head.parent.type.spec.code || !all.some(({ docChanged }) => docChanged)) return undefined
  if (doc.content.size <= before.doc.content.size || all.some((one) => one.getMeta('program') || one.getMeta('history$'))) return undefined
  const text = $head.parent.textBetween(0, $head.parentOffset, undefined, '\ufffc')
  const [source] = closed.exec(text) ?? []
  const from = $head.pos - (source?.length ?? 0)
  if (!source || doc.rangeHasMark(from, $head.pos, schema.marks.raw) || doc.rangeHasMark(from, $head.pos, schema.marks.code)) return undefined
  return tr.addMark(from, $head.pos, schema.marks.raw.create())
}

const plugin = () => new Plugin({
  key,
  state: {
    init: (_, state) => decorate(state, false),
    apply(tr, old, before, state) {
      const focused = tr.getMeta(key) ?? old.focused
      return tr.docChanged || tr.selectionSet || focused !== old.focused ? decorate(state, focused) : old
    },
  },
  appendTransaction: typed,
  props: {
    decorations: (state) => key.getState(state).set,
    handleKeyDown: walk,
    handleDOMEvents: { focus: focus(true), blur: focus(false) },
  },
})

export const Formulas = Extension.create({
  name: 'formulas',
  addProseMirrorPlugins: () => [plugin()],
})
