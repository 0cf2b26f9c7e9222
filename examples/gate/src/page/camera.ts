import { find } from './find.ts'
import { readPicture } from './read-picture.ts'

/** A code that stays before the camera is read once. */
const SAME_MS = 10_000
const PAUSE_MS = 120

/** Reads codes with the camera until it is closed, each once. */
export function createCamera({ onCode, onFail }: CameraEvents) {
  const box = find('camera', HTMLDivElement)
  const video = find('video', HTMLVideoElement)
  const canvas = document.createElement('canvas')
  let stream: MediaStream | undefined
  let last = { text: '', atMs: 0 }
  find('camera-close', HTMLButtonElement).addEventListener('click', close)

  async function open() {
    try {
      stream = await navigator.mediaDevices.getUserMedia({
        video: { facingMode: 'environment', width: { ideal: 1280 } },
      })
    } catch {
      return onFail('摄像头打不开，请检查权限，或用扫码枪、图片 · No camera')
    }
    box.hidden = false
    video.srcObject = stream
    await video.play()
    const look = (await findDetector()) ?? (() => readPicture(takeFrame()))
    while (stream) {
      const text = await look(video).catch(() => undefined)
      if (text && stream) offer(text)
      await new Promise((done) => setTimeout(done, PAUSE_MS))
    }
  }

  function offer(text: string) {
    const isSame = text === last.text && performance.now() - last.atMs < SAME_MS
    last = { text, atMs: performance.now() }
    if (!isSame) onCode(text)
  }

  function takeFrame(): ImageData {
    canvas.width = video.videoWidth || 1
    canvas.height = video.videoHeight || 1
    const context = canvas.getContext('2d', { willReadFrequently: true })
    if (!context) throw new Error('no canvas')
    context.drawImage(video, 0, 0)
    return context.getImageData(0, 0, canvas.width, canvas.height)
  }

  function close() {
    for (const track of stream?.getTracks() ?? []) track.stop()
    stream = undefined
    box.hidden = true
  }

  return { open, close }
}

export interface CameraEvents {
  onCode(text: string): void
  onFail(sentence: string): void
}

type Look = (source: HTMLVideoElement) => Promise<string | undefined>

/** The browser's own reader (Shape Detection), where it reads QR; undefined where ZXing has to. */
async function findDetector(): Promise<Look | undefined> {
  const { BarcodeDetector } = globalThis as { BarcodeDetector?: BarcodeDetectorClass }
  const formats: string[] = (await BarcodeDetector?.getSupportedFormats().catch(() => [])) ?? []
  if (!BarcodeDetector || !formats.includes('qr_code')) return undefined
  const detector = new BarcodeDetector({ formats: ['qr_code'] })
  return async (source) => (await detector.detect(source))[0]?.rawValue
}

interface BarcodeDetectorClass {
  new (options: {
    formats: string[]
  }): { detect(source: HTMLVideoElement): Promise<{ rawValue: string }[]> }
  getSupportedFormats(): Promise<string[]>
}
