// The page of a document for paper opens the browser's dialog once all of it is there.
const printed = () => print()

document.addEventListener('click', (evt) => evt.target.closest('[data-action="print"]') && printed())

async function ready() {
  await document.fonts.ready
  await Promise.allSettled([...document.images].map((image) => image.decode()))
  if (!navigator.webdriver) printed() // a dialog would hold up a browser that is driven by a program
}

for (const image of document.images) image.loading = 'eager'
if (document.readyState === 'complete') ready()
else addEventListener('load', ready, { once: true })
