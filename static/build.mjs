// Builds the assets into static/dist: scripts, style sheet, fonts, icons, each under a name that
// carries a hash of its content, with .gz and .br beside it, and manifest.json, which maps the
// names that templates write to the hashed ones. Run from the root: node static/build.mjs [--watch]
import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import fs from 'node:fs/promises'
import { watch } from 'node:fs'
import path from 'node:path'
import { promisify } from 'node:util'
import zlib from 'node:zlib'
import esbuild from 'esbuild'
import { without } from './unused.mjs'

const run = promisify(execFile)
const gzip = promisify(zlib.gzip)
const brotli = promisify(zlib.brotliCompress)
const root = path.dirname(import.meta.dirname)
const dist = path.join(root, 'static/dist')
const from = (...parts) => path.join(root, ...parts)
const copied = ['htmx.org', 'basecoat-css', 'tailwindcss', '@tailwindcss/typography',
  '@iconify-json/lucide', '@fontsource-variable/geist', '@fontsource-variable/geist-mono', 'katex', 'pyodide']

class Output {
  manifest = {}
  files = new Map()
  packages = new Set(copied) // whose code is in the files
  zipped = new Set() // kept as .gz alone: they are large, and few ask for them

  // add stores a file under its hashed name and returns that name.
  add(name, body) {
    body = Buffer.from(body)
    const { name: stem, ext } = path.parse(name)
    const hash = createHash('sha256').update(body).digest('hex').slice(0, 10)
    this.manifest[name] = `${stem}-${hash}${ext}`
    this.files.set(this.manifest[name], body)
    return this.manifest[name]
  }

  // keep stores a file under its own name, for those who write that name themselves.
  keep(name, body) {
    this.manifest[name] = name
    this.files.set(name, Buffer.from(body))
  }
}

// Mermaid's layout "elk" would be a third of all scripts, under a licence that asks for more than ours
// gives: a diagram that wants it is told that it cannot be drawn.
const withoutElk = {
  name: 'without elk',
  setup: (build) => build.onLoad({ filter: /node_modules\/elkjs\// }, () => ({
    contents: 'export default class { layout() { return Promise.reject(new Error("The elk layout is not part of this.")) } }',
  })),
}

// The frame of diagrams and the API's reference are bundled by themselves, or the page would fetch what
// they have in common with it in one more request.
async function scripts(out) {
  await bundle(out, 'app', 'theme')
  await bundle(out, 'diagramframe')
  await bundle(out, 'runframe')
  await bundle(out, 'docs')
  await bundle(out, 'print')
}

// esbuild hashes by itself: its chunks name each other.
async function bundle(out, ...names) {
  const { outputFiles, metafile } = await esbuild.build({
    entryPoints: names.map((name) => from(`static/js/${name}.js`)),
    define: {
      KATEX_CSS: JSON.stringify(out.manifest['katex.css']), GEIST: JSON.stringify(out.manifest['geist-latin-wght-normal.woff2']),
      RUN_FILES: JSON.stringify(JSON.stringify(out.runs)), // as a text: an object would be a chunk that every script has in common
    },
    alias: { katex: from('node_modules/katex/dist/katex.mjs') }, // Mermaid would bring one more version
    plugins: [withoutElk], bundle: true, splitting: true, format: 'esm', target: 'es2022', minify: true, metafile: true,
    legalComments: 'none', entryNames: '[name]-[hash]', chunkNames: '[name]-[hash]',
    outdir: dist, write: false, absWorkingDir: root,
  })
  const entries = Object.entries(metafile.outputs)
  for (const { path: file, contents } of outputFiles) {
    const name = path.basename(file)
    const entry = entries.find(([key]) => path.basename(key) === name)?.[1].entryPoint
    const isNamed = names.some((n) => entry === `static/js/${n}.js`)
    out.manifest[isNamed ? path.basename(entry) : `chunks/${name}`] = name
    out.files.set(name, Buffer.from(contents))
  }
  for (const file of Object.keys(metafile.inputs)) {
    const [, name] = file.match(/.*node_modules\/((?:@[^/]+\/)?[^/]+)\//) ?? []
    if (name && name !== 'elkjs') out.packages.add(name)
  }
}

// formulas has the style sheet of KaTeX, which pages load with the first formula, and its fonts.
async function formulas(out) {
  const folder = from('node_modules/katex/dist')
  let css = await fs.readFile(path.join(folder, 'katex.min.css'), 'utf8')
  for (const [all, file] of css.matchAll(/url\((fonts\/[^)]+\.woff2)\) format\("woff2"\),[^};]+/g)) {
    const name = out.add(path.basename(file), await fs.readFile(path.join(folder, file)))
    css = css.replace(all, `url(${name}) format("woff2")`)
  }
  if (css.includes('fonts/')) throw new Error('a font of KaTeX was not found')
  out.add('katex.css', css)
}

// runtime has what runs code: the script of its worker, and Python. The page hands them to a frame that
// can fetch nothing, so that their names are in the page's script.
async function runtime(out) {
  const { outputFiles } = await esbuild.build({
    entryPoints: [from('static/js/runworker.js')], bundle: true, format: 'iife', target: 'es2022', minify: true, legalComments: 'none',
    external: ['node:*', 'ws'], loader: { '.py': 'text' }, write: false, absWorkingDir: root,
  })
  const python = (file) => fs.readFile(from('node_modules/pyodide', file))
  const files = { worker: ['runworker.js', outputFiles[0].contents], asm: ['python.js', await python('pyodide.asm.mjs')],
    wasm: ['python.wasm', await python('pyodide.asm.wasm')], stdlib: ['python.zip', await python('python_stdlib.zip')] }
  out.runs = {}
  for (const [name, [file, body]] of Object.entries(files)) out.runs[name] = { file: out.add(file, body), size: body.length }
  out.zipped = new Set([out.runs.asm.file, out.runs.wasm.file])
}

// sdk is one file for programs, readable as it is served.
async function sdk(out) {
  const { outputFiles } = await esbuild.build({
    entryPoints: [from('static/sdk/alleato.js')], bundle: true, format: 'esm', target: 'es2022', write: false, absWorkingDir: root,
    banner: { js: '// The SDK of Alleato. Its types are in alleato.d.ts beside it. MIT licence.' },
  })
  out.keep('alleato.js', outputFiles[0].contents)
  out.keep('alleato.d.ts', await fs.readFile(from('static/sdk/alleato.d.ts')))
}

async function styles(out) {
  const temporary = path.join(dist, '.app.css')
  await run(process.execPath, [from('node_modules/@tailwindcss/cli/dist/index.mjs'),
    '-i', from('static/css/app.css'), '-o', temporary, '--minify'], { cwd: root })
  let css = await without(await fs.readFile(temporary, 'utf8'), from('node_modules/basecoat-css/dist/components'), root)
  await fs.rm(temporary)
  css += await fonts(out) + iconVariables(css, await lucide())
  out.add('app.css', css)
}

// fonts copies every script's subset: a browser fetches only those whose characters a page has.
async function fonts(out) {
  let rules = ''
  for (const family of ['geist', 'geist-mono']) {
    const folder = from('node_modules/@fontsource-variable', family)
    const css = await fs.readFile(path.join(folder, 'index.css'), 'utf8')
    const files = [...css.matchAll(/url\(\.\/files\/([^)]+)\)/g)].map((m) => m[1])
    const names = new Map()
    for (const file of files) names.set(file, out.add(file, await fs.readFile(path.join(folder, 'files', file))))
    rules += css.replace(/\/\*.*?\*\//gs, '').replace(/\s+/g, ' ')
      .replace(/url\(\.\/files\/([^)]+)\)/g, (_, file) => `url(${names.get(file)})`)
  }
  return rules
}

const lucide = async () => JSON.parse(await fs.readFile(from('node_modules/@iconify-json/lucide/icons.json'), 'utf8'))

function icon(set, name) {
  const body = set.icons[name]?.body
  if (!body) throw new Error(`Lucide has no icon named ${name}`)
  return body
}

// iconVariables defines --icon-NAME for each var(--icon-NAME) of the style sheet: the icons of
// what cannot name the sprite, such as the HTML of Markdown.
function iconVariables(css, set) {
  const names = new Set([...css.matchAll(/var\(--icon-([a-z0-9-]+)\)/g)].map((m) => m[1]))
  const rules = [...names].map((name) => {
    const svg = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24">${icon(set, name).replaceAll('currentColor', '#000')}</svg>`
    return `--icon-${name}:url("data:image/svg+xml,${encodeURIComponent(svg)}")`
  })
  return `:root{${rules.join(';')}}`
}

// icons makes the sprite of the icons that the templates use.
async function icons(out) {
  const set = await lucide()
  const names = new Set()
  for (const file of (await fs.readdir(from('views'))).filter((f) => f.endsWith('.templ')).sort()) {
    const text = await fs.readFile(from('views', file), 'utf8')
    for (const [, name] of text.matchAll(/@icon\(p, "([a-z0-9-]+)"/g)) names.add(name)
  }
  const symbols = [...names].sort().map((name) => `<symbol id="${name}" viewBox="0 0 24 24">${icon(set, name)}</symbol>`)
  out.add('icons.svg', `<svg xmlns="http://www.w3.org/2000/svg">${symbols.join('')}</svg>\n`)
}

async function images(out) {
  for (const file of await fs.readdir(from('static/img'))) out.add(file, await fs.readFile(from('static/img', file)))
}

// licences goes with the program, as the licences of what it bundles ask.
async function licences(out) {
  let text = ''
  for (const name of [...out.packages].sort()) {
    const folder = from('node_modules', name)
    const { version, license, repository } = JSON.parse(await fs.readFile(path.join(folder, 'package.json'), 'utf8'))
    const files = await fs.readdir(folder)
    const file = files.find((f) => /^licen[cs]e/i.test(f))
    // The icon set carries its licence's name and authors instead of the text.
    const other = files.includes('info.json') ? iconLicence(JSON.parse(await fs.readFile(path.join(folder, 'info.json'), 'utf8'))) : `${license}, source: ${repository?.url ?? repository}`
    text += `${name} ${version}\n\n${file ? await fs.readFile(path.join(folder, file), 'utf8') : other}\n\n`
  }
  out.add('licences.txt', text)
}

const iconLicence = ({ name, author, license }) => `${name}, ${author.name} (${author.url}), ${license.title}: ${license.url}`

const compressible = /\.(js|ts|css|svg|txt|json)$/

async function write(out) {
  for (const name of await fs.readdir(dist)) {
    if (name !== '.gitkeep') await fs.rm(path.join(dist, name), { recursive: true })
  }
  const packing = []
  for (const [name, body] of out.files) {
    if (out.zipped.has(name)) {
      packing.push(zip(name, body))
      continue
    }
    const isChunk = Boolean(out.manifest[`chunks/${name}`])
    if (!isChunk) await fs.writeFile(path.join(dist, name), body) // who takes a chunk as it is gets it unpacked
    if (!compressible.test(name)) continue
    packing.push(pack(name, body, isChunk ? 9 : 11))
  }
  await Promise.all(packing)
  await fs.writeFile(path.join(dist, 'manifest.json'), JSON.stringify(out.manifest, null, 1) + '\n')
}

// pack spends most of its time on brotli's highest quality: it is for what every visit loads.
async function pack(name, body, quality) {
  await zip(name, body)
  const params = { [zlib.constants.BROTLI_PARAM_QUALITY]: quality }
  await fs.writeFile(path.join(dist, name + '.br'), await brotli(body, { params }))
}

const zip = async (name, body) => fs.writeFile(path.join(dist, name + '.gz'), await gzip(body, { level: 9 }))

// report says what a first visit loads, and all that there is.
function report(out) {
  const sum = (names) => names.reduce((n, name) => n + zlib.gzipSync(out.files.get(name), { level: 6 }).length, 0)
  const first = ['app.js', 'theme.js', 'app.css', 'icons.svg'].map((name) => out.manifest[name])
  const all = [...out.files.keys()].filter((name) => compressible.test(name) || out.zipped.has(name))
  console.log(`${(sum(first) / 1024).toFixed(1)} KB gzip at first, ${(sum(all) / 1024).toFixed(0)} KB in all`)
}

async function build() {
  const out = new Output()
  await fs.mkdir(dist, { recursive: true })
  for (const step of [formulas, styles, runtime, scripts, sdk, icons, images, licences]) await step(out)
  await write(out)
  report(out)
}

await build()
if (process.argv.includes('--watch')) {
  let timer
  const again = () => {
    clearTimeout(timer)
    timer = setTimeout(() => build().catch((error) => console.error(error.message)), 150)
  }
  for (const folder of ['static/js', 'static/sdk', 'static/css', 'static/img', 'views']) watch(from(folder), again)
}
