// The sidebar's list of chats: knows the chat that is shown, loads further pages into the right
// groups, and learns of other tabs' chats and of titles that come late.
import { byID, on } from './dom.js'
import { onTabs, tellTabs } from './tabs.js'

const list = () => byID('chat-list')
const rows = () => list().querySelectorAll('.chat-row')

function markCurrent() {
  for (const link of list().querySelectorAll('.chat-row > a')) {
    if (link.pathname === location.pathname) link.setAttribute('aria-current', 'page')
    else link.removeAttribute('aria-current')
  }
}

// A title that has changed is the page's title too.
function showTitle() {
  const title = list().querySelector('.chat-row > a[aria-current] > span')?.textContent
  if (!title || !byID('chat-title')) return
  byID('chat-title').textContent = title
  document.title = `${title} · Alleato`
}

// A page that goes on with the group that the one before ended with repeats its heading, and a
// chat that moved up between the two appears twice.
function tidy() {
  const seen = new Set()
  for (const row of rows()) {
    if (seen.has(row.id)) row.remove()
    seen.add(row.id)
  }
  for (const group of list().querySelectorAll('.chat-group')) {
    const before = group.previousElementSibling
    if (before?.dataset.group === group.dataset.group) {
      before.querySelector('ul').append(...group.querySelectorAll('.chat-row'))
      group.remove()
    } else if (!group.querySelector('.chat-row')) group.remove()
  }
}

function settle() {
  tidy()
  markCurrent()
  showTitle()
}

let asked = 0

// A menu that is open in the list stays: the refresh waits for it.
const menuOpen = () => list()?.querySelector('details[open]')

async function refresh() {
  if (menuOpen()) setTimeout(refresh, 1000)
  if (!list() || menuOpen()) return
  const number = ++asked
  const url = new URL(list().dataset.url, location.href)
  url.searchParams.set('limit', Math.min(100, Math.max(50, rows().length)))
  let text
  try {
    const response = await fetch(url, { headers: { Accept: 'text/html', 'HX-Request': 'true' } })
    if (!response.ok) return
    text = await response.text()
  } catch {
    return
  }
  if (menuOpen()) setTimeout(refresh, 1000) // opened while the list was on its way
  if (number !== asked || !list() || menuOpen()) return
  await window.htmx.swap({ text, target: list(), sourceElement: list(), swap: 'innerMorph' })
  settle()
}

let soon
const refreshSoon = () => {
  clearTimeout(soon)
  soon = setTimeout(refresh, 150)
}

const tellOthers = () => tellTabs('chats')

// chatsChanged: renamed, pinned, deleted, restored.
export function chatsChanged() {
  refreshSoon()
  tellOthers()
}

// repliesEnded: a chat's first reply is followed by its title, which may take a while.
export function repliesEnded(first) {
  refreshSoon()
  tellOthers()
  if (first) for (const seconds of [1, 3, 6, 10]) setTimeout(refresh, seconds * 1000)
}

if (list()) {
  onTabs('chats', refreshSoon)
  document.addEventListener('visibilitychange', () => document.hidden || refreshSoon())

  document.addEventListener('htmx:after:swap', (evt) => {
    const { ctx } = evt.detail
    if (ctx.sourceElement?.id === 'composer' && ctx.response.status < 400) {
      refreshSoon()
      tellOthers()
    } else if (ctx.select === '#page' || list().contains(ctx.sourceElement)) settle()
  })

  document.addEventListener('htmx:after:request', (evt) => {
    const { ctx } = evt.detail
    if (ctx.request.method !== 'DELETE' || ctx.response.status >= 400) return
    const row = ctx.sourceElement.closest('.chat-row')
    if (!row) return
    const shown = row.dataset.chatId === byID('main')?.dataset.chatId
    row.remove()
    settle()
    tellOthers()
    if (shown && !ctx.hx.location) document.querySelector('[data-testid="new-chat-button"]').click()
  })

  // A click beside the link, on the row itself, means the link.
  on('click', '.chat-row', (row, evt) => evt.target === row && row.querySelector('a').click())
}
