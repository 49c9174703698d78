// The unmodified npm package `openai` as a client of the door. Run as: node openai.mjs URL KEY READKEY GUEST,
// with an API key to write, one to read, and one of a user who may send one message a day.
import assert from 'node:assert/strict'
import OpenAI from 'openai'
import { dot, play } from './play.mjs'

const [url, apiKey, readKey, poorKey] = process.argv.slice(2)
const client = (apiKey, more) => new OpenAI({ baseURL: `${url}/v1`, apiKey, maxRetries: 0, ...more })
const openai = client(apiKey)
const ask = (content, more) => openai.chat.completions.create({ model: 'fast', messages: [{ role: 'user', content }], ...more })

const tools = [{
  type: 'function',
  function: { name: 'weather', description: 'The weather', parameters: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] } },
}]
const failure = (call) => call.then(() => assert.fail('it was not refused'), (e) => e)

await play({
  async models() {
    const list = []
    for await (const model of openai.models.list()) list.push(model)
    assert.deepEqual(list.map((m) => [m.id, m.object]), [['fast', 'model'], ['smart', 'model'], ['gpt-4o', 'model'], ['meta-llama/llama-4:free', 'model']])
    assert.equal(typeof list[0].owned_by, 'string')
    assert.equal((await client(readKey).models.list()).data.length, list.length)
    assert.deepEqual(await openai.models.retrieve('fast'), list[0])
    assert.equal((await openai.models.retrieve('meta-llama/llama-4:free')).id, 'meta-llama/llama-4:free')
    const plain = await fetch(`${url}/v1/models/meta-llama/llama-4:free`, { headers: { Authorization: `Bearer ${apiKey}` } })
    assert.equal((await plain.json()).id, 'meta-llama/llama-4:free') // as the package for Python asks
    const none = await failure(openai.models.retrieve('none'))
    assert.ok(none instanceof OpenAI.NotFoundError, `${none}`)
    assert.deepEqual([none.code, none.param], ['model_not_found', 'model'])
  },

  async whole() {
    const answer = await ask('Count', { model: 'smart' })
    assert.equal(answer.object, 'chat.completion')
    assert.deepEqual([answer.choices[0].message.content, answer.choices[0].finish_reason], ['One two', 'stop'])
    assert.deepEqual([answer.usage.prompt_tokens, answer.usage.completion_tokens], [12, 34])
  },

  async stream() {
    const stream = await ask('Count', { stream: true, stream_options: { include_usage: true } })
    let text = '', usage
    for await (const chunk of stream) {
      text += chunk.choices[0]?.delta.content ?? ''
      usage = chunk.usage ?? usage
    }
    assert.equal(text, 'One two')
    assert.deepEqual([usage.prompt_tokens, usage.completion_tokens, usage.total_tokens], [12, 34, 46])
    assert.equal(await openai.chat.completions.stream({ model: 'fast', messages: [{ role: 'user', content: 'Hello' }] }).finalContent(), 'Grüße, Welt ✓')
  },

  async pace() { // it comes as it is written, not at the end
    const stream = await ask('Slowly', { stream: true })
    const began = Date.now()
    let first
    for await (const chunk of stream) if (chunk.choices[0]?.delta.content) first ??= Date.now()
    assert.ok(Date.now() - first > 2000, `first after ${first - began} ms, all after ${Date.now() - began}`)
  },

  async tools() {
    const messages = [{ role: 'user', content: 'What is the weather in Torino?' }]
    const first = await openai.chat.completions.create({ model: 'fast', messages, tools })
    const [call] = first.choices[0].message.tool_calls
    assert.equal(first.choices[0].finish_reason, 'tool_calls')
    assert.deepEqual([call.function.name, JSON.parse(call.function.arguments)], ['weather', { city: 'Torino' }])
    messages.push(first.choices[0].message, { role: 'tool', tool_call_id: call.id, content: 'Sunny' })
    const second = await openai.chat.completions.create({ model: 'fast', messages, tools })
    assert.equal(second.choices[0].message.content, 'The tool says: Sunny')
    const pieces = []
    for await (const chunk of await openai.chat.completions.create({ model: 'fast', messages: messages.slice(0, 1), tools, stream: true })) {
      pieces.push(...chunk.choices[0]?.delta.tool_calls?.map((c) => c.function.arguments ?? '') ?? [])
    }
    assert.deepEqual(pieces.filter(Boolean), ['{"city":', '"Torino"}']) // as the model writes them
    const streamed = await openai.chat.completions.stream({ model: 'fast', messages: messages.slice(0, 1), tools }).finalMessage()
    assert.deepEqual(JSON.parse(streamed.tool_calls[0].function.arguments), { city: 'Torino' })
  },

  async images() {
    const content = [{ type: 'text', text: 'Look' }, { type: 'image_url', image_url: { url: dot } }]
    assert.equal((await ask(content, { model: 'gpt-4o' })).choices[0].message.content, 'I see 1 picture.')
  },

  async errors() {
    const stranger = await failure(client('alk_no').models.list())
    assert.ok(stranger instanceof OpenAI.AuthenticationError, `${stranger}`)
    assert.equal(stranger.code, 'invalid_api_key')
    const reader = await failure(client(readKey).chat.completions.create({ model: 'fast', messages: [{ role: 'user', content: 'Hello' }] }))
    assert.ok(reader instanceof OpenAI.PermissionDeniedError, `${reader}`)
    const unknown = await failure(ask('Hello', { model: 'none' }))
    assert.ok(unknown instanceof OpenAI.NotFoundError, `${unknown}`)
    assert.deepEqual([unknown.code, unknown.param, unknown.type], ['model_not_found', 'model', 'invalid_request_error'])
    assert.match(unknown.message, /none/)
    const empty = await failure(openai.chat.completions.create({ model: 'fast', messages: [] }))
    assert.ok(empty instanceof OpenAI.BadRequestError, `${empty}`)
    assert.equal(empty.param, 'messages')
    assert.ok(await failure(ask('Hello', { n: 5 })) instanceof OpenAI.BadRequestError)
    const failed = await failure(ask('Fail'))
    assert.ok(failed instanceof OpenAI.InternalServerError, `${failed}`)
    assert.equal(failed.type, 'server_error')
    const nowhere = await failure(openai.embeddings.create({ model: 'fast', input: 'x' }))
    assert.ok(nowhere instanceof OpenAI.NotFoundError && nowhere.message, `${nowhere}`)
    const broken = await failure((async () => { for await (const chunk of await ask('Break off', { stream: true })) void chunk })())
    assert.ok(broken instanceof OpenAI.APIError, `${broken}`)
    assert.match(broken.message, /broke off/)
  },

  async limits() {
    const poor = client(poorKey)
    const one = () => poor.chat.completions.create({ model: 'fast', messages: [{ role: 'user', content: 'Hello' }] })
    assert.equal((await one()).choices[0].message.content, 'Grüße, Welt ✓')
    const refused = await failure(one())
    assert.ok(refused instanceof OpenAI.RateLimitError, `${refused}`)
    assert.equal(refused.code, 'rate_limit_exceeded')
    assert.ok(Number(refused.headers.get('retry-after')) > 0)
  },

  async retries() { // the package waits as long as Retry-After says, and asks again
    const seen = []
    const patient = client(apiKey, { maxRetries: 1, fetch: async (...call) => {
      const response = await fetch(...call)
      seen.push([response.status, response.headers.get('retry-after')])
      return response
    } })
    const answer = await patient.chat.completions.create({ model: 'fast', messages: [{ role: 'user', content: 'Busy' }] })
    assert.equal(answer.choices[0].message.content, 'Now.')
    assert.deepEqual(seen, [[429, '6'], [200, null]])
  },

  async leave() {
    const stream = await ask('Leave', { stream: true })
    for await (const chunk of stream) if (chunk.choices[0]?.delta.content) break // hangs up: the Go side sees the model left
  },

  async abort() { // in mid-stream, and while the whole is waited for
    const gone = new AbortController()
    const stream = await openai.chat.completions.create({ model: 'fast', messages: [{ role: 'user', content: 'Abort' }], stream: true }, { signal: gone.signal })
    for await (const chunk of stream) if (chunk.choices[0]?.delta.content) gone.abort()
    const waiting = new AbortController()
    setTimeout(() => waiting.abort(), 500)
    const whole = openai.chat.completions.create({ model: 'fast', messages: [{ role: 'user', content: 'Abort the whole' }] }, { signal: waiting.signal })
    assert.ok(await failure(whole) instanceof OpenAI.APIUserAbortError)
  },
})
