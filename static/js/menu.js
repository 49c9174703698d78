// Menus are <details>: they open without us. With us they close when one would expect it, can be
// walked with the arrow keys, and those in a scrolling list float above it.
import { on } from './dom.js'

const open = () => document.querySelectorAll('details.menu[open]')

function close(menu, focus) {
  menu.open = false
  if (focus) menu.querySelector('summary').focus()
}

document.addEventListener('click', (evt) => {
  for (const menu of open()) {
    if (!menu.contains(evt.target) || evt.target.closest('.menu-item:not([data-stay])')) close(menu)
  }
})

function float(menu) {
  const panel = menu.querySelector('.menu-panel')
  const button = menu.querySelector('summary').getBoundingClientRect()
  const fits = button.bottom + panel.offsetHeight + 8 < innerHeight
  Object.assign(panel.style, {
    position: 'fixed', right: 'auto', bottom: 'auto',
    left: `${Math.max(8, Math.min(button.left, innerWidth - panel.offsetWidth - 8))}px`,
    top: `${fits ? button.bottom + 4 : button.top - panel.offsetHeight - 4}px`,
  })
}

document.addEventListener('toggle', (evt) => {
  const menu = evt.target
  if (!menu.matches?.('details.menu') || !menu.open) return
  for (const other of open()) if (other !== menu) close(other)
  if (menu.hasAttribute('data-float')) float(menu)
}, true)

document.addEventListener('scroll', (evt) => {
  for (const menu of open()) if (menu.hasAttribute('data-float') && evt.target.contains?.(menu)) close(menu)
}, true)

const step = { ArrowDown: 1, ArrowUp: -1 }

on('keydown', 'details.menu[open]', (menu, evt) => {
  if (evt.key === 'Escape') {
    evt.stopPropagation()
    close(menu, true)
  } else if (step[evt.key]) {
    evt.preventDefault()
    const items = [...menu.querySelectorAll('.menu-item')].filter((item) => item.checkVisibility())
    const at = items.indexOf(document.activeElement)
    items.at(at < 0 ? Math.min(0, step[evt.key]) : (at + step[evt.key]) % items.length).focus()
  }
})
