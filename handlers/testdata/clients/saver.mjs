// What becomes of a text that cannot be saved at once: the saver of the pages, on a page that is none.
import assert from 'node:assert/strict'
import { register } from 'node:module'
import { play, until } from './play.mjs'

// The API is what a scenario makes of it: the pages' own needs a site.
const api = 'export const alleato = { documents: { save: (id, json) => globalThis.saves[id](json) } }'
register('data:text/javascript,' + encodeURIComponent(`export const load = (url, context, next) => url.endsWith('/static/js/api.js')
  ? { format: 'module', source: ${JSON.stringify(api)}, shortCircuit: true } : next(url, context)`))

class Element extends EventTarget {
  dataset = {}
  textContent = ''
  parts = {}
  querySelector(selector) { return this.parts[selector] ??= new Element() }
  setAttribute() {}
  removeAttribute() {}
  append(...children) { for (const child of children) dialogs.push(child) }
  showModal() {}
  focus() {}
  cloneNode() { return new Element() }
  matches() { return false }
  toggleAttribute() {}
  remove() {}
}

const dialogs = []
const page = new Element()
Object.assign(page, {
  visibilityState: 'visible', body: new Element(), createElement: () => new Element(),
  getElementById: () => Object.assign(new Element(), { content: { firstElementChild: new Element() }, append() {} }),
})
Object.assign(globalThis, { document: page, saves: {}, removeEventListener() {} })

const { Saver } = await import('../../../static/js/saver.js')

const refusal = (status, code = '') => Object.assign(new Error(`refused with ${status}`), { status, code })
const rescued = (text) => dialogs.some((d) => d.parts.textarea?.value === text)

// open is a saver with what an editor holds, and what the server gets: answer says what it says to that.
function open(id, answer) {
  const got = []
  const held = { text: 'one' }
  globalThis.saves[id] = async (json) => {
    got.push(json)
    const version = json.baseVersion + 1
    await answer(got.length, json)
    return { document: { version, autosave: json.autosave } }
  }
  const events = new EventTarget() // of a window of its own
  globalThis.addEventListener = events.addEventListener.bind(events)
  const artifact = new Element()
  artifact.dataset.url = `/documents/${id}`
  const saver = new Saver(artifact, { text: () => held.text }, { id, version: 1, autosave: false })
  artifact.editor = { destroy: () => saver.close() }
  return { saver, got, events, type: (text) => { held.text = text; saver.changed() } }
}

const leaving = (events) => {
  const evt = new Event('beforeunload', { cancelable: true })
  events.dispatchEvent(evt)
  return evt.defaultPrevented
}

await play({
  'tried again after the editor': async () => {
    const { saver, got, type } = open('gone', (n) => { if (n === 1) throw refusal(503) })
    type('two')
    saver.close()
    await until('it was saved', () => got.length === 2)
    assert.deepEqual(got.map(({ content }) => content), ['two', 'two'])
  },
  'shown when it is refused': async () => {
    const late = open('refused late', () => { throw refusal(413) })
    late.type('too long, of late')
    late.saver.close()
    await until('it is shown', () => rescued('too long, of late'))
    const before = open('refused before', () => { throw refusal(413) })
    before.type('too long, since before')
    await before.saver.saved()
    before.saver.close()
    await until('it is shown', () => rescued('too long, since before'))
  },
  'the last text of two': async () => {
    let refuse
    const first = new Promise((resolve, reject) => { refuse = () => reject(refusal(413)) })
    const { saver, type } = open('last', (n) => n === 1 && first)
    type('half')
    const saved = saver.saved()
    type('half and the rest')
    saver.close()
    refuse()
    await saved
    await until('all of it is shown', () => rescued('half and the rest'))
  },
  'a conflict without an answer': async () => {
    globalThis.fetch = async () => { throw new TypeError('no network') }
    const { saver, got, type } = open('conflict', (n) => { if (n === 1) throw refusal(409) })
    type('mine')
    await saver.saved() // which resolves, and leaves the saver at work
    await until('it was tried again', () => got.length === 2)
    saver.close()
  },
  'held while there is a newer version': async () => {
    const { saver, got, events, type } = open('held', () => {})
    saver.hold(true)
    type('two')
    await new Promise((done) => setTimeout(done, 1300)) // longer than it waits for the next key
    assert.equal(got.length, 0)
    await saver.saved() // which its person has asked for
    assert.equal(got.length, 1)
    saver.hold(true)
    type('three')
    assert.equal(leaving(events), true)
    saver.hold(false)
    await until('it was saved', () => got.at(-1).content === 'three')
    saver.close()
  },
  'asked when one save waits for another': async () => {
    let answer
    const { saver, events, type } = open('waits', (n) => n === 1 && new Promise((resolve) => { answer = resolve }))
    type('two')
    const saved = saver.saved()
    await until('it is on its way', () => answer)
    assert.equal(leaving(events), false)
    type('three')
    assert.equal(leaving(events), true)
    answer()
    await saved
    saver.close()
  },
})
