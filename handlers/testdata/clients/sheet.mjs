// What a sheet does to its cells, and that it leaves the others as they were written.
import assert from 'node:assert/strict'
import { SheetData, number, pasted } from '../../../static/js/sheetdata.js'
import { play } from './play.mjs'

const texts = [
  '', 'a', 'a\n', 'a,b', 'a,b\n1,2\n', 'a,b\r\n1,2\r\n', 'a;b\n1;2', 'a\tb\n1\t2\n', '\ufeffa,b\n1,2\n', 'a,b\n\n\n1,2\n', '\n', '\n\n', ',\n,',
  '"a","b"\n"x, y","say ""hi"""\n', '"two\nlines",b\n1,2', 'a,b\n1\n1,2,3,4\n', 'a , b\n " x" ,y\n', 'a,"b\nunclosed', 'a"b,c\n"x"y,z\n', 'a,b\n1,2\r\n3,4\n',
  '=1+1,@x\n', 'é,😀\n"\u202e",\0\n', 'a,b\n' + '1,2\n'.repeat(5000), '"\n'.repeat(300), ',"'.repeat(300),
]

// random is the same on each run.
function random(seed) {
  return () => (seed = (seed * 1103515245 + 12345) % 2147483648) / 2147483648
}

function written(next) {
  const pieces = ['a', '12', ',', ',', '\n', '\n', '"', '""', '\r\n', ' ', ';', 'é', '"x,\ny"', '😀']
  return Array.from({ length: 1 + next() * 30 }, () => pieces[Math.floor(next() * pieces.length)]).join('')
}

const cells = (data) => data.rows.map((row) => row.cells)

await play({
  async 'round trip'() {
    const next = random(1)
    for (const text of [...texts, ...Array.from({ length: 20_000 }, () => written(next))]) assert.equal(new SheetData(text).text(), text)
  },

  async 'one cell'() {
    const data = new SheetData('name, n\r\n"Ann" , 1\r\nBob,2')
    data.put(2, 1, [['3']])
    assert.equal(data.text(), 'name, n\r\n"Ann" , 1\r\nBob,3')
    data.put(3, 2, [['x,"y"']])
    assert.equal(data.text(), 'name, n\r\n"Ann" , 1\r\nBob,3\r\n,,"x,""y"""')
    assert.ok(data.undo() && data.undo() && !data.undo())
    assert.equal(data.text(), 'name, n\r\n"Ann" , 1\r\nBob,2')
    assert.ok(data.redo())
    assert.equal(data.cell(2, 1), '3')
  },

  async 'from nothing'() {
    const data = new SheetData('')
    data.put(1, 1, [['x']])
    assert.deepEqual(cells(new SheetData(data.text())), [[''], ['', 'x']])
  },

  async 'rows and columns'() {
    const data = new SheetData('a,b\n1,2\n3,4\n')
    data.addRows(1, 2)
    assert.equal(data.text(), 'a,b\n,\n,\n1,2\n3,4\n')
    data.removeRows(1, 2)
    assert.equal(data.text(), 'a,b\n1,2\n3,4\n')
    data.addColumns(1, 1)
    assert.equal(data.text(), 'a,,b\n1,,2\n3,,4\n')
    data.removeColumns(0, 1)
    assert.equal(data.text(), 'b\n2\n4\n')
    assert.equal(data.columns, 1)
    data.removeRows(0, 2)
    assert.equal(data.text(), '')
    while (data.undo());
    assert.equal(data.text(), 'a,b\n1,2\n3,4\n')
    const last = new SheetData('a\nb\nc')
    last.removeRows(2, 2)
    assert.equal(last.text(), 'a\nb')
    last.addRows(2, 1)
    assert.equal(last.text(), 'a\nb\n')
  },

  async sort() {
    const data = new SheetData('n\n10\n\n9\nb\n"1,000"\nA\n€ 2')
    data.sort(0, false)
    assert.deepEqual(cells(data).flat(), ['n', '€ 2', '9', '10', '1,000', 'A', 'b', ''])
    data.sort(0, true)
    assert.deepEqual(cells(data).flat(), ['n', 'b', 'A', '1,000', '10', '9', '€ 2', ''])
    assert.equal(data.undo() && data.undo() && data.text(), 'n\n10\n\n9\nb\n"1,000"\nA\n€ 2')
  },

  async 'another text'() {
    const was = 'a,b\r\n"x, y",2\r\nz,3'
    const data = new SheetData(was)
    data.put(2, 1, [['4']])
    const [first] = data.rows
    assert.ok(data.become('a,b\r\n"x, y",5\r\nz,4\r\n'))
    assert.equal(data.text(), 'a,b\r\n"x, y",5\r\nz,4\r\n')
    assert.equal(data.rows[0].cells, first.cells) // the same row, to whoever knows it
    assert.ok(data.undo())
    assert.equal(data.text(), 'a,b\r\n"x, y",2\r\nz,4')
    assert.ok(data.undo() && !data.undo() && data.redo() && data.redo())
    assert.equal(data.text(), 'a,b\r\n"x, y",5\r\nz,4\r\n')
    for (const other of ['a;b\r\n', 'a,b\n', '\ufeffa,b\r\n']) assert.ok(!data.become(other), JSON.stringify(other))
    const next = random(7)
    for (let i = 0; i < 5000; i++) {
      const [from, to] = [written(next), written(next)]
      const sheet = new SheetData(from)
      if (!sheet.become(to)) continue
      assert.equal(sheet.text(), to, JSON.stringify(from))
      assert.ok(sheet.undo())
      assert.equal(sheet.text(), from, JSON.stringify(to))
    }
  },

  async places() {
    const data = new SheetData('\ufeffa,"b, ""c""",d\r\n,x,\r\n')
    const lines = data.lines()
    assert.deepEqual(data.starts(lines), [1, 17])
    assert.deepEqual(data.spans(lines[0]).map(([from, to]) => lines[0].slice(from, to)), ['a', '"b, ""c"""', 'd\r\n'])
    assert.deepEqual(data.spans(lines[1]).slice(0, 2), [[0, 0], [1, 2]])
  },

  async long() {
    const data = new SheetData('n\n' + Array.from({ length: 300_000 }, (_, i) => `${i * 7919 % 300_000}\n`).join(''))
    data.sort(0, false)
    assert.deepEqual([data.cell(1, 0), data.cell(300_000, 0)], ['0', '299999'])
    assert.ok(data.become(data.text().replace('\n5\n', '\nfive\n')))
    assert.equal(data.cell(6, 0), 'five')
  },

  async sums() {
    const data = new SheetData('n,m\n0.1,x\n0.2,\n"1,000.5",-3\n')
    assert.deepEqual(data.sums({ top: 1, left: 0, bottom: 9, right: 9 }), { sum: 997.8, numbers: 4, filled: 5 })
    for (const [text, value] of [['12', 12], ['-1.5', -1.5], ['$1,234.50', 1234.5], ['15 %', 15], ['1e3', 1000], ['.5', 0.5]]) assert.equal(number(text), value)
    for (const text of ['', 'x', '1,2', '1.2.3', '2026-01-02', '--1', 'Infinity', '0x10', '12abc']) assert.ok(Number.isNaN(number(text)), text)
  },

  async clipboard() {
    const data = new SheetData('a,b\n"x\ty","two\nlines"\n')
    const copied = data.copy({ top: 0, left: 0, bottom: 1, right: 1 })
    assert.deepEqual(pasted(copied), [['a', 'b'], ['x\ty', 'two\nlines']])
    assert.deepEqual(pasted('1\t2\r\n3\t4\r\n'), [['1', '2'], ['3', '4']])
    assert.deepEqual(pasted('1,2\n3,4'), [['1', '2'], ['3', '4']])
    assert.deepEqual(pasted('Hello, world'), [['Hello, world']])
    assert.deepEqual(pasted(''), [])
  },

  async growing() {
    const next = random(7)
    for (const text of [...texts.filter((t) => !t.startsWith('\ufeff')), ...Array.from({ length: 3000 }, () => written(next))]) {
      const grown = new SheetData('')
      for (let at = 0; at < text.length;) {
        const n = 1 + Math.floor(next() * 12)
        grown.append(text.slice(at, at + n))
        at += n
      }
      assert.equal(grown.text(), text)
    }
    const grown = new SheetData('')
    for (const piece of ['a,', 'b\n1', ',2\n"x', '\ny",', '3']) grown.append(piece)
    assert.deepEqual(cells(grown), [['a', 'b'], ['1', '2'], ['x\ny', '3']])
    const started = performance.now()
    const long = new SheetData('')
    for (let i = 0; i < 20_000; i++) long.append('12,abc\n')
    assert.ok(performance.now() - started < 5000, 'a sheet that grows is read from its start again and again')
  },
})
