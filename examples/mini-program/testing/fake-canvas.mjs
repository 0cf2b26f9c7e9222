/** A canvas of filled rectangles whose pixels can be read: black and white are all that a code has. */
export class FakeCanvas {
  #width = 0
  #height = 0
  #pixels = new Uint8Array(0)

  get width() {
    return this.#width
  }
  set width(width) {
    this.#width = width
    this.#clear()
  }
  get height() {
    return this.#height
  }
  set height(height) {
    this.#height = height
    this.#clear()
  }

  getContext() {
    const pixels = () => this.#pixels
    const width = () => this.#width
    return {
      fillStyle: '#000',
      fillRect(x, y, w, h) {
        for (const each of [x, y, w, h]) {
          if (!Number.isInteger(each)) throw new Error(`${each} is not a whole device pixel`)
        }
        const value = this.fillStyle === '#fff' ? 255 : 0
        for (let row = y; row < y + h; row++) {
          pixels().fill(value, row * width() + x, row * width() + x + w)
        }
      },
    }
  }

  /** One byte for each pixel, 255 is white. */
  read() {
    return { width: this.#width, height: this.#height, gray: Uint8Array.from(this.#pixels) }
  }

  #clear() {
    // A canvas whose size is set is empty, and what is transparent is no code.
    this.#pixels = new Uint8Array(this.#width * this.#height).fill(128)
  }
}
