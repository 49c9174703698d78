// Loads what one page alone needs when that page is shown: its <main data-script> names the module.
import { onPage } from './dom.js'

onPage((page) => {
  const main = page?.querySelector('main[data-script]')
  if (main) import(main.dataset.script)
})
