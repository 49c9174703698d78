// A picture of a message opens large over the page; without a script its link leads to it.
import { byID, on } from './dom.js'

function dialog() {
  if (byID('lightbox')) return byID('lightbox')
  const box = document.createElement('dialog')
  box.id = 'lightbox'
  box.className = 'lightbox'
  box.dataset.testid = 'lightbox'
  box.innerHTML = `<figure><img alt=""><figcaption><bdi></bdi><a class="lightbox-button" data-icon="download" aria-label="Download" title="Download"></a>
    <button type="button" class="lightbox-button" data-icon="close" data-action="close-lightbox" aria-label="Close" title="Close"></button></figcaption></figure>`
  document.body.append(box)
  return box
}

on('click', '[data-lightbox]', (link, evt) => {
  if (evt.ctrlKey || evt.metaKey || evt.shiftKey || evt.button) return
  evt.preventDefault()
  const box = dialog()
  const { name } = link.dataset
  const download = box.querySelector('a')
  box.setAttribute('aria-label', name)
  box.querySelector('img').src = download.href = link.href
  box.querySelector('img').alt = download.download = box.querySelector('bdi').textContent = name
  box.showModal()
  box.querySelector('[data-action]').focus()
})

on('click', '[data-action="close-lightbox"]', () => byID('lightbox').close())
on('click', '#lightbox', (box, evt) => evt.target.matches('dialog, figure') && box.close())
