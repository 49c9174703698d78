// How long a text may be to be laid out while it is written. What is out of sight costs nothing, but each block is
// looked at to find out whether it is, and one that is in sight is laid out whole. Measured: at each of these bounds
// a key is shown within some 40 ms.
const most = { blocks: 6000, block: 100_000, paragraph: 20_000, cells: 2000 }

// many blocks are those of which the ones out of sight are better not laid out.
export const many = 300

// fits tells whether blocks, { node, raw }, can be edited as they read.
export const fits = (blocks) => blocks.length <= most.blocks && !blocks.some(isSlow)

function isSlow({ node, raw }) {
  if (raw.length > most.block) return true
  let slow = false
  let cells = 0
  if (raw.length > 2 * most.cells) node.descendants((child) => { slow ||= isLong(child) || (cells += isRow(child) ? child.childCount : 0) > most.cells })
  return slow || isLong(node)
}

const isRow = ({ type }) => type.name === 'tableRow'
const isLong = ({ isTextblock, type, content }) => isTextblock && !type.spec.code && content.size > most.paragraph
