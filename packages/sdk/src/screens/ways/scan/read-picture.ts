import type { ReadSource } from './read-qr.ts'

/**
 * A code may be small in a large picture, or fill it and be blurred, or lie at an angle that a reader
 * likes less: each is looked at in another way. [longest side, turned by]
 */
const LOOKS = [
  [1600, 0],
  [800, 0],
  [3200, 0],
  [400, 0],
  [1600, 0.3],
  [800, -0.3],
] as const

/** Reads the QR in a picture from the album; rejects when it is no picture that opens here. */
export async function readPicture(file: Blob, read: ReadSource): Promise<string | undefined> {
  const picture = await openPicture(file)
  const whole = Math.max(picture.width, picture.height)
  const canvas = document.createElement('canvas')
  const context = canvas.getContext('2d')
  if (!context) return undefined
  const done = new Set<string>()
  for (const [side, turn] of LOOKS) {
    const scale = Math.min(1, side / whole)
    if (done.has(`${scale} ${turn}`)) continue
    done.add(`${scale} ${turn}`)
    const [width, height] = [picture.width * scale, picture.height * scale]
    const [cos, sin] = [Math.cos(turn), Math.sin(turn)]
    canvas.width = Math.max(1, Math.round(width * cos + height * Math.abs(sin)))
    canvas.height = Math.max(1, Math.round(height * cos + width * Math.abs(sin)))
    // Some pictures have no ground; codes are dark on light.
    context.fillStyle = '#fff'
    context.fillRect(0, 0, canvas.width, canvas.height)
    context.setTransform(cos, sin, -sin, cos, canvas.width / 2, canvas.height / 2)
    context.drawImage(picture, -width / 2, -height / 2, width, height)
    context.setTransform(1, 0, 0, 1, 0, 0)
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
