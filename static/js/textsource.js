// Source keeps what every block of a document was written as. A block that is as it was read is written
// byte for byte, with what was between it and the next one; only what was changed is written anew.
import { parse } from './textparse.js'
import { markerOf, write } from './textwrite.js'

// absorbs: without a blank line the second block could become a part of the first.
const absorbs = (a, b) => /^(blockquote|paragraph|.*List|table)$/.test(a.type.name) && !/^(heading|horizontalRule|blockquote|.*List)$/.test(b.type.name)

export class Source {
  #schema; #head = ''; #blocks = []; #eol = '\n'; #env = {}
  #place = new WeakMap() // a node -> its place in blocks
  #fresh = new WeakMap() // a changed node -> its Markdown
  #doc; #text // the last answer

  constructor(schema) { this.#schema = schema }

  // read takes a text, and gives the nodes of its blocks.
  read(text) {
    this.#env = {}
    const { head, blocks } = parse(this.#schema, text, this.#env)
    this.#head = head
    this.#blocks = blocks
    this.#eol = /\r\n?|\n/.exec(text)?.[0] ?? '\n'
    this.#index(0)
    return blocks.map(({ node }) => node)
  }

  // blocks are what was read: { node, raw, gap }.
  get blocks() { return this.#blocks }

  #index(from) {
    for (let i = from; i < this.#blocks.length; i++) this.#place.set(this.#blocks[i].node, i)
    this.#doc = undefined
  }

  // bind tells that a document has the blocks in order, from one of them on: its own nodes are theirs now.
  bind(doc, from = 0) {
    for (let i = from; i < this.#blocks.length; i++) {
      const node = doc.maybeChild(i)
      if (node && node !== this.#blocks[i].node && node.eq(this.#blocks[i].node)) this.#blocks[i].node = node
    }
    this.#index(from)
  }

  // extend adds to the end of the text. Only the last block is read again, as only that can change by what
  // comes after it: it gives how many blocks stay, and the nodes after them.
  extend(text) {
    const last = this.#blocks.pop()
    const stay = this.#blocks.length
    const { head, blocks } = parse(this.#schema, (last ? last.raw + last.gap : this.#head) + text, { ...this.#env, tail: stay > 0 })
    if (!stay) this.#head = head
    else this.#blocks[stay - 1].gap += head
    this.#blocks.push(...blocks)
    this.#index(stay)
    return { stay, nodes: blocks.map(({ node }) => node) }
  }

  // text is the Markdown of a document.
  text(doc) {
    if (doc !== this.#doc) {
      this.#text = this.#write(this.#parts(doc))
      this.#doc = doc
    }
    return this.#text
  }

  // ranges are where each block of a document stands in its text: { text, parts: [{ node, pos, raw, from, to }] }.
  ranges(doc) {
    const parts = this.#parts(doc)
    return { text: this.#write(parts), parts }
  }

  #write(parts) {
    if (!parts.length) return this.#blocks.length ? '' : this.#head
    let text = this.#head
    parts.forEach((part, i) => {
      part.from = text.length
      text += part.raw
      part.to = text.length
      text += i < parts.length - 1 ? this.#between(part, parts[i + 1]) : this.#end(part)
    })
    return text
  }

  #parts(doc) {
    const parts = []
    doc.forEach((node, pos) => {
      const place = this.#place.get(node)
      if (place !== undefined || node.childCount || !node.isTextblock || node.type.name !== 'paragraph') parts.push({ node, pos, place })
    })
    this.#align(parts)
    parts.forEach((part, i) => { part.raw = this.#raw(part, parts[i - 1]) })
    return parts.filter(({ raw }) => raw !== '')
  }

  // align finds which blocks the changed ones were: between two that are as they were, as many as there
  // were before are the same ones.
  #align(parts) {
    let last = -1 // the place of the last block that is as it was
    let run = []
    const settle = (next) => {
      const even = run.length === next - last - 1
      run.forEach((part, i) => {
        if (even) this.#take(part, last + 1 + i)
        else if (i === 0 && last + 1 < next) part.before = this.#alike(part.node, last + 1)
        else if (i === run.length - 1 && last + 1 < next) part.after = this.#alike(part.node, next - 1)
      })
      run = []
    }
    for (const part of parts) {
      if (part.place > last) {
        settle(part.place)
        last = part.before = part.after = part.place
      } else {
        run.push(part)
      }
    }
    settle(this.#blocks.length)
  }

  #alike(node, place) { return this.#blocks[place].node.type === node.type ? place : undefined }

  #take(part, place) {
    part.before = part.after = this.#alike(part.node, place)
    if (part.before !== undefined && this.#blocks[place].node.eq(part.node)) part.place = place
  }

  #raw(part, before) {
    const { node, place } = part
    const other = this.#clash(part, before)
    part.marker = markerOf(node, other)
    if (place !== undefined && !other && !this.#indented(place, before)) return this.#blocks[place].raw
    if (!other && this.#fresh.has(node)) return this.#fresh.get(node)
    const text = write(node, other, this.#blocks[part.before === part.after ? part.before : -1])
    const raw = this.#eol === '\n' ? text : text.replace(/\n/g, this.#eol)
    if (!other) this.#fresh.set(node, raw)
    return raw
  }

  // After a list that was written anew an indented block could become a part of it.
  #indented(place, before) {
    return before?.marker && before.place === undefined && /^[ \t]/.test(this.#blocks[place].raw)
  }

  // Two lists that follow each other with the same marker would become one.
  #clash({ node, place }, before) {
    if (!before?.marker || before.node.type !== node.type || before.marker !== markerOf(node)) return false
    return before.after === undefined || place !== before.after + 1
  }

  #between(a, b) {
    const gap = a.after !== undefined && b.before === a.after + 1 ? this.#blocks[a.after].gap : ''
    const apart = /(\r\n?|\n)\s*(\r\n?|\n)/.test(gap)
    return gap && (apart || a.place !== undefined || !absorbs(a.node, b.node)) ? gap : this.#eol + this.#eol
  }

  #end({ after }) {
    const last = this.#blocks.length - 1
    if (after === last && last >= 0) return this.#blocks[last].gap
    return last >= 0 && /[\r\n]/.test(this.#blocks[last].gap) ? this.#eol : ''
  }
}
