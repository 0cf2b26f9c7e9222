import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Browser, chromium } from 'playwright'
import { PNG } from 'pngjs'
import { chromiumOptions } from './chromium.ts'

const WIDTH = 640
const HEIGHT = 480
/** Of the frame's height: as one holds a phone before a printed code. */
const SHARE = 0.85

/** A browser whose camera is always allowed, and sees one picture, lying on a grey table. */
export function openBrowserWithCamera(png: Buffer, dir: string): Promise<Browser> {
  const film = join(dir, 'camera.y4m')
  writeFileSync(film, toFilm(PNG.sync.read(png)))
  const options = chromiumOptions()
  return chromium.launch({
    ...options,
    args: [
      ...(options.args ?? []),
      '--use-fake-ui-for-media-stream',
      '--use-fake-device-for-media-stream',
      `--use-file-for-fake-video-capture=${film}`,
    ],
  })
}

/** Two frames of YUV4MPEG2, which Chromium plays over and over. */
function toFilm({ width, height, data }: PNG): Buffer {
  const luma = Buffer.alloc(WIDTH * HEIGHT, 128)
  const side = Math.min(WIDTH, HEIGHT) * SHARE
  const scale = Math.max(width, height) / side
  const [left, top] = [(WIDTH - width / scale) / 2, (HEIGHT - height / scale) / 2]
  for (let y = 0; y < HEIGHT; y++) {
    for (let x = 0; x < WIDTH; x++) {
      const [u, v] = [Math.floor((x - left) * scale), Math.floor((y - top) * scale)]
      if (u < 0 || v < 0 || u >= width || v >= height) continue
      const at = (v * width + u) * 4
      const white = data[at + 3] === 0 ? 255 : (data[at] ?? 0)
      luma[y * WIDTH + x] = 16 + Math.round((white * 219) / 255)
    }
  }
  const chroma = Buffer.alloc((WIDTH / 2) * (HEIGHT / 2) * 2, 128)
  const frame = Buffer.concat([Buffer.from('FRAME\n'), luma, chroma])
  const header = Buffer.from(`YUV4MPEG2 W${WIDTH} H${HEIGHT} F10:1 Ip A1:1 C420jpeg\n`)
  return Buffer.concat([header, frame, frame])
}
