// A note above a document, with what can be done about it. It takes its room from the text without moving that.
import { byID } from './dom.js'

// place shows the note and says it aloud. buttons are { name, label, press }; the first is the one to take.
export function place(artifact, name, text, buttons) {
  const note = document.createElement('div')
  note.className = 'artifact-note flex-wrap'
  note.dataset.testid = name
  note.setAttribute('role', 'note')
  const words = document.createElement('span')
  words.className = 'min-w-64 flex-1'
  words.textContent = text
  const group = document.createElement('div')
  group.className = 'ml-auto flex gap-1'
  group.append(...buttons.map(button))
  note.append(words, group)
  const main = artifact.querySelector('.artifact-main')
  const { scrollTop, clientHeight } = main
  artifact.querySelector('.artifact-bar').after(note)
  if (scrollTop) main.scrollTop = scrollTop + clientHeight - main.clientHeight
  byID('announcer').textContent = text
  return note
}

function button({ name, label, press }, i) {
  const made = document.createElement('button')
  Object.assign(made, { type: 'button', className: 'btn', textContent: label, onclick: press })
  Object.assign(made.dataset, { testid: name, variant: i ? 'ghost' : 'outline', size: 'sm' })
  return made
}
