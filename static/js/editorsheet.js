// The editor of a sheet: a grid for the keyboard, the mouse and the finger.
import { SheetData, pasted } from './sheetdata.js'
import { SheetMarks } from './sheetmarks.js'
import { SheetView, letter } from './sheetview.js'
import { toolbar } from './toolbar.js'

export function create(host, options) {
  return new SheetEditor(host, options)
}

const printable = (evt) => evt.key.length === 1 && !evt.ctrlKey && !evt.metaKey && !evt.altKey
const show = new Intl.NumberFormat(undefined, { maximumFractionDigits: 10 })

class SheetEditor {
  #data; #view; #box; #tools; #status; #note; #input; #onChange; #text; #pending = ''; #frame = 0; #toolsChanged; #marks
  #editing = false

  constructor(host, { text, readOnly, onChange }) {
    this.#onChange = onChange
    this.#text = text
    this.#data = new SheetData(text)
    this.#box = host.appendChild(document.createElement('div'))
    this.#box.className = 'sheet-box'
    const template = document.getElementById('sheet-template').content.cloneNode(true)
    this.#box.append(template)
    this.#tools = this.#box.querySelector('[role="toolbar"]')
    this.#status = this.#box.querySelector('[data-testid="sheet-sum"]')
    this.#note = this.#box.querySelector('.artifact-note')
    this.#input = this.#box.querySelector('.sheet-input')
    const place = this.#box.querySelector('.sheet-place')
    this.#view = new SheetView(place, this.#data, { readOnly, label: 'Cells of the sheet. Arrow keys move, Enter writes, Escape leaves a cell.' })
    this.#view.onDraw = () => this.#placeInput()
    this.#marks = new SheetMarks(this.#view)
    this.#view.onChoose = () => {
      this.#sum()
      this.#marks.walked()
    }
    this.#toolsChanged = toolbar(this.#tools)
    this.#listen()
    this.setReadOnly(readOnly)
    this.#told()
  }

  // commit takes in what is being written into a cell.
  commit() { this.#stopWriting(true) }

  busy() { return this.#editing }

  text() { return this.#text ??= this.#data.text() }

  // What can be taken back stays so, and what is being written into a cell, unless the text is one that nobody here has written.
  setText(text, { foreign = false } = {}) {
    if (foreign || this.#view.readOnly || !this.#data.become(text)) {
      this.#stopWriting(false)
      this.#data = new SheetData(text)
    }
    this.#text = text
    this.#fresh()
  }

  append(delta) {
    this.#pending += delta
    this.#frame ||= requestAnimationFrame(() => {
      this.#frame = 0
      const follow = this.#view.atEnd
      this.#data.append(this.#pending)
      this.#pending = ''
      this.#text = undefined
      this.#view.measure()
      if (follow) this.#view.grid.scrollTop = this.#view.grid.scrollHeight
    })
  }

  setReadOnly(is) {
    this.#view.readOnly = is
    this.#view.grid.setAttribute('aria-readonly', is)
    this.#tools.hidden = is
    this.#view.measure()
  }

  focus() { this.#view.grid.focus() }

  selection() {
    const { top, left, bottom, right } = this.#view.chosen
    return top === bottom && left === right ? '' : this.#data.copy(this.#view.chosen)
  }

  mark(suggestions, current) { this.#marks.set(suggestions, current) }
  showMark(id, cursor) { this.#marks.show(id, cursor) }
  places() { return this.#marks.places() }

  destroy() {
    this.#stopWriting(true)
    cancelAnimationFrame(this.#frame)
    this.#marks.destroy()
    this.#view.destroy()
    this.#box.remove()
  }

  #fresh() {
    this.#view.data = this.#data
    this.#view.forget()
    this.#view.measure()
    this.#told()
  }

  // act changes the cells; onChange tells the saver.
  #act(change) {
    if (this.#view.readOnly) return
    const { columns } = this.#data
    change(this.#data)
    this.#text = undefined
    if (this.#data.columns < columns) this.#view.forget()
    const { row, column } = this.#view.active
    if (row >= this.#view.rowCount || column >= this.#view.columnCount) this.#view.go(row, column)
    this.#view.measure()
    this.#told()
    this.#marks.look(0) // rows and columns move at once
    this.#onChange()
  }

  // told says how the buttons and the notes stand.
  #told() {
    const notes = []
    if (this.#data.broken) notes.push('This is not quite proper CSV; it is shown as well as it can be read.')
    if (this.#view.cut) notes.push('The sheet is longer than what is shown here; all of it is kept.')
    this.#note.hidden = !notes.length
    this.#note.textContent = notes.join(' ')
    this.#tools.querySelector('[data-do="undo"]').disabled = !this.#data.canUndo
    this.#tools.querySelector('[data-do="redo"]').disabled = !this.#data.canRedo
    this.#toolsChanged()
    this.#sum()
  }

  #sum() {
    const { top, left, bottom, right } = this.#view.chosen
    const at = `${letter(left)}${top + 1}`
    const single = top === bottom && left === right
    const { sum, numbers, filled } = this.#data.sums({ top, left, bottom, right })
    const parts = [single ? at : `${at}:${letter(right)}${bottom + 1}`]
    if (!single && numbers) parts.push(`Sum ${show.format(sum)}`, `Average ${show.format(sum / numbers)}`)
    if (!single) parts.push(`Count ${filled}`)
    this.#status.textContent = parts.join(' · ')
  }

  #listen() {
    const { grid } = this.#view
    grid.addEventListener('keydown', (evt) => this.#key(evt))
    grid.addEventListener('pointerdown', (evt) => this.#press(evt))
    grid.addEventListener('dblclick', (evt) => this.#twice(evt))
    grid.addEventListener('copy', (evt) => this.#copy(evt))
    grid.addEventListener('cut', (evt) => { this.#copy(evt); this.#act((data) => data.clear(this.#view.chosen)) })
    grid.addEventListener('paste', (evt) => this.#paste(evt))
    this.#tools.addEventListener('click', (evt) => this.#tool(evt.target.closest('[data-do]')?.dataset.do))
    this.#input.addEventListener('keydown', (evt) => this.#inputKey(evt))
    this.#input.addEventListener('blur', () => this.#stopWriting(true))
    this.#input.addEventListener('input', () => this.#placeInput())
  }

  #key(evt) {
    const { view, data } = { view: this.#view, data: this.#data }
    const { row, column } = view.active
    const jump = evt.ctrlKey || evt.metaKey
    const page = Math.max(1, Math.floor(view.grid.clientHeight / 32) - 3)
    const [lastRow, lastColumn] = [Math.max(0, data.rows.length - 1), Math.max(0, data.columns - 1)]
    const to = {
      ArrowUp: [jump ? 0 : row - 1, column], ArrowDown: [jump ? lastRow : row + 1, column],
      ArrowLeft: [row, jump ? 0 : column - 1], ArrowRight: [row, jump ? lastColumn : column + 1],
      Home: [jump ? 0 : row, 0], End: [jump ? lastRow : row, lastColumn], PageUp: [row - page, column], PageDown: [row + page, column],
    }[evt.key]
    if (to && !evt.altKey) view.go(...to, evt.shiftKey)
    else if (!this.#command(evt, jump)) return
    evt.preventDefault()
  }

  // command does what a key is for and answers whether it was for anything.
  #command(evt, jump) {
    const key = evt.key.toLowerCase()
    if (jump && key === 'a') this.#view.choose({ row: 0, column: 0 }, this.#end())
    else if (jump && key === 'z') this.#travel(evt.shiftKey ? 'redo' : 'undo')
    else if (jump && key === 'y') this.#travel('redo')
    else if (evt.key === 'Escape') this.#view.choose({ ...this.#view.active }, this.#view.active)
    else if (this.#view.readOnly) return false
    else if (evt.key === 'Enter' || evt.key === 'F2') this.#write()
    else if (evt.key === 'Delete' || evt.key === 'Backspace') this.#act((data) => data.clear(this.#view.chosen))
    else {
      if (printable(evt)) this.#write('') // the key itself is typed into the field, which has the focus by then
      return false
    }
    return true
  }

  #end() { return { row: Math.max(0, this.#data.rows.length - 1), column: Math.max(0, this.#data.columns - 1) } }

  #travel(way) { this.#act((data) => data[way]()) }

  #press(evt) {
    if (evt.button !== 0) return
    const { dataset } = evt.target
    const cell = { row: Number(dataset.row), column: Number(dataset.column) }
    const touch = evt.pointerType === 'touch'
    if (dataset.edge !== undefined) return this.#widen(evt, Number(dataset.edge))
    if (dataset.letter !== undefined) this.#chooseColumn(Number(dataset.letter), evt.shiftKey)
    else if (dataset.number !== undefined) this.#chooseRow(Number(dataset.number), evt.shiftKey)
    else if (dataset.all !== undefined) this.#view.choose({ row: 0, column: 0 }, this.#end())
    else if (dataset.row === undefined) return
    else if (touch) return this.#tap(evt, cell)
    else {
      this.#view.go(cell.row, cell.column, evt.shiftKey)
      this.#drag()
    }
    if (!touch) evt.preventDefault()
    this.focus()
  }

  // A finger that moves scrolls; one that is lifted where it came down chooses, and writes at the second time.
  #tap(evt, cell) {
    const { row, column } = this.#view.active
    const again = row === cell.row && column === cell.column && document.activeElement === this.#view.grid
    evt.target.addEventListener('click', () => {
      this.focus()
      this.#view.go(cell.row, cell.column)
      if (again && !this.#view.readOnly) this.#write()
    }, { once: true })
  }

  #drag() {
    const move = (evt) => {
      const { row, column } = document.elementFromPoint(evt.clientX, evt.clientY)?.dataset ?? {}
      if (row !== undefined) this.#view.go(Number(row), Number(column), true)
    }
    addEventListener('pointermove', move)
    addEventListener('pointerup', () => removeEventListener('pointermove', move), { once: true })
  }

  #chooseColumn(column, extend) {
    this.#view.choose({ row: 0, column: extend ? this.#view.anchor.column : column }, { row: this.#end().row, column })
  }

  #chooseRow(row, extend) {
    this.#view.choose({ row: extend ? this.#view.anchor.row : row, column: 0 }, { row, column: this.#end().column })
  }

  #widen(evt, column) {
    evt.preventDefault()
    const [start, width] = [evt.clientX, this.#view.width(column)]
    const move = ({ clientX }) => this.#view.resize(column, width + clientX - start)
    addEventListener('pointermove', move)
    addEventListener('pointerup', () => removeEventListener('pointermove', move), { once: true })
  }

  #twice({ target: { dataset } }) {
    if (dataset.edge !== undefined) this.#view.resize(Number(dataset.edge), this.#view.fitting(Number(dataset.edge)))
    else if (dataset.row !== undefined && !this.#view.readOnly) this.#write()
  }

  #copy(evt) {
    evt.preventDefault()
    evt.clipboardData.setData('text/plain', this.#data.copy(this.#view.chosen))
  }

  #paste(evt) {
    evt.preventDefault()
    const block = pasted(evt.clipboardData.getData('text/plain'))
    if (!block.length) return
    const { top, left } = this.#view.chosen
    this.#act((data) => data.put(top, left, block))
    this.#view.choose({ row: top, column: left }, { row: top + block.length - 1, column: left + Math.max(...block.map((cells) => cells.length)) - 1 })
  }

  #tool(name) {
    const { top, bottom, left, right } = this.#view.chosen
    const tools = {
      undo: (data) => data.undo(), redo: (data) => data.redo(),
      above: (data) => data.addRows(top, bottom - top + 1), below: (data) => data.addRows(bottom + 1, bottom - top + 1),
      before: (data) => data.addColumns(left, right - left + 1), after: (data) => data.addColumns(right + 1, right - left + 1),
      rows: (data) => data.removeRows(top, bottom), columns: (data) => data.removeColumns(left, right),
      ascending: (data) => data.sort(left, false), descending: (data) => data.sort(left, true),
    }
    if (!tools[name]) return
    if (['before', 'columns'].includes(name)) this.#view.forget()
    this.#act(tools[name])
    if (['rows', 'columns'].includes(name)) this.#view.go(top, left)
  }

  // write opens the field over the chosen cell, with its text or another.
  #write(text = this.#data.cell(this.#view.active.row, this.#view.active.column)) {
    this.#view.show(this.#view.active)
    this.#editing = true
    this.#input.hidden = false
    this.#input.value = text
    const { row, column } = this.#view.active
    this.#input.setAttribute('aria-label', `Cell ${letter(column)}${row + 1}`)
    this.#placeInput()
    this.#input.focus({ preventScroll: true })
    this.#input.setSelectionRange(text.length, text.length)
  }

  #placeInput() {
    if (!this.#editing) return
    const { top, left, width, height } = this.#view.box(this.#view.active)
    const { style } = this.#input
    style.top = `${top}px`
    style.left = `${left}px`
    style.minWidth = `${width + 1}px`
    style.height = '0px'
    style.height = `${Math.min(240, Math.max(height + 1, this.#input.scrollHeight + 2))}px`
  }

  #stopWriting(keep) {
    if (!this.#editing) return
    this.#editing = false
    this.#input.hidden = true
    const { row, column } = this.#view.active
    if (keep && this.#input.value !== this.#data.cell(row, column)) this.#act((data) => data.put(row, column, [[this.#input.value]]))
  }

  #inputKey(evt) {
    if (evt.isComposing) return
    const { row, column } = this.#view.active
    const to = { Enter: [row + (evt.shiftKey ? -1 : 1), column], Tab: [row, column + (evt.shiftKey ? -1 : 1)], Escape: [row, column] }[evt.key]
    if (!to || (evt.key === 'Enter' && evt.altKey)) {
      if (evt.key === 'Enter') { // Alt+Enter breaks the line
        evt.preventDefault()
        this.#input.setRangeText('\n', this.#input.selectionStart, this.#input.selectionEnd, 'end')
        this.#placeInput()
      }
      return
    }
    evt.preventDefault()
    this.#stopWriting(evt.key !== 'Escape')
    this.focus()
    this.#view.go(...to)
  }
}
