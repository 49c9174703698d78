// Sends files one after the other, two at a time: a reply that streams needs a connection too. Only
// XMLHttpRequest tells how far it has come.
const atOnce = 2
const waiting = []
let running = 0

// upload sends a file once it is its turn. done gets the server's file, failed a message and the status,
// 0 when there was no answer. The function that it returns cancels, and then neither is called.
export function upload(url, file, { progress, done, failed }) {
  const request = new XMLHttpRequest()
  const job = { start, cancelled: false }

  function start() {
    const body = new FormData()
    body.append('file', file, file.name)
    request.open('POST', url)
    request.setRequestHeader('Accept', 'application/json')
    request.responseType = 'json'
    request.upload.addEventListener('progress', (evt) => evt.lengthComputable && progress(evt.loaded / evt.total))
    request.addEventListener('loadend', () => {
      running--
      next()
      if (!job.cancelled) finish()
    })
    request.send(body)
  }

  function finish() {
    const { status, response } = request
    if (status === 201) return done(response)
    const words = [response?.detail, response?.hint].filter(Boolean).join(' ')
    failed(words || (status ? `The server answered ${status}.` : 'The connection broke off.'), status)
  }

  waiting.push(job)
  next()
  return () => {
    job.cancelled = true
    const place = waiting.indexOf(job)
    if (place >= 0) waiting.splice(place, 1)
    else request.abort()
  }
}

function next() {
  if (running >= atOnce || !waiting.length) return
  running++
  waiting.shift().start()
}
