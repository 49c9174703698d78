// Calls an operation of the reference page and shows its answer, event streams as they come. With a key
// it goes to the API; without one to the pages' own addresses, as whoever is signed in here.
import { byID, on } from './dom.js'

const running = new WeakMap()

function request(form) {
  const key = byID('docs-key')
  const secret = key.value.trim()
  let path = form.dataset.path
  const query = new URLSearchParams()
  const headers = { Accept: 'events' in form.dataset ? 'text/event-stream, application/json;q=0.9' : 'application/json, */*;q=0.5' }
  for (const input of form.querySelectorAll('[data-in]')) {
    if (input.dataset.in === 'path') path = path.replace(`{${input.name}}`, encodeURIComponent(input.value))
    else if (input.value === '') continue
    else if (input.dataset.in === 'query') query.set(input.name, input.value)
    else headers[input.name] = input.value
  }
  if (secret) headers.Authorization = `Bearer ${secret}`
  const options = { method: form.dataset.method, headers }
  if (form.elements.file) {
    options.body = new FormData()
    options.body.set('file', form.elements.file.files[0])
  } else if (form.elements.body) {
    headers['Content-Type'] = 'application/json'
    options.body = form.elements.body.value
  }
  return [(secret ? key.dataset.api : key.dataset.site) + path + (query.size ? `?${query}` : ''), options]
}

function pretty(text) {
  try {
    return JSON.stringify(JSON.parse(text), null, 2)
  } catch {
    return text
  }
}

async function show(response, answer) {
  const type = response.headers.get('Content-Type') ?? ''
  if (type.startsWith('text/event-stream')) {
    for await (const text of response.body.pipeThrough(new TextDecoderStream())) answer.append(text)
  } else if (/^(text\/|application\/(problem\+)?json)/.test(type)) {
    answer.textContent = pretty(await response.text())
  } else {
    const { size } = await response.blob()
    answer.textContent = size ? `${size} bytes of ${type}` : ''
  }
}

on('submit', '[data-try]', async (form, evt) => {
  evt.preventDefault()
  running.get(form)?.abort()
  const abort = new AbortController()
  running.set(form, abort)
  const status = form.querySelector('[data-status]')
  const answer = form.querySelector('[data-answer]')
  answer.textContent = ''
  status.textContent = 'Sending…'
  try {
    const [url, options] = request(form)
    const response = await fetch(url, { ...options, signal: abort.signal, redirect: 'manual' })
    status.textContent = `${response.status} ${response.statusText}`
    await show(response, answer)
  } catch (error) {
    if (!abort.signal.aborted) status.textContent = `It could not be sent: ${error.message}`
  }
})
