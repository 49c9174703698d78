// Where suggestions are in a text.

// occurrences are where a text begins in another, without overlaps, as the server counts them.
function occurrences(text, part) {
  const found = []
  for (let at = text.indexOf(part); at >= 0 && found.length < 1000; at = text.indexOf(part, at + part.length)) found.push(at)
  return found
}

// placesOf gives the part of the text that each suggestion is about: [{ id, from, to, occurrence }], from 1.
// A text that is there more than once is the one next to where the suggestion was, or the first one; a
// suggestion whose text is gone has no place.
export function placesOf(text, suggestions, was = () => undefined) {
  return suggestions.flatMap(({ id, originalText }) => {
    const found = occurrences(text, originalText)
    if (!found.length) return []
    const near = was(id) ?? found[0]
    const n = found.reduce((best, at, i) => (Math.abs(at - near) < Math.abs(found[best] - near) ? i : best), 0)
    return [{ id, from: found[n], to: found[n] + originalText.length, occurrence: n + 1 }]
  })
}
