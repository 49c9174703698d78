import { byID, on } from './dom.js'

const lifetime = 8000

// toast shows a message in the corner.
export function toast(title, message = '') {
  const node = byID('toast-template').content.firstElementChild.cloneNode(true)
  node.querySelector('[data-slot="title"]').textContent = title
  node.querySelector('[data-slot="message"]').textContent = message
  byID('toasts').append(node)
  expire(node)
}

// A toast that is being read, under the pointer or holding the focus, stays.
function expire(node) {
  node.toggleAttribute('data-expires', true)
  setTimeout(() => (node.matches(':hover, :focus-within') ? expire(node) : node.remove()), lifetime)
}

// Those that the server sends come with a swap.
document.addEventListener('htmx:after:swap', () => {
  for (const node of document.querySelectorAll('.notice:not([data-expires])')) expire(node)
})

on('click', '[data-action="dismiss"]', (button) => button.closest('.notice').remove())
