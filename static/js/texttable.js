// Tables as Markdown. A row that is as it was read is written as it was read.
const rule = { left: [':', '-'], right: ['-', ':'], center: [':', ':'] }
const wide = 120 // characters of a line: longer ones are not filled up to equal columns

const aligns = (row) => row.children.map(({ attrs }) => attrs.align ?? '').join()

// kept are the lines of a table as it was read, by its rows.
function kept({ node, raw }) {
  const [head, dashes, ...rest] = raw.split(/\r\n?|\n/)
  if (node.childCount !== rest.length + 1) return undefined
  return { lines: new Map(node.children.map((row, i) => [row, i ? rest[i - 1] : head])), dashes, aligns: aligns(node.firstChild) }
}

// widthsIn are those of the columns, by the line below the head.
const widthsIn = (dashes) => dashes.trim().replace(/^\||\|$/g, '').split('|').map((cell) => cell.length - 2)

function widthsOf(rows, columns) {
  const widths = Array.from({ length: columns }, (_, i) => Math.max(3, ...rows.map((row) => row[i]?.length ?? 0)))
  return widths.reduce((sum, width) => sum + width + 3, 1) <= wide ? widths : widths.map(() => 0)
}

function rulesOf(node, widths) {
  const dashes = widths.map((width, i) => {
    const [before, after] = rule[node.firstChild.maybeChild(i)?.attrs.align] ?? ['-', '-']
    return before + '-'.repeat(Math.max(1, width - 2)) + after
  })
  return `| ${dashes.join(' | ')} |`
}

// tableText gives the Markdown of a table, whose cells' texts another module knows; was is what it was read as,
// { node, raw }, of whatever type.
export function tableText(node, cellText, was) {
  const old = was?.node.type === node.type ? kept(was) : undefined
  const same = old?.aligns === aligns(node.firstChild)
  const rows = node.children.map((row) => (same ? old.lines.get(row) : undefined) ?? row.children.map(cellText))
  const columns = Math.max(...node.children.map((row) => row.childCount))
  const widths = same ? widthsIn(old.dashes) : widthsOf(rows, columns)
  const line = (row) => (Array.isArray(row) ? `| ${Array.from({ length: columns }, (_, i) => (row[i] ?? '').padEnd(widths[i] ?? 0)).join(' | ')} |` : row)
  return [line(rows[0]), same ? old.dashes : rulesOf(node, widths), ...rows.slice(1).map(line)].join('\n')
}
