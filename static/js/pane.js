// The pane beside a chat: a card opens it, and so does a document that the running reply begins to write.
// What an open pane does is loaded with the first.
import { byID, on, onPage } from './dom.js'
import { tellTabs } from './tabs.js'

const view = () => import('./paneview.js')
const shown = () => byID('pane') && !byID('pane').hidden

let known = new Set() // the cards that were there, by their places

const cards = (within) => [...document.querySelectorAll(`#messages ${within} [data-testid="document-card"]`)]

onPage(() => {
  known = new Set(cards('').map((card) => card.id))
  if (shown()) view().then(({ adopt }) => adopt())
})

// A reply's card comes before the first word of what it leads to.
document.addEventListener('htmx:after:swap', () => {
  const fresh = cards('article[aria-busy="true"]').filter((card) => !known.has(card.id)).at(-1)
  if (!fresh) return
  for (const card of cards('')) known.add(card.id)
  const told = { href: fresh.href, id: fresh.dataset.documentId, version: Number(fresh.dataset.version), reply: fresh.closest('article').id } // the end of the reply replaces the card
  tellTabs('document', { id: told.id, version: told.version })
  view().then(({ written }) => written(told))
})

on('click', '#messages [data-testid="document-card"]', (card, evt) => {
  if (evt.button || evt.metaKey || evt.ctrlKey || evt.shiftKey || evt.altKey || !byID('pane')) return
  evt.preventDefault()
  evt.stopPropagation()
  view().then(({ open }) => open(card))
}, true)

// Back and forward within one chat open and close its pane; htmx would load the page again.
document.addEventListener('htmx:before:history:restore', (evt) => {
  const query = new URLSearchParams(location.search)
  if (!byID('pane') || location.pathname !== new URL(byID('pane').dataset.url, location.href).pathname) return
  if (query.has('message') || !(shown() || query.has('document'))) return
  evt.preventDefault()
  view().then(({ restore }) => restore(query))
})
