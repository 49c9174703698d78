// The cards of the suggestions beside an open editor: what is pressed or walked to in the text opens its
// card, and what is accepted comes into the editor without a new page. The cards are the server's; without a
// script their forms do the same.
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
    artifact.addEventListener('keydown', (evt) => this.#key(evt), { signal })
    artifact.addEventListener('suggestion:open', (evt) => this.#open(evt.detail), { signal })
    artifact.addEventListener('editor:saved', () => this.#check(), { signal })
    artifact.addEventListener('suggestions:changed', () => this.#busy || this.#refresh(), { signal })
  }

  get #aside() { return this.#artifact.querySelector('#suggestions') }

  get #cards() { return [...this.#aside?.querySelectorAll('[data-suggestion-id]') ?? []] }

  get #list() {
    return this.#cards.map((card) => ({ id: card.dataset.suggestionId, originalText: card.querySelector('del').textContent }))
  }

  mark() {
    this.#aside?.toggleAttribute('data-live', true)
    this.#artifact.editor?.mark?.(this.#list)
    const { current } = this.#aside?.dataset ?? {}
    const [first] = this.#cards
    if (first) this.#choose(this.#cards.find((card) => card.dataset.suggestionId === current) ?? first)
  }

  #choose(card) {
    for (const other of this.#cards) other.toggleAttribute('data-current', other === card)
    this.#aside.dataset.current = card.dataset.suggestionId
  }

  #open(id) {
    const card = this.#cards.find((one) => one.dataset.suggestionId === id)
    if (!card) return undefined
    this.#choose(card)
    card.scrollIntoView({ block: 'nearest' })
    return card
  }

  #click(evt) {
    const step = evt.target.closest('[data-suggestion-step]')
    if (step) return this.#step(Number(step.dataset.suggestionStep), false)
    const card = evt.target.closest('[data-suggestion-id]')
    if (card && !evt.target.closest('form')) this.#show(card.dataset.suggestionId)
  }

  // F8 walks through the suggestions from anywhere in the document, as editors walk through problems.
  #key(evt) {
    if (evt.key === 'F8' && this.#cards.length) {
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

  #show(id) {
    this.#open(id)
    this.#artifact.editor?.showMark?.(id)
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
    const place = id && status === 'accepted' ? editor.place?.(id) : undefined
    await editor.saved()
    if (!this.#artifact.editor || this.#saver.dirty) return // the saver has said why
    const before = editor.text()
    const response = await fetch(form.action, {
      method: 'PATCH', headers: { 'Content-Type': 'application/json', Accept: 'application/json' },
      body: JSON.stringify({ status, ...place && { occurrence: place.occurrence } }),
    })
    const answer = await response.json().catch(() => ({}))
    if (response.ok) this.#adopt(answer, before, place)
    else toast(answer.detail ?? 'That did not work.', answer.hint ?? '')
    await this.#refresh()
    const { documentId, version } = this.#artifact.dataset
    tellTabs('document', { id: documentId, version: Number(version), suggestions: true })
    if (held) this.#after(at)
  }

  // What was typed while the server answered stays: the suggestion then goes into that text.
  #adopt({ document: doc, suggestion }, before, place) {
    const { editor } = this.#artifact
    const now = editor.text()
    if (now === before) {
      if (doc.content !== before) editor.setText(doc.content)
    } else if (suggestion?.status === 'accepted') {
      const [spot] = placesOf(now, [suggestion], () => place?.from)
      if (spot) editor.setText(now.slice(0, spot.from) + suggestion.suggestedText + now.slice(spot.to))
    }
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

  // The focus goes on to the card that took the place of the one that is gone.
  #after(at) {
    const card = this.#cards.at(Math.min(at, this.#cards.length - 1))
    if (!card) return this.#artifact.editor?.focus()
    this.#show(card.dataset.suggestionId)
    ;(card.querySelector('button') ?? card).focus()
  }

  // check asks for the cards anew when one of them fits that did not, or the other way round.
  #check() {
    const text = this.#artifact.editor?.text()
    if (text === undefined || this.#busy) return
    const fits = (card) => text.includes(card.querySelector('del').textContent)
    const changed = this.#cards.some((card) => fits(card) === Boolean(card.querySelector('[data-testid="suggestion-stale"]')))
    if (changed) this.#refresh()
  }

  close() { this.#ends.abort() }
}
