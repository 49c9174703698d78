// Opens the editor on a document that its reader may change, shows one growing that is being written, and has any kept at
// its newest version.
// The editors themselves are loaded with the first such document.
import { byID } from './dom.js'

let current // the artifact whose editor is open, or is being opened

async function look() {
  const artifact = byID('artifact')
  if (artifact) import('./newer.js').then(({ seen }) => seen(artifact), () => {})
  if (current && (current !== artifact || !artifact.isConnected)) close()
  const grows = artifact?.hasAttribute('data-stream-id')
  if (current || !(grows || artifact?.hasAttribute('data-editable'))) return
  current = artifact
  try {
    const { open } = await (grows ? import('./livedocument.js') : import('./editor.js'))
    if (current === artifact && artifact.isConnected) await open(artifact)
  } catch { // what is read stays, and the page without a script can be written on
    if (current === artifact) current = undefined
  }
}

// What is not saved yet goes out with the editor.
function close() {
  current.live?.abort()
  current.editor?.destroy()
  current = undefined
}

look()
document.addEventListener('htmx:after:swap', look)
