import { quantile } from '../lib/stats.ts'
import type { GrayImage } from './gray-image.ts'
import { createRandom } from './random.ts'

/** A scanner's sensor: VGA, what cheap ones have. */
export const SENSOR = { width: 640, height: 480 } as const
/** Of the sensor's lens: how far off, in widths of the phone, a phone lies that fills the sensor's width. */
const FOCAL_WIDTHS = 1.6
/** Per pixel of the sensor and axis. */
const SAMPLES = 3
const GAMMA = 2.2
/** The sensor exposes for the brightest twentieth of what it sees, as far as it can. */
const EXPOSED_FOR = 0.95
const EXPOSED_TO = 0.85
const EXPOSURE_MAX = 16
/** Sigma in steps of 255 at the exposure for a bright screen; more exposure is more noise. */
const NOISE = 2
const LIGHT_OF = Float32Array.from({ length: 256 }, (_, value) => (value / 255) ** GAMMA)

/** A bright reflection on the glass. Places and sizes are in widths of the phone, from the code's middle. */
export interface Glare {
  x: number
  y: number
  /** Where it has fallen to 61 %. Much wider than high is a tube lamp. */
  width: number
  height: number
  /** 1 is as bright as the screen's white. */
  strength: number
}

/** How a picture is taken. Light is linear; 1 is the screen's white at full brightness. */
export interface Shot {
  /** The phone's width on the sensor, in pixels: distance and resolution in one. */
  phonePx: number
  /** Turned in the picture's plane, degrees. */
  roll: number
  /** Turned about the phone's long and short axis, degrees. */
  yaw: number
  pitch: number
  /** Out of focus: sigma in pixels of the sensor. */
  blurPx: number
  /** The hand moves: length in pixels of the sensor, along its width and height. */
  shakePx: readonly [x: number, y: number]
  brightness: number
  /** Light of the room from the glass, everywhere. */
  ambient: number
  glares: readonly Glare[]
}

/**
 * Takes a picture of a screen: perspective, light, lens, hand, noise, in the order they happen.
 *
 * @param screen A cut of the screen at the phone's full width, with the code in its middle.
 */
export function takePicture(screen: GrayImage, shot: Shot, seed: number): GrayImage {
  const light = gatherLight(screen, shot)
  blurAlong(light, 'x', gaussian(shot.blurPx))
  blurAlong(light, 'y', gaussian(shot.blurPx))
  blurAlong(light, 'x', box(shot.shakePx[0]))
  blurAlong(light, 'y', box(shot.shakePx[1]))
  const exposure = Math.min(EXPOSURE_MAX, EXPOSED_TO / findBright(light))
  const noise = NOISE * Math.max(1, Math.sqrt(exposure))
  const random = createRandom(seed)
  const data = new Uint8ClampedArray(light.length)
  for (let at = 0; at < data.length; at++) {
    const exposed = Math.min(1, exposure * (light[at] ?? 0)) ** (1 / GAMMA)
    data[at] = 255 * exposed + noise * normal(random)
  }
  return { ...SENSOR, data }
}

/** How bright the brightest part is, around the middle, where a till's reader measures. */
function findBright(light: Float32Array): number {
  const { width, height } = SENSOR
  const middle: number[] = []
  for (let row = height / 4; row < (height * 3) / 4; row += 4) {
    for (let column = width / 4; column < (width * 3) / 4; column += 4) {
      middle.push(light[row * width + column] ?? 0)
    }
  }
  return quantile(middle, EXPOSED_FOR)
}

/** What falls on each pixel of the sensor: the mean over its area. */
function gatherLight(screen: GrayImage, shot: Shot): Float32Array {
  const { width, height } = SENSOR
  const shown = shrink(screen, Math.max(1, Math.floor(screen.width / shot.phonePx / 2)))
  const [a, b, c, d, e, f, g, h, i] = invert(project(shot))
  const halfHeight = shown.height / shown.width / 2
  const light = new Float32Array(width * height)
  for (let row = 0; row < height; row++) {
    for (let column = 0; column < width; column++) {
      let x = column + 0.5 - width / 2
      let y = row + 0.5 - height / 2
      let w = g * x + h * y + i
      const [u, v] = [(a * x + b * y + c) / w, (d * x + e * y + f) / w]
      const at = row * width + column
      const reflected = reflectionAt(shot, u, v)
      light[at] = reflected
      // Beside the phone, by enough for a whole pixel.
      if (Math.abs(u) > 0.55 || Math.abs(v) > 0.05 + halfHeight) continue
      let sum = 0
      for (let n = 0; n < SAMPLES ** 2; n++) {
        x = column + ((n % SAMPLES) + 0.5) / SAMPLES - width / 2
        y = row + (Math.floor(n / SAMPLES) + 0.5) / SAMPLES - height / 2
        w = g * x + h * y + i
        const across = Math.floor(((a * x + b * y + c) / w + 0.5) * shown.width)
        const down = Math.floor(((d * x + e * y + f) / w + halfHeight) * shown.width)
        const inside = across >= 0 && down >= 0 && across < shown.width && down < shown.height
        if (inside) sum += shown.data[down * shown.width + across] ?? 0
      }
      light[at] = reflected + (shot.brightness * sum) / SAMPLES ** 2
    }
  }
  return light
}

interface LinearImage {
  width: number
  height: number
  data: Float32Array
}

/** As light, each `times` × `times` pixels made one, which is less than half a pixel of the sensor. */
function shrink(screen: GrayImage, times: number): LinearImage {
  const width = Math.floor(screen.width / times)
  const height = Math.floor(screen.height / times)
  const data = new Float32Array(width * height)
  for (let row = 0; row < height * times; row++) {
    for (let column = 0; column < width * times; column++) {
      const value = LIGHT_OF[screen.data[row * screen.width + column] ?? 0] ?? 0
      const at = Math.floor(row / times) * width + Math.floor(column / times)
      data[at] = (data[at] ?? 0) + value / times ** 2
    }
  }
  return { width, height, data }
}

/** What the glass adds, in widths of the phone from the middle of the code. */
function reflectionAt({ ambient, glares }: Shot, u: number, v: number): number {
  let light = ambient
  for (const { x, y, width, height, strength } of glares) {
    light += strength * Math.exp(-(((u - x) / width) ** 2 + ((v - y) / height) ** 2) / 2)
  }
  return light
}

type Matrix = readonly [number, number, number, number, number, number, number, number, number]

/** From the phone's plane, in its own widths, to pixels of the sensor, from its middle (pinhole). */
function project({ phonePx, roll, yaw, pitch }: Shot): Matrix {
  const [cr, sr] = turn(roll)
  const [cy, sy] = turn(yaw)
  const [cp, sp] = turn(pitch)
  // Columns of Rz(roll)·Rx(pitch)·Ry(yaw) for the plane's two axes.
  const [ax, ay, az] = [cr * cy - sr * sp * sy, sr * cy + cr * sp * sy, -cp * sy]
  const [bx, by, bz] = [-sr * cp, cr * cp, sp]
  const focal = SENSOR.width * FOCAL_WIDTHS
  const distance = focal / phonePx
  return [focal * ax, focal * bx, 0, focal * ay, focal * by, 0, az, bz, distance]
}

function turn(degrees: number): readonly [cos: number, sin: number] {
  const angle = (degrees * Math.PI) / 180
  return [Math.cos(angle), Math.sin(angle)]
}

/** Up to a factor, which is all that a projective map needs. */
function invert([a, b, c, d, e, f, g, h, i]: Matrix): Matrix {
  return [
    e * i - f * h,
    c * h - b * i,
    b * f - c * e,
    f * g - d * i,
    a * i - c * g,
    c * d - a * f,
    d * h - e * g,
    b * g - a * h,
    a * e - b * d,
  ]
}

/** Weights from the middle outwards, both ways. */
function gaussian(sigma: number): number[] {
  if (sigma === 0) return [1]
  const reach = Math.ceil(3 * sigma)
  return normalise(
    Array.from({ length: 2 * reach + 1 }, (_, at) => Math.exp(-(((at - reach) / sigma) ** 2) / 2)),
  )
}

function box(length: number): number[] {
  if (length <= 1) return [1]
  const reach = Math.ceil((length - 1) / 2)
  const weight = (at: number) => Math.min(1, Math.max(0, length / 2 + 0.5 - Math.abs(at - reach)))
  return normalise(Array.from({ length: 2 * reach + 1 }, (_, at) => weight(at)))
}

function normalise(weights: number[]): number[] {
  const sum = weights.reduce((total, weight) => total + weight, 0)
  return weights.map((weight) => weight / sum)
}

function blurAlong(light: Float32Array, axis: 'x' | 'y', weights: readonly number[]): void {
  const reach = (weights.length - 1) / 2
  if (reach === 0) return
  const { width, height } = SENSOR
  const [length, lines, step, stride] =
    axis === 'x' ? [width, height, 1, width] : [height, width, width, 1]
  const line = new Float32Array(length)
  for (let n = 0; n < lines; n++) {
    const start = n * stride
    for (let at = 0; at < length; at++) line[at] = light[start + at * step] ?? 0
    for (let at = 0; at < length; at++) {
      let sum = 0
      for (let k = -reach; k <= reach; k++) {
        const from = Math.min(length - 1, Math.max(0, at + k))
        sum += (weights[k + reach] ?? 0) * (line[from] ?? 0)
      }
      light[start + at * step] = sum
    }
  }
}

/** Box and Muller's. */
function normal(random: () => number): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random())
}
