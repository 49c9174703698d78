// The model picker: the options of the composer's select in a dialog that can be searched and walked
// by keys. The select stays what is sent; the choice is kept at once, for the chat and its owner.
import { byID, on, touch, phone } from './dom.js'
import { toast } from './toast.js'

const select = () => byID('model')
const dialog = () => byID('model-picker')
const field = () => dialog().querySelector('input')
const list = () => byID('model-list')
const items = () => [...list().querySelectorAll('.model-item:not([hidden])')]
const active = () => list().querySelector('[data-active]')

function build() {
  const template = dialog().querySelector('[data-item]').content.firstElementChild
  const groups = [...select().querySelectorAll(':scope > optgroup')]
  const options = [...select().options].filter((option) => option.value)
  const boxes = new Map(groups.map((group) => [group, makeGroup(group.label)]))
  const alone = document.createElement('div')
  alone.role = 'presentation'
  options.forEach((option, i) => (boxes.get(option.parentElement) ?? alone).append(makeItem(template, option, i)))
  list().replaceChildren(...[alone, ...boxes.values()].filter((box) => box.querySelector('.model-item')))
}

function makeGroup(label) {
  const group = document.createElement('div')
  const heading = document.createElement('div')
  group.role = 'group'
  group.ariaLabel = label
  group.className = 'model-group'
  heading.ariaHidden = 'true'
  heading.textContent = label
  group.append(heading)
  return group
}

function makeItem(template, option, i) {
  const item = template.cloneNode(true)
  const can = option.dataset.can.split(' ')
  item.id = `model-option-${i}`
  item.dataset.value = option.value
  item.dataset.testid = `model-selector-item-${option.value}`
  item.dataset.words = `${option.text} ${option.value} ${option.parentElement.label ?? ''}`.toLowerCase()
  item.ariaSelected = String(option.selected)
  item.querySelector('[data-name]').textContent = option.text
  item.title = option.value
  for (const skill of item.querySelectorAll('[data-skill]')) if (!can.includes(skill.dataset.skill)) skill.remove()
  return item
}

function activate(item, scroll = true) {
  active()?.removeAttribute('data-active')
  item?.toggleAttribute('data-active', true)
  for (const box of [field(), list()]) {
    if (item) box.setAttribute('aria-activedescendant', item.id)
    else box.removeAttribute('aria-activedescendant')
  }
  if (scroll) item?.scrollIntoView({ block: 'nearest' })
}

function filter() {
  const words = field().value.toLowerCase().split(/\s+/).filter(Boolean)
  for (const item of list().querySelectorAll('.model-item')) item.hidden = !words.every((word) => item.dataset.words.includes(word))
  for (const group of list().children) group.hidden = !group.querySelector('.model-item:not([hidden])')
  const found = items()
  dialog().querySelector('[data-none]').classList.toggle('hidden', found.length > 0)
  dialog().querySelector('[data-count]').textContent = words.length ? `${found.length} ${found.length === 1 ? 'model' : 'models'}` : ''
  activate(words.length ? found[0] : (found.find((item) => item.ariaSelected === 'true') ?? found[0]))
}

function place() {
  const { left, bottom } = byID('model-button').getBoundingClientRect()
  const { style } = dialog()
  if (phone()) style.cssText = ''
  else Object.assign(style, { left: `${Math.max(8, Math.min(left, innerWidth - 392))}px`, top: `${bottom + 4}px`, maxHeight: `${Math.min(480, innerHeight - bottom - 16)}px` })
}

function open() {
  if (!dialog()) document.body.append(byID('model-picker-template').content.cloneNode(true))
  build()
  field().value = ''
  place()
  dialog().showModal()
  byID('model-button').setAttribute('aria-expanded', 'true')
  if (touch()) list().focus() // the field would bring the keyboard over the list
  filter()
}

function show() {
  byID('model-button').querySelector('[data-model-name]').textContent = select().selectedOptions[0].text
}

// keep tells the server: a chat that is not there yet takes the choice along with its first message.
async function keep(model) {
  const { chatUrl, choiceUrl } = select().dataset
  const isNew = byID('composer').hasAttribute('data-new')
  const response = await fetch(isNew ? choiceUrl : chatUrl, {
    method: isNew ? 'PUT' : 'PATCH', body: JSON.stringify({ model }),
    headers: { 'Content-Type': 'application/json', Accept: 'application/json' },
  })
  if (!response.ok) throw new Error((await response.json()).detail)
}

async function choose(item) {
  dialog().close()
  const before = select().value
  const { value } = item.dataset
  if (value === before) return
  select().value = value
  show()
  try {
    await keep(value)
    byID('model-gone')?.remove()
  } catch (error) {
    select().value = before
    show()
    toast('The model was not changed', error.message)
  }
}

const steps = { ArrowDown: 1, ArrowUp: -1, PageDown: 8, PageUp: -8 }

function step(by) {
  const all = items()
  const at = all.indexOf(active())
  const to = Math.abs(by) > 1 ? Math.max(0, Math.min(all.length - 1, at + by)) : (at + by + all.length) % all.length
  activate(all[to])
}

on('click', '[data-action="models"]', open)
on('click', '[data-action="close-models"]', () => dialog().close())
on('click', '#model-picker', (box, evt) => evt.target === box && box.close())
on('click', '.model-item', choose)
on('pointermove', '.model-item', (item) => item === active() || activate(item, false))
on('input', '#model-picker input', filter)
on('keydown', '#model-picker', (_, evt) => {
  if (evt.isComposing) return
  if (evt.target === list() && evt.key.length === 1 && !evt.ctrlKey && !evt.metaKey) return field().focus() // what is typed is looked for
  if (steps[evt.key] && items().length) step(steps[evt.key])
  else if (evt.key === 'Enter' && active() && !evt.target.closest('button')) choose(active())
  else return
  evt.preventDefault()
})
document.addEventListener('close', (evt) => {
  if (evt.target.id === 'model-picker') byID('model-button')?.setAttribute('aria-expanded', 'false')
}, true)
addEventListener('resize', () => dialog()?.open && place())

// A reply to a chat whose model is gone comes from another, which is the chat's from then on.
document.addEventListener('htmx:after:request', (evt) => {
  const { ctx } = evt.detail
  if (ctx.sourceElement.id !== 'composer' || ctx.response.status >= 400 || !byID('model-gone')) return
  byID('model-gone').remove()
  if (select().value === '') {
    select().value = select().dataset.fallback
    select().querySelector('option[value=""]')?.remove()
    show()
  }
})
