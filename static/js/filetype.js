// What can be said of a file before it is sent. The server decides by the bytes; what it would refuse in
// any case is refused here already.
const units = ['bytes', 'KB', 'MB', 'GB']

export function bytes(n) {
  let unit = 0
  while (n >= 1024 && unit < units.length - 1) {
    n /= 1024
    unit++
  }
  return `${unit && n < 10 && n % 1 ? n.toFixed(1) : Math.round(n)} ${units[unit]}`
}

// visible shows the characters that turn text around, or are not there to see, as what they are: marks.
export const visible = (name) => name.replace(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, (c) => (c === '\u200d' ? c : '\ufffd'))

export function kindOf({ type = '' }) {
  if (type.startsWith('image/')) return 'image'
  if (type === 'application/pdf') return 'pdf'
  return type === 'text/csv' ? 'sheet' : 'text'
}

const ending = (name) => /\.[^.]+$/.exec(name)?.[0].toLowerCase() ?? ''

export function detail(name, size) {
  const type = ending(name).slice(1).toUpperCase()
  return type && type.length <= 5 ? `${type} · ${bytes(size)}` : bytes(size)
}

const head = 64 << 10

// isText looks at how a file begins, as many texts have a name that says nothing of them.
async function isText(file) {
  const start = await file.slice(0, head).arrayBuffer()
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(start, { stream: file.size > head })
    return !/[\0-\x08\x0b\x0e-\x1a\x1c-\x1f\x7f]/.test(text)
  } catch {
    return false
  }
}

const taken = (file, accept) => (file.type && accept.includes(file.type)) || (ending(file.name) && accept.includes(ending(file.name)))

// refusal says why a file is not worth sending, or ''.
export async function refusal(file, { maxBytes, accept }) {
  if (file.size > Number(maxBytes)) return `The file is larger than ${bytes(Number(maxBytes))}, the most that you may upload.`
  let text
  try {
    text = await isText(file)
  } catch {
    return 'It cannot be read. A folder cannot be attached, its files can.'
  }
  if (file.size === 0) return 'The file is empty.'
  if (text || taken(file, accept.split(','))) return ''
  return 'Files of this type are not taken. Images (PNG, JPEG, GIF, WebP), PDF, text, Markdown, CSV and code are taken.'
}
