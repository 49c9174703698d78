// The composer: Enter sends, the field grows, a draft per chat survives until the server has
// taken the message.
import { byID, on, onPage, touch } from './dom.js'
import { newID } from './id.js'

const field = () => byID('composer-text')
const sendButton = () => byID('composer').querySelector('[data-testid="send-button"]')
const draftKey = (form) => 'draft:' + (form.hasAttribute('data-new') ? 'new' : form.dataset.chatId)

// Storage may be full or forbidden: a draft is a comfort, not a promise.
function keepDraft(form, text) {
  try {
    if (text) localStorage.setItem(draftKey(form), text)
    else localStorage.removeItem(draftKey(form))
  } catch {}
}

function draft(form) {
  try {
    return localStorage.getItem(draftKey(form)) ?? ''
  } catch {
    return ''
  }
}

const growsItself = CSS.supports('field-sizing', 'content')

function grow(box) {
  if (growsItself) return
  box.style.height = 'auto'
  box.style.height = `${box.scrollHeight}px`
}

function send() {
  if (field().value.trim()) byID('composer').requestSubmit(sendButton())
}

onPage(() => {
  const form = byID('composer')
  if (!form) return
  const box = field()
  if (!box.value) box.value = draft(form)
  grow(box)
  if (!touch()) box.focus({ preventScroll: true })
})

on('input', '#composer-text', (box) => {
  keepDraft(box.form, box.value)
  grow(box)
})

// While an input method composes, Enter chooses a word (229 is what older engines report then).
on('keydown', '#composer-text', (box, evt) => {
  if (evt.key !== 'Enter' || evt.isComposing || evt.keyCode === 229 || evt.shiftKey || evt.altKey) return
  if (touch() && !evt.ctrlKey && !evt.metaKey) return
  evt.preventDefault()
  send()
})

// An empty field is no mistake to be told about.
on('click', '#composer [data-testid="send-button"]', (button, evt) => {
  if (!field().value.trim()) {
    evt.preventDefault()
    field().focus()
  }
}, true)

on('submit', '[data-suggestion]', (form, evt) => {
  evt.preventDefault()
  field().value = form.elements.text.value
  send()
})

let sent = ''
document.addEventListener('htmx:config:request', (evt) => {
  if (evt.detail.ctx.sourceElement.id === 'composer') sent = field().value
})

// What was typed after the send stays.
document.addEventListener('htmx:after:request', (evt) => {
  const { ctx } = evt.detail
  if (ctx.sourceElement.id !== 'composer' || ctx.response.status >= 400) return
  const form = ctx.sourceElement
  const box = field()
  box.value = box.value.startsWith(sent) ? box.value.slice(sent.length) : box.value
  keepDraft(form, '')
  form.removeAttribute('data-new')
  keepDraft(form, box.value)
  form.elements.messageId.value = newID()
  form.elements.parentId?.remove()
  grow(box)
})
