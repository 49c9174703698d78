// A receiver that checks what comes with the unmodified npm package standardwebhooks: node webhooks.mjs URL TOKEN
import http from 'node:http'
import { Webhook } from 'standardwebhooks'
import { play, until } from './play.mjs'

const [url, token] = process.argv.slice(2)
const got = []
const server = http.createServer(async (request, response) => {
  let body = ''
  for await (const piece of request) body += piece
  got.push({ headers: request.headers, body })
  response.end('thanks')
})
await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))

async function call(method, path, body) {
  const response = await fetch(`${url}/api/v1${path}`, {
    method,
    headers: { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json', Accept: 'application/json' },
    body: body && JSON.stringify(body),
  })
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`)
  return response.json()
}

const address = `http://127.0.0.1:${server.address().port}/hook`
const { webhook, secret } = await call('POST', '/account/webhooks', { url: address, events: ['reply.finished', 'document.changed'] })
const of = (type) => until(type, () => got.find((one) => JSON.parse(one.body).type === type))
const refused = (check) => {
  try {
    check()
  } catch (error) {
    return error.message
  }
  throw new Error('it was not refused')
}

await play({
  async 'reply finished'() {
    await call('POST', '/chats/a-chat/messages', { text: 'Hello' })
    const { body, headers } = await of('reply.finished')
    const event = new Webhook(secret).verify(body, headers)
    if (event.data.chatId !== 'a-chat' || event.data.status !== 'complete') throw new Error(body)
  },
  async 'document changed'() {
    const { document } = await call('POST', '/documents', { title: 'Plans', kind: 'text', content: 'Grüße ✓' })
    const { body, headers } = await of('document.changed')
    const event = new Webhook(secret).verify(body, headers)
    if (event.data.documentId !== document.id || event.data.version !== 1) throw new Error(body)
  },
  async 'forgeries refused'() {
    await call('POST', `/account/webhooks/${webhook.id}/test`)
    const { body, headers } = await of('test')
    const hook = new Webhook(secret)
    hook.verify(body, headers)
    refused(() => hook.verify(body + ' ', headers))
    refused(() => hook.verify(body, { ...headers, 'webhook-id': 'another' }))
    refused(() => hook.verify(body, { ...headers, 'webhook-timestamp': String(Number(headers['webhook-timestamp']) - 1000) }))
    refused(() => new Webhook('whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw').verify(body, headers))
  },
})

await play({
  async 'another secret'() {
    const turned = await call('POST', `/account/webhooks/${webhook.id}/secret`)
    const before = got.length
    await call('POST', `/account/webhooks/${webhook.id}/test`)
    const { body, headers } = await until('a test', () => got[before])
    new Webhook(secret).verify(body, headers)
    new Webhook(turned.secret).verify(body, headers)
  },
})
server.close()
