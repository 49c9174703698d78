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

const run = promisify(execFile)
const root = path.dirname(import.meta.dirname)
const dist = path.join(root, 'static/dist')
const from = (...parts) => path.join(root, ...parts)
const bundled = ['htmx.org', 'basecoat-css', 'tailwindcss', '@tailwindcss/typography',
  '@iconify-json/lucide', '@fontsource-variable/geist', '@fontsource-variable/geist-mono']

class Output {
  manifest = {}
  files = new Map()

  // add stores a file under its hashed name and returns that name.
  add(name, body) {
    body = Buffer.from(body)
    const { name: stem, ext } = path.parse(name)
    const hash = createHash('sha256').update(body).digest('hex').slice(0, 10)
    this.manifest[name] = `${stem}-${hash}${ext}`
    this.files.set(this.manifest[name], body)
    return this.manifest[name]
  }
}

// esbuild hashes by itself: its chunks name each other.
async function scripts(out) {
  const { outputFiles, metafile } = await esbuild.build({
    entryPoints: [from('static/js/app.js'), from('static/js/theme.js'), from('static/js/docs.js')],
    bundle: true, splitting: true, format: 'esm', target: 'es2022', minify: true, metafile: true,
    legalComments: 'none', entryNames: '[name]-[hash]', chunkNames: '[name]-[hash]',
    outdir: dist, write: false, absWorkingDir: root,
  })
  const entries = Object.entries(metafile.outputs)
  for (const { path: file, contents } of outputFiles) {
    const name = path.basename(file)
    const entry = entries.find(([key]) => path.basename(key) === name)?.[1].entryPoint
    out.manifest[entry ? path.basename(entry) : `chunks/${name}`] = name
    out.files.set(name, Buffer.from(contents))
  }
}

async function styles(out) {
  const temporary = path.join(dist, '.app.css')
  await run(process.execPath, [from('node_modules/@tailwindcss/cli/dist/index.mjs'),
    '-i', from('static/css/app.css'), '-o', temporary, '--minify'], { cwd: root })
  let css = await fs.readFile(temporary, 'utf8')
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
  for (const name of bundled) {
    const folder = from('node_modules', name)
    const { version } = JSON.parse(await fs.readFile(path.join(folder, 'package.json'), 'utf8'))
    const file = (await fs.readdir(folder)).find((f) => /^licen[cs]e/i.test(f))
    // The icon set carries its licence's name and authors instead of the text.
    const body = await fs.readFile(path.join(folder, file ?? 'info.json'), 'utf8')
    text += `${name} ${version}\n\n${file ? body : iconLicence(JSON.parse(body))}\n\n`
  }
  out.add('licences.txt', text)
}

const iconLicence = ({ name, author, license }) => `${name}, ${author.name} (${author.url}), ${license.title}: ${license.url}`

const compressible = /\.(js|css|svg|txt|json)$/

async function write(out) {
  for (const name of await fs.readdir(dist)) {
    if (name !== '.gitkeep') await fs.rm(path.join(dist, name), { recursive: true })
  }
  for (const [name, body] of out.files) {
    await fs.writeFile(path.join(dist, name), body)
    if (!compressible.test(name)) continue
    await fs.writeFile(path.join(dist, name + '.gz'), zlib.gzipSync(body, { level: 9 }))
    await fs.writeFile(path.join(dist, name + '.br'), zlib.brotliCompressSync(body))
  }
  await fs.writeFile(path.join(dist, 'manifest.json'), JSON.stringify(out.manifest, null, 1) + '\n')
}

function report(out) {
  for (const kind of ['.js', '.css', '.svg']) {
    let size = 0
    for (const [name, body] of out.files) if (name.endsWith(kind)) size += zlib.gzipSync(body, { level: 9 }).length
    console.log(`${kind.padEnd(5)} ${(size / 1024).toFixed(1)} KB gzip`)
  }
}

async function build() {
  const out = new Output()
  await fs.mkdir(dist, { recursive: true })
  for (const step of [scripts, styles, icons, images, licences]) await step(out)
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
  for (const folder of ['static/js', 'static/css', 'static/img', 'views']) watch(from(folder), again)
}
