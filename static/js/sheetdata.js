// The cells of a sheet and what can be done to them. A row that nobody changed goes out as it came in,
// byte for byte; only changed ones are written anew. Knows no page.
import Papa from 'papaparse'

const quote = '"'
const undoable = 200 // steps
const marks = /[\s'’€$£¥₹%]/g

// separator is what stands between the cells: the comma unless the first line has none. The server reads
// sheets by the same rule.
function separator(text) {
  const first = text.slice(0, text.search(/[\r\n]|$/))
  return [',', '\t', ';'].find((c) => first.includes(c)) ?? ','
}

// afterQuotes is where in a line the quotes end that begin there.
function afterQuotes(line, at) {
  let end = line.indexOf(quote, at + 1)
  while (end >= 0 && line[end + 1] === quote) end = line.indexOf(quote, end + 2)
  return end < 0 ? line.length : end + 1
}

const lineEnd = (text) => /\r\n|\n|\r/.exec(text)?.[0] ?? '\n'

// number reads a cell as people write numbers; NaN for what is none.
export function number(cell) {
  const bare = cell.replace(marks, '')
  if (/^[-+]?(\d{1,3}(,\d{3})+|\d+)(\.\d*)?(e[-+]?\d+)?$/i.test(bare)) return Number(bare.replaceAll(',', ''))
  return /^[-+]?\.\d+$/.test(bare) ? Number(bare) : NaN
}

export class SheetData {
  #separator; #end; #mark = ''; #undo = []; #redo = []
  #rest = '' // of a text that grows: the last row, which may not be whole
  rows = [] // { cells, raw, end }: raw is null for a row that was changed
  columns = 0
  broken = false

  constructor(text) {
    if (text.startsWith('\ufeff')) [this.#mark, text] = ['\ufeff', text.slice(1)]
    this.#separator = separator(text)
    this.#end = lineEnd(text)
    this.#parse(text)
  }

  // parse adds the rows of a text, and gives where the last of them begins.
  #parse(text) {
    let from = 0
    let last = 0
    if (!text) return 0
    new Papa.Parser({
      delimiter: this.#separator, newline: this.#end, quoteChar: quote,
      step: ({ data: [cells], errors, meta: { cursor } }) => {
        const raw = text.slice(from, cursor)
        const end = raw.endsWith(this.#end) ? this.#end : ''
        this.broken ||= errors.length > 0
        if (raw || from < text.length) { // a text that ends with its line's end has no row behind it
          this.rows.push({ cells, raw: end ? raw.slice(0, -end.length) : raw, end })
          this.columns = Math.max(this.columns, cells.length)
          last = from
        }
        from = cursor
      },
    }).parse(text, 0, false)
    return last
  }

  // append takes in more of a text that is being written. Only its last row is read again.
  append(delta) {
    if (!this.rows.length) {
      this.#rest += delta
      if (!/[\r\n]/.test(this.#rest)) return this.#only(this.#rest)
      Object.assign(this, new SheetData(''))
      this.#separator = separator(this.#rest)
      this.#end = lineEnd(this.#rest)
      return this.#read(this.#rest)
    }
    if (this.#rest) this.rows.pop()
    this.#read(this.#rest + delta)
  }

  #only(text) {
    this.#separator = separator(text)
    this.columns = text.split(this.#separator).length
  }

  #read(text) {
    const last = this.#parse(text)
    this.#rest = this.rows.at(-1)?.end ? '' : text.slice(last)
  }

  // lines are the rows as they are written, each with its end.
  lines() {
    return this.rows.map(({ cells, raw, end }, i) => (raw ?? this.#line(cells)) + (i < this.rows.length - 1 ? end || this.#end : end))
  }

  text() {
    const lines = this.lines()
    return this.#mark + (lines.length ? lines.join('') : this.#rest)
  }

  // starts are where in the text each of the lines begins.
  starts(lines) {
    let at = this.#mark.length
    return lines.map((line) => (at += line.length) - line.length)
  }

  // spans are where in a line its cells are: [from, to].
  spans(line) {
    const spans = []
    for (let at = 0; at <= line.length;) {
      const from = line[at] === quote ? afterQuotes(line, at) : at
      const next = line.indexOf(this.#separator, from)
      const to = next < 0 ? line.length : next
      spans.push([at, to])
      at = to + 1
    }
    return spans
  }

  // line writes a row; a row of one empty cell is quoted, or it would be no row.
  #line(cells) {
    const last = cells.findLastIndex((cell) => cell !== '')
    const kept = cells.slice(0, Math.max(last + 1, Math.min(cells.length, this.columns)))
    return kept.length === 1 && kept[0] === '' ? '' : Papa.unparse([kept], { delimiter: this.#separator, newline: this.#end })
  }

  cell(row, column) { return this.rows[row]?.cells[column] ?? '' }

  // change does a step that can be taken back: act changes rows, which are never changed in their place.
  #change(act) {
    this.#undo.push({ rows: this.rows, columns: this.columns })
    if (this.#undo.length > undoable) this.#undo.shift()
    this.#redo = []
    this.rows = [...this.rows]
    act(this.rows)
  }

  // become makes the sheet another text's, as a step that can be taken back; rows that are the same stay the
  // ones they are. False: the other text is written in another way.
  become(text) {
    const next = new SheetData(text)
    if (next.#separator !== this.#separator || next.#end !== this.#end || next.#mark !== this.#mark) return false
    const [was, is] = [this.lines(), next.lines()]
    const most = Math.min(was.length, is.length)
    let from = 0
    while (from < most && was[from] === is[from]) from++
    let end = 0
    while (end < most - from && was.at(-1 - end) === is.at(-1 - end)) end++
    this.#change((rows) => {
      const same = (i) => (i < from ? rows[i] : i >= is.length - end && rows[i - is.length + was.length])
      this.rows = next.rows.map((row, i) => ({ ...row, cells: (same(i) || row).cells }))
      this.columns = next.columns
    })
    this.broken = next.broken
    return true
  }

  undo() { return this.#travel(this.#undo, this.#redo) }
  redo() { return this.#travel(this.#redo, this.#undo) }
  get canUndo() { return this.#undo.length > 0 }
  get canRedo() { return this.#redo.length > 0 }

  #travel(from, to) {
    const step = from.pop()
    if (!step) return false
    to.push({ rows: this.rows, columns: this.columns })
    Object.assign(this, step)
    return true
  }

  #set(rows, row, cells) {
    while (rows.length <= row) {
      const before = rows.at(-1)
      const end = before ? before.end : this.#end
      if (before && !end) rows[rows.length - 1] = { ...before, end: this.#end }
      rows.push({ cells: [''], raw: null, end })
    }
    rows[row] = { cells, raw: null, end: rows[row].end }
    this.columns = Math.max(this.columns, cells.length)
  }

  // put writes a block of cells, its corner at row and column.
  put(row, column, block) {
    this.#change((rows) => block.forEach((values, i) => {
      const cells = [...rows[row + i]?.cells ?? []]
      while (cells.length < column) cells.push('')
      values.forEach((value, j) => { cells[column + j] = value })
      this.#set(rows, row + i, cells)
    }))
  }

  clear({ top, left, bottom, right }) {
    const block = []
    for (let row = top; row <= Math.min(bottom, this.rows.length - 1); row++) {
      block.push(Array(Math.min(right, this.columns - 1) - left + 1).fill(''))
    }
    if (block.length && block[0].length) this.put(top, left, block)
  }

  addRows(at, count) {
    this.#change((rows) => {
      if (at >= rows.length) return this.#set(rows, at + count - 1, Array(this.columns).fill(''))
      rows.splice(at, 0, ...Array.from({ length: count }, () => ({ cells: Array(this.columns).fill(''), raw: null, end: this.#end })))
    })
  }

  removeRows(from, to) {
    this.#change((rows) => {
      const last = rows.at(-1)
      rows.splice(from, to - from + 1)
      if (rows.length && last && rows.at(-1) !== last) rows[rows.length - 1] = { ...rows.at(-1), end: last.end }
    })
  }

  addColumns(at, count) { this.#columnsChanged(at, 0, count) }
  removeColumns(from, to) { this.#columnsChanged(from, to - from + 1, 0) }

  #columnsChanged(at, removed, added) {
    this.#change((rows) => {
      rows.forEach(({ cells, end }, i) => {
        if (cells.length <= at && !added) return
        const now = [...cells]
        while (now.length < at) now.push('')
        now.splice(at, removed, ...Array(added).fill(''))
        rows[i] = { cells: now, raw: null, end }
      })
      this.columns = Math.max(0, this.columns + added - Math.min(removed, Math.max(0, this.columns - at)))
    })
  }

  // sort orders the rows below the first one: numbers before words, empty cells last.
  sort(column, descending) {
    const words = new Intl.Collator(undefined, { numeric: true, sensitivity: 'base' })
    const key = (row) => ({ row, text: row.cells[column]?.trim() ?? '', value: number(row.cells[column] ?? '') })
    const compare = (a, b) => {
      if (!a.text || !b.text) return Number(!a.text) - Number(!b.text)
      const [x, y] = [Number.isNaN(a.value), Number.isNaN(b.value)]
      const order = x !== y ? x - y : x ? words.compare(a.text, b.text) : a.value - b.value
      return descending ? -order : order
    }
    this.#change((rows) => {
      const end = rows.at(-1)?.end
      const sorted = rows.slice(1).map(key).sort(compare).map(({ row }) => ({ ...row, end: row.end || this.#end }))
      if (!sorted.length) return
      this.rows = [rows[0], ...sorted] // not by splice, which takes no more than some ten thousand
      this.rows[rows.length - 1] = { ...sorted.at(-1), end }
    })
  }

  // sums is what the numbers among some cells come to.
  sums({ top, left, bottom, right }) {
    let [sum, numbers, filled, error] = [0, 0, 0, 0]
    for (let row = top; row <= Math.min(bottom, this.rows.length - 1); row++) {
      for (const cell of this.rows[row].cells.slice(left, right + 1)) {
        if (cell.trim() === '') continue
        filled++
        const value = number(cell)
        if (Number.isNaN(value)) continue
        numbers++
        const next = value - error // Kahan: 0.1 added ten times is 1
        const total = sum + next
        error = total - sum - next
        sum = total
      }
    }
    return { sum, numbers, filled }
  }

  // copy writes cells as spreadsheets put them on the clipboard.
  copy({ top, left, bottom, right }) {
    const rows = this.rows.slice(top, bottom + 1).map(({ cells }) => Array.from({ length: right - left + 1 }, (_, i) => cells[left + i] ?? ''))
    return Papa.unparse(rows, { delimiter: '\t', newline: '\n' })
  }
}

// pasted reads what came from a spreadsheet, or a text of lines that all have as many commas.
export function pasted(text) {
  const bare = text.replace(/\r\n|\r/g, '\n').replace(/\n$/, '')
  const lines = bare.split('\n')
  const commas = lines[0].split(',').length
  const isCSV = !bare.includes('\t') && lines.length > 1 && commas > 1 && lines.every((line) => line.split(',').length === commas)
  return new Papa.Parser({ delimiter: isCSV ? ',' : '\t', newline: '\n' }).parse(bare, 0, false).data
}
