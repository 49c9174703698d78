// Shows an artifact anew, as the server has it by now: at its version or the newest, scrolled as it was.
import { byID } from './dom.js'

const rest = 3000 // ms before a server that did not answer is asked again

// renew resolves to the artifact in the place of the one that was there; undefined: that has left the page, or must not
// be replaced any more, which may says, or is not there any more, which gone is told.
export async function renew(artifact, { newest = false, may = () => true, gone = () => {} } = {}) {
  const url = new URL(artifact.dataset.url, location.href)
  if (!newest) url.searchParams.set('version', artifact.dataset.version)
  if (artifact.closest('#pane')) url.searchParams.set('pane', 1)
  let response
  try {
    response = await fetch(url, { headers: { 'HX-Request': 'true', Accept: 'text/html' } })
  } catch {
    response = { status: 503 }
  }
  if (response.status >= 500 || response.status === 429) {
    await new Promise((done) => setTimeout(done, rest))
    return artifact.isConnected ? renew(artifact, { newest, may, gone }) : undefined
  }
  if (!response.ok) return void gone()
  const text = await response.text()
  if (!artifact.isConnected || !may()) return undefined
  const { scrollTop } = artifact.querySelector('.artifact-main')
  const focused = artifact.contains(document.activeElement)
  await window.htmx.swap({ text, target: artifact, sourceElement: document.body, swap: 'outerHTML' })
  const now = byID('artifact')
  if (!now) return undefined
  now.querySelector('.artifact-main').scrollTop = scrollTop
  if (focused && !now.contains(document.activeElement)) now.querySelector('.artifact-main').focus({ preventScroll: true })
  now.dispatchEvent(new CustomEvent('artifact:renewed', { bubbles: true }))
  return now
}
