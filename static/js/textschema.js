// What a text is made of in the editor: TipTap's nodes and marks with what Markdown needs beside them. The
// attributes that no one sees are how something was written, so that it is written so again.
import { Extension, Mark, Node, markInputRule, markPasteRule, mergeAttributes } from '@tiptap/core'
import { Image } from '@tiptap/extension-image'
import { ListItem } from '@tiptap/extension-list'
import { Table, TableCell, TableHeader, TableRow } from '@tiptap/extension-table'
import { Placeholder } from '@tiptap/extensions'
import { StarterKit } from '@tiptap/starter-kit'
import { Formulas } from './textformulas.js'
import { safeURL } from './textmarkdown.js'
import { codeView, imageView, itemView } from './textviews.js'

const hidden = (value = null) => ({ default: value, rendered: false })

// How things were written.
const Writing = Extension.create({
  name: 'writing',
  addGlobalAttributes: () => [
    { types: ['bold', 'italic', 'heading', 'horizontalRule', 'hardBreak'], attributes: { markup: hidden() } },
    { types: ['bulletList', 'orderedList'], attributes: { marker: hidden(), tight: { ...hidden(true), rendered: true, renderHTML: ({ tight }) => (tight ? { 'data-tight': '' } : {}) } } },
    { types: ['codeBlock'], attributes: { fence: hidden() } },
  ],
})

const Code = Mark.create({
  name: 'code',
  exitable: true,
  parseHTML: () => [{ tag: 'code' }],
  renderHTML: () => ['code', 0],
  addCommands() {
    return { toggleCode: () => ({ commands }) => commands.toggleMark(this.name) }
  },
  addKeyboardShortcuts() {
    return { 'Mod-e': () => this.editor.commands.toggleCode() }
  },
  addInputRules() {
    return [markInputRule({ find: /(?:^|[^`])(`([^`]+)`(?!`))$/, type: this.type })]
  },
  addPasteRules() {
    return [markPasteRule({ find: /(?:^|[^`])(`([^`]+)`(?!`))/g, type: this.type })]
  },
})

// Text that is Markdown's or HTML's own: formulas, tags, footnote marks. But for formulas it is shown as written.
const Raw = Mark.create({
  name: 'raw',
  inclusive: false,
  renderHTML: () => ['span', { class: 'editor-raw' }, 0],
})

// A space that is a line end in the source.
const Soft = Mark.create({ name: 'soft', inclusive: false, renderHTML: () => ['span', 0] })

const Link = Mark.create({
  name: 'link',
  priority: 1000,
  inclusive: false,
  addAttributes: () => ({ href: { default: '' }, title: { default: null }, reference: hidden(), auto: hidden(false) }),
  parseHTML: () => [{ tag: 'a[href]', getAttrs: (a) => (safeURL(a.getAttribute('href')) ? null : false) }],
  renderHTML: ({ HTMLAttributes: { href, title } }) =>
    ['a', { ...safeURL(href) && { href }, ...title && { title }, rel: 'noopener noreferrer nofollow' }, 0],
})

// A block that the editor has no form for stays what it is in Markdown.
const Source = Node.create({
  name: 'source',
  group: 'block',
  content: 'text*',
  marks: '',
  code: true,
  defining: true,
  addAttributes: () => ({ what: { default: 'Markdown', rendered: false } }),
  renderHTML: ({ node }) => ['pre', { class: 'editor-source', 'data-what': node.attrs.what }, ['code', 0]],
})

const Item = ListItem.extend({
  content: 'block+',
  addAttributes: () => ({ checked: hidden() }),
  parseHTML: () => [{
    tag: 'li',
    getAttrs: (li) => {
      const box = li.querySelector(':scope > input[type="checkbox"], :scope > label > input[type="checkbox"], :scope > p > input[type="checkbox"]')
      return { checked: box ? box.hasAttribute('checked') : null }
    },
  }],
  addNodeView: () => itemView,
  addKeyboardShortcuts() {
    const { editor } = this
    const task = () => editor.getAttributes('listItem').checked ?? null
    return {
      ...this.parent?.(),
      Enter: () => editor.commands.splitListItem('listItem', task() === null ? {} : { checked: false }),
    }
  },
})

const align = { default: null, parseHTML: (cell) => cell.getAttribute('align') || cell.style.textAlign || null, renderHTML: ({ align }) => (align ? { align } : {}) }
const cell = { content: 'paragraph', addAttributes() { return { ...this.parent?.(), align } } }

const Grid = Table.extend({
  renderHTML: () => ['div', { class: 'table-wrap' }, ['table', ['tbody', 0]]],
  addKeyboardShortcuts() {
    return {
      ...this.parent?.(),
      Enter: () => this.editor.isActive('table') && !this.editor.isActive('codeBlock') && this.editor.commands.goToNextCell(),
    }
  },
})

const Picture = Image.extend({
  parseHTML: () => [{ tag: 'img[src]', getAttrs: (img) => (safeURL(img.getAttribute('src')) ? null : false) }],
  renderHTML: ({ HTMLAttributes }) => ['img', mergeAttributes(HTMLAttributes)],
  addNodeView: () => imageView,
  addInputRules: () => [],
})

// extensions are the editor's, but for what needs its host.
export const extensions = () => [
  Link,
  StarterKit.configure({ link: false, underline: false, code: false, listItem: false, trailingNode: false, dropcursor: { color: false, class: 'editor-drop' } }),
  Writing, Item, Source, Raw, Soft, Code, Formulas,
  Extension.create({ name: 'codeView', addProseMirrorPlugins: () => [codeView()] }),
  Grid.configure({ View: null }), TableRow, TableHeader.extend(cell), TableCell.extend(cell),
  Picture.configure({ inline: true, allowBase64: false }),
  Placeholder.configure({ placeholder: 'Write here…', showOnlyWhenEditable: false }),
]
