// JavaScript in the worker: the code is a module of its own. Its run ends when the module has been
// evaluated and no timer is left.
import { inspect } from './inspect.js'

const hints = {
  document: 'There is no page here: the code runs in a worker. Print with console.log, draw on an OffscreenCanvas and display(it).',
  alert: 'There is no window to ask or tell: use console.log.',
  require: 'There are no packages here: only what the language and the browser bring along.',
  process: 'This is a browser, not Node.',
}
Object.assign(hints, { window: hints.document, prompt: hints.alert, confirm: hints.alert, module: hints.require, exports: hints.require })

const noNetwork = () => new TypeError('The code runs without a network: nothing outside of this console can be reached.')

// hintFor says more of an error that has to do with where the code runs.
function hintFor(error) {
  const [, name] = /^(\w+) is not defined/.exec(error?.message ?? '') ?? []
  if (hints[name]) return `\n${hints[name]}`
  if (/module specifier|dynamically imported module/.test(error?.message ?? '')) return `\n${hints.require}`
  return ''
}

// errorText is an error with the lines of the code that led there, and none of ours.
export function errorText(error) {
  if (!(error instanceof Error)) return `Uncaught ${inspect(error)}\n`
  const head = `${error.name}: ${error.message}`
  const frames = String(error.stack ?? '').split('\n').filter((line) => /main\.js:\d/.test(line))
  return [head, ...frames.map((line) => `    ${line.trim().replace(/\S*main\.js/, (at) => (at.startsWith('(') ? '(main.js' : 'main.js'))}`)].join('\n') + hintFor(error) + '\n'
}

function openConsole(out) {
  const times = new Map()
  const counts = new Map()
  let indent = ''
  const say = (stream) => (...values) => {
    for (const value of values) if (isPicture(value)) display(out, value)
    const text = values.filter((value) => !isPicture(value)).map((value) => inspect(value)).join(' ')
    if (text || !values.some(isPicture)) out.write(stream, `${text.replace(/^/gm, indent)}\n`)
  }
  const log = say('stdout')
  const error = say('stderr')
  Object.assign(console, {
    log, info: log, debug: log, dir: log, error, warn: error, trace: error,
    table: (value) => log(value),
    assert: (holds, ...values) => holds || error('Assertion failed:', ...values),
    count: (label = 'default') => { counts.set(label, (counts.get(label) ?? 0) + 1); log(`${label}: ${counts.get(label)}`) },
    countReset: (label = 'default') => counts.delete(label),
    time: (label = 'default') => times.set(label, performance.now()),
    timeEnd: (label = 'default') => { log(`${label}: ${(performance.now() - (times.get(label) ?? performance.now())).toFixed(1)} ms`); times.delete(label) },
    timeLog: (label = 'default') => log(`${label}: ${(performance.now() - (times.get(label) ?? performance.now())).toFixed(1)} ms`),
    group: (...values) => { if (values.length) log(...values); indent += '  ' },
    groupCollapsed: (...values) => console.group(...values),
    groupEnd: () => { indent = indent.slice(2) },
    clear: () => {},
  })
}

const isPicture = (value) => value instanceof OffscreenCanvas || value instanceof ImageBitmap || (value instanceof Blob && value.type.startsWith('image/'))

// pictures that are still being made: a run waits for them.
const waiting = new Set()

function display(out, ...values) {
  for (const value of values) {
    if (!isPicture(value)) {
      console.log(value)
      continue
    }
    const picture = show(out, value).catch((error) => out.write('stderr', errorText(error)))
    waiting.add(picture)
    picture.finally(() => waiting.delete(picture))
  }
}

async function show(out, value) {
  let blob = value
  if (value instanceof ImageBitmap) {
    const canvas = new OffscreenCanvas(value.width, value.height)
    canvas.getContext('2d').drawImage(value, 0, 0)
    blob = await canvas.convertToBlob()
  } else if (value instanceof OffscreenCanvas) blob = await value.convertToBlob()
  out.image(await blob.arrayBuffer(), blob.type)
}

// countTimers makes the run wait for what it has put off.
function countTimers(settled) {
  const pending = new Set()
  const { setTimeout, clearTimeout, setInterval, clearInterval } = self
  const forget = (id) => { if (pending.delete(id)) settled() }
  self.setTimeout = (act, ms, ...args) => {
    const id = setTimeout(() => {
      try {
        typeof act === 'function' ? act(...args) : (0, eval)(String(act))
      } finally {
        forget(id)
      }
    }, ms)
    pending.add(id)
    return id
  }
  self.setInterval = (act, ms, ...args) => {
    const id = setInterval(act, ms, ...args)
    pending.add(id)
    return id
  }
  self.clearTimeout = self.clearInterval = (id) => { clearTimeout(id); clearInterval(id); forget(id) }
  return pending
}

// idle resolves when no timer and no picture is pending.
function idle(pending, watch) {
  return new Promise((resolve) => {
    const look = async () => {
      await Promise.all(waiting)
      if (pending.size === 0 && waiting.size === 0) resolve()
    }
    watch.settled = look
    look()
  })
}

export function openJavaScript() {
  const watch = { settled() {} }
  const pending = countTimers(() => watch.settled())
  self.fetch = () => Promise.reject(noNetwork())
  return async (code, out) => {
    let failed = false
    const fail = (error) => {
      failed = true
      out.write('stderr', errorText(error))
    }
    openConsole(out)
    self.display = (...values) => display(out, ...values)
    addEventListener('error', (evt) => { evt.preventDefault(); fail(evt.error ?? new Error(evt.message)) })
    addEventListener('unhandledrejection', (evt) => { evt.preventDefault(); fail(evt.reason) })
    try {
      await import(URL.createObjectURL(new Blob([`${code}\n//# sourceURL=main.js`], { type: 'text/javascript' })))
    } catch (error) {
      fail(error)
    }
    await idle(pending, watch)
    return failed
  }
}
