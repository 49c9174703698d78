import { on } from './dom.js'

const mac = /Mac|iPhone|iPad/.test(navigator.platform)

if (mac) for (const keys of document.querySelectorAll('[data-keys="shift+o"]')) keys.textContent = '⌘ ⇧ O'

on('keydown', 'html', (_, evt) => {
  if (!(mac ? evt.metaKey : evt.ctrlKey) || !evt.shiftKey || evt.key.toLowerCase() !== 'o') return
  const link = document.querySelector('[data-testid="new-chat-button"]')
  if (!link) return
  evt.preventDefault()
  link.click()
})
