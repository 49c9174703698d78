// The editor of texts: TipTap over Markdown. textsource.js sees to it that what nobody has changed is
// written as it was read.
import { Editor } from '@tiptap/core'
import { Fragment, Slice } from '@tiptap/pm/model'
import { EditorState } from '@tiptap/pm/state'
import { create as createCode } from './editorcode.js'
import { create as createPlain } from './editorplain.js'
import { Marks } from './textmarks.js'
import { parse } from './textparse.js'
import { extensions } from './textschema.js'
import { fits, many } from './textsize.js'
import { Source } from './textsource.js'
import { Tools } from './texttools.js'
import { safeURL } from './textmarkdown.js'
import { writeAll } from './textwrite.js'

export async function create(host, options) {
  const text = new Text(host, options)
  if (text.isQuick) return text.mount()
  text.destroy()
  return source(host, options)
}

// source is for texts that cannot be laid out while they are written: their Markdown, of which only what is in
// sight is.
function source(host, options) {
  const note = document.createElement('p')
  note.className = 'artifact-note'
  note.dataset.testid = 'editor-large'
  note.setAttribute('role', 'note')
  note.textContent = 'This text is very long: it is edited as Markdown source.'
  host.append(note)
  return createCode(host, { ...options, label: 'Markdown of the document', languages: () => [], colouring: () => 'markdown', prose: true })
}

// difference replaces what differs between the document and another one; undefined when nothing does.
function difference(state, next) {
  const { doc, tr } = state
  const start = doc.content.findDiffStart(next.content)
  if (start === null) return undefined
  let { a, b } = doc.content.findDiffEnd(next.content)
  const overlap = start - Math.min(a, b)
  if (overlap > 0) [a, b] = [a + overlap, b + overlap]
  tr.replace(start, a, next.slice(start, b)) // which makes an open end fit as it sees right
  return tr.doc.eq(next) ? tr : state.tr.replaceWith(0, doc.content.size, next.content)
}

class Text {
  #host; #change; #source; #tools; #marks; #editor
  #nodes // of the text as it was read
  #waiting = ''; #frame // what was appended and is not shown yet
  #plain // the field of the Markdown source while it is shown
  #last // the text of an editor that is gone: it may be saved after

  constructor(host, { text, readOnly, onChange }) {
    this.#host = host
    this.#change = onChange
    this.#marks = new Marks(host)
    this.#editor = new Editor({
      element: null, extensions: [...extensions(), this.#marks.extension], editable: !readOnly, injectCSS: false,
      editorProps: this.#props(),
      onTransaction: ({ transaction }) => transaction.docChanged && !transaction.getMeta('program') && this.#changed(),
    })
    this.#source = new Source(this.#editor.schema)
    this.#nodes = this.#source.read(text)
  }

  get isQuick() { return fits(this.#source.blocks) }

  mount() {
    const page = document.createElement('div')
    page.className = 'editor-page'
    this.#editor.mount(page)
    const { view, state: { plugins } } = this.#editor
    view.dom.toggleAttribute('data-many', this.#nodes.length >= many)
    view.updateState(EditorState.create({ doc: this.#doc(this.#nodes), plugins }))
    this.#tools = new Tools(this.#host, this.#editor, () => this.#toggleSource())
    this.#host.append(page)
    this.#tools.show(this.#editor.isEditable)
    this.#nodes = undefined
    return this
  }

  #doc(nodes) {
    const { nodes: types } = this.#editor.schema
    return types.doc.create(null, nodes.length ? nodes : types.paragraph.create())
  }

  #props() {
    return {
      attributes: {
        class: 'msg-prose editor-text', 'data-testid': 'artifact-editor', role: 'textbox', 'aria-multiline': 'true',
        'aria-label': 'Text of the document', spellcheck: 'true',
      },
      clipboardTextParser: (text, context, plain) => (plain || context.parent.type.spec.code ? undefined : this.#pasted(text)),
      clipboardTextSerializer: (slice) => writeAll(slice.content),
      // Nothing of these would run: the browser would only report each of them as refused.
      transformPastedHTML: (html) => html.replace(/\s(on\w+|style)\s*=\s*("[^"]*"|'[^']*'|[^\s>]+)/gi, ''),
      handleClick: (view, pos, evt) => this.#follow(evt),
      handleKeyDown: (view, evt) => this.#tools?.key(evt),
    }
  }

  #pasted(text) {
    const { blocks } = parse(this.#editor.schema, text, { tail: true })
    return Slice.maxOpen(Fragment.from(blocks.map(({ node }) => node)))
  }

  // A link is text here: it is followed with the key that opens it beside the page.
  #follow(evt) {
    const link = evt.target.closest?.('a[href]')
    if (!link || !(evt.ctrlKey || evt.metaKey || !this.#editor.isEditable)) return false
    if (safeURL(link.getAttribute('href'))) open(link.href, '_blank', 'noopener,noreferrer')
    return true
  }

  #changed() {
    this.#change()
    this.#marks.look()
  }

  text() {
    if (this.#last !== undefined) return this.#last
    this.#flush()
    return this.#plain ? this.#plain.text() : this.#source.text(this.#editor.state.doc)
  }

  setText(text, { foreign = false } = {}) {
    this.#flush()
    if (this.#plain) return this.#plain.setText(text)
    if (text !== this.text()) this.#put(text, (tr) => tr.setMeta('program', true).setMeta('addToHistory', !foreign))
  }

  // Only what differs is replaced, so that the cursor, and what is undone, stay where they were.
  #put(text, prepare) {
    const { state, view } = this.#editor
    const tr = difference(state, this.#doc(this.#source.read(text)))
    if (tr) view.dispatch(prepare(tr))
    this.#source.bind(this.#editor.state.doc)
    this.#marks.look()
  }

  append(delta) {
    this.#waiting += delta
    this.#frame ??= requestAnimationFrame(() => this.#flush())
  }

  // Only the block that is being written is read again, and only what is new of it is put in.
  #flush() {
    cancelAnimationFrame(this.#frame)
    this.#frame = undefined
    if (!this.#waiting) return
    const text = this.#waiting
    this.#waiting = ''
    if (this.#plain) return this.#plain.append(text)
    const { state, view } = this.#editor
    const { stay, nodes } = this.#source.extend(text)
    const tr = difference(state, this.#doc([...state.doc.children.slice(0, stay), ...nodes]))
    if (tr) view.dispatch(tr.setMeta('program', true).setMeta('addToHistory', false))
    this.#source.bind(this.#editor.state.doc, stay)
  }

  #toggleSource() {
    const text = this.text()
    if (this.#plain) {
      this.#plain.destroy()
      this.#plain = undefined
      this.#put(text, (tr) => tr)
    } else {
      this.#plain = createPlain(this.#host, { text, readOnly: !this.#editor.isEditable, onChange: () => this.#change() })
      this.#plain.mark(this.#marks.list, this.#marks.current)
    }
    this.#host.toggleAttribute('data-source', Boolean(this.#plain))
    this.focus()
    return Boolean(this.#plain)
  }

  focus() {
    if (this.#plain) this.#plain.focus()
    else this.#editor.commands.focus()
  }

  setReadOnly(is) {
    this.#flush()
    this.#editor.setEditable(!is, false)
    this.#plain?.setReadOnly(is)
    this.#tools.show(!is)
    if (!is) this.#put(this.text(), (tr) => tr.setMeta('program', true))
  }

  selection() {
    if (this.#plain) return this.#plain.selection()
    const { selection } = this.#editor.state
    return selection.empty ? '' : writeAll(selection.content().content)
  }

  mark(suggestions, current) {
    this.#marks.mark(suggestions, current, this.#editor, (doc) => this.#source.ranges(doc))
    this.#plain?.mark(suggestions, current)
  }

  showMark(id, cursor) {
    if (this.#plain) this.#plain.showMark(id, cursor)
    else this.#marks.show(id, cursor)
  }

  places() { return (this.#plain ?? this.#marks).places() }

  destroy() {
    this.#last = this.text()
    this.#tools?.destroy()
    this.#marks.destroy()
    this.#plain?.destroy()
    this.#editor.destroy()
    this.#host.replaceChildren()
  }
}
