// Shows a document growing while a reply writes it: in the editor of its kind, which cannot be written in
// until then. The text is taken from the start of the reply's stream, not from the page: the page has it
// as it was when it was made, and nothing in it says where in the stream that was.
import { alleato } from './api.js'
import { bound, mount } from './editor.js'
import { byID } from './dom.js'
import { renew } from './renew.js'

const near = 80 // px from the end: who is there follows the text
const usual = 80 // ms between two changes of the editor: what can be read does not come faster
const slowest = 1000
const frame = 1000 / 60
const rest = 3000 // ms before a reply that could not be read is asked for again

const ends = new Map() // stream id and version -> how often its end was seen while the page still had it as being written

const visible = (signal) => new Promise((done) => {
  if (!document.hidden) return done()
  document.addEventListener('visibilitychange', done, { once: true })
  signal.addEventListener('abort', done, { once: true })
})

const pause = (ms) => new Promise((done) => setTimeout(done, ms))

// open follows the writing of an artifact to its end; then the artifact is asked for anew.
export async function open(artifact) {
  const live = artifact.live = new AbortController()
  const { documentId, version, streamId } = artifact.dataset
  const growth = new Growth(artifact)
  tell('Writing', artifact)
  let newer = false
  try {
    newer = await read(alleato.streams.get(streamId, { signal: live.signal }), reader(documentId, Number(version), growth), live.signal)
    const key = `${streamId} ${version}`
    ends.set(key, (ends.get(key) ?? 0) + 1)
    if (ends.get(key) > 1) await pause(rest) // its end is not saved yet
  } catch {
    if (!live.signal.aborted) await pause(rest)
  }
  growth.end()
  if (live.signal.aborted) return
  const now = await renew(artifact, { newest: newer, gone: () => artifact.querySelector('[data-testid="artifact-writing"]')?.remove() })
  if (now && !now.hasAttribute('data-writing')) tell('Written:', now)
}

// read gives the chunks to take until that wants no more. A page in the background lets go of the
// connection, of which a browser has six for all of its tabs, and goes on where it was.
async function read(reply, take, signal) {
  for (let at = 0; ;) {
    await visible(signal)
    let i = 0
    let left = false
    for await (const chunk of reply) {
      if (i++ < at) continue
      at = i
      const end = take(chunk)
      if (end !== undefined) return end
      if ((left = document.hidden)) break
    }
    if (!left) return false
  }
}

// reader makes the function that takes the chunks. It answers when the version is whole, or its reply has
// ended: whether a newer version has begun.
function reader(id, version, growth) {
  let ours = false
  return ({ type, data }) => {
    switch (type) {
      case 'start': // the reply again, from its start
        ours = false
        break
      case 'data-document':
        if (data.id !== id) break
        if (ours && data.version !== version) return true
        ours = data.version === version
        if (ours) growth.begin()
        break
      case 'data-document-delta':
        if (ours && data.id === id) growth.add(data.delta)
        break
      case 'tool-output-available':
      case 'tool-output-error':
        if (ours) return false
        break
      case 'abort':
      case 'error':
      case 'finish':
        return false
    }
  }
}

// Growth is the text as it comes. How often it goes to the editor depends on how long the page takes to show
// that: on a slow machine the text comes in larger pieces, and the page stays as smooth as it is.
class Growth {
  #artifact; #editor; #timer
  #pause = usual
  #mounting = false
  #anew = true // the next text takes the place of what is there
  #rest = '' // what the editor has not got yet

  constructor(artifact) { this.#artifact = artifact }

  begin() {
    this.#rest = ''
    this.#anew = true
  }

  add(delta) {
    this.#rest += delta
    this.#timer ??= setTimeout(() => this.#flush(), this.#editor ? this.#pause : 0)
  }

  end() {
    clearTimeout(this.#timer)
    this.#flush()
  }

  #flush() {
    this.#timer = undefined
    const text = this.#rest
    if (this.#mounting || !text || !this.#artifact.isConnected) return
    this.#rest = ''
    if (!this.#editor) return void this.#mount(text)
    if (this.#anew) this.#editor.setText(text)
    else this.#editor.append(text)
    this.#anew = false
    this.#measure()
  }

  // A third of the time may go to the editor. Not less: rarer pieces are larger ones, and make the longer stops.
  #measure() {
    const begun = performance.now()
    let left = 4 // an editor may take in its text in the next frame, and show it in the one after
    const next = () => {
      if (--left) return requestAnimationFrame(next)
      this.#pause = Math.min(slowest, Math.max(usual, 3 * (performance.now() - begun - 4 * frame)))
    }
    requestAnimationFrame(next)
  }

  async #mount(text) {
    this.#mounting = true
    const editor = await mount(this.#artifact, { text, language: '', readOnly: true, onChange() {} })
    this.#mounting = false
    if (!editor) return
    this.#editor = editor
    this.#anew = false
    keepUp(this.#artifact.querySelector('.artifact-main'))
    this.#artifact.editor = { ...bound(editor), saved: async () => {}, destroy: () => { editor.destroy(); delete this.#artifact.editor } }
    this.#flush()
  }
}

// keepUp holds the end of a growing text in sight, unless its reader has scrolled up. An editor that scrolls
// within itself does that by itself.
function keepUp(main) {
  let follows = true
  let last = 0
  main.addEventListener('scroll', () => {
    const { scrollTop } = main
    if (main.scrollHeight - scrollTop - main.clientHeight < near) follows = true
    else if (scrollTop < last) follows = false
    last = scrollTop
  })
  new ResizeObserver(() => { if (follows) main.scrollTop = main.scrollHeight }).observe(main.firstElementChild)
}

function tell(what, artifact) {
  byID('announcer').textContent = `${what} ${artifact.querySelector('h1').textContent}`
}
