// Runs inside the frame of the console: no origin, no network, and a policy that its workers inherit. It
// holds the worker in which the code runs, ends it when the page says so, and bounds what comes of it: the
// code may have got hold of everything in its worker.
const page = location.origin // the address of the frame is the page's own host, its origin is none
const said = ['text', 'image', 'done'] // by a worker; the rest of what the page hears is the frame's own
const most = { messages: 40000, text: 1 << 21, images: 24, image: 6 << 20 }

let parts // what the page has handed over: { worker, asm, stdlib, wasm }
let compiled // Python, once for all workers
let worker
let run // { id, language, messages, text, images }

const tell = (message) => parent.postMessage(message, page)

function end() {
  worker?.terminate()
  worker = undefined
}

function begin(language) {
  const url = URL.createObjectURL(new Blob([parts.worker], { type: 'text/javascript' }))
  worker = Object.assign(new Worker(url), { language, idle: false })
  worker.onmessage = ({ data }) => take(data)
  worker.onerror = (evt) => {
    evt.preventDefault()
    finish({ type: 'lost', message: String(evt.message ?? '').slice(0, 300) })
  }
  if (language === 'python') {
    compiled ??= WebAssembly.compile(parts.wasm)
    const mine = worker
    compiled.then((wasm) => mine.postMessage({ type: 'begin', language, asm: parts.asm, stdlib: parts.stdlib, wasm }),
      (error) => finish({ type: 'lost', message: String(error) }))
  } else worker.postMessage({ type: 'begin', language })
}

// finish ends a run together with its worker.
function finish(message) {
  end()
  if (run) tell({ ...message, id: run.id })
  run = undefined
}

function isTooMuch({ text, image }) {
  run.messages++
  run.text += typeof text === 'string' ? text.length : 0
  run.images += image === undefined ? 0 : 1
  return run.messages > most.messages || run.text > most.text || run.images > most.images || image?.byteLength > most.image
}

function take(data) {
  if (typeof data !== 'object' || !data) return
  if (data.type === 'ready') {
    worker.postMessage({ type: 'run', id: run.id, code: run.code })
    return tell({ type: 'begun', id: run.id })
  }
  if (!run || data.id !== run.id || !said.includes(data.type)) return
  if (isTooMuch(data)) return finish({ type: 'flooded' })
  tell(data)
  if (data.type !== 'done') return
  worker.idle = true
  run = undefined
}

// A worker that Python was started in runs again; a script may have left timers behind, and gets a new one.
function start(data) {
  if (run) finish({ type: 'stopped' })
  run = { id: data.id, code: data.code, messages: 0, text: 0, images: 0 }
  if (data.language === 'python' && worker?.language === 'python' && worker.idle) {
    worker.idle = false
    return take({ type: 'ready' })
  }
  end()
  begin(data.language)
}

addEventListener('message', ({ source, origin, data }) => {
  if (source !== parent || origin !== page) return
  if (data.type === 'parts') parts = { ...parts, ...data.parts }
  else if (data.type === 'run') start(data)
  else if (data.type === 'stop') finish({ type: 'stopped' })
})

tell({ type: 'ready' })
