// The palette: search over any page. Its dialog is modal, so the focus stays in it until it closes.
import { byID, on } from './dom.js'

const mac = /Mac|iPhone|iPad/.test(navigator.platform)
if (mac) for (const keys of document.querySelectorAll('[data-keys="k"]')) keys.textContent = '⌘ K'

const palette = () => byID('palette')
const field = () => palette().querySelector('input')
const list = () => palette().querySelector('[data-list]')
const hits = () => [...list().querySelectorAll('[data-testid="search-result"]')]

function open() {
  if (!byID('palette-template') || palette()?.open) return
  if (!palette()) document.body.append(byID('palette-template').content.cloneNode(true))
  palette().showModal()
  field().select()
}

const close = () => palette()?.close()

let asked
async function search() {
  asked?.abort()
  asked = new AbortController()
  const url = new URL(palette().dataset.url, location.href)
  url.searchParams.set('q', field().value)
  try {
    const response = await fetch(url, { headers: { Accept: 'text/html', 'HX-Request': 'true' }, signal: asked.signal })
    if (!response.ok) throw new Error(response.status)
    list().innerHTML = await response.text()
  } catch (error) {
    if (error.name === 'AbortError') return
    list().textContent = 'Search does not answer just now.'
  }
  window.htmx.process(list())
  const n = hits().length
  palette().querySelector('[data-count]').textContent = field().value.trim() ? `${n} ${n === 1 ? 'result' : 'results'}` : ''
}

let soon
on('input', '#palette input', () => {
  clearTimeout(soon)
  soon = setTimeout(search, 120)
})

on('click', '[data-action="search"]', (_, evt) => {
  if (evt.ctrlKey || evt.metaKey || evt.shiftKey) return
  evt.preventDefault()
  evt.stopPropagation()
  open()
}, true)
on('click', '[data-action="close-palette"]', close)
on('click', '#palette', (dialog, evt) => evt.target === dialog && close())
on('click', '#palette [data-testid="search-result"]', () => close())

// Enter takes the first result, as the arrows walk them all.
on('submit', '#palette form', (_, evt) => {
  evt.preventDefault()
  hits()[0]?.click()
})

const step = { ArrowDown: 1, ArrowUp: -1 }

on('keydown', '#palette', (_, evt) => {
  if (!step[evt.key]) return
  evt.preventDefault()
  const stops = [field(), ...hits()]
  const at = stops.indexOf(document.activeElement)
  stops[(at + step[evt.key] + stops.length) % stops.length].focus()
})

on('keydown', 'html', (_, evt) => {
  if (!(mac ? evt.metaKey : evt.ctrlKey) || evt.shiftKey || evt.altKey || evt.key.toLowerCase() !== 'k') return
  evt.preventDefault()
  if (palette()?.open) close()
  else open()
})

// A result names its message in the address: it is brought into view.
document.addEventListener('htmx:after:swap', (evt) => {
  if (evt.detail.ctx.select !== '#page') return
  const target = location.hash.startsWith('#m-') && byID(location.hash.slice(1))
  if (target) setTimeout(() => target.scrollIntoView({ block: 'center' }))
})
