// The bar over code: its language, where the cursor stands, and find, wrap, copy.
import { openSearchPanel, closeSearchPanel, searchPanelOpen } from '@codemirror/search'
import { copyFor } from './copy.js'

function button(name, label, act) {
  const made = document.createElement('button')
  Object.assign(made, { type: 'button', className: `code-${name}`, textContent: label })
  made.dataset.testid = `code-${name}`
  if (act) made.addEventListener('click', () => act(made))
  return made
}

function languages(list, current, choose) {
  const box = document.createElement('span') // a select has no place for an arrow of its own
  box.className = 'code-language'
  const select = document.createElement('select')
  select.dataset.testid = 'code-language'
  select.setAttribute('aria-label', 'Language')
  select.append(...list.map(({ name, label }) => new Option(label, name, false, name === current)))
  select.addEventListener('change', () => choose(select.value))
  box.append(select)
  return box
}

// The wrap button is the one of the chat's blocks, and its state is theirs.
function wrap() {
  const made = button('wrap', 'Wrap')
  made.dataset.wrap = ''
  made.setAttribute('aria-pressed', String(document.documentElement.dataset.code === 'wrap'))
  return made
}

// fillBar puts the controls into a bar; what comes back tells it where the cursor is.
export function fillBar(bar, view, { list, current, choose, prose, text }) {
  const at = document.createElement('span')
  at.className = 'code-at'
  at.dataset.testid = 'code-at'
  const find = button('find', 'Find', () => (searchPanelOpen(view.state) ? closeSearchPanel(view) : openSearchPanel(view)))
  const made = [at, find, ...prose ? [] : [wrap()], button('copy', 'Copy', (pressed) => copyFor(pressed, text))]
  if (list.length) made.unshift(languages(list, current, choose))
  bar.prepend(...made)
  return ({ doc, selection }) => {
    const { head } = selection.main
    const line = doc.lineAt(head)
    at.textContent = `Ln ${line.number}, Col ${head - line.from + 1}`
  }
}
