// What is being written is kept per chat until the server has taken it: the text, and the ids of the
// files that went up for it. Storage may be full or forbidden: a draft is a comfort, not a promise.
const key = (kind, form) => kind + (form.hasAttribute('data-new') ? 'new' : form.dataset.chatId)

function keep(name, value) {
  try {
    if (value) localStorage.setItem(name, value)
    else localStorage.removeItem(name)
  } catch {}
}

function kept(name) {
  try {
    return localStorage.getItem(name) ?? ''
  } catch {
    return ''
  }
}

export const keepText = (form, text) => keep(key('draft:', form), text)
export const keptText = (form) => kept(key('draft:', form))
export const keepFiles = (form, ids) => keep(key('draft-files:', form), ids.join(' '))
export const keptFiles = (form) => kept(key('draft-files:', form)).split(' ').filter(Boolean)
