// A reply that is being written, read over as many connections as it takes.
import { AlleatoError, unreachable } from './error.js'
import { pause } from './pause.js'

// within gives the promise that long.
function within(milliseconds, promise) {
  let timer
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(unreachable(new Error(`silent for ${milliseconds} ms`))), milliseconds)
  })
  return Promise.race([promise, late]).finally(() => clearTimeout(timer))
}

// events reads an event stream. One that sends nothing for so long, not even the server's sign of
// life, is a dead connection.
async function* events(body, silence) {
  const reader = body.getReader()
  const decoder = new TextDecoder()
  let rest = '', id = '', data = ''
  try {
    for (;;) {
      const { value, done } = await within(silence, reader.read())
      if (done) return
      const lines = (rest + decoder.decode(value, { stream: true })).split(/\r?\n/)
      rest = lines.pop()
      for (const line of lines) {
        if (line.startsWith('id:')) id = line.slice(3).trim()
        else if (line.startsWith('data:')) data += line.slice(5)
        else if (line === '' && data) {
          yield { id, data: data.trim() }
          id = data = ''
        }
      }
    }
  } finally {
    reader.cancel().catch(() => {}) // hangs up; the connection may have ended by itself
  }
}

// What may be over when asked again. A message whose answer got lost may be sent again as well: its
// Idempotency-Key makes that harmless.
const passing = ['unreachable', 'unavailable']
const passingLater = [...passing, 'rate_limited', 'internal']

/**
 * A reply as it is written. Iterate over it for the chunks of the UI message stream, as often as you
 * like: each iteration begins at the first chunk. It connects again by itself and goes on where it
 * was; a second `start` chunk means that the reply begins again from its start.
 */
export class Reply {
  chatId
  streamId // known when started() is
  messageId = null // known with the first chunk
  metadata = null // of the finished message: model and usage

  #api
  #open
  #last
  #onText
  #signal
  #hangUp = new AbortController()
  #reading = null // the promise of the reading that goes on
  #readers = 0
  #waiting = []
  #chunks = []
  #ended = false
  #broken = null // why reading is over before the end
  #text = ''
  #told = 0 // how much of the text onText was told
  #failure = null

  constructor(api, { chatId = null, streamId = null, after, open, onText, signal }) {
    this.#api = api
    this.chatId = chatId
    this.streamId = streamId
    this.#open = open
    this.#last = after ? String(after) : ''
    this.#onText = onText
    this.#signal = signal
    this.#read().catch(() => {}) // whoever reads is told
  }

  async *[Symbol.asyncIterator]() {
    this.#readers++
    try {
      for (let i = 0; ; i++) {
        while (i >= this.#chunks.length && !this.#ended) await this.#news()
        if (i >= this.#chunks.length) return
        yield this.#chunks[i]
      }
    } finally {
      if (--this.#readers === 0 && !this.#ended && !this.#onText) this.#hangUp.abort(new DOMException('Nobody reads the reply any more.', 'AbortError'))
    }
  }

  /** Waits for the end and gives the whole text. A reply that failed rejects, with what there is in `error.text`. */
  async text() {
    this.#readers++
    try {
      while (!this.#ended) await this.#read()
    } finally {
      this.#readers--
    }
    if (this.#failure === null) return this.#text
    const error = new AlleatoError(this.#failure, { code: 'reply_failed', hint: 'What was written is kept in the chat.' })
    throw Object.assign(error, { text: this.#text })
  }

  /** Waits until the server has taken the message and gives the stream's id; null when there is nothing to read. */
  async started() {
    while (!this.streamId && !this.#ended) await this.#news()
    return this.streamId
  }

  /** Ends the reply for good; what is written so far is kept. */
  async stop() {
    const id = await this.started()
    if (id) await this.#api.call('DELETE', `/streams/${encodeURIComponent(id)}`)
  }

  // news comes with the next chunk, the end, or what broke the reading.
  async #news() {
    if (this.#broken) throw this.#broken
    const news = new Promise((resolve, reject) => this.#waiting.push({ resolve, reject }))
    this.#read().catch(() => {})
    return news
  }

  #tell(error) {
    for (const { resolve, reject } of this.#waiting.splice(0)) error ? reject(error) : resolve()
  }

  // read follows the stream to its end, once for all who read.
  #read() {
    if (this.#broken) return Promise.reject(this.#broken)
    if (this.#ended) return Promise.resolve()
    this.#reading ??= this.#follow().then(() => this.#tell(), (error) => {
      this.#reading = null
      const left = this.#hangUp.signal.aborted && !this.#signal?.aborted
      if (left && this.#readers) return this.#read() // left, and come back
      if (!left) this.#broken = error
      this.#tell(error)
      throw error
    })
    return this.#reading
  }

  async #follow() {
    this.#signal?.throwIfAborted()
    if (this.#hangUp.signal.aborted) this.#hangUp = new AbortController()
    const { signal } = this.#hangUp
    const leave = () => this.#hangUp.abort(this.#signal.reason)
    this.#signal?.addEventListener('abort', leave, { once: true })
    try {
      for (let tries = 0; !this.#ended; tries++) {
        const before = this.#chunks.length
        const problem = await this.#once(signal)
        if (this.#chunks.length > before) tries = 0
        if (!this.#ended) await this.#rest(tries, problem, signal)
      }
    } finally {
      this.#signal?.removeEventListener('abort', leave)
    }
  }

  // once reads one connection to its end and says what ended it, if that may pass.
  async #once(signal) {
    try {
      const response = await this.#connect(signal)
      this.streamId = response.headers.get('x-stream-id') ?? this.streamId
      this.#ended = response.status === 204
      this.#tell()
      if (this.#ended) return null
      for await (const { id, data } of events(response.body, this.#api.silence)) {
        this.#ended = data === '[DONE]'
        if (this.#ended) return null
        this.#take(id, JSON.parse(data))
      }
    } catch (error) {
      signal.throwIfAborted()
      if (error instanceof AlleatoError && !(this.streamId ? passingLater : passing).includes(error.code)) throw error
      return error
    }
    return null // a stream that ends without [DONE] was cut off politely
  }

  #connect(signal) {
    if (!this.streamId) return this.#open(signal)
    const headers = { Accept: 'text/event-stream', ...this.#last && { 'Last-Event-ID': this.#last } }
    return this.#api.fetch('GET', `/streams/${encodeURIComponent(this.streamId)}`, { headers, signal })
  }

  // rest waits before the next try: longer each time, and as long as the server asks for.
  async #rest(tries, problem, signal) {
    if (tries >= (this.streamId ? this.#api.retries : Math.min(this.#api.retries, 2))) {
      throw problem instanceof AlleatoError ? problem : unreachable(problem)
    }
    const wait = 250 * 2 ** tries * (0.75 + Math.random() / 2)
    await pause(Math.max(wait, Math.min(problem?.retryAfter ?? 0, 60) * 1000), signal)
  }

  #take(id, chunk) {
    if (id) this.#last = id
    this.#chunks.push(chunk)
    switch (chunk.type) {
      case 'start':
        this.messageId = chunk.messageId ?? null
        this.#text = ''
        this.#failure = null
        break
      case 'text-start':
        if (this.#text) this.#text += '\n\n'
        break
      case 'text-delta':
        this.#text += chunk.delta
        this.#tellText()
        break
      case 'error':
        this.#failure = chunk.errorText
        break
      case 'finish':
        this.metadata = chunk.messageMetadata ?? null
    }
    this.#tell()
  }

  // What was told is not told again when the reply begins again.
  #tellText() {
    if (this.#text.length <= this.#told) return
    const delta = this.#text.slice(this.#told)
    this.#told = this.#text.length
    this.#onText?.(delta, this.#text)
  }
}
