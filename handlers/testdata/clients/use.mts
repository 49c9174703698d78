// How a program in TypeScript uses the SDK. The compiler alone reads this: see TestSDKTypesCompile.
import { Alleato, AlleatoError, ConflictError, Reply, type Chat, type Chunk, type Part, type StoredDocument } from '../../../static/sdk/alleato.js'

const alleato = new Alleato({ baseURL: new URL('https://chat.example.com'), apiKey: 'alk_…' })
const { signal } = new AbortController()

const { user, token } = await alleato.auth.login({ email: 'ada@example.com', password: 'correct horse battery' }, { signal })
const role: 'guest' | 'user' | 'admin' = user.role
alleato.token = token

const reply: Reply = alleato.chats.sendMessage(null, { text: 'Hello', files: ['id'], parentId: null, onText: (delta, text) => [delta.length, text.length] })
for await (const chunk of reply) {
  const any: Chunk = chunk
  if (chunk.type === 'text-delta') chunk.delta.trim()
  if (chunk.type === 'tool-input-available') chunk.toolName.trim()
  if (chunk.type === 'data-document') chunk.data.version.toFixed()
  if (chunk.type === 'finish') chunk.messageMetadata?.usage.inputTokens?.toFixed()
  // @ts-expect-error: other chunks have no delta
  if (chunk.type === 'start') chunk.delta
}
const tokens: number | null | undefined = reply.metadata?.usage.outputTokens
const resumed: Reply | null = await alleato.chats.resume('id', { signal })

const page = await alleato.chats.list({ limit: 2 })
const cursor: string | null = page.nextCursor
for await (const chat of alleato.chats.list({ q: 'x' })) { const c: Chat = chat }
const { messages } = await alleato.chats.get('id', { tree: true })
const texts = messages.flatMap((m) => m.parts).map((p: Part) => p.type === 'text' ? p.text : p.type === 'file' ? p.url : '')
await alleato.chats.vote('id', 'message', null)
// @ts-expect-error: a vote is up or down
alleato.chats.vote('id', 'message', 'sideways')

const { document } = await alleato.documents.create({ title: 'Plan', kind: 'text', content: '# Plan' })
try {
  await alleato.documents.save(document.id, { content: 'x', baseVersion: document.version, autosave: true }, { keepalive: true })
} catch (error) {
  if (error instanceof ConflictError) { const both: [StoredDocument, string] = [error.current, error.yours] }
  else if (error instanceof AlleatoError && error.code === 'rate_limited') error.retryAfter.toFixed()
  // @ts-expect-error: there is no such code
  if (error instanceof AlleatoError && error.code === 'teapot') error.hint
}
for await (const version of alleato.documents.versions(document.id)) version.version.toFixed()
const file: File = await alleato.documents.download(document.id, { version: 1 })
const { suggestions } = await alleato.documents.suggestions.list(document.id)
await alleato.documents.suggestions.accept(suggestions[0]!.id)
const asked: Reply = alleato.documents.ask(document.id, { action: 'translate', choice: 'Italian', onText: (delta) => delta.trim() })
// @ts-expect-error: an action is needed
alleato.documents.ask(document.id, {})
const picture: StoredDocument = (await alleato.documents.createImage(new Blob(['x']), { name: 'plan.png' })).document
await alleato.documents.replaceImage(picture.id, new Uint8Array(8), { onProgress: ({ loaded }) => loaded })

const uploaded = await alleato.files.upload(new Blob(['x']), { onProgress: ({ loaded, total }) => loaded / total })
uploaded.thumbnailUrl?.trim()
const { secret } = await alleato.account.keys.create({ name: 'reports', scope: 'read' })
const { webhooks } = alleato.account
const made = await webhooks.create({ url: 'https://example.com/hook', events: ['reply.finished'] })
const signing: string[] = [made.secret, (await webhooks.rotate(made.webhook.id)).secret]
const { delivery } = await webhooks.test(made.webhook.id)
const code: number | null = (await webhooks.redeliver(made.webhook.id, delivery.id)).delivery.responseStatus
// @ts-expect-error: no such state
if ((await webhooks.deliveries(made.webhook.id)).deliveries.some((d) => d.status === 'lost')) await webhooks.update(made.webhook.id, { active: false })
const archive: File = await alleato.account.exports.download((await alleato.account.exports.create({ format: 'json' })).export.id)
// @ts-expect-error: no such form
alleato.account.exports.create({ format: 'pdf' })
