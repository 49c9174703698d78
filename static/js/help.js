// The list of keyboard shortcuts: on ? where nothing is being written, on Ctrl+/ anywhere but in
// code, where it makes a comment.
import { byID, on } from './dom.js'

const mac = /Mac|iPhone|iPad/.test(navigator.platform)
const signs = { Ctrl: '⌘', Shift: '⇧' }
if (mac) for (const key of document.querySelectorAll('#help [data-key]')) key.textContent = signs[key.dataset.key] ?? key.dataset.key

function toggle() {
  if (byID('help').open) byID('help').close()
  else if (!document.querySelector('dialog[open]')) byID('help').showModal()
}

const isField = (element) => element.matches('input, textarea, select') || element.isContentEditable

if (byID('help')) {
  on('click', '[data-action="help"]', toggle)
  on('click', '#help', (dialog, evt) => evt.target === dialog && dialog.close())
  on('keydown', 'html', (_, evt) => {
    const anywhere = evt.key === '/' && (mac ? evt.metaKey : evt.ctrlKey)
    const plain = evt.key === '?' && !evt.ctrlKey && !evt.metaKey && !evt.altKey && !isField(evt.target)
    if (evt.defaultPrevented || (!anywhere && !plain)) return
    evt.preventDefault()
    toggle()
  })
}
