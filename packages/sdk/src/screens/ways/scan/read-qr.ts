import type { ReadQr } from '../../../reader.ts'

/** Not in every engine, nor in TypeScript's list of what is. */
interface Detector {
  detect(source: CanvasImageSource): Promise<{ rawValue: string }[]>
}
interface DetectorMaker {
  new (options: { formats: string[] }): Detector
  getSupportedFormats(): Promise<string[]>
}
declare global {
  interface Window {
    BarcodeDetector?: DetectorMaker
  }
}

/** Reads the QR in what a canvas can draw. */
export type ReadSource = (
  source: HTMLVideoElement | HTMLCanvasElement,
  width: number,
  height: number,
) => Promise<string | undefined>

/** A frame is as large as it need be: there are many, and a larger one only takes longer. */
const FRAME_SIDE_MAX = 720
const FAULTS_MAX = 3
const AGAIN_MS = 3_000

/**
 * The engine's own detector where it has one that reads QR; else ours, fetched when it is needed.
 *
 * @param fetchReader Rejects without a network; the next picture asks again.
 */
export async function openReader(fetchReader: () => Promise<ReadQr>): Promise<ReadSource> {
  let detector = await openDetector()
  let faults = 0
  const readQr = keepAsking(fetchReader)
  const canvas = document.createElement('canvas')
  return async (source, width, height) => {
    if (!width || !height) return undefined
    if (detector) {
      const found = await detector.detect(source).catch(() => undefined)
      if (found) return found[0]?.rawValue
      // A first frame may not be ready; one that goes on failing is not there.
      if (++faults >= FAULTS_MAX) detector = undefined
      return undefined
    }
    const isFrame = source instanceof HTMLVideoElement
    const ours = await readQr()
    // The next frame comes by itself; a picture was chosen by a person, who is told.
    if (!ours && !isFrame) throw new ReaderMissing()
    const scale = isFrame ? Math.min(1, FRAME_SIDE_MAX / Math.max(width, height)) : 1
    canvas.width = Math.round(width * scale)
    canvas.height = Math.round(height * scale)
    const context = canvas.getContext('2d', { willReadFrequently: true })
    if (!context) return undefined
    context.drawImage(source, 0, 0, canvas.width, canvas.height)
    return ours?.(context.getImageData(0, 0, canvas.width, canvas.height))
  }
}

/** Fetches it once; while it does not come, not for every frame. */
function keepAsking(fetchReader: () => Promise<ReadQr>) {
  let asked: Promise<ReadQr | undefined> | undefined
  return () => {
    asked ??= fetchReader().catch(() => {
      setTimeout(() => {
        asked = undefined
      }, AGAIN_MS)
      return undefined
    })
    return asked
  }
}

/** Nothing can be read before it has been fetched. */
export class ReaderMissing extends Error {}

async function openDetector(): Promise<Detector | undefined> {
  try {
    const { BarcodeDetector } = window
    const formats = (await BarcodeDetector?.getSupportedFormats()) ?? []
    if (BarcodeDetector && formats.includes('qr_code')) {
      return new BarcodeDetector({ formats: ['qr_code'] })
    }
  } catch {
    // Some engines have the name and not the service behind it.
  }
  return undefined
}
