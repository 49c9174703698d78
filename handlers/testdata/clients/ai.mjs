// The unmodified npm package `ai` as a client: its DefaultChatTransport, and on top of that the chat that
// useChat wraps. Run as: node ai.mjs MAJOR URL TOKEN, against the site of ai_client_test.go, whose model
// answers by what it is asked.
import assert from 'node:assert/strict'
import { dot, play, until } from './play.mjs'

const [major, url, token] = process.argv.slice(2)
const { AbstractChat, DefaultChatTransport } = await import(`ai${major}`)
const api = `${url}/api/v1/chats`
const headers = { Authorization: `Bearer ${token}` }

const newTransport = () => new DefaultChatTransport({ api, headers })

// State is where useChat keeps what React shows; here it is plain fields.
class State {
  status = 'ready'
  error = undefined
  messages
  seen = [] // every status there has been
  constructor(messages) {
    this.messages = messages
    let status = 'ready'
    Object.defineProperty(this, 'status', { get: () => status, set: (s) => { this.seen.push(status = s) } })
  }
  pushMessage = (m) => { this.messages = [...this.messages, m]; this.look(m) }
  popMessage = () => { this.messages = this.messages.slice(0, -1) }
  replaceMessage = (i, m) => { this.messages = this.messages.with(i, m); this.look(m) }
  tools = [] // every state that a call of a tool has been in, with what was known of its input
  look(message) {
    for (const { type, state, input } of message.parts.filter((p) => p.type.startsWith('tool-'))) {
      const now = JSON.stringify([type, state, input])
      if (!this.tools.includes(now)) this.tools.push(now)
    }
  }
  snapshot = (thing) => structuredClone(thing)
}

class Chat extends AbstractChat {
  errors = []
  data = []
  finished = []
  constructor(id = crypto.randomUUID(), messages = [], options = {}) {
    const state = new State(messages)
    super({
      id, state, transport: newTransport(), ...options,
      onError: (e) => this.errors.push(e), onData: (d) => this.data.push(d), onFinish: (f) => this.finished.push(f),
    })
    this.seen = state.seen
    this.tools = state.tools
  }
  get text() { return textOf(this.lastMessage) }
}

const textOf = (message) => (message?.parts ?? []).filter((p) => p.type === 'text').map((p) => p.text).join('')

async function call(method, path, body) {
  const response = await fetch(`${api}/${path}`, {
    method, headers: { ...headers, 'Content-Type': 'application/json' }, body: body && JSON.stringify(body),
  })
  assert.ok(response.ok, `${method} ${path}: ${response.status}`)
  return response.json()
}

const withTools = { body: { model: 'qwen3-tools' } }
const partOf = (message, type) => message.parts.find((p) => p.type === type)
const deltas = (chat) => chat.data.filter((d) => d.type === 'data-document-delta').map((d) => d.data.delta).join('')
const plain = (value) => JSON.parse(JSON.stringify(value)) // without fields that are undefined
const kept = (message) => plain(message.parts.filter((p) => p.type !== 'data-title'))
const document = async (id) => (await (await fetch(`${url}/api/v1/documents/${id}`, { headers })).json()).document

const saved = async (id) => (await call('GET', id)).messages
const words = Array.from({ length: 80 }, (_, i) => `word${i} `).join('')

// slow starts a reply of 80 words that takes some seconds, and waits for the first of them.
async function slow() {
  const chat = new Chat()
  const sent = chat.sendMessage({ text: 'Slowly' })
  await until('the first words', () => chat.text.length > 20)
  return { chat, sent }
}

await play({
  async transport() {
    const stream = await newTransport().sendMessages({
      chatId: crypto.randomUUID(), trigger: 'submit-message', messageId: undefined, abortSignal: undefined,
      messages: [{ id: crypto.randomUUID(), role: 'user', parts: [{ type: 'text', text: 'Hello' }] }],
    })
    const chunks = []
    for await (const chunk of stream) chunks.push(chunk)
    const types = chunks.map((c) => c.type).filter((t) => t !== 'data-title')
    assert.deepEqual(types, ['start', 'start-step', 'text-start', 'text-delta', 'text-delta', 'text-end', 'finish-step', 'finish'])
    assert.equal(chunks.filter((c) => c.type === 'text-delta').map((c) => c.delta).join(''), 'Grüße, Welt ✓')
    assert.equal(chunks.at(-1).finishReason, 'stop')
  },

  async send() {
    const chat = new Chat()
    await chat.sendMessage({ text: 'Hello' })
    assert.deepEqual(chat.errors, [])
    assert.deepEqual(chat.seen, ['submitted', 'streaming', 'ready'])
    assert.equal(chat.text, 'Grüße, Welt ✓')
    await chat.sendMessage({ text: 'And again' })
    const kept = await saved(chat.id)
    assert.deepEqual(kept.map((m) => [m.id, m.role, textOf(m)]), chat.messages.map((m) => [m.id, m.role, textOf(m)]))
    assert.equal(kept.length, 4)
  },

  async reasoning() {
    const chat = new Chat()
    await chat.sendMessage({ text: 'Think' })
    const [reasoning, text] = chat.lastMessage.parts.filter((p) => !['step-start', 'data-title'].includes(p.type))
    assert.deepEqual([reasoning.type, reasoning.text, reasoning.state], ['reasoning', 'Let me see.', 'done'])
    assert.equal(typeof reasoning.providerMetadata.alleato.seconds, 'number')
    assert.deepEqual([text.type, text.text], ['text', 'Done.'])
  },

  async files() {
    const chat = new Chat()
    const files = [{ type: 'file', mediaType: 'image/png', filename: 'dot.png', url: dot }]
    await chat.sendMessage({ text: 'Look', files }, { body: { model: 'gpt-4o' } })
    assert.equal(chat.text, 'I see 1 picture.')
    const file = (await saved(chat.id))[0].parts.find((p) => p.type === 'file')
    assert.deepEqual([file.mediaType, file.filename], ['image/png', 'dot.png'])
    const response = await fetch(new URL(file.url, url))
    assert.equal(response.status, 200)
    assert.equal(response.headers.get('content-type'), 'image/png')
    // what came back may be sent again: the URL is ours
    await chat.sendMessage({ text: 'Look', files: [{ type: 'file', mediaType: 'image/png', url: file.url }] }, { body: { model: 'gpt-4o' } })
    assert.equal(chat.text, 'I see 2 pictures.')
  },

  async metadata() {
    const chat = new Chat()
    await chat.sendMessage({ text: 'Count' }, { body: { model: 'smart' } })
    assert.deepEqual(chat.lastMessage.metadata, { model: 'smart', usage: { inputTokens: 12, outputTokens: 34 } })
    assert.deepEqual(chat.data.map((d) => [d.type, d.data]), [['data-title', { chatId: chat.id, title: 'A count of tokens' }]])
  },

  async error() {
    const chat = new Chat()
    await chat.sendMessage({ text: 'Fail' })
    assert.equal(chat.status, 'error')
    assert.match(chat.errors[0].message, /model/)
    const broken = new Chat()
    await broken.sendMessage({ text: 'Break off' })
    assert.equal(broken.status, 'error')
    assert.equal(broken.text, 'Half a sen')
    assert.match(broken.error.message, /broke off/)
    assert.equal(textOf((await saved(broken.id))[1]), 'Half a sen')
    await broken.regenerate() // and out of the error again
    assert.equal(broken.status, 'ready')
    assert.equal(broken.text, 'A whole sentence.')
  },

  async refusal() {
    const stranger = new Chat(undefined, [], { transport: new DefaultChatTransport({ api, headers: { Authorization: 'Bearer no' } }) })
    await stranger.sendMessage({ text: 'Hello' })
    assert.equal(stranger.status, 'error')
    const { message, responseBody } = stranger.error
    assert.equal(JSON.parse(responseBody ?? message).code, 'unauthenticated')
  },

  async stop() {
    const { chat, sent } = await slow()
    await call('POST', `${chat.id}/stop`)
    await sent
    assert.equal(chat.status, 'ready')
    assert.deepEqual(chat.errors, [])
    const [, reply] = await saved(chat.id)
    assert.equal(reply.status, 'stopped')
    assert.equal(textOf(reply), chat.text)
    assert.ok(chat.text.length < words.length)
  },

  async leave() {
    const { chat, sent } = await slow()
    await chat.stop() // hangs up: that is not stopping
    await sent
    const short = chat.text.length
    assert.ok(short < words.length)
    await until('the reply is finished', async () => (await saved(chat.id)).length === 2)
    assert.equal(textOf((await saved(chat.id))[1]), words)
  },

  async resume() {
    const { chat, sent } = await slow()
    const history = await saved(chat.id)
    assert.deepEqual(history.map((m) => m.role), ['user']) // a replay would double the reply in progress
    const second = new Chat(chat.id, history)
    await second.resumeStream()
    await sent
    assert.deepEqual(second.errors, [])
    assert.equal(second.text, words)
    assert.deepEqual(second.messages.map((m) => m.id), chat.messages.map((m) => m.id))
    assert.equal(chat.text, words)
  },

  // The same chat, in mid-reply, after its connection broke.
  async reconnect() {
    const { chat, sent } = await slow()
    await chat.stop()
    await sent
    await chat.resumeStream()
    assert.deepEqual(chat.errors, [])
    const kept = await saved(chat.id)
    assert.equal(textOf(kept[1]), words)
    assert.deepEqual(chat.messages.map((m) => m.id), kept.map((m) => m.id))
    assert.equal(chat.text, words)
  },

  async 'nothing to resume'() {
    const chat = new Chat()
    await chat.resumeStream()
    assert.deepEqual([chat.status, chat.errors, chat.messages], ['ready', [], []])
  },

  async regenerate() {
    const chat = new Chat()
    await chat.sendMessage({ text: 'Hello' })
    const first = chat.lastMessage.id
    await chat.regenerate()
    assert.equal(chat.messages.length, 2)
    assert.notEqual(chat.lastMessage.id, first)
    const { messages } = await call('GET', `${chat.id}?tree=1`)
    assert.deepEqual(messages.map((m) => m.id).slice(1).sort(), [first, chat.lastMessage.id].sort())
  },

  async edit() {
    const chat = new Chat()
    await chat.sendMessage({ text: 'Helo' })
    await chat.sendMessage({ text: 'Hello', messageId: chat.messages[0].id })
    assert.equal(chat.messages.length, 2)
    const kept = await saved(chat.id)
    assert.deepEqual(kept.map(textOf), ['Hello', 'Grüße, Welt ✓'])
    assert.equal(kept[1].id, chat.lastMessage.id)
  },

  async tools() {
    const chat = new Chat()
    await chat.sendMessage({ text: 'create it' }, withTools)
    assert.deepEqual(chat.errors, [])
    const call = (state, ...input) => JSON.stringify(['tool-createDocument', state, ...input])
    const whole = { kind: 'text', title: 'Rome' }
    const [begun, half] = [call('input-streaming'), call('input-streaming', { kind: 'text' })]
    assert.ok(chat.tools.includes(begun) || chat.tools.includes(call('input-streaming', null)), `${chat.tools}`)
    for (const one of [half, call('input-available', whole), call('output-available', whole)]) assert.ok(chat.tools.includes(one), `${one} is not in ${chat.tools}`)
    const { output, toolCallId } = partOf(chat.lastMessage, 'tool-createDocument')
    assert.equal(toolCallId, 'call_1')
    assert.deepEqual(partOf(chat.lastMessage, 'data-document').data, output)
    assert.deepEqual([output.kind, output.title, output.version], ['text', 'Rome', 1])
    assert.equal(deltas(chat), '# Rome\n\nAll roads lead there.\n') // as it was written, and not in the message
    assert.equal((await document(output.id)).content, deltas(chat))
    assert.ok(!partOf(chat.lastMessage, 'data-document-delta'))
    assert.match(chat.text, /^Let me\.Told: /)
    assert.deepEqual(chat.lastMessage.parts.filter((p) => p.type === 'step-start').length, 2)
    const [, answer] = await saved(chat.id)
    assert.deepEqual(kept(answer), kept(chat.lastMessage)) // what is loaded later is what was streamed
  },

  async 'tool errors'() {
    const chat = new Chat()
    await chat.sendMessage({ text: 'create it' }, withTools)
    for (const [text, tool, error] of [['edit badly', 'editDocument', /does not hold oldText/], ['nonsense', 'launchRockets', /not the JSON/], ['try in vain', 'updateDocument', /could not be written/]]) {
      await chat.sendMessage({ text }, withTools)
      assert.equal(chat.status, 'ready', `${text}: ${chat.error}`)
      const part = partOf(chat.lastMessage, `tool-${tool}`)
      assert.equal(part.state, 'output-error')
      assert.match(part.errorText, error)
      assert.match(chat.text, /Told: Error/)
    }
  },

  // The package sends the whole history back, calls and outputs of tools included.
  async 'tool history'() {
    const chat = new Chat()
    await chat.sendMessage({ text: 'create it' }, withTools)
    await chat.sendMessage({ text: 'rewrite it' }, withTools)
    const { output } = partOf(chat.lastMessage, 'tool-updateDocument')
    assert.equal(output.version, 2)
    const later = new Chat(chat.id, await saved(chat.id)) // a page that is opened anew
    await later.sendMessage({ text: 'edit it' }, withTools)
    assert.deepEqual(later.errors, [])
    assert.equal(partOf(later.lastMessage, 'tool-editDocument').output.version, 3)
    await later.sendMessage({ text: 'suggest' }, withTools)
    assert.equal(partOf(later.lastMessage, 'tool-requestSuggestions').state, 'output-available')
    await later.regenerate(withTools)
    assert.deepEqual(later.errors, [])
    assert.equal((await document(output.id)).content, '# Rome\n\nEvery road leads there.\n')
    assert.deepEqual((await saved(chat.id)).map(kept), later.messages.map(kept))
  },

  async 'tool stopped'() {
    const chat = new Chat()
    const sent = chat.sendMessage({ text: 'slowly' }, withTools)
    await until('the document is being written', () => deltas(chat).length > 20)
    await call('POST', `${chat.id}/stop`)
    await sent
    assert.deepEqual([chat.status, chat.errors], ['ready', []])
    const part = partOf(chat.lastMessage, 'tool-createDocument')
    assert.equal(part.state, 'output-error')
    const [, answer] = await saved(chat.id)
    assert.deepEqual([answer.status, partOf(answer, 'tool-createDocument')], ['stopped', plain(part)])
  },

  // In the middle of a document that a tool writes.
  async 'tool resumed'() {
    const chat = new Chat()
    const sent = chat.sendMessage({ text: 'slowly' }, withTools)
    await until('the document is being written', () => deltas(chat).length > 20)
    await chat.stop() // hangs up
    await sent
    const second = new Chat(chat.id, await saved(chat.id))
    await second.resumeStream()
    assert.deepEqual(second.errors, [])
    const { output, state } = partOf(second.lastMessage, 'tool-createDocument')
    assert.equal(state, 'output-available')
    assert.equal((await document(output.id)).content.trim(), deltas(second).trim())
    assert.ok(deltas(second).includes('word39'))
    assert.deepEqual(kept((await saved(chat.id))[1]), kept(second.lastMessage))
  },
})
