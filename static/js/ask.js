// Quick actions: what is written is saved before the assistant is asked to work on it, and with a selection
// the question is about that part. Where the document's chat is on the page, the reply comes there.
import { byID, on } from './dom.js'
import { toast } from './toast.js'

const longest = 20000 // characters of a part: what is longer is the whole

const chosenPart = (artifact) => {
  const text = artifact.editor?.selection?.().trim() ?? ''
  return text.length <= longest ? text : ''
}

document.addEventListener('toggle', (evt) => {
  const menu = evt.target
  if (!menu.matches?.('[data-ask-menu]') || !menu.open) return
  const text = chosenPart(menu.closest('#artifact'))
  const line = menu.querySelector('[data-ask-part]')
  line.hidden = !text
  line.textContent = text ? `Only what is selected: “${text.length > 60 ? `${text.slice(0, 59)}…` : text}”` : ''
  for (const choices of menu.querySelectorAll('[data-choices]')) choices.open = false
}, true)

const field = (form, name, value) => {
  form.querySelector(`input[name="${name}"][data-added]`)?.remove()
  if (!value) return
  const input = Object.assign(document.createElement('input'), { type: 'hidden', name, value })
  input.dataset.added = ''
  form.append(input)
}

// isHere: the chat that the document belongs to is on the page.
const isHere = (artifact) => byID('messages') && artifact.dataset.documentChat && byID('main')?.dataset.chatId === artifact.dataset.documentChat

async function ask(form, chosen) {
  const artifact = form.closest('#artifact')
  await artifact.editor?.saved?.()
  if (artifact.querySelector('[data-testid="artifact-saved"]')?.dataset.state === 'Not saved') return toast('The document is not saved yet', 'Nothing is asked before it is.')
  field(form, 'choice', chosen)
  field(form, 'selection', form.matches('[data-fix], [data-whole]') ? '' : chosenPart(artifact))
  if (!isHere(artifact)) return form.submit()
  const values = Object.fromEntries(new FormData(form))
  const url = form.getAttribute('action') // form.action is the field of that name
  await window.htmx.ajax('POST', url, { source: form, target: '#messages', swap: 'beforeend', values })
}

on('submit', 'form[data-ask]', (form, evt) => {
  evt.preventDefault()
  if (form.dataset.asking) return
  form.dataset.asking = ''
  if (form.querySelector(':focus-visible')) form.closest('details.menu')?.querySelector('summary').focus() // the menu has closed over it
  ask(form, evt.submitter?.name === 'choice' ? evt.submitter.value : '').catch((error) => toast('That did not work', error.message)).finally(() => delete form.dataset.asking)
})
