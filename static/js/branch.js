// Walking the versions of a message keeps one's place, and a question can be edited where it stands.
import { byID, on } from './dom.js'

const close = (editor) => {
  editor.querySelector('form').reset()
  editor.open = false
  editor.querySelector('summary').focus()
}

document.addEventListener('toggle', (evt) => {
  const editor = evt.target
  if (!editor.matches?.('[data-edit]') || !editor.open) return
  const box = editor.querySelector('textarea')
  // In the next frame: the summary, which has the focus, is hidden in this one, and takes it along.
  requestAnimationFrame(() => {
    box.focus()
    box.setSelectionRange(box.value.length, box.value.length)
  })
}, true)

on('click', '[data-action="cancel-edit"]', (button) => close(button.closest('[data-edit]')))

on('keydown', '[data-edit][open] textarea', (box, evt) => {
  if (evt.isComposing) return
  if (evt.key === 'Escape') {
    evt.stopPropagation()
    close(box.closest('[data-edit]'))
  } else if (evt.key === 'Enter' && (evt.ctrlKey || evt.metaKey)) {
    evt.preventDefault()
    box.form.requestSubmit()
  }
})

// The button that was pressed goes with its message: the same one of the version that comes has the
// focus then, and stays where it was on the screen.
let walked
document.addEventListener('htmx:before:swap', (evt) => {
  const form = evt.detail.ctx.sourceElement
  if (!form?.matches?.('[data-branch]') || evt.detail.ctx.response.status >= 400) return
  walked = { to: form.dataset.branch, button: form.querySelector('button').dataset.testid, top: form.getBoundingClientRect().top }
})

function stay({ to, button: pressed, top }) {
  const buttons = [...(byID(`m-${to}`)?.querySelectorAll('[data-branch] button:not([disabled])') ?? [])]
  const button = buttons.find((b) => b.dataset.testid === pressed) ?? buttons[0]
  if (!button) return
  button.focus({ preventScroll: true })
  byID('scroll').scrollTop += button.getBoundingClientRect().top - top
}

document.addEventListener('htmx:after:swap', () => {
  if (walked) stay(walked)
  walked = undefined
  showMemory()
})

// The newest reply says from where on the model remembers.
function showMemory() {
  const replies = byID('messages')?.querySelectorAll('article[data-role="assistant"]')
  if (!replies?.length) return
  const from = byID(`m-${replies[replies.length - 1].dataset.memoryFrom}`)
  const line = byID('memory-start') ?? byID('memory-template')?.content.firstElementChild.cloneNode(true)
  if (!from) byID('memory-start')?.remove()
  else if (line && line.nextElementSibling !== from) from.before(line)
}
