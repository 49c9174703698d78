// What a run says, on its way to the page: bounded, so that a print loop of a million lines is as long as
// the console is, and joined once it gets long.
const most = { lines: 10000, text: 1 << 20, images: 20, image: 5 << 20 }
const direct = 2000 // messages that are sent as they come: an endless loop lets nothing go later
const pause = 50 // ms

const lines = (text) => {
  let n = 0
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) n++
  return n
}

export class Output {
  constructor(post, id) {
    Object.assign(this, { post, id, sent: 0, lines: 0, length: 0, images: 0, dropped: 0, stream: '', buffer: '', last: 0 })
  }

  write(stream, text) {
    if (this.cut) {
      this.dropped += lines(text)
      return
    }
    const kept = this.fit(text)
    if (stream !== this.stream) this.flush()
    this.stream = stream
    this.buffer += kept
    if (this.sent < direct || this.cut || performance.now() - this.last > pause) this.flush()
  }

  // fit is as much of a text as there is room for.
  fit(text) {
    let kept = text.slice(0, most.text - this.length)
    for (let at = kept.indexOf('\n'); at >= 0; at = kept.indexOf('\n', at + 1)) {
      if (++this.lines < most.lines) continue
      kept = kept.slice(0, at + 1)
      break
    }
    this.length += kept.length
    this.cut = this.lines >= most.lines || this.length >= most.text
    if (this.cut) this.dropped += lines(text.slice(kept.length))
    return kept
  }

  flush() {
    if (this.buffer) this.post({ type: 'text', id: this.id, stream: this.stream, text: this.buffer })
    this.sent++
    this.buffer = ''
    this.last = performance.now()
  }

  // image shows a picture: bytes and their type.
  image(bytes, mediaType) {
    this.flush()
    if (bytes.byteLength > most.image) return this.write('stderr', 'A picture of more than 5 MB is not shown.\n')
    if (++this.images === most.images + 1) this.write('stderr', `Only the first ${most.images} pictures are shown.\n`)
    if (this.images <= most.images) this.post({ type: 'image', id: this.id, image: bytes, mediaType })
  }

  // end tells how long the run took, and the text of the error that it ended in.
  end(took, failed) {
    this.flush()
    this.post({ type: 'done', id: this.id, took, failed: Boolean(failed), cut: Boolean(this.cut), dropped: this.dropped })
  }
}
