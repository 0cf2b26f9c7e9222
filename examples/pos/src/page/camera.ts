import { find } from './find.ts'
import { readPicture } from './read-picture.ts'

/** Shows the camera until a code is seen or it is closed. */
export function createCamera({ onCode, onFail }: CameraEvents) {
  const box = find('camera', HTMLDivElement)
  const video = find('video', HTMLVideoElement)
  const canvas = document.createElement('canvas')
  let stream: MediaStream | undefined
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
    while (stream) {
      const code = await readPicture(takeFrame()).catch(() => undefined)
      if (code && stream) {
        close()
        return onCode(code)
      }
      await new Promise((done) => setTimeout(done, 120))
    }
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
  onCode(code: string): void
  onFail(sentence: string): void
}
