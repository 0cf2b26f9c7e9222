import type { Shot } from '../reader-pictures/camera.ts'
import { lamp, STEADY, spot } from '../reader-pictures/shots.ts'

export type Condition = 'plain' | 'dimmed' | 'blurred' | 'tilted' | 'glared'

/** How a code of many modules is held before a gate: what troubles it, seventeen shots. */
const HELD: Record<Condition, readonly Partial<Shot>[]> = {
  plain: [{}],
  dimmed: [
    { brightness: 0.3 },
    { brightness: 0.12 },
    { brightness: 0.06, ambient: 0.004 },
    // Daylight on the glass: black is a quarter as bright as white.
    { brightness: 0.5, ambient: 0.16 },
  ],
  blurred: [{ blurPx: 0.7 }, { blurPx: 1 }, { blurPx: 1.3 }, { shakePx: [2.5, 1.5] }],
  tilted: [{ roll: 20 }, { yaw: 25 }, { pitch: 30 }, { roll: -40, yaw: 12, pitch: 12 }],
  glared: [
    { glares: [spot(0, 0, 0.03, 1)] },
    { glares: [spot(0.2, 0.05, 0.06, 1.2)] },
    { glares: [lamp(0.05, 0.012, 0.6)] },
    // A window beside the phone: one side is brighter than the other.
    { glares: [spot(0.6, -0.2, 0.35, 0.8)] },
  ],
}

/** Pixels of the sensor to a millimetre of the phone: 10 to 17 cm before a lens of 50°. */
const PX_PER_MM = [6.5, 5, 3.9]

/** Every condition at every distance, fifty-one. */
export function listAccessShots(phoneMm: number): { condition: Condition; shot: Shot }[] {
  return PX_PER_MM.flatMap((pxPerMm) =>
    (Object.keys(HELD) as Condition[]).flatMap((condition) =>
      HELD[condition].map((held) => ({
        condition,
        shot: { ...STEADY, phonePx: phoneMm * pxPerMm, ...held },
      })),
    ),
  )
}
