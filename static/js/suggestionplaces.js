// Where suggestions are in a text, and how their marks stay there while it is written in. How a mark looks
// is its editor's.

const pause = 300 // ms after the last change
const most = 1000 // places of one text
const breaks = /\r\n?|\n/

// occurrences are where a text is in another, without overlaps, as the server counts them. A line break is
// any: a page has \n for all of them.
function occurrences(text, part) {
  const found = []
  const lines = part.split(breaks).map((line) => line.replace(/[$()*+.?[\\\]^{|}]/g, '\\$&'))
  for (const { index, 0: { length } } of text.matchAll(new RegExp(lines.join('(?:\\r\\n?|\\n)'), 'g'))) {
    found.push({ from: index, to: index + length })
    if (found.length === most) break
  }
  return found
}

// placesOf gives the part of the text that each suggestion is about: [{ id, from, to, occurrence }], from 1.
// A text that is there more than once is the one next to where the suggestion was, or the first one; a
// suggestion whose text is gone has no place.
export function placesOf(text, suggestions, was = () => undefined) {
  return suggestions.flatMap(({ id, originalText }) => {
    const found = occurrences(text, originalText)
    if (!found.length) return []
    const near = was(id) ?? found[0].from
    const n = found.reduce((best, { from }, i) => (Math.abs(from - near) < Math.abs(found[best].from - near) ? i : best), 0)
    return [{ id, ...found[n], occurrence: n + 1 }]
  })
}

// openCard has the card of a mark opened that was pressed or walked into.
export const openCard = (within, id) => within.dispatchEvent(new CustomEvent('suggestion:open', { bubbles: true, detail: id }))

// Places is what the marks of all editors have in common. Those of one say how they read() its text, with was(id)
// for about where a mark is in it now, and how they draw(places, text).
export class Places {
  #soon
  list = []
  current // the id of the suggestion whose card is open

  set(list, current) {
    const none = !list.length && !this.list.length
    this.list = list
    if (!none) this.choose(current)
  }

  choose(id) {
    this.current = id
    clearTimeout(this.#soon)
    const { text, was } = this.read()
    this.draw(placesOf(text, this.list, was), text)
  }

  // look marks them anew once the typing pauses, or now: a mark whose text was changed is none.
  look(after = pause) {
    if (!this.list.length) return
    clearTimeout(this.#soon)
    if (after) this.#soon = setTimeout(() => this.choose(this.current), after)
    else this.choose(this.current)
  }

  // places are where the suggestions stand now.
  places() {
    const { text, was } = this.read()
    return placesOf(text, this.list, was)
  }

  destroy() { clearTimeout(this.#soon) }
}
