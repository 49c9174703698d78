// The files of the message that is being written. The chips are the truth: what they say is what is
// sent, kept as a draft and waited for.
import { byID, on, onPage } from './dom.js'
import { keepFiles, keptFiles } from './draft.js'
import { detail, kindOf, refusal, visible } from './filetype.js'
import { upload } from './upload.js'

const form = () => byID('composer')
const list = () => form().querySelector('[data-testid="attachments-preview"]')
const chips = (...states) => [...list().children].filter((chip) => !states.length || states.includes(chip.dataset.state))
const jobs = new WeakMap() // chip -> its file, its form, and how to cancel
const files = (n) => `${n} ${n === 1 ? 'file' : 'files'}`

export const hasAttachments = () => chips('ready').length > 0

// blocked says why a message cannot be sent just now, or ''.
export function blocked() {
  if (form().hasAttribute('data-restoring')) return 'The files of your draft are being looked up.'
  const going = chips('uploading').length
  if (going) return `Wait: ${files(going)} ${going === 1 ? 'is' : 'are'} still going up.`
  return chips('failed').length ? 'A file did not go up. Try again, or remove it.' : ''
}

export function say(text) {
  form().querySelector('[role="status"]').textContent = text
}

function status() {
  const going = chips('uploading').length
  if (going) return `Uploading ${files(going)}…`
  return chips('failed').length ? 'A file did not go up.' : ''
}

// reflect shows the chips' state in the form and keeps it with the draft.
export function reflect() {
  const why = blocked()
  form().toggleAttribute('data-blocked', Boolean(why))
  const send = form().querySelector('[data-testid="send-button"]')
  send.setAttribute('aria-disabled', String(Boolean(why)))
  send.title = why
  say(status())
  if (!form().hasAttribute('data-restoring')) keepFiles(form(), chips('ready').map((chip) => chip.dataset.id))
}

// tell says what was not attached, and why.
function tell(...messages) {
  const notes = form().querySelector('.composer-notes')
  for (const message of messages) {
    const note = document.createElement('p')
    note.textContent = message
    notes.append(note)
  }
}

const hush = () => form().querySelector('.composer-notes').replaceChildren()

const spaceLeft = () => Number(form().dataset.leftBytes ?? Infinity)
function spend(bytes) {
  if (form().dataset.leftBytes) form().dataset.leftBytes = Math.max(0, spaceLeft() - bytes)
}

// room says why one more file does not fit, or ''.
function room(file) {
  const max = Number(form().dataset.maxFiles)
  if (chips().length >= max) return `A message may have ${max} files at most.`
  const going = chips('uploading', 'failed').reduce((sum, chip) => sum + Number(chip.dataset.size), 0)
  return file.size + going > spaceLeft() ? 'You have no space left for it. Delete files that you no longer need.' : ''
}

// attach takes files from the button, the clipboard or a drop.
export async function attach(picked) {
  hush()
  const place = form()
  for (const file of picked) {
    const why = room(file) || (await refusal(file, place.dataset)) || room(file)
    if (place !== form()) return // another chat is shown by now
    if (why) tell(`${visible(file.name)}: ${why}`)
    else start(newChip(file.name, file.size, kindOf(file)), file)
  }
  byID('composer-text').focus()
}

function newChip(name, size, kind) {
  const chip = byID('attachment-template').content.firstElementChild.cloneNode(true)
  label(chip, { name, size })
  chip.querySelector('.attachment-thumb').dataset.kind = kind
  list().append(chip)
  chip.scrollIntoView({ block: 'nearest' })
  return chip
}

function label(chip, { name, size }) {
  const shown = visible(name)
  chip.dataset.size = size
  const title = chip.querySelector('.attachment-name')
  title.textContent = title.title = shown
  chip.querySelector('.attachment-detail').textContent = detail(shown, size)
  chip.querySelector('progress').setAttribute('aria-label', `Upload of ${shown}`)
  chip.querySelector('[data-action="retry-attachment"]').setAttribute('aria-label', `Try again: ${shown}`)
  buttonSays(chip, 'Remove')
}

function buttonSays(chip, verb) {
  const button = chip.querySelector('[data-action="remove-attachment"]')
  button.title = verb
  button.setAttribute('aria-label', `${verb}: ${chip.querySelector('.attachment-name').textContent}`)
}

function thumbnail(chip, url) {
  const image = document.createElement('img')
  image.alt = ''
  image.src = url
  image.addEventListener('error', () => image.remove())
  chip.querySelector('.attachment-thumb').replaceChildren(image)
}

function start(chip, file) {
  const job = { file, form: form() }
  jobs.set(chip, job)
  if (kindOf(file) === 'image' && !chip.querySelector('img')) {
    job.preview = URL.createObjectURL(file)
    thumbnail(chip, job.preview)
  }
  const bar = chip.querySelector('progress')
  bar.value = 0
  chip.dataset.state = 'uploading'
  buttonSays(chip, 'Cancel upload')
  job.cancel = upload(form().dataset.upload, file, {
    progress: (part) => { bar.value = part },
    done: (kept) => arrived(chip, job, kept),
    failed: (message, code) => failed(chip, message, code),
    late: discard,
  })
  reflect()
}

function ready(chip, file) {
  label(chip, file)
  chip.dataset.state = 'ready'
  chip.dataset.id = file.id
  chip.querySelector('.attachment-thumb').dataset.kind = kindOf({ type: file.contentType })
  if (file.thumbnailUrl && !chip.querySelector('img')) thumbnail(chip, file.thumbnailUrl)
  const field = chip.querySelector('[name="files"]')
  field.value = file.id
  field.disabled = false
}

function arrived(chip, job, file) {
  if (!chip.isConnected) { // its chat is no longer shown, but its draft has the file
    keepFiles(job.form, [...keptFiles(job.form), file.id])
    return
  }
  ready(chip, file)
  spend(file.size)
  reflect()
}

// What the server will refuse again is not worth another try.
function failed(chip, message, code) {
  if (!chip.isConnected) return
  if (code >= 400 && code < 500 && code !== 408 && code !== 429) {
    tell(`${chip.querySelector('.attachment-name').textContent}: ${message}`)
    drop(chip)
  } else {
    chip.dataset.state = 'failed'
    chip.querySelector('.attachment-detail').textContent = message
    buttonSays(chip, 'Remove')
  }
  reflect()
}

function drop(chip) {
  const { preview } = jobs.get(chip) ?? {}
  if (preview) URL.revokeObjectURL(preview)
  const next = chip.nextElementSibling ?? chip.previousElementSibling
  const held = chip.contains(document.activeElement)
  chip.remove()
  if (held) (next?.querySelector('[data-action="remove-attachment"], input[type="checkbox"]') ?? byID('composer-text')).focus()
}

const address = (id) => form().dataset.file.replace('FILE', encodeURIComponent(id))

// A file that is taken out again is deleted, unless a message has it: another tab may have sent it.
function discard({ id }) {
  if (!form()) return
  fetch(`${address(id)}?unsent=1`, { method: 'DELETE', headers: { Accept: 'application/json' }, keepalive: true }).catch(() => {})
}

function remove(chip) {
  const { size, state } = chip.dataset
  if (state === 'uploading') jobs.get(chip).cancel()
  if (state === 'ready') {
    spend(-size)
    discard(chip.dataset)
  }
  drop(chip)
  reflect()
}

on('click', '[data-action="remove-attachment"]', (button) => remove(button.closest('.attachment')))
on('click', '[data-action="retry-attachment"]', (button) => {
  const chip = button.closest('.attachment')
  label(chip, jobs.get(chip).file)
  start(chip, jobs.get(chip).file)
  chip.querySelector('[data-action="remove-attachment"]').focus()
})
on('change', '#composer .attachment-keep', (box) => {
  box.closest('.attachment').dataset.state = box.checked ? 'ready' : 'out'
  reflect()
})

async function look(id) {
  const response = await fetch(address(id), { headers: { Accept: 'application/json' } })
  if (response.ok) return (await response.json()).file
  if (response.status === 404) return undefined
  throw new Error(response.status)
}

// restore shows the files of a draft that are still there.
async function restore(place, ids) {
  place.toggleAttribute('data-restoring', true)
  const found = await Promise.allSettled(ids.map(look))
  place.removeAttribute('data-restoring')
  if (place !== form()) return
  for (const { value } of found) if (value) ready(newChip(value.name, value.size, kindOf({ type: value.contentType })), value)
  if (found.every(({ status }) => status === 'fulfilled')) reflect()
}

// forget takes the chips of sent files away; verify those of files that are gone.
let sent = []
export const sending = () => { sent = chips('ready') }
export function forget() {
  hush()
  sent.forEach(drop)
  keepFiles(form(), [])
}
export async function verify() {
  const place = form()
  for (const chip of chips('ready')) {
    const gone = await look(chip.dataset.id).then((file) => !file, () => false)
    if (place !== form()) return
    if (!gone) continue
    tell(`${chip.querySelector('.attachment-name').textContent}: The file is no longer there.`)
    drop(chip)
  }
  reflect()
}

onPage(() => {
  if (!form()) return
  // What is chosen goes up at once, under a name of the upload's own.
  form().enctype = 'application/x-www-form-urlencoded'
  form().querySelector('[data-attach]').removeAttribute('name')
  const ids = chips().length ? [] : keptFiles(form())
  if (ids.length) restore(form(), ids)
})

on('change', '[data-attach]', (field) => {
  attach([...field.files])
  field.value = ''
})
