// Shows a chosen picture in a square that can be moved over it, puts what it holds in the place of the
// file, and sends the form. Where the picture cannot be read the server says so.
import { byID } from './dom.js'
import { toast } from './toast.js'

const side = 512

export async function crop(input) {
  let picture
  try {
    picture = await createImageBitmap(input.files[0])
  } catch {
    input.value = ''
    return toast('This picture cannot be read', 'Choose a JPEG or a PNG.')
  }
  const dialog = byID('crop-template').content.firstElementChild.cloneNode(true)
  document.body.append(dialog)
  const view = new View(dialog, picture)
  dialog.addEventListener('close', async () => {
    const { name } = input.files[0]
    input.value = ''
    if (dialog.returnValue === 'ok') await send(input, view.canvas, name)
    dialog.remove()
    picture.close()
  })
  dialog.showModal()
  view.canvas.focus()
}

async function send(input, canvas, name) {
  const blob = await new Promise((done) => canvas.toBlob(done, 'image/png'))
  const files = new DataTransfer()
  files.items.add(new File([blob], name.replace(/\.[^.]*$/, '') + '.png', { type: 'image/png' }))
  input.files = files.files
  input.form.submit()
}

// View draws the part of the picture that the square holds: x and y are its middle in the picture, zoom
// is 1 where the shorter side fills it.
class View {
  constructor(dialog, picture) {
    this.picture = picture
    this.canvas = dialog.querySelector('canvas')
    this.zoom = dialog.querySelector('input[type="range"]')
    this.x = picture.width / 2
    this.y = picture.height / 2
    this.zoom.addEventListener('input', () => this.draw())
    this.canvas.addEventListener('pointerdown', (evt) => this.canvas.setPointerCapture(evt.pointerId))
    this.canvas.addEventListener('pointermove', (evt) => this.canvas.hasPointerCapture(evt.pointerId) && this.move(-evt.movementX, -evt.movementY))
    this.canvas.addEventListener('wheel', (evt) => this.wheel(evt))
    this.canvas.addEventListener('keydown', (evt) => this.key(evt))
    this.draw()
  }

  get size() {
    return Math.min(this.picture.width, this.picture.height) / Number(this.zoom.value)
  }

  // dx and dy are pixels of the screen.
  move(dx, dy) {
    const scale = this.size / this.canvas.clientWidth
    this.x += dx * scale
    this.y += dy * scale
    this.draw()
  }

  wheel(evt) {
    evt.preventDefault()
    this.zoom.value = Number(this.zoom.value) - Math.sign(evt.deltaY) * 0.1
    this.draw()
  }

  key(evt) {
    const step = { ArrowLeft: [-8, 0], ArrowRight: [8, 0], ArrowUp: [0, -8], ArrowDown: [0, 8] }[evt.key]
    if (!step) return
    evt.preventDefault()
    this.move(...step)
  }

  draw() {
    const { size, picture } = this
    const within = (at, length) => Math.min(Math.max(at, size / 2), length - size / 2)
    this.x = within(this.x, picture.width)
    this.y = within(this.y, picture.height)
    const pen = this.canvas.getContext('2d')
    pen.clearRect(0, 0, side, side)
    pen.imageSmoothingQuality = 'high'
    pen.drawImage(picture, this.x - size / 2, this.y - size / 2, size, size, 0, 0, side, side)
  }
}
