// Pictures of other hosts are loaded when they are asked for, through the server: it takes no cookie
// and no referrer along, and the host does not see the reader.
import { on, onPage } from './dom.js'

const loaded = new Map() // address -> the picture, for a message that is swapped while it is read
const inFlight = new WeakSet()

function show(link, blob) {
  const image = document.createElement('img')
  image.alt = link.querySelector('.image-alt').textContent.replace(/^Image:? ?/, '')
  image.src = blob
  link.replaceChildren(image)
  link.classList.add('image-loaded') // a click now opens the original
}

async function fetchImage(link) {
  const url = new URL(link.closest('[data-images]').dataset.images, location.href)
  url.searchParams.set('url', link.getAttribute('href'))
  const response = await fetch(url, { headers: { Accept: 'application/json' } })
  if (!response.ok) throw new Error((await response.json()).detail)
  return URL.createObjectURL(await response.blob())
}

async function load(link) {
  const note = link.querySelector('.image-host')
  const before = note.textContent
  inFlight.add(link)
  note.textContent = 'Loading…'
  try {
    const blob = await fetchImage(link)
    loaded.set(link.href, blob)
    show(link, blob)
  } catch (error) {
    note.textContent = before
    const why = link.querySelector('.image-error') ?? document.createElement('span')
    why.className = 'image-error'
    why.setAttribute('role', 'status')
    why.textContent = error.message || 'The picture could not be loaded.'
    link.append(why)
  }
  inFlight.delete(link)
}

const offered = '[data-images] a.image-link:not(.image-loaded):has(> .image-host)'

on('click', offered, (link, evt) => {
  if (evt.ctrlKey || evt.metaKey || evt.shiftKey || evt.altKey) return
  evt.preventDefault()
  if (!inFlight.has(link)) load(link)
})

function again() {
  if (!loaded.size) return
  for (const link of document.querySelectorAll(offered)) if (loaded.has(link.href)) show(link, loaded.get(link.href))
}

onPage(again)
document.addEventListener('htmx:after:swap', again)
