// The account page: a picture is cut before it is sent, and a form that takes long says so.
import { on } from './dom.js'

on('change', '[data-avatar] input[type="file"]', async (input) => {
  if (!input.files.length) return
  const { crop } = await import('./crop.js')
  crop(input)
})

on('submit', '[data-busy]', (form) => {
  const button = form.querySelector('button')
  button.disabled = true
  button.querySelector('span').textContent = form.dataset.busy
})
