// The SDK in Node, as the site serves it. Run as: node sdk.mjs URL PROXY, where PROXY leads to the same site
// over connections that break as the first part of the path says: see sdk_test.go.
import assert from 'node:assert/strict'
import http from 'node:http'
import { dot, play } from './play.mjs'

const [url, proxy] = process.argv.slice(2)
const source = await (await fetch(`${url}/sdk/alleato.js`)).text()
const { Alleato, AlleatoError, ConflictError, Reply } = await import('data:text/javascript,' + encodeURIComponent(source))

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
  async types() { // what the types declare is there, and nothing else
    const types = await (await fetch(`${url}/sdk/alleato.d.ts`)).text()
    const declared = (name) => {
      const [, body] = types.match(new RegExp(`export (?:class|interface) ${name} \\{\n(.*?)\n\\}\n`, 's'))
      const members = {}
      for (const [, group, type, method] of body.matchAll(/^ {2}(?:readonly (\w+): (\w+)$|(?!constructor)(\w+)\()/gm)) members[group ?? method] = group ? declared(type) : true
      return members
    }
    const real = (thing) => {
      const methods = Object.getOwnPropertyNames(Object.getPrototypeOf(thing)).filter((n) => !['constructor', 'token'].includes(n))
      return Object.fromEntries([...methods.map((n) => [n, true]), ...Object.entries(thing).map(([n, group]) => [n, real(group)])])
    }
    assert.deepEqual(real(new Alleato({ baseURL: url })), declared('Alleato'))
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
    const all = []
    for await (const chat of alleato.chats.list({ limit: 2 })) all.push(chat.title)
    assert.deepEqual(all, ['Three', 'Two', 'One'])
    await assert.rejects((async () => { for await (const chat of alleato.chats.list({ signal: AbortSignal.abort() })) void chat })(), { name: 'AbortError' })
    const [{ id }] = second.chats
    const { chat } = await alleato.chats.update(id, { title: 'Uno & co', pinned: true })
    assert.deepEqual([chat.title, (await alleato.chats.list()).chats[0].id], ['Uno & co', id])
    assert.equal((await alleato.chats.list({ q: 'Uno & co' })).chats.length, 1)
    assert.deepEqual(await alleato.chats.delete(id), { success: true })
    await assert.rejects(alleato.chats.get(id), refused('not_found', /^/))
    await alleato.chats.restore(id)
    assert.equal((await alleato.chats.get(id)).chat.id, id)
    const { deletedAt } = await alleato.chats.deleteAll()
    assert.equal((await alleato.chats.list()).chats.length, 0)
    await alleato.chats.restoreAll(deletedAt)
    assert.equal((await alleato.chats.list()).chats.length, 3)
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
    assert.equal((await alleato.search('Grüße', { limit: 5 })).results.length, 1)
    assert.notEqual((await alleato.chats.regenerate(chat.id).started()), reply.streamId)
  },

  async files() {
    const alleato = await guest()
    const progress = []
    const bytes = Buffer.from(dot.split(',')[1], 'base64')
    const file = await alleato.files.upload(bytes, { name: 'dot.png', onProgress: (p) => progress.push(p) })
    assert.deepEqual(progress, [{ loaded: 0, total: bytes.length }, { loaded: bytes.length, total: bytes.length }])
    assert.deepEqual([file.name, file.contentType], ['dot.png', 'image/png'])
    assert.equal(await alleato.chats.sendMessage(null, { text: 'Look', files: [file.id], model: 'llava' }).text(), 'I see 1 picture.')
    assert.equal((await alleato.files.content(file.id)).size, (await alleato.files.get(file.id)).file.size)
    assert.equal((await alleato.files.list({ q: 'dot', type: 'image' })).files.length, 1)
    assert.equal((await alleato.files.update(file.id, { name: 'point.png' })).file.name, 'point.png')
    await assert.rejects(alleato.files.delete(file.id, { unsent: true }), refused('not_found', /^/)) // a message has it
    await alleato.files.delete(file.id)
    await assert.rejects(alleato.files.get(file.id), refused('not_found', /^/))
    const refusal = await alleato.files.upload(new Blob([]), { name: '../x' }).catch((e) => e)
    assert.deepEqual([refusal.status, refusal.field], [422, 'file'])
    await assert.rejects(alleato.files.upload(bytes, { name: 'a.png', signal: AbortSignal.abort() }), { name: 'AbortError' })
  },

  async documents() {
    const alleato = await guest()
    const { documents } = alleato
    const { document } = await documents.create({ title: 'Plan: Rome', kind: 'text', content: 'To Rome by road.' })
    assert.deepEqual([document.version, document.kind], [1, 'text'])
    const saved = (await documents.save(document.id, { content: 'To Rome by train.', baseVersion: 1 })).document
    assert.equal(saved.version, 2)
    const late = await documents.save(document.id, { content: 'To Rome on foot.', baseVersion: 1, autosave: true }, { keepalive: true }).catch((e) => e)
    assert.ok(late instanceof ConflictError && late instanceof AlleatoError)
    assert.deepEqual([late.code, late.status, late.current.version, late.current.content, late.yours],
      ['conflict', 409, 2, 'To Rome by train.', 'To Rome on foot.'])
    const long = 'x'.repeat(70_000) // more than a request that outlives its page may have
    assert.equal((await documents.save(document.id, { content: long, baseVersion: 2 }, { keepalive: true })).document.version, 3)
    assert.equal((await documents.get(document.id, { version: 1 })).document.content, 'To Rome by road.')
    assert.equal((await documents.restore(document.id, 1)).document.version, 4)
    const asked = (await documents.get(document.id, { content: 0 })).document
    assert.deepEqual([asked.version, asked.partial, asked.content], [4, false, null])
    const numbers = []
    for await (const version of documents.versions(document.id, { limit: 3 })) numbers.push(version.version)
    assert.deepEqual(numbers, [4, 3, 2, 1])
    const { diff } = await documents.diff(document.id, { from: 1, to: 2 })
    assert.deepEqual(diff.changes.filter((c) => c.type !== 'same').map((c) => [c.type, c.text.trim()]), [['removed', 'road'], ['added', 'train']])
    const file = await documents.download(document.id, { version: 2 })
    assert.deepEqual([file.name, await file.text()], ['Plan- Rome.md', 'To Rome by train.'])

    const suggest = (originalText, suggestedText) => documents.suggestions.create(document.id, { originalText, suggestedText, description: 'Better' })
    const { suggestion } = await suggest('road', 'sea')
    assert.equal((await documents.suggestions.accept(suggestion.id)).document.content, 'To Rome by sea.')
    await documents.suggestions.dismiss((await suggest('Rome', 'Torino')).suggestion.id)
    await suggest('sea', 'air')
    const all = await documents.suggestions.acceptAll(document.id)
    assert.deepEqual([all.accepted, all.document.content], [1, 'To Rome by air.'])
    const states = (await documents.suggestions.list(document.id)).suggestions.map((s) => s.status).sort()
    assert.ok(states.every((s) => ['accepted', 'dismissed'].includes(s)), `${states}`)

    assert.equal((await documents.update(document.id, { title: 'Plans', visibility: 'public' })).document.title, 'Plans')
    assert.equal((await documents.list({ q: 'air', kind: 'text' })).documents.length, 1)
    await documents.delete(document.id)
    await assert.rejects(documents.get(document.id), refused('not_found', /^/))
  },

  async images() {
    const { documents, files } = await guest()
    const bytes = Buffer.from(dot.split(',')[1], 'base64')
    const { document } = await documents.createImage(bytes, { name: 'The Mole.png' })
    assert.deepEqual([document.kind, document.title, document.version], ['image', 'The Mole', 1])
    const progress = []
    const next = (await documents.replaceImage(document.id, new File([bytes], 'b.png'), { onProgress: (p) => progress.push(p.loaded) })).document
    assert.deepEqual([next.id, next.version, progress], [document.id, 2, [0, bytes.length]])
    assert.notEqual(next.content, document.content)
    assert.equal((await files.get(next.content)).file.contentType, 'image/png')
    await assert.rejects(documents.replaceImage(document.id, new Blob(['words']), { name: 'a.txt' }), refused('unsupported'))
  },

  async ask() {
    const alleato = await guest()
    const { document } = await alleato.documents.create({ title: 'Plan', kind: 'text', content: 'To Rome by road.' })
    const told = []
    const reply = alleato.documents.ask(document.id, { action: 'shorten', onText: (delta) => told.push(delta) })
    assert.ok(reply instanceof Reply)
    const chunks = await collect(reply)
    assert.equal(told.join(''), await reply.text())
    assert.ok(chunks.some((c) => c.type === 'finish'), JSON.stringify(chunks))
    const now = (await alleato.documents.get(document.id)).document
    assert.deepEqual([now.version, now.content], [2, 'Grüße, Welt ✓'])
    assert.equal((await alleato.chats.get(now.chatId)).messages[1].id, reply.messageId)
    await assert.rejects(alleato.documents.ask(document.id, { action: 'dance' }).text(), refused('invalid', /^/))
    // an answer that got lost is asked for again, and what was begun is not begun twice
    const other = (await alleato.documents.create({ title: 'Other', kind: 'text', content: 'x' })).document
    const shaky = new Alleato({ baseURL: `${proxy}/lost`, token: alleato.token })
    await shaky.documents.ask(other.id, { action: 'level', choice: 'a child of ten' }).text()
    const { version, chatId } = (await alleato.documents.get(other.id)).document
    assert.deepEqual([version, (await alleato.chats.get(chatId, { tree: true })).messages.length], [2, 2])
  },

  async account() {
    const alleato = await guest()
    const { account } = alleato
    const bytes = Buffer.from(dot.split(',')[1], 'base64')
    await assert.rejects(account.avatar.set(bytes, { name: 'me.png' }), refused('forbidden'))
    const credentials = { email: `p${Math.random()}@example.com`, password: 'correct horse battery' }
    await alleato.auth.register(credentials)
    const { user } = await account.avatar.set(bytes, { name: 'me.png' })
    assert.equal((await fetch(new URL(user.avatarUrl, url))).headers.get('content-type'), 'image/png')
    assert.equal((await account.avatar.remove()).user.avatarUrl, null)
    assert.equal((await account.update({ name: 'Ada' })).user.name, 'Ada')
    assert.equal((await account.get()).user.name, 'Ada')
    await account.chooseModel('smart')
    await assert.rejects(account.chooseModel('none'), refused('invalid'))
    const { key, secret } = await account.keys.create({ name: 'mine', scope: 'read' })
    const byKey = new Alleato({ baseURL: url, apiKey: secret })
    assert.equal((await byKey.auth.me()).user.id, user.id)
    await assert.rejects(byKey.chats.create(), refused('forbidden'))
    assert.deepEqual((await account.keys.list()).keys.map((k) => k.id), [key.id])
    await account.keys.delete(key.id)
    await assert.rejects(byKey.auth.me(), refused('unauthenticated'))
    assert.deepEqual((await alleato.models.list()).models.map((m) => m.id), ['fast', 'smart', 'llava'])
  },

  async webhooks() {
    const alleato = await guest()
    await alleato.auth.register({ email: `w${Math.random()}@example.com`, password: 'correct horse battery' })
    const got = []
    const receiver = http.createServer((request, response) => response.end(`${got.push(request.headers['webhook-id'])}`))
    await new Promise((resolve) => receiver.listen(0, '127.0.0.1', resolve))
    const { webhooks } = alleato.account
    const address = `http://127.0.0.1:${receiver.address().port}/hook`
    const { webhook, secret } = await webhooks.create({ url: address, events: ['document.changed'] })
    const { delivery } = await webhooks.test(webhook.id)
    assert.deepEqual([delivery.status, delivery.response], ['delivered', '1'])
    const again = (await webhooks.redeliver(webhook.id, delivery.id)).delivery
    assert.deepEqual([again.status, ...got], ['delivered', delivery.messageId, delivery.messageId])
    assert.deepEqual((await webhooks.deliveries(webhook.id)).deliveries.map((d) => d.id), [again.id, delivery.id])
    assert.notEqual((await webhooks.rotate(webhook.id)).secret, secret)
    assert.equal((await webhooks.update(webhook.id, { active: false })).webhook.url, address)
    assert.equal((await webhooks.get(webhook.id)).webhook.active, false)
    await assert.rejects(webhooks.test(webhook.id), refused('conflict'))
    await webhooks.delete(webhook.id)
    assert.deepEqual((await webhooks.list()).webhooks, [])
    receiver.close()
  },

  async sessions() {
    const alleato = await guest()
    const { account } = alleato
    const credentials = { email: `s${Math.random()}@example.com`, password: 'correct horse battery' }
    await alleato.auth.register(credentials)
    const others = await Promise.all([1, 2].map(async () => {
      const other = new Alleato({ baseURL: url })
      await other.auth.login(credentials)
      return other
    }))
    const { sessions } = await account.sessions.list()
    assert.equal(sessions.length, 3)
    const [other] = sessions.filter((s) => !s.current)
    await account.sessions.delete(other.id)
    assert.equal((await account.sessions.list()).sessions.length, 2)
    await account.sessions.deleteAll()
    for (const o of others) await assert.rejects(o.auth.me(), refused('unauthenticated'))
    await assert.rejects(account.changePassword({ currentPassword: 'wrong horse', newPassword: 'battery staple' }), refused('invalid', /^/))
    await account.changePassword({ currentPassword: credentials.password, newPassword: 'battery staple' })
    assert.equal((await alleato.auth.me()).user.email, credentials.email) // its own session goes on
    await account.delete({ password: 'battery staple' })
    assert.equal(alleato.token, null)
    await assert.rejects(alleato.auth.login({ ...credentials, password: 'battery staple' }), refused('unauthenticated', /^/))
  },

  async transfers() {
    const alleato = await guest()
    const { account } = alleato
    await alleato.auth.register({ email: `t${Math.random()}@example.com`, password: 'correct horse battery' })
    await alleato.chats.sendMessage(null, 'Hello').text()
    const { export: begun } = await account.exports.create({ format: 'json' })
    const told = []
    const done = await account.exports.wait(begun.id, { onProgress: (p) => told.push(p) })
    assert.deepEqual([done.export.status, told.at(-1)], ['complete', 100])
    const file = await account.exports.download(begun.id)
    assert.equal(file.size, done.export.size)
    assert.match(file.name, /^alleato-json-/)
    assert.equal((await account.exports.list()).exports[0].id, begun.id)
    await alleato.chats.deleteAll()

    const again = await guest()
    await again.auth.register({ email: `u${Math.random()}@example.com`, password: 'correct horse battery' })
    const taken = await again.account.imports.create(file)
    assert.equal((await again.account.imports.wait(taken.import.id)).import.report.chats, 1)
    assert.equal((await again.account.imports.get(taken.import.id)).import.status, 'complete')
    assert.equal((await again.account.imports.list()).imports.length, 1)
    assert.equal((await again.chats.list()).chats.length, 1)
    const none = await again.account.imports.create(new Blob(['nothing']), { name: 'x.json' }).catch((e) => e)
    assert.deepEqual([none.status, none.field], [422, 'file'])
    await assert.rejects(again.account.exports.wait('none', { signal: AbortSignal.abort() }), { name: 'AbortError' })
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
    await assert.rejects(alleato.streams.stop('none'), refused('not_found', /^/))
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
