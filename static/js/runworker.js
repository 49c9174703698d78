// What the worker of the console runs: it starts the language once, then each run that the frame asks for.
import { Output } from './runoutput.js'
import { openJavaScript } from './runjavascript.js'
import { openPython } from './runpython.js'

const post = self.postMessage.bind(self)
const engines = { javascript: openJavaScript, python: openPython }

let engine

async function run({ id, code }) {
  const out = new Output(post, id)
  const started = performance.now()
  const failed = await engine(code, out)
  out.end(performance.now() - started, failed)
}

addEventListener('message', async ({ data }) => {
  if (data.type === 'run' && engine) return run(data)
  if (data.type !== 'begin' || engine) return
  engine = await engines[data.language](data)
  post({ type: 'ready' })
})
