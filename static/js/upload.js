// Sends files two at a time, as a reply that streams needs a connection too; the first one alone: a new
// visitor gets a session with it, and two at once would get two. Only XMLHttpRequest tells how far it has
// come.
let atOnce = 1
const waiting = []
let running = 0

// upload sends a file once it is its turn. done gets the server's file, failed a message and the status,
// 0 when there was no answer. The function that it returns cancels, and then neither is called; what had
// arrived whole by then is given to late.
export function upload(url, file, { progress, done, failed, late }) {
  const request = new XMLHttpRequest()
  const job = { start, cancelled: false, whole: false }

  function start() {
    const body = new FormData()
    body.append('file', file, file.name)
    request.open('POST', url)
    request.setRequestHeader('Accept', 'application/json')
    request.responseType = 'json'
    request.upload.addEventListener('progress', (evt) => evt.lengthComputable && progress(evt.loaded / evt.total))
    request.upload.addEventListener('load', () => { job.whole = true })
    request.addEventListener('loadend', () => {
      running--
      if (request.status === 201) atOnce = 2
      next()
      if (!job.cancelled) finish()
      else if (request.status === 201) late(request.response)
    })
    request.send(body)
  }

  function finish() {
    const { status, response } = request
    if (status === 201) return done(response)
    const words = status >= 500 ? response?.detail?.split('. ')[0] : [response?.detail, response?.hint].filter(Boolean).join(' ')
    failed(words || (status ? `The server answered ${status}.` : 'The connection broke off.'), status)
  }

  waiting.push(job)
  next()
  return () => {
    job.cancelled = true
    const place = waiting.indexOf(job)
    if (place >= 0) waiting.splice(place, 1)
    else if (!job.whole) request.abort()
  }
}

function next() {
  while (running < atOnce && waiting.length) {
    running++
    waiting.shift().start()
  }
}
