// The SDK in Node, as the site serves it. Run as: node sdk.mjs URL PROXY, where PROXY leads to the same site
// over connections that break as the first part of the path says: see sdk_test.go.
import assert from 'node:assert/strict'
import { dot, play } from './play.mjs'

const [url, proxy] = process.argv.slice(2)
const source = await (await fetch(`${url}/sdk/alleato.js`)).text()
const { Alleato, AlleatoError, Reply } = await import('data:text/javascript,' + encodeURIComponent(source))

async function guest(options = {}) {
  const alleato = new Alleato({ baseURL: url, ...options })
  await alleato.auth.guest()
  return alleato
}

const collect = async (reply) => {
  const chunks = []
  for await (const chunk of reply) chunks.push(chunk)
  return chunks
}
const untitled = (chunks) => chunks.filter((c) => c.type !== 'data-title')
const textOf = (chunks) => chunks.filter((c) => c.type === 'text-delta').map((c) => c.delta).join('')
const words = Array.from({ length: 80 }, (_, i) => `word${i} `).join('')
const refused = (code, hint = /./) => (error) => {
  assert.ok(error instanceof AlleatoError, `${error}`)
  assert.equal(error.code, code)
  assert.match(error.hint, hint)
  return true
}

// over sends a message over breaking connections and checks that the whole arrives, no more and no less.
async function over(how, options) {
  const alleato = await guest()
  const shaky = new Alleato({ baseURL: `${proxy}/${how}`, token: alleato.token, ...options })
  const told = []
  const reply = shaky.chats.sendMessage(null, 'Slowly', { onText: (delta) => told.push(delta) })
  const chunks = await collect(reply)
  assert.equal(await reply.text(), words)
  assert.equal(told.join(''), words)
  const { messages } = await alleato.chats.get(reply.chatId, { tree: true })
  assert.deepEqual(messages.map((m) => m.role), ['user', 'assistant'])
  return { alleato, reply, chunks }
}

await play({
  async types() {
    const types = await (await fetch(`${url}/sdk/alleato.d.ts`)).text()
    const body = types.slice(types.indexOf('export class Alleato {'))
    const declared = {}
    for (const [, group, members] of body.matchAll(/readonly (\w+): \{(.*?)\}\n(?=\n| {2}\/\*\*)/gs)) {
      declared[group] = [...new Set([...members.matchAll(/(?:^|\{)\s+(\w+)\(/gm)].map((m) => m[1]))].sort()
    }
    const alleato = new Alleato({ baseURL: url })
    const real = {}
    for (const [group, value] of Object.entries(alleato)) {
      real[group] = Object.getOwnPropertyNames(Object.getPrototypeOf(value)).filter((n) => n !== 'constructor').sort()
    }
    assert.deepEqual(declared, real)
    assert.ok(types.includes('search(q:') && alleato.search)
    assert.throws(() => new Alleato(), /baseURL/)
  },

  async auth() {
    const alleato = await guest()
    const { chat } = await alleato.chats.create({ title: 'Mine' })
    const credentials = { email: `a${Math.random()}@example.com`, password: 'correct horse battery' }
    const { user, token } = await alleato.auth.register(credentials)
    assert.equal(user.role, 'user')
    assert.equal(alleato.token, token)
    assert.equal((await alleato.chats.list()).chats[0].id, chat.id) // what the guest had
    assert.deepEqual(await alleato.auth.logout(), { success: true })
    assert.equal(alleato.token, null)
    await assert.rejects(alleato.auth.me(), refused('unauthenticated'))
    await assert.rejects(alleato.auth.login({ ...credentials, password: 'something else' }), refused('unauthenticated', /^/))
    await alleato.auth.login(credentials)
    assert.equal((await alleato.auth.me()).user.email, credentials.email)
    const kept = new Alleato({ baseURL: new URL(url), token: alleato.token })
    assert.equal((await kept.auth.me()).user.id, user.id)
  },

  async chats() {
    const alleato = await guest()
    for (const title of ['One', 'Two', 'Three']) await alleato.chats.create({ title })
    const first = await alleato.chats.list({ limit: 2 })
    assert.equal(first.chats.length, 2)
    const second = await alleato.chats.list({ limit: 2, cursor: first.nextCursor })
    assert.deepEqual([second.chats.length, second.nextCursor], [1, null])
    const [{ id }] = second.chats
    const { chat } = await alleato.chats.update(id, { title: 'Uno & co', pinned: true })
    assert.deepEqual([chat.title, (await alleato.chats.list()).chats[0].id], ['Uno & co', id])
    assert.equal((await alleato.chats.list({ q: 'Uno & co' })).chats.length, 1)
    assert.deepEqual(await alleato.chats.delete(id), { success: true })
    await assert.rejects(alleato.chats.get(id), refused('not_found', /^/))
    await alleato.chats.restore(id)
    assert.equal((await alleato.chats.get(id)).chat.id, id)
    await alleato.chats.deleteAll()
    assert.equal((await alleato.chats.list()).chats.length, 0)
  },

  async send() {
    const alleato = await guest()
    const { chat } = await alleato.chats.create()
    const told = []
    const reply = alleato.chats.sendMessage(chat.id, { text: 'Hello', model: 'smart', onText: (delta, text) => told.push([delta, text]) })
    assert.ok(reply instanceof Reply)
    const chunks = await collect(reply)
    assert.deepEqual(untitled(chunks).map((c) => c.type),
      ['start', 'start-step', 'text-start', 'text-delta', 'text-delta', 'text-end', 'finish-step', 'finish'])
    assert.equal(textOf(chunks), 'Grüße, Welt ✓')
    assert.deepEqual(told, [['Grüße, ', 'Grüße, '], ['Welt ✓', 'Grüße, Welt ✓']])
    assert.equal(await reply.text(), 'Grüße, Welt ✓')
    assert.deepEqual(await collect(reply), chunks)
    assert.equal(reply.metadata.model, 'smart')
    const { messages } = await alleato.chats.get(chat.id)
    assert.equal(messages[1].id, reply.messageId)
    assert.deepEqual(await collect(alleato.streams.get(reply.streamId)), chunks)
    assert.deepEqual(await collect(alleato.streams.get(reply.streamId, { after: 3 })), chunks.slice(3))
    const { vote } = await alleato.chats.vote(chat.id, reply.messageId, 'up')
    assert.deepEqual((await alleato.chats.votes(chat.id)).votes, [vote])
    await alleato.chats.vote(chat.id, reply.messageId, null)
    assert.deepEqual((await alleato.chats.votes(chat.id)).votes, [])
    assert.equal((await alleato.search('Grüße')).results.length, 1)
    assert.notEqual((await alleato.chats.regenerate(chat.id).started()), reply.streamId)
  },

  async files() {
    const alleato = await guest()
    const progress = []
    const bytes = Buffer.from(dot.split(',')[1], 'base64')
    const file = await alleato.files.upload(bytes, { name: 'dot.png', onProgress: (p) => progress.push(p) })
    assert.deepEqual(progress, [{ loaded: 0, total: bytes.length }, { loaded: bytes.length, total: bytes.length }])
    assert.deepEqual([file.name, file.contentType], ['dot.png', 'image/png'])
    assert.equal(await alleato.chats.sendMessage(null, { text: 'Look', files: [file.id], model: 'gpt-4o' }).text(), 'I see 1 picture.')
    assert.equal((await alleato.files.content(file.id)).size, (await alleato.files.get(file.id)).file.size)
    assert.equal((await alleato.files.list()).files.length, 1)
    await alleato.files.delete(file.id)
    await assert.rejects(alleato.files.get(file.id), refused('not_found', /^/))
    const refusal = await alleato.files.upload(new Blob([]), { name: '../x' }).catch((e) => e)
    assert.deepEqual([refusal.status, refusal.field], [422, 'file'])
    await assert.rejects(alleato.files.upload(bytes, { name: 'a.png', signal: AbortSignal.abort() }), { name: 'AbortError' })
  },

  async account() {
    const alleato = await guest()
    const bytes = Buffer.from(dot.split(',')[1], 'base64')
    await assert.rejects(alleato.account.avatar(bytes, { name: 'me.png' }), refused('forbidden'))
    await alleato.auth.register({ email: `p${Math.random()}@example.com`, password: 'correct horse battery' })
    const { user } = await alleato.account.avatar(bytes, { name: 'me.png' })
    assert.equal((await fetch(new URL(user.avatarUrl, url))).headers.get('content-type'), 'image/png')
    assert.equal((await alleato.account.avatar(null)).user.avatarUrl, null)
    const { key, secret } = await alleato.account.createKey({ name: 'mine', scope: 'read' })
    const byKey = new Alleato({ baseURL: url, apiKey: secret })
    assert.equal((await byKey.auth.me()).user.id, user.id)
    await assert.rejects(byKey.chats.create(), refused('forbidden'))
    assert.deepEqual((await alleato.account.keys()).keys.map((k) => k.id), [key.id])
    await alleato.account.deleteKey(key.id)
    await assert.rejects(byKey.auth.me(), refused('unauthenticated'))
    assert.deepEqual((await alleato.models.list()).models.map((m) => m.id), ['fast', 'smart', 'gpt-4o'])
  },

  async errors() {
    const alleato = await guest()
    const failed = await alleato.chats.sendMessage(null, 'Fail').text().catch((e) => e)
    assert.deepEqual([failed.code, failed.text], ['reply_failed', ''])
    const broken = await alleato.chats.sendMessage(null, 'Break off').text().catch((e) => e)
    assert.deepEqual([broken.code, broken.text], ['reply_failed', 'Half a sen'])
    const empty = alleato.chats.sendMessage(null, '')
    await assert.rejects(empty.text(), refused('invalid', /^/))
    await assert.rejects(collect(empty), { status: 422 })
    await assert.rejects(new Alleato({ baseURL: url }).models.list(), refused('unauthenticated'))
    await assert.rejects(new Alleato({ baseURL: url, apiKey: 'alk_no' }).models.list(), refused('unauthenticated'))
    await assert.rejects(new Alleato({ baseURL: 'http://127.0.0.1:1', retries: 0 }).models.list(), refused('unreachable'))
    await assert.rejects(new Alleato({ baseURL: `${proxy}/html` }).models.list(), refused('unreachable', /baseURL/))
    const busy = await new Alleato({ baseURL: `${proxy}/busy`, token: alleato.token }).models.list().catch((e) => e)
    assert.deepEqual([busy.code, busy.status, busy.retryAfter], ['rate_limited', 429, 7])
  },

  async stop() {
    const alleato = await guest()
    const reply = alleato.chats.sendMessage(null, 'Slowly')
    let text = ''
    for await (const chunk of reply) {
      if (chunk.type === 'text-delta') text += chunk.delta
      if (text.length > 30 && !text.endsWith('!')) { await reply.stop(); text += '!' }
    }
    const kept = await reply.text()
    assert.ok(kept.length > 20 && kept.length < words.length)
    const { messages } = await alleato.chats.get(reply.chatId)
    assert.deepEqual([messages[1].status, messages[1].parts.at(-1).text], ['stopped', kept])
    assert.equal(await alleato.chats.continue(reply.chatId).text(), kept + 'Grüße, Welt ✓')
    const other = alleato.chats.sendMessage(null, 'Slowly')
    await other.started()
    await alleato.chats.stop(other.chatId)
    assert.ok((await other.text()).length < words.length)
  },

  async leave() {
    const alleato = await guest()
    const reply = alleato.chats.sendMessage(null, 'Slowly')
    for await (const chunk of reply) if (chunk.type === 'text-delta') break
    assert.equal(await reply.text(), words) // come back: it goes on where it was
    const gone = new AbortController()
    const aborted = alleato.chats.sendMessage(null, { text: 'Slowly', signal: gone.signal })
    await assert.rejects((async () => {
      for await (const chunk of aborted) if (chunk.type === 'text-delta') gone.abort()
    })(), { name: 'AbortError' })
    await assert.rejects(aborted.text(), { name: 'AbortError' })
    const again = await alleato.chats.resume(aborted.chatId) // leaving was not stopping
    assert.equal(await again.text(), words)
    assert.equal(await alleato.chats.resume((await alleato.chats.create()).chat.id), null)
  },

  async 'unread failures'() {
    const alleato = await guest()
    alleato.chats.sendMessage(null, '') // refused, and nobody asks: that must not end the program
    await new Promise((resolve) => setTimeout(resolve, 500))
  },

  async cut() {
    const { alleato, reply, chunks } = await over('cut')
    assert.deepEqual(chunks, await collect(alleato.streams.get(reply.streamId)))
  },
  async polite() {
    const { alleato, reply, chunks } = await over('polite')
    assert.deepEqual(chunks, await collect(alleato.streams.get(reply.streamId)))
  },
  async silent() {
    const { alleato, reply, chunks } = await over('silent', { silence: 700 })
    assert.deepEqual(chunks, await collect(alleato.streams.get(reply.streamId)))
  },
  async lost() {
    const { alleato, reply, chunks } = await over('lost')
    assert.deepEqual(chunks, await collect(alleato.streams.get(reply.streamId)))
  },
  async forgetful() { // a log that was rebuilt is sent whole
    const { chunks } = await over('forgetful')
    const starts = chunks.filter((c) => c.type === 'start').length
    assert.ok(starts > 1)
    assert.equal(textOf(chunks.slice(chunks.findLastIndex((c) => c.type === 'start'))), words)
  },
  async 'gives up'() {
    const alleato = await guest()
    const shaky = new Alleato({ baseURL: `${proxy}/dead`, token: alleato.token, retries: 1 })
    await assert.rejects(shaky.chats.sendMessage(null, 'Hello').text(), refused('unreachable'))
  },
})
