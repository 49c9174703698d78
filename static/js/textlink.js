// The form below the toolbar that shows, sets and removes a link's address.
import { safeURL } from './textmarkdown.js'

// A host's name without a scheme is meant to lead there; a path is one of this site.
const whole = (url) => (/^[\w-]+(\.[\w-]+)+([/?#:]|$)/.test(url) && !/^[a-z][a-z0-9+.-]*:/i.test(url) ? `https://${url}` : url)

export class LinkForm {
  #form; #editor
  #asked = false // by a person; else it shows the link that the cursor is in

  constructor(bar, editor) {
    this.#editor = editor
    this.#form = bar.querySelector('[data-link-form]')
    this.#form.addEventListener('submit', (evt) => this.#set(evt))
    this.#field.addEventListener('input', () => this.#field.setCustomValidity(''))
    this.#form.addEventListener('keydown', (evt) => evt.key === 'Escape' && this.#leave())
    this.#form.addEventListener('click', (evt) => this.#press(evt.target.closest('[data-link]')?.dataset.link))
  }

  get #field() { return this.#form.elements.href }

  open() {
    this.#asked = true
    this.#show(this.#editor.getAttributes('link').href ?? '')
    this.#field.select()
  }

  #show(href) {
    this.#form.hidden = false
    this.#field.value = href
    this.#field.setCustomValidity('')
    for (const button of this.#form.querySelectorAll('[data-link]')) button.hidden = !this.#editor.isActive('link')
  }

  close() {
    this.#asked = false
    this.#form.hidden = true
  }

  reflect() {
    if (this.#form.contains(document.activeElement)) return
    if (this.#editor.isActive('link') && this.#editor.state.selection.empty && this.#editor.isFocused) this.#show(this.#editor.getAttributes('link').href)
    else if (!this.#asked || this.#editor.isFocused) this.close()
  }

  #leave() {
    this.close()
    this.#editor.commands.focus()
  }

  #press(what) {
    if (!what) return
    const href = whole(this.#field.value.trim())
    if (what === 'open' && safeURL(href)) return open(href, '_blank', 'noopener,noreferrer')
    if (what === 'remove') this.#editor.chain().focus().extendMarkRange('link').unsetMark('link').run()
    this.close()
  }

  #set(evt) {
    evt.preventDefault()
    const href = whole(this.#field.value.trim())
    if (!href) return this.#press('remove')
    if (!safeURL(href)) {
      this.#field.setCustomValidity('A link leads to a web address, an e-mail address or a phone number.')
      return this.#field.reportValidity()
    }
    const attrs = { href, reference: null, auto: false }
    const chain = this.#editor.chain().focus().extendMarkRange('link')
    if (this.#editor.state.selection.empty && !this.#editor.isActive('link')) {
      chain.insertContent({ type: 'text', text: href, marks: [{ type: 'link', attrs }] }).run()
    } else {
      chain.setMark('link', attrs).setTextSelection(this.#editor.state.selection.to).run()
    }
    this.close()
  }
}
