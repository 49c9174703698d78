// Takes out of the style sheet what it says of components that no page has. It is a third of it, and not only
// weight: a rule like `legend + p` or `:has(> p)` makes a browser look through a whole text for what it may
// be about whenever a paragraph is added to that.
import fs from 'node:fs/promises'
import path from 'node:path'
import postcss from 'postcss'
import selectors from 'postcss-selector-parser'

// With it each class that an element gets or loses makes a browser look through all that is in that element.
const exempt = /:not\(:where\(\[class~="?not-prose"?\], ?\[class~="?not-prose"?\] \*\)\)/g

const typography = 'prose' // our texts have a class of their own that applies it

const sources = [['views', /\.(templ|go)$/], ['static/js', /\.js$/]]

// without gives css without the rules that ask for a class of the library that is never given to an element.
export async function without(css, library, root) {
  const given = await classes(root)
  const unused = new Set([typography, ...(await named(library))].filter((name) => !given.has(name)))
  const sheet = postcss.parse(css)
  sheet.walkRules((rule) => {
    if (rule.parent.name?.endsWith('keyframes')) return
    const kept = selectors().astSync(rule.selector).nodes.filter((one) => !dead(one, unused))
    if (!kept.length) rule.remove()
    else rule.selector = kept.join(',').replaceAll(exempt, '')
  })
  return sheet.toString()
}

// dead says whether a selector asks for an unused class. One of several that will do is left: without it
// the others would be less specific.
function dead(selector, unused) {
  return selector.nodes.some((node) => {
    if (node.type === 'class') return unused.has(node.value)
    return [':is', ':where', ':has'].includes(node.value) && node.nodes.length > 0 && node.nodes.every((one) => dead(one, unused))
  })
}

// named are the classes that the style sheets in a folder have rules for.
async function named(folder) {
  const found = new Set()
  for (const file of await files(folder, /\.css$/)) {
    postcss.parse(await fs.readFile(file, 'utf8')).walkRules(({ selector }) => {
      for (const [, name] of selector.matchAll(/\.([a-zA-Z][\w-]*)/g)) found.add(name)
    })
  }
  return found
}

// classes are all words in quotes on the lines of our sources that speak of a class: those that are given to
// elements, and some more. A component's class that is given in another way would have no style.
async function classes(root) {
  const found = new Set()
  for (const [folder, name] of sources) {
    for (const file of await files(path.join(root, folder), name)) {
      for (const [line] of (await fs.readFile(file, 'utf8')).matchAll(/class.*/g)) {
        for (const [text] of line.matchAll(/"[^"]*"|'[^']*'|`[^`]*`/g)) for (const [word] of text.matchAll(/[\w-]+/g)) found.add(word)
      }
    }
  }
  return found
}

const files = async (folder, name) => (await fs.readdir(folder, { recursive: true }))
  .filter((file) => name.test(file) && !/_(templ|test)\.go$/.test(file)).map((file) => path.join(folder, file))
