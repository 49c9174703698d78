// A text that begins with / may be a command: a list above the composer offers those that fit, and the
// focus stays in the field. What is no command is a message like any other.
import { byID, on } from './dom.js'

const field = () => byID('composer-text')
const menu = () => byID('slash-menu')
const options = () => [...menu().children].filter((option) => !option.hidden)
const press = (testid) => document.querySelector(`[data-testid="${testid}"]`)
const chooser = () => {
  const selector = press('model-selector')
  return selector?.matches('button, summary, select') ? selector : selector?.querySelector('button, summary, select')
}

// A command is offered where what it presses is there. One that begins a message waits for its words.
const begins = (word) => ({ can: () => press('document-button'), waits: true, run: () => begin(word) })
const commands = {
  new: { can: () => press('new-chat-button'), run: () => press('new-chat-button').click() },
  document: begins('document'),
  code: begins('code'),
  sheet: begins('sheet'),
  page: begins('page'),
  suggest: { can: () => press('ask-suggest'), run: () => press('ask-suggest').click() },
  model: { can: chooser, run: openModels },
  theme: { can: () => press('user-nav-item-theme'), run: () => press('user-nav-item-theme').click() },
  delete: { can: () => press('command-delete') && byID('messages')?.querySelector('article'), run: () => press('command-delete').click() },
}

function openModels() {
  const selector = chooser()
  selector.focus()
  if (!selector.matches('select')) return selector.click()
  try {
    selector.showPicker()
  } catch {} // the focus is on it: an arrow key opens it
}

const typed = () => /^\/([a-z]*)\s*$/i.exec(field().value)?.[1].toLowerCase()
const exact = () => (commands[typed()]?.can() ? typed() : undefined)

let dismissed = false

function choose(option) {
  for (const other of menu().children) other.setAttribute('aria-selected', String(other === option))
  if (option) field().setAttribute('aria-activedescendant', option.id)
  else field().removeAttribute('aria-activedescendant')
  option?.scrollIntoView({ block: 'nearest' })
}

const chosen = () => options().find((option) => option.getAttribute('aria-selected') === 'true')

function show() {
  const word = typed()
  const fits = word !== undefined && !dismissed
  for (const option of menu().children) {
    const name = option.dataset.command
    const begun = commands[name].waits && / $/.test(field().value)
    option.hidden = !fits || begun || !name.startsWith(word) || !commands[name].can()
  }
  menu().hidden = options().length === 0
  field().setAttribute('aria-autocomplete', 'list')
  field().setAttribute('aria-controls', 'slash-menu')
  choose(menu().hidden ? undefined : options()[0])
  byID('announcer').textContent = menu().hidden ? '' : `${options().length} commands. ${options()[0].innerText}`
}

function close() {
  dismissed = true
  show()
}

function write(text) {
  field().value = text
  field().dispatchEvent(new Event('input', { bubbles: true })) // the draft and the height follow
}

function begin(word) {
  write(`/${word} `)
  field().focus()
}

function run(name) {
  write('')
  commands[name].run()
}

on('input', '#composer-text', () => {
  dismissed = false
  show()
})
document.addEventListener('focusout', (evt) => {
  if (evt.target.id !== 'composer-text' || !menu() || !field()) return // the page may be going away
  menu().hidden = true
  choose()
})

const step = { ArrowDown: 1, ArrowUp: -1 }

// Before the composer's own keys: Enter would send.
on('keydown', '#composer-text', (_, evt) => {
  if (menu().hidden || evt.isComposing || evt.keyCode === 229 || evt.shiftKey || evt.altKey || evt.ctrlKey || evt.metaKey) return
  const list = options()
  if (step[evt.key]) choose(list[(list.indexOf(chosen()) + step[evt.key] + list.length) % list.length])
  else if (evt.key === 'Enter' || evt.key === 'Tab') run(chosen().dataset.command)
  else if (evt.key === 'Escape') close()
  else return
  evt.preventDefault()
  evt.stopPropagation()
}, true)

// A press must not take the focus from the field, which would close the list before the click.
on('mousedown', '#slash-menu', (_, evt) => evt.preventDefault())
on('click', '#slash-menu [role="option"]', (option) => run(option.dataset.command))

// Where Enter breaks the line, the button sends.
document.addEventListener('submit', (evt) => {
  if (evt.target.id !== 'composer' || evt.submitter?.dataset.testid === 'stop-button') return
  const name = dismissed ? undefined : exact()
  if (!name) return
  evt.preventDefault()
  evt.stopImmediatePropagation()
  run(name)
}, true)
