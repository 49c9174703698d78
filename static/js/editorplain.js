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
    append: (delta) => field.setRangeText(delta, field.value.length, field.value.length),
    scroller: () => field,
    setReadOnly: (is) => { field.readOnly = is },
    focus: () => field.focus(),
    destroy: () => field.remove(),
  }
}
