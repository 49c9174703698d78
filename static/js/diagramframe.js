// Runs inside the frame of a diagram, which has no origin, no network and no way to its page but
// messages: the page sends the source, the frame answers with its height or with what is wrong. A document
// that is a diagram brings its source along, and says itself what is wrong.
import mermaid from 'mermaid'

const page = location.origin // the address of the frame is the page's own host, its origin is none
const box = document.getElementById('diagram')
const own = document.getElementById('source')?.textContent
const smallest = 0.6 // of a diagram's own size; what is wider then scrolls
let number = 0
let drawnDark

const tell = (message) => parent.postMessage(message, page)

const fontFamily = 'Geist, ui-sans-serif, system-ui, sans-serif'
const light = {
  fontFamily, edgeLabelBackground: '#ffffff', background: '#ffffff', primaryColor: '#f5f5f5', primaryTextColor: '#171717', primaryBorderColor: '#b5b5b5', lineColor: '#737373',
  secondaryColor: '#ece9fe', tertiaryColor: '#fafafa', noteBkgColor: '#fef9c3', noteTextColor: '#171717', noteBorderColor: '#d6c65c',
}
const dark = {
  darkMode: true, fontFamily, edgeLabelBackground: '#171717', background: '#171717', primaryColor: '#262626', primaryTextColor: '#fafafa', primaryBorderColor: '#636363', lineColor: '#a3a3a3',
  secondaryColor: '#35305c', tertiaryColor: '#202020', noteBkgColor: '#3b3717', noteTextColor: '#fafafa', noteBorderColor: '#77702f',
}

// The text is measured when it is drawn, so that the font must be there by then.
const font = new FontFace('Geist', `url(${new URL(GEIST, import.meta.url)})`, { weight: '100 900' })
document.fonts.add(font)
const fontReady = font.load().catch(() => undefined)

function prepare(isDark) {
  document.documentElement.style.colorScheme = isDark ? 'dark' : 'light' // another than the page's would paint a background
  Object.assign(document.body.style, { margin: '0', padding: '16px', boxSizing: 'border-box', overflow: 'auto' })
  mermaid.initialize({
    startOnLoad: false, securityLevel: 'strict', suppressErrorRendering: true, maxTextSize: 20000, maxEdges: 300, logLevel: 'fatal',
    layout: 'dagre', look: 'classic', theme: 'base', themeVariables: isDark ? dark : light, fontFamily,
  })
}

function place() {
  const svg = box.firstElementChild
  const width = svg.viewBox.baseVal.width
  Object.assign(svg.style, { display: 'block', margin: '0 auto', minWidth: `${Math.round(width * smallest)}px` })
  tell({ height: Math.ceil(document.body.scrollHeight) })
}

function refuse(error) {
  const message = String(error?.message ?? error).slice(0, 300)
  tell({ error: message })
  if (own === undefined) return
  const note = document.createElement('pre')
  note.textContent = `This diagram cannot be drawn. ${message}`
  Object.assign(note.style, { margin: '0', font: `13px/1.6 ui-monospace, monospace`, whiteSpace: 'pre-wrap', color: document.documentElement.style.colorScheme === 'dark' ? '#d4d4d4' : '#404040' })
  box.replaceChildren(note)
}

async function draw({ source, dark: isDark }) {
  const mine = ++number
  drawnDark = isDark
  try {
    await fontReady
    prepare(isDark === true)
    const { svg } = await mermaid.render(`d${mine}`, source)
    if (mine !== number) return
    box.innerHTML = svg
    place()
  } catch (error) {
    if (mine === number) refuse(error)
  }
}

let width = innerWidth
addEventListener('resize', () => {
  if (width === innerWidth || !box.querySelector('svg')) return
  width = innerWidth
  place()
})

addEventListener('message', (evt) => {
  if (evt.source !== parent || evt.origin !== page || typeof evt.data?.dark !== 'boolean') return
  const { source = own, dark: isDark } = evt.data
  if (typeof source === 'string' && (source !== own || isDark !== drawnDark)) draw({ source, dark: isDark })
})

tell({ ready: true })
if (own !== undefined) {
  const { theme } = document.documentElement.dataset
  draw({ source: own, dark: theme === 'dark' || (theme === 'system' && matchMedia('(prefers-color-scheme: dark)').matches) })
}
