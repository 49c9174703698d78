// The height of the console: by its handle with a pointer, or with the arrow keys.
const key = 'console-height'
const least = 96

const most = (section) => Math.max(least, section.closest('#artifact').clientHeight - 140)

function set(section, height) {
  const px = Math.round(Math.max(least, Math.min(most(section), height)))
  section.style.height = `${px}px`
  const handle = section.querySelector('.run-handle')
  for (const [name, value] of [['now', px], ['min', least], ['max', Math.round(most(section))]]) handle.setAttribute(`aria-value${name}`, value)
  return px
}

// keepHeight gives a console the height that the last one had.
export function keepHeight(section) {
  const kept = Number(sessionStorage.getItem(key))
  set(section, kept || section.closest('#artifact').clientHeight * 0.4)
}

export function resizable(section) {
  const handle = section.querySelector('.run-handle')
  const to = (height) => sessionStorage.setItem(key, set(section, height))
  handle.addEventListener('pointerdown', (evt) => {
    handle.setPointerCapture(evt.pointerId)
    evt.preventDefault()
  })
  handle.addEventListener('pointermove', (evt) => {
    if (handle.hasPointerCapture(evt.pointerId)) to(section.getBoundingClientRect().bottom - evt.clientY)
  })
  handle.addEventListener('keydown', (evt) => {
    const step = { ArrowUp: 24, ArrowDown: -24, PageUp: 120, PageDown: -120 }[evt.key]
    if (!step) return
    evt.preventDefault()
    to(section.offsetHeight + step)
  })
}
