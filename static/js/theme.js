// Runs before the first paint, in the head: only the browser knows what the system prefers.
const root = document.documentElement
if (root.dataset.theme === 'system' && matchMedia('(prefers-color-scheme: dark)').matches) root.classList.add('dark')
if (/(^|; )code=wrap(;|$)/.test(document.cookie)) root.dataset.code = 'wrap'
const pane = document.cookie.match(/(?:^|; )pane=(\d\d)(?:;|$)/)
if (pane) root.style.setProperty('--pane', `${pane[1]}%`)
