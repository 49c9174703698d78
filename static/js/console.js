// The console below a code document: what a run prints, draws and fails with.
import { alleato } from './api.js'
import { on } from './dom.js'
import { keepHeight, resizable } from './runheight.js'
import { Runner } from './runner.js'

const longest = 150 // lines in a block: those that scroll away are not drawn
const errorKept = 4000 // characters of what went wrong, for the assistant

const consoles = new WeakMap()

// consoleOf is the console of its section.
export function consoleOf(section) {
  if (!consoles.has(section)) consoles.set(section, new Console(section))
  return consoles.get(section)
}

const seconds = (ms) => (ms < 1000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(ms < 10000 ? 2 : 1)} s`)

class Console {
  #queue = []
  #asked = false
  #block
  #lines = 0

  constructor(section) {
    this.section = section
    this.output = section.querySelector('.run-output')
    this.state = section.querySelector('.run-state')
    this.time = section.querySelector('.run-time')
    this.stopButton = section.querySelector('[data-action="stop-code"]')
    this.fix = section.querySelector('[data-fix]')
    this.runner = new Runner(section, (message) => this.#hear(message))
    resizable(section)
  }

  async run() {
    const artifact = this.section.closest('#artifact')
    if (this.isRunning) this.runner.stop()
    this.clear()
    this.section.hidden = false
    keepHeight(this.section)
    this.#begin('Starting…')
    try {
      await this.runner.run(this.section.dataset.language, await codeOf(artifact))
    } catch {
      this.#end('failed', 'Not started: the network was gone. Try again.')
    }
  }

  stop() {
    this.runner.stop()
    this.#paint()
    this.#end('stopped', 'Stopped')
  }

  clear() {
    for (const image of this.output.querySelectorAll('img')) URL.revokeObjectURL(image.src)
    this.#queue = []
    this.#block = undefined
    this.output.replaceChildren()
    if (this.fix) this.fix.hidden = true
    if (!this.isRunning) this.#say('', '')
  }

  close() {
    if (this.isRunning) this.stop()
    this.section.hidden = true
    this.section.closest('#artifact').querySelector('[data-action="run"]').focus()
  }

  get isRunning() { return this.section.dataset.state === 'running' }

  #say(state, text) {
    this.section.dataset.state = state
    this.state.textContent = text
    if (state === '') this.time.textContent = ''
  }

  #begin(text) {
    this.#say('running', text)
    this.stopButton.hidden = false
    this.time.textContent = ''
    this.began = undefined
  }

  #tick() {
    if (!this.isRunning || !this.section.isConnected) return
    const ms = performance.now() - this.began
    this.time.textContent = ms < 1000 ? '' : `${Math.floor(ms / 1000)} s`
    this.timer = setTimeout(() => this.#tick(), 500)
  }

  #end(state, text, took = performance.now() - (this.began ?? performance.now())) {
    clearTimeout(this.timer)
    this.#say(state, text)
    this.time.textContent = seconds(took)
    const hadFocus = document.activeElement === this.stopButton
    this.stopButton.hidden = true
    if (hadFocus) this.output.focus()
    if (state === 'failed' && this.fix && this.#error()) {
      this.fix.elements.error.value = this.#error()
      this.fix.hidden = false
    }
  }

  // error is the end of what was printed as an error.
  #error() {
    return [...this.output.querySelectorAll('[data-stream="stderr"]')].map((node) => node.textContent).join('').trim().slice(-errorKept)
  }

  #hear(message) {
    switch (message.type) {
      case 'loading': return this.isRunning && this.#say('running', `Loading ${this.section.dataset.language === 'python' ? 'Python' : 'JavaScript'}… ${Math.min(99, Math.round(message.part * 100))} %`)
      case 'begun':
        this.began = performance.now()
        this.#say('running', 'Running…')
        return this.#tick()
      case 'text': case 'image': return this.#add(message)
      case 'done': return this.#done(message)
      case 'flooded': return this.#cutOff('Stopped: it said too much at once.')
      case 'lost': return this.#cutOff(message.message ? `It broke down: ${message.message}` : 'It broke down: perhaps it took too much memory.')
    }
  }

  #cutOff(text) {
    this.#add({ type: 'text', stream: 'stderr', text: `${text}\n` })
    this.#paint()
    this.#end('failed', 'Ended')
  }

  #done({ took, failed, cut, dropped }) {
    this.#paint()
    if (cut) this.#note(dropped > 0 ? `The console is full: ${dropped.toLocaleString('en')} more lines are not shown.` : 'The console is full: what comes after this is not shown.')
    this.#end(failed ? 'failed' : 'done', failed ? 'Failed' : 'Done', took)
    if (!failed && !this.output.hasChildNodes()) this.#note('It printed nothing.')
  }

  #note(text) {
    const note = Object.assign(document.createElement('p'), { className: 'run-note', textContent: text })
    this.#block = undefined
    this.output.append(note)
    this.output.scrollTop = this.output.scrollHeight
  }

  #add(message) {
    this.#queue.push(message)
    if (this.#asked) return
    this.#asked = true
    requestAnimationFrame(() => this.#paint())
  }

  // paint shows what has come since the last frame.
  #paint() {
    this.#asked = false
    if (this.#queue.length === 0) return
    const follows = this.output.scrollHeight - this.output.scrollTop - this.output.clientHeight < 40
    const queue = this.#queue
    this.#queue = []
    for (let i = 0; i < queue.length; i++) {
      const { type, stream } = queue[i]
      if (type === 'image') {
        this.#picture(queue[i].picture)
        continue
      }
      let text = queue[i].text
      while (queue[i + 1]?.stream === stream) text += queue[++i].text
      this.#print(stream, text)
    }
    if (follows) this.output.scrollTop = this.output.scrollHeight
  }

  #print(stream, text) {
    for (let rest = text; rest;) {
      if (!this.#block || this.#lines >= longest) this.#newBlock()
      let end = 0
      while (this.#lines < longest) {
        const at = rest.indexOf('\n', end)
        if (at < 0) {
          end = rest.length
          break
        }
        end = at + 1
        this.#lines++
      }
      this.#put(stream, rest.slice(0, end))
      rest = rest.slice(end)
    }
  }

  #put(stream, text) {
    let last = this.#block.lastElementChild
    if (last?.dataset.stream !== stream) {
      last = document.createElement('span')
      last.dataset.stream = stream
      this.#block.append(last)
    }
    last.append(text)
  }

  #newBlock() {
    this.#block = Object.assign(document.createElement('pre'), { className: 'run-block' })
    this.#lines = 0
    this.output.append(this.#block)
  }

  #picture(blob) {
    const image = Object.assign(document.createElement('img'), { src: URL.createObjectURL(blob), alt: 'Picture made by the code' })
    image.addEventListener('load', () => { this.output.scrollTop = this.output.scrollHeight }, { once: true })
    this.#block = undefined
    this.output.append(image)
  }
}

// codeOf is what is written, or else the version that is shown.
async function codeOf(artifact) {
  if (artifact.editor) return artifact.editor.text()
  const { documentId, version } = artifact.dataset
  const { document: doc } = await alleato.documents.get(documentId, { version })
  return doc.content
}

const inConsole = (act) => (element) => consoleOf(element.closest('#run-console'))[act]()
on('click', '[data-action="stop-code"]', inConsole('stop'))
on('click', '[data-action="clear-console"]', inConsole('clear'))
on('click', '[data-action="close-console"]', inConsole('close'))
