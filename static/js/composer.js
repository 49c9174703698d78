// The composer: Enter sends, the field grows, what is written survives until the server has taken it.
import { byID, on, onPage, touch } from './dom.js'
import { newID } from './id.js'
import { keepText, keptText } from './draft.js'
import { blocked, forget, hasAttachments, reflect, say, sending, verify } from './attachments.js'

const field = () => byID('composer-text')
const sendButton = () => byID('composer').querySelector('[data-testid="send-button"]')
const growsItself = CSS.supports('field-sizing', 'content')

function grow(box) {
  if (growsItself) return
  box.style.height = 'auto'
  box.style.height = `${box.scrollHeight}px`
}

const send = () => byID('composer').requestSubmit(sendButton())

// An address can bring a message. It is sent once: the address forgets it, as a reload would send it
// again. A page that the browser only prepares has not been opened by anybody yet.
function takeQuery(form, box) {
  history.replaceState(history.state, '', location.pathname)
  if (!form.hasAttribute('data-send')) return keepText(form, box.value)
  form.removeAttribute('data-send')
  if (document.prerendering) document.addEventListener('prerenderingchange', send, { once: true })
  else if (document.readyState === 'complete') send()
  else addEventListener('load', () => send(), { once: true })
}

onPage(() => {
  const form = byID('composer')
  if (!form) return
  const box = field()
  if (new URLSearchParams(location.search).has('query')) takeQuery(form, box)
  else if (!box.value) box.value = keptText(form)
  grow(box)
  if (!touch()) box.focus({ preventScroll: true })
})

on('input', '#composer-text', (box) => {
  keepText(box.form, box.value)
  grow(box)
})

// While an input method composes, Enter chooses a word (229 is what older engines report then).
on('keydown', '#composer-text', (box, evt) => {
  if (evt.key !== 'Enter' || evt.isComposing || evt.keyCode === 229 || evt.shiftKey || evt.altKey) return
  if (touch() && !evt.ctrlKey && !evt.metaKey) return
  evt.preventDefault()
  send()
})

// An empty message is no mistake to be told about; one whose files are on their way is.
document.addEventListener('submit', (evt) => {
  if (evt.target.id !== 'composer' || evt.submitter?.dataset.testid === 'stop-button') return
  const why = blocked()
  if (!why && (field().value.trim() || hasAttachments())) return
  evt.preventDefault()
  evt.stopImmediatePropagation()
  if (why) say(why)
  if (!touch()) field().focus()
}, true)

on('submit', '[data-suggestion]', (form, evt) => {
  evt.preventDefault()
  field().value = form.elements.text.value
  send()
})

const isSend = (ctx) => ctx.sourceElement?.id === 'composer'

let sent = ''
document.addEventListener('htmx:config:request', (evt) => {
  if (!isSend(evt.detail.ctx)) return
  sent = field().value
  sending()
})

// What was typed or attached after the send stays.
document.addEventListener('htmx:after:request', (evt) => {
  const { ctx } = evt.detail
  if (!isSend(ctx)) return
  if (ctx.response.status >= 400) return verify()
  const form = ctx.sourceElement
  const box = field()
  box.value = box.value.startsWith(sent) ? box.value.slice(sent.length) : box.value
  forget()
  if (keptText(form).startsWith(sent)) keepText(form, '')
  form.removeAttribute('data-new')
  if (form.isConnected) byID('share')?.removeAttribute('data-new')
  if (box.value) keepText(form, box.value)
  reflect()
  form.elements.messageId.value = newID()
  form.elements.parentId?.remove()
  grow(box)
})
