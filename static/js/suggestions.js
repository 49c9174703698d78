// The cards of the suggestions beside an open editor: what is pressed or walked to in the text opens its
// card, and what is accepted comes into the editor without a new page. The cards are the server's; without a
// script their forms do the same.
import { heard } from './newer.js'
import { tellTabs } from './tabs.js'
import { toast } from './toast.js'
import { placesOf } from './suggestionplaces.js'

export class Suggestions {
  #artifact; #saver
  #busy = false
  #ends = new AbortController()

  constructor(artifact, saver) {
    this.#artifact = artifact
    this.#saver = saver
    const { signal } = this.#ends
    artifact.addEventListener('submit', (evt) => this.#submit(evt), { signal })
    artifact.addEventListener('click', (evt) => this.#click(evt), { signal })
    document.addEventListener('keydown', (evt) => this.#key(evt), { signal })
    artifact.addEventListener('suggestion:open', (evt) => this.#open(evt.detail), { signal })
    artifact.addEventListener('editor:saved', () => this.#check(), { signal })
    artifact.addEventListener('suggestions:changed', () => this.#busy || this.#refresh(), { signal })
  }

  get #aside() { return this.#artifact.querySelector('#suggestions') }

  get #cards() { return [...this.#aside?.querySelectorAll('[data-suggestion-id]') ?? []] }

  get #list() {
    return this.#cards.map((card) => ({ id: card.dataset.suggestionId, originalText: card.querySelector('del').textContent }))
  }

  #card(id) { return this.#cards.find((card) => card.dataset.suggestionId === id) }

  mark() {
    this.#aside?.toggleAttribute('data-live', true)
    this.#choose(this.#card(this.#aside?.dataset.current) ?? this.#cards[0])
  }

  #choose(chosen) {
    for (const card of this.#cards) card.toggleAttribute('data-current', card === chosen)
    const id = chosen?.dataset.suggestionId
    if (id) this.#aside.dataset.current = id
    this.#artifact.editor?.mark(this.#list, id)
  }

  #open(id) {
    const card = this.#card(id)
    if (!card) return
    this.#choose(card)
    card.scrollIntoView({ block: 'nearest' })
  }

  #click(evt) {
    const step = evt.target.closest('[data-suggestion-step]')
    if (step) return this.#step(Number(step.dataset.suggestionStep), false)
    const card = evt.target.closest('[data-suggestion-id]')
    if (card && !evt.target.closest('form')) this.#show(card.dataset.suggestionId)
  }

  // F8 walks through the suggestions from anywhere on the page, as editors walk through problems.
  #key(evt) {
    if (evt.key === 'F8' && this.#cards.length && !document.querySelector('dialog[open]')) {
      evt.preventDefault()
      this.#step(evt.shiftKey ? -1 : 1, true)
    } else if (evt.key === 'Escape' && evt.target.closest?.('#suggestions')) {
      this.#artifact.editor?.focus()
    }
  }

  #step(by, focus) {
    const cards = this.#cards
    const within = this.#artifact.contains(document.activeElement) && this.#walked
    const at = cards.findIndex((card) => card.hasAttribute('data-current'))
    const card = cards.at((within ? at + by : at) % cards.length)
    this.#walked = true
    this.#show(card.dataset.suggestionId)
    if (focus) (card.querySelector('button') ?? card).focus()
  }

  #walked = false // the first step goes to the card that is open

  #show(id, cursor = true) {
    this.#open(id)
    this.#artifact.editor?.showMark(id, cursor)
  }

  async #submit(evt) {
    const form = evt.target
    if (!form.closest('#suggestions')) return
    evt.preventDefault()
    if (this.#busy) return
    this.#busy = true
    try {
      await this.#resolve(form)
    } catch (error) {
      toast(error.message)
    }
    this.#busy = false
  }

  // What is not saved yet goes first: a suggestion is put into the newest version.
  async #resolve(form) {
    const { editor } = this.#artifact
    const held = form.contains(document.activeElement)
    const id = form.closest('[data-suggestion-id]')?.dataset.suggestionId
    const at = this.#cards.findIndex((card) => card.contains(form))
    const status = form.elements.status.value
    await editor.saved()
    if (!this.#artifact.editor || this.#saver.dirty) return // the saver has said why
    const before = editor.text()
    const places = editor.places().filter((place) => !id || place.id === id)
    this.#saver.hold(true) // beside the version that comes of this a save would be refused
    try {
      const response = await fetch(form.action, {
        method: 'PATCH', headers: { 'Content-Type': 'application/json', Accept: 'application/json' },
        body: JSON.stringify({ status, ...which(id, places) }),
      })
      const answer = await response.json().catch(() => ({}))
      if (response.ok) this.#adopt(answer, before, places)
      else toast(answer.detail ?? 'That did not work.', answer.hint ?? '')
    } finally {
      if (this.#artifact.editor) this.#saver.hold(false)
    }
    await this.#refresh()
    const { documentId, version } = this.#artifact.dataset
    tellTabs('document', { id: documentId, version: Number(version), suggestions: true })
    if (held) this.#after(at)
  }

  // What was typed while the server answered stays: what was accepted then goes into that text, unless it has come into
  // it by itself by now. What somebody wrote elsewhere meanwhile was not seen here, and must not be saved over.
  #adopt({ document: doc, suggestion, suggestions = [suggestion] }, before, places) {
    const { editor, dataset } = this.#artifact
    const known = Number(dataset.version)
    if (!editor || doc.version <= known) return
    const now = editor.text()
    if (now === before) {
      editor.setText(doc.content)
      return this.#saver.adopt({ ...doc, content: editor.text() })
    }
    const was = (id) => places.find((place) => place.id === id)?.from
    const accepted = suggestions.filter(({ id, status }) => status === 'accepted' && was(id) !== undefined)
    if (!accepted.length || doc.version > known + 1) return heard({ id: doc.id, version: doc.version })
    editor.setText(withAll(now, accepted, was))
    this.#saver.adopt(doc)
  }

  async #refresh() {
    const response = await fetch(`${this.#artifact.dataset.url}/suggestions`, { headers: { Accept: 'text/html', 'HX-Request': 'true' } })
    if (!response.ok) return
    const text = await response.text()
    const { current } = this.#aside?.dataset ?? {}
    if (this.#aside) this.#aside.outerHTML = text
    else if (text.includes('data-suggestion-id')) this.#artifact.querySelector('.artifact-main').insertAdjacentHTML('afterend', text)
    else return
    if (current) this.#aside.dataset.current = current
    this.mark()
  }

  // The focus goes on to the card that took the place of the one that is gone; the cursor stays.
  #after(at) {
    const card = this.#cards.at(Math.min(at, this.#cards.length - 1))
    if (!card) return this.#artifact.editor?.focus()
    this.#show(card.dataset.suggestionId, false)
    ;(card.querySelector('button') ?? card).focus()
  }

  // check asks for the cards anew when one of them fits that did not, or the other way round.
  #check() {
    const text = this.#artifact.editor?.text()
    if (text === undefined || this.#busy) return
    const fitting = new Set(placesOf(text, this.#list).map(({ id }) => id))
    const stale = (card) => Boolean(card.querySelector('[data-testid="suggestion-stale"]'))
    if (this.#cards.some((card) => fitting.has(card.dataset.suggestionId) === stale(card))) this.#refresh()
  }

  close() { this.#ends.abort() }
}

// which says which of the places that hold its text a suggestion is about, or each of several.
function which(id, places) {
  if (id) return { occurrence: places[0]?.occurrence }
  return { occurrences: Object.fromEntries(places.map((place) => [place.id, place.occurrence])) }
}

// withAll puts suggestions into a text, from its end, so that the places before stay where they are.
function withAll(text, suggestions, was) {
  const words = new Map(suggestions.map(({ id, suggestedText }) => [id, suggestedText]))
  let end = text.length
  for (const { id, from, to } of placesOf(text, suggestions, was).sort((a, b) => b.from - a.from)) {
    if (to > end) continue
    text = text.slice(0, from) + words.get(id) + text.slice(to)
    end = from
  }
  return text
}
