// Long lines of code scroll, or wrap where the reader likes that better; a cookie remembers it, and
// theme.js reads it before the first paint.
import { on, onPage } from './dom.js'
import { setCookie } from './cookie.js'

const root = document.documentElement
const wraps = () => root.dataset.code === 'wrap'

function reflect() {
  if (!root.dataset.code) return
  for (const button of document.querySelectorAll('button[data-wrap]')) button.setAttribute('aria-pressed', String(wraps()))
}

on('click', 'button[data-wrap]', () => {
  root.dataset.code = wraps() ? 'scroll' : 'wrap'
  setCookie('code', root.dataset.code)
  reflect()
})

onPage(reflect)
document.addEventListener('htmx:after:swap', reflect)
