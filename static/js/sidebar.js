// The sidebar: beside the chat on wide screens, where a cookie remembers whether it is open, a
// drawer over the chat on phones.
import { byID, on, onPage, phone } from './dom.js'
import { setCookie } from './cookie.js'

const root = document.documentElement
const toggles = () => document.querySelectorAll('[data-action="sidebar"]')
const isOpen = () => (phone() ? root.dataset.drawer === 'open' : root.dataset.sidebar === 'open')

const focusToggle = () => byID('page').querySelector('[data-action="sidebar"]')?.focus()

function reflect() {
  for (const toggle of toggles()) toggle.setAttribute('aria-expanded', String(isOpen()))
  byID('page').inert = phone() && isOpen()
}

function setDrawer(open) {
  if (open) root.dataset.drawer = 'open'
  else delete root.dataset.drawer
  reflect()
}

function toggle() {
  const open = !isOpen()
  if (phone()) setDrawer(open)
  else {
    root.dataset.sidebar = open ? 'open' : 'closed'
    setCookie('sidebar', root.dataset.sidebar)
    reflect()
  }
  if (open && phone()) byID('sidebar').querySelector('[data-action="sidebar"]').focus()
  else focusToggle()
}

function closeDrawer() {
  if (root.dataset.drawer !== 'open') return
  setDrawer(false)
  focusToggle()
}

if (byID('sidebar')) {
  on('click', '[data-action="sidebar"]', toggle)
  on('click', '[data-action="close-drawer"]', (_, evt) => {
    evt.preventDefault()
    closeDrawer()
  })
  on('click', '#sidebar a[href]:not(.chat-more)', () => setDrawer(false))
  on('keydown', 'html', (_, evt) => evt.key === 'Escape' && closeDrawer())
  matchMedia('(width < 48rem)').addEventListener('change', () => setDrawer(false))
  onPage(reflect)
}
