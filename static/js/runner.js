// Runs code in a frame that has no origin and no network: see handlers/run.go. The page fetches what the
// frame needs and hands it over; what the frame says is taken from that frame alone, and looked at.
const made = JSON.parse(RUN_FILES) // by the asset build
const files = { javascript: ['worker'], python: ['worker', 'asm', 'wasm', 'stdlib'] }
const pictures = ['image/png', 'image/jpeg', 'image/gif', 'image/webp', 'image/svg+xml']

// bytesOf fetches a file and tells how much of it has come.
async function bytesOf({ file }, tell) {
  const response = await fetch(new URL(file, import.meta.url))
  if (!response.ok) throw new Error(`${response.status}`)
  const pieces = []
  for (const reader = response.body.getReader(); ;) {
    const { done, value } = await reader.read()
    if (done) return new Blob(pieces).arrayBuffer()
    pieces.push(value)
    tell(value.length)
  }
}

// Runner is one frame. hears gets what a run says: (message) with a type.
export class Runner {
  #frame
  #ready
  #has = new Set()
  #run = 0

  constructor(section, hears) {
    Object.assign(this, { section, hears })
  }

  #open() {
    if (this.#frame?.isConnected) return this.#ready
    this.#has.clear()
    const frame = document.createElement('iframe')
    this.#frame = frame
    Object.assign(frame, { src: this.section.dataset.frame, title: 'Where the code runs', hidden: true, referrerPolicy: 'no-referrer' })
    frame.sandbox.add('allow-scripts')
    this.#ready = new Promise((resolve) => {
      const hear = ({ source, origin, data }) => {
        if (!frame.isConnected) return removeEventListener('message', hear)
        if (source !== frame.contentWindow || origin !== 'null' || typeof data !== 'object' || !data) return
        if (data.type === 'ready') resolve()
        else if (data.id === this.#run) this.hears(checked(data))
      }
      addEventListener('message', hear)
    })
    this.section.append(frame)
    return this.#ready
  }

  // load hands over what a language needs, once for each frame.
  async #load(language) {
    const missing = files[language].filter((name) => !this.#has.has(name))
    if (missing.length === 0) return
    const all = missing.reduce((sum, name) => sum + made[name].size, 0)
    let come = 0
    const parts = {}
    await Promise.all(missing.map(async (name) => {
      const bytes = await bytesOf(made[name], (n) => this.hears({ type: 'loading', part: (come += n) / all }))
      parts[name] = name === 'worker' || name === 'asm' ? new TextDecoder().decode(bytes) : bytes
    }))
    this.#frame.contentWindow.postMessage({ type: 'parts', parts }, '*')
    for (const name of missing) this.#has.add(name)
  }

  async run(language, code) {
    const id = ++this.#run
    await this.#open()
    await this.#load(language)
    if (id === this.#run) this.#frame.contentWindow.postMessage({ type: 'run', id, language, code }, '*')
  }

  // stop ends the run at once, whatever it is doing.
  stop() {
    this.#run++
    this.#frame?.contentWindow?.postMessage({ type: 'stop' }, '*')
  }
}

// checked is a message as the console takes it: whoever wrote the code may have written the message.
function checked({ type, stream, text, image, mediaType, took, failed, cut, dropped, message }) {
  switch (type) {
    case 'text':
      return { type, stream: stream === 'stderr' ? 'stderr' : 'stdout', text: String(text) }
    case 'image':
      if (!(image instanceof ArrayBuffer) || !pictures.includes(mediaType)) return { type: 'text', stream: 'stderr', text: 'This picture cannot be shown.\n' }
      return { type, picture: new Blob([image], { type: mediaType }) }
    case 'done':
      return { type, took: Number(took) || 0, failed: failed === true, cut: cut === true, dropped: Math.max(0, Math.trunc(Number(dropped)) || 0) }
    case 'begun': case 'stopped': case 'flooded':
      return { type }
    case 'lost':
      return { type, message: String(message ?? '').slice(0, 300) }
  }
  return { type: 'other' }
}
