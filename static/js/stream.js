// A reply that streams in: connects again when the first attempt fails, tells of its end once,
// and makes room for a reply that is written anew.
import { byID, onPage, touch } from './dom.js'
import { repliesEnded } from './chatlist.js'

const attempts = new WeakMap()

// Whether a reply is being written the page says on an element of its own: a style sheet that looked for the
// reply would look through all messages at each piece of one.
onPage(() => {
  const messages = byID('messages')
  if (!messages) return
  const look = () => byID('main').toggleAttribute('data-replying', Boolean(messages.querySelector(':scope > article[aria-busy]')))
  new MutationObserver(look).observe(messages, { childList: true })
  look()
})

// hx-sse reconnects by itself only what was connected once.
function again(evt) {
  const article = evt.detail?.ctx?.sourceElement
  if (!article?.hasAttribute?.('hx-sse:connect') || article._htmx?.sse) return
  const n = (attempts.get(article) ?? 0) + 1
  if (n > 8) return
  attempts.set(article, n)
  setTimeout(() => article.isConnected && window.htmx.trigger(article, 'retry-stream'), Math.min(250 * 2 ** n, 15000))
}
document.addEventListener('htmx:response:error', again)
document.addEventListener('htmx:error', again)

const ends = {
  complete: 'Reply finished', stopped: 'Reply stopped', interrupted: 'Reply interrupted', failed: 'Reply failed',
}

// The final frame replaces the article, which closes the connection: what stands in its place
// then says how the reply ended.
document.addEventListener('htmx:sse:close', (evt) => {
  const { id } = evt.target
  setTimeout(() => {
    const article = byID(id)
    if (!article || article.hasAttribute('aria-busy')) return
    byID('announcer').textContent = ends[article.dataset.status] ?? ''
    repliesEnded(byID('messages').querySelectorAll('[data-role="assistant"]').length === 1)
  })
})

// A regenerated reply begins a branch: what followed the old one is not part of it.
document.addEventListener('htmx:before:swap', (evt) => {
  const { ctx } = evt.detail
  if (!ctx.sourceElement?.matches?.('[data-again]') || ctx.response.status >= 400) return
  const article = ctx.sourceElement.closest('article')
  if (ctx.sourceElement.dataset.again === 'regenerate-message') {
    while (article.nextElementSibling) article.nextElementSibling.remove()
  }
  if (!touch()) byID('composer-text')?.focus({ preventScroll: true })
})
