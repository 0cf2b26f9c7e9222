import type { Glare, Shot } from './camera.ts'

export type CodeKind = 'bars' | 'qr'
export type Trouble = 'small' | 'dimmed' | 'blurred' | 'tilted' | 'glared' | 'combined'

/** A till's reader held as it should be: steady, a bright screen, an indoor lamp. */
export const STEADY: Omit<Shot, 'phonePx'> = {
  roll: 2,
  yaw: 0,
  pitch: 0,
  blurPx: 0.4,
  shakePx: [0, 0],
  brightness: 1,
  ambient: 0.01,
  glares: [],
}

/**
 * Bars need the phone near: at 600 px of the sensor's 640 their narrowest is 2.4 to 2.8 pixels. The QR stands at arm's
 * length, with 4.8 to 6.3 pixels to a module.
 */
const PHONE_PX = { bars: 600, qr: 200 } as const

/** Down to 1.6 to 1.9 pixels a bar and 2.1 to 2.7 a module: about where the first reader gives up. */
const SMALLER_PX = {
  bars: [630, 560, 520, 480, 440, 410],
  qr: [160, 135, 120, 105, 95, 86],
} as const

/** Sigma in pixels, up to half of a narrow bar and half of a module. */
const BLUR_PX = { bars: [0.6, 0.8, 1, 1.15], qr: [1.2, 1.6, 2.1, 2.6] } as const
const SHAKE_PX = { bars: [2.5, 12], qr: [5, 5] } as const
/** Bars are read along a line, so a person turns the phone until the line crosses all of them. */
const ROLLS = { bars: [5, -8, 11], qr: [8, 20, -40] } as const

/** The same kinds and strengths for both symbols, forty-six each. */
export function listShots(symbol: CodeKind): { kind: Trouble; shot: Shot }[] {
  const phonePx = PHONE_PX[symbol]
  const blurs = BLUR_PX[symbol]
  const smaller = SMALLER_PX[symbol]
  const [along, across] = SHAKE_PX[symbol]
  const [slight, plain, strong] = ROLLS[symbol]
  const list = (kind: Trouble, changes: Partial<Shot>[]) =>
    changes.map((change) => ({ kind, shot: { ...STEADY, phonePx, ...change } }))
  return [
    ...list(
      'small',
      smaller.map((px) => ({ phonePx: px })),
    ),
    ...list('dimmed', [
      { brightness: 0.3 },
      { brightness: 0.15 },
      { brightness: 0.08 },
      { brightness: 0.04, ambient: 0.004 },
      // Daylight on the glass: black is a sixth, a third, half as bright as white.
      { brightness: 0.6, ambient: 0.12 },
      { brightness: 0.4, ambient: 0.2 },
      { brightness: 0.3, ambient: 0.3 },
    ]),
    ...list('blurred', [
      ...blurs.map((blurPx) => ({ blurPx })),
      { shakePx: [along, 0] },
      { shakePx: [0, across] },
      { shakePx: [along * 0.7, across * 0.7] },
    ]),
    ...list('tilted', [
      { roll: slight },
      { roll: plain },
      { roll: strong },
      { yaw: 20 },
      { yaw: -32 },
      { pitch: 25 },
      { pitch: -40 },
      { roll: slight, yaw: 18, pitch: 18 },
    ]),
    ...list('glared', [
      { glares: [spot(0, 0, 0.03, 1)] },
      { glares: [spot(0.2, 0.05, 0.04, 1.5)] },
      { glares: [spot(-0.25, -0.1, 0.06, 1)] },
      { glares: [spot(0.1, 0.15, 0.15, 0.5)] },
      { glares: [lamp(0.06, 0.01, 0.6)] },
      { glares: [lamp(-0.05, 0.02, 0.35)] },
      // A window beside the phone: one side is brighter than the other.
      { glares: [spot(0.6, -0.2, 0.35, 0.8)] },
      { glares: [spot(-0.7, 0.3, 0.45, 1.2)] },
    ]),
    ...list('combined', [
      { phonePx: smaller[2], brightness: 0.15 },
      { phonePx: smaller[2], yaw: 15 },
      { brightness: 0.1, blurPx: blurs[1] },
      { brightness: 0.4, ambient: 0.12, roll: slight },
      { blurPx: blurs[1], yaw: 18 },
      { blurPx: blurs[0], pitch: 25, roll: -slight },
      { glares: [spot(0.15, 0.08, 0.05, 1)], yaw: -18 },
      { glares: [spot(0.5, 0, 0.4, 0.5)], brightness: 0.5, blurPx: blurs[0] },
      { glares: [lamp(0.04, 0.012, 0.5)], phonePx: smaller[1] },
      { brightness: 0.25, yaw: 12, pitch: 12, roll: slight, blurPx: blurs[0] },
    ]),
  ]
}

export const spot = (x: number, y: number, size: number, strength: number): Glare => ({
  x,
  y,
  width: size,
  height: size,
  strength,
})
/** A tube on the ceiling, across the phone. */
export const lamp = (y: number, height: number, strength: number): Glare => ({
  x: 0,
  y,
  width: 0.8,
  height,
  strength,
})
