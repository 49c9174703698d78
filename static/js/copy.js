// Copies a reply as the Markdown it is, and code as it stands.
import { on } from './dom.js'
import { toast } from './toast.js'

// The clipboard of the platform exists on https and localhost only.
async function write(text) {
  if (navigator.clipboard) {
    try {
      return await navigator.clipboard.writeText(text)
    } catch {}
  }
  const box = document.createElement('textarea')
  box.value = text
  box.className = 'sr-only'
  document.body.append(box)
  box.select()
  const done = document.execCommand('copy')
  box.remove()
  if (!done) throw new Error('copying was refused')
}

// markdown asks for the message's source: the page holds only its HTML.
async function markdown(button, article) {
  try {
    const { alleato } = await import('./api.js') // with the first copy
    const { messages } = await alleato.chats.get(button.dataset.chat)
    const { parts } = messages.find((m) => m.id === article.dataset.messageId)
    return parts.filter((p) => p.type === 'text').map((p) => p.text).join('\n\n')
  } catch {
    return [...article.querySelectorAll('.msg-body > .msg-prose')].map((e) => e.innerText).join('\n\n')
  }
}

// copyFor copies what a button stands for, and shows that on the button.
export async function copyFor(button, text) {
  try {
    await write(await text())
  } catch {
    return toast('Copying was refused by the browser')
  }
  button.toggleAttribute('data-done', true)
  setTimeout(() => button.removeAttribute('data-done'), 1500)
}

on('click', '[data-copy]', (button) => {
  const figure = button.closest('figure')
  copyFor(button, () => button.dataset.text ?? (figure ? figure.querySelector('code').textContent : markdown(button, button.closest('article'))))
})
