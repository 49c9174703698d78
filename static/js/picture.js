// Loads what looks closely at a picture with the first one, and sends a form as soon as its file is chosen.
import { on } from './dom.js'

async function look() {
  for (const view of document.querySelectorAll('[data-zoom]:not([data-ready])')) {
    view.dataset.ready = ''
    const { mount } = await import('./zoom.js')
    mount(view)
  }
}

look()
document.addEventListener('htmx:after:swap', look)
on('change', 'input[data-submits]', (input) => input.files.length && input.form.requestSubmit())
