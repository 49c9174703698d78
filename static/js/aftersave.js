// What leads to a copy of a document waits until what was just written is saved.
import { byID, on } from './dom.js'

on('click', 'a[data-after-save]', async (link, evt) => {
  const editor = byID('artifact')?.editor
  if (!editor?.saved || evt.ctrlKey || evt.metaKey || evt.shiftKey) return
  evt.preventDefault()
  const tab = link.target ? open('', '_blank') : undefined // at once: later a browser would refuse it
  await editor.saved()
  if (tab) {
    tab.opener = null
    tab.location = link.href
  } else location.assign(link.href)
})
