// The Run button. The console, and what runs the code, are loaded with the first run.
import { byID, on } from './dom.js'

async function run(artifact) {
  const { consoleOf } = await import('./console.js')
  const section = artifact.querySelector('#run-console')
  if (section) consoleOf(section).run()
}

on('click', '[data-action="run"]', (button) => run(button.closest('#artifact')))

// Before an editor takes the key for a line break.
document.addEventListener('keydown', (evt) => {
  if (evt.key !== 'Enter' || !(evt.ctrlKey || evt.metaKey) || evt.shiftKey || evt.altKey) return
  const artifact = byID('artifact')
  if (!artifact?.contains(evt.target) || !artifact.querySelector('[data-action="run"]')) return
  evt.preventDefault()
  evt.stopPropagation()
  run(artifact)
}, true)
