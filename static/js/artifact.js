// Opens the editor on a document that its reader may change. The editors themselves are loaded with the
// first such document.
import { byID } from './dom.js'

let current // the artifact whose editor is open, or is being opened

async function look() {
  const artifact = byID('artifact')
  if (current && (current !== artifact || !artifact.isConnected)) close()
  if (!artifact?.hasAttribute('data-editable') || current) return
  current = artifact
  try {
    const { open } = await import('./editor.js')
    if (current === artifact && artifact.isConnected) await open(artifact)
  } catch { // what is read stays, and the page without a script can be written on
    if (current === artifact) current = undefined
  }
}

// What is not saved yet goes out with the editor.
function close() {
  current.editor?.destroy()
  current = undefined
}

look()
document.addEventListener('htmx:after:swap', look)
