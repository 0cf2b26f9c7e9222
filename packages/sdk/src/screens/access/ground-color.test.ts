import { describe, expect, it } from 'vitest'
import { contrast, type Rgb } from '../palette.ts'
import { groundColor } from './ground-color.ts'

const WHITE: Rgb = [255, 255, 255]
const schools: Record<string, Rgb> = {
  ours: [36, 85, 201],
  red: [179, 32, 42],
  purple: [98, 35, 110],
  teal: [0, 98, 110],
  green: [10, 122, 75],
  orange: [200, 90, 10],
  black: [16, 19, 26],
}

describe('the ground a code stands on', () => {
  it.each(Object.entries(schools))(
    'is far from the payment code’s, and from the other one’s: %s',
    (_, accent) => {
      const [access, identity] = [groundColor('access', accent), groundColor('identity', accent)]
      for (const [one, two] of [
        [access, accent],
        [identity, accent],
        [access, identity],
      ] as const) {
        const apart = Math.hypot(one[0] - two[0], one[1] - two[1], one[2] - two[2])
        expect(apart).toBeGreaterThan(60)
      }
    },
  )

  it('carries white text, whichever it is', () => {
    for (const kind of ['access', 'identity'] as const) {
      for (const accent of Object.values(schools)) {
        expect(contrast(WHITE, groundColor(kind, accent))).toBeGreaterThan(4.5)
      }
    }
  })

  it('changes when the school’s colour is like the usual one', () => {
    expect(groundColor('access', [98, 35, 110])).not.toEqual(groundColor('access', [36, 85, 201]))
  })
})
