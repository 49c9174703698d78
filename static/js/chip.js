// What a chip shows of its file. Names are text, whatever is in them.
import { byID } from './dom.js'
import { detail, kindOf, visible } from './filetype.js'

// newChip makes a chip at the end of a list.
export function newChip(list, { name, size, kind }) {
  const chip = byID('attachment-template').content.firstElementChild.cloneNode(true)
  label(chip, { name, size })
  chip.querySelector('.attachment-thumb').dataset.kind = kind
  list.append(chip)
  chip.scrollIntoView({ block: 'nearest' })
  return chip
}

export function label(chip, { name, size }) {
  const shown = visible(name)
  chip.dataset.size = size
  const title = chip.querySelector('.attachment-name')
  title.textContent = title.title = shown
  chip.querySelector('.attachment-detail').textContent = detail(shown, size)
  chip.querySelector('progress').setAttribute('aria-label', `Upload of ${shown}`)
  chip.querySelector('[data-action="retry-attachment"]').setAttribute('aria-label', `Try again: ${shown}`)
  buttonSays(chip, 'Remove')
}

// buttonSays names what the chip's cross does.
export function buttonSays(chip, verb) {
  const button = chip.querySelector('[data-action="remove-attachment"]')
  button.title = verb
  button.setAttribute('aria-label', `${verb}: ${chip.querySelector('.attachment-name').textContent}`)
}

export function thumbnail(chip, url) {
  const image = document.createElement('img')
  image.alt = ''
  image.src = url
  image.addEventListener('error', () => image.remove())
  chip.querySelector('.attachment-thumb').replaceChildren(image)
}

// ready makes it the chip of an upload, whose id the form then sends.
export function ready(chip, file) {
  label(chip, file)
  chip.dataset.state = 'ready'
  chip.dataset.id = file.id
  chip.querySelector('.attachment-thumb').dataset.kind = kindOf({ type: file.contentType })
  if (file.thumbnailUrl && !chip.querySelector('img')) thumbnail(chip, file.thumbnailUrl)
  const field = chip.querySelector('[name="files"]')
  field.value = file.id
  field.disabled = false
}
