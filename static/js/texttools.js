// The toolbar of the text editor. The server makes its buttons (views/texttools.templ); here is what they do.
import { byID } from './dom.js'
import { ImageForm } from './textimage.js'
import { LinkForm } from './textlink.js'
import { toolbar } from './toolbar.js'

const heading = (level) => ({ run: (chain) => chain.toggleHeading({ level }), on: ['heading', { level }] })

const actions = {
  undo: { run: (chain) => chain.undo() },
  redo: { run: (chain) => chain.redo() },
  heading1: heading(1), heading2: heading(2), heading3: heading(3),
  bold: { run: (chain) => chain.toggleBold(), on: ['bold'] },
  italic: { run: (chain) => chain.toggleItalic(), on: ['italic'] },
  strike: { run: (chain) => chain.toggleStrike(), on: ['strike'] },
  code: { run: (chain) => chain.toggleCode(), on: ['code'] },
  link: { on: ['link'] },
  bulletList: { run: (chain) => chain.toggleBulletList(), on: ['bulletList'] },
  orderedList: { run: (chain) => chain.toggleOrderedList(), on: ['orderedList'] },
  task: { run: toggleTask, on: isTask },
  blockquote: { run: (chain) => chain.toggleBlockquote(), on: ['blockquote'] },
  codeBlock: { run: (chain) => chain.toggleCodeBlock(), on: ['codeBlock'] },
  table: { run: (chain) => chain.insertTable({ rows: 3, cols: 3, withHeaderRow: true }) },
  image: {},
  rule: { run: (chain) => chain.setHorizontalRule() },
  source: {},
  rowBefore: { run: (chain) => chain.addRowBefore() },
  rowAfter: { run: (chain) => chain.addRowAfter() },
  columnBefore: { run: (chain) => chain.addColumnBefore() },
  columnAfter: { run: (chain) => chain.addColumnAfter() },
  rowDelete: { run: (chain) => chain.deleteRow() },
  columnDelete: { run: (chain) => chain.deleteColumn() },
  tableDelete: { run: (chain) => chain.deleteTable() },
}

// items are the innermost list items of the selection, with where they begin.
function items({ doc, selection: { from, to } }) {
  const found = new Map()
  doc.nodesBetween(from, to, (node, pos) => {
    if (!node.isTextblock) return
    const $pos = doc.resolve(pos)
    if ($pos.parent.type.name === 'listItem') found.set($pos.before(), $pos.parent)
  })
  return found
}

function isTask(editor) {
  const found = [...items(editor.state).values()]
  return found.length > 0 && found.every(({ attrs }) => attrs.checked !== null)
}

function toggleTask(chain, editor) {
  const off = isTask(editor)
  if (!items(editor.state).size) chain = chain.toggleBulletList()
  return chain.command(({ tr }) => {
    for (const pos of items(tr).keys()) tr.setNodeAttribute(pos, 'checked', off ? null : false)
    return true
  })
}

const mac = /Mac|iPhone|iPad/.test(navigator.platform)

export class Tools {
  #bar; #editor; #link; #image; #source; #soon
  #shown = true

  constructor(host, editor, source) {
    this.#editor = editor
    this.#source = source
    const template = byID('artifact')?.querySelector('template[data-text-tools]')
    if (!template) return
    this.#bar = template.content.firstElementChild.cloneNode(true)
    if (mac) for (const button of this.#bar.querySelectorAll('[title*="Ctrl"]')) button.title = button.title.replace('Ctrl', '⌘').replace('Alt', '⌥').replace('Shift', '⇧').replaceAll('+', ' ')
    this.#link = new LinkForm(this.#bar, editor)
    this.#image = new ImageForm(this.#bar, editor)
    this.#listen()
    host.append(this.#bar)
    this.#reflect()
  }

  #listen() {
    // The selection stays in the text while a button is pressed.
    this.#bar.addEventListener('mousedown', (evt) => evt.target.closest('[data-tool]') && evt.preventDefault())
    this.#bar.addEventListener('click', (evt) => {
      const button = evt.target.closest('[data-tool]')
      if (button && button.getAttribute('aria-disabled') !== 'true') this.#run(button.dataset.tool)
    })
    for (const bar of this.#bar.querySelectorAll('[role="toolbar"]')) {
      toolbar(bar)
      bar.addEventListener('keydown', (evt) => { if (evt.key === 'Escape') this.#editor.commands.focus() })
    }
    this.#editor.on('transaction', () => this.#later())
  }

  #buttons() { return this.#bar.querySelectorAll('[data-tool]') }

  #run(name) {
    const button = this.#bar.querySelector(`[data-tool="${name}"]`)
    if (name === 'link') return this.#link.open()
    if (name === 'image') return this.#image.toggle()
    if (name === 'source') return this.#showSource(button)
    const chain = this.#editor.chain().focus()
    actions[name].run(chain, this.#editor).run()
  }

  #showSource(button) {
    this.#link.close()
    this.#image.close()
    const on = this.#source()
    button.setAttribute('aria-pressed', String(on))
    for (const other of this.#buttons()) if (other !== button) other.disabled = on
    this.#reflect()
  }

  // key takes the shortcuts that are not the editor's own. What is taken here is nothing of the page's.
  key(evt) {
    const mod = mac ? evt.metaKey : evt.ctrlKey
    const is = (key, shift = false) => mod && !evt.altKey && evt.shiftKey === shift && evt.key.toLowerCase() === key
    if (is('k')) this.#link?.open()
    else if (mod && evt.shiftKey && evt.code === 'Digit9') this.#run('task')
    else if (evt.altKey && evt.key === 'F10') this.#bar?.querySelector('[tabindex="0"]').focus()
    else return false
    evt.preventDefault()
    evt.stopPropagation()
    return true
  }

  #later() {
    this.#soon ??= setTimeout(() => {
      this.#soon = undefined
      this.#reflect()
    }, 50)
  }

  #reflect() {
    if (!this.#bar || !this.#shown || this.#editor.isDestroyed) return
    for (const button of this.#buttons()) {
      const { on } = actions[button.dataset.tool]
      if (on) button.setAttribute('aria-pressed', String(typeof on === 'function' ? on(this.#editor) : this.#editor.isActive(...on)))
    }
    for (const name of ['undo', 'redo']) {
      this.#bar.querySelector(`[data-tool="${name}"]`).setAttribute('aria-disabled', String(!this.#editor.can()[name]()))
    }
    this.#bar.querySelector('[data-table-tools]').hidden = !this.#editor.isActive('table')
    this.#link.reflect()
  }

  show(is) {
    this.#shown = is
    if (this.#bar) this.#bar.hidden = !is
    if (is) this.#reflect()
  }

  destroy() {
    clearTimeout(this.#soon)
    this.#bar?.remove()
  }
}
