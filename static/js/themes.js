// Light, dark, or as the system has it; a cookie tells the server, which renders the class.
import { on, onPage } from './dom.js'
import { setCookie } from './cookie.js'

const root = document.documentElement
const system = matchMedia('(prefers-color-scheme: dark)')

function reflect() {
  for (const item of document.querySelectorAll('[data-action="theme"]:not([data-value="toggle"])')) {
    item.setAttribute('aria-pressed', String(item.dataset.value === root.dataset.theme))
  }
}

function apply() {
  const { theme } = root.dataset
  root.classList.toggle('dark', theme === 'dark' || (theme === 'system' && system.matches))
  reflect()
}

on('click', '[data-action="theme"]', ({ dataset }) => {
  const opposite = root.classList.contains('dark') ? 'light' : 'dark'
  root.dataset.theme = dataset.value === 'toggle' ? opposite : dataset.value
  setCookie('theme', root.dataset.theme)
  apply()
})

system.addEventListener('change', apply)
onPage(reflect)
