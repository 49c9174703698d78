// The conversation follows the reply only while its reader is at the bottom.
import { byID, on, onPage } from './dom.js'

const near = 80
let following = true

const box = () => byID('scroll')
const distance = () => box().scrollHeight - box().scrollTop - box().clientHeight

function show() {
  document.querySelector('[data-action="to-bottom"]')?.toggleAttribute('data-visible', !following && distance() > near)
}

export function toBottom() {
  following = true
  box().scrollTop = box().scrollHeight
  show()
}

const grown = new ResizeObserver(() => {
  if (!box()) return
  if (following) box().scrollTop = box().scrollHeight
  show()
})

onPage(() => {
  grown.disconnect()
  if (!box()) return
  grown.observe(byID('messages'))
  grown.observe(box())
  toBottom()
})

// The event comes late: a reply that grew meanwhile has moved the bottom away, and that is not its
// reader scrolling up.
let last = 0

document.addEventListener('scroll', (evt) => {
  if (evt.target.id !== 'scroll') return
  const { scrollTop } = box()
  if (distance() <= near) following = true
  else if (scrollTop < last) following = false
  last = scrollTop
  show()
}, true)

// A wheel turned up leaves the bottom at once, before a growing reply pulls it down again.
on('wheel', '#scroll', (_, evt) => {
  if (evt.deltaY < 0 && box().scrollHeight > box().clientHeight) following = false
}, { passive: true })

on('click', '[data-action="to-bottom"]', toBottom)

document.addEventListener('htmx:after:swap', (evt) => {
  if (evt.detail.ctx.sourceElement?.id === 'composer') toBottom()
})
