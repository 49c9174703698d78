// Suggestions in a sheet: the cells that hold what they are about are marked.
import { openCard, Places } from './suggestionplaces.js'

// rowAt is the row, of those that begin at starts, that holds an offset of the text.
function rowAt(starts, offset) {
  let [low, high] = [0, starts.length]
  while (high - low > 1) {
    const middle = (low + high) >> 1
    if (starts[middle] > offset) high = middle
    else low = middle
  }
  return low
}

export class SheetMarks extends Places {
  #view; #lines; #starts
  #marked = new Map() // "row column" -> { id, current }
  #first = new Map() // a suggestion's id -> the first of its cells, with what is known again of its row

  constructor(view) {
    super()
    this.#view = view
    view.marked = (row, column) => this.#marked.get(`${row} ${column}`)
  }

  // A row is known again by its cells, wherever it was sorted to; one that was changed is where it was.
  read() {
    const { data } = this.#view
    this.#lines = data.lines()
    this.#starts = data.starts(this.#lines)
    const rows = new Map(data.rows.map(({ cells }, row) => [cells, row]))
    const was = (id) => {
      const { row, cells, offset } = this.#first.get(id) ?? {}
      const start = this.#starts[rows.get(cells) ?? row]
      return start === undefined ? undefined : start + offset
    }
    return { text: data.text(), was }
  }

  draw(places) {
    this.#marked.clear()
    this.#first.clear()
    for (const place of places) this.#mark(place)
    this.#view.draw()
  }

  #mark({ id, from, to }) {
    const current = id === this.current
    for (let row = rowAt(this.#starts, from); this.#starts[row] < to; row++) {
      const start = this.#starts[row]
      this.#view.data.spans(this.#lines[row]).forEach(([a, b], column) => {
        if (start + a >= to || start + b <= from) return
        if (!this.#first.has(id)) this.#first.set(id, { row, column, cells: this.#view.data.rows[row].cells, offset: from - start })
        const cell = `${row} ${column}`
        if (current || !this.#marked.has(cell)) this.#marked.set(cell, { id, current })
      })
    }
  }

  // walked opens the card of the cell that is chosen.
  walked() {
    const { row, column } = this.#view.active
    const mark = this.#view.marked(row, column)
    if (mark && !mark.current) openCard(this.#view.grid, mark.id)
  }

  // show brings a mark into sight, and chooses its cell.
  show(id, cursor) {
    this.choose(id)
    const first = this.#first.get(id)
    if (first && cursor) this.#view.go(first.row, first.column)
    else if (first) this.#view.show(first)
  }
}
