// The files of the message that is being written. The chips are the truth: what they say is what is
// sent, kept as a draft and waited for.
import { byID, on, onPage, touch } from './dom.js'
import { buttonSays, label, newChip, ready, thumbnail } from './chip.js'
import { keepFiles, keptFiles } from './draft.js'
import { bytes, kindOf, refusal, visible } from './filetype.js'
import { upload } from './upload.js'

const api = () => import('./api.js') // with the first file
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

// spaceLeft asks for what is left of the quota, in bytes. What is on its way is not counted there yet.
async function spaceLeft({ quota }) {
  if (!quota) return Infinity
  try {
    const { alleato } = await api()
    const { usage } = await alleato.files.list({ limit: 1 })
    return Number(quota) - usage.used - chips('uploading', 'failed').reduce((sum, chip) => sum + Number(chip.dataset.size), 0)
  } catch {
    return Infinity // the upload will say it
  }
}

function full() {
  const max = Number(form().dataset.maxFiles)
  return chips().length >= max ? `A message may have ${max} files at most.` : ''
}

// attach takes files from the button, the clipboard or a drop.
export async function attach(picked) {
  hush()
  const place = form()
  let left = await spaceLeft(place.dataset)
  for (const file of picked) {
    let why = await refusal(file, place.dataset)
    if (place !== form()) return // another chat is shown by now
    why ||= full()
    if (!why && file.size > left) why = `You have ${bytes(Math.max(0, left))} left for files. Delete some that you no longer need.`
    if (why) {
      tell(`${visible(file.name)}: ${why}`)
      continue
    }
    left -= file.size
    start(newChip(list(), { name: file.name, size: file.size, kind: kindOf(file) }), file)
  }
  if (!touch()) byID('composer-text').focus()
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
  job.cancel = upload(file, {
    progress: (part) => { bar.value = part },
    done: (kept) => arrived(chip, job, kept),
    failed: (message, code) => failed(chip, message, code),
    late: discard,
  })
  reflect()
}

function arrived(chip, job, file) {
  if (!chip.isConnected) { // its chat is no longer shown, but its draft has the file
    keepFiles(job.form, [...keptFiles(job.form), file.id])
    return
  }
  ready(chip, file)
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
  if (held) (next?.querySelector('[data-action="remove-attachment"], input[type="checkbox"]') ?? form().querySelector('[data-attach]')).focus()
}

// A file that is taken out again is deleted, unless a message has it: another tab may have sent it.
function discard({ id }) {
  api().then(({ alleato }) => alleato.files.delete(id, { unsent: true, keepalive: true })).catch(() => {})
}

function remove(chip) {
  if (chip.dataset.state === 'uploading') jobs.get(chip).cancel()
  if (chip.dataset.state === 'ready') discard(chip.dataset)
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
  const { alleato } = await api()
  try {
    return (await alleato.files.get(id)).file
  } catch (error) {
    if (error.status === 404) return undefined
    throw error
  }
}

// restore shows the files of a draft that are still there.
async function restore(place, ids) {
  place.toggleAttribute('data-restoring', true)
  const found = await Promise.allSettled(ids.map(look))
  place.removeAttribute('data-restoring')
  if (place !== form()) return
  for (const { value } of found) if (value) ready(newChip(list(), value), value)
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
