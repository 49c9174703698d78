// Draws a sheet: only the cells in sight are elements, so that a long or wide one scrolls like a short one.
import { number } from './sheetdata.js'

export const rowHeight = 32 // px
const most = 500_000 // rows drawn: a browser makes no box much higher
const spare = 4 // rows drawn above and below what is in sight
const [narrowest, widest, untold] = [64, 320, 112] // px of a column
const gutter = 52 // px for the numbers of the rows
const guessed = 200 // rows that a column's width is guessed from

function element(role, className, text) {
  const node = document.createElement('div')
  if (role) node.setAttribute('role', role)
  if (className) node.className = className
  if (text !== undefined) node.textContent = text
  return node
}

// letter names a column as spreadsheets do: A to Z, AA, AB.
export function letter(column) {
  const rest = column >= 26 ? letter(Math.floor(column / 26) - 1) : ''
  return rest + String.fromCharCode(65 + column % 26)
}

export class SheetView {
  #rows = element('presentation', 'sheet-rows')
  #space = element('presentation', 'sheet-space')
  #letters = element('row', 'sheet-letters')
  #first = element('row', 'sheet-row sheet-first')
  #edges = [0]; #widths = []; #frame = 0; #watch
  grid = element('grid', 'sheet scrollbar-sm')
  // What is chosen: the cell that the keyboard is on, and the other corner.
  active = { row: 0, column: 0 }
  anchor = { row: 0, column: 0 }
  marked = () => undefined // the suggestion in a cell, as { id, current }

  constructor(host, data, { readOnly, label }) {
    Object.assign(this, { data, readOnly })
    this.grid.tabIndex = 0
    this.grid.dataset.testid = 'artifact-editor'
    this.grid.setAttribute('aria-label', label)
    this.grid.setAttribute('aria-multiselectable', 'true')
    this.#letters.setAttribute('aria-rowindex', 1)
    this.#first.setAttribute('aria-rowindex', 2)
    this.#space.append(this.#letters, this.#first, this.#rows)
    this.grid.append(this.#space)
    host.append(this.grid)
    this.grid.addEventListener('scroll', () => this.draw(), { passive: true })
    this.#watch = new ResizeObserver(() => this.draw())
    this.#watch.observe(this.grid)
    this.measure()
  }

  // The empty cells around what is there are where a person goes on.
  get rowCount() { return Math.min(most, this.readOnly ? this.data.rows.length : Math.max(this.data.rows.length + 10, 30)) }
  get columnCount() { return this.readOnly ? this.data.columns : Math.max(this.data.columns + 2, 12) }

  get chosen() {
    const { active, anchor } = this
    return {
      top: Math.min(active.row, anchor.row), bottom: Math.max(active.row, anchor.row),
      left: Math.min(active.column, anchor.column), right: Math.max(active.column, anchor.column),
    }
  }

  // measure guesses the widths of columns that have none yet, and draws.
  measure() {
    for (let column = this.#widths.length; column < this.columnCount; column++) this.#widths.push(this.fitting(column))
    const edges = [gutter]
    for (let column = 0; column < this.columnCount; column++) edges.push(edges[column] + this.#widths[column])
    this.#edges = edges
    this.draw()
  }

  fitting(column) {
    if (column >= this.data.columns) return untold
    let longest = 0
    for (const { cells } of this.data.rows.slice(0, guessed)) longest = Math.max(longest, Math.min(80, (cells[column] ?? '').length))
    return Math.min(widest, Math.max(narrowest, longest * 8 + 26))
  }

  resize(column, width) {
    this.#widths[column] = Math.min(1000, Math.max(40, Math.round(width)))
    this.measure()
  }

  width(column) { return this.#widths[column] }

  // forget has the widths guessed anew, after columns came or went.
  forget() { this.#widths = [] }

  draw() { this.#frame ||= requestAnimationFrame(() => { this.#frame = 0; this.#draw() }) }

  #draw() {
    const { grid, data } = this
    const [rows, columns] = [this.rowCount, this.columnCount]
    grid.setAttribute('aria-rowcount', rows + 1)
    grid.setAttribute('aria-colcount', columns + 1)
    this.#space.style.width = `${this.#edges[columns]}px`
    this.#space.style.height = `${(rows + 1) * rowHeight}px`
    const [from, to] = this.#columnsInSight()
    const first = Math.max(1, Math.floor(grid.scrollTop / rowHeight) - spare)
    const last = Math.min(rows - 1, Math.ceil((grid.scrollTop + grid.clientHeight) / rowHeight) + spare)
    this.#fillLetters(from, to)
    this.#fill(this.#first, 0, from, to)
    const drawn = []
    for (let row = first; row <= last; row++) {
      const node = element('row', 'sheet-row')
      node.setAttribute('aria-rowindex', row + 2)
      node.style.top = `${(row + 1) * rowHeight}px`
      this.#fill(node, row, from, to)
      drawn.push(node)
    }
    this.#rows.replaceChildren(...drawn)
    this.#tellActive()
    this.onDraw?.(data)
  }

  #columnsInSight() {
    const { scrollLeft, clientWidth } = this.grid
    const at = (x) => { // the column at x, by halves
      let [low, high] = [0, this.columnCount]
      while (low < high) {
        const middle = (low + high) >> 1
        if (this.#edges[middle + 1] > x) high = middle
        else low = middle + 1
      }
      return low
    }
    return [Math.max(0, at(scrollLeft + gutter) - 1), Math.min(this.columnCount - 1, at(scrollLeft + clientWidth) + 1)]
  }

  #fillLetters(from, to) {
    const { left, right } = this.chosen
    const corner = element('columnheader', 'sheet-number')
    corner.setAttribute('aria-colindex', 1)
    corner.append(element('', 'sr-only', 'Row'))
    corner.dataset.all = ''
    const nodes = [corner]
    for (let column = from; column <= to; column++) {
      const node = element('columnheader', 'sheet-letter', letter(column))
      node.setAttribute('aria-colindex', column + 2)
      node.dataset.letter = column
      node.toggleAttribute('data-chosen', column >= left && column <= right)
      this.#place(node, column)
      const edge = element('', 'sheet-edge')
      edge.dataset.edge = column
      node.append(edge)
      nodes.push(node)
    }
    this.#letters.replaceChildren(...nodes)
  }

  #fill(node, row, from, to) {
    const { top, bottom, left, right } = this.chosen
    const header = element('rowheader', 'sheet-number', row + 1)
    header.setAttribute('aria-colindex', 1)
    header.dataset.number = row
    header.toggleAttribute('data-chosen', row >= top && row <= bottom)
    const nodes = [header]
    for (let column = from; column <= to; column++) {
      const cell = element('gridcell', 'sheet-cell', this.data.cell(row, column))
      cell.setAttribute('aria-colindex', column + 2)
      cell.dataset.row = row
      cell.dataset.column = column
      cell.toggleAttribute('data-figure', !Number.isNaN(number(cell.textContent)))
      this.#place(cell, column)
      const chosen = row >= top && row <= bottom && column >= left && column <= right
      cell.setAttribute('aria-selected', chosen)
      if (row === this.active.row && column === this.active.column) {
        cell.id = 'sheet-active'
        cell.dataset.active = ''
      }
      const mark = this.marked(row, column)
      if (mark) {
        cell.dataset.suggestion = mark.id
        cell.toggleAttribute('data-current', mark.current)
      }
      nodes.push(cell)
    }
    node.replaceChildren(...nodes)
  }

  #place(node, column) {
    node.style.left = `${this.#edges[column]}px`
    node.style.width = `${this.#widths[column]}px`
  }

  #tellActive() {
    const there = this.grid.querySelector('#sheet-active')
    if (there) this.grid.setAttribute('aria-activedescendant', there.id)
    else this.grid.removeAttribute('aria-activedescendant')
  }

  // go moves the keyboard's cell, or with extend the corner of what is chosen.
  go(row, column, extend = false) {
    this.active = { row: clamp(row, this.rowCount - 1), column: clamp(column, this.columnCount - 1) }
    if (!extend) this.anchor = { ...this.active }
    this.show(this.active)
    this.draw()
    this.onChoose?.()
  }

  choose(anchor, active) {
    Object.assign(this, { anchor, active })
    this.draw()
    this.onChoose?.()
  }

  // show scrolls a cell into sight, beside what stays in its place.
  show({ row, column }) {
    const { grid } = this
    if (row > 0) {
      const top = row * rowHeight - rowHeight
      if (grid.scrollTop > top) grid.scrollTop = top
      else if (grid.scrollTop < (row + 2) * rowHeight - grid.clientHeight) grid.scrollTop = (row + 2) * rowHeight - grid.clientHeight
    }
    const [start, end] = [this.#edges[column], this.#edges[column + 1]]
    if (grid.scrollLeft > start - gutter) grid.scrollLeft = start - gutter
    else if (grid.scrollLeft < end - grid.clientWidth) grid.scrollLeft = end - grid.clientWidth
  }

  // box is where a cell is, seen from the grid's corner.
  box({ row, column }) {
    const { scrollTop, scrollLeft } = this.grid
    return { top: (row + 1) * rowHeight - (row ? scrollTop : 0), left: this.#edges[column] - scrollLeft, width: this.#widths[column], height: rowHeight }
  }

  get atEnd() { return this.grid.scrollHeight - this.grid.scrollTop - this.grid.clientHeight < 3 * rowHeight }

  get cut() { return this.data.rows.length > most }

  destroy() {
    cancelAnimationFrame(this.#frame)
    this.#watch.disconnect()
    this.grid.remove()
  }
}

const clamp = (n, most) => Math.max(0, Math.min(most, n))
