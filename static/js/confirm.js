// Asks before what cannot be undone, in a dialog of ours instead of the browser's.
import { byID } from './dom.js'

// confirmed resolves to whether the person agreed.
export function confirmed(title, text) {
  const dialog = byID('confirm')
  byID('confirm-title').textContent = title
  byID('confirm-text').textContent = text
  dialog.returnValue = ''
  dialog.showModal()
  return new Promise((resolve) => {
    dialog.addEventListener('close', () => resolve(dialog.returnValue === 'ok'), { once: true })
  })
}

document.addEventListener('htmx:confirm', async (evt) => {
  evt.preventDefault()
  const { ctx, issueRequest, dropRequest } = evt.detail
  const opener = ctx.sourceElement.closest('details')?.querySelector('summary')
  if (await confirmed(ctx.sourceElement.dataset.confirmTitle ?? 'Delete this chat?', ctx.confirm)) return issueRequest()
  dropRequest()
  opener?.focus()
})
