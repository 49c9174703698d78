// Writes the editor's nodes as Markdown. A paragraph is first written without a single backslash, and read
// again: only where that gives another text is it escaped.
import { MarkdownSerializerState } from 'prosemirror-markdown'
import { normal } from './textmarkdown.js'
import { parse } from './textparse.js'
import { tableText } from './texttable.js'

const others = { '-': '*', '*': '-', '+': '-', '.': ')', ')': '.' }
const longestRun = (text, mark) => Math.max(0, ...text.split(new RegExp(`[^${mark}]+`)).map((run) => run.length))

// \[ and \] would be a formula: it is enough to escape what closes.
class State extends MarkdownSerializerState {
  esc(text, startOfLine) {
    const escaped = super.esc(text, startOfLine).replace(/\\\[/g, '[')
    return states.get(this).escape > 1 ? escaped.replace(/[<$]/g, '\\$&') : escaped
  }
}

const states = new WeakMap() // a state -> how it writes

const nodes = {
  paragraph(state, node) {
    if (!node.childCount) return
    state.text(inline(node), false)
    state.closeBlock(node)
  },
  heading(state, node) {
    const { level, markup } = node.attrs
    const text = inline(node)
    if (markup && level < 3 && text) {
      const width = Math.max(3, markup.length, ...text.split('\n').map((line) => line.length))
      state.text(`${text}\n${state.repeat(level === 1 ? '=' : '-', Math.min(width, 80))}`, false)
    } else {
      state.write(`${state.repeat('#', level)} ${text.replace(/\n/g, ' ')}`.trimEnd())
    }
    state.closeBlock(node)
  },
  blockquote(state, node) {
    state.wrapBlock('> ', null, node, () => state.renderContent(node))
  },
  bulletList: (state, node, parent, i) => list(state, node, parent, i, (mark) => `${mark} `),
  orderedList: (state, node, parent, i) => list(state, node, parent, i, (mark, n) => `${node.attrs.start + n}${mark} `),
  listItem(state, node) {
    state.renderContent(node)
  },
  codeBlock(state, node) {
    const text = node.textContent
    const language = node.attrs.language ?? ''
    const mark = language.includes('`') ? '~' : node.attrs.fence?.[0] ?? '`'
    const fence = state.repeat(mark, Math.max(3, node.attrs.fence?.length ?? 0, longestRun(text, mark) + 1))
    state.text([fence + language, ...text ? [text] : [], fence].join('\n'), false)
    state.closeBlock(node)
  },
  horizontalRule(state, node) {
    state.write(node.attrs.markup || '---')
    state.closeBlock(node)
  },
  source(state, node) {
    state.text(node.textContent, false)
    state.closeBlock(node)
  },
  table(state, node) {
    state.text(tableText(node, cellText, states.get(state).was), false)
    state.closeBlock(node)
  },
  image(state, { attrs }) {
    const title = attrs.title ? ` ${state.quote(attrs.title.replace(/\\?"/g, '\\"'))}` : ''
    state.write(`![${attrs.alt ?? ''}](${address(attrs.src ?? '')}${title})`)
  },
  hardBreak(state, node, parent, i) {
    if (i === parent.childCount - 1) return
    const { breaks } = states.get(state)
    const markup = breaks && !/^</.test(node.attrs.markup ?? '') ? '<br>' : node.attrs.markup ?? '\\'
    state.write(markup[0] === '<' ? markup : `${markup}\n`)
  },
  text(state, node) {
    const { escape } = states.get(state)
    if (node.marks.some(({ type }) => type.name === 'soft')) {
      state.text(states.get(state).breaks ? node.text : node.text.replace(/ /g, '\n'), false)
      state.atBlockStart = true
    } else {
      state.text(node.text, escape > 0 && !state.inAutolink && !node.marks.some(({ type }) => type.name === 'raw'))
    }
  },
}

// address is an address as it may stand in the brackets of a link.
function address(url) {
  if (/[\s<>]/.test(url) || url === '') return `<${url.replace(/\n/g, '%0A').replace(/[<>]/g, '\\$&')}>`
  return longestRun(url, '()') ? url.replace(/[()]/g, '\\$&') : url
}

const as = (fallback) => ({
  open: (state, mark) => mark.attrs.markup || fallback, close: (state, mark) => mark.attrs.markup || fallback,
  mixable: true, expelEnclosingWhitespace: true,
})
// bare: a link that is nothing but its address, <like this>.
function bare(mark, node, next) {
  const { auto, href } = mark.attrs
  return auto && node.isText && node.marks.length === 1 && [href, href.replace(/^mailto:/, '')].includes(node.text) && !(next && mark.isInSet(next.marks))
}

const nothing = { open: '', close: '', mixable: true }

function ticks(node, before) {
  const run = node.isText ? longestRun(node.text, '`') : 0
  const fence = '`'.repeat(run ? run + 1 : 1)
  const pad = /^`|`$|^ .* $/.test(node.text) ? ' ' : ''
  return before ? fence + pad : pad + fence
}

const marks = {
  bold: as('**'), italic: as('*'), strike: as('~~'), raw: nothing, soft: nothing,
  link: {
    mixable: true,
    open(state, mark, parent, i) {
      state.inAutolink = bare(mark, parent.child(i), parent.maybeChild(i + 1))
      return state.inAutolink ? '<' : '['
    },
    close(state, mark) {
      const { inAutolink } = state
      state.inAutolink = undefined
      const { href, title, reference } = mark.attrs
      if (inAutolink) return '>'
      if (reference) return `][${reference}]`
      return `](${address(href)}${title ? ` ${state.quote(title.replace(/"/g, '\\"'))}` : ''})`
    },
  },
  code: {
    open: (state, mark, parent, i) => ticks(parent.child(i), true),
    close: (state, mark, parent, i) => ticks(parent.child(i - 1), false),
    escape: false,
  },
}

function newState(how) {
  const state = new State(nodes, marks, { hardBreakNodeName: 'hardBreak' })
  states.set(state, how)
  return state
}

const written = new WeakMap() // a paragraph -> its text

function inline(node) {
  if (!written.has(node)) written.set(node, readable(node))
  return written.get(node)
}

function readable(node) {
  const breaks = ['tableCell', 'tableHeader'].includes(node.type.name) || (node.type.name === 'heading' && !node.attrs.markup)
  const render = (escape) => {
    const state = newState({ escape, breaks })
    state.renderInline(node)
    return state.out.replace(/^[ \t\n]+|[ \t\n]+$/g, '')
  }
  const want = meaning(node)
  const known = references(node)
  const heading = node.type.name === 'heading' && !node.attrs.markup
  const same = (text) => meaning(paragraph(node.type.schema, text, heading, known)) === want
  const tries = [0, 1, 2].map(render)
  const found = tries.find(same)
  if (found !== undefined) return found
  const flat = tries[1].replace(/[ \t]*(?<!\\)\n[ \t]*/g, ' ')
  return same(flat) || paragraph(node.type.schema, tries[0])?.textContent !== node.textContent ? flat : tries[0]
}

// references are the definitions that the links of a paragraph need, which stand elsewhere.
function references(node) {
  const found = {}
  node.forEach(({ marks }) => {
    for (const { type, attrs } of marks) {
      if (type.name === 'link' && attrs.reference) found[normal(attrs.reference)] = { href: attrs.href, title: attrs.title ?? '' }
    }
  })
  return found
}

// paragraph reads a text that is to be one paragraph.
function paragraph(schema, text, heading, references = {}) {
  const { blocks } = parse(schema, heading ? `# ${text.replace(/\n/g, ' ')}` : text, { tail: true, references })
  return blocks.length === 1 && ['paragraph', 'heading'].includes(blocks[0].node.type.name) ? blocks[0].node : undefined
}

// meaning is what a paragraph says: its characters with their marks. White space has none, and how a mark
// is written does not count; nor does what is shown as source.
function meaning(node) {
  if (!node) return undefined
  let all = ''
  node.forEach((child) => {
    const set = child.marks.filter(({ type }) => !['raw', 'soft'].includes(type.name)).map(({ type, attrs }) => type.name + (attrs.href ?? '')).sort().join()
    if (child.isText) for (const c of child.text) all += /\s/.test(c) ? ' ' : `${c}${set}\0`
    else all += `\n${child.type.name}${child.attrs.src ?? ''}\0`
  })
  return all.replace(/ *\n/g, '\n').replace(/ +/g, ' ').trim()
}

// markerOf is what the items of a list begin with, or what they begin with after such a list.
export function markerOf(node, other = false) {
  if (!/List$/.test(node.type.name)) return undefined
  const mark = node.attrs.marker ?? (node.type.name === 'bulletList' ? '-' : '.')
  return other ? others[mark] : mark
}

function list(state, node, parent, index, marker) {
  const before = index > 0 && parent.child(index - 1)
  const other = states.get(state).other || (before && before.type === node.type && markerOf(before) === markerOf(node))
  const mark = markerOf(node, other)
  if (state.inTightList) state.flushClose(1)
  const was = state.inTightList
  state.inTightList = node.attrs.tight
  node.forEach((item, _, n) => {
    if (n && node.attrs.tight) state.flushClose(1)
    const first = marker(mark, n)
    const { checked } = item.attrs
    const box = checked === null || !item.firstChild?.isTextblock || !item.firstChild.childCount ? '' : checked ? '[x] ' : '[ ] '
    state.wrapBlock(' '.repeat(first.length), first + box, node, () => state.render(item, node, n))
  })
  state.inTightList = was
}

function cellText(cell) {
  return cell.firstChild ? inlineCell(cell.firstChild) : ''
}

const cells = new WeakMap()

function inlineCell(node) {
  if (!cells.has(node)) cells.set(node, inline(node).replace(/\\?\n/g, '<br>').replace(/(?<!\\)((?:\\\\)*)\|/g, '$1\\|'))
  return cells.get(node)
}

// write gives a block's Markdown; other takes another marker than usual, for a list after a list; was is the
// block that it was read as, { node, raw }, if it was.
export function write(node, other = false, was = undefined) {
  const state = newState({ escape: 1, other, was })
  state.render(node, node, 0)
  return state.out
}

// writeAll is for what is copied.
export function writeAll(fragment) {
  const parts = []
  fragment.forEach((node) => parts.push(node.isBlock ? write(node) : node.textContent))
  return parts.join(fragment.firstChild?.isBlock ? '\n\n' : '')
}

