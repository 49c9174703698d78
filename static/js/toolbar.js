// A toolbar is one stop for the tab key; its buttons are reached with the arrows.
const controls = 'button, summary, select'

// toolbar makes an element with role="toolbar" behave as one. It gives a function to be called when
// buttons were disabled or enabled.
export function toolbar(bar) {
  const all = () => [...bar.querySelectorAll(controls)]
  const stop = (chosen) => { for (const b of all()) b.tabIndex = b === chosen ? 0 : -1 }
  const update = () => {
    const now = all().find((b) => b.tabIndex === 0 && !b.disabled)
    stop(now ?? all().find((b) => !b.disabled))
  }
  stop()
  update()
  bar.addEventListener('focusin', (evt) => { if (evt.target.matches(controls)) stop(evt.target) })
  bar.addEventListener('click', (evt) => { // one that keeps the focus where it is, too
    const chosen = evt.target.closest(controls)
    if (chosen) stop(chosen)
  })
  bar.addEventListener('keydown', (evt) => {
    const reachable = all().filter((b) => !b.disabled && b.checkVisibility())
    const at = reachable.indexOf(evt.target)
    const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: reachable.length - 1 }[evt.key]
    if (to === undefined || at < 0) return
    evt.preventDefault()
    reachable[(to + reachable.length) % reachable.length].focus()
  })
  return update
}
