// Runs inside the frame of a diagram, which has no origin, no network and no way to its page but
// messages: the page sends the source, the frame answers with its height or with what is wrong.
import mermaid from 'mermaid'

const page = location.origin // the address of the frame is the page's own host, its origin is none
const box = document.getElementById('diagram')
const smallest = 0.6 // of a diagram's own size; what is wider then scrolls
let number = 0

const tell = (message) => parent.postMessage(message, page)

function prepare(dark) {
  const root = document.documentElement
  root.style.colorScheme = dark ? 'dark' : 'light' // another than the page's would paint a background
  Object.assign(document.body.style, { margin: '0', padding: '16px', boxSizing: 'border-box', overflow: 'auto' })
  mermaid.initialize({
    startOnLoad: false, securityLevel: 'strict', suppressErrorRendering: true, maxTextSize: 20000, maxEdges: 300,
    theme: dark ? 'dark' : 'neutral', fontFamily: 'ui-sans-serif, system-ui, sans-serif', logLevel: 'fatal',
  })
}

function place() {
  const svg = box.firstElementChild
  const width = svg.viewBox.baseVal.width
  Object.assign(svg.style, { display: 'block', margin: '0 auto', minWidth: `${Math.round(width * smallest)}px` })
  tell({ height: Math.ceil(document.body.scrollHeight) })
}

async function draw({ source, dark }) {
  const mine = ++number
  try {
    prepare(dark === true)
    const { svg } = await mermaid.render(`d${mine}`, source)
    if (mine !== number) return
    box.innerHTML = svg
    place()
  } catch (error) {
    if (mine === number) tell({ error: String(error?.message ?? error).slice(0, 300) })
  }
}

let width = innerWidth
addEventListener('resize', () => {
  if (width === innerWidth || !box.firstElementChild) return
  width = innerWidth
  place()
})

addEventListener('message', (evt) => {
  if (evt.source !== parent || evt.origin !== page || typeof evt.data?.source !== 'string') return
  draw(evt.data)
})

tell({ ready: true })
