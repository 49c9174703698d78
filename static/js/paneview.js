// What the pane beside a chat does while it is open: it shows documents, their versions and what changed
// in them without leaving the chat, has its own address, and closes.
import { byID, on } from './dom.js'
import { heard } from './newer.js'
import { toast } from './toast.js'
import { reflect } from './panewidth.js'
import { tellTabs } from './tabs.js'

const pane = () => byID('pane')
const content = () => byID('pane-content')
const artifact = () => content()?.querySelector('#artifact')
const conflict = () => content()?.querySelector('[data-testid="artifact-conflict"]')
const state = () => content()?.querySelector('[data-testid="artifact-saved"]')?.dataset.state

let closedIn // the reply during which the person closed the pane
let asked = 0

const writer = () => document.querySelector('#messages article[aria-busy="true"]')?.id

// adopt takes over a pane that the server has opened.
export function adopt() {
  reveal()
  name(false)
}

// open shows what a card leads to.
export async function open(card) {
  if (await show(card.href)) pane().focus({ preventScroll: true })
}

// written follows the reply: to a document that it begins to write, or to the next version of the one
// that is open. It does not open what the person closed, nor take away what they are writing in; to that come
// suggestions alone.
export function written({ href, id, version, reply }) {
  if (!pane() || closedIn === reply) return
  const at = artifact()
  const here = at?.dataset.documentId === id && at.hasAttribute('data-editable') && at.editor
  if (here && Number(new URL(href).searchParams.get('version')) <= Number(at.dataset.version)) {
    return void at.dispatchEvent(new Event('suggestions:changed'))
  }
  const busy = at && content().contains(document.activeElement) && document.activeElement.closest('.artifact-host')
  if (!pane().hidden && busy && at.dataset.documentId !== id) return
  const editor = at?.dataset.documentId === id && at.editor
  if (editor && (editor.saver?.dirty || editor.busy?.())) return heard({ id, version })
  show(href)
}

// restore shows what the address says.
export async function restore(query) {
  const id = query.get('document')
  if (!id) return await settled() && hide()
  return show(`${pane().dataset.documents}/${encodeURIComponent(id)}?version=${query.get('version') ?? 0}`, { push: false })
}

// settled waits until what was typed is saved. False: it could not be, which the pane says.
async function settled() {
  if (conflict() || !artifact()?.editor) return true
  await artifact().editor.saved?.()
  if (conflict()) return false
  if (state() !== 'Not saved') return true
  toast('The document is not saved yet', 'It stays open until it is.')
  return false
}

async function ask(url, options) {
  try {
    const response = await fetch(url, { ...options, headers: { 'HX-Request': 'true', Accept: 'text/html' } })
    return { response, text: await response.text() }
  } catch {
    toast('No connection to the server', 'Nothing is lost. Please try again.')
    return {}
  }
}

// show fills the pane with what the address answers, and opens it. It resolves to whether it did.
async function show(address, { push = true, ...options } = {}) {
  const place = content()
  const number = ++asked
  if (!await settled()) return false
  const url = new URL(address, location.href)
  url.searchParams.set('pane', 1)
  const { response, text } = await ask(url, options)
  if (!response || number !== asked || !place.isConnected) return false
  const elsewhere = response.headers.get('HX-Retarget')
  if (elsewhere) {
    await window.htmx.swap({ text, target: byID(elsewhere.slice(1)), sourceElement: document.body, swap: 'beforeend' })
    return false
  }
  if (!response.ok && response.status !== 409) {
    toast('That did not work', `The server answered ${response.status}. Please try again.`)
    return false
  }
  const target = (!response.ok && artifact()?.querySelector('.artifact-main')) || place
  const focused = place.contains(document.activeElement) && (document.activeElement.dataset.testid ?? '')
  const id = artifact()?.dataset.documentId
  await window.htmx.swap({ text, target, sourceElement: document.body, swap: 'innerHTML' })
  if (!place.isConnected) return false
  if (!text.trim()) { // it was deleted
    tellTabs('document', { id })
    close()
    return false
  }
  reveal()
  name(push)
  if (focused !== false) refocus(focused)
  return true
}

// What had the focus is made anew.
function refocus(testid) {
  const again = testid && content().querySelector(`a[data-testid="${testid}"], summary[data-testid="${testid}"]`)
  if (!content().contains(document.activeElement)) (again || pane()).focus({ preventScroll: true })
}

function reveal() {
  pane().hidden = false
  reflect()
}

function hide() {
  asked++
  const { documentId, version } = artifact()?.dataset ?? {}
  artifact()?.live?.abort()
  artifact()?.editor?.destroy()
  content().replaceChildren()
  pane().hidden = true
  return { documentId, version }
}

// name gives the address to what is shown.
function name(push) {
  const url = new URL(pane().dataset.url, location.href)
  const { documentId, version } = artifact()?.dataset ?? {}
  if (!pane().hidden && !documentId) return // its versions, or a comparison
  if (!pane().hidden) url.search = new URLSearchParams({ document: documentId, version })
  if (url.pathname + url.search === location.pathname + location.search) return
  if (!history.state?.htmx) history.replaceState({ htmx: true }, '')
  history[push ? 'pushState' : 'replaceState']({ htmx: true }, '', url)
}

async function close() {
  if (!await settled()) return
  closedIn = writer()
  const { documentId, version } = hide()
  name(true)
  const cards = [...document.querySelectorAll(`#messages [data-testid="document-card"][data-document-id="${documentId}"]`)]
  const card = cards.findLast((c) => c.dataset.version === version) ?? cards.at(-1)
  ;(card ?? byID('composer-text') ?? byID('main')).focus()
}

const views = /\/documents\/[^/]+(\/(versions|diff))?$/
const changes = /\/(documents\/[^/]+(\/(restore|suggestions))?|suggestions\/[^/]+)$/

// Before htmx sees it, which would load the page of what the link leads to.
on('click', '#pane-content a[href]', (link, evt) => {
  if (evt.button || evt.metaKey || evt.ctrlKey || evt.shiftKey || evt.altKey) return
  const closes = link.dataset.testid === 'artifact-close-button'
  if (!closes && (link.origin !== location.origin || !views.test(link.pathname) || link.hasAttribute('data-own-page') || link.target)) return
  evt.preventDefault()
  evt.stopPropagation()
  if (closes) close()
  else show(link.href)
}, true)

on('submit', '#pane-content form', (form, evt) => {
  const url = new URL(form.getAttribute('action') ?? '', location.href)
  if (evt.defaultPrevented || form.hasAttribute('hx-post') || !changes.test(url.pathname)) return
  evt.preventDefault()
  show(url, { method: 'POST', body: new URLSearchParams(new FormData(form, evt.submitter)) })
})

// A message is about the document as its writer sees it: what was typed is saved before.
document.addEventListener('submit', async (evt) => {
  if (evt.target.id !== 'composer' || evt.submitter?.dataset.testid === 'stop-button' || !['Unsaved', 'Saving…'].includes(state())) return
  evt.preventDefault()
  evt.stopImmediatePropagation()
  await settled()
  evt.target.requestSubmit(evt.submitter)
}, true)

// An autosave takes the place of the version before, as does one from elsewhere.
for (const event of ['editor:saved', 'artifact:renewed']) {
  document.addEventListener(event, (evt) => {
    if (content()?.contains(evt.target)) name(false)
  })
}
