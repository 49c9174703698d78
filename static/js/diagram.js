// Diagrams: the mermaid blocks of a finished reply, and of a text, are drawn as they come into view, each in a sandboxed
// frame that can do nothing but draw. What a frame says is taken from that frame alone, and bounded.
import { byID, on, onPage } from './dom.js'

const most = 24 // frames at once; further diagrams are drawn when they are asked for
const patience = 20000 // ms
const tallest = 1600 // px
const blocks = ':is(article:not([aria-busy="true"]), .artifact-main) figure.code:not([data-diagram]):has(> pre > code.language-mermaid)'

const heights = new Map() // by source: a diagram that comes back takes its place at once
const sent = new WeakMap() // a frame -> the source that it was given
const isDark = () => document.documentElement.classList.contains('dark')
const frames = () => [...document.querySelectorAll('iframe.diagram-frame')]
const sourceOf = (figure) => figure.querySelector('pre > code').textContent

let number = 0

function mount(figure) {
  const frame = byID('diagram-template').content.firstElementChild.cloneNode(true)
  frame.title = `Diagram ${++number}`
  figure.append(frame)
  set(figure, 'drawing')
  const height = heights.get(sourceOf(figure))
  if (height) grow(figure, frame, height)
  setTimeout(() => figure.dataset.diagram === 'drawing' && !height && fail(figure, 'It takes too long.'), patience)
}

function send(frame) {
  const source = sourceOf(frame.closest('figure'))
  sent.set(frame, source)
  frame.contentWindow.postMessage({ source, dark: isDark() }, '*')
}

function grow(figure, frame, height) {
  frame.style.height = `${height}px`
  set(figure, 'drawn')
}

function fail(figure, message) {
  figure.querySelector('.diagram-frame')?.remove()
  const note = figure.querySelector('.diagram-note') ?? document.createElement('p')
  note.className = 'diagram-note'
  note.textContent = `This diagram cannot be drawn. ${message}`
  figure.append(note)
  set(figure, 'failed')
}

// set changes what of a block is shown: its source, or the drawing.
function set(figure, state) {
  figure.dataset.diagram = state
  const toggle = figure.querySelector('.code-toggle')
  toggle.hidden = state === 'failed'
  toggle.textContent = state === 'drawn' ? 'Source' : 'Diagram'
}

function addToggle(figure) {
  const toggle = document.createElement('button')
  toggle.type = 'button'
  toggle.className = 'code-toggle'
  const wrap = figure.querySelector('figcaption .code-wrap') // which an editor has not
  if (wrap) wrap.before(toggle)
  else figure.querySelector('figcaption').append(toggle)
  set(figure, 'source')
}

on('click', '.code-toggle', (toggle) => {
  const figure = toggle.closest('figure')
  const frame = figure.querySelector('.diagram-frame')
  if (figure.dataset.diagram === 'drawn') set(figure, 'source')
  else if (!frame) mount(figure)
  else if (figure.dataset.diagram === 'source') {
    set(figure, 'drawn')
    if (sent.get(frame) !== sourceOf(figure)) send(frame)
  }
})

// The sandbox takes the frame's origin away, so that it is told by its window.
addEventListener('message', ({ source, origin, data }) => {
  const own = source && data?.ready === true && documentFrames().find((f) => f.contentWindow === source)
  if (own) return colour(own)
  const frame = source && frames().find((f) => f.contentWindow === source)
  if (!frame || origin !== 'null' || typeof data !== 'object' || !data) return
  const figure = frame.closest('figure')
  if (data.ready === true) send(frame)
  else if (typeof data.error === 'string') fail(figure, data.error.slice(0, 300))
  else if (Number.isFinite(data.height)) {
    const height = Math.max(48, Math.min(tallest, data.height))
    heights.set(sourceOf(figure), height)
    if (figure.dataset.diagram === 'source') frame.style.height = `${height}px`
    else grow(figure, frame, height)
  }
})

const near = new IntersectionObserver((entries) => {
  for (const { isIntersecting, target } of entries) {
    if (!isIntersecting) continue
    near.unobserve(target)
    if (target.isConnected && target.dataset.diagram === 'source' && frames().length < most) mount(target)
  }
}, { rootMargin: '300px' })

const look = () => document.querySelectorAll(blocks).forEach(offer)

// offer has a block drawn when it comes into view, and gives it a button that shows its source.
export function offer(figure) {
  addToggle(figure)
  near.observe(figure)
}

// edited lets a block that could not be drawn be tried again, when that is asked for.
export function edited(figure) {
  if (figure.dataset.diagram !== 'failed') return
  figure.querySelector('.diagram-note')?.remove()
  set(figure, 'source')
}

// withdraw leaves of a block its source.
export function withdraw(figure) {
  near.unobserve(figure)
  for (const part of figure.querySelectorAll('.code-toggle, .diagram-frame, .diagram-note')) part.remove()
  delete figure.dataset.diagram
}

// colour tells the frames of a document that is a diagram, which have their source.
const documentFrames = () => [...document.querySelectorAll('.page-preview .artifact-frame')]
const colour = (frame) => frame.contentWindow.postMessage({ dark: isDark() }, '*')

function recolour() {
  frames().forEach(send)
  documentFrames().forEach(colour)
}

new MutationObserver(recolour).observe(document.documentElement, { attributeFilter: ['class'] })
onPage(look)
document.addEventListener('htmx:after:swap', look)
