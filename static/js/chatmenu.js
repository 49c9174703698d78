// What the menu of a chat changes is shown in the list at once, in every tab.
import { byID } from './dom.js'
import { chatsChanged } from './chatlist.js'

document.addEventListener('toggle', (evt) => {
  if (!evt.target.matches?.('[data-rename]') || !evt.target.open) return
  const field = evt.target.querySelector('[name="title"]')
  requestAnimationFrame(() => { // a press gives the focus to the summary after this
    field.focus()
    field.select()
  })
}, true)

document.addEventListener('htmx:after:request', (evt) => {
  const { ctx } = evt.detail
  const form = ctx.sourceElement?.closest?.('[data-chats-change]')
  if (!form || ctx.response.status >= 400) return
  const menu = form.closest('details.menu')
  if (menu) menu.open = false
  chatsChanged()
  // the chat that was shown is gone with all the others
  if (ctx.request.method === 'DELETE' && byID('messages')?.childElementCount) {
    document.querySelector('[data-testid="new-chat-button"]').click()
  }
})
