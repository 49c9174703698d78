// A picture looked at closely: by buttons, keys, wheel and two fingers; dragged where it is larger than its
// place. What the pointer is on stays under it.
const most = 16
const least = 0.05
const factor = 1.25

export function mount(view) {
  const place = view.querySelector('.picture-scroll')
  const image = view.querySelector('img')
  const output = view.querySelector('output')
  const fingers = new Map()
  let scale = 1
  let fitted = true // follows the size of its place
  let apart = 0

  const fit = () => Math.min(place.clientWidth / image.naturalWidth, place.clientHeight / image.naturalHeight, 1)

  function show(next, at = middle()) {
    const before = image.getBoundingClientRect()
    const x = (at.x - before.left) / before.width
    const y = (at.y - before.top) / before.height
    scale = Math.min(most, Math.max(Math.min(least, fit()), next))
    image.style.width = `${image.naturalWidth * scale}px`
    view.dataset.larger = scale > fit() * 1.001
    const after = image.getBoundingClientRect()
    place.scrollLeft += after.left + x * after.width - at.x
    place.scrollTop += after.top + y * after.height - at.y
    output.textContent = `${Math.round(scale * 100)} %`
  }

  function middle() {
    const { left, top, width, height } = place.getBoundingClientRect()
    return { x: left + width / 2, y: top + height / 2 }
  }

  function zoom(to) {
    fitted = to === 'fit'
    show({ in: scale * factor, out: scale / factor, fit: fit(), full: 1 }[to])
  }

  function wheel(evt) {
    evt.preventDefault()
    fitted = false
    const lines = evt.deltaMode ? 20 : 1
    show(scale * Math.exp(-evt.deltaY * lines * (evt.ctrlKey ? 0.01 : 0.002)), { x: evt.clientX, y: evt.clientY })
  }

  const keys = { '+': 'in', '=': 'in', '-': 'out', 0: 'fit', 1: 'full' }

  function key(evt) {
    if (!keys[evt.key] || evt.ctrlKey || evt.metaKey || evt.altKey) return
    evt.preventDefault()
    zoom(keys[evt.key])
  }

  const distance = ([a, b]) => Math.hypot(a.clientX - b.clientX, a.clientY - b.clientY)

  function down(evt) {
    if (evt.button) return
    fingers.set(evt.pointerId, evt)
    place.setPointerCapture(evt.pointerId)
    apart = fingers.size === 2 ? distance([...fingers.values()]) : 0
    view.dataset.dragged = ''
  }

  function move(evt) {
    const last = fingers.get(evt.pointerId)
    if (!last) return
    fingers.set(evt.pointerId, evt)
    if (fingers.size === 1) {
      place.scrollLeft -= evt.clientX - last.clientX
      place.scrollTop -= evt.clientY - last.clientY
    } else if (fingers.size === 2) {
      const [a, b] = fingers.values()
      const now = distance([a, b])
      fitted = false
      if (apart > 0) show(scale * now / apart, { x: (a.clientX + b.clientX) / 2, y: (a.clientY + b.clientY) / 2 })
      apart = now
    }
  }

  function up(evt) {
    fingers.delete(evt.pointerId)
    apart = 0
    if (!fingers.size) delete view.dataset.dragged
  }

  view.addEventListener('click', (evt) => {
    const to = evt.target.closest('[data-zoom-to]')?.dataset.zoomTo
    if (to) zoom(to)
  })
  view.addEventListener('keydown', key)
  place.addEventListener('wheel', wheel, { passive: false })
  place.addEventListener('pointerdown', down)
  place.addEventListener('pointermove', move)
  for (const end of ['pointerup', 'pointercancel', 'lostpointercapture']) place.addEventListener(end, up)
  const start = () => {
    new ResizeObserver(() => fitted && show(fit())).observe(place)
    show(fit())
  }
  image.complete && image.naturalWidth ? start() : image.addEventListener('load', start, { once: true })
}
