// A plain field, for a kind whose own editor could not be loaded.
export function create(host, { text, readOnly, onChange }) {
  const field = document.createElement('textarea')
  Object.assign(field, { value: text, readOnly, spellcheck: true })
  field.dataset.testid = 'artifact-editor'
  field.setAttribute('aria-label', 'Text of the document')
  field.addEventListener('input', onChange)
  host.append(field)
  return {
    text: () => field.value,
    setText: (text) => { field.value = text },
    append: (delta) => grow(field, delta),
    setReadOnly: (is) => { field.readOnly = is },
    focus: () => field.focus(),
    destroy: () => field.remove(),
  }
}

// grow keeps the end in sight of who is there.
function grow(field, delta) {
  const follows = field.scrollHeight - field.scrollTop - field.clientHeight < 80
  field.setRangeText(delta, field.value.length, field.value.length)
  if (follows) field.scrollTop = field.scrollHeight
}
