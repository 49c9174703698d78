// Markdown as the text editor reads it: CommonMark, tables, strikethrough. What the editor has no form for
// becomes a "source" block or a "raw" run of text: formulas by the rules of views/markdown/formula.go,
// footnotes, HTML, definitions of links, front matter. Nothing is left out of the tokens: what would be
// left out could not be written again.
import MarkdownIt from 'markdown-it'

export const deepest = 60 // levels of nesting; what is deeper stays source

const md = new MarkdownIt({ html: true, maxNesting: deepest })
md.disable('entity') // shown as it is written
md.normalizeLink = md.normalizeLinkText = (url) => url
md.validateLink = safeURL

const longest = 500 // lines that a formula may have

// safeURL: addresses without a scheme, and those of schemes that only lead somewhere.
export function safeURL(url) {
  const scheme = /^[\s\u0000-\u001f]*([a-z][a-z0-9+.-]*):/i.exec(url)
  return !scheme || /^(https?|mailto|tel)$/i.test(scheme[1])
}

export const tokens = (text, env) => md.parse(text, env)

// normal is how the name of a link's definition is compared.
export const normal = (label) => md.utils.normalizeReference(label)

// A rule is wrapped by its name: the parser offers no other way to know what it has read.
const rule = (ruler, name) => ruler.__rules__.find((r) => r.name === name).fn

const line = (state, n) => state.src.slice(state.bMarks[n] + state.tShift[n], state.eMarks[n])

function source(state, what, from, to) {
  const token = state.push('source', '', 0)
  token.map = [from, to]
  token.info = what
  token.content = state.getLines(from, to, state.blkIndent, false)
  state.line = to
  return true
}

const indented = (state, n) => state.sCount[n] - state.blkIndent >= 4

function frontMatter(state, start, end, silent) {
  if (start > 0 || silent || state.level > 0 || state.env.tail || line(state, 0) !== '---') return false
  let to = 1
  while (to < Math.min(end, longest) && !/^(---|\.\.\.)\s*$/.test(line(state, to))) to++
  if (to >= Math.min(end, longest) || !/^[\w-]+:/.test(line(state, 1))) return false
  return source(state, 'front matter', 0, to + 1)
}

const closer = (text) => (text.startsWith('$$') ? '$$' : text.startsWith('\\[') ? '\\]' : '')

function closes(text, mark) {
  const end = text.trimEnd()
  return end.length >= 2 && end.indexOf(mark) === end.length - 2
}

function mathBlock(state, start, end, silent) {
  const first = line(state, start)
  const mark = closer(first)
  if (!mark || indented(state, start)) return false
  const rest = first.slice(2)
  if (rest.includes(mark) && !closes(rest, mark)) return false
  const to = closes(rest, mark) ? start + 1 : mathEnd(state, mark, start + 1, end)
  return to > 0 && (silent || source(state, 'formula', start, to))
}

// mathEnd is the line after the one that closes a formula, or 0. Lines that do not close one are looked at
// once only: to look again for every line that opens one would take minutes for a megabyte of them.
function mathEnd(state, mark, from, end) {
  const seen = ((state.env.seen ??= {})[mark] ??= { from: 0, to: 0 })
  const within = from >= seen.from && from <= seen.to
  let to = within ? seen.to : from
  if (!within) seen.from = from
  for (; to < end && to - from < longest && !state.isEmpty(to) && state.sCount[to] >= state.blkIndent; to++) {
    if (closes(line(state, to), mark)) return to + 1
    seen.to = to + 1
  }
  return 0
}

function footnote(state, start, end, silent) {
  if (indented(state, start) || !/^\[\^[^\]\s]+\]:/.test(line(state, start))) return false
  if (silent) return true
  let to = start + 1
  for (let n = to; n < end && (state.isEmpty(n) || indented(state, n) || to === n); n++) {
    if (!state.isEmpty(n)) to = n + 1
  }
  return source(state, 'footnote', start, to)
}

const reference = rule(md.block.ruler, 'reference')
function definition(state, start, end, silent) {
  if (!reference(state, start, end, silent)) return false
  return silent || source(state, 'definition', start, state.line)
}

md.block.ruler.before('table', 'front', frontMatter)
md.block.ruler.before('fence', 'formula', mathBlock, { alt: ['paragraph', 'reference', 'blockquote', 'list'] })
md.block.ruler.before('reference', 'footnote', footnote)
md.block.ruler.at('reference', definition)

function raw(state, end, silent) {
  if (!silent) state.push('raw', '', 0).content = state.src.slice(state.pos, end)
  state.pos = end
  return true
}

// until is where what begins here is closed, or 0. That there is no closing mark holds for the rest too:
// to look again would take minutes for a megabyte of opening ones.
function until(state, mark) {
  const open = (state.open ??= new Set())
  const at = open.has(mark) ? -1 : state.src.indexOf(mark, state.pos + 2)
  if (at < 0) open.add(mark)
  return at < 0 ? 0 : at + mark.length
}

function dollarEnd({ src, pos }) {
  if (/[\p{L}\p{N}]/u.test(src[pos - 1] ?? '') || /\s/.test(src[pos + 1] ?? ' ')) return 0
  for (let i = pos + 1; i < src.length && src[i] !== '\n'; i++) {
    if (src[i] === '\\') i++
    else if (src[i] === '$') return /\s/.test(src[i - 1]) || /\d/.test(src[i + 1] ?? '') ? 0 : i + 1
  }
  return 0
}

function maths(state, silent) {
  const two = state.src.slice(state.pos, state.pos + 2)
  let end = 0
  if (two === '\\(') end = until(state, '\\)')
  else if (closer(two)) end = until(state, closer(two))
  else if (two[0] === '$') end = dollarEnd(state)
  return end > 0 && end <= state.posMax && raw(state, end, silent)
}

function footnoteMark(state, silent) {
  if (state.src[state.pos + 1] !== '^' || state.src[state.pos] !== '[') return false
  const found = /^\[\^[^\]\s]{1,100}\]/.exec(state.src.slice(state.pos, state.pos + 110))
  return Boolean(found) && raw(state, state.pos + found[0].length, silent)
}

// A link keeps how its address is told where that is not in brackets after it: [a][b], [a][], [a].
const link = rule(md.inline.ruler, 'link')
function linked(state, silent) {
  const { pos, tokens } = state
  const n = tokens.length
  const label = state.md.helpers.parseLinkLabel(state, pos, true)
  if (!link(state, silent)) return false
  if (!silent) {
    const tail = state.src.slice(label + 1, state.pos)
    const open = tokens.slice(n).find((token) => token.type === 'link_open')
    if (open && !tail.startsWith('(')) open.meta = { reference: tail.slice(1, -1) || state.src.slice(pos + 1, label) }
  }
  return true
}

const image = rule(md.inline.ruler, 'image')
function pictured(state, silent) {
  const { pos, tokens } = state
  const n = tokens.length
  if (!image(state, silent)) return false
  if (!silent && !state.src.slice(pos, state.pos).endsWith(')')) {
    tokens.length = n
    const end = state.pos
    state.pos = pos
    raw(state, end, false)
  }
  return true
}

// Line breaks keep how they were written.
for (const [name, markup] of [['newline', '  '], ['escape', '\\']]) {
  const original = rule(md.inline.ruler, name)
  md.inline.ruler.at(name, (state, silent) => {
    if (!original(state, silent)) return false
    const last = state.tokens.at(-1)
    if (!silent && last?.type === 'hardbreak') last.markup ||= markup
    return true
  })
}

md.inline.ruler.before('escape', 'maths', maths)
md.inline.ruler.before('link', 'footnoteMark', footnoteMark)
md.inline.ruler.at('link', linked)
md.inline.ruler.at('image', pictured)
