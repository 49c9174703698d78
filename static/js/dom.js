export const byID = (id) => document.getElementById(id)

// on listens on the document for an event inside what matches; the handler gets that element.
export function on(event, selector, handler, options) {
  document.addEventListener(event, (evt) => {
    const element = evt.target.closest?.(selector)
    if (element) handler(element, evt)
  }, options)
}

// onPage runs now and after each swap of the page beside the sidebar.
export function onPage(handler) {
  let page
  const look = () => {
    const now = byID('page')
    if (now === page) return
    page = now
    handler(page)
  }
  look()
  document.addEventListener('htmx:after:swap', look)
}

// On touch screens focusing the composer would open the keyboard over the page.
export const touch = () => matchMedia('(hover: none) and (pointer: coarse)').matches

export const phone = () => matchMedia('(width < 48rem)').matches
