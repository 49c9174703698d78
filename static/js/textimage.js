// The form below the toolbar that puts in a picture: one that is uploaded, or one of the person's files.
import { alleato } from './api.js'

export class ImageForm {
  #form; #editor

  constructor(bar, editor) {
    this.#editor = editor
    this.#form = bar.querySelector('[data-image-form]')
    this.#form.addEventListener('submit', (evt) => evt.preventDefault())
    this.#form.addEventListener('keydown', (evt) => evt.key === 'Escape' && this.#leave())
    this.#form.querySelector('[data-image-close]').addEventListener('click', () => this.#leave())
    this.#form.querySelector('[data-image-file]').addEventListener('change', (evt) => this.#upload(evt.target))
    this.#list.addEventListener('click', (evt) => this.#pick(evt.target.closest('button')))
  }

  get #list() { return this.#form.querySelector('[data-image-list]') }

  toggle() {
    if (!this.#form.hidden) return this.close()
    this.#form.hidden = false
    this.#form.elements.alt.value = ''
    this.#say('')
    this.#show()
    this.#form.querySelector('[data-image-file]').focus()
  }

  close() { this.#form.hidden = true }

  #leave() {
    this.close()
    this.#editor.commands.focus()
  }

  #say(text) { this.#form.querySelector('[data-image-status]').textContent = text }

  async #show() {
    try {
      const { files } = await alleato.files.list({ limit: 60 })
      const pictures = files.filter(({ contentType }) => contentType.startsWith('image/')).slice(0, 24)
      this.#list.replaceChildren(...pictures.map((file) => this.#thumbnail(file)))
    } catch (error) {
      this.#say(error.message)
    }
  }

  #thumbnail({ name, url, thumbnailUrl }) {
    const button = document.createElement('button')
    const image = document.createElement('img')
    button.type = 'button'
    button.title = name
    button.dataset.url = url
    button.setAttribute('aria-label', `Put in ${name}`)
    image.src = thumbnailUrl ?? url
    image.alt = ''
    image.loading = 'lazy'
    button.append(image)
    const item = document.createElement('li')
    item.append(button)
    return item
  }

  #pick(button) {
    if (button) this.#insert(button.dataset.url, button.title)
  }

  async #upload(field) {
    const [file] = field.files
    field.value = ''
    if (!file) return
    this.#say(`Uploading ${file.name}…`)
    try {
      const { url, name } = await alleato.files.upload(file, { onProgress: ({ loaded, total }) => this.#say(`Uploading ${file.name}: ${Math.floor((100 * loaded) / total)} %`) })
      this.#insert(url, name ?? file.name)
    } catch (error) {
      this.#say(`${error.message} ${error.hint ?? ''}`)
    }
  }

  // The address is one of this site: it stays right when the site is reached by another name.
  #insert(url, name) {
    const { pathname, search } = new URL(url, location.href)
    const alt = (this.#form.elements.alt.value.trim() || name.replace(/\.\w+$/, '')).replace(/[[\]\\\n]/g, ' ')
    this.#editor.chain().focus().insertContent({ type: 'image', attrs: { src: pathname + search, alt } }).run()
    this.close()
  }
}
