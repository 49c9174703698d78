// Makes the editor's nodes of Markdown, each block with the lines that it stands on.
import { deepest, tokens } from './textmarkdown.js'

const markOf = { strong: 'bold', em: 'italic', s: 'strike' }

// Builder turns the tokens of one block into a node; what does not fit makes it fail.
class Builder {
  constructor(schema) {
    this.schema = schema
    this.stack = [{ content: [] }]
    this.marks = []
  }

  get top() { return this.stack.at(-1) }

  open(type, attrs = null) { this.stack.push({ type: this.schema.nodes[type], attrs, content: [] }) }

  close() {
    const { type, attrs, content } = this.stack.pop()
    const node = type.createAndFill(attrs, content)
    if (!node) throw new RangeError(`${type.name} cannot hold this`)
    this.top.content.push(node)
  }

  add(type, attrs) { this.top.content.push(this.schema.nodes[type].create(attrs, null, this.marks)) }

  text(text, ...marks) {
    if (!text) return
    const set = marks.reduce((all, name) => this.schema.marks[name].create().addToSet(all), this.marks)
    const { content } = this.top
    const node = this.schema.text(text, set)
    const last = content.at(-1)
    if (last?.isText && last.sameMarkup(node)) content[content.length - 1] = last.withText(last.text + text)
    else content.push(node)
  }

  mark(name, attrs) { this.marks = this.schema.marks[name].create(attrs).addToSet(this.marks) }

  unmark(name) { this.marks = this.schema.marks[name].removeFromSet(this.marks) }

  all(list) {
    for (let i = 0; i < list.length; i++) this.token(list[i], list, i)
  }

  token(token, list, i) {
    if (token.level >= deepest - 2) throw new RangeError('nested too deeply')
    const [, name, end] = /^(.*?)(_open|_close)?$/.exec(token.type)
    if (end && markOf[name]) return end === '_open' ? this.mark(markOf[name], { markup: token.markup }) : this.unmark(markOf[name])
    const handle = handlers[token.type]
    if (handle) return handle(this, token, list, i)
    if (end === '_close' && handlers[`${name}_open`]) return this.close()
    if (!ignored.has(name)) throw new RangeError(`no form for ${token.type}`)
  }
}

const ignored = new Set(['thead', 'tbody'])
const withoutEnd = (text) => (text.endsWith('\n') ? text.slice(0, -1) : text)

function tight(list, i) {
  const { level } = list[i]
  for (let n = i + 1; n < list.length && list[n].level > level; n++) {
    if (list[n].type === 'paragraph_open' && list[n].level === level + 2) return list[n].hidden
  }
  return true
}

// A task's box is the beginning of its item's text.
function task(builder, token) {
  const [item, paragraph] = builder.stack.slice(-2)
  if (paragraph.type?.name !== 'paragraph' || item.type?.name !== 'listItem' || item.content.length) return token.children
  const [first, ...rest] = token.children
  const box = first?.type === 'text' && /^\[([ xX])\] +(?=\S)/.exec(first.content + (rest.length ? 'x' : ''))
  if (!box) return token.children
  item.attrs = { checked: box[1] !== ' ' }
  return [Object.assign(Object.create(first), { content: first.content.slice(box[0].length) }), ...rest]
}

function cell(type) {
  return (builder, token) => {
    builder.open(type, { align: /text-align:(\w+)/.exec(token.attrGet('style') ?? '')?.[1] ?? null })
    builder.open('paragraph')
  }
}

function closeCell(builder) {
  builder.close()
  builder.close()
}

function code(language, fence) {
  return (builder, token) => {
    builder.open('codeBlock', { language: language(token), fence: fence(token) })
    const text = withoutEnd(token.content)
    if (text) builder.top.content.push(builder.schema.text(text))
    builder.close()
  }
}

function source(builder, token) {
  builder.open('source', { what: token.info || 'HTML' })
  const text = withoutEnd(token.content)
  if (text) builder.top.content.push(builder.schema.text(text))
  builder.close()
}

const handlers = {
  paragraph_open: (b) => b.open('paragraph'),
  heading_open: (b, t) => b.open('heading', { level: Number(t.tag[1]), markup: t.markup[0] === '#' ? null : t.markup }),
  blockquote_open: (b) => b.open('blockquote'),
  bullet_list_open: (b, t, list, i) => b.open('bulletList', { marker: t.markup, tight: tight(list, i) }),
  ordered_list_open: (b, t, list, i) => b.open('orderedList', { start: Number(t.attrGet('start') ?? 1), marker: t.markup, tight: tight(list, i) }),
  list_item_open: (b) => b.open('listItem'),
  table_open: (b) => b.open('table'),
  tr_open: (b) => b.open('tableRow'),
  th_open: cell('tableHeader'),
  td_open: cell('tableCell'),
  th_close: closeCell,
  td_close: closeCell,
  hr: (b, t) => b.add('horizontalRule', { markup: t.markup }),
  fence: code((t) => t.info.trim() || null, (t) => t.markup),
  code_block: code(() => null, () => null),
  html_block: source,
  source,
  inline: (b, t) => b.all(task(b, t)),
  text: (b, t) => b.text(t.content),
  raw: (b, t) => b.text(t.content, 'raw'),
  softbreak: (b) => b.text(' ', 'soft'),
  hardbreak: (b, t) => b.add('hardBreak', { markup: t.markup }),
  html_inline: (b, t) => (/^<br *\/?>$/i.test(t.content) ? b.add('hardBreak', { markup: t.content }) : b.text(t.content, 'raw')),
  code_inline: (b, t) => b.text(t.content, 'code'),
  image: (b, t) => b.add('image', { src: t.attrGet('src'), title: t.attrGet('title'), alt: t.content }),
  link_open: (b, t) => b.mark('link', { href: t.attrGet('href'), title: t.attrGet('title'), reference: t.meta?.reference ?? null, auto: t.markup === 'autolink' }),
  link_close: (b) => b.unmark('link'),
}

// groups are the tokens of each block of the top level.
function* groups(list) {
  for (let i = 0, from = 0; i < list.length; i++) {
    if (list[i].level > 0 || list[i].nesting > 0) continue
    yield list.slice(from, i + 1)
    from = i + 1
  }
}

function nodeOf(schema, group, raw) {
  try {
    const builder = new Builder(schema)
    builder.all(group)
    if (builder.top.content.length === 1) return builder.top.content[0]
  } catch (error) {
    if (!(error instanceof RangeError)) throw error
  }
  return sourceNode(schema, 'Markdown', raw)
}

const sourceNode = (schema, what, raw) => schema.nodes.source.create({ what }, raw ? schema.text(raw.replace(/\r\n?/g, '\n')) : null)

const ends = /\r\n?|\n/g

// Lines are where each line begins and where its text ends.
function linesOf(text) {
  const lines = []
  let from = 0
  for (const { index, 0: end } of text.matchAll(ends)) {
    lines.push([from, index])
    from = index + end.length
  }
  lines.push([from, text.length])
  return lines
}

const blank = (text, [from, to]) => !/\S/.test(text.slice(from, to))

// places are the lines of every block, in order: nothing but blank lines is between them.
function places(text, lines, list) {
  const found = []
  let next = 0
  const rest = (to) => { // what no block has said to be its own
    while (next < to && blank(text, lines[next])) next++
    let end = to
    while (end > next && blank(text, lines[end - 1])) end--
    if (end > next) found.push({ from: next, to: end })
  }
  for (const group of groups(list)) {
    const [from, last] = group[0].map ?? [next, next]
    let to = Math.min(last, lines.length)
    while (to > from + 1 && blank(text, lines[to - 1]) && group[0].type !== 'fence') to--
    if (from < next || to <= from) continue
    rest(from)
    const before = found.at(-1)
    if (group[0].info === 'definition' && before?.what === 'definition' && before.to === from) {
      before.to = to
      before.group = undefined
    } else {
      found.push({ from, to, group, what: group[0].info === 'definition' ? 'definition' : undefined })
    }
    next = to
  }
  rest(lines.length)
  return found
}

// parse reads a text as { head, blocks: [{ node, raw, gap }] }: head, and each raw with its gap, joined are
// the text again, byte for byte.
export function parse(schema, text, env = {}) {
  const lines = linesOf(text)
  const found = places(text, lines, tokens(text, env))
  if (!found.length) return { head: text, blocks: [] }
  const start = (n) => (n < found.length ? lines[found[n].from][0] : text.length)
  const blocks = found.map(({ from, to, group, what }, n) => {
    const end = lines[to - 1][1]
    const raw = text.slice(lines[from][0], end)
    return { node: group ? nodeOf(schema, group, raw) : sourceNode(schema, what ?? 'Markdown', raw), raw, gap: text.slice(end, start(n + 1)) }
  })
  return { head: text.slice(0, start(0)), blocks }
}
