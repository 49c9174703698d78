// Python in the worker: Pyodide, from bytes that the page has fetched. Only the standard library is there.
import { loadPyodide } from 'pyodide/pyodide.mjs'
import { info } from 'pyodide/pyodide-lock.json'
import helper from './run.py'

const home = 'https://python.invalid/' // nothing is fetched from it: see handOver

// handOver lets Pyodide find what it would fetch, while it starts; the policy forbids everything else.
function handOver({ stdlib, wasm }) {
  const { fetch } = self
  const { instantiateStreaming } = WebAssembly
  self.fetch = async () => new Response(stdlib)
  WebAssembly.instantiateStreaming = async (_, imports) => ({ module: wasm, instance: await WebAssembly.instantiate(wasm, imports) })
  return () => {
    self.fetch = fetch
    WebAssembly.instantiateStreaming = instantiateStreaming
  }
}

export async function openPython(parts) {
  const { default: createPyodideModule } = await import(URL.createObjectURL(new Blob([parts.asm], { type: 'text/javascript' })))
  const takeBack = handOver(parts)
  const pyodide = await loadPyodide({
    createPyodideModule, indexURL: home, packageBaseUrl: home, lockFileContents: { info, packages: {} }, env: { NO_COLOR: '1', HOME: '/home/you' },
  })
  takeBack()
  let out
  for (const stream of ['stdout', 'stderr']) {
    const decoder = new TextDecoder()
    const write = (bytes) => {
      out?.write(stream, decoder.decode(bytes, { stream: true }))
      return bytes.length
    }
    pyodide[stream === 'stdout' ? 'setStdout' : 'setStderr']({ write, isatty: true }) // a terminal shows each line at once
  }
  const picture = (bytes, mediaType) => {
    const copy = bytes.toJs ? bytes.toJs() : bytes
    out?.image(new Uint8Array(copy).buffer, mediaType)
  }
  const run = pyodide.runPython(`${helper}\nopen_console`)(picture)
  return async (code, to) => {
    out = to
    return run(code)
  }
}
