import { byID, on } from './dom.js'

const lifetime = 8000

// toast shows a message in the corner.
export function toast(title, message = '') {
  const node = byID('toast-template').content.firstElementChild.cloneNode(true)
  node.querySelector('[data-slot="title"]').textContent = title
  node.querySelector('[data-slot="message"]').textContent = message
  byID('toasts').append(node)
}

// A toast that is being read, under the pointer or holding the focus, stays.
function expire(node) {
  setTimeout(() => (node.matches(':hover, :focus-within') ? expire(node) : node.remove()), lifetime)
}

new MutationObserver((records) => {
  for (const { addedNodes } of records) for (const node of addedNodes) if (node.matches?.('.notice')) expire(node)
}).observe(byID('toasts'), { childList: true })

on('click', '[data-action="dismiss"]', (button) => button.closest('.notice').remove())
