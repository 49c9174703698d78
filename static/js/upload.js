// Sends files two at a time, as a reply that streams needs a connection too; the first one alone: a new
// visitor gets a session with it, and two at once would get two.
let atOnce = 1
const waiting = []
let running = 0

// What is said of a call that went wrong. The server's own failures are said in their first sentence: their
// hint is for programs.
export function words({ status = 0, message, hint }) {
  if (status >= 500) return message.split('. ')[0]
  return status ? [message, hint].filter(Boolean).join(' ') : 'The connection broke off.'
}

// send sends a file at once.
export async function send(file, options) {
  const { alleato } = await import('./api.js') // with the first file
  return alleato.files.upload(file, options)
}

// upload sends a file once it is its turn. done gets the server's file, failed a message and the status,
// 0 when there was no answer. The function that it returns cancels, and then neither is called; what had
// arrived whole by then is given to late.
export function upload(file, { progress, done, failed, late }) {
  const abort = new AbortController()
  const job = { start, cancelled: false, whole: false }

  function onProgress({ loaded, total }) {
    job.whole = loaded === total
    progress(loaded / total)
  }

  async function start() {
    const [kept, error] = await send(file, { onProgress, signal: abort.signal }).then((kept) => [kept], (error) => [null, error])
    running--
    if (kept) atOnce = 2
    next()
    if (kept) (job.cancelled ? late : done)(kept)
    else if (!job.cancelled) failed(words(error), error.status ?? 0)
  }

  waiting.push(job)
  next()
  return () => {
    job.cancelled = true
    const place = waiting.indexOf(job)
    if (place >= 0) waiting.splice(place, 1)
    else if (!job.whole) abort.abort()
  }
}

function next() {
  while (running < atOnce && waiting.length) {
    running++
    waiting.shift().start()
  }
}
