import type { ReadSource } from './read-qr.ts'

/** A code may be small in a large picture, or fill it and be blurred: each is read at another size. */
const SIDES = [1600, 800, 3200, 400]

/** Reads the QR in a picture from the album; rejects when it is no picture that opens here. */
export async function readPicture(file: Blob, read: ReadSource): Promise<string | undefined> {
  const picture = await openPicture(file)
  const whole = Math.max(picture.width, picture.height)
  const canvas = document.createElement('canvas')
  const context = canvas.getContext('2d')
  let last = 0
  for (const side of SIDES) {
    const scale = Math.min(1, side / whole)
    if (scale === last) continue
    last = scale
    canvas.width = Math.max(1, Math.round(picture.width * scale))
    canvas.height = Math.max(1, Math.round(picture.height * scale))
    if (!context) return undefined
    // Some pictures have no ground; codes are dark on light.
    context.fillStyle = '#fff'
    context.fillRect(0, 0, canvas.width, canvas.height)
    context.drawImage(picture, 0, 0, canvas.width, canvas.height)
    const text = await read(canvas, canvas.width, canvas.height)
    if (text !== undefined) return text
  }
  return undefined
}

async function openPicture(file: Blob): Promise<ImageBitmap | HTMLImageElement> {
  // A page's policy may forbid pictures from blobs; this asks for none.
  if (typeof createImageBitmap === 'function') return createImageBitmap(file)
  const url = URL.createObjectURL(file)
  try {
    return await new Promise((resolve, reject) => {
      const image = new Image()
      image.onload = () => resolve(image)
      image.onerror = () => reject(new Error('no picture'))
      image.src = url
    })
  } finally {
    URL.revokeObjectURL(url)
  }
}
