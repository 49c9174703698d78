// The browser of files: the preview over the list, uploads with their progress, files picked to be
// deleted together.
import { confirmed } from './confirm.js'
import { byID, on } from './dom.js'
import { send, words } from './upload.js'

const page = () => document.querySelector('[data-files]')
const refresh = () => byID('file-filter')?.requestSubmit()
const announce = (text) => (byID('announcer').textContent = text)

// The preview.

const dialog = () => byID('file-dialog')
let opener // the file whose preview is open

document.addEventListener('htmx:after:swap', (evt) => {
  const { ctx } = evt.detail
  if (!page()) return
  if (ctx.sourceElement?.matches?.('.file-open') && !dialog().open) {
    opener = ctx.sourceElement.closest('.file-item').id
    dialog().showModal()
  }
  if (ctx.request?.method === 'PATCH') focusAfterRename()
  if (ctx.request?.method === 'DELETE') afterDeleting()
  showPicked()
})

// The form that held the focus was swapped with the rest.
function focusAfterRename() {
  if (dialog()?.open) byID('file-preview-name').focus()
  else if (!document.activeElement || document.activeElement === document.body) byID('main').focus()
}

function afterDeleting() {
  if (dialog()?.open) dialog().close()
  announce('File deleted')
  if (!document.querySelector('.file-item')) refresh() // further ones, or that there are none
  else if (document.activeElement === document.body) byID('main').focus()
}

on('click', '[data-action="close-file"]', () => dialog().close())
on('click', '#file-dialog', (element, evt) => evt.target === element && element.close())

document.addEventListener('close', (evt) => {
  if (evt.target.id !== 'file-dialog') return
  byID('file-preview').replaceChildren()
  byID(opener)?.querySelector('.file-open').focus()
}, true)

document.addEventListener('toggle', (evt) => {
  if (!evt.target.matches?.('[data-rename-file]') || !evt.target.open) return
  const field = evt.target.querySelector('[name="name"]')
  requestAnimationFrame(() => { // a press gives the focus to the summary after this
    field.focus()
    const ending = field.value.lastIndexOf('.')
    field.setSelectionRange(0, ending > 0 ? ending : field.value.length)
  })
}, true)

// Files picked.

const picked = () => [...document.querySelectorAll('.file-pick:checked')]
const files = (n) => `${n} ${n === 1 ? 'file' : 'files'}`

function showPicked() {
  const bar = byID('file-bulk')
  if (!bar) return
  const n = picked().length
  bar.hidden = n === 0
  bar.querySelector('[data-slot="count"]').textContent = n ? `${files(n)} chosen` : ''
}

on('change', '.file-pick', showPicked)
on('click', '[data-action="unpick"]', () => {
  for (const box of picked()) box.checked = false
  showPicked()
  byID('main').focus()
})

on('click', '[data-action="delete-picked"]', async () => {
  const boxes = picked()
  if (!await confirmed(`Delete ${files(boxes.length)}?`, 'They will be gone for good, from chats too.')) return
  for (const box of boxes) await window.htmx.ajax('DELETE', box.value, { source: box, swap: 'none' })
  announce(`${files(boxes.length)} deleted`)
})

// Uploads, one after the other.

const queue = []
let current

function row(file) {
  const node = byID('upload-template').content.firstElementChild.cloneNode(true)
  node.querySelector('[data-slot="name"]').textContent = file.name
  node.querySelector('progress').setAttribute('aria-label', `Upload of ${file.name}`)
  node.querySelector('button').setAttribute('aria-label', `Cancel the upload of ${file.name}`)
  byID('file-uploads').append(node)
  return node
}

function state(node, text) {
  node.querySelector('[data-slot="state"]').textContent = text
}

function fail(job, text) {
  job.node.toggleAttribute('data-failed', true)
  job.node.querySelector('progress')?.remove()
  job.node.querySelector('[data-slot="state"]').setAttribute('role', 'alert')
  job.node.querySelector('button').setAttribute('aria-label', `Dismiss ${job.file.name}`)
  state(job.node, text)
}

const size = (n) => (n >= 1 << 20 ? `${Math.round(n / (1 << 20))} MB` : `${Math.ceil(n / 1024)} KB`)

// tooLarge says before anything is sent what the server would say after.
function tooLarge(file) {
  const max = Number(byID('file-upload').dataset.max)
  const left = byID('file-usage').dataset.left
  if (max && file.size > max) return `Larger than ${size(max)}`
  if (left && file.size > Number(left)) return `Does not fit: ${size(Number(left))} of your space are left`
  if (file.size === 0) return 'The file is empty'
  return ''
}

function add(list) {
  for (const file of list) {
    const job = { file, node: row(file) }
    const refusal = tooLarge(file)
    if (refusal) fail(job, refusal)
    else {
      state(job.node, 'Waiting')
      queue.push(job)
    }
  }
  if (!current) next()
}

function next(done = 0) {
  current = queue.shift()
  if (current) run(current, done)
  else if (done) {
    announce(`${files(done)} uploaded`)
    refresh()
  }
}

async function run(job, done) {
  const bar = job.node.querySelector('progress')
  const onProgress = ({ loaded, total }) => {
    bar.value = loaded / total
    state(job.node, loaded < total ? `${Math.floor(bar.value * 100)} %` : 'Checking')
  }
  job.abort = new AbortController()
  try {
    await send(job.file, { onProgress, signal: job.abort.signal })
    job.node.remove()
    done++
  } catch (error) {
    if (job.abort.signal.aborted) job.node.remove()
    else fail(job, words(error))
  }
  next(done)
}

on('click', '[data-action="end-upload"]', (button) => {
  const node = button.closest('.upload-row')
  const at = queue.findIndex((job) => job.node === node)
  if (current?.node === node && !node.hasAttribute('data-failed')) {
    current.abort.abort()
    return
  }
  if (at >= 0) queue.splice(at, 1)
  node.remove()
})

on('change', '#file-input', (input) => {
  const list = [...input.files]
  input.value = ''
  add(list)
})
on('click', '#file-input', (input) => (input.multiple = true)) // the plain form sends one

const dragsFiles = (evt) => byID('file-upload') && evt.dataTransfer?.types.includes('Files')

document.addEventListener('dragover', (evt) => {
  if (!dragsFiles(evt)) return
  evt.preventDefault()
  page().toggleAttribute('data-dragging', true)
})
document.addEventListener('dragleave', (evt) => evt.relatedTarget === null && page()?.removeAttribute('data-dragging'))
document.addEventListener('drop', (evt) => {
  if (!dragsFiles(evt)) return
  evt.preventDefault()
  page().removeAttribute('data-dragging')
  add(evt.dataTransfer.files)
})
