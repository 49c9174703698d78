// Values as a console shows them: short, to a depth, and without running what they bring along.
const deepest = 4
const widest = 100

const quote = (text) => (text.includes("'") && !text.includes('"') ? JSON.stringify(text) : `'${text.replace(/\\/g, '\\\\').replace(/'/g, "\\'").replace(/\n/g, '\\n')}'`)
const key = (name) => (typeof name === 'symbol' ? `[${String(name)}]` : /^[\w$]+$/.test(name) ? name : quote(name))

// inspect shows a text as it is, and everything else as source would write it.
export const inspect = (value) => (typeof value === 'string' ? value : show(value, 0, new Set()))

function show(value, depth, seen) {
  switch (typeof value) {
    case 'string': return quote(value)
    case 'bigint': return `${value}n`
    case 'function': return `[${/^class\b/.test(Function.prototype.toString.call(value)) ? 'class' : 'Function'} ${value.name || '(anonymous)'}]`
    case 'object': return value === null ? 'null' : object(value, depth, seen)
  }
  return Object.is(value, -0) ? '-0' : String(value)
}

function object(value, depth, seen) {
  if (seen.has(value)) return '[Circular]'
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? 'Invalid Date' : value.toISOString()
  if (value instanceof RegExp) return String(value)
  if (value instanceof Error) return `${value.name}: ${value.message}`
  if (value instanceof Promise) return 'Promise {…}'
  const name = nameOf(value)
  if (depth > deepest) return `[${name || 'Object'}]`
  seen.add(value)
  const text = inside(value, name, depth, seen)
  seen.delete(value)
  return text
}

const nameOf = (value) => {
  const name = Object.getPrototypeOf(value)?.constructor?.name ?? 'null'
  return name === 'Object' || name === 'Array' ? '' : name
}

function inside(value, name, depth, seen) {
  const one = (item) => show(item, depth + 1, seen)
  if (Array.isArray(value) || ArrayBuffer.isView(value) && !(value instanceof DataView)) {
    const items = Array.from({ length: Math.min(value.length, widest) }, (_, i) => (i in value ? one(value[i]) : '<empty>'))
    return wrap(name && `${name}(${value.length}) `, '[', [...items, ...more(value.length)], ']', depth)
  }
  if (value instanceof Map) {
    const items = [...value].slice(0, widest).map(([k, v]) => `${one(k)} => ${one(v)}`)
    return wrap(`Map(${value.size}) `, '{', [...items, ...more(value.size)], '}', depth)
  }
  if (value instanceof Set) return wrap(`Set(${value.size}) `, '{', [...[...value].slice(0, widest).map(one), ...more(value.size)], '}', depth)
  const keys = Reflect.ownKeys(value).filter((k) => Object.prototype.propertyIsEnumerable.call(value, k))
  const items = keys.slice(0, widest).map((k) => {
    const { get, value: held } = Object.getOwnPropertyDescriptor(value, k)
    return `${key(k)}: ${get ? '[Getter]' : one(held)}`
  })
  return wrap(name && `${name} `, '{', [...items, ...more(keys.length)], '}', depth)
}

const more = (length) => (length > widest ? [`… ${length - widest} more`] : [])

function wrap(name, open, items, close, depth) {
  if (items.length === 0) return `${name}${open}${close}`
  const line = items.join(', ')
  const pad = open === '{' ? ' ' : ''
  if (line.length + depth * 2 < 72 && !line.includes('\n')) return `${name}${open}${pad}${line}${pad}${close}`
  const indent = '  '.repeat(depth + 1)
  return `${name}${open}\n${items.map((item) => indent + item).join(',\n')}\n${'  '.repeat(depth)}${close}`
}
