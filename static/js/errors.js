// What a refused or lost request does to the page. The server's refusals name #toasts in
// HX-Retarget; any other error answer, a proxy's page for one, must not land in the conversation.
import { toast } from './toast.js'

const isStream = (ctx) => ctx?.sourceElement?.hasAttribute?.('hx-sse:connect')

document.addEventListener('htmx:before:swap', (evt) => {
  const { ctx } = evt.detail
  const status = ctx.response?.status ?? 200
  if (status < 400 || ctx.hx?.retarget || ctx.select) return
  evt.preventDefault()
  if (!isStream(ctx)) toast('That did not work', `The server answered ${status}. Please try again.`)
})

document.addEventListener('htmx:error', (evt) => {
  const { ctx } = evt.detail
  if (!ctx || isStream(ctx)) return
  toast('No connection to the server', 'Nothing is lost. Please try again.')
})
