// How the editor shows what is more than its text: tasks, blocks of code, pictures.
import { Plugin } from '@tiptap/pm/state'
import { edited, offer, withdraw } from './diagram.js'

function element(name, attributes = {}, ...children) {
  const made = document.createElement(name)
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value)
  made.append(...children)
  return made
}

// A task has a box that is ticked in the text as it is while reading.
export function itemView({ node, view, getPos }) {
  const dom = element('li')
  const contentDOM = element('div', { class: 'editor-item' })
  const box = element('input', { type: 'checkbox', 'aria-label': 'Done' })
  const label = element('label', { contenteditable: 'false' }, box)
  const show = ({ checked }) => {
    label.hidden = checked === null
    box.checked = Boolean(checked)
    dom.toggleAttribute('data-task', checked !== null)
  }
  box.addEventListener('change', () => {
    if (!view.editable) return show(node.attrs)
    view.dispatch(view.state.tr.setNodeAttribute(getPos(), 'checked', box.checked))
    view.focus()
  })
  dom.append(label, contentDOM)
  show(node.attrs)
  return {
    dom, contentDOM,
    update(next) {
      if (next.type !== node.type) return false
      node = next
      show(node.attrs)
      return true
    },
    ignoreMutation: (mutation) => mutation.type !== 'selection' && !contentDOM.contains(mutation.target),
    stopEvent: (evt) => label.contains(evt.target),
  }
}

// A block of code looks as it does while reading, with its language in a field. One of Mermaid is drawn once
// nothing writes it but a person.
function codeBlock(node, view, getPos) {
  const language = element('input', { class: 'code-lang', 'aria-label': 'Language of the code', placeholder: 'text', spellcheck: 'false', autocapitalize: 'off', autocomplete: 'off' })
  const contentDOM = element('code')
  const caption = element('figcaption', { contenteditable: 'false' }, language)
  const dom = element('figure', { class: 'code' }, caption, element('pre', { class: 'chroma' }, contentDOM))
  const show = () => {
    language.value = node.attrs.language ?? ''
    language.readOnly = !view.editable
    const isDiagram = view.editable && node.attrs.language === 'mermaid'
    if (isDiagram === 'diagram' in dom.dataset) return
    if (isDiagram) offer(dom)
    else withdraw(dom)
  }
  language.addEventListener('change', () => {
    view.dispatch(view.state.tr.setNodeAttribute(getPos(), 'language', language.value.trim().replace(/\n/g, ' ') || null))
  })
  language.addEventListener('keydown', (evt) => {
    if (evt.key !== 'Enter' && evt.key !== 'Escape') return
    evt.preventDefault()
    view.focus()
  })
  show()
  return {
    dom, contentDOM,
    update(next) {
      if (next.type !== node.type) return false
      if (next.textContent !== node.textContent) edited(dom)
      node = next
      if (document.activeElement !== language) show()
      return true
    },
    ignoreMutation: (mutation) => mutation.type !== 'selection' && !contentDOM.contains(mutation.target),
    stopEvent: (evt) => caption.contains(evt.target),
    destroy: () => withdraw(dom),
  }
}

export const codeView = () => new Plugin({ props: { nodeViews: { codeBlock } } })

const ours = (src) => URL.canParse(src, location.href) && new URL(src, location.href).origin === location.origin && /^(https?:\/\/|\/)/.test(src)

// own is the address of a file that its owner always has. The one in the text ends with the sharing of what shows it.
const own = (src) => src.replace(/\/f\/([0-9a-f-]{36})\/.*$/, '/files/$1/content')

// Pictures of other hosts are not fetched: whoever holds them would learn that they are looked at.
export function imageView({ node }) {
  const { src, alt, title } = node.attrs
  let dom
  if (ours(src)) {
    dom = element('img', { src, alt: alt ?? '', ...title && { title } })
    if (own(src) !== src) dom.addEventListener('error', () => { dom.src = own(src) }, { once: true })
  } else {
    const host = URL.canParse(src) ? new URL(src).host : src
    dom = element('span', { class: 'image-link' },
      element('span', { class: 'image-alt' }, `Image: ${alt || 'without a name'}`), ' ', element('span', { class: 'image-host' }, `Not loaded from ${host}`))
    dom.title = src
  }
  return { dom, ignoreMutation: () => true }
}
