// Files come in by paste and by drop, too.
import { byID } from './dom.js'
import { attach } from './attachments.js'

const zone = () => document.querySelector('.drop-zone')
const carriesFiles = (evt) => evt.dataTransfer?.types.includes('Files') && byID('composer') && !document.querySelector('dialog[open]')

const hide = () => { if (zone()) zone().hidden = true }

// Without this the browser would show the file instead of the page.
document.addEventListener('dragover', (evt) => {
  if (!carriesFiles(evt)) return
  evt.preventDefault()
  const inside = Boolean(evt.target.closest?.('#page'))
  evt.dataTransfer.dropEffect = inside ? 'copy' : 'none'
  zone().hidden = !inside
})

document.addEventListener('dragleave', (evt) => evt.relatedTarget || hide())
document.addEventListener('dragend', hide)

document.addEventListener('drop', (evt) => {
  if (!carriesFiles(evt)) return
  evt.preventDefault()
  hide()
  if (evt.target.closest?.('#page')) attach([...evt.dataTransfer.files])
})

// Office programs put a picture of what was copied beside its text: there the text is meant. A copied
// picture of a page comes with HTML, and a copied file with its name, but neither with both.
const isFormattedText = (data) => data.types.includes('text/html') && data.getData('text/plain').trim() !== ''

document.addEventListener('paste', (evt) => {
  const field = evt.target.closest?.('input, textarea, [contenteditable]')
  if (!byID('composer') || (field && field.id !== 'composer-text') || document.querySelector('dialog[open]')) return
  const files = [...(evt.clipboardData?.files ?? [])]
  if (!files.length || isFormattedText(evt.clipboardData)) return
  evt.preventDefault()
  attach(files)
})
