// The width of the pane beside a chat: by mouse and touch, and by the arrow keys; a cookie keeps it, and
// theme.js reads that before the first paint.
import { byID, on } from './dom.js'
import { setCookie } from './cookie.js'

const root = document.documentElement
const separator = () => byID('pane-separator')
const [least, most, usual, step] = [30, 75, 55, 2] // percent
const steps = { ArrowLeft: step, ArrowRight: -step, PageUp: 5 * step, PageDown: -5 * step }

// What is narrower than the style sheet allows is not: the separator says what can be seen.
const actual = () => Math.round(100 * byID('pane').offsetWidth / byID('pane').parentElement.offsetWidth)

const within = (percent) => Math.round(Math.min(most, Math.max(least, percent)))

// reflect says how wide the pane is.
export function reflect() {
  separator().setAttribute('aria-valuenow', within(actual()))
}

function set(percent) {
  byID('pane').style.setProperty('--pane', `${within(percent)}%`)
}

function keep() {
  root.style.setProperty('--pane', `${within(actual())}%`)
  byID('pane').style.removeProperty('--pane')
  setCookie('pane', within(actual()))
  reflect()
}

on('pointerdown', '#pane-separator', (bar, evt) => {
  if (evt.button) return
  evt.preventDefault()
  bar.focus()
  bar.setPointerCapture(evt.pointerId)
  root.dataset.resizing = ''
})

on('pointermove', '#pane-separator', (bar, evt) => {
  if (!bar.hasPointerCapture(evt.pointerId)) return
  const { right, width } = byID('pane').parentElement.getBoundingClientRect()
  set(100 * (right - evt.clientX) / width)
})

on('lostpointercapture', '#pane-separator', () => {
  delete root.dataset.resizing
  keep()
})

on('dblclick', '#pane-separator', () => {
  set(usual)
  keep()
})

on('keydown', '#pane-separator', (_, evt) => {
  const to = { Home: least, End: most }[evt.key] ?? (steps[evt.key] && actual() + steps[evt.key])
  if (to === undefined) return
  evt.preventDefault()
  set(to)
  keep()
})
