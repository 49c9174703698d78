// Draws formulas. The server sends each as its source, which stays where KaTeX refuses it; KaTeX
// itself is loaded with the first one. It is given nothing that may link, load or grow without end.
import { onPage } from './dom.js'

const longest = 5000 // characters
const kept = 500 // drawn formulas
const slice = 8 // ms of drawing before the page may answer again
const selector = '.msg-prose :is(.math, .math-display):not([data-drawn], [data-refused])'
// trust is asked before anything that would link or load.
const trust = ({ command }) => {
  throw new Error(`${command} is not allowed here.`)
}
const options = { throwOnError: true, trust, strict: false, maxSize: 20, maxExpand: 300 }

const drawn = new Map() // by source: a reply that grows brings the same formula again and again
let katex, loading

function styled() {
  const link = document.createElement('link')
  link.rel = 'stylesheet'
  link.href = new URL(KATEX_CSS, import.meta.url)
  return new Promise((resolve, reject) => {
    link.onload = resolve
    link.onerror = reject
    document.head.append(link)
  })
}

async function load() {
  try {
    const [module] = await Promise.all([import('katex'), styled()])
    katex = module.default
  } catch (error) {
    loading = undefined // the network was gone: the next formula tries again
    throw error
  }
}

const ready = () => (loading ??= load())

const delimiters = [['$$', '$$'], ['\\[', '\\]'], ['\\(', '\\)'], ['$', '$']]

function bare(source) {
  const [start, end] = delimiters.find(([d]) => source.startsWith(d)) ?? ['', '']
  return source.slice(start.length, source.length - end.length)
}

// draw gives the formula, or an Error that says what is wrong with it.
function draw(source, displayMode) {
  const key = (displayMode ? 'display ' : 'inline ') + source
  if (!drawn.has(key)) {
    const box = document.createElement('span')
    let result = box
    try {
      if (source.length > longest) throw new Error('This formula is too long to be drawn.')
      katex.render(bare(source), box, { ...options, displayMode })
    } catch (error) {
      result = error
    }
    if (drawn.size >= kept) drawn.delete(drawn.keys().next().value)
    drawn.set(key, result)
  }
  return drawn.get(key)
}

// formula draws one to be put anywhere, or an Error that says what is wrong with it.
export async function formula(source, displayMode) {
  await ready()
  const result = draw(source, displayMode)
  return result instanceof Error ? result : result.cloneNode(true)
}

function show(element) {
  const result = draw(element.textContent.trim(), element.classList.contains('math-display'))
  if (result instanceof Error) {
    element.dataset.refused = ''
    element.title = result.message.replace(/^KaTeX parse error: /, '')
    return
  }
  element.replaceChildren(...result.cloneNode(true).childNodes)
  element.dataset.drawn = ''
}

// What is wider than its place scrolls, by keyboard too.
function fit(elements) {
  const wide = elements.filter((e) => e.isConnected && e.firstElementChild?.scrollWidth > e.parentElement.clientWidth + 1)
  for (const element of wide) {
    element.classList.add('math-wide')
    element.tabIndex = 0
    element.setAttribute('role', 'group')
    element.setAttribute('aria-label', 'Formula')
  }
}

let soon
function work() {
  cancelAnimationFrame(soon)
  const waiting = document.querySelectorAll(selector)
  if (!waiting.length) return
  if (!katex) {
    ready().then(work, () => {})
    return
  }
  const end = performance.now() + slice
  const done = []
  for (const element of waiting) {
    if (performance.now() > end) {
      soon = requestAnimationFrame(work)
      break
    }
    show(element)
    done.push(element)
  }
  fit(done)
}

onPage(work)
document.addEventListener('htmx:after:swap', work)
