// Asks before what cannot be undone, in a dialog of ours instead of the browser's.
import { byID } from './dom.js'

document.addEventListener('htmx:confirm', (evt) => {
  evt.preventDefault()
  const { ctx, issueRequest, dropRequest } = evt.detail
  const dialog = byID('confirm')
  const opener = ctx.sourceElement.closest('details')?.querySelector('summary')
  byID('confirm-title').textContent = ctx.sourceElement.dataset.confirmTitle ?? 'Delete this chat?'
  byID('confirm-text').textContent = ctx.confirm
  dialog.returnValue = ''
  dialog.addEventListener('close', () => {
    if (dialog.returnValue === 'ok') return issueRequest()
    dropRequest()
    opener?.focus()
  }, { once: true })
  dialog.showModal()
})
